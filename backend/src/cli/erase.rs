//! `waxwing erase`: asks for an erasure, undoes one that still waits, does what is due where no backend runs, and answers whether
//! somebody was erased.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use waxwing_domain::answers::person;
use waxwing_protocol::Millis;

use super::hits::rfc3339;
use super::{CliError, Context, account_name, json, piped, serve};
use crate::account_id::AccountId;
use crate::consent::kept;
use crate::keys::Keys;
use crate::rights::erase::{self, AT_ONCE, GRACE, Work};
use crate::store::Store;
use crate::store::rights::{Erasure, Kind, Stage};
use crate::store::sql;

/// Arguments.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// The account to erase; with --recipient: only in this account
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    account: Option<String>,
    /// The recipient to erase, in all forms of the address
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    /// Without the seven days in which it can be undone
    #[arg(long)]
    now: bool,
    /// Undo the erasure with this id, which still waits
    #[arg(long, value_name = "ID", conflicts_with_all = ["account", "recipient", "now"])]
    undo: Option<Uuid>,
    /// Only say whether this account or recipient was erased
    #[arg(long, conflicts_with_all = ["now", "undo"])]
    was: bool,
    /// Keep the account and use nothing of it
    #[arg(long, requires = "account", conflicts_with_all = ["recipient", "now", "undo", "was", "list", "again"])]
    restrict: bool,
    /// Use a restricted account again
    #[arg(long, requires = "account", conflicts_with_all = ["restrict", "recipient", "now", "undo", "was", "list", "again"])]
    unrestrict: bool,
    /// Tell a database out of an older backup what it does not know: what was erased by erasures.list, and what recipients refused by
    /// refusals.list
    #[arg(long, conflicts_with_all = ["account", "recipient", "now", "undo", "was", "list"])]
    again: bool,
    /// Only list what was asked for and what was done
    #[arg(long, conflicts_with_all = ["account", "recipient", "now", "undo", "was"])]
    list: bool,
}

/// A line: what was erased is not in it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: Uuid,
    kind: &'static str,
    account: Option<&'a str>,
    state: &'static str,
    asked_at: String,
    due_at: String,
    done_at: Option<String>,
    rows: Option<&'a RawValue>,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let store = context.open_existing().await?;
    let result = with(context, args, &store).await;
    store.close().await;
    result
}

async fn with(context: &Context, args: &Args, store: &Store) -> Result<(), CliError> {
    let now = context.clock.now();
    if args.list {
        return print(&store.all_erasures().await?);
    }
    if let Some(id) = args.undo {
        return if store.undo_erasure(id).await? {
            say("undone: a running backend uses the account again within a minute")
        } else {
            Err(CliError::Failed("there is no such erasure that still waits".to_owned()))
        };
    }
    if args.restrict || args.unrestrict {
        let name = args.account.as_deref().unwrap_or_default();
        let account = store.find_account(name).await?.ok_or_else(no_account)?;
        store.restrict(account.id, args.restrict, now).await?;
        return say(if args.restrict {
            "restricted: everything is kept and nothing used; a running backend knows within a minute"
        } else {
            "used again: a running backend knows within a minute"
        });
    }
    let keys = Keys::load(&context.data_dir)?;
    if args.was {
        return was(args, store, &keys).await;
    }
    let alone = alone(context, store)?;
    if args.again {
        let work = Work { store, keys: &keys, data_dir: &context.data_dir, app: None };
        let erased = erase::again(&work, now).await?;
        let refused = kept::again(store, &context.data_dir).await?;
        say(&format!("{erased} erasures were done again, and {refused} refusals of recipients hold again"))?;
        if alone.is_none() && store.kind() == sql::Kind::Sqlite {
            return say("a backend runs on this database: start it anew, or it stores what is refused until then");
        }
        return Ok(());
    }
    let wait = match (args.now, alone.is_some()) {
        (true, true) => 0,
        (true, false) => AT_ONCE,
        (false, _) => GRACE,
    };
    let asked = ask(context, args, store, &keys, now, wait).await?;
    if args.now && alone.is_some() {
        let work = Work { store, keys: &keys, data_dir: &context.data_dir, app: None };
        while erase::round(&work, now).await? > 0 {}
    }
    let asked: Vec<_> = store.all_erasures().await?.into_iter().filter(|erasure| erasure.id == asked.id).collect();
    print(&asked)?;
    match asked.first().map(|erasure| erasure.stage) {
        Some(Stage::Done) => say("erased. What backups still hold goes with them: see docs/PRIVACY.md"),
        _ if args.now => say("a backend runs: it erases this within a few minutes"),
        _ => say("it can be undone for seven days with --undo and this id; a backend erases it then"),
    }
}

/// Holds the database while no backend runs on it. `None`: one does, or may.
fn alone(context: &Context, store: &Store) -> Result<Option<std::fs::File>, CliError> {
    if store.kind() == sql::Kind::Postgres {
        return Ok(None);
    }
    let file = context.store_options()?;
    let Some(file) = file.file() else { return Ok(None) };
    Ok(serve::lock(&file.with_extension("serving")).ok())
}

async fn ask(
    context: &Context,
    args: &Args,
    store: &Store,
    keys: &Keys,
    now: Millis,
    wait: Millis,
) -> Result<Erasure, CliError> {
    let entropy = context.entropy.as_ref();
    let account = match &args.account {
        None => None,
        Some(name) => Some(store.find_account(name).await?.ok_or_else(no_account)?),
    };
    let new = match (&account, &args.recipient) {
        (Some(account), None) => erase::of_account(keys, account, entropy, now, wait)?,
        (account, Some(address)) => {
            let of = account.as_ref().map(|account| account.id);
            erase::of_recipient(keys, of, address, entropy, now, wait)?
                .ok_or_else(|| CliError::Usage("--recipient is a mail address".to_owned()))?
        }
        (None, None) => return Err(CliError::Usage("give --account NAME, --recipient ADDRESS, or both".to_owned())),
    };
    Ok(store.ask_erasure(&new).await?)
}

async fn was(args: &Args, store: &Store, keys: &Keys) -> Result<(), CliError> {
    let digest = match (&args.account, &args.recipient) {
        (Some(name), None) => keys.erased(Kind::Account.name(), name),
        (None, Some(address)) => {
            let plain = person(address).ok_or_else(|| CliError::Usage("--recipient is a mail address".to_owned()))?;
            keys.erased(Kind::Recipient.name(), &plain)
        }
        _ => return Err(CliError::Usage("--was takes either --account NAME or --recipient ADDRESS".to_owned())),
    };
    let found: Vec<_> = store.all_erasures().await?.into_iter().filter(|erasure| erasure.digest == digest).collect();
    if found.is_empty() {
        return Err(CliError::Failed("nobody asked for that".to_owned()));
    }
    print(&found)
}

fn print(erasures: &[Erasure]) -> Result<(), CliError> {
    for erasure in erasures {
        let line = Line {
            id: erasure.id,
            kind: erasure.kind.name(),
            account: erasure.account.as_ref().map(AccountId::as_str),
            state: match erasure.stage {
                Stage::Waits => "waits",
                Stage::Erasing => "erasing",
                Stage::Done => "done",
            },
            asked_at: rfc3339(erasure.asked_at),
            due_at: rfc3339(erasure.due_at),
            done_at: erasure.done_at.map(rfc3339),
            rows: erasure.counts.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        };
        let written = json::line(&line, &mut io::stdout().lock());
        if written.is_err() {
            return piped(written);
        }
    }
    Ok(())
}

fn no_account() -> CliError {
    CliError::Failed("there is no account of this name".to_owned())
}

fn say(what: &str) -> Result<(), CliError> {
    piped(writeln!(io::stderr(), "{what}"))
}
