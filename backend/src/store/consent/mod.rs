//! Consent of recipients: what they said, with the proof of it, what their sender chose, and which messages that stops.
//!
//! What must hold:
//! - What was said is only ever added to the log; how somebody stands is what the log's last lines say.
//! - A recipient's own refusal is not undone by the user's word.
//! - Which messages a refusal stops is written in the transaction that writes the refusal.

pub mod again;
pub mod mails;
pub mod people;
pub mod refusals;
pub mod unfiled;

use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentSettings, ConsentSource, ConsentState, Event, Kinds};

use super::sql;
use super::{Result, Store, StoreError, Work, events};
use crate::account_id::AccountId;

/// As the tables have it: 1 opens, 2 clicks, 3 both.
pub const fn kinds_number(kinds: Kinds) -> i64 {
    kinds.opens as i64 | (kinds.clicks as i64) << 1
}

/// The other way round; other bits mean nothing.
pub const fn kinds_from(number: i64) -> Kinds {
    Kinds { opens: number & 1 != 0, clicks: number & 2 != 0 }
}

pub(super) const fn state_number(state: ConsentState) -> i64 {
    match state {
        ConsentState::Unknown => 0,
        ConsentState::Agreed => 1,
        ConsentState::Refused => 2,
    }
}

/// Whether a person refused a kind by their own word, by what its two columns hold.
pub fn is_own_refusal(state: Option<i64>, source: Option<i64>) -> bool {
    let own = [source_number(ConsentSource::Page), source_number(ConsentSource::Mail)];
    state == Some(state_number(ConsentState::Refused)) && source.is_some_and(|source| own.contains(&source))
}

pub(super) fn state_from(number: i64) -> Result<ConsentState> {
    match number {
        0 => Ok(ConsentState::Unknown),
        1 => Ok(ConsentState::Agreed),
        2 => Ok(ConsentState::Refused),
        _ => Err(StoreError::Failed("what somebody said is damaged".to_owned())),
    }
}

pub(super) const fn source_number(source: ConsentSource) -> i64 {
    match source {
        ConsentSource::Page => 0,
        ConsentSource::Mail => 1,
        ConsentSource::User => 2,
        ConsentSource::Import => 3,
    }
}

pub(super) fn source_from(number: i64) -> Result<ConsentSource> {
    match number {
        0 => Ok(ConsentSource::Page),
        1 => Ok(ConsentSource::Mail),
        2 => Ok(ConsentSource::User),
        3 => Ok(ConsentSource::Import),
        _ => Err(StoreError::Failed("how something is known is damaged".to_owned())),
    }
}

const SETTINGS: &str = "SELECT body FROM consent_settings WHERE account = $1";

/// The choice of an account, in a unit of work.
pub(super) async fn settings(tx: &mut Work, account: AccountId) -> Result<ConsentSettings> {
    read_settings(sql::query_scalar(SETTINGS).bind(account.as_str()).fetch_optional(&mut **tx).await?)
}

fn read_settings(body: Option<String>) -> Result<ConsentSettings> {
    let Some(body) = body else { return Ok(ConsentSettings::default()) };
    serde_json::from_str(&body).map_err(|_| StoreError::Failed("what somebody chose for consent is damaged".to_owned()))
}

impl Store {
    /// The choice of an account.
    pub async fn consent_settings(&self, account: AccountId) -> Result<ConsentSettings> {
        read_settings(sql::query_scalar(SETTINGS).bind(account.as_str()).fetch_optional(self.read()).await?)
    }

    /// Replaces the choice; the number of the event, or nothing when it was the same.
    pub async fn set_consent_settings(&self, account: AccountId, chosen: &ConsentSettings, now: Millis) -> Result<Option<i64>> {
        let body = serde_json::to_string(chosen).map_err(|error| StoreError::Failed(error.to_string()))?;
        let mut tx = self.write_of(account).await?;
        let known: Option<String> = sql::query_scalar(SETTINGS).bind(account.as_str()).fetch_optional(&mut *tx).await?;
        if known.is_some_and(|known| known == body) {
            tx.cancel().await?;
            return Ok(None);
        }
        sql::query(
            "INSERT INTO consent_settings (account, body, at) VALUES ($1, $2, $3) \
             ON CONFLICT (account) DO UPDATE SET body = excluded.body, at = excluded.at",
        )
        .bind(account.as_str())
        .bind(body)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let event = events::add(&mut tx, account, now, &Event::Consent).await?;
        tx.commit().await?;
        Ok(Some(event))
    }
}
