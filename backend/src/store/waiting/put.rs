//! Mails that come to be waited for: tracked ones of accounts with a mailbox, and those with a reminder.
//!
//! What must hold: the same mail twice changes nothing, and none takes away what is known. What waits without a mailbox is adopted by
//! the one that is connected later.

use uuid::Uuid;
use waxwing_domain::answers::person;
use waxwing_domain::mailkind::ids_of;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Event, GmailIds, PutMessage, WaitingNews};

use super::super::sql::{self, Kind};
use super::change::{self, write_content, write_row};
use super::{Row, State, WAIT, content, find, upkeep};
use crate::account_id::AccountId;
use crate::store::{Result, Work, events, messages};

/// Tracked messages that a mailbox looks for when it is connected.
const MOST_MISSED: i64 = 1_000;

/// A mail that is to be waited for.
#[derive(Debug, Clone)]
pub struct NewWaiting {
    /// That of the tracked message, or of the reminder.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// The mailbox that sent it, where that is certain. `None`: the connected one whose address is `home`'s or the sender's, or the only
    /// one there is, for a tracked message of which no home is known: its sender is an alias.
    pub mailbox: Option<Uuid>,
    /// The address of the mailbox that it lies in, where the page could tell.
    pub home: Option<String>,
    /// Whether it is a tracked message that is registered.
    pub tracked: bool,
    /// The address that sent it.
    pub sender: String,
    /// When it was sent, by the sender's clock.
    pub sent_at: Millis,
    /// Gmail's ids.
    pub gmail: GmailIds,
    /// What was written and to whom. Links are left out.
    pub content: Content,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The row as it is now.
    pub row: Row,
    /// It is new here.
    pub created: bool,
    /// The number of the event, when anything is another now.
    pub event: Option<i64>,
}

/// Has a mail waited for, or adds to what is known of it.
pub async fn put(tx: &mut Work, new: &NewWaiting, now: Millis) -> Result<Placed> {
    match find(tx, new.account, new.id).await? {
        Some(row) => add_to(tx, row, new, now).await,
        None => create(tx, new, now).await,
    }
}

/// The same for a tracked message, in the transaction that registers it. `None`: no connected mailbox is its sender's, or it was
/// sent too long ago to be waited for, and nothing else waits for it.
pub(crate) async fn put_tracked(
    tx: &mut Work,
    account: AccountId,
    id: Uuid,
    message: &PutMessage,
    mailbox: Option<Uuid>,
    now: Millis,
) -> Result<Option<Placed>> {
    let new = NewWaiting {
        id,
        account,
        mailbox,
        home: None,
        tracked: true,
        sender: message.sender.clone(),
        sent_at: message.sent_at,
        gmail: message.gmail.clone(),
        content: message.content.clone(),
    };
    let placed = match find(tx, account, id).await? {
        Some(row) => add_to(tx, row, &new, now).await?,
        None if new.sent_at.saturating_add(WAIT) <= now => return Ok(None),
        None if mailbox.is_none() && mailbox_of(tx, &new).await?.is_none() => return Ok(None),
        None => create(tx, &new, now).await?,
    };
    // Answered before it was registered: a reminder was waiting for it.
    if let Some(answered) = &placed.row.answered {
        change::mark_message(tx, &placed.row, Some(answered.at)).await?;
    }
    Ok(Some(placed))
}

/// Has those tracked messages waited for that were sent from an address since `since`, and are not yet. The newest ones alone, where
/// they are many.
pub(super) async fn put_missed(
    tx: &mut Work,
    account: AccountId,
    mailbox: Uuid,
    address: &str,
    since: Millis,
    now: Millis,
) -> Result<Option<i64>> {
    let mut query = sql::Builder::new(messages::COLUMNS);
    query.push_bind(account.as_str()).push(" AND m.sent_at > ").push_bind(since);
    query.push(" AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.account = m.account AND w.id = m.id)");
    query.push(" ORDER BY m.sent_at DESC, m.id DESC LIMIT ").push_bind(MOST_MISSED);
    let rows = query.build().fetch_all(&mut **tx).await?;
    let (own, mut newest) = (person(address), None);
    let others = others(tx, account, mailbox).await?;
    for message in rows.iter().map(messages::message) {
        let message = message?;
        // An alias is the only mailbox's.
        if person(&message.sender) != own && !others.is_empty() {
            continue;
        }
        let new = NewWaiting {
            id: message.id,
            account,
            mailbox: Some(mailbox),
            home: None,
            tracked: true,
            sender: message.sender,
            sent_at: message.sent_at,
            gmail: message.gmail,
            content: message.content,
        };
        newest = create(tx, &new, now).await?.event;
    }
    Ok(newest)
}

/// The account's other connected mailboxes.
pub(super) async fn others(tx: &mut Work, account: AccountId, mailbox: Uuid) -> Result<Vec<Uuid>> {
    let sql = "SELECT id FROM mailboxes WHERE account = $1 AND removed_at IS NULL AND id <> $2";
    Ok(sql::query_scalar(sql).bind(account.as_str()).bind(mailbox).fetch_all(&mut **tx).await?)
}

async fn create(tx: &mut Work, new: &NewWaiting, now: Millis) -> Result<Placed> {
    let mailbox = match new.mailbox {
        Some(mailbox) => Some(mailbox),
        None => mailbox_of(tx, new).await?,
    };
    let sent_at = new.sent_at.min(now);
    let row = Row {
        id: new.id,
        account: new.account,
        mailbox,
        tracked: new.tracked,
        sender: new.sender.to_lowercase(),
        home: new.home.as_deref().map(str::to_lowercase),
        sent_at,
        state: State::Waiting,
        thread: new.gmail.legacy_thread.clone(),
        rfc_id: rfc_id(&new.gmail),
        gmail: new.gmail.clone(),
        found: None,
        found_tries: 0,
        find_at: mailbox.map(|_| now),
        looked: false,
        until: sent_at.saturating_add(WAIT),
        answered: None,
        answered_by: Vec::new(),
        bounced: None,
        dismissed: false,
        refused: Vec::new(),
        taken: Vec::new(),
        away_until: None,
        created_at: now,
        version: 0,
    };
    write_row(tx, &row).await?;
    write_content(tx, new.account, new.id, &new.content).await?;
    upkeep::add_people(tx, &row, &new.content).await?;
    let event = Event::Waiting {
        mail: row.id,
        message: row.tracked.then_some(row.id),
        what: WaitingNews::Changed,
        at: now,
        tell: false,
    };
    let event = events::add(tx, new.account, now, &event).await?;
    Ok(Placed { row, created: true, event: Some(event) })
}

async fn add_to(tx: &mut Work, row: Row, new: &NewWaiting, now: Millis) -> Result<Placed> {
    let mut next = row.clone();
    next.tracked |= new.tracked;
    merge(&mut next.gmail, &new.gmail);
    // What was found in the mailbox is better than what the page said.
    if next.found.is_none() {
        next.thread = next.gmail.legacy_thread.clone().or(next.thread);
        next.rfc_id = rfc_id(&next.gmail).or(next.rfc_id);
    }
    if next.sender.is_empty() {
        next.sender = new.sender.to_lowercase();
    }
    next.home = next.home.or_else(|| new.home.as_deref().map(str::to_lowercase));
    if next.mailbox.is_none() && next.state == State::Waiting {
        next.mailbox = match new.mailbox {
            Some(mailbox) => Some(mailbox),
            None => mailbox_of(tx, new).await?,
        };
        next.find_at = next.mailbox.map(|_| now);
    }
    let known = content(tx, row.account, row.id).await?;
    let fuller = Content {
        subject: if known.subject.is_empty() { new.content.subject.clone() } else { known.subject.clone() },
        recipients: if known.recipients.is_empty() { new.content.recipients.clone() } else { known.recipients.clone() },
        links: Vec::new(),
    };
    let says_more = fuller != known;
    if next == row && !says_more {
        return Ok(Placed { row, created: false, event: None });
    }
    if says_more {
        write_content(tx, row.account, row.id, &fuller).await?;
        upkeep::write_people(tx, &next, &fuller).await?;
    }
    let (row, event) = change::change(tx, next, WaitingNews::Changed, false, now).await?;
    Ok(Placed { row, created: false, event: Some(event) })
}

/// The mail that an account waits for which is this one, by Gmail's ids: a reminder may be set twice on a mail that is not tracked.
pub async fn same(tx: &mut Work, account: AccountId, gmail: &GmailIds) -> Result<Option<Uuid>> {
    let (Some(thread), Some(message)) = (&gmail.legacy_thread, &gmail.legacy_message) else { return Ok(None) };
    let found = sql::query_scalar(same_mail(tx.kind()))
        .bind(account.as_str())
        .bind(thread)
        .bind(message)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found)
}

/// The newest mail of a conversation with this id.
pub(super) const fn same_mail(kind: Kind) -> &'static str {
    kind.pick(
        "SELECT w.id FROM waiting w WHERE w.account = $1 AND w.thread = $2 \
         AND (w.gmail ->> 'legacy_message' = $3 OR w.found ->> 'message' = $3) ORDER BY w.created_at DESC LIMIT 1",
        "SELECT w.id FROM waiting w WHERE w.account = $1 AND w.thread = $2 AND (CAST(w.gmail AS json) ->> 'legacy_message' = $3 \
         OR CAST(w.found AS json) ->> 'message' = $3) ORDER BY w.created_at DESC LIMIT 1",
    )
}

/// The account's connected mailbox that a mail lies in: the one of its home, or else of its sender, or else the only one.
async fn mailbox_of(tx: &mut Work, new: &NewWaiting) -> Result<Option<Uuid>> {
    let rows =
        sql::query("SELECT id, address FROM mailboxes WHERE account = $1 AND removed_at IS NULL ORDER BY connected_at, id")
            .bind(new.account.as_str())
            .fetch_all(&mut **tx)
            .await?;
    let of = |wanted: &str| -> Result<Option<Uuid>> {
        let Some(wanted) = person(wanted) else { return Ok(None) };
        for row in &rows {
            if person(row.try_get(1)?).is_some_and(|address| address == wanted) {
                return Ok(Some(row.try_get(0)?));
            }
        }
        Ok(None)
    };
    if let Some(mailbox) = new.home.as_deref().map(of).transpose()?.flatten() {
        return Ok(Some(mailbox));
    }
    if let Some(mailbox) = of(&new.sender)? {
        return Ok(Some(mailbox));
    }
    match rows.as_slice() {
        [only] if new.tracked && new.home.is_none() => Ok(Some(only.try_get(0)?)),
        _ => Ok(None),
    }
}

/// What was not known before.
fn merge(known: &mut GmailIds, new: &GmailIds) {
    let pairs = [
        (&mut known.draft, &new.draft),
        (&mut known.thread, &new.thread),
        (&mut known.legacy_thread, &new.legacy_thread),
        (&mut known.legacy_message, &new.legacy_message),
        (&mut known.rfc_id, &new.rfc_id),
    ];
    for (known, new) in pairs {
        if let Some(new) = new {
            *known = Some(new.clone());
        }
    }
}

/// The Message-ID without its angle brackets.
fn rfc_id(gmail: &GmailIds) -> Option<String> {
    gmail.rfc_id.as_deref().and_then(|id| ids_of(id).next()).map(str::to_owned)
}
