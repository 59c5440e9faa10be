//! What watching reads: what is followed in a mailbox, which mails may be meant by one that came in, and what is to be looked for.
//!
//! What must hold: bounded, whatever stands in the database; the newest mails come first where there are too many.

use std::collections::HashSet;

use uuid::Uuid;
use waxwing_domain::answers::person;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Content;

use super::super::sql::{self, Kind};
use super::{COLUMNS, Row, read, row, waiting_columns};
use crate::account_id::AccountId;
use crate::mailbox::watching::SentMail;
use crate::store::{Result, Store, Work};

/// Mails that are followed in one mailbox.
pub const MOST_FOLLOWED: i64 = 50_000;
/// People who may answer in new conversations, of one mailbox.
pub const MOST_PEOPLE: usize = 1_000;
/// Of so many mails, the newest.
const MOST_MAILS_OF_PEOPLE: i64 = 2_000;
/// Mails that one that came in is compared with.
const MOST_CANDIDATES: i64 = 200;

/// What is followed of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The mail.
    pub id: Uuid,
    /// The address that sent it.
    pub sender: String,
    /// When it was sent.
    pub sent_at: Millis,
    /// Its conversation.
    pub thread: Option<String>,
    /// Its Message-ID.
    pub rfc_id: Option<String>,
    /// What was learnt of it.
    pub found: Option<SentMail>,
    /// When it is looked for next in its mailbox.
    pub find_at: Option<Millis>,
    /// What came in since it was sent was looked through.
    pub looked: bool,
}

/// What is followed in a mailbox, newest first.
pub(super) const TRAILS: &str = "SELECT w.id, w.sender, w.sent_at, w.thread, w.rfc_id, w.found, w.find_at, w.looked \
     FROM waiting w WHERE w.mailbox = $1 AND w.state = 0 ORDER BY w.sent_at DESC LIMIT $2";
/// Whom the newest mails of a mailbox went to.
pub(super) const PEOPLE: &str = "SELECT p.person FROM (SELECT account, id FROM waiting WHERE mailbox = $1 AND state = 0 \
     ORDER BY sent_at DESC LIMIT $2) newest CROSS JOIN waiting_people p WHERE p.account = newest.account AND p.waiting = newest.id";
/// What is to be looked for in a mailbox.
pub(super) const SOUGHT: &str = concat!(
    "SELECT ",
    waiting_columns!(),
    ", c.body FROM waiting w LEFT JOIN waiting_contents c ON c.account = w.account AND c.waiting = w.id \
     WHERE w.mailbox = $1 AND w.find_at IS NOT NULL AND w.find_at <= $2 AND w.state = 0 ORDER BY w.find_at LIMIT $3"
);

impl Store {
    /// What is followed in a mailbox, newest first.
    pub async fn trails(&self, mailbox: Uuid) -> Result<Vec<Trail>> {
        let rows = sql::query(TRAILS).bind(mailbox).bind(MOST_FOLLOWED).fetch_all(self.read()).await?;
        rows.iter()
            .map(|row| {
                Ok(Trail {
                    id: row.try_get(0)?,
                    sender: row.try_get(1)?,
                    sent_at: row.try_get(2)?,
                    thread: row.try_get(3)?,
                    rfc_id: row.try_get(4)?,
                    found: row.try_get::<Option<&str>>(5)?.map(read).transpose()?,
                    find_at: row.try_get(6)?,
                    looked: row.try_get(7)?,
                })
            })
            .collect()
    }

    /// Who may answer in a new conversation: addresses in lower case, and `@domain` where companies count.
    pub async fn waiting_people(&self, mailbox: Uuid, companies: bool) -> Result<Vec<String>> {
        let rows: Vec<String> =
            sql::query_scalar(PEOPLE).bind(mailbox).bind(MOST_MAILS_OF_PEOPLE).fetch_all(self.read()).await?;
        let mut seen = HashSet::new();
        let wanted = rows.into_iter().filter(|person| companies || !person.starts_with('@'));
        Ok(wanted.filter(|person| seen.insert(person.clone())).take(MOST_PEOPLE).collect())
    }

    /// What is to be looked for in a mailbox, with what was written and to whom.
    pub async fn waiting_sought(&self, mailbox: Uuid, now: Millis, limit: i64) -> Result<Vec<(Row, Content)>> {
        let rows = sql::query(SOUGHT).bind(mailbox).bind(now).bind(limit).fetch_all(self.read()).await?;
        rows.iter().map(with_content).collect()
    }

    /// Mails of a mailbox that wait and went to one of these people, newest first.
    pub async fn waiting_for(&self, mailbox: Uuid, people: &[String]) -> Result<Vec<Uuid>> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let rows = for_people(mailbox, people).build().fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// These mails, as far as they wait, with what was written and to whom.
    pub async fn waiting_rows(&self, account: AccountId, ids: &[Uuid]) -> Result<Vec<(Row, Content)>> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let row = sql::query(ONE).bind(account.as_str()).bind(id).fetch_optional(self.read()).await?;
            found.extend(row.as_ref().map(with_content).transpose()?);
        }
        Ok(found)
    }
}

/// Answered mails of a conversation.
pub(super) const ANSWERED_IN: &str = "SELECT EXISTS (SELECT 1 FROM waiting w WHERE w.account = $1 AND w.thread = $2 \
     AND w.state = 1 AND w.answered_at >= $3 AND w.mailbox = $4)";

impl Store {
    /// Whether somebody answered since then: a mail of this conversation, or, where it has none that is waited for, one of these
    /// people in a new one.
    pub async fn answered_since(
        &self,
        account: AccountId,
        mailbox: Uuid,
        thread: Option<&str>,
        addresses: &[String],
        since: Millis,
    ) -> Result<bool> {
        if let Some(thread) = thread {
            let known = self.is_followed(account, thread).await?;
            let found = sql::query_scalar(ANSWERED_IN).bind(account.as_str()).bind(thread).bind(since).bind(mailbox);
            let answered: bool = found.fetch_one(self.read()).await?;
            // A draft that begins a conversation has one of its own, with nobody in it.
            if answered || known {
                return Ok(answered);
            }
        }
        let people: Vec<String> = addresses.iter().filter_map(|address| person(address)).take(MOST_PEOPLE).collect();
        if people.is_empty() {
            return Ok(false);
        }
        Ok(answers_of(self.kind(), mailbox, &people, since).build().fetch_optional(self.read()).await?.is_some())
    }

    async fn is_followed(&self, account: AccountId, thread: &str) -> Result<bool> {
        let found = sql::query_scalar("SELECT EXISTS (SELECT 1 FROM waiting WHERE account = $1 AND thread = $2)")
            .bind(account.as_str())
            .bind(thread)
            .fetch_one(self.read())
            .await?;
        Ok(found)
    }
}

pub(super) fn answers_of(kind: Kind, mailbox: Uuid, people: &[String], since: Millis) -> sql::Builder {
    let mut query = sql::Builder::new(
        "SELECT 1 FROM waiting_people p CROSS JOIN waiting w WHERE w.account = p.account AND w.id = p.waiting AND w.state = 1 AND ",
    );
    query.push(kind.pick("w.answered", "CAST(w.answered AS json)")).push(" ->> 'how' <> 'thread' AND p.mailbox = ");
    query.push_bind(mailbox).push(" AND w.answered_at >= ").push_bind(since).push(" AND p.person IN (");
    let mut list = query.separated(", ");
    for person in people {
        list.push_bind(person.clone());
    }
    query.push(") LIMIT 1");
    query
}

/// One mail that waits.
pub(super) const ONE: &str = concat!(
    "SELECT ",
    waiting_columns!(),
    ", c.body FROM waiting w LEFT JOIN waiting_contents c ON c.account = w.account AND c.waiting = w.id \
     WHERE w.account = $1 AND w.id = $2 AND w.state = 0"
);

pub(super) fn for_people(mailbox: Uuid, people: &[String]) -> sql::Builder {
    let mut query = sql::Builder::new(
        "SELECT w.id FROM waiting_people p CROSS JOIN waiting w WHERE w.account = p.account AND w.id = p.waiting AND w.state = 0 \
         AND p.mailbox = ",
    );
    query.push_bind(mailbox).push(" AND p.person IN (");
    let mut list = query.separated(", ");
    for person in people {
        list.push_bind(person.clone());
    }
    query.push(") GROUP BY w.id ORDER BY MAX(w.sent_at) DESC LIMIT ").push_bind(MOST_CANDIDATES);
    query
}

/// Remembers that what came in since these were sent was looked through.
pub(crate) async fn set_looked(tx: &mut Work, account: AccountId, ids: &[Uuid]) -> Result<()> {
    for id in ids {
        sql::query("UPDATE waiting SET looked = 1 WHERE account = $1 AND id = $2 AND looked = 0")
            .bind(account.as_str())
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

fn with_content(found: &sql::Row) -> Result<(Row, Content)> {
    let body: Option<&str> = found.try_get(COLUMNS)?;
    Ok((row(found)?, body.map(read).transpose()?.unwrap_or_default()))
}
