//! A storage in memory.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use uuid::Uuid;

use super::give_way;
use crate::chrome::ApiError;
use crate::chrome::storage::{Storage, Values};
use crate::chrome::vault::Vault;

/// A storage that counts bytes as Chromium does: names and values as JSON.
#[derive(Debug, Default)]
pub(in crate::worker) struct Memory {
    pub values: RefCell<Values>,
    /// When set, every write fails for want of room.
    pub is_full: Cell<bool>,
    /// The names of each value that was written, in their order.
    pub written: RefCell<Vec<String>>,
    progress: RefCell<Rc<Cell<u64>>>,
}

impl Memory {
    pub(super) fn share(&self, progress: &Rc<Cell<u64>>) {
        *self.progress.borrow_mut() = Rc::clone(progress);
    }

    /// The names in use that begin so, in order.
    pub(in crate::worker) fn names_with(&self, prefix: &str) -> Vec<String> {
        self.values.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    /// How often a name was written.
    pub(in crate::worker) fn writes_of(&self, name: &str) -> usize {
        self.written.borrow().iter().filter(|written| *written == name).count()
    }

    async fn give_way(&self) {
        let progress = Rc::clone(&self.progress.borrow());
        give_way(&progress).await;
    }
}

impl Storage for Memory {
    async fn names(&self) -> Result<Vec<String>, ApiError> {
        self.give_way().await;
        let names = self.values.borrow().keys().cloned().collect();
        self.give_way().await;
        Ok(names)
    }

    async fn read(&self, names: &[String]) -> Result<Values, ApiError> {
        self.give_way().await;
        let values = {
            let values = self.values.borrow();
            names.iter().filter_map(|name| Some((name.clone(), values.get(name)?.clone()))).collect()
        };
        self.give_way().await;
        Ok(values)
    }

    async fn write(&self, values: Values) -> Result<(), ApiError> {
        self.give_way().await;
        if self.is_full.get() {
            return Err(ApiError::QuotaExceeded);
        }
        self.written.borrow_mut().extend(values.keys().cloned());
        self.values.borrow_mut().extend(values);
        self.give_way().await;
        Ok(())
    }

    async fn remove(&self, names: &[String]) -> Result<(), ApiError> {
        self.give_way().await;
        self.values.borrow_mut().retain(|name, _| !names.contains(name));
        self.give_way().await;
        Ok(())
    }

    async fn bytes_in_use(&self) -> Result<u64, ApiError> {
        let values = self.values.borrow();
        Ok(values.iter().map(|(name, value)| (name.len() + value.to_string().len()) as u64).sum())
    }
}

impl Vault for Memory {
    async fn token(&self, device: Uuid) -> Result<Option<String>, ApiError> {
        self.get(&device.to_string()).await
    }

    async fn keep(&self, device: Uuid, token: &str) -> Result<(), ApiError> {
        self.set(&device.to_string(), token).await
    }

    async fn forget_all_but(&self, device: Option<Uuid>) -> Result<(), ApiError> {
        let others = self.names().await?.into_iter().filter(|name| device.is_none_or(|device| *name != device.to_string()));
        self.remove(&others.collect::<Vec<_>>()).await
    }
}
