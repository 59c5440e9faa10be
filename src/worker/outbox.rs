//! What waits for the backend's acknowledgement: one key an entry in `chrome.storage.local`.
//!
//! What must hold:
//! - An entry, once written, is only ever removed after the backend's answer, or by the user's word. Updates are further
//!   entries; those of one message are made one when they are sent. So nobody who writes (content scripts write too) can
//!   undo another's write.
//! - Only the worker changes or removes entries, one at a time through the gate.
//! - The key's digits give the order. They are the clock's milliseconds, but never smaller than what already waits: a clock
//!   that is set back changes no order.
//! - An entry that cannot be read (a newer version wrote it) stays where it is and holds nobody up.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::PutMessage;
use waxwing_protocol::page::{OutboxEntry, OutboxTask, Parked, key};

use super::gate::Gate;
use crate::chrome::ApiError;
use crate::chrome::storage::{Storage, Values};

/// All of `chrome.storage.local` holds 10 MB (10,485,760 bytes). Beyond this many bytes no mail is taken in, so that the rest
/// still has room.
pub(super) const FULL: u64 = 9_000_000;

/// An entry under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept<T> {
    /// The whole key.
    pub(super) name: String,
    /// What it is about, from the key: [`OutboxTask::mail`].
    pub(super) id: Uuid,
    /// The entry.
    pub(super) entry: T,
}

/// The outbox in a storage.
#[derive(Debug)]
pub(super) struct Outbox<'a, S> {
    store: &'a S,
    gate: &'a Gate,
}

impl<'a, S: Storage> Outbox<'a, S> {
    /// The outbox in this storage. The gate must be the same for all who change it.
    pub(super) fn new(store: &'a S, gate: &'a Gate) -> Self {
        Self { store, gate }
    }

    /// What waits, oldest first.
    pub(super) async fn waiting(&self) -> Result<Vec<Kept<OutboxEntry>>, ApiError> {
        self.kept(key::OUTBOX).await
    }

    /// What was refused for good, oldest first.
    pub(super) async fn parked(&self) -> Result<Vec<Kept<Parked>>, ApiError> {
        self.kept(key::PARKED).await
    }

    /// Whether there is no room for more.
    pub(super) async fn is_full(&self) -> Result<bool, ApiError> {
        Ok(self.store.bytes_in_use().await? > FULL)
    }

    /// Takes in a mail that was sent, or more that was learnt of it. The same again changes nothing. When there is no room,
    /// [`ApiError::QuotaExceeded`].
    pub(super) async fn put(&self, id: Uuid, message: &PutMessage, account: &str, now: Millis) -> Result<(), ApiError> {
        let _pass = self.gate.enter().await;
        let waiting = self.waiting().await?;
        let known = |kept: &Kept<OutboxEntry>| matches!(&kept.entry.task, OutboxTask::Put { id: own, message: have } if *own == id && have == message);
        if waiting.iter().any(known) {
            return Ok(());
        }
        if self.is_full().await? {
            return Err(ApiError::QuotaExceeded);
        }
        self.append(OutboxTask::Put { id, message: message.clone() }, account, now).await
    }

    /// Forgets a mail: what waits for it goes, and a deletion is queued, since the backend may have it already.
    pub(super) async fn delete(&self, id: Uuid, account: &str, now: Millis) -> Result<(), ApiError> {
        let _pass = self.gate.enter().await;
        let of_it = |name: &String| {
            read_name(key::OUTBOX, name).or_else(|| read_name(key::PARKED, name)).is_some_and(|(_, own)| own == id)
        };
        let names: Vec<String> = self.store.names().await?.into_iter().filter(of_it).collect();
        // First the deletion, then the rest: ended in between, both are there, in this order.
        self.append(OutboxTask::Delete { id }, account, now).await?;
        self.store.remove(&names).await
    }

    /// The backend has them.
    pub(super) async fn acknowledge(&self, names: &[String]) -> Result<(), ApiError> {
        let _pass = self.gate.enter().await;
        self.store.remove(names).await
    }

    /// They failed and wait until an instant.
    pub(super) async fn postpone(&self, names: &[String], attempts: u32, next_at: Millis) -> Result<(), ApiError> {
        let _pass = self.gate.enter().await;
        let mut changed = Values::new();
        // What was removed meanwhile (undone) stays removed.
        for (name, value) in self.store.read(names).await? {
            if let Ok(entry) = serde_json::from_value::<OutboxEntry>(value) {
                changed.insert(name, json(&OutboxEntry { attempts, next_at, ..entry })?);
            }
        }
        self.store.write(changed).await
    }

    /// They were refused for good: put aside, never dropped.
    pub(super) async fn park(&self, names: &[String], status: u16, now: Millis) -> Result<(), ApiError> {
        let _pass = self.gate.enter().await;
        let mut parked = Values::new();
        for (name, value) in self.store.read(names).await? {
            if let (Ok(entry), Some(rest)) = (serde_json::from_value(value), name.strip_prefix(key::OUTBOX)) {
                parked.insert(format!("{}{rest}", key::PARKED), json(&Parked { entry, status, at: now })?);
            }
        }
        self.store.write(parked).await?;
        self.store.remove(names).await
    }

    /// Gives what was refused for good another chance, in its old order.
    pub(super) async fn unpark(&self) -> Result<(), ApiError> {
        let _pass = self.gate.enter().await;
        for Kept { name, entry, .. } in self.parked().await? {
            if let Some(rest) = name.strip_prefix(key::PARKED) {
                let entry = OutboxEntry { attempts: 0, next_at: 0, ..entry.entry };
                self.store.set(&format!("{}{rest}", key::OUTBOX), &entry).await?;
            }
            self.store.unset(&name).await?;
        }
        Ok(())
    }

    async fn append(&self, task: OutboxTask, account: &str, now: Millis) -> Result<(), ApiError> {
        let names = self.store.names().await?;
        let last = names
            .iter()
            .filter_map(|name| read_name(key::OUTBOX, name).or_else(|| read_name(key::PARKED, name)))
            .map(|(order, _)| order)
            .max();
        let order = last.map_or(0, |last| last.saturating_add(1)).max(u64::try_from(now).unwrap_or(0));
        let id = task.mail();
        let entry = OutboxEntry { task, queued_at: now, attempts: 0, next_at: 0, account: account.to_owned() };
        self.store.set(&format!("{}{order:020}:{id}", key::OUTBOX), &entry).await
    }

    async fn kept<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<Kept<T>>, ApiError> {
        let names: Vec<String> =
            self.store.names().await?.into_iter().filter(|name| read_name(prefix, name).is_some()).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut kept: Vec<Kept<T>> = self
            .store
            .read(&names)
            .await?
            .into_iter()
            .filter_map(|(name, value)| {
                let (_, id) = read_name(prefix, &name)?;
                Some(Kept { entry: serde_json::from_value(value).ok()?, name, id })
            })
            .collect();
        kept.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(kept)
    }
}

/// Whose the entries are, by their keys: an entry's account never changes, so each is read once.
#[derive(Debug, Default)]
pub(super) struct Owners {
    gate: Gate,
    known: RefCell<BTreeMap<String, String>>,
}

impl Owners {
    /// How many entries wait and how many were refused, of one account or of all. Cheap, however many there are: pages ask at
    /// every change.
    pub(super) async fn count<S: Storage>(&self, store: &S, account: Option<&str>) -> Result<(u32, u32), ApiError> {
        // One after the other: the first reads, the rest find it known.
        let _pass = self.gate.enter().await;
        let is_entry = |name: &String| read_name(key::OUTBOX, name).or_else(|| read_name(key::PARKED, name)).is_some();
        let names: Vec<String> = store.names().await?.into_iter().filter(is_entry).collect();
        let present: BTreeSet<&String> = names.iter().collect();
        self.known.borrow_mut().retain(|name, _| present.contains(name));
        let new: Vec<String> = names.iter().filter(|name| !self.known.borrow().contains_key(*name)).cloned().collect();
        if !new.is_empty() {
            for (name, value) in store.read(&new).await? {
                let entry = value.get("entry").unwrap_or(&value);
                // One that cannot be read is nobody's, and waits with everybody's.
                let owner = entry.get("account").and_then(Value::as_str).unwrap_or_default();
                self.known.borrow_mut().insert(name, owner.to_owned());
            }
        }
        let known = self.known.borrow();
        let count = |prefix: &str| {
            let is_own = |owner: &String| account.is_none_or(|account| owner.is_empty() || owner == account);
            let own = known.iter().filter(|(name, owner)| name.starts_with(prefix) && is_own(owner)).count();
            u32::try_from(own).unwrap_or(u32::MAX)
        };
        Ok((count(key::OUTBOX), count(key::PARKED)))
    }
}

/// Order and message of a key of the form `prefix<20 digits>:<id>`.
fn read_name(prefix: &str, name: &str) -> Option<(u64, Uuid)> {
    let (order, id) = name.strip_prefix(prefix)?.split_once(':')?;
    let digits = order.len() == 20 && order.bytes().all(|b| b.is_ascii_digit());
    Some((order.parse().ok().filter(|_| digits)?, id.parse().ok()?))
}

fn json<T: serde::Serialize>(value: &T) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::Form(error.to_string()))
}
