//! Mails that left untracked although tracking was wanted. Kept in this browser only.

use uuid::Uuid;
use waxwing_protocol::api::{Content, PutMessage};
use waxwing_protocol::page::{NotTracked, Policy, WhyNot, key};

use super::Worker;
use super::platform::Platform;
use super::raw::untracked_mails;
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;
use crate::chrome::system::{Clock, Random};

/// At most so many are kept.
const MOST: usize = 200;
/// Characters of a subject.
const SUBJECT: usize = 500;
/// Recipients of a mail.
const RECIPIENTS: usize = 20;

/// As much of it as a line in the list needs: 200 of these have to fit beside the outbox.
fn shortened(mut mail: NotTracked) -> NotTracked {
    mail.content = Content {
        subject: mail.content.subject.chars().take(SUBJECT).collect(),
        recipients: mail.content.recipients.into_iter().take(RECIPIENTS).collect(),
        links: Vec::new(),
    };
    mail
}

impl<P: Platform> Worker<P> {
    /// The list, newest first.
    pub(super) async fn not_tracked(&self) -> Result<Vec<NotTracked>, ApiError> {
        Ok(self.platform.local().get(key::NOT_TRACKED).await?.unwrap_or_default())
    }

    /// Takes one in. The same again changes nothing.
    pub(super) async fn add_not_tracked(&self, mail: NotTracked) -> Result<(), ApiError> {
        let _pass = self.not_tracked_gate.enter().await;
        let mut list = self.not_tracked().await?;
        // Gmail sends a request again when its answer was lost.
        let is_it = |known: &NotTracked| {
            known.id == mail.id
                || (known.why == mail.why && known.gmail.draft.is_some() && known.gmail.draft == mail.gmail.draft)
        };
        if list.iter().any(is_it) {
            return Ok(());
        }
        list.push(shortened(mail));
        list.sort_by_key(|mail| std::cmp::Reverse(mail.sent_at));
        list.truncate(MOST);
        self.platform.local().set(key::NOT_TRACKED, &list).await
    }

    /// Takes one out.
    pub(super) async fn dismiss_not_tracked(&self, id: Uuid) -> Result<(), ApiError> {
        let _pass = self.not_tracked_gate.enter().await;
        let mut list = self.not_tracked().await?;
        list.retain(|mail| mail.id != id);
        self.platform.local().set(key::NOT_TRACKED, &list).await
    }

    /// A mail that carries a pixel but found no room in the outbox.
    pub(super) async fn add_no_room(&self, id: Uuid, message: PutMessage) -> Result<(), ApiError> {
        let PutMessage { sent_at, sender, gmail, content, .. } = message;
        self.add_not_tracked(NotTracked { id, sent_at, sender, gmail, content, why: WhyNot::OutboxFull }).await
    }

    /// What a page without WASM sent, as the observer saw it. Each mail in it left untracked; it is told when every mail was
    /// to be tracked.
    pub(super) async fn add_raw_request(&self, body: &str) -> Result<(), ApiError> {
        if self.connection().await?.is_none() || self.platform.local().get(key::POLICY).await? != Some(Policy::Every) {
            return Ok(());
        }
        let system = self.platform.system();
        for mail in untracked_mails(body, system.now(), || system.uuid()) {
            self.add_not_tracked(mail).await?;
        }
        Ok(())
    }
}
