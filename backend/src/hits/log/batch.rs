//! A batch: all hits that one write takes, and the requests that wait for it.
//!
//! What must hold: a batch ends once, stored or not, and everybody who waits for it learns of that.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::NotStored;

const WAITING: u8 = 0;
const STORED: u8 = 1;
const FAILED: u8 = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Batch {
    state: AtomicU8,
    waiting: Mutex<Vec<Waker>>,
}

impl Batch {
    /// What became of it, once that is known.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<Result<(), NotStored>> {
        let mut ended = self.ended();
        if ended.is_pending() {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            // Asked again: it may have ended since, and whoever ended it has woken those that were there.
            ended = self.ended();
            if ended.is_pending() {
                waiting.push(cx.waker().clone());
            }
        }
        ended
    }

    /// Says what became of it. The first to say so is right.
    pub(super) fn end(&self, stored: bool) {
        let state = if stored { STORED } else { FAILED };
        if self.state.compare_exchange(WAITING, state, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return;
        }
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
    }

    fn ended(&self) -> Poll<Result<(), NotStored>> {
        match self.state.load(Ordering::Acquire) {
            WAITING => Poll::Pending,
            STORED => Poll::Ready(Ok(())),
            _ => Poll::Ready(Err(NotStored)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_first_word_counts_and_everybody_is_woken_once() {
        let (batch, count) = (Batch::default(), Arc::new(Count::default()));
        let waker = Arc::clone(&count).into();
        let cx = Context::from_waker(&waker);
        assert!(batch.poll(&cx).is_pending() && batch.poll(&cx).is_pending());
        batch.end(false);
        batch.end(true);
        assert_eq!(count.0.load(Ordering::SeqCst), 2);
        assert_eq!(batch.poll(&cx), Poll::Ready(Err(NotStored)));
    }
}
