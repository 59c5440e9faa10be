//! The state of one mail: the strongest thing that is known of it.

use waxwing_protocol::api::Message;

use super::only_to_self;

/// What the list says of a mail. A better hit lifts it, nothing lowers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A link was followed.
    Clicked,
    /// The pixel was loaded.
    Opened,
    /// The backend refused to take it, so nothing is counted.
    Refused,
    /// The backend does not know it yet, so nothing can be counted.
    Waiting,
    /// Gmail itself sends it later.
    Scheduled,
    /// It went to its sender alone, whose own views never count.
    ToSelf,
    /// Nothing yet.
    Sealed,
}

/// Whether the backend knows a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Known {
    /// It does.
    #[default]
    Yes,
    /// Not yet: it waits in the outbox.
    Waiting,
    /// It refused to take it.
    Refused,
}

/// The state of a message.
pub(crate) fn state(message: &Message, known: Known) -> State {
    let activity = &message.activity;
    if activity.clicks > 0 {
        State::Clicked
    } else if activity.opens > 0 {
        State::Opened
    } else if known == Known::Refused {
        State::Refused
    } else if known == Known::Waiting {
        State::Waiting
    } else if message.scheduled {
        State::Scheduled
    } else if only_to_self(&message.sender, &message.content.recipients) {
        State::ToSelf
    } else {
        State::Sealed
    }
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Activity, Content, GmailIds, Message, Recipient, RecipientKind};

    use super::{Known, State, state};

    fn message(opens: u32, clicks: u32, scheduled: bool, to: &str) -> Message {
        Message {
            id: uuid::Uuid::from_u128(1),
            sent_at: 0,
            scheduled,
            sender: "mara@fjord.example".into(),
            gmail: GmailIds::default(),
            content: Content {
                recipients: vec![Recipient { kind: RecipientKind::To, address: to.into(), name: None }],
                ..Content::default()
            },
            activity: Activity { opens, clicks, ..Activity::default() },
            muted: false,
        }
    }

    #[test]
    fn the_strongest_state_wins() {
        let (ana, mara) = ("ana@ruiz.example", "Mara@Fjord.example");
        for (opens, clicks, scheduled, to, known, expected) in [
            (0, 0, false, ana, Known::Yes, State::Sealed),
            (0, 0, false, ana, Known::Waiting, State::Waiting),
            (0, 0, true, ana, Known::Waiting, State::Waiting),
            (0, 0, false, ana, Known::Refused, State::Refused),
            (0, 0, true, ana, Known::Yes, State::Scheduled),
            (0, 0, false, mara, Known::Yes, State::ToSelf),
            (1, 0, false, mara, Known::Yes, State::Opened),
            (1, 0, true, ana, Known::Waiting, State::Opened),
            (4, 1, false, ana, Known::Yes, State::Clicked),
            (0, 1, false, ana, Known::Yes, State::Clicked),
        ] {
            assert_eq!(state(&message(opens, clicks, scheduled, to), known), expected, "{opens} {clicks} {scheduled} {to}");
        }
    }
}
