//! `waxwing hits --set-aside`: what lies beside the log of hits, a JSON line for each file; and, with `--again`, the hits among it are
//! given to the database once more.
//!
//! What must hold: a hit gets into the table once, however often this is asked and wherever it is cut off: the database remembers it
//! in the transaction that stores it, and the file goes after that. What was deleted or refused since gets none.

use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use super::hits::Line;
use super::{CliError, Context, json, piped};
use crate::hits::log::FOLDER;
use crate::hits::log::aside::{self, Refused};
use crate::hits::stopped::StoppedSet;
use crate::store::hit_writers::{self, BatchId};
use crate::store::{self, Store, StoreError, hits, log};
use waxwing_protocol::Millis;

/// A file.
#[derive(Debug, Serialize)]
struct Aside<'a> {
    file: String,
    bytes: u64,
    /// `null`: bytes that could not be read.
    hit: Option<Line<'a>>,
}

/// Runs it.
pub(super) async fn run(context: &Context, store: &Store, again: bool) -> Result<(), CliError> {
    let found = aside::list(&context.data_dir.join(FOLDER))?;
    if again { try_again(store, &found, context.clock.now()).await } else { piped(print(store, &found).await?) }
}

async fn print(store: &Store, found: &[impl AsRef<Path>]) -> Result<io::Result<()>, CliError> {
    let accounts = store.accounts().await?;
    let mut out = io::stdout().lock();
    for path in found.iter().map(AsRef::as_ref) {
        let refused = aside::read(path)?;
        let hit = refused.as_ref().map(|refused| &refused.record.hit);
        let address = hit.map(|hit| hit.address.to_string()).unwrap_or_default();
        let name = |id| accounts.iter().find(|account| account.id == id).map(|account| account.name.as_str());
        let hit = hit.map(|hit| Line::of_log(hit, name(hit.account), &address));
        let line = Aside { file: path.display().to_string(), bytes: path.metadata()?.len(), hit };
        let printed = json::line(&line, &mut out);
        if printed.is_err() {
            return Ok(printed);
        }
    }
    Ok(Ok(()))
}

/// What became of a hit that was tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is in the table.
    Stored,
    /// It was there already, or nobody wants it any more.
    NotWanted,
}

async fn try_again(store: &Store, found: &[impl AsRef<Path>], now: Millis) -> Result<(), CliError> {
    let (mut stored, mut not_wanted, mut refused, mut bytes) = (0_u64, 0_u64, 0_u64, 0_u64);
    for path in found.iter().map(AsRef::as_ref) {
        let Some(hit) = aside::read(path)? else {
            bytes += 1;
            continue;
        };
        match give(store, &hit, now).await {
            Ok(Fate::Stored) => stored += 1,
            Ok(Fate::NotWanted) => not_wanted += 1,
            Err(StoreError::Value(_)) => {
                refused += 1;
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        match aside::remove(path) {
            // Somebody else did the same just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
        store.forget_log(hit.id()).await?;
    }
    let mut err = io::stderr().lock();
    let _ = writeln!(
        err,
        "{stored} hits are in the database now, {not_wanted} were there or deleted, {refused} are refused still; {bytes} files hold \
         bytes that cannot be read. A backend that runs counts the hits with the next one that comes in."
    );
    if refused == 0 { Ok(()) } else { Err(CliError::Said) }
}

/// Gives a hit to the database, once.
async fn give(store: &Store, refused: &Refused, now: Millis) -> store::Result<Fate> {
    let (id, record) = (refused.id(), &refused.record);
    let mut tx = store.write().await?;
    let known = log::position(&mut tx, id).await?;
    let batch: Vec<BatchId> = record.batch.map(BatchId::from_uuid).into_iter().collect();
    let there = known != 0 || !hit_writers::committed(&mut tx, &batch).await?.is_empty();
    // Nobody else writes meanwhile: what is read beside this is what holds.
    let hit = &record.hit;
    let gone = store.closed_accounts().await?.contains(&(hit.account, true));
    let wanted = !there && !gone && !StoppedSet::load(store).await?.stops(hit.account, hit.message, hit.kind);
    if wanted {
        hits::append(&mut tx, std::iter::once(hit)).await?;
    }
    if known == 0 {
        log::move_on(&mut tx, id, 0, 1, now).await?;
    }
    tx.commit().await?;
    Ok(if wanted { Fate::Stored } else { Fate::NotWanted })
}
