//! `waxwing hits`: prints the stored hits, oldest first, as JSON lines. Reads in pages, so that it holds nothing up beside a
//! running backend.

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::{CliError, Context, json, piped};
use crate::store::hits::StoredHit;

const PAGE: i64 = 2_000;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only hits with a higher id than this
    #[arg(long, value_name = "ID", default_value_t = 0)]
    after: i64,
}

/// A line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: i64,
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
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut after = args.after;
    loop {
        let page = store.hits_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for hit in &page {
            let written = line(hit, &mut out);
            if written.is_err() {
                return piped(written);
            }
        }
    }
    store.close().await;
    piped(out.flush())
}

fn line(hit: &StoredHit, out: &mut impl Write) -> io::Result<()> {
    let line = Line {
        id: hit.id,
        at: rfc3339(hit.at),
        account: hit.account.as_str(),
        account_name: hit.account_name.as_deref(),
        message: hit.message,
        kind: hit.kind,
        link: hit.link.as_deref(),
        agent: hit.agent.as_deref(),
        address: &hit.address,
        headers: hit.headers.as_deref().and_then(|json| serde_json::from_str(json).ok()),
    };
    json::line(&line, out)
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
