//! Who a mail went to, as far as verdicts and figures ask: the domains of its recipients.

/// The domains of the recipients' addresses in lower case, each once, in their order: what stands after the last `@`. The
/// sender's own address is left out (people put themselves in copy), and so is what has nothing before or after the `@`.
pub fn domains<'a>(sender: &str, recipients: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let sender = sender.trim().to_lowercase();
    let mut found: Vec<String> = Vec::new();
    for address in recipients {
        let address = address.trim().to_lowercase();
        let Some((name, domain)) = address.rsplit_once('@') else { continue };
        let known = found.iter().any(|other| other == domain);
        if address != sender && !name.is_empty() && !domain.is_empty() && !known {
            found.push(domain.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_of_recipients() {
        for (sender, recipients, expected) in [
            ("me@example.org", &["ann@acme.example", "BOB@Acme.Example "][..], &["acme.example"][..]),
            ("me@example.org", &["ann@b.example", "ann@a.example"], &["b.example", "a.example"]),
            // The sender alone is left out, not the sender's colleagues.
            ("Me@Example.org", &["me@example.ORG"], &[]),
            ("me@example.org", &["me@example.org", "you@example.org"], &["example.org"]),
            // A quoted name may hold an `@`.
            ("", &["\"a@b\"@c.example"], &["c.example"]),
            ("", &["", "@", "nobody", "@x.example", "x@"], &[]),
            ("", &["ann@MÜNCHEN.example"], &["münchen.example"]),
        ] {
            assert_eq!(domains(sender, recipients.iter().copied()), expected, "{recipients:?}");
        }
    }
}
