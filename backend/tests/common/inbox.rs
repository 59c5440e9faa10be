//! Half of a fake mailbox: one that is only watched has no drafts and sends nothing.

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use waxwing_backend::mailbox::{MailboxError, Result};
use waxwing_protocol::api::Trouble;

/// What is not offered.
pub(crate) fn refused<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T>> {
    ready(Err(MailboxError::new(Trouble::NotOffered))).boxed()
}

/// The half of a `Mailbox` that has to do with drafts and sending, for one that has neither.
macro_rules! only_watched {
    () => {
        fn find_draft<'a>(
            &'a self,
            _: &'a waxwing_protocol::api::DraftHint,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::Result<Option<waxwing_backend::mailbox::DraftRef>>> {
            $crate::inbox::refused()
        }

        fn version<'a>(
            &'a self,
            _: &'a waxwing_backend::mailbox::DraftRef,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::Result<Option<waxwing_backend::mailbox::DraftRef>>> {
            $crate::inbox::refused()
        }

        fn read_draft<'a>(
            &'a self,
            _: &'a waxwing_backend::mailbox::DraftRef,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::Result<Option<waxwing_backend::mailbox::Draft>>> {
            $crate::inbox::refused()
        }

        fn send<'a>(
            &'a self,
            _: &'a waxwing_backend::mailbox::Outgoing,
            _: &'a dyn waxwing_backend::mailbox::Commit,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::SendOutcome> {
            let error = waxwing_backend::mailbox::MailboxError::new(waxwing_protocol::api::Trouble::NotOffered);
            Box::pin(async { waxwing_backend::mailbox::SendOutcome::NotSent(error) })
        }

        fn look<'a>(
            &'a self,
            _: &'a waxwing_backend::mailbox::Trace,
            _: u32,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::Result<waxwing_backend::mailbox::Found>> {
            $crate::inbox::refused()
        }

        fn sent_by_hand<'a>(
            &'a self,
            _: &'a waxwing_backend::mailbox::DraftRef,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::Result<bool>> {
            $crate::inbox::refused()
        }

        fn answered<'a>(
            &'a self,
            _: &'a waxwing_backend::mailbox::DraftRef,
            _: &'a [String],
            _: waxwing_protocol::Millis,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::Result<bool>> {
            $crate::inbox::refused()
        }

        fn revoke<'a>(
            &'a self,
            _: &'a dyn waxwing_backend::mailbox::Ledger,
        ) -> futures_util::future::BoxFuture<'a, waxwing_backend::mailbox::Result<()>> {
            Box::pin(async { Ok(()) })
        }
    };
}
pub(crate) use only_watched;
