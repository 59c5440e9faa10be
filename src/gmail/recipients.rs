//! Who a compose goes to, as far as it shows: the chips of both interfaces that Gmail has had. What counts for a mail that was
//! sent comes from the wire ([`super::wire`]); this is for what is said while writing.

use wasm_bindgen::JsCast;
use waxwing_protocol::api::{Recipient, RecipientKind};
use web_sys::{Element, HtmlInputElement};

use super::compose::Compose;

const LINES: [&str; 3] = ["to", "cc", "bcc"];

/// The addresses of all recipients, in lower case.
pub fn addresses(compose: &Compose) -> Vec<String> {
    LINES.into_iter().flat_map(|line| on_line(&compose.root, line)).collect()
}

/// All recipients, with the names that Gmail shows.
pub fn people(compose: &Compose) -> Vec<Recipient> {
    let kinds = [RecipientKind::To, RecipientKind::Cc, RecipientKind::Bcc];
    let lines = LINES.into_iter().zip(kinds);
    lines
        .flat_map(|(line, kind)| {
            let root = &compose.root;
            on_line(root, line).into_iter().map(move |address| {
                let css = format!("[name=\"{line}\"] [role=\"option\"][data-hovercard-id]");
                let chips = all(root, &css).into_iter();
                let is_it = |chip: &Element| {
                    chip.get_attribute("data-hovercard-id").and_then(|text| address_in(&text)).as_ref() == Some(&address)
                };
                let name = chips.filter(is_it).find_map(|chip| chip.get_attribute("data-name"));
                let name = name.filter(|name| !name.trim().is_empty() && *name != address);
                Recipient { kind, address, name }
            })
        })
        .collect()
}

fn on_line(root: &Element, line: &str) -> Vec<String> {
    // Since 2022: a row named after the line, a chip an option with the address.
    let chips = all(root, &format!("[name=\"{line}\"] [role=\"option\"][data-hovercard-id]"));
    let newer: Vec<String> = chips.iter().filter_map(|chip| chip.get_attribute("data-hovercard-id")).collect();
    // Before: a hidden field a recipient, `Name <address>`.
    let fields = all(root, &format!("input[type=\"hidden\"][name=\"{line}\"]"));
    let older = fields.iter().filter_map(|field| field.dyn_ref::<HtmlInputElement>()).map(HtmlInputElement::value);
    newer.into_iter().chain(older).filter_map(|text| address_in(&text)).collect()
}

fn all(root: &Element, css: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(css) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// The address in `address` or `Name <address>`.
fn address_in(text: &str) -> Option<String> {
    let inner = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end().trim_end_matches('>'));
    let address = inner.trim().to_ascii_lowercase();
    (address.contains('@') && !address.contains(char::is_whitespace)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn addresses_are_found_in_both_forms() {
        for (text, address) in [
            ("ana@example.com", Some("ana@example.com")),
            ("Ana <Ana@Example.com>", Some("ana@example.com")),
            ("\"a <b>\" <c@example.com> ", Some("c@example.com")),
            ("Ana", None),
            ("<>", None),
            ("a b@c", None),
        ] {
            assert_eq!(address_in(text).as_deref(), address, "{text}");
        }
    }
}
