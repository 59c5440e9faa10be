//! The mailboxes of this backend: opened when they are needed, kept open, dropped when their row changes, and how each is.
//!
//! What must hold:
//! - A mailbox whose owner has to sign in is not tried again until the owner did: wrong passwords lock accounts.
//! - Its state moves by what accesses showed ([`Mailboxes::report`]), and each move is an event in the same transaction.
//! - Secrets are opened here and handed to the mailbox alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};
use serde::Serialize;
use tokio::sync::watch;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{self, ConnectStep, ConnectStepKind, MailboxKind, MailboxState, Trouble};
use zeroize::Zeroizing;

use super::current::{Connections, Current};
use super::gmail::Keeper;
use super::ledger::{self, LedgerOf};
use super::options::Options;
use super::{Ledger, Mailbox, MailboxError, Purpose};
use crate::account_id::AccountId;
use crate::clock::Clock;
use crate::entropy::{self, Entropy};
use crate::news::News;
use crate::seal::{Place, Seal, SealError};
use crate::store::mailboxes::{Moved, NewMailbox, StoredMailbox};
use crate::store::{Store, StoreError};

/// Failures in a row after which a mailbox counts as away.
const AWAY_AFTER: u32 = 3;

/// Why there is no mailbox to work with.
#[derive(Debug, thiserror::Error)]
pub enum NoMailbox {
    /// It was disconnected, or never was.
    #[error("the mailbox is not connected")]
    Gone,
    /// Its owner has to sign in first.
    #[error("the mailbox needs its owner to sign in: {0:?}")]
    SignIn(Trouble),
    /// The database could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All mailboxes.
pub struct Mailboxes {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    news: Arc<News>,
    options: Options,
    open: Mutex<HashMap<Uuid, Opened>>,
    connections: Mutex<HashMap<Uuid, Connections>>,
    health: Mutex<HashMap<Uuid, Health>>,
    /// Opening is done by one at a time: a thousand mails that are due open their mailbox once.
    opening: tokio::sync::Mutex<()>,
    writer: ledger::Writer,
    /// Grows when a mailbox may be worked with again: mails that are held for it go on.
    back: watch::Sender<u64>,
}

enum Opened {
    Real(Arc<dyn Mailbox>),
    Fake(Arc<dyn Mailbox>),
}

#[derive(Debug, Default)]
struct Health {
    failures: u32,
    /// What was written last, so that a thousand good sends write nothing.
    known: Option<(u8, Option<Trouble>)>,
}

impl std::fmt::Debug for Mailboxes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailboxes").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Mailboxes {
    /// Over a store. The second value is the ledger's, for [`ledger::run`].
    pub fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        news: Arc<News>,
        options: Options,
    ) -> (Self, ledger::Waiting) {
        let (writer, waiting) = ledger::channel();
        let mailboxes = Self {
            store,
            clock,
            entropy,
            news,
            options,
            open: Mutex::default(),
            connections: Mutex::default(),
            health: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            writer,
            back: watch::Sender::new(0),
        };
        (mailboxes, waiting)
    }

    /// What the operator chose.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Tells when a mailbox may be worked with again.
    pub fn back(&self) -> watch::Receiver<u64> {
        self.back.subscribe()
    }

    /// The mailbox, open.
    pub async fn get(&self, id: Uuid) -> Result<Arc<dyn Mailbox>, NoMailbox> {
        if let Some(Opened::Real(mailbox)) = self.opened().get(&id) {
            return Ok(Arc::clone(mailbox));
        }
        let _one_at_a_time = self.opening.lock().await;
        let fake = match self.opened().get(&id) {
            Some(Opened::Real(mailbox)) => return Ok(Arc::clone(mailbox)),
            Some(Opened::Fake(mailbox)) => Some(Arc::clone(mailbox)),
            None => None,
        };
        let connections = self.connections(id);
        let opened = connections.now();
        let row = self.store.mailbox(id).await?.filter(|row| row.removed_at.is_none()).ok_or(NoMailbox::Gone)?;
        if let MailboxState::SignIn { trouble, .. } = row.state {
            return Err(NoMailbox::SignIn(trouble));
        }
        if let Some(fake) = fake {
            return Ok(fake);
        }
        let mailbox = match self.open_row(&row) {
            Ok(mailbox) => mailbox,
            Err(error) => {
                // What was connected anew meanwhile is not judged by what it was before.
                if connections.now() == opened {
                    self.report(id, Some(&error)).await;
                }
                return Err(NoMailbox::SignIn(error.trouble));
            }
        };
        let mailbox: Arc<dyn Mailbox> = Arc::new(Current { mailbox, connections: connections.clone(), opened });
        {
            let mut open = self.opened();
            // What was connected or disconnected while this was opened is not kept.
            if connections.now() == opened {
                open.insert(id, Opened::Real(Arc::clone(&mailbox)));
            }
        }
        // Disconnected while it was being opened: whoever disconnected it has perhaps forgotten it before it was kept here.
        if self.store.mailbox(id).await?.is_none_or(|row| row.removed_at.is_some()) {
            self.forget(id);
            return Err(NoMailbox::Gone);
        }
        Ok(mailbox)
    }

    /// The mailbox of a row, whatever its state: for testing it and for giving its grant back. Not kept.
    pub fn open_row(&self, row: &StoredMailbox) -> Result<Arc<dyn Mailbox>, MailboxError> {
        if let Some(Opened::Fake(mailbox)) = self.opened().get(&row.id) {
            return Ok(Arc::clone(mailbox));
        }
        let secret = self.secret(row).map_err(|error| {
            tracing::error!(mailbox = %row.id, %error, "what is needed to sign in to a mailbox cannot be read");
            MailboxError::new(Trouble::KeyLost)
        })?;
        self.options.open(row, &secret, self)
    }

    /// Puts a mailbox in the place of the one that the row describes: for tests.
    pub async fn put_fake(&self, id: Uuid, mailbox: Arc<dyn Mailbox>) {
        // Whoever opens the one of the row right now comes to an end first, and what that showed says nothing of this one.
        let _none_opens = self.opening.lock().await;
        self.connections(id).changed();
        self.opened().insert(id, Opened::Fake(mailbox));
        self.report(id, None).await;
    }

    /// The ledger of a mailbox for a purpose. It never keeps anybody waiting.
    pub fn ledger(&self, id: Uuid, purpose: Purpose) -> LedgerOf {
        self.writer.ledger(Arc::clone(&self.clock), id, purpose)
    }

    /// Done when all accesses so far stand in the ledger.
    pub async fn write_ledger(&self) {
        self.writer.written().await;
    }

    /// What an access showed: moves the mailbox's state where that says something about it, and tells its owner.
    pub async fn report(&self, id: Uuid, error: Option<&MailboxError>) {
        let now = self.clock.now();
        let state = {
            let mut health = self.health();
            let health = health.entry(id).or_default();
            let state = match error {
                Some(error) if error.needs_sign_in() => MailboxState::SignIn { since: now, trouble: error.trouble },
                Some(MailboxError { trouble, .. }) if is_away(*trouble) => {
                    health.failures = health.failures.saturating_add(1);
                    if health.failures < AWAY_AFTER {
                        return;
                    }
                    MailboxState::Away { since: now, trouble: *trouble }
                }
                // It answered; that it wants fewer calls says nothing about how it is.
                Some(MailboxError { trouble: Trouble::RateLimited, .. }) => return,
                _ => {
                    health.failures = 0;
                    MailboxState::Ok
                }
            };
            if health.known == Some(key(&state)) {
                return;
            }
            state
        };
        if let Err(error) = self.move_to(id, &state, now).await {
            tracing::error!(mailbox = %id, %error, "how a mailbox is could not be written down");
        }
    }

    /// What an access for a reminder's note showed. Grants from before there were notes do not hold the right to put them: that says
    /// nothing about sending and watching, which go on.
    pub async fn report_note(&self, id: Uuid, error: Option<&MailboxError>) {
        if error.is_none_or(|error| error.trouble != Trouble::RightMissing) {
            self.report(id, error).await;
        }
    }

    async fn move_to(&self, id: Uuid, state: &MailboxState, now: Millis) -> Result<(), StoreError> {
        let moved = self.store.move_mailbox(id, state, now).await?;
        self.health().entry(id).or_default().known = Some(key(state));
        if matches!(state, MailboxState::SignIn { .. }) {
            self.close(id);
        }
        if let Some(moved) = moved {
            tracing::info!(mailbox = %id, ?state, "a mailbox is in another state");
            self.tell(moved);
            if matches!(state, MailboxState::Ok) {
                self.back.send_modify(|times| *times += 1);
            }
        }
        Ok(())
    }

    /// Connects a mailbox: seals its secret and writes both down. The address in lower case, `config` without a secret.
    pub async fn connect(
        &self,
        account: AccountId,
        address: &str,
        kind: MailboxKind,
        config: &str,
        secret: &[u8],
    ) -> Result<StoredMailbox, StoreError> {
        let fresh = entropy::uuid(self.entropy.as_ref()).map_err(|error| StoreError::Failed(error.to_string()))?;
        let new = NewMailbox { fresh, address, kind, config };
        let sealed = |id| self.options.seal.seal(place(id), secret, self.entropy.as_ref());
        let (id, moved) = self.store.connect_mailbox(account, &new, self.clock.now(), sealed).await?;
        self.forget(id);
        self.tell(moved);
        // What waits for the mailbox of this address has it now; what cannot be written now is when the backend starts.
        match self.store.adopt_waiting(account, id, address, self.clock.now()).await {
            Ok(Some(event)) => self.news.publish(account, event),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(mailbox = %id, %error, "mails that wait for this mailbox could not be given to it yet");
            }
        }
        self.back.send_modify(|times| *times += 1);
        self.store.mailbox(id).await?.ok_or_else(|| StoreError::Failed("a new mailbox is not there".to_owned()))
    }

    /// For whoever keeps secrets that a provider replaced.
    pub(super) fn vault(&self) -> Vault {
        let (store, entropy) = (Arc::clone(&self.store), Arc::clone(&self.entropy));
        Vault { store, entropy, seal: self.options.seal.clone() }
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Goes the steps of connecting with what is stored, and moves the mailbox's state by what they showed.
    pub async fn test(&self, row: &StoredMailbox, ledger: &dyn Ledger) -> Vec<ConnectStep> {
        let steps = match self.secret(row) {
            Ok(secret) => self.options.test(row, &secret, self, ledger).await,
            Err(_) => vec![ConnectStep { step: first_step(row.kind), trouble: Some(Trouble::KeyLost), said: None }],
        };
        let failed = steps.last().and_then(|step| step.trouble);
        self.report(row.id, failed.map(MailboxError::new).as_ref()).await;
        steps
    }

    /// Drops what is open and known of a mailbox whose row changed.
    pub fn forget(&self, id: Uuid) {
        self.connections(id).changed();
        self.close(id);
        self.health().remove(&id);
    }

    /// Another backend connected or disconnected it, or has another secret for it.
    pub fn changed_elsewhere(&self, id: Uuid) {
        self.forget(id);
        self.back.send_modify(|times| *times += 1);
    }

    /// Another backend found it in another state.
    pub fn moved_elsewhere(&self, id: Uuid, ok: bool, sign_in: bool) {
        if let Some(health) = self.health().get_mut(&id) {
            health.known = None;
        }
        if sign_in {
            self.close(id);
        }
        if ok {
            self.back.send_modify(|times| *times += 1);
        }
    }

    /// Drops all that is open: other backends may have changed any of them.
    pub fn forget_all(&self) {
        let open: Vec<Uuid> = self.opened().keys().copied().collect();
        for id in open {
            self.forget(id);
        }
        self.back.send_modify(|times| *times += 1);
    }

    fn close(&self, id: Uuid) {
        let mut open = self.opened();
        if matches!(open.get(&id), Some(Opened::Real(_))) {
            open.remove(&id);
        }
    }

    /// Wakes the streams of the account.
    pub fn tell(&self, moved: Moved) {
        self.news.publish(moved.account, moved.event);
    }

    /// A mailbox as its owner sees it.
    pub async fn view(&self, row: &StoredMailbox) -> Result<api::Mailbox, StoreError> {
        Ok(api::Mailbox {
            id: row.id,
            address: row.address.clone(),
            kind: row.kind,
            state: row.state.clone(),
            rights: super::options::rights(row),
            daily_limit: row.daily_limit,
            sent_today: self.store.sent_today(row.id, self.clock.now()).await?,
            connected_at: row.connected_at,
            servers: super::options::servers(row),
        })
    }

    /// Looks at start whether the master key opens what is stored: mailboxes that it does not open need their owner, and those
    /// that were only waiting for the right key go on.
    pub async fn check_key(&self) -> Result<(), StoreError> {
        let mut lost = 0;
        for row in self.store.all_mailboxes().await? {
            let opens = self.secret(&row).is_ok();
            let was_lost = matches!(row.state, MailboxState::SignIn { trouble: Trouble::KeyLost, .. });
            if opens == was_lost {
                let now = self.clock.now();
                let lost = MailboxState::SignIn { since: now, trouble: Trouble::KeyLost };
                self.move_to(row.id, if opens { &MailboxState::Ok } else { &lost }, now).await?;
            }
            lost += usize::from(!opens);
        }
        if lost > 0 {
            tracing::error!(
                mailboxes = lost,
                "the master key does not open what was sealed under another one: bring master.key (or WAXWING_MASTER_KEY) back \
                 from your backup and start again, or have the owners of these mailboxes sign in again; tracking goes on"
            );
        }
        Ok(())
    }

    fn secret(&self, row: &StoredMailbox) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open_secret(&self.options.seal, row)
    }

    fn connections(&self, id: Uuid) -> Connections {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<Uuid, Opened>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn health(&self) -> MutexGuard<'_, HashMap<Uuid, Health>> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn first_step(kind: MailboxKind) -> ConnectStepKind {
    match kind {
        MailboxKind::Imap => ConnectStepKind::Imap,
        MailboxKind::Gmail => ConnectStepKind::Gmail,
    }
}

/// Keeps secrets that a provider replaced.
pub(super) struct Vault {
    store: Arc<Store>,
    entropy: Arc<dyn Entropy>,
    seal: Seal,
}

impl Vault {
    /// Keeps it, unless the mailbox was disconnected or connected anew meanwhile.
    pub(super) async fn keep<T: Serialize>(&self, id: Uuid, connected_at: Millis, secret: &T) {
        if let Err(error) = self.try_keep(id, connected_at, secret).await {
            tracing::error!(mailbox = %id, error, "a mailbox's new secret could not be kept: its owner may have to sign in again");
        }
    }

    async fn try_keep<T: Serialize>(&self, id: Uuid, connected_at: Millis, secret: &T) -> Result<bool, String> {
        let plain = Zeroizing::new(serde_json::to_vec(secret).map_err(|error| error.to_string())?);
        let sealed = self.seal.seal(place(id), &plain, self.entropy.as_ref()).map_err(|error| error.to_string())?;
        self.store.replace_secret(id, connected_at, &sealed).await.map_err(|error| error.to_string())
    }
}

/// Opens the secret of a row.
pub fn open_secret(seal: &Seal, row: &StoredMailbox) -> Result<Zeroizing<Vec<u8>>, SealError> {
    seal.open(place(row.id), row.secret.as_deref().ok_or(SealError::DoesNotOpen)?)
}

/// Where the secret of a mailbox is sealed.
pub fn place(row: Uuid) -> Place<'static> {
    Place { table: "mailboxes", column: "secret", row }
}

/// What says that the mailbox itself cannot be worked with just now.
fn is_away(trouble: Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Unreachable
            | Trouble::Certificate
            | Trouble::NotOffered
            | Trouble::NoDrafts
            | Trouble::Busy
            | Trouble::Protocol
    )
}

fn key(state: &MailboxState) -> (u8, Option<Trouble>) {
    match state {
        MailboxState::Ok => (0, None),
        MailboxState::SignIn { trouble, .. } => (1, Some(*trouble)),
        MailboxState::Away { trouble, .. } => (2, Some(*trouble)),
    }
}

/// A ledger that writes nothing down, for what is no mailbox of ours yet: connecting.
#[derive(Debug, Clone, Copy)]
pub struct NoLedger;

impl Ledger for NoLedger {
    fn write(&self, _: api::AccessAction, _: bool) {}
}

/// Keeps nothing: while a mailbox is being connected there is no row for it.
#[derive(Debug, Clone, Copy)]
pub struct NoKeeper;

impl NoKeeper {
    /// One for whoever asks.
    pub fn shared() -> Arc<dyn Keeper> {
        Arc::new(Self)
    }
}

impl Keeper for NoKeeper {
    fn keep<'a>(&'a self, _: &'a str) -> BoxFuture<'a, ()> {
        futures_util::future::ready(()).boxed()
    }
}
