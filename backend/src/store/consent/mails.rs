//! Mails that ask an address to confirm what is to hold for all mails to it.
//!
//! What must hold: the code in the link is stored as its SHA-256 alone, is good for a week, and for the address that it was sent to.
//! An address gets one a day at most, an account sends twenty, five of them for one mail: whoever has its link uses up no more.

use uuid::Uuid;
use waxwing_domain::consent::root;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentSource, ConsentState, Kinds};

use super::super::accounts::id_from;
use super::super::{Result, Store, StoreError, one_row, sql};
use super::people::{Spoken, Statement};
use super::refusals::Moved;
use crate::account_id::AccountId;

const DAY: Millis = 24 * 60 * 60 * 1_000;
/// How long a code is good.
pub const GOOD_FOR: Millis = 7 * DAY;
/// Mails of an account in a day.
const MOST: i64 = 20;
/// Those that are asked for on the page of one mail.
const MOST_OF_ONE: i64 = 5;

/// A mail that may be sent, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Whose mails it is about.
    pub account: AccountId,
    /// The address, in its normal form.
    pub address: String,
    /// The mail whose page it was asked for on.
    pub message: Uuid,
}

impl Store {
    /// Writes down that this mail is sent. False: one went to the address within a day, or as many as may be by the account or for the mail.
    pub async fn ask_to_confirm(&self, code: &[u8; 32], asked: &Asked, now: Millis) -> Result<bool> {
        let root = root(&asked.address).ok_or_else(|| StoreError::Failed("an address is none".to_owned()))?;
        let mut tx = self.write_of(asked.account).await?;
        let since = now.saturating_sub(DAY);
        let sql = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN root = $3 THEN 1 ELSE 0 END), 0), \
                   COALESCE(SUM(CASE WHEN message = $4 THEN 1 ELSE 0 END), 0) FROM consent_mails WHERE account = $1 AND at > $2";
        let counting = sql::query(sql).bind(asked.account.as_str()).bind(since).bind(&root).bind(asked.message);
        let row = counting.fetch_one(&mut *tx).await?;
        let (all, own, of_one): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if all >= MOST || own > 0 || of_one >= MOST_OF_ONE {
            tx.cancel().await?;
            return Ok(false);
        }
        let sql = "DELETE FROM consent_mails WHERE account = $1 AND at <= $2";
        sql::query(sql).bind(asked.account.as_str()).bind(now.saturating_sub(GOOD_FOR)).execute(&mut *tx).await?;
        let done =
            sql::query("INSERT INTO consent_mails (code, account, address, root, message, at) VALUES ($1, $2, $3, $4, $5, $6)")
                .bind(code.to_vec())
                .bind(asked.account.as_str())
                .bind(&asked.address)
                .bind(root)
                .bind(asked.message)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        one_row(done.rows_affected())?;
        tx.commit().await?;
        Ok(true)
    }

    /// The mail could not be sent: it does not count.
    pub async fn forget_asking(&self, code: &[u8; 32], account: AccountId) -> Result<()> {
        let mut tx = self.write_of(account).await?;
        let sql = "DELETE FROM consent_mails WHERE code = $1 AND account = $2";
        sql::query(sql).bind(code.to_vec()).bind(account.as_str()).execute(&mut *tx).await?;
        tx.commit().await
    }

    /// The mail with this code. `None`: there is none, or it is too old.
    pub async fn asked_to_confirm(&self, code: &[u8; 32], now: Millis) -> Result<Option<Asked>> {
        let row = sql::query("SELECT account, address, message FROM consent_mails WHERE code = $1 AND at > $2")
            .bind(code.to_vec())
            .bind(now.saturating_sub(GOOD_FOR))
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok(Asked { account: id_from(row.try_get(0)?)?, address: row.try_get(1)?, message: row.try_get(2)? }))
            .transpose()
    }

    /// What an address refuses in all mails of an account, confirmed by the mail to it.
    pub async fn confirm(
        &self,
        asked: &Asked,
        refused: Kinds,
        shown: &str,
        now: Millis,
        before_commit: impl FnOnce(&[Moved]) + Send,
    ) -> Result<Spoken> {
        let said = Statement {
            address: &asked.address,
            opens: refused.opens.then_some(ConsentState::Refused),
            clicks: refused.clicks.then_some(ConsentState::Refused),
            source: ConsentSource::Mail,
            message: Some(asked.message),
            shown: Some(shown),
            note: None,
        };
        self.say_of_people(asked.account, &[said], now, before_commit).await
    }
}
