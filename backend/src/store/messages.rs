//! Messages: registered mails, with what was written and what came of it.
//!
//! What must hold: a message is the pair of account and id. Whoever received a mail can read its id, so an id in another account
//! says nothing about this one, and no statement here goes by the id alone.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Event, GmailIds, Hit, Message, MessageDetail, StateFilter, Tracking};

use super::consent::kinds_from;
use super::rows::{HITS, activity, answered_on_the_wire, hit};
use super::sql::{self, Kind};
use super::{Result, Store, StoreError, Work, domains, events, knowledge, one_row, waiting};
use crate::account_id::AccountId;

/// What came of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delete {
    /// It is gone and will not come back; the number of the event.
    Deleted(i64),
    /// It was deleted before.
    Already,
}

/// What came of muting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Muted {
    /// It is another now; the number of the event.
    Changed(i64),
    /// It was so before.
    Already,
    /// The account has no such message.
    Unknown,
}

/// Which messages to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// All of these, in lower case, stand in subject or recipients.
    pub words: Vec<String>,
    /// By what came of them.
    pub state: Option<StateFilter>,
    /// Only those that stand after this one in the list.
    pub before: Option<(Millis, Uuid)>,
    /// Only those that were sent before.
    pub sent_before: Option<Millis>,
    /// How many.
    pub limit: i64,
}

/// The columns that [`message`] reads, of `messages m`, `contents c` and `activity a`.
macro_rules! message_columns {
    () => {
        concat!(
            "SELECT m.id, m.sent_at, m.scheduled, m.sender, m.draft, m.thread, m.legacy_thread, m.legacy_message, m.rfc_id, \
             c.body, m.muted, m.answered_at, m.tracks, m.until, r.by_link, r.by_person, r.at, ",
            $crate::store::rows::activity_columns!()
        )
    };
}
pub(super) use message_columns;

pub(super) const COLUMNS: &str = concat!(
    message_columns!(),
    " FROM messages m JOIN contents c ON c.message = m.seq \
     LEFT JOIN activity a ON a.message = m.id AND a.account = m.account \
     LEFT JOIN refusals r ON r.message = m.id AND r.account = m.account WHERE m.account = "
);

impl Store {
    /// A page of messages, newest first.
    pub async fn messages(&self, account: AccountId, filter: &Filter) -> Result<Vec<Message>> {
        if filter.words.is_empty() {
            self.all(page(self.kind(), account, filter)).await
        } else {
            self.search(account, filter).await
        }
    }

    /// The messages of these threads (Gmail's legacy ids), newest first.
    pub async fn messages_of_threads(&self, account: AccountId, threads: &[String], limit: i64) -> Result<Vec<Message>> {
        self.all(of_threads(account, threads, limit)).await
    }

    /// The messages that were opened again at `since` or later, the latest first.
    pub async fn opened_again(&self, account: AccountId, since: Millis, limit: i64) -> Result<Vec<Message>> {
        self.all(again(account, since, limit)).await
    }

    pub(super) async fn all(&self, query: sql::Builder) -> Result<Vec<Message>> {
        query.build().fetch_all(self.read()).await?.iter().map(message).collect()
    }

    /// One message with its newest hits, newest first, what opens from its recipients' domain mean, and what it was judged by; all
    /// of one moment.
    pub async fn message(&self, account: AccountId, id: Uuid, limit: i64) -> Result<Option<MessageDetail>> {
        let mut tx = self.snapshot().await?;
        let mut query = sql::Builder::new(COLUMNS);
        query.push_bind(account.as_str()).push(" AND m.id = ").push_bind(id);
        let Some(row) = query.build().fetch_optional(&mut *tx).await? else {
            tx.cancel().await?;
            return Ok(None);
        };
        let message = message(&row)?;
        let mut query = hits(account, id);
        query.push(" ORDER BY i.hit DESC LIMIT ").push_bind(limit);
        let hits = query.build().fetch_all(&mut *tx).await?.iter().map(hit).collect::<Result<Vec<_>>>()?;
        let mut more_hits = 0;
        // Only a full page can have more behind it.
        if let Some(last) = hits.last().filter(|_| i64::try_from(hits.len()).is_ok_and(|n| n == limit)) {
            more_hits = sql::query_scalar("SELECT COUNT(*) FROM message_hits WHERE message = $1 AND account = $2 AND hit < $3")
                .bind(id)
                .bind(account.as_str())
                .bind(last.id)
                .fetch_one(&mut *tx)
                .await?;
        }
        let domain: Option<String> = sql::query_scalar("SELECT domain FROM messages WHERE account = $1 AND id = $2")
            .bind(account.as_str())
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
        let trust = match domain {
            None => None,
            Some(domain) => Some(domains::trust(&mut tx, account, &domain).await?),
        };
        let judged_by = knowledge::judged_by(&mut tx, account, id).await?;
        tx.cancel().await?;
        Ok(Some(MessageDetail { message, hits, more_hits, trust, judged_by }))
    }

    /// One hit of a message.
    pub async fn hit(&self, account: AccountId, id: Uuid, number: i64) -> Result<Option<Hit>> {
        let mut query = hits(account, id);
        query.push(" AND i.hit = ").push_bind(number);
        query.build().fetch_optional(self.read()).await?.as_ref().map(hit).transpose()
    }

    /// True when the account registered this message.
    pub async fn is_registered(&self, account: AccountId, id: Uuid) -> Result<bool> {
        let found = sql::query("SELECT 1 FROM messages WHERE id = $1 AND account = $2")
            .bind(id)
            .bind(account.as_str())
            .fetch_optional(self.read())
            .await?;
        Ok(found.is_some())
    }

    /// True when the account registered this message with a link to exactly this target.
    pub async fn has_link(&self, account: AccountId, id: Uuid, target: &str) -> Result<bool> {
        let body: Option<String> = sql::query_scalar(
            "SELECT c.body FROM messages m JOIN contents c ON c.message = m.seq WHERE m.account = $1 AND m.id = $2",
        )
        .bind(account.as_str())
        .bind(id)
        .fetch_optional(self.read())
        .await?;
        let Some(body) = body else { return Ok(false) };
        Ok(content(&body)?.links.iter().any(|link| link.target == target))
    }

    /// Mutes a message, or unmutes it, and tells the other devices.
    pub async fn mute_message(&self, account: AccountId, id: Uuid, muted: bool, now: Millis) -> Result<Muted> {
        let mut tx = self.write_of(account).await?;
        let done = sql::query("UPDATE messages SET muted = $3 WHERE account = $1 AND id = $2 AND muted <> $3")
            .bind(account.as_str())
            .bind(id)
            .bind(muted)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            tx.cancel().await?;
            return Ok(if self.is_registered(account, id).await? { Muted::Already } else { Muted::Unknown });
        }
        one_row(done.rows_affected())?;
        let event = events::add(&mut tx, account, now, &Event::Message { message: id }).await?;
        tx.commit().await?;
        Ok(Muted::Changed(event))
    }

    /// Erases a message with its content and totals, and stops it for ever; its hits are erased with [`Store::erase_hits`]. An id
    /// that was never registered is stopped too: a mail that was undone may be deleted before its registration came.
    /// `before_commit` runs while no other write can.
    pub async fn delete_message(
        &self,
        account: AccountId,
        id: Uuid,
        now: Millis,
        before_commit: impl FnOnce() + Send,
    ) -> Result<Delete> {
        let mut tx = self.write().await?;
        if is_stopped(&mut tx, account, id).await? {
            tx.cancel().await?;
            return Ok(Delete::Already);
        }
        if self.kind() == Kind::Sqlite {
            sql::query(UNROLLED).bind(id).bind(account.as_str()).execute(&mut *tx).await?;
        }
        for sql in [
            "DELETE FROM activity WHERE message = $1 AND account = $2",
            "DELETE FROM own_views WHERE message = $1 AND account = $2",
            "DELETE FROM events WHERE message = $1 AND account = $2",
            "DELETE FROM refusals WHERE message = $1 AND account = $2",
            "DELETE FROM messages WHERE id = $1 AND account = $2",
        ] {
            sql::query(sql).bind(id).bind(account.as_str()).execute(&mut *tx).await?;
        }
        waiting::upkeep::delete(&mut tx, account, id, now).await?;
        let added = sql::query("INSERT INTO stopped (message, account, at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(account.as_str())
            .bind(now)
            .execute(&mut *tx)
            .await?;
        one_row(added.rows_affected())?;
        let event = events::add(&mut tx, account, now, &Event::Deleted { message: id }).await?;
        before_commit();
        tx.commit().await?;
        if self.kind() == Kind::Postgres {
            // There may be many of them when the roll-up is behind, and everybody who writes would wait. It erases what this does not
            // find, and what came in meanwhile: the message is stopped.
            let unrolled = sql::query(UNROLLED).bind(id).bind(account.as_str()).execute(self.writer()).await;
            if let Err(error) = unrolled {
                tracing::debug!(error = %StoreError::from(error), "hits of a deleted message are left to the roll-up");
            }
        }
        Ok(Delete::Deleted(event))
    }
}

/// Erases what the roll-up has not come to yet: nothing else leads to these.
const UNROLLED: &str = "DELETE FROM hits WHERE id > COALESCE((SELECT position FROM cursors WHERE name = 'roll_up'), 0) \
     AND message = $1 AND account = $2";

/// The hits of a message, as [`hit`] reads them.
fn hits(account: AccountId, id: Uuid) -> sql::Builder {
    let mut query = sql::Builder::new(HITS);
    query.push(" WHERE i.message = ").push_bind(id).push(" AND i.account = ").push_bind(account.as_str().to_owned());
    query
}

pub(super) fn page(kind: Kind, account: AccountId, filter: &Filter) -> sql::Builder {
    let mut query = sql::Builder::new(COLUMNS);
    query.push_bind(account.as_str().to_owned());
    narrow(&mut query, filter);
    with_words(&mut query, kind, filter);
    newest_first(&mut query, filter.limit);
    query
}

/// Which of the account's messages: by what came of them and when they were sent.
pub(super) fn narrow(query: &mut sql::Builder, filter: &Filter) {
    // Word for word as in the partial indexes, or they are not used.
    query.push(match filter.state {
        None => "",
        Some(StateFilter::Unopened) => " AND m.state < 4",
        Some(StateFilter::Opened) => " AND m.state >= 4",
        Some(StateFilter::Clicked) => " AND m.clicked = 1",
        Some(StateFilter::Machines) => " AND m.state = 1",
    });
    if let Some((sent_at, id)) = filter.before {
        query.push(" AND (m.sent_at, m.id) < (").push_bind(sent_at).push(", ").push_bind(id).push(")");
    }
    if let Some(sent_before) = filter.sent_before {
        query.push(" AND m.sent_at < ").push_bind(sent_before);
    }
}

/// Which of them by their words. Not LIKE: nothing in a word is a wildcard.
pub(super) fn with_words(query: &mut sql::Builder, kind: Kind, filter: &Filter) {
    for word in &filter.words {
        query.push(kind.pick(" AND instr(c.search, ", " AND strpos(c.search, ")).push_bind(word.clone()).push(") > 0");
    }
}

pub(super) fn newest_first(query: &mut sql::Builder, limit: i64) {
    query.push(" ORDER BY m.sent_at DESC, m.id DESC LIMIT ").push_bind(limit);
}

pub(super) fn of_threads(account: AccountId, threads: &[String], limit: i64) -> sql::Builder {
    let mut query = sql::Builder::new(COLUMNS);
    query.push_bind(account.as_str().to_owned()).push(" AND m.legacy_thread IN (");
    let mut list = query.separated(", ");
    for thread in threads {
        list.push_bind(thread.clone());
    }
    // Sorted here and not read in the order of time (hence the `+`): few mails of few threads, in an account of any size.
    query.push(") ORDER BY +m.sent_at DESC, m.id DESC LIMIT ").push_bind(limit);
    query
}

pub(super) fn again(account: AccountId, since: Millis, limit: i64) -> sql::Builder {
    let mut query = sql::Builder::new(COLUMNS);
    query.push_bind(account.as_str().to_owned()).push(" AND a.account = ").push_bind(account.as_str().to_owned());
    query.push(" AND a.again_at >= ").push_bind(since);
    query.push(" ORDER BY a.again_at DESC, m.id DESC LIMIT ").push_bind(limit);
    query
}

pub(super) async fn is_stopped(tx: &mut Work, account: AccountId, id: Uuid) -> Result<bool> {
    let found = sql::query("SELECT 1 FROM stopped WHERE message = $1 AND account = $2")
        .bind(id)
        .bind(account.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

fn content(body: &str) -> Result<Content> {
    serde_json::from_str(body).map_err(|_| StoreError::Failed("a message's content is damaged".to_owned()))
}

/// What is tracked in a message, from `m.tracks, m.until, r.by_link, r.by_person, r.at`; `None` without the message.
pub(super) fn tracking(row: &sql::Row, at: usize) -> Result<Option<Tracking>> {
    let Some(tracks) = row.try_get::<Option<i64>>(at)? else { return Ok(None) };
    let (by_link, by_person): (Option<i64>, Option<i64>) = (row.try_get(at + 2)?, row.try_get(at + 3)?);
    let refused = kinds_from(by_link.unwrap_or(0) | by_person.unwrap_or(0));
    // When the last of it was taken back is nobody's matter.
    let refused_at = row.try_get::<Option<Millis>>(at + 4)?.filter(|_| refused.any());
    Ok(Some(Tracking { tracks: kinds_from(tracks), until: row.try_get(at + 1)?, refused, refused_at }))
}

pub(super) fn message(row: &sql::Row) -> Result<Message> {
    let body: &str = row.try_get(9)?;
    Ok(Message {
        id: row.try_get(0)?,
        sent_at: row.try_get(1)?,
        scheduled: row.try_get(2)?,
        sender: row.try_get(3)?,
        gmail: GmailIds {
            draft: row.try_get(4)?,
            thread: row.try_get(5)?,
            legacy_thread: row.try_get(6)?,
            legacy_message: row.try_get(7)?,
            rfc_id: row.try_get(8)?,
        },
        content: content(body)?,
        muted: row.try_get(10)?,
        activity: answered_on_the_wire(activity(row, 17)?, row.try_get(11)?),
        tracking: tracking(row, 12)?.unwrap_or_default(),
    })
}
