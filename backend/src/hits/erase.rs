//! Erases what came of a message that stays registered: a recipient asked for it.
//!
//! What must hold: no more hits of the message are stored before this begins (both kinds are refused), so that nothing comes after it;
//! whoever writes totals does not write them again from what is being erased.

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::judging::Judging;
use crate::account_id::AccountId;
use crate::store::{Result, Store};

/// Begins, and gives the number of the event; the hits that were filed are erased with [`Store::erase_hits`] after it.
pub async fn begin(judging: &Judging, account: AccountId, message: Uuid, now: Millis) -> Result<i64> {
    // However far behind the roll-up is: others go on meanwhile.
    let found = judging.store.unfiled_of(account, message).await?;
    let mut folding = judging.fold().await?;
    let mut tx = folding.write(&judging.store).await?;
    let event = Store::begin_erasing(&mut tx, account, message, &found, now).await?;
    tx.commit().await?;
    Ok(event)
}
