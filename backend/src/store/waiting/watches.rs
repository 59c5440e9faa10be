//! How far mailboxes were watched, and which are to be.

use sqlx::Row as _;
use uuid::Uuid;
use waxwing_protocol::Millis;

use super::{read, write};
use crate::mailbox::watching::Mark;
use crate::store::{Result, Store, Work, one_row};

/// How far a mailbox was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Where the next look resumes.
    pub mark: Mark,
    /// Before this instant everything was looked through.
    pub asked_at: Millis,
}

/// Connected mailboxes that can be asked and in which something is waited for.
pub(super) const TO_WATCH: &str = "SELECT mailboxes.id FROM mailboxes WHERE mailboxes.removed_at IS NULL AND mailboxes.state <> 1 \
     AND EXISTS (SELECT 1 FROM waiting w WHERE w.mailbox = mailboxes.id AND w.state = 0)";
/// When which mailbox is looked at next for mails that were sent: of those that are looked for still, by an index of these alone.
pub(super) const TO_FIND: &str =
    "SELECT mailbox, MIN(find_at) FROM waiting sought WHERE find_at IS NOT NULL AND mailbox IS NOT NULL GROUP BY mailbox";

impl Store {
    /// Connected mailboxes that can be asked and in which something is waited for.
    pub async fn mailboxes_to_watch(&self) -> Result<Vec<Uuid>> {
        Ok(sqlx::query_scalar(TO_WATCH).fetch_all(self.read()).await?)
    }

    /// When which mailbox is to be looked at for mails that were sent.
    pub async fn waiting_to_find(&self) -> Result<Vec<(Uuid, Millis)>> {
        Ok(sqlx::query_as(TO_FIND).fetch_all(self.read()).await?)
    }

    /// How far a mailbox was watched. `None`: not at all yet.
    pub async fn watched(&self, mailbox: Uuid) -> Result<Option<Watched>> {
        let row = sqlx::query("SELECT mark, asked_at FROM watches WHERE mailbox = $1")
            .bind(mailbox)
            .fetch_optional(self.read())
            .await?;
        // A mark that cannot be read is as good as none.
        let Some(row) = row else { return Ok(None) };
        let asked_at = row.try_get(1)?;
        Ok(read(row.try_get(0)?).ok().map(|mark| Watched { mark, asked_at }))
    }
}

/// Remembers how far a mailbox was watched, unless it was disconnected meanwhile.
pub(crate) async fn remember(tx: &mut Work, mailbox: Uuid, watched: &Watched) -> Result<()> {
    let done = sqlx::query(
        "INSERT INTO watches (mailbox, mark, asked_at) SELECT id, $2, $3 FROM mailboxes WHERE id = $1 AND removed_at IS NULL \
         ON CONFLICT (mailbox) DO UPDATE SET mark = excluded.mark, asked_at = excluded.asked_at",
    )
    .bind(mailbox)
    .bind(write(&watched.mark)?)
    .bind(watched.asked_at)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 { Ok(()) } else { one_row(done.rows_affected()) }
}
