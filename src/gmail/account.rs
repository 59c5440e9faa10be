//! Whose mailbox a tab shows. Several accounts in one browser differ by the path (`/mail/u/1`, delegated `/mail/b/…/u/1`).

use wasm_bindgen::JsCast;
use web_sys::{Document, Element};

/// The mailbox's path without what follows it: `/mail/u/0`, `/mail/b/AEoRXRR…/u/1`.
pub fn mailbox(path: &str) -> String {
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    let mut out = String::new();
    while let Some(part) = parts.next() {
        match (part, parts.peek()) {
            ("mail", _) if out.is_empty() => out.push_str("/mail"),
            ("u" | "b", Some(which)) => {
                out.push('/');
                out.push_str(part);
                out.push('/');
                out.push_str(which);
                parts.next();
            }
            _ => break,
        }
    }
    out
}

/// The address of the mailbox, in the ways that it shows, the surest first.
pub fn address(document: &Document) -> Option<String> {
    from_account_button(document)
        .or_else(|| bracketless(&document.title()))
        .or_else(|| document.query_selector("#loading .msg").ok().flatten().and_then(|node| bracketless(&text(&node))))
}

/// The button of the Google bar names the address in brackets; the words around it are in the user's language.
fn from_account_button(document: &Document) -> Option<String> {
    for css in [
        "a[aria-label][href*=\"SignOutOptions\"]",
        "a[aria-label][href^=\"https://accounts.google.com/\"]",
        "header a[aria-label*=\"@\"]",
    ] {
        let Ok(found) = document.query_selector_all(css) else { continue };
        let labels =
            (0..found.length()).filter_map(|index| found.item(index)?.dyn_into::<Element>().ok()?.get_attribute("aria-label"));
        if let Some(address) = labels.into_iter().find_map(|label| in_brackets(&label)) {
            return Some(address);
        }
    }
    None
}

fn text(element: &Element) -> String {
    element.text_content().unwrap_or_default()
}

/// `Google Account: Ana (ana@example.com)`.
fn in_brackets(label: &str) -> Option<String> {
    let (_, rest) = label.rsplit_once('(')?;
    let (inner, _) = rest.split_once(')')?;
    is_address(inner.trim()).then(|| inner.trim().to_ascii_lowercase())
}

/// `Inbox (3) - ana@example.com - Gmail`: the last word that is an address, since a subject before it may hold one too.
fn bracketless(title: &str) -> Option<String> {
    title.split([' ', '\u{a0}', '\n', '…']).rev().map(str::trim).find(|word| is_address(word)).map(str::to_ascii_lowercase)
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !text.contains(|c: char| c.is_whitespace() || "<>()\",;:".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_told_apart() {
        for (path, expected) in [
            ("/mail/u/0/", "/mail/u/0"),
            ("/mail/u/1/popout", "/mail/u/1"),
            ("/mail/b/AEoRXRRx/u/2/", "/mail/b/AEoRXRRx/u/2"),
            ("/mail/", "/mail"),
            ("/", ""),
            ("/mail/u", "/mail"),
        ] {
            assert_eq!(mailbox(path), expected, "{path}");
        }
    }

    #[test]
    fn the_address_is_read_without_knowing_the_language() {
        assert_eq!(in_brackets("Google-Konto: Ana B. (Ana@example.com)").as_deref(), Some("ana@example.com"));
        assert_eq!(in_brackets("Google Account: (Ana)\n(ana@example.com)").as_deref(), Some("ana@example.com"));
        assert_eq!(in_brackets("Google Account"), None);
        for (title, address) in [
            ("Posteingang (3) - ana@example.com - Gmail", Some("ana@example.com")),
            ("Re: ask bob@x.example - ana@example.com - Acme Mail", Some("ana@example.com")),
            ("Loading ana@example.com…", Some("ana@example.com")),
            ("Gmail", None),
            ("a@b", None),
        ] {
            assert_eq!(bracketless(title).as_deref(), address, "{title}");
        }
    }
}
