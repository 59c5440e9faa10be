//! Restores a backup into a data folder that is new.
//!
//! Everything is unpacked and checked in a folder beside the target, and comes into its place by renames, the database last: cut off
//! anywhere, there is no database, and the same command does it again.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use waxwing_protocol::Millis;

use super::manifest::Manifest;
use super::{BackupError, Beside, archive, folded, io_at, sums, sync_folder};
use crate::config::CONFIG_FILE;
use crate::consent::kept;
use crate::entropy::Entropy;
use crate::files::folder_of;
use crate::jobs::act::hold_what_may_have_left;
use crate::keys::MINT_ROOT_FILE;
use crate::rights::list;
use crate::seal::MASTER_KEY_FILE;
use crate::store::sql::{self, Pool};
use crate::store::{DATABASE_FILE, Database, Options, Store};

/// Where a backup goes.
#[derive(Debug)]
pub struct Target {
    /// How the database is opened; it is a file.
    pub options: Options,
    /// Where it goes.
    pub database: PathBuf,
    /// Where keys go.
    pub data_dir: PathBuf,
}

/// Restores a backup, and gives what was in it, and how many mails are held because they may have left since. The data folder is there,
/// and empty but for keys and settings. `say` is told what is being done.
pub async fn restore(
    from: &Path,
    target: &Target,
    entropy: &dyn Entropy,
    now: Millis,
    say: &(dyn Fn(&str) + Sync),
) -> super::Result<(Manifest, usize)> {
    is_free(target)?;
    let work = Beside::make(&target.database, entropy)?;
    say("reading the archive");
    let manifest = archive::read(from, &work.0, &[DATABASE_FILE, MINT_ROOT_FILE, MASTER_KEY_FILE])?;
    if !manifest.has(DATABASE_FILE) {
        return Err(BackupError::Damaged(DATABASE_FILE.to_owned()));
    }
    let keys = [MINT_ROOT_FILE, MASTER_KEY_FILE].into_iter().filter(|key| manifest.has(key));
    let keys: Vec<_> = keys.map(|key| (work.join(key), target.data_dir.join(key))).collect();
    if let Some((_, there)) = keys.iter().find(|(_, there)| there.exists()) {
        return Err(BackupError::Exists(there.clone()));
    }

    say("comparing each table with what was counted");
    let database = work.join(DATABASE_FILE);
    let held = check(&manifest, target, &database, now).await?;

    for (key, there) in &keys {
        fs::hard_link(key, there).map_err(io_at(there))?;
    }
    // Fails when something is there by now, and appears whole.
    fs::hard_link(&database, &target.database).map_err(io_at(&target.database))?;
    sync_folder(&target.data_dir)?;
    sync_folder(folder_of(&target.database))?;
    Ok((manifest, held))
}

/// A folder with a past of its own would mix with what is restored.
fn is_free(target: &Target) -> super::Result<()> {
    let known = [MINT_ROOT_FILE, MASTER_KEY_FILE, CONFIG_FILE, list::FILE, kept::FILE];
    let dir = &target.data_dir;
    for entry in fs::read_dir(dir).map_err(io_at(dir))? {
        let name = entry.map_err(io_at(dir))?.file_name();
        if !known.iter().any(|known| name == *known) {
            return Err(BackupError::NotEmpty { path: dir.clone(), what: name.to_string_lossy().into_owned() });
        }
    }
    if target.database.exists() { Err(BackupError::Exists(target.database.clone())) } else { Ok(()) }
}

/// Compares what was unpacked, opens it, which brings an older version's tables up to date where that is needed, and holds mails that may
/// have left since it was made: before anything can take the database for its own. Gives how many.
async fn check(manifest: &Manifest, target: &Target, database: &Path, now: Millis) -> super::Result<usize> {
    let damaged = |_| BackupError::Damaged(DATABASE_FILE.to_owned());
    // Compared before anything of it is changed.
    let connect = SqliteConnectOptions::new().filename(database).create_if_missing(false).disable_statement_logging();
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(connect).await.map_err(damaged)?;
    let pool = Pool::Sqlite(pool);
    let whole: Result<String, _> = sql::query_scalar("PRAGMA quick_check(1)").fetch_one(&pool).await;
    let found = sums(&pool).await;
    pool.close().await;
    if whole.map_err(damaged)? != "ok" {
        return Err(BackupError::Damaged(DATABASE_FILE.to_owned()));
    }
    let found = found?;
    for (table, counted) in &manifest.tables {
        if found.get(table) != Some(counted) {
            return Err(BackupError::Damaged(format!("the table {table}")));
        }
    }
    if let Some(table) = found.keys().find(|table| !manifest.tables.contains_key(*table)) {
        return Err(BackupError::Damaged(format!("the table {table}")));
    }
    // Whether this version can use it is known now, and not when it is started.
    let options = Options { database: Database::File(database.to_owned()), ..target.options.clone() };
    let store = Store::open(&options).await?;
    let held = hold_what_may_have_left(&store, now).await;
    store.close().await;
    folded(database)?;
    Ok(held?)
}
