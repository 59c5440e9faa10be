//! After thirty days a hit's address becomes its network. Until then it is kept whole, so that newer knowledge can judge anew.
//!
//! What must hold: a shortened address cannot be brought back. So nothing is shortened that was not judged, unless it is not
//! going to be, and nothing on the word of a clock that was just set: it may have been set wrong.

use waxwing_protocol::Millis;

use crate::store::shorten::Old;
use crate::store::{Result, Store};

/// Addresses are kept whole for thirty days, in milliseconds.
pub const WHOLE_FOR: Millis = 30 * 24 * 60 * 60 * 1_000;

/// Rounds that a hit waits for its verdict: one hour. After that something is wrong with it, and its address goes as promised.
const PATIENCE: u32 = 60;
/// Hits of one transaction: others wait meanwhile.
const CHUNK: i64 = 500;
/// Transactions of one round.
const CHUNKS: usize = 200;

/// Shortens a bit in each round of the housekeeping.
#[derive(Debug, Default)]
pub struct Shortening {
    waited: u32,
}

impl Shortening {
    /// One round, about a minute after the last; gives how many hits were gone through. `whole_for`: how long addresses are kept.
    pub async fn round(&mut self, store: &Store, now: Millis, whole_for: Millis) -> Result<usize> {
        let mut judged = true;
        if store.old_hits(now.saturating_sub(whole_for), now, true).await? == Old::Unjudged {
            self.waited = self.waited.saturating_add(1);
            judged = self.waited < PATIENCE;
            if self.waited == PATIENCE {
                tracing::warn!("old hits were not judged for an hour; their addresses are shortened all the same");
            }
        } else {
            self.waited = 0;
        }
        shorten_after(store, now, whole_for, judged, CHUNKS).await
    }
}

/// Shortens what is old at `now`, in at most so many transactions; gives how many hits were gone through. `judged`: only hits
/// whose verdict is there.
pub async fn shorten(store: &Store, now: Millis, judged: bool, chunks: usize) -> Result<usize> {
    shorten_after(store, now, WHOLE_FOR, judged, chunks).await
}

/// The same for another period, which is never longer.
pub async fn shorten_after(store: &Store, now: Millis, whole_for: Millis, judged: bool, chunks: usize) -> Result<usize> {
    let before = now.saturating_sub(whole_for.min(WHOLE_FOR));
    let (mut left, mut done) = (chunks, 0);
    while let Old::UpTo(last) = store.old_hits(before, now, judged).await? {
        loop {
            if left == 0 {
                return Ok(done);
            }
            left -= 1;
            match store.shorten_hits(last, CHUNK).await? {
                0 => break,
                hits => done += hits,
            }
            // The hits that wait for the disk go first.
            tokio::task::yield_now().await;
        }
    }
    Ok(done)
}
