//! What users want of reminders: set one, change it, done, later, off; and mails that are waited for as the API gives them.
//!
//! What must hold: the same call twice is once; what does not fit where a mail stands changes nothing; nothing is asked of a mailbox
//! here.

use std::collections::HashSet;

use uuid::Uuid;
use waxwing_domain::schedule::{self, GRACE, NoDue};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Condition, MailboxState, PutReminder, ReminderState, Schedule, WaitingAction, WaitingMail, WaitingNews, When, WhyReminder,
    Wish,
};

use super::{Reminders, fate};
use crate::account_id::AccountId;
use crate::store::reminders::change::{self, MailBecomes, Next};
use crate::store::reminders::insert::{self, NewReminder};
use crate::store::reminders::{Row, answers, sent};
use crate::store::waiting::list::Listed;
use crate::store::waiting::put::{self, NewWaiting};
use crate::store::waiting::{self, State, outcome};
use crate::store::{self, StoreError, Work};
use crate::zones::Iana;

/// A mail that was sent so long ago was sent just now.
const JUST_NOW: Millis = 15 * 60_000;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The account has no such mail.
    #[error("there is no such mail")]
    Unknown,
    /// The message was deleted.
    #[error("this message was deleted")]
    Gone,
    /// It does not fit where the mail stands, or the id is another mail's.
    #[error("this does not go with where the mail stands")]
    Conflict,
    /// No time follows from what was asked for.
    #[error(transparent)]
    NoTime(#[from] NoDue),
    /// What was asked for is none of what reminders know.
    #[error("{0}")]
    BadWish(&'static str),
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<crate::store::sql::Error> for AskError {
    fn from(error: crate::store::sql::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Reminders {
    /// Sets a reminder, or changes when and on which condition it comes.
    pub async fn put(&self, account: AccountId, id: Uuid, put: &PutReminder) -> Result<WaitingMail, AskError> {
        let now = self.now();
        if put.wish.condition == Condition::NotOpened && put.mail.message.is_none() {
            return Err(AskError::BadWish("only of a tracked mail it can be known whether it was opened"));
        }
        // What was in time when the mail was sent may have waited in a device's outbox.
        let asked = time_of(&put.wish, now, put.mail.sent_at);
        let mut tx = self.parts.store.write_of(account).await?;
        let known = change::find(&mut tx, account, id).await?;
        let deleted = match put.mail.message.or(known.as_ref().map(|row| row.waiting)) {
            Some(message) => insert::is_deleted(&mut tx, account, message).await?,
            None => false,
        };
        let wanted = match asked {
            Err(AskError::NoTime(NoDue::Past)) => overtaken(put, known.as_ref(), now).ok_or(NoDue::Past.into()),
            asked => asked.map(|at| (put.wish.clone(), at)),
        };
        let (wish, at) = match wanted {
            Ok(_) if deleted => Err(AskError::Gone),
            wanted => wanted,
        }?;
        let put = &PutReminder { wish, ..put.clone() };
        let (waiting, mailbox, event) = match known {
            Some(row) => change_in(&mut tx, row, put, at, now).await?,
            None => set_in(&mut tx, account, id, put, at, now).await?,
        };
        tx.commit().await?;
        self.changed(account, event);
        if let Some(mailbox) = mailbox {
            self.parts.watch.follow_changed(mailbox);
        }
        self.mail(account, waiting).await?.ok_or(AskError::Unknown)
    }

    /// Does what its user wants of a mail that is waited for.
    pub async fn act(&self, account: AccountId, id: Uuid, action: &WaitingAction) -> Result<WaitingMail, AskError> {
        let now = self.now();
        let snoozed = match action {
            WaitingAction::Snooze { wish } => Some(time_of(wish, now, Millis::MAX)?),
            _ => None,
        };
        let mut tx = self.parts.store.write_of(account).await?;
        let mail = match waiting::find(&mut tx, account, id).await? {
            Some(mail) if !insert::is_deleted(&mut tx, account, id).await? => mail,
            Some(_) | None => {
                tx.cancel().await?;
                return Err(AskError::Unknown);
            }
        };
        let rows = change::of_mail(&mut tx, account, id).await?;
        let mailbox = mail.mailbox;
        let event = match fit(&mail, newest(rows), action, snoozed, now) {
            Fit::Same => {
                tx.cancel().await?;
                return self.mail(account, id).await?.ok_or(AskError::Unknown);
            }
            Fit::Conflict => {
                tx.cancel().await?;
                return Err(AskError::Conflict);
            }
            Fit::Reminder(next) => {
                let reminder = next.row.id;
                let decide = move |_: Row| Some((*next).clone());
                change::apply(&mut tx, account, reminder, now, &decide).await?.and_then(|applied| applied.event)
            }
            Fit::Mail(state) => {
                let mut mail = mail;
                mail.state = state;
                mail.dismissed = true;
                Some(waiting::change::change(&mut tx, mail, WaitingNews::Over, false, now).await?.1)
            }
            Fit::Arrived(row) => arrived(&mut tx, account, id, row.map(|row| *row), now).await?,
            Fit::WaitAgain(row) => wait_again(&mut tx, account, id, row.map(|row| *row), now).await?,
        };
        tx.commit().await?;
        self.changed(account, event);
        if let Some(mailbox) = mailbox {
            self.parts.watch.follow_changed(mailbox);
        }
        self.mail(account, id).await?.ok_or(AskError::Unknown)
    }

    fn changed(&self, account: AccountId, event: Option<i64>) {
        if let Some(event) = event {
            self.parts.news.publish(account, event);
        }
        self.wake();
    }

    /// A mail that is waited for, as the API gives it.
    pub async fn mail(&self, account: AccountId, id: Uuid) -> store::Result<Option<WaitingMail>> {
        let listed = self.parts.store.waiting_mail(account, id).await?;
        Ok(self.on_the_wire(account, listed.into_iter().collect()).await?.pop())
    }

    /// Mails that are waited for, as the API gives them: with their reminders.
    pub async fn on_the_wire(&self, account: AccountId, listed: Vec<Listed>) -> store::Result<Vec<WaitingMail>> {
        let (store, now) = (&self.parts.store, self.now());
        let usable: HashSet<Uuid> = if listed.iter().all(|listed| listed.reminders.is_empty()) {
            HashSet::new()
        } else {
            let mailboxes = store.mailboxes(account).await?.into_iter();
            let works = |state: &MailboxState| !matches!(state, MailboxState::SignIn { .. });
            mailboxes.filter(|mailbox| works(&mailbox.state)).map(|mailbox| mailbox.id).collect()
        };
        let wire = listed.into_iter().map(|mut listed| {
            let home = listed.row.mailbox.is_some_and(|mailbox| usable.contains(&mailbox));
            let reminder = newest(std::mem::take(&mut listed.reminders));
            listed.on_the_wire(reminder.map(|row| row.on_the_wire(home)), now)
        });
        Ok(wire.collect())
    }
}

/// The one that is on, or else the newest.
fn newest(rows: Vec<Row>) -> Option<Row> {
    let on = rows.iter().position(Row::is_on).unwrap_or_default();
    rows.into_iter().nth(on)
}

/// When a wish is. What is over is due now if it was not over at `since`.
fn time_of(wish: &Wish, now: Millis, since: Millis) -> Result<Millis, AskError> {
    if wish.every_days.is_some_and(|days| !(1..=90).contains(&days)) {
        return Err(AskError::BadWish("every_days is a number from 1 to 90"));
    }
    if !matches!(wish.when, When::At { .. } | When::Instant { .. }) {
        return Err(AskError::BadWish("a reminder comes at a wall time or at an instant"));
    }
    let plan = Schedule {
        when: wish.when.clone(),
        phrase: None,
        unless_answered: false,
        late: waxwing_protocol::api::Late::default(),
        holidays: Vec::new(),
        remind: None,
    };
    let at = schedule::resolve(&plan, now, &Iana)?.at;
    if at < now.saturating_sub(GRACE) && at < since {
        return Err(NoDue::Past.into());
    }
    Ok(at)
}

/// The wish of a mail that was written for so long that its reminder's time was over when it was sent: at a time after the mail, as
/// with mails that go later. `None`: the mail was not sent just now, so that time was never meant; or the reminder is there (`known`)
/// and is not what this came to when it was set.
fn overtaken(put: &PutReminder, known: Option<&Row>, now: Millis) -> Option<(Wish, Millis)> {
    let set_at = known.map_or(now, |row| row.created_at);
    if put.mail.sent_at < set_at.saturating_sub(JUST_NOW) {
        return None;
    }
    let (wish, at) = sent::a_day_after(&put.wish, put.mail.sent_at.min(set_at));
    known.is_none_or(|row| row.wish == wish).then_some((wish, at))
}

/// Which mail, in which mailbox, and the number of the event.
type Put = (Uuid, Option<Uuid>, Option<i64>);

/// A reminder that was not there.
async fn set_in(
    tx: &mut Work,
    account: AccountId,
    id: Uuid,
    put: &PutReminder,
    at: Millis,
    now: Millis,
) -> Result<Put, AskError> {
    let waiting = match put.mail.message {
        Some(message) => message,
        None => put::same(tx, account, &put.mail.gmail).await?.unwrap_or(id),
    };
    let placed = place(tx, account, waiting, put, now).await?;
    let new = NewReminder { id, account, waiting, wish: put.wish.clone(), at, by_default: false };
    let mut event = Some(insert::insert(tx, &new, now).await?).max(placed.event);
    if placed.row.state == State::Answered {
        event = answers::on_answered(tx, account, waiting, now).await?.event.max(event);
    }
    Ok((waiting, placed.row.mailbox, event))
}

/// One that is there: at another time, or on another condition. The same again adds ids, and changes nothing else.
async fn change_in(tx: &mut Work, row: Row, put: &PutReminder, at: Millis, now: Millis) -> Result<Put, AskError> {
    let (account, waiting) = (row.account, row.waiting);
    if put.mail.message.is_some_and(|message| message != waiting) {
        return Err(AskError::Conflict);
    }
    let placed = place(tx, account, waiting, put, now).await?;
    let mut event = placed.event;
    if row.wish != put.wish {
        let wish = put.wish.clone();
        let others = change::of_mail(tx, account, waiting).await?;
        if others.iter().any(|other| other.id != row.id && other.is_on()) {
            // Another one took its place.
            return Err(AskError::Conflict);
        }
        let decide = move |row: Row| Some(fate::set_again(row, wish.clone(), at, now));
        let applied = change::apply(tx, account, row.id, now, &decide).await?;
        event = applied.and_then(|applied| applied.event).max(event);
        if placed.row.state == State::Answered {
            event = answers::on_answered(tx, account, waiting, now).await?.event.max(event);
        }
    }
    Ok((waiting, placed.row.mailbox, event))
}

async fn place(tx: &mut Work, account: AccountId, id: Uuid, put: &PutReminder, now: Millis) -> Result<put::Placed, AskError> {
    let mail = &put.mail;
    let new = NewWaiting {
        id,
        account,
        mailbox: None,
        home: mail.account.clone(),
        tracked: insert::is_registered(tx, account, id).await?,
        sender: mail.sender.clone(),
        sent_at: mail.sent_at,
        gmail: mail.gmail.clone(),
        content: mail.content.clone(),
    };
    Ok(put::put(tx, &new, now).await?)
}

/// That was no answer: the mail is waited for again, with the reminder that the answer had switched off.
async fn wait_again(
    tx: &mut Work,
    account: AccountId,
    id: Uuid,
    row: Option<Row>,
    now: Millis,
) -> Result<Option<i64>, AskError> {
    let Some((_, mut event)) = outcome::not_an_answer(tx, account, id, now).await? else {
        return Err(AskError::Conflict);
    };
    if let Some(row) = row.filter(|row| row.state == ReminderState::Answered) {
        let decide = move |row: Row| Some(fate::goes_on(row, now));
        let applied = change::apply(tx, account, row.id, now, &decide).await?;
        event = applied.and_then(|applied| applied.event).unwrap_or(event);
    }
    Ok(Some(event))
}

/// It did arrive: the notice is forgotten, and the reminder that it switched off is on again.
async fn arrived(tx: &mut Work, account: AccountId, id: Uuid, row: Option<Row>, now: Millis) -> Result<Option<i64>, AskError> {
    let Some((_, mut event)) = outcome::arrived(tx, account, id, now).await? else {
        return Err(AskError::Conflict);
    };
    if let Some(row) = row.filter(is_bounced) {
        let decide = move |row: Row| Some(fate::goes_on(row, now));
        let applied = change::apply(tx, account, row.id, now, &decide).await?;
        event = applied.and_then(|applied| applied.event).unwrap_or(event);
    }
    Ok(Some(event))
}

/// A notice switched it off.
fn is_bounced(row: &Row) -> bool {
    row.state == ReminderState::Off && row.why == Some(WhyReminder::Bounced)
}

/// What an action comes to.
enum Fit {
    /// The reminder becomes this.
    Reminder(Box<Next>),
    /// The mail, which has no reminder that is on, stands there, and was looked at.
    Mail(State),
    /// It is waited for again.
    WaitAgain(Option<Box<Row>>),
    /// It arrived.
    Arrived(Option<Box<Row>>),
    /// It is so already.
    Same,
    /// It does not fit.
    Conflict,
}

fn fit(mail: &waiting::Row, row: Option<Row>, action: &WaitingAction, at: Option<Millis>, now: Millis) -> Fit {
    let on = row.clone().filter(Row::is_on);
    let bounced = row.clone().filter(|row| is_bounced(row) && mail.state == State::Waiting);
    match (action, on) {
        (WaitingAction::Done, Some(row)) => {
            let next = fate::ended(row, ReminderState::Done, now);
            Fit::Reminder(Box::new(Next { news: Some((WaitingNews::Over, false)), ..next.mail(MailBecomes::Over) }))
        }
        (WaitingAction::Done, None) if mail.state == State::Waiting => Fit::Mail(State::Over),
        (WaitingAction::Done, None) => Fit::Same,
        (WaitingAction::Snooze { wish }, Some(row)) => match at {
            Some(at) => Fit::Reminder(Box::new(fate::snoozed(row, wish.clone(), at, now))),
            None => Fit::Conflict,
        },
        (WaitingAction::Snooze { wish }, None) if bounced.is_some() => match bounced.zip(at) {
            Some((row, at)) => Fit::Reminder(Box::new(fate::snoozed(row, wish.clone(), at, now))),
            None => Fit::Conflict,
        },
        (WaitingAction::Off, Some(row)) => Fit::Reminder(Box::new(fate::ended(row, ReminderState::Off, now))),
        (WaitingAction::Off, None) if row.as_ref().is_some_and(|row| row.state == ReminderState::Off) => Fit::Same,
        (WaitingAction::NotAway, Some(row)) if row.moved_from.is_some() => {
            Fit::Reminder(Box::new(fate::not_away(row, now).mail(MailBecomes::NotAway)))
        }
        (WaitingAction::NotAnAnswer, _) if mail.state == State::Answered => Fit::WaitAgain(row.map(Box::new)),
        (WaitingAction::NotAnAnswer, _) if mail.state == State::Waiting && mail.bounced.is_some() => {
            Fit::Arrived(row.map(Box::new))
        }
        (WaitingAction::Dismiss, _) if mail.bounced.is_some() && mail.dismissed => Fit::Same,
        (WaitingAction::Dismiss, _) if mail.bounced.is_some() => Fit::Mail(mail.state),
        (
            WaitingAction::Snooze { .. }
            | WaitingAction::Off
            | WaitingAction::NotAway
            | WaitingAction::NotAnAnswer
            | WaitingAction::Dismiss,
            _,
        ) => Fit::Conflict,
    }
}
