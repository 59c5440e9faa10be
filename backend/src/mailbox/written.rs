//! Accesses that are written down whatever becomes of them.
//!
//! What must hold: an access that was begun is in the ledger, also when whoever asked for it had no more patience and dropped it.

use waxwing_protocol::api::AccessAction;

use super::Ledger;

/// An access under way: dropped before its end it is one that did not go well.
pub(super) struct Access<'l> {
    ledger: &'l dyn Ledger,
    action: AccessAction,
    is_open: bool,
}

impl<'l> Access<'l> {
    /// An access begins.
    pub(super) fn begin(ledger: &'l dyn Ledger, action: AccessAction) -> Self {
        Self { ledger, action, is_open: true }
    }

    /// It ended, and is written down.
    pub(super) fn end(mut self, ok: bool) {
        self.is_open = false;
        self.ledger.write(self.action, ok);
    }

    /// It was not made after all.
    pub(super) fn forget(mut self) {
        self.is_open = false;
    }
}

impl Drop for Access<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.ledger.write(self.action, false);
        }
    }
}

/// Makes an access, writes it down, and gives its result on.
pub(super) async fn written_down<T, E>(
    ledger: &dyn Ledger,
    action: AccessAction,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let access = Access::begin(ledger, action);
    let done = work.await;
    access.end(done.is_ok());
    done
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt as _;

    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<(AccessAction, bool)>>);

    impl Ledger for Kept {
        fn write(&self, action: AccessAction, ok: bool) {
            self.0.lock().unwrap().push((action, ok));
        }
    }

    #[test]
    fn what_was_begun_is_written_down_once() {
        let kept = Kept::default();
        let ends =
            |result: Result<(), ()>| written_down(&kept, AccessAction::PutNote, std::future::ready(result)).now_or_never();
        assert_eq!(ends(Ok(())), Some(Ok(())));
        assert_eq!(ends(Err(())), Some(Err(())));
        // Nobody waits for its end.
        let never = written_down(&kept, AccessAction::AskForNews, std::future::pending::<Result<(), ()>>());
        assert_eq!(never.now_or_never(), None);
        // Never asked for, and taken back.
        drop(written_down(&kept, AccessAction::Revoke, std::future::ready(Ok::<(), ()>(()))));
        Access::begin(&kept, AccessAction::Send).forget();
        let want = [(AccessAction::PutNote, true), (AccessAction::PutNote, false), (AccessAction::AskForNews, false)];
        assert_eq!(*kept.0.lock().unwrap(), want);
    }
}
