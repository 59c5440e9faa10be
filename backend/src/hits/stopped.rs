//! The messages whose hits are answered and stored nowhere, in memory, so that the hot path asks no database.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use uuid::Uuid;

use crate::account_id::AccountId;

/// A set of messages. A message is the pair of account and id.
#[derive(Debug, Default)]
pub struct StoppedSet(RwLock<HashSet<(AccountId, Uuid)>>);

impl StoppedSet {
    /// The set of these.
    pub fn new(messages: impl IntoIterator<Item = (AccountId, Uuid)>) -> Self {
        Self(RwLock::new(messages.into_iter().collect()))
    }

    /// True when hits of this message are not stored.
    pub fn contains(&self, account: AccountId, message: Uuid) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&(account, message))
    }

    /// Stops a message.
    pub fn insert(&self, account: AccountId, message: Uuid) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert((account, message));
    }

    /// Takes a message out again: the deletion did not reach the disk.
    pub fn remove(&self, account: AccountId, message: Uuid) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&(account, message));
    }
}
