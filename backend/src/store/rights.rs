//! What was asked to be erased or restricted, and the proof that it was.
//!
//! What must hold: a row of `erasures` never goes, and says nothing of whom once it is done.

use std::sync::atomic::Ordering;

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::security::{self, Happened};
use super::sql::{self, Row};
use super::{Result, Store, StoreError, one_row};
use crate::account_id::AccountId;

/// What is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An account with all that is its own.
    Account,
    /// A recipient: of one account, or of all.
    Recipient,
}

impl Kind {
    /// The word that goes into the digest, and for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Recipient => "recipient",
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::Account => 0,
            Self::Recipient => 1,
        }
    }
}

/// Where an erasure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It waits, and can be undone.
    Waits,
    /// It cannot be undone any more.
    Erasing,
    /// It is done.
    Done,
}

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// A random number.
    pub id: Uuid,
    /// Of what.
    pub kind: Kind,
    /// Of which account; `None`: a recipient, in all of them.
    pub account: Option<AccountId>,
    /// The recipient's address, until it is done.
    pub address: Option<String>,
    /// What stands for whom.
    pub digest: Vec<u8>,
    /// Where it stands.
    pub stage: Stage,
    /// When it was asked for.
    pub asked_at: Millis,
    /// When it begins.
    pub due_at: Millis,
    /// When it was done.
    pub done_at: Option<Millis>,
    /// JSON object: how many rows of which table.
    pub counts: Option<String>,
}

const COLUMNS: &str = "id, kind, account, address, digest, state, asked_at, due_at, done_at, counts";

fn read(row: &Row) -> Result<Erasure> {
    let kind = match row.try_get::<i64>(1)? {
        0 => Kind::Account,
        1 => Kind::Recipient,
        other => return Err(StoreError::Failed(format!("an erasure is of the kind {other}, which nobody knows"))),
    };
    let stage = match row.try_get::<i64>(5)? {
        0 => Stage::Waits,
        1 => Stage::Erasing,
        _ => Stage::Done,
    };
    Ok(Erasure {
        id: row.try_get(0)?,
        kind,
        account: row.try_get::<Option<String>>(2)?.map(|id| id_from(&id)).transpose()?,
        address: row.try_get(3)?,
        digest: row.try_get(4)?,
        stage,
        asked_at: row.try_get(6)?,
        due_at: row.try_get(7)?,
        done_at: row.try_get(8)?,
        counts: row.try_get(9)?,
    })
}

impl Store {
    /// Writes down what is to be erased. What is asked for already stays as it is, but for a time that is sooner.
    pub async fn ask_erasure(&self, new: &Erasure) -> Result<Erasure> {
        let mut tx = self.write().await?;
        let known = sql::query(sql::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM erasures WHERE state < 2 AND kind = $1 AND digest = $2 AND COALESCE(account, '') = $3"
        )))
        .bind(new.kind.number())
        .bind(new.digest.clone())
        .bind(new.account.as_ref().map_or("", AccountId::as_str))
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(known) = known {
            let mut known = read(&known)?;
            known.due_at = known.due_at.min(new.due_at);
            let done = sql::query("UPDATE erasures SET due_at = $2 WHERE id = $1")
                .bind(known.id)
                .bind(known.due_at)
                .execute(&mut *tx)
                .await?;
            one_row(done.rows_affected())?;
            tx.commit().await?;
            return Ok(known);
        }
        sql::query(
            "INSERT INTO erasures (id, kind, account, address, digest, state, asked_at, due_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)",
        )
        .bind(new.id)
        .bind(new.kind.number())
        .bind(new.account.map(|account| account.as_str().to_owned()))
        .bind(new.address.clone())
        .bind(new.digest.clone())
        .bind(new.asked_at)
        .bind(new.due_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(new.clone())
    }

    /// Takes an erasure back that still waits. False: there is none, or it is too late.
    pub async fn undo_erasure(&self, id: Uuid) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sql::query("DELETE FROM erasures WHERE id = $1 AND state = 0").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// What is not done yet.
    pub async fn open_erasures(&self) -> Result<Vec<Erasure>> {
        self.erasures("state < 2 ORDER BY due_at, id").await
    }

    /// All, also what was done.
    pub async fn all_erasures(&self) -> Result<Vec<Erasure>> {
        self.erasures("state >= 0 ORDER BY asked_at, id").await
    }

    async fn erasures(&self, which: &'static str) -> Result<Vec<Erasure>> {
        let select = sql::AssertSqlSafe(format!("SELECT {COLUMNS} FROM erasures WHERE {which}"));
        sql::query(select).fetch_all(self.read()).await?.iter().map(read).collect()
    }

    /// From here on it cannot be undone. False: it was undone a moment before.
    pub async fn begin_erasure(&self, id: Uuid) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sql::query("UPDATE erasures SET state = 1 WHERE id = $1 AND state < 2").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Remembers how much went so far.
    pub async fn count_erasure(&self, id: Uuid, counts: &str) -> Result<()> {
        let mut tx = self.write().await?;
        let done = sql::query("UPDATE erasures SET counts = $2 WHERE id = $1").bind(id).bind(counts).execute(&mut *tx).await?;
        one_row(done.rows_affected())?;
        tx.commit().await
    }

    /// It is done: whom it was is gone, and so is the account's own row.
    pub async fn finish_erasure(&self, erasure: &Erasure, now: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        if let (Kind::Account, Some(account)) = (erasure.kind, erasure.account) {
            sql::query("DELETE FROM accounts WHERE id = $1").bind(account.as_str()).execute(&mut *tx).await?;
        }
        let done = sql::query("UPDATE erasures SET state = 2, done_at = $2, address = NULL WHERE id = $1 AND state = 1")
            .bind(erasure.id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        one_row(done.rows_affected())?;
        let happened = if erasure.kind == Kind::Account { Happened::ACCOUNT_ERASED } else { Happened::RECIPIENT_ERASED };
        security::add_of_backend(&mut tx, now, &happened).await?;
        tx.commit().await?;
        self.checkpoint().await
    }

    /// The same for hits that were erased since this was called last: once a minute, not for each of them.
    pub async fn forget_erased(&self) -> Result<()> {
        if self.erased.swap(false, Ordering::Relaxed) { self.checkpoint().await } else { Ok(()) }
    }

    /// What was erased is in no page of SQLite's log either. On PostgreSQL that is the server's (`VACUUM`, see docs/PRIVACY.md).
    async fn checkpoint(&self) -> Result<()> {
        if self.kind() == sql::Kind::Sqlite {
            // Whoever reads right now keeps it from being cut: the next one does it.
            sql::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(self.writer()).await?;
        }
        Ok(())
    }

    /// Keeps an account and does not use it, or uses it again. False: it was so.
    pub async fn restrict(&self, account: AccountId, restricted: bool, now: Millis) -> Result<bool> {
        let mut tx = self.write_of(account).await?;
        let query = if restricted {
            sql::query("INSERT INTO restrictions (account, at) VALUES ($1, $2) ON CONFLICT (account) DO NOTHING")
                .bind(account.as_str())
                .bind(now)
        } else {
            sql::query("DELETE FROM restrictions WHERE account = $1").bind(account.as_str())
        };
        let done = query.execute(&mut *tx).await?.rows_affected();
        if done > 0 {
            let happened = if restricted { Happened::RESTRICTED } else { Happened::UNRESTRICTED };
            security::add(&mut tx, account, now, &happened).await?;
        }
        tx.commit().await?;
        Ok(done > 0)
    }

    /// Whether an account is restricted, and since when.
    pub async fn restricted_since(&self, account: AccountId) -> Result<Option<Millis>> {
        Ok(sql::query_scalar("SELECT at FROM restrictions WHERE account = $1")
            .bind(account.as_str())
            .fetch_optional(self.read())
            .await?)
    }

    /// Accounts that are not used, and whether they are gone or being erased.
    pub async fn closed_accounts(&self) -> Result<Vec<(AccountId, bool)>> {
        let rows = sql::query(
            "SELECT account, MAX(gone) FROM (SELECT account, 0 AS gone FROM restrictions UNION ALL \
             SELECT account, 0 FROM people WHERE suspended_at IS NOT NULL UNION ALL \
             SELECT account, CASE WHEN state > 0 THEN 1 ELSE 0 END FROM erasures WHERE kind = 0 AND account IS NOT NULL) c GROUP BY account",
        )
        .fetch_all(self.read())
        .await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get::<i64>(1)? > 0))).collect()
    }
}
