//! Wakes the event streams of an account. The events themselves stand in the database: a stream that is woken reads what is
//! new after the last one it sent, so nothing is lost between the two and nothing piles up for a slow reader.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::account_id::AccountId;

/// How many streams one account may hold open.
pub const MAX_STREAMS: usize = 32;

/// Who listens.
#[derive(Debug, Default)]
pub struct News {
    accounts: Mutex<HashMap<AccountId, Listeners>>,
}

#[derive(Debug)]
struct Listeners {
    newest: watch::Sender<i64>,
    count: usize,
}

/// One stream's ear. Dropping it makes room for another.
#[derive(Debug)]
pub struct Subscription {
    news: Arc<News>,
    account: AccountId,
    newest: watch::Receiver<i64>,
}

impl News {
    /// Tells the streams of an account that there is an event.
    pub fn publish(&self, account: AccountId, event: i64) {
        if let Some(listeners) = self.lock().get(&account) {
            listeners.newest.send_if_modified(|newest| {
                let newer = event > *newest;
                *newest = event.max(*newest);
                newer
            });
        }
    }

    /// Has all streams look: something may have been missed.
    pub fn wake_all(&self) {
        for listeners in self.lock().values() {
            listeners.newest.send_modify(|_| {});
        }
    }

    /// Listens. `None` when the account holds too many streams open already.
    pub fn subscribe(self: &Arc<Self>, account: AccountId) -> Option<Subscription> {
        let mut accounts = self.lock();
        let listeners = accounts.entry(account).or_insert_with(|| Listeners { newest: watch::channel(0).0, count: 0 });
        if listeners.count >= MAX_STREAMS {
            return None;
        }
        listeners.count += 1;
        let newest = listeners.newest.subscribe();
        Some(Subscription { news: Arc::clone(self), account, newest })
    }

    /// How many streams listen, of all accounts.
    pub fn streams(&self) -> usize {
        self.lock().values().map(|listeners| listeners.count).sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Listeners>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Returns when something was published since the last call.
    pub async fn changed(&mut self) {
        // The sender lives in the entry that this subscription keeps alive.
        if self.newest.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut accounts = self.news.lock();
        if let Some(listeners) = accounts.get_mut(&self.account) {
            listeners.count -= 1;
            if listeners.count == 0 {
                accounts.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_account_is_woken_and_places_come_free() {
        let news = Arc::new(News::default());
        let (a, b) = (AccountId::parse("aaaaaa").unwrap(), AccountId::parse("bbbbbb").unwrap());
        let mut mine = news.subscribe(a).unwrap();
        let others: Vec<_> = (1..MAX_STREAMS).map(|_| news.subscribe(a).unwrap()).collect();
        assert!(news.subscribe(a).is_none());
        assert!(news.subscribe(b).is_some());
        news.publish(b, 1);
        assert!(!mine.newest.has_changed().unwrap());
        news.publish(a, 2);
        mine.changed().await;
        drop(others);
        assert!(news.subscribe(a).is_some());
        assert_eq!(news.streams(), 1);
        drop(mine);
        assert_eq!(news.streams(), 0);
        assert!(news.lock().is_empty());
    }
}
