//! Registrations: mails that the user sent, put in and added to.
//!
//! What must hold: the same registration twice changes nothing, and none takes away what is known.

use std::collections::HashSet;

use uuid::Uuid;
use waxwing_domain::recipients::domains;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Event, GmailIds, Kinds, Message, PutMessage};

use super::accounts::epoch_from;
use super::messages::{COLUMNS, message};
use super::sql;
use super::{Result, Store, StoreError, Work, consent, events, judged, one_row, people, reminders, waiting};
use crate::account_id::AccountId;
use crate::hits::admit::AHEAD;

/// What came of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is new; the number of the event.
    Created(i64),
    /// It says something new; the number of the event.
    Updated(i64),
    /// It says nothing new.
    Unchanged,
    /// It was deleted.
    Gone,
    /// The account has not come to that epoch.
    FutureEpoch,
    /// It would be new, and the account registered as many today as it may.
    DayUsedUp,
}

impl Store {
    /// Registers a message, or adds to what is known of it. Never takes anything away.
    pub async fn put_message(&self, account: AccountId, id: Uuid, put: &PutMessage, now: Millis) -> Result<Put> {
        let mut tx = self.write_of(account).await?;
        let mut done = put_in(&mut tx, account, id, put, None, now).await?;
        if matches!(done, Put::Created(_)) && people::is_used_up(&mut tx, account, now).await? {
            done = Put::DayUsedUp;
        }
        match done {
            Put::Created(_) | Put::Updated(_) => tx.commit().await?,
            Put::Unchanged | Put::Gone | Put::FutureEpoch | Put::DayUsedUp => tx.cancel().await?,
        }
        Ok(done)
    }
}

/// The same in a unit of work. `mailbox`: the one that sent it, where that is certain.
pub(crate) async fn put_in(
    tx: &mut Work,
    account: AccountId,
    id: Uuid,
    put: &PutMessage,
    mailbox: Option<Uuid>,
    now: Millis,
) -> Result<Put> {
    let may =
        "SELECT a.epoch, (SELECT 1 FROM stopped s WHERE s.message = $2 AND s.account = a.id) FROM accounts a WHERE a.id = $1";
    let may = sql::query(may).bind(account.as_str()).bind(id).fetch_one(&mut **tx).await?;
    if may.try_get::<Option<i64>>(1)?.is_some() {
        return Ok(Put::Gone);
    }
    if put.epoch > epoch_from(may.try_get(0)?)? {
        return Ok(Put::FutureEpoch);
    }
    let mut query = sql::Builder::new(COLUMNS);
    query.push_bind(account.as_str()).push(" AND m.id = ").push_bind(id);
    let known = query.build().fetch_optional(&mut **tx).await?.as_ref().map(message).transpose()?;
    let fields = match &known {
        None => Fields::of(put),
        Some(known) => {
            let merged = Fields::merged(known, put);
            if merged == Fields::known(known) {
                return Ok(Put::Unchanged);
            }
            merged
        }
    };
    let until = until(tx, account, put, now).await?;
    write_message(tx, account, id, (put, until, known.is_none()), &fields, now).await?;
    if known.is_none() {
        people::count_mail(tx, account, now).await?;
    }
    let asked_at = (known.is_none() && put.tracks.asked).then_some(now);
    let between = (fields.sender.as_str(), fields.content.recipients.as_slice());
    consent::refusals::registered(tx, account, id, between, asked_at, now).await?;
    // Hits that came before it were judged without knowing when it was sent, and are told only now.
    judged::mark_due(tx, (id, account), now).await?;
    let event = events::add(tx, account, now, &Event::Message { message: id }).await?;
    let event = wait_for(tx, account, id, put, mailbox, now).await?.map_or(event, |waits| waits.max(event));
    Ok(if known.is_some() { Put::Updated(event) } else { Put::Created(event) })
}

/// When tracking of it ends: as its account chose, or sooner where the mail says so. An instant of sending that is long ago is a
/// clock that went wrong, and an outbox is a week late at most.
async fn until(tx: &mut Work, account: AccountId, put: &PutMessage, now: Millis) -> Result<Millis> {
    const LATE: Millis = 7 * 24 * 60 * 60 * 1_000;
    let days = consent::settings(tx, account).await?.days;
    let latest = waxwing_domain::consent::until(put.sent_at.clamp(now.saturating_sub(LATE), now), days);
    // It is read ahead which messages end: none ends sooner than that.
    Ok(put.tracks.until.unwrap_or(latest).min(latest).max(now.saturating_add(AHEAD)))
}

/// Its answer is waited for, where its mailbox is connected, and a reminder is set where its account wants one for all mails.
async fn wait_for(
    tx: &mut Work,
    account: AccountId,
    id: Uuid,
    put: &PutMessage,
    mailbox: Option<Uuid>,
    now: Millis,
) -> Result<Option<i64>> {
    let Some(placed) = waiting::put::put_tracked(tx, account, id, put, mailbox, now).await? else { return Ok(None) };
    let reminds = if placed.created { reminders::defaults::by_default(tx, account, id, None, now).await? } else { None };
    Ok(placed.event.max(reminds))
}

/// What a registration says of a message.
#[derive(PartialEq, Eq)]
struct Fields {
    sent_at: Millis,
    scheduled: bool,
    sender: String,
    gmail: GmailIds,
    content: Content,
}

impl Fields {
    fn of(put: &PutMessage) -> Self {
        Self {
            sent_at: put.sent_at,
            scheduled: put.scheduled,
            sender: put.sender.clone(),
            gmail: put.gmail.clone(),
            content: put.content.clone(),
        }
    }

    fn known(known: &Message) -> Self {
        Self {
            sent_at: known.sent_at,
            scheduled: known.scheduled,
            sender: known.sender.clone(),
            gmail: known.gmail.clone(),
            content: known.content.clone(),
        }
    }

    /// What is said now, and what was known where nothing is said now.
    fn merged(known: &Message, put: &PutMessage) -> Self {
        fn text(new: &str, old: &str) -> String {
            if new.is_empty() { old } else { new }.to_owned()
        }
        fn list<T: Clone>(new: &[T], old: &[T]) -> Vec<T> {
            if new.is_empty() { old } else { new }.to_vec()
        }
        fn id(new: Option<&String>, old: Option<&String>) -> Option<String> {
            new.or(old).cloned()
        }
        let (new, old) = (&put.gmail, &known.gmail);
        Self {
            sent_at: put.sent_at,
            scheduled: put.scheduled,
            sender: text(&put.sender, &known.sender),
            gmail: GmailIds {
                draft: id(new.draft.as_ref(), old.draft.as_ref()),
                thread: id(new.thread.as_ref(), old.thread.as_ref()),
                legacy_thread: id(new.legacy_thread.as_ref(), old.legacy_thread.as_ref()),
                legacy_message: id(new.legacy_message.as_ref(), old.legacy_message.as_ref()),
                rfc_id: id(new.rfc_id.as_ref(), old.rfc_id.as_ref()),
            },
            content: Content {
                subject: text(&put.content.subject, &known.content.subject),
                recipients: list(&put.content.recipients, &known.content.recipients),
                links: list(&put.content.links, &known.content.links),
            },
        }
    }
}

async fn write_message(
    tx: &mut Work,
    account: AccountId,
    id: Uuid,
    (put, until, is_new): (&PutMessage, Millis, bool),
    f: &Fields,
    now: Millis,
) -> Result<()> {
    let to = f.content.recipients.iter().map(|recipient| recipient.address.as_str());
    let domains = domains(&f.sender, to);
    let links: HashSet<_> = f.content.links.iter().map(|link| &link.target).collect();
    // What came before the registration counts: hits may be faster than the outbox.
    let seq: i64 = sql::query_scalar(
        "INSERT INTO messages (id, account, epoch, sent_at, scheduled, sender, draft, thread, legacy_thread, legacy_message, \
         rfc_id, registered_at, domain, links, until, tracks, state, clicked) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
         COALESCE((SELECT state FROM activity WHERE message = $1 AND account = $2), 0), \
         COALESCE((SELECT CASE WHEN clicks > 0 THEN 1 ELSE 0 END FROM activity WHERE message = $1 AND account = $2), 0)) \
         ON CONFLICT (account, id) DO UPDATE SET sent_at = excluded.sent_at, scheduled = excluded.scheduled, \
         sender = excluded.sender, draft = excluded.draft, thread = excluded.thread, legacy_thread = excluded.legacy_thread, \
         legacy_message = excluded.legacy_message, rfc_id = excluded.rfc_id, domain = excluded.domain, links = excluded.links \
         RETURNING seq",
    )
    .bind(id)
    .bind(account.as_str())
    .bind(i64::from(put.epoch))
    .bind(f.sent_at)
    .bind(f.scheduled)
    .bind(&f.sender)
    .bind(&f.gmail.draft)
    .bind(&f.gmail.thread)
    .bind(&f.gmail.legacy_thread)
    .bind(&f.gmail.legacy_message)
    .bind(&f.gmail.rfc_id)
    .bind(now)
    .bind(domains.first().filter(|_| domains.len() == 1))
    .bind(i64::try_from(links.len()).unwrap_or(i64::MAX))
    .bind(until)
    .bind(consent::kinds_number(Kinds { opens: put.tracks.opens, clicks: put.tracks.clicks }))
    .fetch_one(&mut **tx)
    .await?;
    let body = serde_json::to_string(&f.content).map_err(|e| StoreError::Failed(e.to_string()))?;
    let done = sql::query(
        "INSERT INTO contents (message, body, search) VALUES ($1, $2, $3) \
         ON CONFLICT (message) DO UPDATE SET body = excluded.body, search = excluded.search",
    )
    .bind(seq)
    .bind(body)
    .bind(search_text(&f.content))
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())?;
    if !is_new {
        // A registration may tell of more recipients, or of another time.
        sql::query("DELETE FROM message_domains WHERE message = $1").bind(seq).execute(&mut **tx).await?;
    }
    write_domains(tx, account, seq, f.sent_at, &domains).await
}

async fn write_domains(tx: &mut Work, account: AccountId, seq: i64, sent_at: Millis, domains: &[String]) -> Result<()> {
    for chunk in domains.chunks(1_000) {
        let mut query = sql::Builder::new("INSERT INTO message_domains (account, domain, sent_at, message) ");
        query.push_values(chunk, |row, domain| {
            row.push_bind(account.as_str()).push_bind(domain).push_bind(sent_at).push_bind(seq);
        });
        query.build().persistent(chunk.len() == 1).execute(&mut **tx).await?;
    }
    Ok(())
}

/// What searching looks through: subject and recipients in lower case, a line each.
pub(crate) fn search_text(content: &Content) -> String {
    let mut text = content.subject.to_lowercase();
    for recipient in &content.recipients {
        text.push('\n');
        text.push_str(&recipient.address.to_lowercase());
        if let Some(name) = &recipient.name {
            text.push('\n');
            text.push_str(&name.to_lowercase());
        }
    }
    text
}
