//! `waxwing hits`: prints the stored hits, oldest first, as JSON lines: those in the table, and those that are still in the log,
//! each once, with or without a running backend. Reads in pages, so that it holds nothing up.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::{CliError, Context, json, piped, set_aside};
use crate::hits::log;
use crate::hits::stopped::StoppedSet;
use crate::store::Store;
use crate::store::hits::{self, NewHit, StoredHit};

const PAGE: i64 = 2_000;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only hits with a higher id than this
    #[arg(long, value_name = "ID", default_value_t = 0)]
    after: i64,
    /// What lies beside the log instead: hits that the database refused, and bytes that could not be read
    #[arg(long, conflicts_with = "after")]
    set_aside: bool,
    /// With --set-aside: give the hits to the database once more, and remove the files of those that it takes
    #[arg(long, requires = "set_aside")]
    again: bool,
}

/// A line.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    /// `None`: it is in the log, and gets its id when it is moved into the table.
    id: Option<i64>,
    at: String,
    account: &'a str,
    account_name: Option<&'a str>,
    message: Uuid,
    kind: HitKind,
    link: Option<&'a str>,
    agent: Option<&'a str>,
    address: &'a str,
    headers: Option<&'a RawValue>,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let store = context.open_existing().await?;
    if args.set_aside {
        let done = set_aside::run(context, &store, args.again).await;
        store.close().await;
        return done;
    }
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let printed = print(&store, &context.data_dir.join(log::FOLDER), args.after, &mut out).await?;
    store.close().await;
    piped(printed)
}

async fn print(store: &Store, folder: &Path, mut after: i64, out: &mut impl Write) -> Result<io::Result<()>, CliError> {
    loop {
        let page = store.hits_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let printed = lines(&page, out);
        if printed.is_err() {
            return Ok(printed);
        }
    }
    // What is left: of one moment, since hits move from the log into the table while we read. Held, the log still has
    // everything that the table does not have then.
    let held = log::read::hold(folder)?;
    let mut tx = store.snapshot().await?;
    let page = hits::after(&mut tx, after).await?;
    let positions = store.log_positions(&mut tx).await?;
    tx.cancel().await?;
    let mut waiting = Vec::new();
    if let Some(held) = held {
        held.rest(&positions, |hit| waiting.push(hit))?;
    }
    let stopped = StoppedSet::load(store).await?;
    waiting.retain(|hit| !stopped.stops(hit.account, hit.message, hit.kind));
    let names: HashMap<_, _> = store.accounts().await?.into_iter().map(|account| (account.id, account.name)).collect();
    let mut printed = lines(&page, out);
    for hit in &waiting {
        let name = names.get(&hit.account).map(String::as_str);
        printed = printed.and_then(|()| json::line(&Line::of_log(hit, name, &hit.address.to_string()), out));
    }
    Ok(printed.and_then(|()| out.flush()))
}

fn lines(hits: &[StoredHit], out: &mut impl Write) -> io::Result<()> {
    hits.iter().try_for_each(|hit| json::line(&Line::from(hit), out))
}

impl<'a> From<&'a StoredHit> for Line<'a> {
    fn from(hit: &'a StoredHit) -> Self {
        Self {
            id: Some(hit.id),
            at: rfc3339(hit.at),
            account: hit.account.as_str(),
            account_name: hit.account_name.as_deref(),
            message: hit.message,
            kind: hit.kind,
            link: hit.link.as_deref(),
            agent: hit.agent.as_deref(),
            address: &hit.address,
            headers: raw(hit.headers.as_deref()),
        }
    }
}

impl<'a> Line<'a> {
    /// One that has no id.
    pub(super) fn of_log(hit: &'a NewHit, account_name: Option<&'a str>, address: &'a str) -> Self {
        Self {
            id: None,
            at: rfc3339(hit.at),
            account: hit.account.as_str(),
            account_name,
            message: hit.message,
            kind: hit.kind,
            link: hit.link.as_deref(),
            agent: hit.agent.as_deref(),
            address,
            headers: raw(hit.headers.as_deref()),
        }
    }
}

fn raw(json: Option<&str>) -> Option<&RawValue> {
    serde_json::from_str(json?).ok()
}

/// `2026-11-22T07:47:00.123Z`.
pub(super) fn rfc3339(at: Millis) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX });
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_milliseconds_and_a_z() {
        for (at, want) in [(0, "1970-01-01T00:00:00.000Z"), (1_795_333_620_123, "2026-11-22T07:47:00.123Z")] {
            assert_eq!(rfc3339(at), want);
        }
        assert!(rfc3339(i64::MAX).ends_with('Z'));
        assert!(rfc3339(i64::MIN).ends_with('Z'));
    }
}
