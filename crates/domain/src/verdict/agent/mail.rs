//! The agents that decide everything in mail: image proxies, fetches at delivery, mail programs.
//!
//! This table comes before any list of robots: such lists call Gmail's and Yahoo's proxies robots, which would erase all
//! opens there, and take Gmail's fetch at delivery for a browser, which would count what nobody saw.

use super::super::Confidence;
use super::{Agent, MailProgram};

/// Gmail's fetch at delivery says exactly this (logged 2021 to 2026).
const GMAIL_PREFETCH: &[u8] = b"mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) \
chrome/42.0.2311.135 safari/537.36 edge/12.246 mozilla/5.0";

/// Apple Mail with privacy protection says exactly this, and no other client is known to.
const APPLE_PRIVATE: &[u8] = b"mozilla/5.0";

/// A proxy of a mail provider: what stands in its agent, as whom it is shown, how sure that is.
struct Proxy {
    sign: &'static str,
    name: &'static str,
    confidence: Confidence,
}

/// Fetched when somebody on the recipient's side looks. Signs in lower case; of several the first here decides.
const PROXIES: &[Proxy] = &[
    Proxy { sign: "yahoomailproxy", name: "Yahoo Mail", confidence: Confidence::High },
    Proxy { sign: "fastmailua", name: "Fastmail", confidence: Confidence::High },
    Proxy { sign: "hey.com/imageproxy", name: "HEY", confidence: Confidence::Medium },
    Proxy { sign: "seznamemailproxy", name: "Seznam", confidence: Confidence::High },
    Proxy { sign: "ramblermail", name: "Rambler", confidence: Confidence::High },
    Proxy { sign: "ukrnet mail proxy", name: "Ukr.net", confidence: Confidence::High },
    Proxy { sign: "ukr.net mail", name: "Ukr.net", confidence: Confidence::High },
    // Yahoo's cache serves more than mail.
    Proxy { sign: "yahoocachesystem", name: "Yahoo Mail", confidence: Confidence::Low },
    // In many snippets, in no log that is known.
    Proxy { sign: "outlookimageproxy", name: "Outlook", confidence: Confidence::Low },
    // Whoever calls itself a mail's image proxy most likely is one, of a provider that is not known here.
    Proxy { sign: "mailproxy", name: "", confidence: Confidence::Low },
    Proxy { sign: "mail proxy", name: "", confidence: Confidence::Low },
    Proxy { sign: "mail-proxy", name: "", confidence: Confidence::Low },
    Proxy { sign: "mailimageproxy", name: "", confidence: Confidence::Low },
];

/// What Gmail's image proxy says, since 2013.
pub(super) const GMAIL_PROXY: &[&str] = &["googleimageproxy", "via ggpht.com"];

/// The agents that are known as a whole. `text` is trimmed and in lower case.
pub(super) fn exact(text: &[u8]) -> Option<Agent> {
    if text == GMAIL_PREFETCH {
        Some(Agent::GmailPrefetch)
    } else if text == APPLE_PRIVATE {
        Some(Agent::ApplePrivate)
    } else {
        None
    }
}

/// The signs of mail providers' proxies.
pub(super) fn proxy_signs() -> impl Iterator<Item = &'static str> {
    PROXIES.iter().map(|proxy| proxy.sign)
}

/// The rank of a proxy's sign: of several that are found the lowest decides.
pub(super) fn proxy_rank(sign: &[u8]) -> Option<usize> {
    PROXIES.iter().position(|proxy| proxy.sign.as_bytes() == sign)
}

/// The proxy of this rank.
pub(super) fn proxy(rank: usize) -> Option<Agent> {
    PROXIES.get(rank).map(|proxy| Agent::MailProxy { name: proxy.name, confidence: proxy.confidence })
}

/// Signs of mail programs: loading pictures there is a person's act, or a setting for trusted senders. The name is what
/// is shown. In lower case.
pub(super) const PROGRAMS: &[(&str, &str)] = &[
    ("microsoft outlook", "Outlook"),
    ("microsoft office outlook", "Outlook"),
    ("macoutlook", "Outlook"),
    ("outlook-ios", "Outlook"),
    ("outlook-android", "Outlook"),
    ("outlook-express", "Outlook Express"),
    ("ms-office", "Outlook"),
    ("msoffice", "Outlook"),
    ("windowsmail", "Windows Mail"),
    ("windows live mail", "Windows Live Mail"),
    ("microsoft windows mail", "Windows Mail"),
    ("thunderbird/", "Thunderbird"),
    ("betterbird/", "Betterbird"),
    ("postbox", "Postbox"),
    ("spicebird/", "Spicebird"),
    ("airmail ", "Airmail"),
    ("airmail/", "Airmail"),
    ("em client", "eM Client"),
    ("emclient/", "eM Client"),
    ("mailbird", "Mailbird"),
    ("mailspring/", "Mailspring"),
    ("mailmaster", "MailMaster"),
    ("mailbar/", "MailBar"),
    ("mimestream", "Mimestream"),
    ("superhuman", "Superhuman"),
    ("canary mail", "Canary"),
    ("canarymail", "Canary"),
    ("edison mail", "Edison Mail"),
    ("bluemail", "BlueMail"),
    ("k-9 mail", "K-9 Mail"),
    ("k9mail", "K-9 Mail"),
    ("fairemail", "FairEmail"),
    ("android-gmail", "Gmail"),
    ("navermailapp", "Naver Mail"),
    ("yahoo%20mail", "Yahoo Mail"),
    ("yahoo mail", "Yahoo Mail"),
    ("co.yahoo.ymail", "Yahoo Mail"),
    ("yahoomobilemail", "Yahoo Mail"),
    ("protonmail/", "Proton Mail"),
    ("tutanota", "Tuta"),
    ("apple mail", "Apple Mail"),
    ("evolution/", "Evolution"),
    ("geary/", "Geary"),
    ("kmail/", "KMail"),
    ("kontact/", "Kontact"),
    ("claws mail", "Claws Mail"),
    ("claws-mail", "Claws Mail"),
    ("sylpheed", "Sylpheed"),
    ("trojita/", "Trojitá"),
    ("lotus-notes", "Notes"),
    ("lotus notes", "Notes"),
    ("ibm notes", "Notes"),
    ("hcl notes", "Notes"),
    ("groupwise", "GroupWise"),
    ("zimbra desktop", "Zimbra"),
    ("zdesktop/", "Zimbra"),
    ("foxmail", "Foxmail"),
    ("eudora", "Eudora"),
    ("the bat!", "The Bat!"),
    ("barca/", "Barca"),
    ("barcapro/", "Barca"),
    ("incredimail", "IncrediMail"),
    ("pegasus mail", "Pegasus Mail"),
];

/// Office asks whether a link exists before a person follows it; on a click this is no visit.
const OFFICE: &[&str] = &["ms-office", "msoffice", "microsoft office/", "microsoft outlook"];

/// The mail program of the sign that was found in `text`.
pub(super) fn program(text: &[u8], sign: &[u8]) -> Agent {
    let name = PROGRAMS.iter().find(|(word, _)| word.as_bytes() == sign).map_or("", |(_, name)| name);
    Agent::MailProgram(MailProgram { name, office: OFFICE.iter().any(|word| contains(text, word)) })
}

/// Whether the text holds the word; both in lower case.
pub(super) fn contains(text: &[u8], word: &str) -> bool {
    let word = word.as_bytes();
    let Some((first, rest)) = word.split_first() else { return true };
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if text[from..].starts_with(rest) {
            return true;
        }
    }
    false
}
