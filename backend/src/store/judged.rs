//! What judging reads and writes.

use waxwing_protocol::Millis;

use super::rollup::Key;
use super::{Result, Work};

/// Has a message judged again, from its hits: call it in the unit of work that changes what verdicts rest on (a registration,
/// an own view, a correction), and wake [`Judging`](crate::hits::judging::Judging) once that is committed. A message
/// without hits has nothing to judge.
pub async fn mark_due(tx: &mut Work, (message, account): Key, now: Millis) -> Result<()> {
    sqlx::query(
        "UPDATE activity SET due_at = MIN(COALESCE(due_at, $3), $3), version = version + 1 \
         WHERE message = $1 AND account = $2",
    )
    .bind(message)
    .bind(account.as_str())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
