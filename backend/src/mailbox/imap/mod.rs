//! A mailbox by IMAP and SMTP, with an (app) password: Gmail with its extensions, and any other server without them.
//!
//! What must hold:
//! - A mail is handed over by SMTP once ([`super::smtp`]); what comes after it (filing the copy, removing the draft) never turns
//!   a mail that was sent into one that was not.
//! - A draft is removed only after its mail was sent and its copy lies in Sent.
//! - Nothing that a server says is told on when it repeats the password.
//! - Two connections at a time to the IMAP server, one for what is to be done and one for watching, each kept for some minutes, and
//!   looked at before it is used again. Whoever waits for news keeps nobody waiting.

mod connect;
mod connection;
mod drafts;
mod fetched;
mod folders;
mod followed;
mod headers;
mod held;
mod idle;
mod notes;
mod people;
mod providers;
mod response;
mod sent;
mod session;
mod watch;
mod watcher;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore};
use tokio_rustls::rustls::ClientConfig;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, DraftHint, MailServer};

pub use connect::{connect, connect_within};
pub use folders::Folders;
pub use session::Limits;

use super::watching::{Conversation, Followed, Looked, Mark, Note, NoteRef, Place, SentHint, SentMail, Woken};
use super::written::{Access, written_down};
use super::{
    Commit, Draft, DraftRef, Found, Ledger, Mailbox, MailboxError, Outgoing, Result, SendOutcome, SentRef, Trace, said, smtp,
};
use drafts::Drafts;
use held::{Held, Slot};
use session::Session;

/// A mail that was sent waits so long, at most, for its copy and its draft: until then nobody knows yet that it was sent.
const AFTER_SENDING: Duration = Duration::from_secs(20);
/// The copy of a large one takes longer: so many bytes a second more.
const COPIED_A_SECOND: usize = 1024 * 1024;
/// Mails that are handed over at once: providers refuse whoever opens many connections.
const AT_ONCE: usize = 4;
/// When Gmail is asked for the mail that it has just taken.
const GMAIL_FILES: &[Duration] = &[Duration::ZERO, Duration::from_millis(700), Duration::from_secs(2)];

/// Where a mailbox is. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImapConfig {
    /// The address, in lower case.
    pub address: String,
    /// The name to sign in with.
    pub user: String,
    /// The IMAP server.
    pub imap: MailServer,
    /// The submission server.
    pub smtp: MailServer,
    /// Its folders.
    pub folders: Folders,
    /// It is Gmail: mails that are sent file themselves, conversations have numbers.
    pub gmail: bool,
}

/// What is kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImapSecret {
    /// The (app) password.
    pub password: String,
}

// It must not reach a log.
impl std::fmt::Debug for ImapSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImapSecret")
    }
}

/// A mailbox.
#[derive(Debug)]
pub struct ImapSmtp {
    config: ImapConfig,
    secret: ImapSecret,
    tls: Arc<ClientConfig>,
    limits: Limits,
    smtp: smtp::Limits,
    /// As they were found last: somebody may rename them.
    folders: RwLock<Folders>,
    /// They were looked for since this was opened.
    looked_for_folders: AtomicBool,
    slot: Arc<Slot>,
    /// The connection for watching.
    watcher: Arc<Slot>,
    /// Somebody wants that connection who must not wait for hours.
    wanted: Notify,
    /// The server cannot wake anybody.
    never_wakes: AtomicBool,
    /// Turns for handing over.
    turns: Semaphore,
}

impl ImapSmtp {
    /// A mailbox that was connected. Nothing is reached before it is needed.
    pub fn open(config: ImapConfig, secret: ImapSecret, tls: Arc<ClientConfig>) -> Self {
        Self::open_with(config, secret, tls, Limits::default(), smtp::Limits::default())
    }

    /// The same with time limits of one's own.
    pub fn open_with(
        config: ImapConfig,
        secret: ImapSecret,
        tls: Arc<ClientConfig>,
        limits: Limits,
        smtp: smtp::Limits,
    ) -> Self {
        let folders = RwLock::new(config.folders.clone());
        Self {
            config,
            secret,
            tls,
            limits,
            smtp,
            folders,
            looked_for_folders: AtomicBool::new(false),
            slot: Arc::default(),
            watcher: Arc::default(),
            wanted: Notify::new(),
            never_wakes: AtomicBool::new(false),
            turns: Semaphore::new(AT_ONCE),
        }
    }

    fn folders(&self) -> Folders {
        self.folders.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The session, signed in, and where the folders are. A kept one is asked whether it still lives.
    async fn session(&self) -> Result<Held<'_>> {
        self.alive(self.slot.hold(self.limits.idle).await).await
    }

    /// A connection that lives: the kept one where it answers, or a new one.
    async fn alive<'h>(&self, mut held: Held<'h>) -> Result<Held<'h>> {
        if !held.lives(self.limits.command).await {
            let mut session = Session::reach(&self.config.imap, &self.tls, self.limits).await?;
            session.sign_in(&self.config.user, &self.secret.password).await?;
            held.put(session);
        }
        Ok(held)
    }

    /// Opens the drafts. Their folder may have been renamed or made anew: looked for once more when it does not open.
    async fn with_drafts(&self, session: &mut Session) -> Result<(Folders, u32)> {
        let known = self.folders();
        match session.open(&known.drafts, false).await {
            Err(connection::ImapError::Refused(status)) if status.kind == response::Kind::No => {}
            Err(error) => return Err(error.into()),
            Ok(validity) => return Ok((known, validity)),
        }
        let found = folders::find(session).await?;
        let found = found.ok_or_else(|| MailboxError::new(waxwing_protocol::api::Trouble::NoDrafts))?;
        *self.folders.write().unwrap_or_else(PoisonError::into_inner) = found.clone();
        let validity = session.open(&found.drafts, false).await?;
        Ok((found, validity))
    }

    /// An error that may be kept and shown.
    fn told(&self, error: MailboxError) -> MailboxError {
        said::without_password(error, &self.config.user, &self.secret.password)
    }

    /// Makes an access, writes it down, and gives its result on.
    async fn written<T>(&self, ledger: &dyn Ledger, action: AccessAction, work: impl Future<Output = Result<T>>) -> Result<T> {
        written_down(ledger, action, work).await.map_err(|error| self.told(error))
    }

    async fn find(&self, hint: &DraftHint) -> Result<Option<DraftRef>> {
        let mut held = self.session().await?;
        let session = held.get()?;
        let (folders, validity) = self.with_drafts(session).await?;
        Drafts::opened(session, &folders, validity).find(hint).await
    }

    async fn locate(&self, draft: &DraftRef) -> Result<Option<DraftRef>> {
        let mut held = self.session().await?;
        let session = held.get()?;
        let (folders, validity) = self.with_drafts(session).await?;
        Ok(Drafts::opened(session, &folders, validity).locate(draft).await?.map(|(at, _)| at))
    }

    async fn read(&self, draft: &DraftRef) -> Result<Option<Draft>> {
        let mut held = self.session().await?;
        let session = held.get()?;
        let (folders, validity) = self.with_drafts(session).await?;
        Drafts::opened(session, &folders, validity).read(draft).await
    }

    async fn hand_over(&self, mail: &Outgoing, commit: &dyn Commit) -> smtp::Handed {
        // Never closed: an error could only mean that nobody counts.
        let _turn = self.turns.acquire().await;
        let opened = async {
            let mut session = smtp::Session::open(&self.config.smtp, &self.tls, self.smtp).await?;
            session.sign_in(&self.config.user, &self.secret.password).await?;
            Ok(session)
        };
        match opened.await {
            Ok(session) => smtp::hand_over(session, mail, commit).await,
            Err(error) => smtp::Handed::Not(error),
        }
    }

    /// Files the copy where the server does not, removes the draft, and learns how the mail is named where it lies.
    async fn after_sending(&self, mail: &Outgoing, ledger: &dyn Ledger) -> SentRef {
        let mut sent = SentRef { rfc_id: Some(mail.trace.rfc_id.clone()), ..SentRef::default() };
        let filed = self.config.gmail || noted(ledger, AccessAction::FileCopy, twice(|| self.file_copy(mail))).await.is_some();
        if let Some(draft) = &mail.draft
            && filed
        {
            noted(ledger, AccessAction::RemoveDraft, twice(|| self.remove_draft(draft))).await;
        }
        if self.config.gmail
            && let Some(Some(found)) = noted(ledger, AccessAction::LookForSent, self.find_filed(&mail.trace)).await
        {
            sent = found;
        }
        sent
    }

    async fn file_copy(&self, mail: &Outgoing) -> Result<()> {
        let mut held = self.session().await?;
        let session = held.get()?;
        let folders = self.folders();
        // Some servers file what they take by themselves; the second try may find what the first one filed.
        if sent::find_by_id(session, &folders, &mail.trace).await?.is_some() {
            return Ok(());
        }
        match &folders.sent {
            Some(folder) => Ok(session.append(folder, smtp::with_crlf(&mail.raw).into_owned()).await?),
            None => Err(MailboxError::new(waxwing_protocol::api::Trouble::Protocol)),
        }
    }

    async fn remove_draft(&self, draft: &DraftRef) -> Result<()> {
        let mut held = self.session().await?;
        drafts::remove(held.get()?, &self.folders(), draft).await
    }

    async fn find_filed(&self, trace: &Trace) -> Result<Option<SentRef>> {
        for wait in GMAIL_FILES {
            tokio::time::sleep(*wait).await;
            let mut held = self.session().await?;
            if let Some(found) = sent::find_by_id(held.get()?, &self.folders(), trace).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Makes an access, writes it down, and what went wrong into the log; the caller goes on without it.
async fn noted<T>(ledger: &dyn Ledger, action: AccessAction, work: impl Future<Output = Result<T>>) -> Option<T> {
    written_down(ledger, action, work)
        .await
        .inspect_err(
            |error| tracing::warn!(trouble = ?error.trouble, ?action, "a mail was sent, but not all went well after it"),
        )
        .ok()
}

/// A second try for what may be done twice.
async fn twice<F: Future<Output = Result<()>>>(work: impl Fn() -> F) -> Result<()> {
    match work().await {
        Ok(()) => Ok(()),
        Err(_) => work().await,
    }
}

impl Mailbox for ImapSmtp {
    fn find_draft<'a>(&'a self, hint: &'a DraftHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        Box::pin(async move { self.written(ledger, AccessAction::FindDraft, self.find(hint)).await })
    }

    fn version<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        Box::pin(async move { self.written(ledger, AccessAction::FindDraft, self.locate(draft)).await })
    }

    fn read_draft<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<Draft>>> {
        Box::pin(async move { self.written(ledger, AccessAction::ReadDraft, self.read(draft)).await })
    }

    fn send<'a>(&'a self, mail: &'a Outgoing, commit: &'a dyn Commit, ledger: &'a dyn Ledger) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            let access = Access::begin(ledger, AccessAction::Send);
            let handed = self.hand_over(mail, commit).await;
            access.end(handed == smtp::Handed::Taken);
            match handed {
                smtp::Handed::Not(error) => SendOutcome::NotSent(self.told(error)),
                smtp::Handed::LeaseLost => SendOutcome::LeaseLost,
                smtp::Handed::Unclear(error) => SendOutcome::Unclear(self.told(error)),
                smtp::Handed::Taken => {
                    let copying = u32::try_from(mail.raw.len() / COPIED_A_SECOND).unwrap_or(u32::MAX);
                    let patience = AFTER_SENDING + Duration::from_secs(copying.into());
                    let after = tokio::time::timeout(patience, self.after_sending(mail, ledger)).await;
                    SendOutcome::Sent(after.unwrap_or_else(|_| {
                        tracing::warn!("a mail was sent, but its copy was not filed in time");
                        SentRef { rfc_id: Some(mail.trace.rfc_id.clone()), ..SentRef::default() }
                    }))
                }
            }
        })
    }

    // How long ago it was makes no difference here: what is not in Sent stays unknown however long one waits.
    fn look<'a>(&'a self, trace: &'a Trace, _since_secs: u32, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Found>> {
        Box::pin(async move {
            let found = async {
                let mut held = self.session().await?;
                sent::find(held.get()?, &self.folders(), trace).await
            };
            let Some(found) = self.written(ledger, AccessAction::LookForSent, found).await? else { return Ok(Found::Unknown) };
            // What the send that was cut off had still to do.
            if let Some(draft) = &trace.draft {
                noted(ledger, AccessAction::RemoveDraft, twice(|| self.remove_draft(draft))).await;
            }
            Ok(Found::Sent(found))
        })
    }

    fn sent_by_hand<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let looked = async {
                let mut held = self.session().await?;
                sent::by_hand(held.get()?, &self.folders(), draft).await
            };
            self.written(ledger, AccessAction::LookForSent, looked).await
        })
    }

    fn answered<'a>(
        &'a self,
        draft: &'a DraftRef,
        addresses: &'a [String],
        since: Millis,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let looked = async {
                let mut held = self.session().await?;
                sent::answered(held.get()?, &self.folders(), draft, addresses, since).await
            };
            self.written(ledger, AccessAction::LookForAnswer, looked).await
        })
    }

    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        not_before: Millis,
        followed: &'a dyn Followed,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        Box::pin(async move {
            let looked = self.news(since, not_before, followed, ledger);
            self.written(ledger, AccessAction::AskForNews, looked).await
        })
    }

    fn wait_for_news<'a>(&'a self, mark: &'a Mark, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Woken>> {
        Box::pin(async move {
            match self.wake(mark).await {
                Ok(Woken::Never) => Ok(Woken::Never),
                // A wait that somebody gives up, as all are at last, asked for nothing.
                woken => self.written(ledger, AccessAction::AskForNews, std::future::ready(woken)).await,
            }
        })
    }

    fn find_sent<'a>(&'a self, hint: &'a SentHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<SentMail>>> {
        Box::pin(async move { self.written(ledger, AccessAction::FindSent, self.sent_mail(hint)).await })
    }

    fn place<'a>(&'a self, conversation: &'a Conversation, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Place>> {
        Box::pin(async move { self.written(ledger, AccessAction::FindSent, self.place_of(conversation)).await })
    }

    fn put_note<'a>(&'a self, note: &'a Note, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<NoteRef>> {
        Box::pin(async move { self.written(ledger, AccessAction::PutNote, self.put(note)).await })
    }

    fn take_note<'a>(&'a self, note: &'a NoteRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.written(ledger, AccessAction::RemoveNote, self.take(note)).await })
    }

    // A password is no grant: who gave it takes it back where it was made.
    fn revoke<'a>(&'a self, _ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
