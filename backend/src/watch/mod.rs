//! Watches mailboxes for answers to mails that are waited for.
//!
//! ```text
//! rounds ─ which mailbox is due ─ look ─┬─ find    a mail that was sent: its conversation and ids in the mailbox
//!    ▲                                  ├─ Mailbox::look_for_news ─ letter ─ judge   what came in, and what it means
//!    └─ idle ─ Mailbox::wait_for_news   └─ apply   on disk, with its events and how far was looked, in one step
//! ```
//!
//! What must hold:
//! - One look at a time in a mailbox. What a look showed and where the next one resumes are on disk together: what is told again
//!   changes nothing, and nothing is passed over.
//! - Only what is followed is looked at; a mailbox in which nothing is waited for is not asked at all.
//! - A mailbox whose owner has to sign in is left alone, one in trouble is asked less and less often, and one that was disconnected
//!   no more: its wait ends.
//! - What waits costs little: a few words in memory for each mailbox, and one task for each that can wake us.

mod apply;
mod find;
mod followed;
pub mod judge;
pub mod letter;
mod look;
mod rounds;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Trouble;

use crate::clock::Clock;
use crate::hits::admit::Gate;
use crate::mailbox::MailboxError;
use crate::mailbox::registry::{Mailboxes, NoMailbox};
use crate::mailbox::watching::Mark;
use crate::news::News;
use crate::store::{Store, StoreError};

pub use rounds::run;

/// What it works with.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub store: Arc<Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Wakes event streams.
    pub news: Arc<News>,
    /// Knows the accounts that are not used: their mailboxes are not read.
    pub gate: Arc<Gate>,
    /// The mailboxes.
    pub mailboxes: Arc<Mailboxes>,
}

/// Why a mailbox cannot be looked at just now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// It was disconnected, or never was.
    #[error("the mailbox is not connected")]
    Gone,
    /// Its owner has to sign in first.
    #[error("the mailbox needs its owner to sign in: {0:?}")]
    SignIn(Trouble),
    /// It did not answer as it should.
    #[error("the mailbox cannot be asked: {0:?}")]
    Mailbox(Trouble),
    /// The database did not.
    #[error("{0}")]
    Store(String),
}

impl From<NoMailbox> for NotNow {
    fn from(error: NoMailbox) -> Self {
        match error {
            NoMailbox::Gone => Self::Gone,
            NoMailbox::SignIn(trouble) => Self::SignIn(trouble),
            NoMailbox::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for NotNow {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// Looks, one after the other, until a mailbox is looked through.
const MOST_LOOKS: usize = 20;

/// What a look showed.
#[derive(Debug, Clone, Default)]
struct Looked {
    /// Where waiting for news begins. `None`: nothing is waited for.
    mark: Option<Mark>,
    /// When something is to be looked for next.
    find_at: Option<Millis>,
    /// There is more than one look takes: it was not looked through yet.
    more: bool,
}

/// What a look came to.
#[derive(Debug, Clone)]
struct Outcome {
    result: Result<Looked, NotNow>,
    /// Not before so many seconds from now, when the server said so.
    retry_after: Option<u32>,
}

/// The looks at one mailbox.
#[derive(Debug, Default)]
struct Slot {
    turn: tokio::sync::Mutex<()>,
    begun: AtomicU64,
    /// The last look that ended, by its number.
    ended: Mutex<Option<(u64, Outcome)>>,
}

/// Watches mailboxes.
pub struct Watch {
    parts: Parts,
    slots: Mutex<HashMap<Uuid, Arc<Slot>>>,
    /// Mailboxes to be looked at soon.
    soon: Mutex<HashSet<Uuid>>,
    wake: Notify,
    applied: watch::Sender<u64>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Watch {
    /// Over these.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            parts,
            slots: Mutex::default(),
            soon: Mutex::default(),
            wake: Notify::new(),
            applied: watch::Sender::new(0),
        })
    }

    /// One look right now: when it returns, everything that had come in before the call is on disk, with what follows from it.
    /// Calls that come while another waits its turn share its look.
    /// Where one look does not come to the end, others follow; where they do not, either, it is not done.
    pub async fn catch_up(&self, mailbox: Uuid) -> Result<(), NotNow> {
        for _ in 0..MOST_LOOKS {
            if !self.look(mailbox).await.result?.more {
                return Ok(());
            }
        }
        Err(NotNow::Mailbox(Trouble::Busy))
    }

    /// A mail of this mailbox came to be waited for or no longer is, or the mailbox came or went: look soon.
    pub fn follow_changed(&self, mailbox: Uuid) {
        lock(&self.soon).insert(mailbox);
        self.wake.notify_one();
    }

    /// A mail came to be waited for: it is looked for in its mailbox.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Grows when something that came in gave reminders something to do.
    pub fn applied(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }

    async fn look(&self, mailbox: Uuid) -> Outcome {
        let slot = Arc::clone(lock(&self.slots).entry(mailbox).or_default());
        // A look that is under way may have passed what came in since.
        let wanted = slot.begun.load(Ordering::SeqCst) + 1;
        let _turn = slot.turn.lock().await;
        if let Some((number, outcome)) = &*lock(&slot.ended)
            && *number >= wanted
        {
            return outcome.clone();
        }
        let number = slot.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let outcome = look::run(self, mailbox).await;
        *lock(&slot.ended) = Some((number, outcome.clone()));
        outcome
    }

    /// Gives mailboxes what waits for them: they may have been connected before anything was waited for, or a crash came between.
    async fn adopt(&self) {
        let Parts { store, clock, news, .. } = &self.parts;
        let all = async {
            for row in store.all_mailboxes().await? {
                if let Some(event) = store.adopt_waiting(row.account, row.id, &row.address, clock.now()).await? {
                    news.publish(row.account, event);
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = all.await {
            tracing::warn!(%error, "mails that wait for a mailbox could not be given to it yet");
        }
    }

    fn forget(&self, mailbox: Uuid) {
        lock(&self.slots).remove(&mailbox);
    }

    fn now(&self) -> Millis {
        self.parts.clock.now()
    }
}

/// What a call at a mailbox came to, told to whoever keeps how mailboxes are.
async fn report(parts: &Parts, mailbox: Uuid, error: Option<&MailboxError>) {
    // A kind of mailbox that cannot be watched is well otherwise.
    if error.is_none_or(|error| error.trouble != Trouble::NotOffered) {
        parts.mailboxes.report(mailbox, error).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
