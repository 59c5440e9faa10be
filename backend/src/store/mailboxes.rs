//! Connected mailboxes, and the ledger of accesses to them.
//!
//! What must hold: a secret stands here sealed or not at all; a change of a mailbox's state and its event are one transaction.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Access, AccessAction, AccessReason, Event, MailboxKind, MailboxState, Trouble};

use super::accounts::id_from;
use super::sql;
use super::{Result, Store, StoreError, Work, events, one_row};
use crate::account_id::AccountId;
use crate::seal::SealError;

/// How long the ledger is kept.
pub const KEEP_ACCESS: Millis = 90 * 24 * 60 * 60 * 1_000;
/// What "today" means for the daily limit.
pub const DAY: Millis = 24 * 60 * 60 * 1_000;
/// So many mails a rolling day, unless its owner says otherwise: below what Gmail lets a personal account send.
pub const DAILY_LIMIT: u32 = 400;

/// A mailbox as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMailbox {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub account: AccountId,
    /// In lower case.
    pub address: String,
    /// How it is reached.
    pub kind: MailboxKind,
    /// JSON: what is needed to reach it. Never a secret.
    pub config: String,
    /// Sealed; `None` once it was disconnected.
    pub secret: Option<Vec<u8>>,
    /// How it is.
    pub state: MailboxState,
    /// Mails a rolling day, at most.
    pub daily_limit: u32,
    /// When it was connected.
    pub connected_at: Millis,
    /// When it was disconnected.
    pub removed_at: Option<Millis>,
}

// A sealed secret is none, but has no place in a log either.
impl std::fmt::Debug for StoredMailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredMailbox").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A mailbox that is connected, anew or again.
#[derive(Debug, Clone)]
pub struct NewMailbox<'a> {
    /// Its id, if this account never had a mailbox of this address.
    pub fresh: Uuid,
    /// In lower case.
    pub address: &'a str,
    /// How it is reached.
    pub kind: MailboxKind,
    /// JSON: what is needed to reach it. Never a secret.
    pub config: &'a str,
}

/// One access, to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccess {
    /// The mailbox.
    pub mailbox: Uuid,
    /// When.
    pub at: Millis,
    /// What was done.
    pub action: AccessAction,
    /// Why.
    pub reason: AccessReason,
    /// The scheduled mail that it was for.
    pub scheduled: Option<Uuid>,
    /// The mail that is waited for that it was for.
    pub waiting: Option<Uuid>,
    /// Whether it worked.
    pub ok: bool,
}

/// Questions for news, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The first of them.
    pub first: NewAccess,
    /// When the last one was.
    pub last_at: Millis,
    /// How many.
    pub times: u32,
}

impl Asked {
    /// Whether an access is such a question.
    pub fn is_one(access: &NewAccess) -> bool {
        access.action == AccessAction::AskForNews && access.scheduled.is_none() && access.waiting.is_none()
    }

    /// The first one.
    pub fn new(first: NewAccess) -> Self {
        Self { last_at: first.at, times: 1, first }
    }

    /// Adds another one of the same mailbox, day, reason and outcome. `false`: it is none.
    pub fn add(&mut self, access: &NewAccess) -> bool {
        let first = &self.first;
        let is_same = (first.mailbox, first.reason, first.ok) == (access.mailbox, access.reason, access.ok)
            && first.at.div_euclid(DAY) == access.at.div_euclid(DAY);
        if is_same {
            self.last_at = self.last_at.max(access.at);
            self.times = self.times.saturating_add(1);
        }
        is_same
    }
}

/// The day's entry of such questions.
pub(super) const ASKED_TODAY: &str = "SELECT id FROM mailbox_access WHERE mailbox = $1 AND action = 'ask_for_news' \
     AND reason = $2 AND ok = $3 AND waiting IS NULL AND at >= $4 AND at < $5 ORDER BY id DESC LIMIT 1";

/// A change of a mailbox that its account's streams are to be woken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Whose mailbox it is.
    pub account: AccountId,
    /// The event's number.
    pub event: i64,
}

/// Accesses that one statement writes.
const ACCESSES: usize = 100;
/// What [`mailbox`] reads. To be followed by `WHERE`.
const MAILBOXES: &str = "SELECT id, account, address, kind, config, secret, state, state_since, trouble, daily_limit, \
     connected_at, removed_at FROM mailboxes ";

impl Store {
    /// The connected mailboxes of an account, oldest first.
    pub async fn mailboxes(&self, account: AccountId) -> Result<Vec<StoredMailbox>> {
        let rows = sql::query(sql::AssertSqlSafe(format!(
            "{MAILBOXES} WHERE account = $1 AND removed_at IS NULL ORDER BY connected_at, id"
        )))
        .bind(account.as_str())
        .fetch_all(self.read())
        .await?;
        rows.iter().map(mailbox).collect()
    }

    /// The connected mailboxes of all accounts, for `doctor` and for checking the master key.
    pub async fn all_mailboxes(&self) -> Result<Vec<StoredMailbox>> {
        let rows = sql::query(sql::AssertSqlSafe(format!("{MAILBOXES} WHERE removed_at IS NULL ORDER BY connected_at, id")))
            .fetch_all(self.read())
            .await?;
        rows.iter().map(mailbox).collect()
    }

    /// A mailbox, also a disconnected one.
    pub async fn mailbox(&self, id: Uuid) -> Result<Option<StoredMailbox>> {
        let row =
            sql::query(sql::AssertSqlSafe(format!("{MAILBOXES} WHERE id = $1"))).bind(id).fetch_optional(self.read()).await?;
        row.as_ref().map(mailbox).transpose()
    }

    /// A connected mailbox of this account.
    pub async fn mailbox_of(&self, account: AccountId, id: Uuid) -> Result<Option<StoredMailbox>> {
        let found = self.mailbox(id).await?;
        Ok(found.filter(|mailbox| mailbox.account == account && mailbox.removed_at.is_none()))
    }

    /// Connects a mailbox. An address that the account had before keeps its id and its limit. `seal` is called with the id that
    /// the row has.
    pub async fn connect_mailbox(
        &self,
        account: AccountId,
        new: &NewMailbox<'_>,
        now: Millis,
        seal: impl FnOnce(Uuid) -> std::result::Result<Vec<u8>, SealError> + Send,
    ) -> Result<(Uuid, Moved)> {
        let mut tx = self.write().await?;
        let known: Option<Uuid> = sql::query_scalar("SELECT id FROM mailboxes WHERE account = $1 AND address = $2")
            .bind(account.as_str())
            .bind(new.address)
            .fetch_optional(&mut *tx)
            .await?;
        let id = known.unwrap_or(new.fresh);
        let secret = match seal(id) {
            Ok(secret) => secret,
            Err(error) => {
                tx.cancel().await?;
                return Err(StoreError::Failed(error.to_string()));
            }
        };
        let done = sql::query(
            "INSERT INTO mailboxes (id, account, address, kind, config, secret, state, state_since, trouble, daily_limit, \
             connected_at, removed_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, NULL, $8, $7, NULL) \
             ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, config = excluded.config, secret = excluded.secret, \
             state = 0, state_since = excluded.state_since, trouble = NULL, connected_at = excluded.connected_at, \
             removed_at = NULL",
        )
        .bind(id)
        .bind(account.as_str())
        .bind(new.address)
        .bind(kind_number(new.kind))
        .bind(new.config)
        .bind(secret)
        .bind(now)
        .bind(DAILY_LIMIT)
        .execute(&mut *tx)
        .await?;
        one_row(done.rows_affected())?;
        let event = events::add(&mut tx, account, now, &Event::Mailbox { mailbox: id, sign_in: false }).await?;
        tx.commit().await?;
        Ok((id, Moved { account, event }))
    }

    /// Puts a new secret in the place of the old one, unless the mailbox was disconnected or connected anew meanwhile.
    pub async fn replace_secret(&self, id: Uuid, connected_at: Millis, sealed: &[u8]) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sql::query(
            "UPDATE mailboxes SET secret = $3 WHERE id = $1 AND connected_at = $2 AND removed_at IS NULL AND secret IS NOT NULL",
        )
        .bind(id)
        .bind(connected_at)
        .bind(sealed)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves a connected mailbox to a state and tells its account. `None`: it is there already, or is not connected.
    pub async fn move_mailbox(&self, id: Uuid, state: &MailboxState, now: Millis) -> Result<Option<Moved>> {
        let (number, trouble) = match state {
            MailboxState::Ok => (0, None),
            MailboxState::SignIn { trouble, .. } => (1, Some(name(trouble)?)),
            MailboxState::Away { trouble, .. } => (2, Some(name(trouble)?)),
        };
        let mut tx = self.write().await?;
        let account: Option<String> = sql::query_scalar(
            "UPDATE mailboxes SET state = $2, state_since = CASE WHEN state = $2 THEN state_since ELSE $3 END, \
             trouble = $4 \
             WHERE id = $1 AND removed_at IS NULL AND (state <> $2 OR trouble IS DISTINCT FROM $4) RETURNING account",
        )
        .bind(id)
        .bind(number)
        .bind(now)
        .bind(trouble)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(account) = account else {
            tx.cancel().await?;
            return Ok(None);
        };
        let account = id_from(&account)?;
        let told = Event::Mailbox { mailbox: id, sign_in: number == 1 };
        let event = events::add(&mut tx, account, now, &told).await?;
        tx.commit().await?;
        Ok(Some(Moved { account, event }))
    }

    /// Disconnects a mailbox in a unit of work: its secret is gone (`secure_delete` wipes it from the file), the row stays for
    /// what was sent from it. `None`: the account has no such mailbox.
    pub async fn remove_mailbox(&self, tx: &mut Work, account: AccountId, id: Uuid, now: Millis) -> Result<Option<i64>> {
        let done = sql::query(
            "UPDATE mailboxes SET secret = NULL, removed_at = $3, config = '{}' \
             WHERE id = $1 AND account = $2 AND removed_at IS NULL",
        )
        .bind(id)
        .bind(account.as_str())
        .bind(now)
        .execute(&mut **tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        events::add(tx, account, now, &Event::Mailbox { mailbox: id, sign_in: false }).await.map(Some)
    }

    /// Sets how many mails may leave in a rolling day. `None`: the account has no such mailbox.
    pub async fn set_daily_limit(&self, account: AccountId, id: Uuid, limit: u32, now: Millis) -> Result<Option<Moved>> {
        let mut tx = self.write().await?;
        let done = sql::query("UPDATE mailboxes SET daily_limit = $3 WHERE id = $1 AND account = $2 AND removed_at IS NULL")
            .bind(id)
            .bind(account.as_str())
            .bind(limit)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            tx.cancel().await?;
            return Ok(None);
        }
        let event = events::add(&mut tx, account, now, &Event::Mailbox { mailbox: id, sign_in: false }).await?;
        tx.commit().await?;
        Ok(Some(Moved { account, event }))
    }

    /// How many mails left through a mailbox in the last 24 hours.
    pub async fn sent_today(&self, mailbox: Uuid, now: Millis) -> Result<u32> {
        let sent = sql::query_scalar("SELECT COUNT(*) FROM mailbox_sends WHERE mailbox = $1 AND at > $2")
            .bind(mailbox)
            .bind(now.saturating_sub(DAY))
            .fetch_one(self.read())
            .await?;
        Ok(sent)
    }

    /// Writes accesses down, and adds questions for news to the day's entry.
    pub async fn add_access(&self, entries: &[NewAccess], asked: &[Asked]) -> Result<()> {
        let mut tx = self.write().await?;
        for asked in asked {
            add_asked(&mut tx, asked).await?;
        }
        for entries in entries.chunks(ACCESSES) {
            let mut query =
                sql::Builder::new("INSERT INTO mailbox_access (mailbox, at, action, reason, scheduled, ok, waiting) ");
            let named: Vec<_> =
                entries.iter().map(|entry| Ok((entry, name(&entry.action)?, name(&entry.reason)?))).collect::<Result<_>>()?;
            query.push_values(named, |row, (entry, action, reason)| {
                row.push_bind(entry.mailbox).push_bind(entry.at).push_bind(action).push_bind(reason);
                row.push_bind(entry.scheduled).push_bind(entry.ok).push_bind(entry.waiting);
            });
            query.build().persistent(false).execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// Accesses to a mailbox, newest first, before a number.
    pub async fn access(&self, mailbox: Uuid, before: i64, limit: u32) -> Result<Vec<Access>> {
        let rows = sql::query(
            "SELECT id, at, action, reason, scheduled, ok, waiting, times, last_at FROM mailbox_access WHERE mailbox = $1 AND id < $2 \
             ORDER BY id DESC LIMIT $3",
        )
        .bind(mailbox)
        .bind(before)
        .bind(limit)
        .fetch_all(self.read())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Access {
                    id: row.try_get(0)?,
                    at: row.try_get(1)?,
                    action: named(row.try_get(2)?)?,
                    reason: named(row.try_get(3)?)?,
                    scheduled: row.try_get(4)?,
                    ok: row.try_get(5)?,
                    waiting: row.try_get(6)?,
                    times: row.try_get(7)?,
                    last_at: row.try_get(8)?,
                })
            })
            .collect()
    }

    /// Takes away what is older than the ledger is kept, and sign-ins that were never finished.
    pub async fn prune_mailboxes(&self, now: Millis) -> Result<u64> {
        let old = now.saturating_sub(KEEP_ACCESS);
        let waits: bool = sql::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM mailbox_access WHERE at < $1) OR EXISTS (SELECT 1 FROM grants_pending WHERE expires_at < $2)",
        )
        .bind(old)
        .bind(now.saturating_sub(DAY))
        .fetch_one(self.read())
        .await?;
        if !waits {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let gone = sql::query("DELETE FROM mailbox_access WHERE at < $1").bind(old).execute(&mut *tx).await?;
        sql::query("DELETE FROM grants_pending WHERE expires_at < $1").bind(now.saturating_sub(DAY)).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}

async fn add_asked(tx: &mut Work, Asked { first, last_at, times }: &Asked) -> Result<()> {
    let day = first.at.div_euclid(DAY).saturating_mul(DAY);
    let known: Option<i64> = sql::query_scalar(ASKED_TODAY)
        .bind(first.mailbox)
        .bind(name(&first.reason)?)
        .bind(first.ok)
        .bind(day)
        .bind(day.saturating_add(DAY))
        .fetch_optional(&mut **tx)
        .await?;
    let done = match known {
        Some(id) => {
            sql::query("UPDATE mailbox_access SET times = times + $2, last_at = $3 WHERE id = $1")
                .bind(id)
                .bind(times)
                .bind(last_at)
                .execute(&mut **tx)
                .await?
        }
        None => sql::query(
            "INSERT INTO mailbox_access (mailbox, at, action, reason, ok, times, last_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(first.mailbox)
        .bind(first.at)
        .bind(name(&first.action)?)
        .bind(name(&first.reason)?)
        .bind(first.ok)
        .bind(times)
        .bind(Some(*last_at).filter(|last| *last != first.at))
        .execute(&mut **tx)
        .await?,
    };
    one_row(done.rows_affected())
}

fn mailbox(row: &sql::Row) -> Result<StoredMailbox> {
    let since: Millis = row.try_get(7)?;
    let trouble = || -> Result<Trouble> { named(row.try_get::<Option<&str>>(8)?.unwrap_or_default()) };
    Ok(StoredMailbox {
        id: row.try_get(0)?,
        account: id_from(row.try_get(1)?)?,
        address: row.try_get(2)?,
        kind: match row.try_get::<i64>(3)? {
            0 => MailboxKind::Imap,
            1 => MailboxKind::Gmail,
            other => return Err(StoreError::Failed(format!("a mailbox is of kind {other}"))),
        },
        config: row.try_get(4)?,
        secret: row.try_get(5)?,
        state: match row.try_get::<i64>(6)? {
            0 => MailboxState::Ok,
            1 => MailboxState::SignIn { since, trouble: trouble()? },
            2 => MailboxState::Away { since, trouble: trouble()? },
            other => return Err(StoreError::Failed(format!("a mailbox is in state {other}"))),
        },
        daily_limit: row.try_get(9)?,
        connected_at: row.try_get(10)?,
        removed_at: row.try_get(11)?,
    })
}

pub(super) fn kind_number(kind: MailboxKind) -> i64 {
    match kind {
        MailboxKind::Imap => 0,
        MailboxKind::Gmail => 1,
    }
}

/// The name of a wire type that is a name alone.
fn name<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(StoreError::Failed("a name is none".to_owned())),
    }
}

fn named<T: DeserializeOwned>(name: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned()))
        .map_err(|_| StoreError::Failed("a stored name is unknown".to_owned()))
}
