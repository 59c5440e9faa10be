//! Shapes of agents: what a robot shows without any word that is known, and the other way round.

use super::mail::contains;

/// Second names of hosts by which a word is recognised as a host. Not all there are: only those that do not stand at the
/// end of file names, versions and model names.
const TOP_LEVEL: &[&str] = &[
    "com", "net", "org", "edu", "gov", "info", "io", "ai", "app", "dev", "cloud", "tech", "xyz", "pro", "party", "co", "me",
    "uk", "de", "fr", "nl", "be", "ch", "at", "es", "it", "pl", "cz", "ro", "ua", "ru", "se", "br", "in", "jp", "cn", "eu",
];

/// A name such as `com.example.mail` is an app's, read backwards.
const BACKWARDS: &[&str] = &["com", "org", "net", "io", "app", "mobi", "tv", "de", "fr", "uk", "it", "ru", "br", "jp", "cn"];

/// A page of its maker, as robots name one and browsers do not.
pub(super) const HOME: &[&str] = &["http://", "https://"];

/// What stands between words.
const BETWEEN: [bool; 256] = {
    let mut table = [false; 256];
    let signs = b" \t\r\n/;,()[]<>\"'=:";
    let mut index = 0;
    while index < signs.len() {
        table[signs[index] as usize] = true;
        index += 1;
    }
    table
};

/// Whether the agent names a host or a mailbox of its maker. Lower case.
pub(super) fn names_a_home(text: &[u8]) -> bool {
    if !text.contains(&b'.') {
        return false;
    }
    let between = |byte: &u8| BETWEEN[usize::from(*byte)];
    text.split(between).any(|word| {
        let word = word.strip_prefix(b"+").unwrap_or(word);
        word.starts_with(b"www.") || is_mailbox(word) || is_host(word)
    })
}

/// `name@host.tld`.
fn is_mailbox(word: &[u8]) -> bool {
    let Some(at) = word.iter().position(|byte| *byte == b'@') else { return false };
    let (name, host) = (&word[..at], &word[at + 1..]);
    let Some(dot) = host.iter().rposition(|byte| *byte == b'.') else { return false };
    let last = &host[dot + 1..];
    name.last().is_some_and(u8::is_ascii_alphanumeric) && dot > 0 && last.len() >= 2 && last.iter().all(u8::is_ascii_lowercase)
}

/// `name.tld`, where the name is no version and the whole no app's name.
fn is_host(word: &[u8]) -> bool {
    let Some(dot) = word.iter().rposition(|byte| *byte == b'.') else { return false };
    let (name, last) = (&word[..dot], &word[dot + 1..]);
    if !TOP_LEVEL.iter().any(|known| known.as_bytes() == last) {
        return false;
    }
    let mut labels = name.split(|byte| *byte == b'.');
    let well_formed =
        |label: &[u8]| !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let backwards = labels.clone().next().is_some_and(|first| BACKWARDS.iter().any(|known| known.as_bytes() == first));
    let second = labels.clone().next_back().unwrap_or_default();
    labels.all(well_formed) && !backwards && second.iter().any(u8::is_ascii_lowercase)
}

/// The word that robots are called by.
pub(super) const BOT: &[&str] = &["bot"];

/// Whether the "bot" at this place is a word, alone or at the end of another (`Googlebot`, `bots`, `wgetBot`), and not a part
/// of the name of a device (`CUBOT`) or there by chance (`fuboTV`, `bottom`). `text` and `lower` are of the same length.
pub(super) fn is_bot(text: &[u8], lower: &[u8], at: usize) -> bool {
    if lower[..at].ends_with(b"cu") {
        return false;
    }
    let split = text[at + 1].is_ascii_lowercase() && text[at + 2].is_ascii_uppercase();
    let ends = match (text.get(at + 3), lower.get(at + 3)) {
        (_, None | Some(b's')) => true,
        // A new word: `BotName`.
        (Some(next), _) if next.is_ascii_uppercase() => text[at + 2].is_ascii_lowercase(),
        (_, Some(next)) => !next.is_ascii_alphabetic(),
    };
    ends && !split
}

/// What every engine says, and before what robots add a word: `(KHTML, like Gecko; compatible; Name)`.
pub(super) const ENGINE: &[&str] = &["like gecko"];

/// Whether something is added to the engine; `rest` is what follows it.
pub(super) fn is_added_to(rest: &[u8]) -> bool {
    let Some(end) = rest.iter().position(|byte| *byte == b')') else { return false };
    match rest[..end].split_first() {
        // Some old WebKit browsers say `like Gecko, Safari/419.3`.
        Some((b';' | b',', added)) => !added.trim_ascii_start().starts_with(b"safari"),
        _ => false,
    }
}

/// Whether the agent is `WebKit`'s and nothing else: Apple Mail without privacy protection and the new Outlook, fetching
/// from the reader's own network. `Mozilla/5.0 (…) AppleWebKit/n (KHTML, like Gecko)`, with `Mobile/…` on phones.
pub(super) fn is_bare_webkit(lower: &[u8]) -> bool {
    const HEAD: &[u8] = b"mozilla/5.0 (";
    const TAIL: &[u8] = b"(khtml, like gecko)";
    let Some(rest) = lower.strip_prefix(HEAD) else { return false };
    if ![&b"macintosh"[..], b"iphone", b"ipad", b"ipod"].iter().any(|device| rest.starts_with(device)) {
        return false;
    }
    let Some(at) = rest.windows(TAIL.len()).position(|window| window == TAIL) else { return false };
    let after = rest[at + TAIL.len()..].trim_ascii();
    let phone = after.strip_prefix(b"mobile/").is_some_and(|build| build.iter().all(u8::is_ascii_alphanumeric));
    contains(&rest[..at], "applewebkit/") && (after.is_empty() || phone)
}

/// What stands in agents that may be impossible.
pub(super) const RELICS: &[&str] = &["firefox/2.0", "trident/"];

/// Browsers that cannot be, or are so old that only gateways still say so: weak evidence, since some companies never update.
pub(super) fn is_impossible(lower: &[u8]) -> bool {
    const IE10_ON_7: &[u8] = b"mozilla/5.0 (compatible; msie 10.0; windows nt 6.1; trident/6.0)";
    let firefox_2 = lower.rsplit(|byte| *byte == b' ').next().is_some_and(|last| last.starts_with(b"firefox/2.0"));
    lower == IE10_ON_7
        || (firefox_2 && contains(lower, "windows nt 5.1"))
        || (contains(lower, "trident/") && contains(lower, "macintosh"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots() {
        let says = |text: &str| {
            let lower = text.to_ascii_lowercase();
            lower.match_indices("bot").any(|(at, _)| is_bot(text.as_bytes(), lower.as_bytes(), at))
        };
        for text in
            ["bot", "Googlebot/2.1", "bots.html", "RyteBot", "WGETbot/1.0", "BotName", "a-bot;", "GPTBOT/1", "cubot Googlebot"]
        {
            assert!(says(text), "{text}");
        }
        for text in ["", "bo", "b", "CUBOT ONE", "Cubot X30", "fuboTV/4", "bottom", "abbotte", "Robotto"] {
            assert!(!says(text), "{text}");
        }
    }

    #[test]
    fn homes() {
        for text in ["seo4ajax.com", "+metauri.com", "me@owler-inc.com", "x (www.a.b)", "a.co.uk/scan"] {
            assert!(names_a_home(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            ".",
            "1.7412.eu",
            "com.test.app/1",
            "android@101.0.4951.41",
            "th-th@calendar=gregorian",
            "a.b",
            "x@",
            "@x.com",
            "5.0.in",
        ] {
            assert!(!names_a_home(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn engines() {
        assert!(is_added_to(b"; compatible; pageburst) chrome/1"));
        assert!(is_added_to(b", foregenix)"));
        for text in [") x;", ", safari/419.3)", "", ";", ")"] {
            assert!(!is_added_to(text.as_bytes()), "{text}");
        }
        assert!(is_bare_webkit(b"mozilla/5.0 (macintosh; intel mac os x 10_15_7) applewebkit/605.1.15 (khtml, like gecko)"));
        assert!(is_bare_webkit(
            b"mozilla/5.0 (iphone; cpu iphone os 17_3) applewebkit/605.1.15 (khtml, like gecko) mobile/15e148"
        ));
        assert!(!is_bare_webkit(b"mozilla/5.0 (macintosh) applewebkit/605 (khtml, like gecko) version/17 safari/605"));
        assert!(!is_bare_webkit(b"mozilla/5.0 (x11; linux) applewebkit/605 (khtml, like gecko)"));
    }
}
