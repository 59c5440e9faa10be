//! `/mailboxes`: what mails that go out later leave through. Only its owner reaches a mailbox: another account's is `not-found`.

pub mod access;
pub mod connect;
pub mod gmail;
pub mod list;
pub mod remove;
pub mod settings;
pub mod test;

use uuid::Uuid;

use super::problem::ApiError;
use crate::account_id::AccountId;
use crate::app::App;
use crate::mailbox::Purpose;
use crate::store::mailboxes::StoredMailbox;
use waxwing_protocol::api::AccessReason;

/// What its owner does right now.
const ASKED: Purpose = Purpose { reason: AccessReason::Asked, scheduled: None, waiting: None };

/// The mailbox that a path names.
async fn named(app: &App, account: AccountId, id: Uuid) -> Result<StoredMailbox, ApiError> {
    app.store.mailbox_of(account, id).await?.ok_or(ApiError::NotFound)
}
