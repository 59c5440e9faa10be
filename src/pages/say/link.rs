//! A link as a person reads it.

use std::borrow::Cow;

/// How many characters of a link are of use on its own line; the layout cuts it further.
const MOST: usize = 200;

/// How many it may take within a sentence.
const SHORT: usize = 44;

/// The address without what goes without saying: the scheme of the web and a slash at the end. What is no web address is
/// given as it is. Cut at 200 characters.
pub(crate) fn shown(target: &str) -> Cow<'_, str> {
    cut(bare(target), MOST)
}

/// The same within a sentence: cut at 44 characters.
pub(crate) fn shown_short(target: &str) -> Cow<'_, str> {
    cut(bare(target), SHORT)
}

fn bare(target: &str) -> &str {
    let bare = target.strip_prefix("https://").or_else(|| target.strip_prefix("http://")).unwrap_or(target);
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    if bare.is_empty() { target } else { bare }
}

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{shown, shown_short};

    #[test]
    fn links_are_shown_bare() {
        for (target, expected) in [
            ("https://quinta.example/", "quinta.example"),
            ("http://quinta.example/rooms?x=1", "quinta.example/rooms?x=1"),
            // Who stands before the @ is not the host; the whole stays visible.
            ("https://bank.example@evil.example/", "bank.example@evil.example"),
            ("javascript:alert(1)", "javascript:alert(1)"),
            ("https://", "https://"),
            ("", ""),
        ] {
            assert_eq!(shown(target), expected, "{target}");
        }
        assert_eq!(shown(&format!("https://x.example/{}", "é".repeat(10_000))).chars().count(), 201);
        assert_eq!(
            shown_short("https://quinta.example/a/very/long/path/to/a/file/that/ends"),
            "quinta.example/a/very/long/path/to/a/file/th…"
        );
    }
}
