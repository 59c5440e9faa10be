//! The part of an IMAP mailbox that is watched: its own connection, and where its folders are.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future;
use waxwing_protocol::Millis;

use super::super::watching::{Conversation, Followed, Looked, Mark, Note, NoteRef, Place, SentHint, SentMail, Woken};
use super::super::{Ledger, Result};
use super::folders::{self, Folders};
use super::held::Held;
use super::session::{Opened, Session};
use super::watch::{self, Seen};
use super::{ImapSmtp, followed, idle, notes};

/// Servers may close what is quiet after 30 minutes, and routers on the way forget a connection sooner.
const ROUND: Duration = Duration::from_mins(9);
/// Only one folder wakes: whether something came into the others is asked so often.
const ROUND_OF_ALL: Duration = Duration::from_secs(50);

/// How long who waits for news may take to step aside.
const ASIDE: Duration = Duration::from_secs(2);

impl ImapSmtp {
    /// The connection for watching: whoever waits on it steps aside. Where that takes too long, the other one.
    async fn watching(&self) -> Result<Held<'_>> {
        if let Some(held) = self.watcher.try_hold(self.limits.idle) {
            return self.alive(held).await;
        }
        // First in the queue, and told then: who steps aside stands behind.
        let queued = future::join(self.watcher.hold(self.limits.idle), async { self.wanted.notify_one() });
        match tokio::time::timeout(ASIDE, queued).await {
            Ok((held, ())) => self.alive(held).await,
            Err(_) => self.session().await,
        }
    }

    /// Where the folders are: looked for once since the mailbox was opened, as those that were found when it was connected may be
    /// named otherwise, or made, since.
    async fn known(&self, session: &mut Session) -> Result<Folders> {
        if !self.looked_for_folders.load(Ordering::SeqCst) {
            if let Some(found) = folders::find(session).await? {
                *self.folders.write().unwrap_or_else(PoisonError::into_inner) = found;
            }
            self.looked_for_folders.store(true, Ordering::SeqCst);
        }
        Ok(self.folders())
    }

    pub(super) async fn news(
        &self,
        since: Option<&Mark>,
        not_before: Millis,
        followed: &dyn Followed,
        ledger: &dyn Ledger,
    ) -> Result<Looked> {
        let mut held = self.watching().await?;
        let session = held.get()?;
        let folders = self.known(session).await?;
        let looked = watch::look(session, &folders, since, not_before, followed, ledger).await;
        if looked.is_err() {
            // The one that failed may have been renamed.
            self.looked_for_folders.store(false, Ordering::SeqCst);
        }
        looked
    }

    pub(super) async fn wake(&self, mark: &Mark) -> Result<Woken> {
        if self.never_wakes.load(Ordering::SeqCst) {
            return Ok(Woken::Never);
        }
        let seen = Seen::of(Some(mark));
        loop {
            // Kept for hours, but for whoever wants it meanwhile.
            let mut held = self.alive(self.watcher.hold(self.limits.idle).await).await?;
            let session = held.get()?;
            let folders = self.known(session).await?;
            let folder = watch::first(session, &folders);
            let has_others = watch::has_others(session);
            if has_others && !seen.covers_others(&folders::others(session, &folders, &folder).await?) {
                return Ok(Woken::News);
            }
            let round = if has_others { ROUND_OF_ALL } else { ROUND };
            let is_known = |opened: &Opened| seen.covers(&folder, opened);
            if let Some(woken) = idle::wait(session, &folder, round, &self.wanted, is_known).await? {
                self.never_wakes.store(woken == Woken::Never, Ordering::SeqCst);
                return Ok(woken);
            }
        }
    }

    pub(super) async fn sent_mail(&self, hint: &SentHint) -> Result<Option<SentMail>> {
        let mut held = self.watching().await?;
        let session = held.get()?;
        let folders = self.known(session).await?;
        followed::find(session, &folders, hint).await
    }

    pub(super) async fn place_of(&self, conversation: &Conversation) -> Result<Place> {
        let mut held = self.watching().await?;
        let session = held.get()?;
        let folders = self.known(session).await?;
        followed::place(session, &folders, conversation).await
    }

    pub(super) async fn put(&self, note: &Note) -> Result<NoteRef> {
        notes::check(note)?;
        let mut held = self.session().await?;
        let session = held.get()?;
        let folders = self.known(session).await?;
        notes::put(session, &folders, &self.config.address, note).await
    }

    pub(super) async fn take(&self, note: &NoteRef) -> Result<()> {
        let mut held = self.session().await?;
        let session = held.get()?;
        let folders = self.known(session).await?;
        notes::take(session, &folders, &self.config.address, note).await
    }
}
