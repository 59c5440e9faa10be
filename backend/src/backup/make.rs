//! Makes a backup, beside a backend that runs or of one that does not.
//!
//! The log's files are copied first and the database of one moment after it: whatever was answered before is in the one or in the
//! other, since a hit leaves the log only when the database has it. The two are put together in the copy.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use waxwing_protocol::Millis;

use super::archive::{self, member};
use super::manifest::{Counted, Manifest};
use super::{BackupError, Beside, Result, folded, io_at, sums, sync_folder};
use crate::entropy::Entropy;
use crate::files::folder_of;
use crate::hits::log;
use crate::hits::stopped::StoppedSet;
use crate::keys::MINT_ROOT_FILE;
use crate::seal::MASTER_KEY_FILE;
use crate::store::{DATABASE_FILE, Database, Options, Store, StoreError, hits, sql};

/// So many hits of the log are put into the copy at once.
const BATCH: usize = 1_000;

/// What is backed up.
#[derive(Debug)]
pub struct Source {
    /// How the database is opened; it is a file.
    pub options: Options,
    /// Where it is.
    pub database: PathBuf,
    /// Where log and keys are.
    pub data_dir: PathBuf,
    /// Mint root and master key too.
    pub with_keys: bool,
}

/// Makes a backup into a new file, and gives what is in it. `say` is told what is being done.
pub async fn make(
    source: &Source,
    to: &Path,
    now: Millis,
    entropy: &dyn Entropy,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Manifest> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    if !source.database.exists() {
        return Err(StoreError::Missing(source.database.clone()).into());
    }
    let work = Beside::make(to, entropy)?;
    let copied_log = work.join(log::FOLDER);
    say("copying the log of hits");
    copy_log(&source.data_dir.join(log::FOLDER), &copied_log)?;
    say("copying the database of this moment");
    let database = work.join(DATABASE_FILE);
    snapshot(&source.database, &database).await?;

    say("counting");
    let options = Options { database: Database::File(database.clone()), ..source.options.clone() };
    let store = Store::open(&options).await?;
    let counted = count(&store, &copied_log).await;
    // Folds what was just written into the file.
    store.close().await;
    let tables = counted?;
    folded(&database)?;

    let mut paths = vec![database];
    let mut names = vec![DATABASE_FILE];
    for key in [MINT_ROOT_FILE, MASTER_KEY_FILE] {
        let path = source.data_dir.join(key);
        // A master key may come from the environment: then there is no file.
        if source.with_keys && path.exists() {
            paths.push(path);
            names.push(key);
        }
    }
    let files = names.iter().zip(&paths).map(|(name, path)| member(name, path)).collect::<Result<_>>()?;
    let mut manifest = Manifest::new(now, files, tables);
    say("writing the archive");
    let archive = work.join("archive");
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    archive::write(&archive, &mut manifest, &paths)?;
    // Fails when somebody was first: nothing is overwritten.
    fs::hard_link(&archive, to).map_err(io_at(to))?;
    sync_folder(folder_of(to))?;
    Ok(manifest)
}

/// Copies the log's files as they are now. Held no longer than that, so that a running backend never waits for a segment.
fn copy_log(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to).map_err(io_at(to))?;
    if !from.is_dir() {
        return Ok(());
    }
    let Some(_held) = log::read::hold(from).map_err(io_at(from))? else { return Ok(()) };
    for segment in log::segment::list(from).map_err(io_at(from))? {
        let name = segment.path.file_name().unwrap_or_default();
        fs::copy(&segment.path, to.join(name)).map_err(io_at(&segment.path))?;
    }
    Ok(())
}

/// The database as it is at this moment, in a file of its own. Those who write do not wait for it.
async fn snapshot(from: &Path, to: &Path) -> Result<()> {
    let failed = |error: sqlx::Error| BackupError::from(StoreError::from(error));
    let connect = SqliteConnectOptions::new().filename(from).create_if_missing(false).disable_statement_logging();
    let text = to.to_str().ok_or_else(|| StoreError::Failed("the path of the backup is not UTF-8".to_owned()))?;
    let mut connection = connect.connect().await.map_err(failed)?;
    let copied = sqlx::query("VACUUM INTO ?").bind(text).execute(&mut connection).await.map_err(failed);
    connection.close().await.map_err(failed)?;
    copied?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(io_at(to))
}

/// Puts what only the log has into the copy, and counts all tables.
async fn count(store: &Store, log: &Path) -> Result<BTreeMap<String, Counted>> {
    let mut tx = store.snapshot().await?;
    let positions = store.log_positions(&mut tx).await?;
    tx.cancel().await?;
    let mut rest = Vec::new();
    if let Some(held) = log::read::hold(log).map_err(io_at(log))? {
        held.rest(&positions, |hit| rest.push(hit)).map_err(io_at(log))?;
    }
    // What was deleted since stays empty, as it does when a backend moves its log.
    let stopped = StoppedSet::load(store).await?;
    rest.retain(|hit| !stopped.stops(hit.account, hit.message, hit.kind));
    for batch in rest.chunks(BATCH) {
        let mut tx = store.write().await?;
        hits::append(&mut tx, batch.iter()).await?;
        tx.commit().await?;
    }
    // The logs stay where they were: whatever begins with this database begins a log of its own.
    let mut tx = store.write().await?;
    sql::query("DELETE FROM log_positions").execute(&mut *tx).await.map_err(StoreError::from)?;
    tx.commit().await?;
    sums(store.read()).await
}
