//! `waxwing doctor`: checks the deployment and says what to do. One line a check on stdout: `ok`, `warn` or `fail`, a name and
//! the finding, with tabs between. Exit status 1 when something failed.

mod local;
mod mailboxes;
mod metrics;
mod remote;
mod watching;

use std::io::{self, Write as _};

use super::mail::MailArgs;
use super::metrics::TokenArgs;
use super::{CliError, Context};
use crate::keys::Keys;
use crate::store::settings;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Say that mint.root is backed up now; doctor remembers it for this key
    #[arg(long)]
    backed_up: bool,
    #[command(flatten)]
    metrics: TokenArgs,
    #[command(flatten)]
    mail: MailArgs,
}

/// How a check went, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Ok,
    Warn,
    Fail,
}

/// What one check found.
#[derive(Debug)]
struct Finding {
    mark: Mark,
    name: &'static str,
    text: String,
}

impl Finding {
    fn ok(name: &'static str, text: impl Into<String>) -> Self {
        Self { mark: Mark::Ok, name, text: text.into() }
    }

    fn warn(name: &'static str, text: impl Into<String>) -> Self {
        Self { mark: Mark::Warn, name, text: text.into() }
    }

    fn fail(name: &'static str, text: impl Into<String>) -> Self {
        Self { mark: Mark::Fail, name, text: text.into() }
    }
}

/// Prints findings as they come and remembers the worst.
#[derive(Debug, Default)]
struct Report {
    failed: bool,
}

impl Report {
    fn add(&mut self, finding: &Finding) {
        let mark = match finding.mark {
            Mark::Ok => "ok",
            Mark::Warn => "warn",
            Mark::Fail => "fail",
        };
        self.failed |= finding.mark == Mark::Fail;
        // A line is a line, whatever an error says; a closed pipe is fine.
        let text = finding.text.replace(['\n', '\r', '\t'], " ");
        let _ = writeln!(io::stdout(), "{mark}\t{}\t{text}", finding.name);
    }
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let mut report = Report::default();
    report.add(&local::data_dir(&context.data_dir));
    if let Some(finding) = local::disk(&context.data_dir) {
        report.add(&finding);
    }
    let keys = match Keys::load(&context.data_dir) {
        Ok(keys) => {
            report.add(&local::key_owner(&context.data_dir));
            Some(keys)
        }
        Err(error) => {
            report.add(&Finding::fail("key", error.to_string()));
            None
        }
    };
    let store = match context.open_existing().await {
        Ok(store) => store,
        Err(error) => {
            report.add(&Finding::fail("database", error.to_string()));
            return Err(CliError::Said);
        }
    };
    report.add(&local::database(&store).await);
    report.add(&local::log(&store, &context.data_dir).await);
    if let Some(finding) = local::leases(&store).await {
        report.add(&finding);
    }
    if let Some(keys) = &keys {
        report.add(&local::backup(&store, keys, args.backed_up, &context.data_dir).await);
    }
    report.add(&local::clock(&store, context.clock.as_ref()).await);
    report.add(&local::lists(&context.data_dir, context.clock.as_ref()));
    for finding in mailboxes::mailboxes(&store, context, &args.mail).await {
        report.add(&finding);
    }
    for finding in watching::watching(&store, context, &args.mail).await {
        report.add(&finding);
    }
    if let Some(finding) = metrics::metrics(&store, context, &args.metrics).await {
        report.add(&finding);
    }
    match (store.setting(settings::PUBLIC_URL).await?, store.setting(settings::TRACKING_URL).await?) {
        (Some(public), Some(tracking)) => {
            for finding in remote::public(&public, keys.as_ref(), context).await {
                report.add(&finding);
            }
            report.add(&remote::tracking(&tracking, &public, keys.as_ref(), context).await);
        }
        _ => report.add(&Finding::warn("public", "`waxwing serve` never ran here: start it, then ask again")),
    }
    store.close().await;
    if report.failed { Err(CliError::Said) } else { Ok(()) }
}
