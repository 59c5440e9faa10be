//! Which links are wrapped. A link that is in doubt stays as it is: a lost click is a smaller harm than a link that looks
//! like phishing or an unsubscribe that is counted.

use super::MarkedLink;
use crate::address::{Own, is_recipient_url, location};
use crate::shown::{is_invisible, short_text};
use crate::tree::Tree;

/// How much of a link's text is kept, in characters.
const MAX_TEXT: usize = 200;

/// The link to wrap, or `None` when this anchor stays as it is.
pub(super) fn to_wrap<T: Tree>(tree: &T, anchor: &T::Node) -> Option<MarkedLink> {
    let target = tree.attribute(anchor, "href")?;
    if !is_target(&target) {
        return None;
    }
    // Not what `short_text` keeps: an address may stand behind 200 characters of something else.
    let mut text = tree.text(anchor);
    let images = tree.elements(anchor, &["img"]);
    for image in &images {
        text.push(' ');
        text.push_str(&tree.attribute(image, "alt").unwrap_or_default());
    }
    wrappable(&target, &text, !images.is_empty())
}

/// The link to wrap, of an anchor outside of quotes whose `href` is `target`, without character references; `text` is all its
/// text with the `alt` of its pictures. `None`: it stays as it is.
pub fn wrappable(target: &str, text: &str, has_pictures: bool) -> Option<MarkedLink> {
    let visible = text.chars().any(|c| !c.is_whitespace() && !is_invisible(c));
    if !is_target(target) || (!visible && !has_pictures) || shows_an_address(text) || is_unsubscribe_text(text) {
        return None;
    }
    Some(MarkedLink { target: target.to_owned(), text: short_text(text, MAX_TEXT) })
}

fn is_target(target: &str) -> bool {
    location(target).is_some() && Own::find(target).is_none() && !is_recipient_url(target) && !is_unsubscribe_address(target)
}

/// Parts of an address that say it ends a subscription. English and German; looked at 2026-11.
const UNSUBSCRIBE_ADDRESS: &[&str] =
    &["unsub", "optout", "opt-out", "opt_out", "signoff", "abmeld", "abbestell", "austrag", "list-unsubscribe"];

/// Words of a link that say it ends a subscription. English and German; looked at 2026-11.
const UNSUBSCRIBE_TEXT: &[&str] = &[
    "unsubscribe",
    "opt out",
    "opt-out",
    "email preferences",
    "e-mail preferences",
    "manage preferences",
    "manage subscription",
    "manage your subscription",
    "abmelden",
    "abmeldung",
    "abbestellen",
    "abbestellung",
    "austragen",
    "keine e-mails mehr",
    "keine mails mehr",
];

fn is_unsubscribe_address(target: &str) -> bool {
    // The host does not count: a company may be called so.
    let after_host = target.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or_default();
    let after_host = after_host.to_ascii_lowercase();
    UNSUBSCRIBE_ADDRESS.iter().any(|part| after_host.contains(part))
}

fn is_unsubscribe_text(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    UNSUBSCRIBE_TEXT.iter().any(|words| text.contains(words))
}

/// True when a link's visible text is an address, or has one in it that cannot be anything else: a reader (or a mail
/// program) that compares it with where the link goes would find another address, which looks like phishing.
fn shows_an_address(text: &str) -> bool {
    let shown: String = text
        .chars()
        .filter(|&c| !is_invisible(c))
        // The dots of other scripts are dots in host names (UTS 46).
        .map(|c| if matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}') { '.' } else { c })
        .collect();
    let mut words = shown.split_whitespace().map(trim_marks).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    let alone = words.clone().next().is_none();
    is_plainly_address(first) || words.any(is_plainly_address) || (alone && is_host_and_more(first))
        // An address that was broken over several lines or spans.
        || is_plainly_address(&shown.split_whitespace().collect::<String>())
}

fn trim_marks(word: &str) -> &str {
    word.trim_matches(|c: char| {
        matches!(
            c,
            '<' | '>'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '"'
                | '\''
                | ','
                | ';'
                | ':'
                | '.'
                | '!'
                | '?'
                | '„'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '«'
                | '»'
                | '…'
        )
    })
}

/// With a scheme, `www.`, or an `@` before a host.
fn is_plainly_address(word: &str) -> bool {
    let word = trim_marks(word).to_ascii_lowercase();
    word.contains("://")
        || word.starts_with("www.")
        || word.starts_with("mailto:")
        || word.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && is_host(host))
}

/// `example.org`, `example.org/path`, `example.org:8080`, `192.0.2.1`.
fn is_host_and_more(word: &str) -> bool {
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    is_host(host) && (host.len() < word.len() || !is_file_name(host))
}

fn is_host(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let labels: Vec<&str> = text.split('.').collect();
    let Some((last, before)) = labels.split_last() else { return false };
    let is_label = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if before.is_empty() || !labels.iter().all(is_label) {
        return false;
    }
    let is_v4 = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let is_top = last.chars().count() >= 2 && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"));
    is_v4 || is_top
}

/// File name endings that are no top-level domains (IANA root zone, 2026-11), as people call what they link to.
const FILE_ENDINGS: &[&str] = &[
    "csv", "css", "doc", "docx", "dmg", "epub", "exe", "gif", "htm", "html", "ics", "jpeg", "jpg", "js", "json", "key", "log",
    "odp", "ods", "odt", "pdf", "php", "png", "ppt", "pptx", "rtf", "svg", "tar", "toml", "txt", "xls", "xlsx", "xml", "yaml",
    "yml",
];

fn is_file_name(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(_, ending)| FILE_ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture::Fixture;

    /// The link that would be wrapped in a body of one anchor.
    fn wrapped(html: &str) -> Option<MarkedLink> {
        let tree = Fixture::read(html);
        let anchors = tree.elements(&Fixture::ROOT, &["a"]);
        assert_eq!(anchors.len(), 1, "{html}");
        to_wrap(&tree, &anchors[0])
    }

    #[test]
    fn these_are_wrapped() {
        for (html, target, text) in [
            (r#"<a href="https://h.example/a?b=1&amp;c=2">the <b>offer</b></a>"#, "https://h.example/a?b=1&c=2", "the offer"),
            (r#"<a href="HTTP://h.example">x</a>"#, "HTTP://h.example", "x"),
            (r#"<a href="https://h.example"><img src="x.png" alt="Our logo"></a>"#, "https://h.example", "Our logo"),
            (r#"<a href="https://h.example"><img src="x.png"></a>"#, "https://h.example", ""),
            (
                r#"<a href="https://h.example/#part">Read  more
                now</a>"#,
                "https://h.example/#part",
                "Read more now",
            ),
            (r#"<a href="https://h.example/r">Report.pdf</a>"#, "https://h.example/r", "Report.pdf"),
            (r#"<a href="https://h.example/r">12.05.2026</a>"#, "https://h.example/r", "12.05.2026"),
            (r#"<a href="https://h.example/r">z.B. hier</a>"#, "https://h.example/r", "z.B. hier"),
            (r#"<a href="https://h.example/r">at 10:30, v1.2</a>"#, "https://h.example/r", "at 10:30, v1.2"),
            (r#"<a href="https://h.example/r">me@work or @ana</a>"#, "https://h.example/r", "me@work or @ana"),
            (r#"<a href="https://unsubscribe.example/pricing">Pricing</a>"#, "https://unsubscribe.example/pricing", "Pricing"),
            (
                r#"<a href="https://www.google.com/url?q=https%3A%2F%2Fh.example">x</a>"#,
                "https://www.google.com/url?q=https%3A%2F%2Fh.example",
                "x",
            ),
        ] {
            assert_eq!(wrapped(html), Some(MarkedLink { target: target.into(), text: text.into() }), "{html}");
        }
    }

    #[test]
    fn these_stay() {
        for html in [
            "<a>x</a>",
            r#"<a name="here">x</a>"#,
            r#"<a href="">x</a>"#,
            r##"<a href="#part">x</a>"##,
            r#"<a href="/relative">x</a>"#,
            r#"<a href="//host.example/x">x</a>"#,
            r#"<a href="mailto:a@b.example">write</a>"#,
            r#"<a href="https://t.example/r/k7m2p9qa/AW8dLDtKWU5oj3ChssPU5fa3aj98vmTs/AAAAAAAAAAAAAAAA">Your choice</a>"#,
            r#"<a href="tel:+49301234">call</a>"#,
            r#"<a href="javascript:alert(1)">x</a>"#,
            r#"<a href="http://">x</a>"#,
            r#"<a href="https://a b.example/">x</a>"#,
            r#"<a href=" https://h.example">x</a>"#,
            r#"<a href="https://h.example"></a>"#,
            "<a href=\"https://h.example\"> \u{200b}\u{a0}</a>",
            // Text that is an address.
            r#"<a href="https://h.example">https://h.example</a>"#,
            r#"<a href="https://h.example">HTTP://h.example/x</a>"#,
            r#"<a href="https://h.example">www.h.example</a>"#,
            r#"<a href="https://h.example">h.example</a>"#,
            r#"<a href="https://h.example">(h.example/path),</a>"#,
            r#"<a href="https://h.example">h.example:8080</a>"#,
            r#"<a href="https://h.example">h.example/report.pdf</a>"#,
            r#"<a href="https://h.example">münchen.example</a>"#,
            "<a href=\"https://h.example\">ex\u{200b}ample\u{ad}.org</a>",
            "<a href=\"https://h.example\">日本。jp</a>",
            r#"<a href="https://h.example">192.0.2.1</a>"#,
            r#"<a href="https://h.example">see https://h.example now</a>"#,
            r#"<a href="https://h.example">ana@h.example</a>"#,
            r#"<a href="https://h.example">write to ana@h.example.</a>"#,
            r#"<a href="https://h.example">https://h.exam<wbr>ple/<span>x</span></a>"#,
            r#"<a href="https://h.example">https: //h.example</a>"#,
            r#"<a href="https://h.example"><img src="x" alt="www.h.example"></a>"#,
            // Ends a subscription.
            r#"<a href="https://h.example/unsubscribe?x=1">here</a>"#,
            r#"<a href="https://h.example/l?action=UnSub">here</a>"#,
            r#"<a href="https://h.example/newsletter/abmelden">hier</a>"#,
            r#"<a href="https://h.example/x">Unsubscribe  from this list</a>"#,
            r#"<a href="https://h.example/x">Newsletter abbestellen</a>"#,
            // Ours already, of whichever account.
            r#"<a href="https://t.example/c/aaaaaa/AW8dLDtKWU5oj3ChssPU5fa3aj98vmTs/8fT2cvladkGX0Bxy?u=https%3A%2F%2Fh.example">x</a>"#,
        ] {
            assert_eq!(wrapped(html), None, "{html}");
        }
    }
}
