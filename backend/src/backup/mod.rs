//! Backups of a running backend, and moving house.
//!
//! ```text
//! make     the log's files, then the database of one moment ─ what the log has besides is put into it ─ counted ─ one archive
//! restore  the archive ─ checked ─ beside the target ─ counted again ─ into its place by a rename
//! moving   from one database into another, whatever their engines are
//! tables   what tables there are, their rows in pages, counts and checksums: the same on either engine
//! ```
//!
//! What must hold:
//! - Each hit that was answered before a backup began is in it. Neither requests nor writers wait for it.
//! - A backup that cannot be trusted is not restored: each file and each table is compared with what was counted when it was made.
//! - Nothing is overwritten: neither an archive, nor a database, nor a key.
//! - Keys are in an archive only where they were asked for, and an archive can be read by its owner only.

mod archive;
mod make;
mod manifest;
pub mod moving;
mod restore;
pub mod tables;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::entropy::{self, Entropy};
use crate::files;
use crate::secret_file::hex;
use crate::store::StoreError;
use crate::store::sql::Pool;

pub use make::{Source, make};
pub use manifest::Manifest;
pub use restore::{Target, restore};

/// Why there is no backup, or none was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is there already.
    #[error("{path} is there already: give another name", path = .0.display())]
    Exists(PathBuf),
    /// The folder is in use.
    #[error(
        "{path} holds {what}: a backup is restored into a folder that is new, or that holds nothing but keys and waxwing.toml",
        path = path.display()
    )]
    NotEmpty {
        /// Which folder.
        path: PathBuf,
        /// What is in it.
        what: String,
    },
    /// A file.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is something else.
    #[error("{path} is not a backup of Waxwing", path = .0.display())]
    Foreign(PathBuf),
    /// The file ends early.
    #[error("{path} is cut short: it was not copied as a whole. Take another copy", path = .0.display())]
    Cut(PathBuf),
    /// It was made by a later version.
    #[error("this backup was made by Waxwing {0}, which is newer: restore it with that version")]
    Newer(String),
    /// It does not hold what was put in.
    #[error("this backup is damaged: {0} is not what it was when the backup was made. Take another copy")]
    Damaged(String),
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, BackupError>;

fn io_at(path: &Path) -> impl Fn(io::Error) -> BackupError + '_ {
    |source| BackupError::Io { path: path.to_owned(), source }
}

/// A folder beside a path for what is not ready yet; gone when it is dropped.
#[derive(Debug)]
struct Beside(PathBuf);

impl Beside {
    fn make(path: &Path, entropy: &dyn Entropy) -> Result<Self> {
        let name: [u8; 8] = entropy::bytes(entropy).map_err(io_at(path))?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".partial-{}", hex(&name)));
        let beside = PathBuf::from(beside);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&beside).map_err(io_at(&beside))?;
        Ok(Self(beside))
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // What is left says by its name that it is of no use.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Counts all tables of a database that nobody writes to.
async fn sums(pool: &Pool) -> Result<BTreeMap<String, manifest::Counted>> {
    let mut sums = BTreeMap::new();
    for table in tables::list(pool).await? {
        let sum = table.sum(pool).await?;
        sums.insert(table.name, sum.into());
    }
    Ok(sums)
}

/// Fails where a closed database is more than its one file.
fn folded(database: &Path) -> Result<()> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    match std::fs::metadata(&log) {
        Ok(log) if log.len() > 0 => Err(StoreError::Failed("the database could not be folded into one file".to_owned()).into()),
        _ => Ok(()),
    }
}

/// Has the names in a folder on disk.
fn sync_folder(folder: &Path) -> Result<()> {
    files::sync_folder(folder).map_err(io_at(folder))
}
