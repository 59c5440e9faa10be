//! After thirty days a hit's address becomes its network. Until then it is kept whole, so that newer knowledge can judge anew.
//!
//! What must hold: a shortened address cannot be brought back. So nothing is shortened that was not judged, unless it is not
//! going to be, and nothing on the word of a clock that was just set: it may have been set wrong.

use waxwing_protocol::Millis;

use crate::store::shorten::Old;
use crate::store::{Result, Store};

/// Addresses are kept whole for thirty days, in milliseconds.
pub const WHOLE_FOR: Millis = 30 * 24 * 60 * 60 * 1_000;

/// Rounds that the clock must have gone steadily before it is believed: ten minutes.
const STEADY: u32 = 10;
/// The most that a clock goes from one round to the next, in milliseconds.
const STEP: Millis = 10 * 60 * 1_000;
/// Rounds that a hit waits for its verdict: one hour. After that something is wrong with it, and its address goes as promised.
const PATIENCE: u32 = 60;
/// Hits of one transaction: others wait meanwhile.
const CHUNK: i64 = 500;
/// Transactions of one round.
const CHUNKS: usize = 200;

/// Shortens a bit in each round of the housekeeping.
#[derive(Debug, Default)]
pub struct Shortening {
    before: Option<Millis>,
    steady: u32,
    waited: u32,
}

impl Shortening {
    /// One round, about a minute after the last; gives how many hits were gone through.
    pub async fn round(&mut self, store: &Store, now: Millis) -> Result<usize> {
        if !self.believes(now) {
            return Ok(0);
        }
        let mut judged = true;
        if store.old_hits(now.saturating_sub(WHOLE_FOR), now, true).await? == Old::Unjudged {
            self.waited = self.waited.saturating_add(1);
            judged = self.waited < PATIENCE;
            if self.waited == PATIENCE {
                tracing::warn!("old hits were not judged for an hour; their addresses are shortened all the same");
            }
        } else {
            self.waited = 0;
        }
        shorten(store, now, judged, CHUNKS).await
    }

    /// Whether the clock went on as a clock does, for long enough.
    fn believes(&mut self, now: Millis) -> bool {
        let step = self.before.map(|before| now.saturating_sub(before));
        self.steady = match step {
            Some(0..=STEP) => self.steady.saturating_add(1),
            _ => 0,
        };
        self.before = Some(now);
        self.steady >= STEADY
    }
}

/// Shortens what is old at `now`, in at most so many transactions; gives how many hits were gone through. `judged`: only hits
/// whose verdict is there.
pub async fn shorten(store: &Store, now: Millis, judged: bool, chunks: usize) -> Result<usize> {
    let (mut left, mut done) = (chunks, 0);
    while let Old::UpTo(last) = store.old_hits(now.saturating_sub(WHOLE_FOR), now, judged).await? {
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_334_400_000;
    const MINUTE: Millis = 60_000;

    fn after(steps: &[Millis]) -> bool {
        let (mut shortening, mut now, mut believed) = (Shortening::default(), NOW, false);
        for step in steps {
            now += step;
            believed = shortening.believes(now);
        }
        believed
    }

    #[test]
    fn a_clock_that_was_set_is_not_believed_at_once() {
        assert!(!after(&[]));
        assert!(!after(&[MINUTE; 10]), "the first tells nothing");
        assert!(after(&[MINUTE; 11]));
        assert!(after(&[0; 11]));
        for jump in [40 * 24 * 60 * MINUTE, -MINUTE, -1, 11 * MINUTE] {
            let mut steps = vec![MINUTE; 20];
            steps.push(jump);
            assert!(!after(&steps), "{jump}");
            steps.extend([MINUTE; 9]);
            assert!(!after(&steps), "{jump}");
            steps.push(MINUTE);
            assert!(after(&steps), "{jump}");
        }
    }
}
