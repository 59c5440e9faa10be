//! Whether a hit counts: decided from the token alone, without a database, but for tokens of an epoch that is over.
//!
//! What must hold: a token that this backend did not mint never counts, and whoever asks cannot tell from the answer. After a
//! device was revoked its epoch is over: whoever holds the device's key could go on minting, so tokens of an older epoch
//! count only for messages that a device registered, and their links are followed only where a registered link goes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use waxwing_domain::token::{MintKey, Token};

use super::stopped::StoppedSet;
use crate::account_id::AccountId;
use crate::keys::Keys;
use crate::store::{Result, Store};

/// More keys than any honest backend has accounts and epochs: then the cache starts anew.
const MAX_CACHED_KEYS: usize = 10_000;

/// What a token is worth.
#[derive(Debug, Clone)]
pub enum Admission {
    /// Store the hit.
    Count(AccountId),
    /// It is ours, but the message was deleted: answer the same and store nothing.
    Stopped,
    /// It is not ours, or no longer: answer the same and store nothing; follow no link.
    Refused,
}

/// Checks tokens.
#[derive(Debug)]
pub struct Gate {
    keys: Keys,
    cache: RwLock<HashMap<(AccountId, u8), Arc<MintKey>>>,
    epochs: RwLock<HashMap<AccountId, u8>>,
    /// The messages that were deleted.
    pub stopped: StoppedSet,
}

impl Gate {
    /// A gate for the accounts with their epochs and the deleted messages that the store knows now.
    pub async fn load(keys: Keys, store: &Store) -> Result<Self> {
        let epochs = store.accounts().await?.into_iter().map(|account| (account.id, account.epoch)).collect();
        Ok(Self {
            keys,
            cache: RwLock::default(),
            epochs: RwLock::new(epochs),
            stopped: StoppedSet::new(store.stopped().await?),
        })
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
    pub async fn admit(&self, store: &Store, account: &str, token: &Token) -> Result<Admission> {
        let Some(account) = self.signer(account, token, |key| token.verify(key)) else { return Ok(Admission::Refused) };
        if self.stopped.contains(account, token.message) {
            return Ok(Admission::Stopped);
        }
        if self.is_over(account, token.epoch) && !store.is_registered(account, token.message).await? {
            return Ok(Admission::Refused);
        }
        Ok(Admission::Count(account))
    }

    /// What a link is worth; `mac` signs `target`.
    pub async fn admit_click(&self, store: &Store, account: &str, token: &Token, target: &str, mac: &str) -> Result<Admission> {
        let signed = |key: &MintKey| waxwing_domain::address::verify_click(key, token, target, mac);
        let Some(account) = self.signer(account, token, signed) else { return Ok(Admission::Refused) };
        // Before looking whether it was deleted: anybody's id can be deleted, and what the links of a deleted message were
        // is erased with it.
        if self.is_over(account, token.epoch) && !store.has_link(account, token.message, target).await? {
            return Ok(Admission::Refused);
        }
        if self.stopped.contains(account, token.message) {
            return Ok(Admission::Stopped);
        }
        Ok(Admission::Count(account))
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
        let cached = self.cache.read().unwrap_or_else(PoisonError::into_inner).get(&(account, epoch)).cloned();
        if let Some(key) = cached {
            return good(&key);
        }
        let key = self.keys.mint_key(account, epoch);
        if !good(&key) {
            return false;
        }
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MAX_CACHED_KEYS {
            cache.clear();
        }
        cache.insert((account, epoch), Arc::new(key));
        true
    }
}
