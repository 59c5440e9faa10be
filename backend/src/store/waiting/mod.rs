//! Mails whose answer is waited for.
//!
//! What must hold:
//! - A mail is the pair of account and id, as with messages.
//! - A row changes through [`change::change`], [`put::put`] or the statements of [`upkeep`], by version and with its event in the
//!   same transaction.
//! - Whom a mail went to stands in `waiting_people` as long as it has a mailbox.

pub mod change;
pub mod follow;
pub mod list;
pub mod outcome;
#[cfg(test)]
mod plans;
pub mod put;
pub mod upkeep;
pub mod watches;
pub mod ways;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Answered, Bounced, Content, GmailIds};

use super::accounts::id_from;
use super::sql;
use super::{Result, Store, StoreError, Work};
use crate::account_id::AccountId;
use crate::mailbox::watching::SentMail;

/// So long a mail is waited for without a reminder.
pub const WAIT: Millis = 30 * 24 * 60 * 60 * 1_000;

/// Where a mail that is waited for stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its answer is waited for.
    Waiting,
    /// A person answered.
    Answered,
    /// Done, deleted, or too old without a reminder.
    Over,
}

impl State {
    /// As it stands in the database. The numbers stand in indexes: they never change.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Answered => 1,
            Self::Over => 2,
        }
    }

    fn from(number: i64) -> Result<Self> {
        Ok(match number {
            0 => Self::Waiting,
            1 => Self::Answered,
            2 => Self::Over,
            _ => return Err(damaged()),
        })
    }
}

/// A mail that is waited for as it stands in the database, without what was written and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// That of the tracked message, or of the first reminder of an untracked mail.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// The mailbox that is watched for it.
    pub mailbox: Option<Uuid>,
    /// Whether it is a tracked message, and not only to be one.
    pub tracked: bool,
    /// The address that sent it.
    pub sender: String,
    /// The address of the mailbox that it lies in, where the page could tell: the sender may be an alias of it.
    pub home: Option<String>,
    /// When it was sent, by the sender's clock, and not later than it was told here.
    pub sent_at: Millis,
    /// Where it stands.
    pub state: State,
    /// The conversation as Gmail names it.
    pub thread: Option<String>,
    /// Its Message-ID, without angle brackets.
    pub rfc_id: Option<String>,
    /// Gmail's ids.
    pub gmail: GmailIds,
    /// What was learnt of it in the mailbox.
    pub found: Option<SentMail>,
    /// How often it was looked for there in vain.
    pub found_tries: u32,
    /// When it is looked for next.
    pub find_at: Option<Millis>,
    /// What came in since it was sent was looked through.
    pub looked: bool,
    /// Not waited for beyond this without a reminder.
    pub until: Millis,
    /// The answer.
    pub answered: Option<Answered>,
    /// The ids of the mail that answered: the mailbox's own and its Message-ID.
    pub answered_by: Vec<String>,
    /// It did not arrive.
    pub bounced: Option<Bounced>,
    /// Its user has looked at that.
    pub dismissed: bool,
    /// Ids of mails that its user said are no answers.
    pub refused: Vec<String>,
    /// Ids of bounces and automatic replies that were taken, the newest ones.
    pub taken: Vec<String>,
    /// The last day of an absence, noon UTC.
    pub away_until: Option<Millis>,
    /// When it came here.
    pub created_at: Millis,
    /// Grows with each change.
    pub version: i64,
}

/// The columns that [`row`] reads, of `waiting w`.
macro_rules! waiting_columns {
    () => {
        "w.id, w.account, w.mailbox, w.tracked, w.sender, w.sent_at, w.state, w.thread, w.rfc_id, w.gmail, w.found, \
         w.found_tries, w.find_at, w.looked, w.until, w.answered, w.answered_by, w.bounced, w.dismissed, w.refused, w.taken, \
         w.away_until, w.created_at, w.version, w.home"
    };
}
use waiting_columns;

/// How many they are.
const COLUMNS: usize = 25;

/// Reads a row by [`waiting_columns`].
fn row(row: &sql::Row) -> Result<Row> {
    let json = |column: usize| row.try_get::<Option<&str>>(column);
    Ok(Row {
        id: row.try_get(0)?,
        account: id_from(row.try_get(1)?)?,
        mailbox: row.try_get(2)?,
        tracked: row.try_get(3)?,
        sender: row.try_get(4)?,
        sent_at: row.try_get(5)?,
        state: State::from(row.try_get(6)?)?,
        thread: row.try_get(7)?,
        rfc_id: row.try_get(8)?,
        gmail: read(row.try_get(9)?)?,
        found: json(10)?.map(read).transpose()?,
        found_tries: row.try_get(11)?,
        find_at: row.try_get(12)?,
        looked: row.try_get(13)?,
        until: row.try_get(14)?,
        answered: json(15)?.map(read).transpose()?,
        answered_by: json(16)?.map(read).transpose()?.unwrap_or_default(),
        bounced: json(17)?.map(read).transpose()?,
        dismissed: row.try_get(18)?,
        refused: read(row.try_get(19)?)?,
        taken: read(row.try_get(20)?)?,
        away_until: row.try_get(21)?,
        created_at: row.try_get(22)?,
        version: row.try_get(23)?,
        home: row.try_get(24)?,
    })
}

/// A row by its account and id.
const ONE: &str = concat!("SELECT ", waiting_columns!(), " FROM waiting w WHERE w.account = $1 AND w.id = $2");

/// A row, in a unit of work.
pub async fn find(tx: &mut Work, account: AccountId, id: Uuid) -> Result<Option<Row>> {
    sql::query(ONE).bind(account.as_str()).bind(id).fetch_optional(&mut **tx).await?.as_ref().map(row).transpose()
}

/// What was written and to whom, in a unit of work.
pub async fn content(tx: &mut Work, account: AccountId, id: Uuid) -> Result<Content> {
    let body: Option<String> = sql::query_scalar("SELECT body FROM waiting_contents WHERE account = $1 AND waiting = $2")
        .bind(account.as_str())
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    body.as_deref().map_or_else(|| Ok(Content::default()), read)
}

impl Store {
    /// A row.
    pub async fn waiting_row(&self, account: AccountId, id: Uuid) -> Result<Option<Row>> {
        sql::query(ONE).bind(account.as_str()).bind(id).fetch_optional(self.read()).await?.as_ref().map(row).transpose()
    }
}

fn damaged() -> StoreError {
    StoreError::Failed("a mail that is waited for is damaged".to_owned())
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| damaged())
}

fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_back_as_they_were() {
        for state in [State::Waiting, State::Answered, State::Over] {
            assert_eq!(State::from(state.number()).unwrap(), state);
        }
        assert!(State::from(3).is_err());
    }
}
