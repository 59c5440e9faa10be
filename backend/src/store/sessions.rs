//! Browsers that are signed in to an account's page, by the SHA-256 of what their cookie holds.
//!
//! What must hold: a session ends 30 minutes after it was used last and 12 hours after it began, whatever the cookie says; ending
//! one is of its account only.

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::security::{self, Happened};
use super::{Result, Store, Work, sql};
use crate::account_id::AccountId;

/// A session that is not used for so long is over.
pub const IDLE: Millis = 30 * 60 * 1000;
/// So is one that began so long ago.
pub const WHOLE: Millis = 12 * 60 * 60 * 1000;
/// When it was used is written down this often at most.
const TOUCH: Millis = 60 * 1000;

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a code that one of the account's browsers asked for, or in a time when that was not told apart. Whoever stole a browser's
    /// token can come this way: what would outlive the browser's revocation is not done here.
    Code,
    /// At a provider.
    Provider,
    /// By a code that pairs, which is made on the backend's machine or by somebody who came one of the other two ways.
    Operator,
}

impl Way {
    /// As it is stored. A version that knows two ways takes the third for the second.
    const fn number(self) -> i64 {
        match self {
            Self::Code => 0,
            Self::Provider => 1,
            Self::Operator => 2,
        }
    }
}

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// When it began.
    pub made_at: Millis,
    /// When it was used last, to the minute.
    pub seen_at: Millis,
    /// The browser, in short.
    pub agent: String,
    /// How it began.
    pub way: Way,
}

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// SHA-256 of what the cookie holds.
    pub hash: [u8; 32],
    /// Its id.
    pub id: Uuid,
    /// The browser, in short.
    pub agent: &'a str,
    /// Hashes of what its cookies held before: those sessions end.
    pub before: &'a [[u8; 32]],
}

const COLUMNS: &str = "SELECT id, account, made_at, seen_at, agent, way FROM sessions";

fn session(row: &sql::Row) -> Result<Session> {
    Ok(Session {
        id: row.try_get(0)?,
        account: id_from(row.try_get(1)?)?,
        made_at: row.try_get(2)?,
        seen_at: row.try_get(3)?,
        agent: row.try_get(4)?,
        way: match row.try_get::<i64>(5)? {
            0 => Way::Code,
            1 => Way::Provider,
            _ => Way::Operator,
        },
    })
}

impl Store {
    /// Begins a session, and forgets those that are over.
    pub async fn begin_session(&self, new: &NewSession<'_>, account: AccountId, way: Way, now: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        begin(&mut tx, new, account, way, now).await?;
        tx.commit().await
    }

    /// The session with this hash, which is used now.
    pub async fn session(&self, hash: [u8; 32], now: Millis) -> Result<Option<Session>> {
        let one = sql::AssertSqlSafe(format!("{COLUMNS} WHERE hash = $1 AND seen_at > $2 AND made_at > $3"));
        let found = sql::query(one).bind(&hash[..]).bind(now - IDLE).bind(now - WHOLE).fetch_optional(self.read()).await?;
        let Some(found) = found.map(|row| session(&row)).transpose()? else { return Ok(None) };
        if now - found.seen_at >= TOUCH {
            let mut tx = self.write_of(found.account).await?;
            sql::query("UPDATE sessions SET seen_at = $2 WHERE hash = $1").bind(&hash[..]).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(Some(found))
    }

    /// The sessions of an account that are not over, newest first.
    pub async fn sessions(&self, account: AccountId, now: Millis) -> Result<Vec<Session>> {
        let all = sql::AssertSqlSafe(format!(
            "{COLUMNS} WHERE account = $1 AND seen_at > $2 AND made_at > $3 ORDER BY made_at DESC, id"
        ));
        let rows = sql::query(all).bind(account.as_str()).bind(now - IDLE).bind(now - WHOLE).fetch_all(self.read()).await?;
        rows.iter().map(session).collect()
    }

    /// Ends a session. False: the account has none with this id.
    pub async fn end_session(&self, account: AccountId, id: Uuid, now: Millis) -> Result<bool> {
        let mut tx = self.write_of(account).await?;
        let gone = sql::query("DELETE FROM sessions WHERE account = $1 AND id = $2")
            .bind(account.as_str())
            .bind(id)
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            tx.cancel().await?;
            return Ok(false);
        }
        security::add(&mut tx, account, now, &Happened::SIGNED_OUT).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends all sessions of an account but this one.
    pub async fn end_other_sessions(&self, account: AccountId, kept: Uuid, now: Millis) -> Result<()> {
        let mut tx = self.write_of(account).await?;
        sql::query("DELETE FROM sessions WHERE account = $1 AND id <> $2")
            .bind(account.as_str())
            .bind(kept)
            .execute(&mut *tx)
            .await?;
        security::add(&mut tx, account, now, &Happened::OTHERS_SIGNED_OUT).await?;
        tx.commit().await
    }
}

/// Begins a session, and forgets those that are over, and those that this browser had.
pub(super) async fn begin(tx: &mut Work, new: &NewSession<'_>, account: AccountId, way: Way, now: Millis) -> Result<()> {
    sql::query("DELETE FROM sessions WHERE seen_at <= $1 OR made_at <= $2")
        .bind(now - IDLE)
        .bind(now - WHOLE)
        .execute(&mut **tx)
        .await?;
    for hash in new.before {
        sql::query("DELETE FROM sessions WHERE hash = $1").bind(&hash[..]).execute(&mut **tx).await?;
    }
    sql::query("INSERT INTO sessions (hash, id, account, made_at, seen_at, agent, way) VALUES ($1, $2, $3, $4, $4, $5, $6)")
        .bind(&new.hash[..])
        .bind(new.id)
        .bind(account.as_str())
        .bind(now)
        .bind(new.agent)
        .bind(way.number())
        .execute(&mut **tx)
        .await?;
    let happened = if way == Way::Provider { Happened::SIGNED_IN_PROVIDER } else { Happened::SIGNED_IN_CODE };
    security::add(tx, account, now, &happened).await
}
