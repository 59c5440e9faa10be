//! `waxwing migrate`: from a database that is a file into an empty one on a server. Nothing is changed in the file.

use std::io::{self, Write as _};
use std::path::Path;

use super::backup::say;
use super::{CliError, Context, serve};
use crate::backup::moving::move_all;
use crate::config::Secret;
use crate::hits::log;
use crate::store::{Options, Store};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The database to move, `sqlite://` and its path [default: the one in the data folder]
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The empty database to move into, `postgres://user@host/database`; with a password better in the environment
    #[arg(long, env = "WAXWING_MIGRATE_TO", value_name = "URL", hide_env_values = true)]
    to: Secret,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let from = Options::new(&context.data_dir, args.from.as_deref().or(context.database.as_deref()))?.existing();
    let to = Options::new(&context.data_dir, Some(args.to.reveal()))?;
    let Some(file) = from.file() else {
        return Err(CliError::Usage("--from is a database that is a file: sqlite:///path/to/waxwing.db".to_owned()));
    };
    if to.file().is_some() {
        let text = "--to is a database on a server: postgres://user@host/database. A file is moved with backup and restore";
        return Err(CliError::Usage(text.to_owned()));
    }
    // What is missing is said before any of its folders is made.
    let source = Store::open(&from).await?;
    // Held until it has moved: nobody writes into what is left behind.
    let _locks = [serve::lock(&context.data_dir.join("serve.lock"))?, serve::lock(&file.with_extension("serving"))?];
    is_drained(context, file, &source).await?;
    let target = Store::open(&Options { moving: true, ..to }).await?;
    let moved = move_all(&source, &target, &say).await;
    source.close().await;
    target.close().await;
    let moved = moved.map_err(|error| CliError::Failed(error.to_string()))?;
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "{} rows moved, all as they were ({} of them by an earlier try)", moved.rows, moved.before);
    let _ = writeln!(
        err,
        "From now on start `waxwing serve` with --database and the new address, on the same data folder: the keys stay in it. The old \
         file is as it was; put it away when all is well."
    );
    Ok(())
}

/// The logs of hits have nothing that the database does not have: that in the data folder, and that beside the file, which may lie in
/// the data folder of another backend.
async fn is_drained(context: &Context, file: &Path, source: &Store) -> Result<(), CliError> {
    let mut folders = vec![context.data_dir.join(log::FOLDER)];
    if let Some(beside) = file.parent() {
        folders.push(beside.join(log::FOLDER));
    }
    let mut tx = source.snapshot().await?;
    let positions = source.log_positions(&mut tx).await?;
    tx.cancel().await?;
    for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
        let Some(held) = log::read::hold(&folder)? else { continue };
        let found = held.rest(&positions, |_| {})?;
        if found.hits > 0 {
            return Err(CliError::Failed(format!(
                "{} hits are in the log {} and not in the database yet: start `waxwing serve` on that data folder and the file once \
                 more, stop it, then move",
                found.hits,
                folder.display()
            )));
        }
    }
    Ok(())
}
