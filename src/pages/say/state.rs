//! What a message's sentence needs to know of it, and which words say what a recipient refused.

use waxwing_protocol::api::{Kinds, Message};

use super::only_to_self;
use crate::told::{Known, Mail};

/// The part of a message that is spoken of.
pub(crate) fn mail(message: &Message, known: Known) -> Mail<'_> {
    Mail {
        activity: &message.activity,
        known,
        scheduled: message.scheduled,
        to_self: only_to_self(&message.sender, &message.content.recipients),
        people: u32::try_from(message.content.recipients.len()).unwrap_or(u32::MAX),
        sent_at: message.sent_at,
        tracking: message.tracking,
    }
}

/// The words for what was refused, with its time as `$1`.
pub(crate) const fn refused_key(kinds: Kinds) -> &'static str {
    match kinds {
        Kinds { opens: true, clicks: true } => "refused_both",
        Kinds { opens: true, .. } => "refused_opens",
        _ => "refused_clicks",
    }
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Content, Message, Recipient, RecipientKind};

    use super::mail;
    use crate::told::{Known, State, state};

    #[test]
    fn a_mail_to_oneself_is_one() {
        for (to, expected) in [("ana@ruiz.example", State::Sealed), ("Mara@Fjord.example", State::ToSelf)] {
            let recipients = vec![Recipient { kind: RecipientKind::To, address: to.into(), name: None }];
            let message = Message {
                sender: "mara@fjord.example".into(),
                content: Content { recipients, ..Content::default() },
                ..Message::default()
            };
            assert_eq!(state(mail(&message, Known::Yes)), expected, "{to}");
        }
    }
}
