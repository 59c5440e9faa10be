//! Who holds leases: each engine has an id, and a file that it keeps locked for as long as it lives.
//!
//! The operating system gives the lock back when a process dies, however it dies. So leases of the dead are known at the next
//! start, without waiting for them to run out, and whatever the clock says. Of engines whose file is not here (another machine,
//! another data folder) nothing is known but when their leases run out.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Ids that are drawn before it is given up: the second time is one time too many already.
const TRIES: u32 = 16;

/// This engine.
#[derive(Debug)]
pub struct Owner {
    id: Uuid,
    dir: PathBuf,
    // Locked until it is dropped.
    _file: File,
}

/// What is known of another engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It runs.
    Alive,
    /// It does not run any more.
    Dead,
    /// Nothing is known here.
    Unknown,
}

impl Owner {
    /// A new engine with its file in `dir`, under an id that none there has.
    pub fn new(dir: &Path, mut draw: impl FnMut() -> io::Result<Uuid>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create_new(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut tries = 0;
        loop {
            let id = draw()?;
            match options.open(path(dir, id)) {
                Ok(file) => {
                    file.lock()?;
                    return Ok(Self { id, dir: dir.to_owned(), _file: file });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Its id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What is known of another one.
    pub fn life(&self, other: Uuid) -> Life {
        if other == self.id {
            return Life::Alive;
        }
        let Ok(file) = File::open(path(&self.dir, other)) else { return Life::Unknown };
        match file.try_lock() {
            Ok(()) => Life::Dead,
            Err(TryLockError::WouldBlock) => Life::Alive,
            Err(TryLockError::Error(_)) => Life::Unknown,
        }
    }

    /// Files of engines that are dead.
    pub fn dead(&self) -> Vec<Uuid> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().and_then(id_of))
            .filter(|id| self.life(*id) == Life::Dead)
            .collect()
    }

    /// Takes away the file of a dead engine that holds no leases any more.
    pub fn bury(&self, dead: Uuid) {
        let _ = fs::remove_file(path(&self.dir, dead));
    }
}

fn path(dir: &Path, id: Uuid) -> PathBuf {
    dir.join(format!("engine-{}.lock", id.simple()))
}

fn id_of(name: &str) -> Option<Uuid> {
    Uuid::try_parse(name.strip_prefix("engine-")?.strip_suffix(".lock")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_gone_is_known_to_be() {
        let dir = tempfile::tempdir().unwrap();
        let mut ids = [1, 1, 2].into_iter().map(Uuid::from_u128);
        let mut engine = || Owner::new(dir.path(), || ids.next().ok_or_else(|| io::Error::other("no more"))).unwrap();
        let (me, other) = (engine(), engine());
        assert_eq!((me.id(), other.id()), (Uuid::from_u128(1), Uuid::from_u128(2)));
        assert_eq!(me.life(other.id()), Life::Alive);
        assert_eq!(other.life(me.id()), Life::Alive);
        assert_eq!(me.life(Uuid::from_u128(3)), Life::Unknown);
        assert!(me.dead().is_empty());
        drop(other);
        assert_eq!(me.life(Uuid::from_u128(2)), Life::Dead);
        assert_eq!(me.dead(), [Uuid::from_u128(2)]);
        me.bury(Uuid::from_u128(2));
        assert_eq!(me.life(Uuid::from_u128(2)), Life::Unknown);
        assert_eq!(me.life(me.id()), Life::Alive);
    }
}
