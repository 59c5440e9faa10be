//! Pixels that are fetched, and what must have become of them: each that was answered is stored once, and none twice.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use sqlx::Row as _;
use tokio::task::JoinHandle;
use uuid::Uuid;
use waxwing_domain::address::parse_pixel_path;

use crate::node::{client, until};
use crate::postgres::Postgres;

/// Fetches that go on at once at each backend.
const CONNECTIONS: usize = 8;

/// How often: the first number, and with `WAXWING_LONG` the second.
pub(crate) fn times((short, long): (usize, usize)) -> usize {
    if std::env::var_os("WAXWING_LONG").is_some() { long } else { short }
}

/// Fetches under way.
pub(crate) struct Load {
    tasks: Vec<JoinHandle<()>>,
    answered: Arc<Mutex<HashSet<Uuid>>>,
}

impl Load {
    /// Fetches each of these once, spread over backends.
    pub(crate) fn start(backends: &[&str], paths: &[String]) -> Self {
        let answered = Arc::new(Mutex::new(HashSet::new()));
        let share = paths.len().div_ceil(CONNECTIONS * backends.len());
        let tasks = paths
            .chunks(share)
            .enumerate()
            .map(|(n, part)| {
                let (base, part) = (backends[n % backends.len()].to_owned(), part.to_vec());
                tokio::spawn(fetch(base, part, Arc::clone(&answered)))
            })
            .collect();
        Self { tasks, answered }
    }

    /// How many were answered so far.
    pub(crate) fn count(&self) -> usize {
        self.answered.lock().unwrap().len()
    }

    /// Waits until so many were answered.
    pub(crate) async fn until(&self, count: usize) {
        until(&format!("{count} are answered"), async || (self.count() >= count).then_some(())).await;
    }

    /// Waits for all; those that were answered.
    pub(crate) async fn end(self) -> HashSet<Uuid> {
        for task in self.tasks {
            task.await.unwrap();
        }
        Arc::into_inner(self.answered).unwrap().into_inner().unwrap()
    }
}

async fn fetch(base: String, paths: Vec<String>, answered: Arc<Mutex<HashSet<Uuid>>>) {
    let client = client();
    for path in paths {
        let message = parse_pixel_path(&path).unwrap().1.message;
        // A backend that was killed answers none.
        if let Ok(answer) = client.get(format!("{base}{path}")).header("user-agent", "Mozilla/5.0 reader").send().await
            && answer.status() == 200
            && answer.bytes().await.is_ok()
        {
            answered.lock().unwrap().insert(message);
        }
    }
}

/// How often each message's hit is stored.
pub(crate) async fn stored(server: &Postgres) -> HashMap<Uuid, i64> {
    let mut connection = server.connect().await.unwrap();
    let rows = sqlx::query("SELECT message, COUNT(*) FROM hits GROUP BY message").fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Waits until all that were answered are in the table, and rolled up; and checks that none is there twice.
pub(crate) async fn all_once(server: &Postgres, answered: &HashSet<Uuid>) {
    let all = until("all are stored", async || {
        let stored = stored(server).await;
        answered.iter().all(|message| stored.contains_key(message)).then_some(stored)
    })
    .await;
    assert_eq!(all.values().filter(|count| **count != 1).count(), 0, "stored twice");
    // Folded once each: the totals say the same as the hits.
    let folded = "SELECT CAST(SUM(open_hits + click_hits + machine_hits + apple_hits + own_hits + unknown_hits) AS BIGINT) FROM activity";
    let count = i64::try_from(all.len()).unwrap();
    until("all are rolled up", async || {
        let (filed, folded) = (server.numbers("SELECT COUNT(*) FROM message_hits").await, server.numbers(folded).await);
        assert!(filed[0] <= count && folded[0] <= count, "{filed:?} filed and {folded:?} folded of {count}");
        (filed[0] == count && folded[0] == count).then_some(())
    })
    .await;
}
