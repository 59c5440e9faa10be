//! `waxwing accounts`: who has an account, as JSON lines, with their role and whether they are suspended; and suspending one, or letting it
//! go on. Nothing of a mail is shown.

use std::io;

use serde::Serialize;

use super::hits::rfc3339;
use super::{CliError, Context, account_name, json, piped};
use crate::store::people::{Changed, Role};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stop this account: its devices are refused, its hits are stored no more, its links go on working
    #[arg(long, value_name = "NAME", value_parser = account_name, conflicts_with = "resume")]
    suspend: Option<String>,
    /// Let this account go on
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    resume: Option<String>,
    /// Stop all of them: nothing is tracked, sent or read in mailboxes until --resume-all; links go on working
    #[arg(long, conflicts_with_all = ["suspend", "resume", "resume_all"])]
    suspend_all: bool,
    /// Let all of them go on
    #[arg(long, conflicts_with_all = ["suspend", "resume"])]
    resume_all: bool,
}

/// A line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    account: &'a str,
    account_name: &'a str,
    name: &'a str,
    address: Option<&'a str>,
    role: &'a str,
    suspended_at: Option<String>,
    messages_a_day: Option<u32>,
    devices: i64,
    seen_at: Option<String>,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let store = context.open_existing().await?;
    let change = args.suspend.as_ref().map(|name| (name, true)).or(args.resume.as_ref().map(|name| (name, false)));
    if let Some((name, suspended)) = change {
        let account = store.find_account(name).await?.ok_or_else(no_account)?;
        let changed = store.set_suspended(account.id, suspended, context.clock.now()).await?;
        store.close().await;
        return outcome(changed);
    }
    if args.suspend_all || args.resume_all {
        store.stop_all(args.suspend_all, context.clock.now()).await?;
        store.close().await;
        return Ok(());
    }
    let people = store.everyone().await?;
    store.close().await;
    for person in &people {
        let line = Line {
            account: person.account.as_str(),
            account_name: &person.account_name,
            name: person.shown(),
            address: person.address.as_deref(),
            role: person.role.name(),
            suspended_at: person.suspended_at.map(rfc3339),
            messages_a_day: person.limits.messages,
            devices: person.devices,
            seen_at: person.seen_at.map(rfc3339),
        };
        let written = json::line(&line, &mut io::stdout().lock());
        if written.is_err() {
            return piped(written);
        }
    }
    Ok(())
}

/// There is none of this name.
pub(super) fn no_account() -> CliError {
    CliError::Failed("there is no account of this name".to_owned())
}

/// What came of a change, for people.
pub(super) fn outcome(changed: Changed) -> Result<(), CliError> {
    match changed {
        Changed::Done => Ok(()),
        Changed::Unknown => Err(no_account()),
        Changed::LastAdmin => Err(CliError::Failed("no admin would be left; make somebody else one first".to_owned())),
    }
}

/// Makes somebody an admin, or a member again.
pub(super) async fn set_role(context: &Context, name: &str, role: Role) -> Result<(), CliError> {
    let store = context.open_existing().await?;
    let account = store.find_account(name).await?.ok_or_else(no_account)?;
    let changed = store.set_role(account.id, role, context.clock.now()).await?;
    store.close().await;
    outcome(changed)
}
