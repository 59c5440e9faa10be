//! A reminder whose time has come: one more look at the mailbox, the condition, the note, and the event that tells.

use std::sync::Arc;

use tokio::time::timeout;
use uuid::Uuid;
use waxwing_domain::rollup::State;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessReason, Condition, ReminderState, Trouble, WhyReminder};

use super::take::{PATIENCE, gone};
use super::{Key, Reminders, fate, note};
use crate::entropy;
use crate::mailbox::registry::NoMailbox;
use crate::mailbox::watching::{Conversation, Note, NoteRef, Place, SentHint};
use crate::mailbox::{Ledger, Mailbox, MailboxError, Purpose};
use crate::store::StoreError;
use crate::store::reminders::about::About;
use crate::store::reminders::lease::Taken;
use crate::store::reminders::{Lease, NoteState, Row};
use crate::watch::NotNow;

/// Ids that a note refers to: the first one, and the newest.
const MOST_IDS: usize = 30;

/// Why a reminder does not come back with a note now.
enum Stop {
    /// It is off.
    Off(ReminderState, Option<WhyReminder>),
    /// Told by notification only.
    Tell(WhyReminder),
    /// The mailbox, or the database, cannot do it now.
    Error(MailboxError),
    /// It is somebody else's by now, or its user said something else.
    Lost,
}

impl From<MailboxError> for Stop {
    fn from(error: MailboxError) -> Self {
        Self::Error(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "a reminder's mail could not be read yet");
        Self::Error(MailboxError::new(Trouble::Unreachable))
    }
}

/// What is worked on.
struct Going<'a> {
    reminders: &'a Arc<Reminders>,
    row: Row,
    key: Key,
    lease: Lease,
    /// Where its note is put.
    mailbox: Option<Uuid>,
}

/// Works on a leased reminder until it stands somewhere else.
pub(super) async fn run(reminders: &Arc<Reminders>, taken: Taken) {
    let Some(lease) = taken.row.lease else { return };
    let key = (taken.row.account, taken.row.id);
    let mut going = Going { reminders, row: taken.row, key, lease, mailbox: taken.mailbox };
    let done = going.go().await;
    let now = reminders.now();
    match done {
        Ok((why, note)) => {
            let put = note.clone();
            let back = reminders.engine.settle(key, lease, move |row| Some(fate::back(row, why, note.clone(), now))).await;
            if back.is_none() {
                tracing::warn!(reminder = %key.1, "a reminder came back under a lease that was lost");
                nobodys(&going, &put).await;
            }
        }
        Err(Stop::Off(state, why)) => {
            reminders.engine.settle(key, lease, move |row| Some(fate::off(row, state, why, now))).await;
        }
        Err(Stop::Tell(why)) => {
            reminders.engine.settle(key, lease, move |row| Some(fate::told_only(row, why, now))).await;
        }
        Err(Stop::Error(error)) => {
            reminders.engine.settle(key, lease, move |row| Some(fate::later(row, &error, now))).await;
        }
        Err(Stop::Lost) => {
            reminders.engine.settle(key, lease, move |row| Some(fate::given_back(row, now))).await;
        }
    }
}

/// A note was put under a lease that was lost: nobody knows of it, unless whoever has the row now goes on with this one. Then it is
/// taken away here.
async fn nobodys(going: &Going<'_>, note: &NoteRef) {
    let store = &going.reminders.parts.store;
    let known = match store.reminder(going.key.0, going.key.1).await {
        Ok(row) => row.and_then(|row| row.note).is_some_and(|known| known.id == note.id),
        Err(error) => {
            tracing::warn!(%error, reminder = %going.key.1, "a reminder whose lease was lost could not be read");
            true
        }
    };
    if let Some(mailbox) = going.mailbox.filter(|_| !known)
        && let Err(error) = gone(going.reminders, mailbox, &going.row, note).await
    {
        tracing::warn!(%error, reminder = %going.key.1, "a note that nobody knows of could not be taken away");
    }
}

impl Going<'_> {
    async fn go(&mut self) -> Result<(WhyReminder, NoteRef), Stop> {
        self.decide(&self.about().await?)?;
        let about = self.about().await?;
        let id = about.mailbox.ok_or(Stop::Tell(WhyReminder::NoMailbox))?;
        self.mailbox = Some(id);
        let mailbox = match self.reminders.parts.mailboxes.get(id).await {
            Ok(mailbox) => mailbox,
            Err(NoMailbox::Gone | NoMailbox::SignIn(_)) => return Err(Stop::Tell(WhyReminder::NoMailbox)),
            Err(NoMailbox::Store(error)) => return Err(error.into()),
        };
        self.look_once_more(id).await?;
        // What that look showed is on disk.
        let about = self.about().await?;
        let why = self.decide(&about)?;
        let purpose = Purpose { reason: AccessReason::Reminding, scheduled: None, waiting: Some(self.row.waiting) };
        let ledger = self.reminders.parts.mailboxes.ledger(id, purpose);
        let calls = self.bring_back(id, mailbox.as_ref(), &about, why, &ledger);
        let done = match timeout(PATIENCE, calls).await {
            Ok(done) => done,
            Err(_) => Err(Stop::Error(MailboxError::new(Trouble::Unreachable))),
        };
        if let Err(Stop::Error(error)) = &done {
            self.reminders.parts.mailboxes.report_note(id, Some(error)).await;
        } else {
            self.reminders.parts.mailboxes.report_note(id, None).await;
        }
        done.map(|note| (why, note))
    }

    async fn about(&self) -> Result<About, Stop> {
        let about = self.reminders.parts.store.reminded_mail(self.row.account, self.row.waiting).await?;
        about.ok_or(Stop::Lost)
    }

    /// Whether it comes, and why.
    fn decide(&self, about: &About) -> Result<WhyReminder, Stop> {
        match self.row.wish.condition {
            Condition::Always => Ok(WhyReminder::Asked),
            _ if about.answered => Err(Stop::Off(ReminderState::Answered, None)),
            Condition::NoAnswer => Ok(WhyReminder::NoAnswer),
            // Of a mail that is not tracked, or not any more, nothing is known but that nobody answered.
            Condition::NotOpened if !about.tracked || about.opens_refused => Ok(WhyReminder::NoAnswer),
            Condition::NotOpened => match about.activity.state() {
                State::Opened | State::Clicked => Err(Stop::Off(ReminderState::Off, Some(WhyReminder::Opened))),
                // Nobody can tell: it comes, and says what is known.
                State::Unopened | State::Machines | State::Apple | State::Unclear => Ok(WhyReminder::NotOpened),
            },
        }
    }

    /// Whoever answered until now has been taken note of after this.
    async fn look_once_more(&self, mailbox: Uuid) -> Result<(), Stop> {
        let (looked, began) = (&self.reminders.looked, self.reminders.now());
        let due = self.row.asked_at.unwrap_or(began);
        if self.row.wish.condition == Condition::Always || looked.since(mailbox, due, began) {
            return Ok(());
        }
        match timeout(PATIENCE, self.reminders.parts.watch.catch_up(mailbox)).await {
            Ok(Ok(())) => {}
            Ok(Err(NotNow::Gone | NotNow::SignIn(_))) => return Err(Stop::Tell(WhyReminder::NoMailbox)),
            Ok(Err(NotNow::Mailbox(trouble))) => return Err(MailboxError::new(trouble).into()),
            Ok(Err(NotNow::Store(error))) => {
                tracing::warn!(error, "a mailbox could not be looked at before a reminder");
                return Err(MailboxError::new(Trouble::Unreachable).into());
            }
            Err(_) => return Err(MailboxError::new(Trouble::Unreachable).into()),
        }
        looked.went_well(mailbox, began);
        Ok(())
    }

    /// The calls that bring it back.
    async fn bring_back(
        &mut self,
        id: Uuid,
        mailbox: &dyn Mailbox,
        about: &About,
        why: WhyReminder,
        ledger: &dyn Ledger,
    ) -> Result<NoteRef, Stop> {
        if let Some(old) = self.row.note.clone().filter(|_| self.row.note_state == NoteState::There) {
            gone(self.reminders, id, &self.row, &old).await?;
            self.row = self.written(fate::cleared).await?;
        }
        let conversation = conversation(mailbox, about, ledger).await?.ok_or(Stop::Tell(WhyReminder::NotFound))?;
        match mailbox.place(&conversation, ledger).await? {
            Place::There => {}
            Place::Deleted => return Err(Stop::Tell(WhyReminder::Deleted)),
            Place::Gone => return Err(Stop::Tell(WhyReminder::NotFound)),
        }
        if self.reminders.engine.is_stopping() {
            return Err(Stop::Lost);
        }
        let note = self.intend().await?;
        let now = self.reminders.now();
        let raw = self.write_note(id, note, &conversation, about, why, now).await?;
        let note = Note { id: note, conversation, raw: raw.into(), at: now };
        Ok(mailbox.put_note(&note, ledger).await?)
    }

    /// The note's id, on disk. One that was about to be put before is put now.
    async fn intend(&mut self) -> Result<Uuid, Stop> {
        if let Some(note) = self.row.note.as_ref().filter(|_| self.row.note_state == NoteState::Putting) {
            return Ok(note.id);
        }
        let drawn = entropy::uuid(self.reminders.parts.entropy.as_ref()).map_err(|error| {
            tracing::error!(%error, "the system gave no randomness");
            MailboxError::new(Trouble::Unreachable)
        })?;
        self.row = self.written(move |row| fate::putting(row, NoteRef { id: drawn, message: None, thread: None })).await?;
        Ok(drawn)
    }

    async fn written(
        &self,
        decide: impl Fn(Row) -> Option<crate::store::reminders::change::Next> + Send + Sync + 'static,
    ) -> Result<Row, Stop> {
        let applied = self.reminders.engine.settle(self.key, self.lease, decide).await;
        applied.map(|applied| applied.row).ok_or(Stop::Lost)
    }

    async fn write_note(
        &self,
        mailbox: Uuid,
        id: Uuid,
        conversation: &Conversation,
        about: &About,
        why: WhyReminder,
        now: Millis,
    ) -> Result<Vec<u8>, Stop> {
        let store = &self.reminders.parts.store;
        let settings = store.reminder_settings(self.row.account).await?;
        let stored = store.mailbox(mailbox).await?.ok_or(Stop::Tell(WhyReminder::NoMailbox))?;
        Ok(note::write(&note::Says {
            id,
            address: &stored.address,
            subject: &about.content.subject,
            rfc_ids: &conversation.rfc_ids,
            why,
            about,
            wish: &self.row.wish,
            settings: &settings,
            now,
        }))
    }
}

/// What is known of where the mail lies; it is looked for where nothing is. `None`: it is not there.
async fn conversation(mailbox: &dyn Mailbox, about: &About, ledger: &dyn Ledger) -> Result<Option<Conversation>, MailboxError> {
    if about.found.is_some() || about.rfc_id.is_some() && about.thread.is_some() {
        return Ok(Some(of(about)));
    }
    let hint = SentHint {
        message: about.gmail.legacy_message.clone(),
        thread: about.thread.clone(),
        rfc_id: about.rfc_id.clone(),
        sent_at: about.sent_at,
        subject: about.content.subject.clone(),
        recipients: about.content.recipients.iter().map(|recipient| recipient.address.to_lowercase()).collect(),
    };
    let found = mailbox.find_sent(&hint, ledger).await?;
    Ok(found.map(|found| of(&About { found: Some(found), ..about.clone() })))
}

fn of(about: &About) -> Conversation {
    let found = about.found.as_ref();
    let own = found.and_then(|found| found.rfc_id.clone()).or_else(|| about.rfc_id.clone());
    let mut rfc_ids: Vec<String> = found.map(|found| found.references.clone()).unwrap_or_default();
    rfc_ids.retain(|id| Some(id) != own.as_ref());
    rfc_ids.extend(own);
    let more = rfc_ids.len().saturating_sub(MOST_IDS);
    if more > 0 {
        rfc_ids.drain(1..=more);
    }
    Conversation { thread: found.and_then(|found| found.thread.clone()).or_else(|| about.thread.clone()), rfc_ids }
}
