//! Options of a backend whose mailboxes are fakes in memory.

use std::sync::Arc;

use waxwing_backend::mailbox::Mailbox;
use waxwing_backend::mailbox::gmail::Google;
use waxwing_backend::mailbox::options::Options;
use waxwing_backend::seal::Seal;

/// The mailbox of each address.
pub(crate) fn fakes(of: impl IntoIterator<Item = (String, Arc<dyn Mailbox>)>) -> Options {
    Options::new(Seal::from_bytes([8; 32]), Google::default(), Vec::new()).with_fakes(of)
}
