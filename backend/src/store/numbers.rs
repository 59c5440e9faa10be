//! What the database says of itself and of what waits in it, for the numbers of a running backend.
//!
//! What must hold: each of these reads an index or a handful of rows, whatever the database holds.

use waxwing_protocol::Millis;

use super::leases::Leases;
use super::{Result, Store, sql};

/// Hits that nothing was said of yet are counted up to here.
const MOST: i64 = 100_000;
/// The names of mailboxes' states, by their number.
const STATES: [&str; 3] = ["ok", "sign_in", "away"];

/// Numbers of one moment, or nearly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// Bytes of the database.
    pub size: i64,
    /// Hits that nothing was said of yet; 100,000 also when there are more.
    pub unjudged: i64,
    /// Connected mailboxes by state.
    pub mailboxes: [(&'static str, i64); STATES.len()],
    /// When the oldest mail that nobody works on goes.
    pub next_scheduled: Option<Millis>,
    /// When the oldest reminder that nobody works on is due.
    pub next_reminder: Option<Millis>,
}

impl Store {
    /// Reads them.
    pub async fn numbers(&self) -> Result<Numbers> {
        let size = self.kind().pick(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            "SELECT pg_database_size(current_database())",
        );
        let size = sql::query_scalar(size).fetch_one(self.read()).await?;
        let unjudged = sql::query_scalar(
            "SELECT COUNT(*) FROM (SELECT 1 FROM hits \
             WHERE id > COALESCE((SELECT position FROM cursors WHERE name = 'roll_up'), 0) LIMIT $1) AS unjudged",
        )
        .bind(MOST)
        .fetch_one(self.read())
        .await?;
        let mut mailboxes = STATES.map(|state| (state, 0));
        let counted: Vec<(i64, i64)> =
            sql::query_as("SELECT state, COUNT(*) FROM mailboxes WHERE removed_at IS NULL GROUP BY state")
                .fetch_all(self.read())
                .await?;
        for (state, count) in counted {
            if let Some(of) = usize::try_from(state).ok().and_then(|state| mailboxes.get_mut(state)) {
                of.1 = count;
            }
        }
        let (next_scheduled, next_reminder) =
            (self.next_unleased(Leases::Scheduled).await?, self.next_unleased(Leases::Reminders).await?);
        Ok(Numbers { size, unjudged, mailboxes, next_scheduled, next_reminder })
    }
}
