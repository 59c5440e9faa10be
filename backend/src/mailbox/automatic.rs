//! Whether a mail was written by a machine, by its headers: an answer that nobody wrote is no answer.

/// The headers that [`is_automatic`] looks at.
pub const HEADERS: [&str; 6] =
    ["Auto-Submitted", "X-Autoreply", "X-Autorespond", "Precedence", "X-Failed-Recipients", "Content-Type"];

/// True for answers of machines (RFC 3834, and what was in use before it) and for reports of delivery. Mail through a list is
/// a person's all the same.
pub fn is_automatic<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
    headers.into_iter().any(|(name, value)| {
        let value = value.trim().to_ascii_lowercase();
        let first = value.split([';', ' ', '\t', '(']).next().unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "auto-submitted" | "x-autoreply" => !first.is_empty() && first != "no",
            "x-autorespond" | "x-failed-recipients" => !first.is_empty(),
            "precedence" => matches!(first, "bulk" | "junk" | "auto_reply"),
            "content-type" => first == "multipart/report",
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_told_from_people() {
        for (name, value, want) in [
            ("Auto-Submitted", " No ", false),
            ("auto-submitted", "AUTO-REPLIED; x-test=1", true),
            ("Auto-Submitted", "auto-generated (vacation)", true),
            ("Auto-Submitted", "", false),
            ("X-Autoreply", "no", false),
            ("X-Autoreply", "yes", true),
            ("X-Autorespond", "vacation", true),
            ("Precedence", "bulk", true),
            ("Precedence", "list", false),
            ("X-Failed-Recipients", "nobody@acme.example", true),
            ("Content-Type", "multipart/report; report-type=delivery-status; boundary=b", true),
            ("Content-Type", "text/plain", false),
            ("X-Auto-Response-Suppress", "DR, RN", false),
            ("Subject", "auto-replied", false),
        ] {
            assert_eq!(is_automatic([(name, value)]), want, "{name}: {value}");
        }
    }
}
