//! How far mailboxes were watched, and which are to be.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use waxwing_protocol::Millis;

use super::super::sql;
use super::{read, write};
use crate::account_id::AccountId;
use crate::mailbox::watching::Mark;
use crate::store::accounts::id_from;
use crate::store::{Result, Store, Work, one_row};

/// How far a mailbox was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Where the next look resumes.
    pub mark: Mark,
    /// Before this instant everything was looked through.
    pub asked_at: Millis,
    /// What looks began and did not end.
    pub passes: Passes,
}

/// Passes through a mailbox that take more than one look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passes {
    /// The mails for which what came in is looked through as looks go onward. `None`: the last look came to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onward: Option<Vec<Uuid>>,
    /// Going back for mails that were not followed when what came in for them was passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
}

/// A pass that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// Where it resumes.
    pub mark: Mark,
    /// For which mails.
    pub mails: Vec<Uuid>,
}

/// Connected mailboxes that can be asked and in which something is waited for.
pub(super) const TO_WATCH: &str = "SELECT mailboxes.id, mailboxes.account FROM mailboxes WHERE mailboxes.removed_at IS NULL AND mailboxes.state <> 1 \
     AND EXISTS (SELECT 1 FROM waiting w WHERE w.mailbox = mailboxes.id AND w.state = 0)";
/// When which mailbox is looked at next for mails that were sent: of those that are looked for still, by an index of these alone.
pub(super) const TO_FIND: &str = "SELECT mailbox, MIN(find_at) FROM waiting sought WHERE find_at IS NOT NULL AND mailbox IS NOT NULL AND state = 0 \
     GROUP BY mailbox";

impl Store {
    /// Connected mailboxes that can be asked and in which something is waited for.
    pub async fn mailboxes_to_watch(&self) -> Result<Vec<(Uuid, AccountId)>> {
        let rows = sql::query(TO_WATCH).fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, id_from(row.try_get(1)?)?))).collect()
    }

    /// When which mailbox is to be looked at for mails that were sent.
    pub async fn waiting_to_find(&self) -> Result<Vec<(Uuid, Millis)>> {
        Ok(sql::query_as(TO_FIND).fetch_all(self.read()).await?)
    }

    /// How far a mailbox was watched. `None`: not at all yet.
    pub async fn watched(&self, mailbox: Uuid) -> Result<Option<Watched>> {
        let row = sql::query("SELECT mark, asked_at, passes FROM watches WHERE mailbox = $1")
            .bind(mailbox)
            .fetch_optional(self.read())
            .await?;
        // A mark that cannot be read is as good as none.
        let Some(row) = row else { return Ok(None) };
        let asked_at = row.try_get(1)?;
        let passes = row.try_get::<Option<&str>>(2)?.and_then(|passes| read(passes).ok()).unwrap_or_default();
        Ok(read(row.try_get(0)?).ok().map(|mark| Watched { mark, asked_at, passes }))
    }
}

/// Remembers how far a mailbox was watched, unless it was disconnected meanwhile.
pub(crate) async fn remember(tx: &mut Work, mailbox: Uuid, watched: &Watched) -> Result<()> {
    let done = sql::query(
        "INSERT INTO watches (mailbox, mark, asked_at, passes) \
         SELECT id, $2, $3, $4 FROM mailboxes WHERE id = $1 AND removed_at IS NULL \
         ON CONFLICT (mailbox) DO UPDATE SET mark = excluded.mark, asked_at = excluded.asked_at, passes = excluded.passes",
    )
    .bind(mailbox)
    .bind(write(&watched.mark)?)
    .bind(watched.asked_at)
    .bind((watched.passes != Passes::default()).then(|| write(&watched.passes)).transpose()?)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 { Ok(()) } else { one_row(done.rows_affected()) }
}
