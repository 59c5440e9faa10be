//! Accounts that are not used: suspended, restricted by their owner, about to be erased, or gone; or all of them, when an admin stopped the
//! backend. In memory, since every hit asks.
//!
//! What must hold: a hit of such an account is answered as ever and stored nowhere, its links go on leading where they lead, and nothing
//! is sent, put or read in its mailboxes by itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::account_id::AccountId;
use crate::store::{Result, Store};

/// See the file's head.
#[derive(Debug, Default)]
pub struct Closed {
    accounts: RwLock<HashMap<AccountId, bool>>,
    all: AtomicBool,
}

impl Closed {
    /// Those that a database knows.
    pub async fn load(store: &Store) -> Result<Self> {
        let closed = Self::default();
        closed.reload(store).await?;
        Ok(closed)
    }

    /// Learns what changed.
    pub async fn reload(&self, store: &Store) -> Result<()> {
        let now = store.closed_accounts().await?.into_iter().collect();
        let all = store.all_stopped_since().await?.is_some();
        self.all.store(all, Ordering::Relaxed);
        *self.accounts.write().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    /// Whether the account is not used.
    pub fn contains(&self, account: AccountId) -> bool {
        self.all() || self.of(account).is_some()
    }

    /// Whether an admin stopped the backend for everybody.
    pub fn all(&self) -> bool {
        self.all.load(Ordering::Relaxed)
    }

    /// Whether it is gone, or being erased: what still waits for the table of hits is dropped.
    pub fn is_gone(&self, account: AccountId) -> bool {
        self.of(account) == Some(true)
    }

    fn of(&self, account: AccountId) -> Option<bool> {
        let closed = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        if closed.is_empty() { None } else { closed.get(&account).copied() }
    }
}
