//! `waxwing lists`: brings and shows the lists of addresses that verdicts weigh.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use waxwing_domain::verdict::lists::{STALE_AFTER_MS, Set};

use super::hits::rfc3339;
use super::{CliError, Context, piped};
use crate::lists::fetch::{self, Limits};
use crate::lists::sources::{self, Form, Source};
use crate::lists::{ListsError, StoredSet, load, merge, path, read_import, save};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch the lists from where their owners publish them
    Update {
        /// Only these sets, e.g. apple-proxy [default: all]
        #[arg(value_name = "SET")]
        sets: Vec<String>,
        /// Fetch a set from here instead, e.g. from a mirror
        #[arg(long, value_name = "SET=URL", value_parser = mirror)]
        source: Vec<(String, String)>,
        /// Take a set even if more than half of it is gone
        #[arg(long)]
        force: bool,
    },
    /// Read lists from a JSON file, an object "sets" of objects with the arrays "ipv4" and "ipv6"
    Import {
        /// The file
        file: PathBuf,
        /// Take a set even if more than half of it is gone
        #[arg(long)]
        force: bool,
    },
    /// Print the stored lists as JSON lines, with their age
    Show,
}

/// What becomes of it.
const TAKEN: &str = "A running backend takes newer lists within a minute, and judges again by them in the background.";

/// A line of `show`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    set: &'a str,
    owner: &'a str,
    ranges: usize,
    fetched_at: String,
    age_days: i64,
    stale: bool,
    source: &'a str,
}

impl From<ListsError> for CliError {
    fn from(error: ListsError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    match &args.action {
        Action::Update { sets, source, force } => update(context, &chosen(sets, source)?, *force).await,
        Action::Import { file, force } => import(context, file, *force),
        Action::Show => show(context),
    }
}

/// What was stored before. A file that cannot be read is told and then replaced.
fn stored(context: &Context) -> Vec<StoredSet> {
    load(&context.data_dir).unwrap_or_else(|error| {
        say(&format!("{}: {error}; it is written anew", path(&context.data_dir).display()));
        Vec::new()
    })
}

fn import(context: &Context, file: &Path, force: bool) -> Result<(), CliError> {
    let wrong = |error: ListsError| match error {
        // These two name the file themselves.
        ListsError::Read { .. } | ListsError::Write { .. } => CliError::from(error),
        _ => CliError::Failed(format!("{}: {error}. The lists stay as they were.", file.display())),
    };
    let new = read_import(file, context.clock.now()).map_err(wrong)?;
    let told: Vec<String> = new.iter().map(|set| format!("{} ({} ranges)", set.set.name, set.blocks.len())).collect();
    let sets = merge(stored(context), new, force).map_err(wrong)?;
    context.create_data_dir()?;
    save(&context.data_dir, &sets)?;
    say(&format!("Stored {}.", told.join(", ")));
    say(TAKEN);
    Ok(())
}

async fn update(context: &Context, sources: &[Source], force: bool) -> Result<(), CliError> {
    context.create_data_dir()?;
    let mut sets = stored(context);
    let mut failed = 0_usize;
    for source in sources {
        let name = source.set.name;
        let merged = match fetch::fetch(source, Limits::default(), context.clock.now()).await {
            Ok(new) => {
                let ranges = new.blocks.len();
                merge(sets.clone(), vec![new], force).map(|merged| (merged, ranges))
            }
            Err(error) => Err(error),
        };
        match merged {
            // Each set is stored when it has come: what fails later takes nothing away.
            Ok((merged, ranges)) => {
                save(&context.data_dir, &merged)?;
                sets = merged;
                say(&format!("{name}: {ranges} ranges"));
            }
            Err(error) => {
                failed += 1;
                say(&format!("{name}: {error}. This list stays as it was."));
            }
        }
    }
    if sources.len() > failed {
        say(TAKEN);
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(CliError::Failed(format!("{failed} of {} lists could not be renewed", sources.len())))
    }
}

fn show(context: &Context) -> Result<(), CliError> {
    let sets = load(&context.data_dir)?;
    let now = context.clock.now();
    let mut stale = sets.is_empty();
    for set in &sets {
        let age = now.saturating_sub(set.fetched_at);
        let line = Line {
            set: set.set.name,
            owner: set.set.owner,
            ranges: set.blocks.len(),
            fetched_at: rfc3339(set.fetched_at),
            age_days: age / (24 * 60 * 60 * 1000),
            stale: age > STALE_AFTER_MS,
            source: &set.source,
        };
        stale |= line.stale;
        let text = serde_json::to_string(&line).map_err(|e| CliError::Failed(e.to_string()))?;
        let written = writeln!(io::stdout(), "{text}");
        if written.is_err() {
            return piped(written);
        }
    }
    if stale {
        say("Verdicts are less sure while a list is missing or older than 60 days: run `waxwing lists update`.");
    }
    Ok(())
}

/// The sources that were asked for, mirrors in the place of the owners' addresses.
fn chosen(names: &[String], mirrors: &[(String, String)]) -> Result<Vec<Source>, CliError> {
    let mut sources = sources::published();
    for (name, url) in mirrors {
        let set = Set::named(name).ok_or_else(|| CliError::Usage(format!("there is no set {name:?}")))?;
        sources.retain(|source| source.set.name != set.name);
        sources.push(Source { set, parts: vec![(url.clone(), Form::Blocks)] });
    }
    if names.is_empty() {
        return Ok(sources);
    }
    let pick = |name: &String| {
        let found = sources.iter().find(|source| source.set.name == name);
        found.cloned().ok_or_else(|| CliError::Usage(format!("nobody publishes a set {name:?}; see --source")))
    };
    names.iter().map(pick).collect()
}

fn mirror(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, url)) if url.starts_with("https://") || url.starts_with("http://") => Ok((name.to_owned(), url.to_owned())),
        _ => Err("write SET=URL, with an http or https address".to_owned()),
    }
}

/// Words for people go to stderr; that nobody reads them is no failure.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
