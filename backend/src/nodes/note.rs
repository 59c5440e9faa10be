//! What backends tell each other: one line of text, written by triggers of the database (`migrations/postgres`) or by
//! [`Store::tell`](crate::store::Store::tell).
//!
//! What must hold: whoever may write to the database can say anything here, so nothing is taken for a fact but that something changed;
//! what cannot be read is passed over.

use uuid::Uuid;
use waxwing_protocol::api::Kinds;

use crate::account_id::AccountId;
use crate::store::consent::kinds_from;

/// What somebody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// It is there.
    Here,
    /// An account has a new event.
    Event(AccountId, i64),
    /// A message was deleted.
    Stopped(AccountId, Uuid),
    /// This is refused of a message.
    Refused(AccountId, Uuid, Kinds),
    /// An account has come to an epoch.
    Epoch(AccountId, u8),
    /// Hits came in.
    Hits,
    /// Messages are to be judged.
    Judge,
    /// There are corrections to be followed.
    Rules,
    /// A mail goes at another time than was known.
    Scheduled,
    /// A reminder comes at another time than was known.
    Reminders,
    /// A mail came to be waited for.
    Waiting,
    /// A mailbox was connected, or is another one now.
    Mailbox(Uuid),
    /// How a mailbox is.
    Health {
        /// Which.
        mailbox: Uuid,
        /// It works.
        ok: bool,
        /// Its owner has to sign in.
        sign_in: bool,
    },
}

impl Note {
    /// Who said it, and what.
    pub(super) fn read(text: &str) -> Option<(&str, Self)> {
        let mut words = text.split(' ');
        let (from, what) = (words.next()?, words.next()?);
        let mut word = || words.next();
        let note = match what {
            "here" => Self::Here,
            "event" => Self::Event(AccountId::parse(word()?)?, word()?.parse().ok()?),
            "stopped" => Self::Stopped(AccountId::parse(word()?)?, word()?.parse().ok()?),
            "refused" => Self::Refused(AccountId::parse(word()?)?, word()?.parse().ok()?, kinds_from(word()?.parse().ok()?)),
            "epoch" => Self::Epoch(AccountId::parse(word()?)?, word()?.parse().ok()?),
            "hits" => Self::Hits,
            "judge" => Self::Judge,
            "rules" => Self::Rules,
            "scheduled" => Self::Scheduled,
            "reminders" => Self::Reminders,
            "waiting" => Self::Waiting,
            "mailbox" => Self::Mailbox(word()?.parse().ok()?),
            "health" => {
                let (mailbox, state) = (word()?.parse().ok()?, word()?);
                Self::Health { mailbox, ok: state == "0", sign_in: state == "1" }
            }
            _ => return None,
        };
        Some((from, note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_and_nothing_else() {
        let (account, id) = (AccountId::parse("abcdefgh").unwrap(), Uuid::from_u128(7));
        for (text, want) in [
            ("a here".to_owned(), Note::Here),
            ("a event abcdefgh 12".to_owned(), Note::Event(account, 12)),
            (format!("a stopped abcdefgh {id}"), Note::Stopped(account, id)),
            (format!("a refused abcdefgh {id} 2"), Note::Refused(account, id, Kinds { opens: false, clicks: true })),
            (format!("a refused abcdefgh {id} 0"), Note::Refused(account, id, Kinds::NONE)),
            ("a epoch abcdefgh 255".to_owned(), Note::Epoch(account, 255)),
            ("a hits".to_owned(), Note::Hits),
            (format!("a mailbox {id}"), Note::Mailbox(id)),
            (format!("a health {id} 1"), Note::Health { mailbox: id, ok: false, sign_in: true }),
            (format!("a health {id} 0"), Note::Health { mailbox: id, ok: true, sign_in: false }),
        ] {
            assert_eq!(Note::read(&text), Some(("a", want)), "{text}");
        }
        for text in [
            "",
            " ",
            "a",
            "a ",
            "a nothing",
            "a event",
            "a event abcdefgh",
            "a event ABC 1",
            "a event abcdefgh x",
            "a epoch abcdefgh 256",
            "a stopped abcdefgh 7",
            "a refused abcdefgh 7",
            "a mailbox",
            "a health",
            "a health 7 0",
            "\u{0} \u{ffff}",
        ] {
            assert_eq!(Note::read(text), None, "{text:?}");
        }
    }
}
