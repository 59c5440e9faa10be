//! What is asked of a provider, and kept for a while.
//!
//! What must hold: one asks at a time, the others wait for what it learns; after a failure nobody asks for [`PAUSE`]. What was known before is
//! used meanwhile, however old it is: a provider that is away for an hour signs nobody out.

use std::sync::{PoisonError, RwLock};

use tokio::sync::Mutex;
use waxwing_protocol::Millis;

use super::oidc::Failed;

/// After a failure nothing is asked for so long.
pub const PAUSE: Millis = 10_000;

/// See the file's head.
#[derive(Debug)]
pub struct Kept<T> {
    known: RwLock<Option<(Millis, T)>>,
    failed: Mutex<Option<(Millis, Failed)>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { known: RwLock::new(None), failed: Mutex::new(None) }
    }
}

impl<T: Clone> Kept<T> {
    /// What is known and not older than `age`, or what is asked for now.
    pub async fn get(&self, now: Millis, age: Millis, ask: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
        if let Some(known) = self.known(now, age) {
            return Ok(known);
        }
        let mut failed = self.failed.lock().await;
        // Somebody else may have asked in between.
        if let Some(known) = self.known(now, age) {
            return Ok(known);
        }
        let old = self.known(now, Millis::MAX);
        if let Some((_, why)) = failed.filter(|(at, _)| now.abs_diff(*at) < PAUSE.unsigned_abs()) {
            return old.ok_or(why);
        }
        match ask.await {
            Ok(found) => {
                *failed = None;
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((now, found.clone()));
                Ok(found)
            }
            Err(why) => {
                *failed = Some((now, why));
                old.ok_or(why)
            }
        }
    }

    fn known(&self, now: Millis, age: Millis) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| now.abs_diff(*at) < age.unsigned_abs()).map(|(_, known)| known.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const AGE: Millis = 60_000;

    #[tokio::test]
    async fn one_asks_for_all() {
        let (kept, asked) = (Arc::new(Kept::default()), Arc::new(AtomicUsize::new(0)));
        let all: Vec<_> = (0..20)
            .map(|_| {
                let (kept, asked) = (Arc::clone(&kept), Arc::clone(&asked));
                tokio::spawn(async move {
                    let ask = async {
                        tokio::task::yield_now().await;
                        Ok(asked.fetch_add(1, Ordering::SeqCst))
                    };
                    kept.get(0, AGE, ask).await
                })
            })
            .collect();
        for one in all {
            assert_eq!(one.await.unwrap(), Ok(0));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn who_is_away_is_left_alone_for_a_while_and_what_was_known_counts() {
        let kept = Kept::default();
        let no = async || Err(Failed::Away);
        assert_eq!(kept.get(0, AGE, no()).await, Err(Failed::Away));
        assert_eq!(kept.get(PAUSE - 1, AGE, async { Ok(1) }).await, Err(Failed::Away), "not asked");
        assert_eq!(kept.get(PAUSE, AGE, async { Ok(2) }).await, Ok(2));
        let later = PAUSE + AGE;
        assert_eq!(kept.get(later, AGE, no()).await, Ok(2), "old, and better than nothing");
        assert_eq!(kept.get(later + 1, AGE, async { Ok(3) }).await, Ok(2), "not asked");
        assert_eq!(kept.get(later + PAUSE, AGE, async { Ok(4) }).await, Ok(4));
    }
}
