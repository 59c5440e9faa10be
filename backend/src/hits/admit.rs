//! Whether a hit counts: decided from the token alone, without a database, but for tokens of an epoch that is over.
//!
//! What must hold: a token that this backend did not mint never counts, and whoever asks cannot tell from the answer. After a
//! device was revoked its epoch is over: whoever holds the device's key could go on minting, so tokens of an older epoch
//! count only for messages that a device registered, and their links are followed only where a registered link goes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use waxwing_domain::token::{MintKey, Token};
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::stopped::StoppedSet;
use crate::account_id::AccountId;
use crate::keys::Keys;
use crate::rights::closed::Closed;
use crate::store::{Result, Store};

/// More keys than any honest backend has accounts and epochs: then the cache starts anew.
const MAX_CACHED_KEYS: usize = 10_000;

/// How far ahead it is known whose tracking ends, in milliseconds. No mail's tracking ends sooner after it was registered.
pub const AHEAD: Millis = 10 * 60 * 1_000;

/// When that could not be read it is tried again so much later, in milliseconds.
const AGAIN: Millis = 30_000;

/// What a token is worth.
#[derive(Debug, Clone)]
pub enum Admission {
    /// Store the hit.
    Count(AccountId),
    /// It is ours, but the message was deleted, its recipients refused this, or its tracking has ended: answer the same and store
    /// nothing.
    Stopped,
    /// It is not ours, or no longer: answer the same and store nothing; follow no link.
    Refused,
}

/// Checks tokens.
#[derive(Debug)]
pub struct Gate {
    keys: Keys,
    cache: RwLock<HashMap<(AccountId, u8), MintKey>>,
    epochs: RwLock<HashMap<AccountId, u8>>,
    /// The messages that were deleted or refused, and those whose tracking has ended.
    pub stopped: StoppedSet,
    /// The accounts that are not used, or are gone.
    pub closed: Closed,
    admitted: AtomicU64,
    reading: tokio::sync::Mutex<()>,
}

impl Gate {
    /// A gate for the accounts with their epochs and the deleted messages that the store knows now.
    pub async fn load(keys: Keys, store: &Store) -> Result<Self> {
        let epochs = store.accounts().await?.into_iter().map(|account| (account.id, account.epoch)).collect();
        Ok(Self {
            keys,
            cache: RwLock::default(),
            epochs: RwLock::new(epochs),
            stopped: StoppedSet::load(store).await?,
            closed: Closed::load(store).await?,
            admitted: AtomicU64::new(0),
            reading: tokio::sync::Mutex::default(),
        })
    }

    /// How many pixels were let in so far: whoever works behind the answers stands back while they are many.
    pub fn admitted(&self) -> u64 {
        self.admitted.load(Ordering::Relaxed)
    }

    /// The keys behind the gate.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Learns of epochs that another process began.
    pub async fn reload_epochs(&self, store: &Store) -> Result<()> {
        for account in store.accounts().await? {
            self.set_epoch(account.id, account.epoch);
        }
        Ok(())
    }

    /// The account has come to this epoch. An epoch never goes back.
    pub fn set_epoch(&self, account: AccountId, epoch: u8) {
        self.epochs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(account)
            .and_modify(|known| *known = epoch.max(*known))
            .or_insert(epoch);
    }

    /// What a pixel's token is worth.
    pub async fn admit(&self, store: &Store, account: &str, token: &Token, now: Millis) -> Result<Admission> {
        self.know_ends(store, now).await;
        if let Some(admission) = self.at_once(account, token, now) {
            return Ok(admission);
        }
        match AccountId::parse(account) {
            Some(account) if store.is_registered(account, token.message).await? => Ok(Admission::Count(account)),
            _ => Ok(Admission::Refused),
        }
    }

    /// The same without a database. `None`: the token is good and of an epoch that is over, so that its message has to be looked
    /// up; or it has to be read whose tracking ends.
    pub fn admit_at_once(&self, account: &str, token: &Token, now: Millis) -> Option<Admission> {
        (now <= self.stopped.ends_known_until()).then(|| self.at_once(account, token, now))?
    }

    fn at_once(&self, account: &str, token: &Token, now: Millis) -> Option<Admission> {
        let Some(account) = self.signer(account, token, |key| token.verify(key)) else { return Some(Admission::Refused) };
        if self.closed.contains(account) || self.stopped.stops_now(account, token.message, HitKind::Open, now) {
            return Some(Admission::Stopped);
        }
        (!self.is_over(account, token.epoch)).then(|| {
            self.admitted.fetch_add(1, Ordering::Relaxed);
            Admission::Count(account)
        })
    }

    /// What a link is worth; `mac` signs `target`.
    pub async fn admit_click(
        &self,
        store: &Store,
        (account, token): (&str, &Token),
        (target, mac): (&str, &str),
        now: Millis,
    ) -> Result<Admission> {
        let signed = |key: &MintKey| waxwing_domain::address::verify_click(key, token, target, mac);
        let Some(account) = self.signer(account, token, signed) else { return Ok(Admission::Refused) };
        // Before looking whether it was deleted: anybody's id can be deleted, and what the links of a deleted message were
        // is erased with it.
        if self.is_over(account, token.epoch) && !store.has_link(account, token.message, target).await? {
            return Ok(Admission::Refused);
        }
        self.know_ends(store, now).await;
        if self.closed.contains(account) || self.stopped.stops_now(account, token.message, HitKind::Click, now) {
            return Ok(Admission::Stopped);
        }
        Ok(Admission::Count(account))
    }

    /// Whose message a recipient's link is about. `None`: it is not ours, or no longer. Links of an epoch that is over are good for
    /// messages that a device registered.
    pub async fn admit_recipient(&self, store: &Store, account: &str, token: &Token, mac: &str) -> Result<Option<AccountId>> {
        let signed = |key: &MintKey| waxwing_domain::address::verify_recipient(key, token, mac);
        let Some(account) = self.signer(account, token, signed) else { return Ok(None) };
        if self.is_over(account, token.epoch) && !store.is_registered(account, token.message).await? {
            return Ok(None);
        }
        Ok(Some(account))
    }

    /// Reads ahead whose tracking ends. What cannot be read now is read soon: no hit is lost for it.
    pub async fn know_ends(&self, store: &Store, now: Millis) {
        let known = self.stopped.ends_known_until();
        if now.saturating_add(AHEAD / 2) <= known {
            return;
        }
        let _alone = self.reading.lock().await;
        let known = self.stopped.ends_known_until();
        if now.saturating_add(AHEAD / 2) <= known {
            return;
        }
        let until = now.saturating_add(AHEAD);
        match store.ends(self.stopped.ends_read_until(), until).await {
            Ok(messages) => self.stopped.end(messages, until, now),
            Err(error) => {
                tracing::warn!(%error, "it could not be read whose tracking ends; tried again soon");
                self.stopped.go_on_until(now.saturating_add(AHEAD / 2 + AGAIN));
            }
        }
    }

    /// The account, when its key made what `good` looks at.
    fn signer(&self, account: &str, token: &Token, good: impl Fn(&MintKey) -> bool) -> Option<AccountId> {
        AccountId::parse(account).filter(|account| self.verify(*account, token.epoch, good))
    }

    /// Whether a newer epoch began. An account or an epoch that the database does not know is no reason to refuse: it may be
    /// older than the mail.
    fn is_over(&self, account: AccountId, epoch: u8) -> bool {
        self.epochs.read().unwrap_or_else(PoisonError::into_inner).get(&account).is_some_and(|current| epoch < *current)
    }

    /// Keys are cached only once they have verified something: made-up accounts fill nothing.
    fn verify(&self, account: AccountId, epoch: u8, good: impl Fn(&MintKey) -> bool) -> bool {
        if let Some(key) = self.cache.read().unwrap_or_else(PoisonError::into_inner).get(&(account, epoch)) {
            return good(key);
        }
        let key = self.keys.mint_key(account, epoch);
        if !good(&key) {
            return false;
        }
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MAX_CACHED_KEYS {
            cache.clear();
        }
        cache.insert((account, epoch), key);
        true
    }
}
