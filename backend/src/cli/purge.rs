//! `waxwing purge`: takes away what retention has let expire, at once and to its end; or says what would go.

use std::io;

use serde::Serialize;

use super::{CliError, Context, json, piped};
use crate::retention::periods::Periods;
use crate::retention::rules::RULES;
use crate::retention::{self, Went};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only say what would go, by rule
    #[arg(long)]
    dry_run: bool,
}

/// A line.
#[derive(Debug, Serialize)]
struct Line {
    rule: &'static str,
    /// How long it keeps.
    days: u32,
    /// How much went, or would go: rows, hits whose address is shortened, or files.
    count: u64,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let file = Periods::checked(&context.file.retention)?;
    let store = context.open_existing().await?;
    let periods = file.and(&store.retention().await?);
    let (dir, now) = (&context.data_dir, context.clock.now());
    let mut total = vec![0; RULES.len()];
    loop {
        let went = if args.dry_run {
            retention::preview(&store, dir, &periods, now).await?
        } else {
            retention::purge(&store, dir, &periods, now).await?
        };
        for (total, Went { count, .. }) in total.iter_mut().zip(&went) {
            *total += count;
        }
        if args.dry_run || went.iter().all(|went| went.count == 0) {
            break;
        }
    }
    store.close().await;
    for (rule, count) in RULES.iter().zip(total) {
        let written = json::line(&Line { rule: rule.name, days: periods.days(rule), count }, &mut io::stdout().lock());
        if written.is_err() {
            return piped(written);
        }
    }
    Ok(())
}
