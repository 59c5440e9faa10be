//! Waiting for one another inside the one thread of the worker: one at a time through a [`Gate`], and a [`Stop`] for what
//! goes on until it is told to end.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, Waker};

/// Lets one through at a time, in the order in which they came. For what reads a value, changes it and writes it back.
#[derive(Debug, Default)]
pub(super) struct Gate {
    next: Cell<u64>,
    serving: Cell<u64>,
    waiting: RefCell<BTreeMap<u64, Waker>>,
    gone: RefCell<BTreeSet<u64>>,
}

impl Gate {
    /// Waits for one's turn, which lasts until the pass is dropped.
    pub(super) async fn enter(&self) -> Pass<'_> {
        let number = self.next.replace(self.next.get() + 1);
        // Made before the wait: who is dropped while waiting must not stop those behind.
        let pass = Pass { gate: self, number };
        poll_fn(|context| {
            if self.serving.get() == number {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().insert(number, context.waker().clone());
            Poll::Pending
        })
        .await;
        pass
    }

    fn leave(&self, number: u64) {
        self.waiting.borrow_mut().remove(&number);
        let mut gone = self.gone.borrow_mut();
        gone.insert(number);
        while gone.remove(&self.serving.get()) {
            self.serving.set(self.serving.get() + 1);
        }
        if let Some(waker) = self.waiting.borrow_mut().remove(&self.serving.get()) {
            waker.wake();
        }
    }
}

/// One's turn at a [`Gate`].
#[derive(Debug)]
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    number: u64,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.leave(self.number);
    }
}

/// Tells something that goes on to end.
#[derive(Debug, Default)]
pub(super) struct Stop {
    stopped: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Stop {
    /// Ends it. There is no way back.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    /// Waits for a future, or for the stop, then `None`: the future is dropped. For one waiter at a time.
    pub(super) async fn unless<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if self.stopped.get() {
                return Poll::Ready(None);
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            future.as_mut().poll(context).map(Some)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::{Gate, Stop};

    #[test]
    fn turns_come_in_order_and_leavers_block_nobody() {
        let gate = Gate::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = Box::pin(gate.enter());
        let mut second = Box::pin(gate.enter());
        let mut third = Box::pin(gate.enter());
        let Poll::Ready(held) = first.as_mut().poll(&mut context) else { panic!("the gate is free") };
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert!(third.as_mut().poll(&mut context).is_pending());
        drop(second);
        drop(held);
        // Somebody new does not overtake.
        assert!(pin!(gate.enter()).poll(&mut context).is_pending());
        assert!(third.as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn a_stop_ends_a_wait() {
        let stop = Stop::default();
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(pin!(stop.unless(ready(1))).poll(&mut context), Poll::Ready(Some(1)));
        let mut waits = pin!(stop.unless(pending::<()>()));
        assert!(waits.as_mut().poll(&mut context).is_pending());
        stop.stop();
        assert_eq!(waits.as_mut().poll(&mut context), Poll::Ready(None));
    }
}
