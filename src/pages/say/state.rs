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
    /// The backend does not know it yet, so nothing can be counted.
    Waiting,
    /// Gmail itself sends it later.
    Scheduled,
    /// It went to its sender alone, whose own views never count.
    ToSelf,
    /// Nothing yet.
    Sealed,
}

/// The state of a message; `waiting` when the outbox still holds it.
pub(crate) fn state(message: &Message, waiting: bool) -> State {
    let activity = &message.activity;
    if activity.clicks > 0 {
        State::Clicked
    } else if activity.opens > 0 {
        State::Opened
    } else if waiting {
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

    use super::{State, state};

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
        }
    }

    #[test]
    fn the_strongest_state_wins() {
        let (ana, mara) = ("ana@ruiz.example", "Mara@Fjord.example");
        for (opens, clicks, scheduled, to, waiting, expected) in [
            (0, 0, false, ana, false, State::Sealed),
            (0, 0, false, ana, true, State::Waiting),
            (0, 0, true, ana, true, State::Waiting),
            (0, 0, true, ana, false, State::Scheduled),
            (0, 0, false, mara, false, State::ToSelf),
            (1, 0, false, mara, false, State::Opened),
            (1, 0, true, ana, true, State::Opened),
            (4, 1, false, ana, false, State::Clicked),
            (0, 1, false, ana, false, State::Clicked),
        ] {
            assert_eq!(state(&message(opens, clicks, scheduled, to), waiting), expected, "{opens} {clicks} {scheduled} {to}");
        }
    }
}
