//! Who a mail went to, short enough for a line.

use waxwing_protocol::api::Recipient;

/// The first recipients by name, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names<'a> {
    /// Names, or addresses where there is no name.
    pub(crate) first: Vec<&'a str>,
    /// How many are not in `first`.
    pub(crate) more: usize,
}

/// The first `most` recipients.
pub(crate) fn names(recipients: &[Recipient], most: usize) -> Names<'_> {
    Names { first: recipients.iter().take(most).map(name).collect(), more: recipients.len().saturating_sub(most) }
}

fn name(recipient: &Recipient) -> &str {
    recipient.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&recipient.address)
}

/// True when the sender is the only recipient.
pub(crate) fn only_to_self(sender: &str, recipients: &[Recipient]) -> bool {
    !recipients.is_empty() && recipients.iter().all(|recipient| recipient.address.eq_ignore_ascii_case(sender))
}

/// True when the sender is a recipient beside others.
pub(crate) fn sender_among(sender: &str, recipients: &[Recipient]) -> bool {
    recipients.iter().any(|recipient| recipient.address.eq_ignore_ascii_case(sender)) && !only_to_self(sender, recipients)
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Recipient, RecipientKind};

    use super::{names, only_to_self, sender_among};

    fn people(list: &[(&str, Option<&str>)]) -> Vec<Recipient> {
        list.iter()
            .map(|(address, name)| Recipient {
                kind: RecipientKind::To,
                address: (*address).into(),
                name: name.map(Into::into),
            })
            .collect()
    }

    #[test]
    fn names_are_cut_by_number() {
        let three = people(&[("a@x.example", Some("Ana")), ("b@x.example", Some(" ")), ("c@x.example", None)]);
        let shown = names(&three, 2);
        assert_eq!((shown.first, shown.more), (vec!["Ana", "b@x.example"], 1));
        let none = names(&[], 2);
        assert_eq!((none.first.len(), none.more), (0, 0));
    }

    #[test]
    fn mails_to_oneself_are_known() {
        for (list, alone, among) in [
            (&[][..], false, false),
            (&[("Me@x.example", None)][..], true, false),
            (&[("me@x.example", None), ("ME@x.example", None)][..], true, false),
            (&[("me@x.example", None), ("you@x.example", None)][..], false, true),
            (&[("you@x.example", None)][..], false, false),
        ] {
            let list = people(list);
            assert_eq!((only_to_self("me@x.example", &list), sender_among("me@x.example", &list)), (alone, among), "{list:?}");
        }
    }
}
