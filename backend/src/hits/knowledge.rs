//! What hits are judged by just now: the lists, and the number under which they and the rules are known to the database.
//!
//! What must hold: lists that cannot be read change nothing while the backend runs. When it starts on such a file, it judges
//! new hits by what stands in the code and leaves the old verdicts alone ([`Knowledge::whole`]): they were made by more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use waxwing_domain::verdict::{Lists, RULES_VERSION};
use waxwing_protocol::Millis;

use crate::lists::{self, ListsError, StoredSet};
use crate::store::{Result, Store};

/// Knowledge, and its number. Cloning it costs next to nothing.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// The lists.
    pub lists: Arc<Lists>,
    /// The row of the table `knowledge`: grows with each change of rules or lists, 1 or more.
    pub number: i64,
    /// False when the stored lists could not be read and these are what stands in the code.
    pub whole: bool,
}

/// The knowledge in force, shared by all who judge.
#[derive(Debug)]
pub struct InForce {
    data_dir: PathBuf,
    current: RwLock<Knowledge>,
    seen: Mutex<Seen>,
}

/// What was last seen of the file.
#[derive(Debug, Default)]
struct Seen {
    /// The file that was read, right or wrong.
    stamp: Option<Stamp>,
    /// What was last wrong with it, so that it is told once.
    trouble: Option<String>,
}

/// Tells one state of the file from another without reading it; all empty when there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    /// Where files have numbers: a file that takes the place of another has its own.
    inode: u64,
}

impl InForce {
    /// Reads the stored lists of this data folder.
    pub async fn load(store: &Store, data_dir: &Path, now: Millis) -> Result<Self> {
        let mut seen = Seen::default();
        let (stored, whole) = match read(data_dir, &mut seen).await {
            Ok(Some(lists)) => (lists, true),
            Ok(None) => (Lists::built_in(), true),
            Err(()) => (Lists::built_in(), false),
        };
        let number = store.knowledge_number(RULES_VERSION, stored.version(), now).await?;
        let current = RwLock::new(Knowledge { lists: Arc::new(stored), number, whole });
        Ok(Self { data_dir: data_dir.to_owned(), current, seen: Mutex::new(seen) })
    }

    /// What is in force now.
    pub fn current(&self) -> Knowledge {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks whether the stored lists changed, and takes them over. True when verdicts may be made anew by it.
    pub async fn reload(&self, store: &Store, now: Millis) -> Result<bool> {
        // One at a time: of two that read, the later to finish may have read the older file.
        let mut seen = self.seen.lock().await;
        let before = seen.stamp;
        let Ok(Some(lists)) = read(&self.data_dir, &mut seen).await else { return Ok(false) };
        let number = match store.knowledge_number(RULES_VERSION, lists.version(), now).await {
            Ok(number) => number,
            Err(error) => {
                // Nothing was taken over: look at the same file again.
                seen.stamp = before;
                return Err(error);
            }
        };
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let news = (number, true) != (current.number, current.whole);
        // Also when only their age changed: it weighs in what is judged from now on.
        *current = Knowledge { lists: Arc::new(lists), number, whole: true };
        drop(current);
        tracing::info!(number, "the lists of addresses were read");
        Ok(news)
    }
}

/// The lists of the file, when it is another than was seen last. What is wrong with it is told, once.
async fn read(data_dir: &Path, seen: &mut Seen) -> std::result::Result<Option<Lists>, ()> {
    let data_dir = data_dir.to_owned();
    let before = seen.stamp;
    let job = spawn_blocking(move || {
        let path = lists::path(&data_dir);
        // Before it is read: a file that changes meanwhile is looked at again next time.
        let stamp = match Stamp::of(&path) {
            Ok(stamp) => stamp,
            Err(source) => return (None, Err(ListsError::Read { path, source })),
        };
        if before == Some(stamp) {
            return (Some(stamp), Ok(None));
        }
        let sets = lists::load(&data_dir);
        (Some(stamp), sets.map(|sets| Some(Lists::new(&sets.into_iter().map(StoredSet::into_ranges).collect::<Vec<_>>()))))
    });
    let (stamp, result) = match job.await {
        Ok(done) => done,
        // It panicked, which no file may bring about; the lists in force stay.
        Err(error) => return trouble(seen, error.to_string()),
    };
    match result {
        Ok(lists) => {
            seen.stamp = stamp;
            if lists.is_some() {
                seen.trouble = None;
            }
            Ok(lists)
        }
        Err(error) => {
            // What could not be read may be readable in a minute; what is wrong stays wrong until the file changes.
            seen.stamp = stamp.filter(|_| !matches!(error, ListsError::Read { .. }));
            trouble(seen, error.to_string())
        }
    }
}

fn trouble(seen: &mut Seen, what: String) -> std::result::Result<Option<Lists>, ()> {
    if seen.trouble.as_ref() != Some(&what) {
        tracing::warn!(error = %what, "the lists of addresses cannot be used; those in force stay. See: waxwing lists show");
        seen.trouble = Some(what);
    }
    Err(())
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&meta);
        #[cfg(not(unix))]
        let inode = 0;
        Ok(Self { modified: meta.modified().ok(), length: meta.len(), inode })
    }
}
