//! What a test asks of its world and of its backends.

use std::sync::Arc;

use uuid::Uuid;
use waxwing_backend::reminders::ask::AskError;
use waxwing_backend::store::reminders::{NoteState, Row};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Condition, Content, Event, GmailIds, PutReminder, Recipient, RecipientKind, RemindedMail, Reminder, ReminderState,
    WaitingAction, WaitingMail, WaitingNews, When, Wish,
};

pub(crate) use crate::clock::START;
pub(crate) use crate::times::{DAY, HOUR, MINUTE, SECOND};
pub(crate) use crate::world::{MARA, Node, World, account, wait};

/// A mail that was sent, and its conversation.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) mail: RemindedMail,
    pub(crate) thread: String,
}

impl World {
    /// With one account and one mailbox, and its first backend.
    pub(crate) fn new() -> (Self, Node) {
        Self::with_mailbox(Arc::default())
    }

    /// A mail to Ann that lies in Sent; `n` tells it from others.
    pub(crate) fn sent(&self, n: u64) -> Sent {
        let (thread, message) = (format!("18f0{n:012x}"), format!("18f1{n:012x}"));
        let rfc_id = format!("m{n}@fjord.example");
        self.server.sent(&message, &thread, &rfc_id, self.now());
        let mail = RemindedMail {
            message: None,
            sender: MARA.to_owned(),
            account: None,
            sent_at: self.now(),
            gmail: GmailIds {
                legacy_thread: Some(thread.clone()),
                legacy_message: Some(message),
                rfc_id: Some(format!("<{rfc_id}>")),
                ..GmailIds::default()
            },
            content: Content {
                subject: format!("Offer {n}"),
                recipients: vec![Recipient { address: ann(n), name: None, kind: RecipientKind::To }],
                links: Vec::new(),
            },
        };
        Sent { mail, thread }
    }

    /// Sets a reminder of a new mail, in so long, and gives its id, which is the mail's too.
    pub(crate) fn remind(&self, node: &Node, n: u64, after: Millis) -> (Uuid, Sent) {
        let sent = self.sent(n);
        let id = self.id();
        node.put(id, &sent, wish(self.now() + after)).unwrap();
        (id, sent)
    }
}

/// Whom mail number `n` went to.
pub(crate) fn ann(n: u64) -> String {
    format!("ann{n}@lake.example")
}

/// If nobody answers, at an instant.
pub(crate) fn wish(at: Millis) -> Wish {
    Wish {
        when: When::Instant { at, zone: "Europe/Oslo".to_owned() },
        phrase: None,
        condition: Condition::NoAnswer,
        every_days: None,
    }
}

impl Node {
    pub(crate) fn put(&self, id: Uuid, sent: &Sent, wish: Wish) -> Result<WaitingMail, AskError> {
        let put = PutReminder { mail: sent.mail.clone(), wish };
        self.block(self.app.reminders.put(account(), id, &put))
    }

    pub(crate) fn act(&self, id: Uuid, action: &WaitingAction) -> Result<WaitingMail, AskError> {
        self.block(self.app.reminders.act(account(), id, action))
    }

    pub(crate) fn mail(&self, id: Uuid) -> WaitingMail {
        self.block(self.app.reminders.mail(account(), id)).unwrap().unwrap()
    }

    pub(crate) fn reminder(&self, id: Uuid) -> Reminder {
        self.mail(id).reminder.unwrap()
    }

    pub(crate) fn row(&self, id: Uuid) -> Row {
        self.block(self.app.store.reminder(account(), id)).unwrap().unwrap()
    }

    /// Waits until the reminder stands there.
    pub(crate) fn until(&self, id: Uuid, state: ReminderState) -> Reminder {
        wait(|| self.reminder(id), |reminder| reminder.state == state)
    }

    /// Waits until nobody works on it, and its note is where it belongs.
    pub(crate) fn until_quiet(&self, id: Uuid) -> Row {
        let quiet = |row: &Row| row.lease.is_none() && matches!(row.note_state, NoteState::None | NoteState::There);
        wait(|| self.row(id), quiet)
    }

    /// What was told, of which mail.
    pub(crate) fn told(&self) -> Vec<(Uuid, WaitingNews)> {
        let events = self.block(self.app.store.events_after(account(), 0, 100_000)).unwrap();
        events
            .into_iter()
            .filter_map(|numbered| match numbered.event {
                Event::Waiting { mail, what, tell: true, .. } => Some((mail, what)),
                _ => None,
            })
            .collect()
    }
}
