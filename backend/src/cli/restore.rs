//! `waxwing restore`: a backup into a data folder that is new, checked from end to end.

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::backup::{file, holds, say};
use super::{CliError, Context};
use crate::backup::{Target, restore};
use crate::keys::{Keys, MINT_ROOT_FILE};
use crate::rights::erase::{self, Work};
use crate::rights::list;
use crate::seal::MASTER_KEY_FILE;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file that `waxwing backup` made
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

/// Erases once more what the list says. `None`: there is no list, or no key to read it by.
async fn erase_again(context: &Context) -> Result<Option<usize>, CliError> {
    let dir = &context.data_dir;
    if !dir.join(list::FILE).exists() || !dir.join(MINT_ROOT_FILE).exists() {
        return Ok(None);
    }
    let (store, keys) = (context.open_existing().await?, Keys::load(dir)?);
    let work = Work { store: &store, keys: &keys, data_dir: dir, app: None };
    let erased = erase::again(&work, context.clock.now()).await?;
    store.close().await;
    Ok(Some(erased))
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    context.create_data_dir()?;
    let options = context.store_options()?;
    let database = file(&options)?;
    let target = Target { options, database, data_dir: context.data_dir.clone() };
    let (manifest, held) = restore(&args.from, &target, context.entropy.as_ref(), context.clock.now(), &say).await?;
    let erased = erase_again(context).await?;
    let mut err = io::stderr().lock();
    let _ = match erased {
        Some(erased) => writeln!(err, "{erased} erasures that are younger than this backup were done again, by {}", list::FILE),
        None => writeln!(
            err,
            "What was erased since this backup was made is in it: put {} of the folder that it came from into {}, with {MINT_ROOT_FILE}, and \
             run `waxwing erase --again` before you start it.",
            list::FILE,
            context.data_dir.display()
        ),
    };
    let _ = writeln!(err, "{}: {}, compared with what was counted", target.database.display(), holds(&manifest));
    let missing: Vec<_> =
        [MINT_ROOT_FILE, MASTER_KEY_FILE].into_iter().filter(|key| !target.data_dir.join(key).exists()).collect();
    if !missing.is_empty() {
        let _ = writeln!(err, "Put {} into {} before you start it.", missing.join(" and "), target.data_dir.display());
    }
    if held > 0 {
        let _ = writeln!(
            err,
            "Mails that were due since this backup was made, and may have left: {held}. They are held, and not sent until their senders say so."
        );
    }
    let _ = writeln!(
        err,
        "It does not know what was sent since: read \"Backup\" in docs/DEPLOY.md before you start it where mails go out later."
    );
    Ok(())
}
