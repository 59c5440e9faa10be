//! `waxwing restore`: a backup into a data folder that is new, checked from end to end.

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::backup::{file, holds, say};
use super::{CliError, Context};
use crate::backup::{Target, restore};
use crate::consent::kept;
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

/// What a database that is older is told by the lists beside it; `None`: there is no such list, or no key to read it by.
#[derive(Default)]
struct Told {
    erased: Option<usize>,
    refused: Option<usize>,
}

async fn tell_again(context: &Context) -> Result<Told, CliError> {
    let (dir, mut told) = (&context.data_dir, Told::default());
    if !dir.join(MINT_ROOT_FILE).exists() {
        return Ok(told);
    }
    let (store, keys) = (context.open_existing().await?, Keys::load(dir)?);
    if dir.join(list::FILE).exists() {
        let work = Work { store: &store, keys: &keys, data_dir: dir, app: None };
        told.erased = Some(erase::again(&work, context.clock.now()).await?);
    }
    if dir.join(kept::FILE).exists() {
        told.refused = Some(kept::again(&store, dir).await?);
    }
    store.close().await;
    Ok(told)
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    context.create_data_dir()?;
    let options = context.store_options()?;
    let database = file(&options)?;
    let target = Target { options, database, data_dir: context.data_dir.clone() };
    let (manifest, held) = restore(&args.from, &target, context.entropy.as_ref(), context.clock.now(), &say).await?;
    let told = tell_again(context).await?;
    let mut err = io::stderr().lock();
    if let Some(erased) = told.erased {
        let _ = writeln!(err, "{erased} erasures that are younger than this backup were done again, by {}", list::FILE);
    }
    if let Some(refused) = told.refused {
        let _ =
            writeln!(err, "{refused} refusals of recipients that are younger than this backup hold again, by {}", kept::FILE);
    }
    let missing: Vec<_> = [(told.erased, list::FILE, "was erased"), (told.refused, kept::FILE, "recipients refused")]
        .into_iter()
        .filter(|(told, ..)| told.is_none())
        .collect();
    if !missing.is_empty() {
        let (files, what): (Vec<_>, Vec<_>) = missing.into_iter().map(|(_, file, what)| (file, what)).unzip();
        let _ = writeln!(
            err,
            "It does not know what {} since it was made: put {} of the folder that it came from into {}, with {MINT_ROOT_FILE}, and run \
             `waxwing erase --again` before you start it.",
            what.join(", and what "),
            files.join(" and "),
            context.data_dir.display()
        );
    }
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
