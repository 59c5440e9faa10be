//! `waxwing backup`: all that the database and the log of hits hold at this moment, in one file, beside a backend that runs or of
//! one that does not.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{CliError, Context};
use crate::backup::{Manifest, Source, make};
use crate::keys::MINT_ROOT_FILE;
use crate::seal::MASTER_KEY_FILE;
use crate::store::Options;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to make; one that is there already stays as it is
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Put mint.root and master.key in as well: whoever has the file can then read mailboxes and forge hits
    #[arg(long)]
    with_keys: bool,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let options = context.store_options()?.existing();
    let database = file(&options)?;
    let source = Source { options, database, data_dir: context.data_dir.clone(), with_keys: args.with_keys };
    let manifest = make(&source, &args.to, context.clock.now(), context.entropy.as_ref(), &say).await?;
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "{}: {}", args.to.display(), holds(&manifest));
    let keys: Vec<_> = [MINT_ROOT_FILE, MASTER_KEY_FILE].into_iter().filter(|key| manifest.has(key)).collect();
    let _ = if keys.is_empty() {
        writeln!(
            err,
            "It holds no keys. Keep a copy of {MINT_ROOT_FILE} and {MASTER_KEY_FILE} elsewhere: without the first the links in all \
             mails sent so far are dead, without the second mailboxes have to be connected again."
        )
    } else {
        writeln!(
            err,
            "It holds {} as they are: whoever has this file can use the mailboxes in it and forge hits. Keep it as you keep keys.",
            keys.join(" and ")
        )
    };
    Ok(())
}

/// Where the database is, which must be a file.
pub(super) fn file(options: &Options) -> Result<PathBuf, CliError> {
    options.file().map(Path::to_owned).ok_or_else(|| {
        let text = "this is for databases that are files: a server's is backed up with pg_dump, see docs/DEPLOY.md";
        CliError::Usage(text.to_owned())
    })
}

/// What is being done, for people.
pub(super) fn say(what: &str) {
    let _ = writeln!(io::stderr(), "{what} …");
}

/// `17 rows in 34 tables, of them 5 hits`.
pub(super) fn holds(manifest: &Manifest) -> String {
    let hits = manifest.tables.get("hits").map_or(0, |table| table.rows);
    format!("{} rows in {} tables, {hits} of them hits", manifest.rows(), manifest.tables.len())
}
