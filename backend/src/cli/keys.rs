//! `waxwing keys rotate`: another master key for all that is sealed; `waxwing keys epoch`: addresses minted with an account's key of
//! today are from now on counted only for mails that were registered.
//!
//! The mint root is not changed: links in mails must outlive every rotation.

use std::io::{self, Write as _};

use waxwing_protocol::api::Event;

use super::serve::lock;
use super::{CliError, Context, account_name};
use crate::keys::MINT_ROOT_FILE;
use crate::rotation::{self, RotationError};
use crate::seal::{Given, MASTER_KEY_ENV, MASTER_KEY_FILE, NEXT_KEY_ENV, Seal};
use crate::store::security::Happened;
use crate::store::{Store, settings, sql};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Seal mailboxes' passwords and grants under a new master key; the backend has to be stopped
    Rotate,
    /// Begin a new epoch of minting for an account, as revoking a browser does; its browsers learn of it by themselves
    Epoch(EpochArgs),
}

#[derive(Debug, clap::Args)]
struct EpochArgs {
    /// Whose
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    account: String,
}

impl From<RotationError> for CliError {
    fn from(error: RotationError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    match &args.what {
        What::Rotate => rotate(context).await,
        What::Epoch(args) => epoch(context, &args.account).await,
    }
}

async fn rotate(context: &Context) -> Result<(), CliError> {
    let given = Given::from_env();
    if given.key.is_some() != given.next.is_some() {
        let text = if given.next.is_some() {
            format!("{NEXT_KEY_ENV} is set and {MASTER_KEY_ENV} is not: a key in a file is changed for one in a file")
        } else {
            format!(
                "{MASTER_KEY_ENV} gives the key, so {NEXT_KEY_ENV} has to give the new one: 64 hexadecimal digits, as `openssl rand -hex 32` prints"
            )
        };
        return Err(CliError::Usage(text));
    }
    let options = context.store_options()?.existing();
    let _lock = lock(&context.data_dir.join("serve.lock"))?;
    let _file_lock = options.file().map(|path| lock(&path.with_extension("serving"))).transpose()?;
    let old = Seal::load(&context.data_dir, &given)?;
    let store = Store::open(&options).await?;
    if store.kind() == sql::Kind::Postgres && store.leases().await?.0.iter().any(|lease| !lease.over) {
        store.close().await;
        return Err(CliError::Failed("a backend runs on this database: stop all of them first".to_owned()));
    }
    let new = Seal::load_or_create_next(&context.data_dir, &given, context.entropy.as_ref())?;
    let done = rotation::seal_anew(&store, &old, &new, context.entropy.as_ref()).await?;
    if let Some(fingerprint) = new.fingerprint() {
        store.set_setting(settings::MASTER_KEY, fingerprint).await?;
    }
    store.add_backend_event(context.clock.now(), &Happened::KEYS_ROTATED).await?;
    store.close().await;

    let mut err = io::stderr().lock();
    if done.lost > 0 {
        let _ = writeln!(
            err,
            "{} could be opened by neither key, and stay as they are: their owners have to sign in again",
            done.lost
        );
    }
    let _ = writeln!(err, "sealed under the new key: {} now, {} before", done.anew, done.before);
    if given.key.is_some() {
        let _ = writeln!(
            err,
            "Give it by {MASTER_KEY_ENV} from now on, and {NEXT_KEY_ENV} no more. Backups of before need the old one."
        );
        return Ok(());
    }
    let kept = rotation::replace_file(&context.data_dir, &old)?;
    let _ = writeln!(
        err,
        "{MASTER_KEY_FILE} is the new one: copy it to where you keep {MINT_ROOT_FILE}, and to the other backends of this database.\n\
         {} is the old one: backups of before need it. Delete it when you have none of them.",
        kept.display()
    );
    Ok(())
}

async fn epoch(context: &Context, name: &str) -> Result<(), CliError> {
    let store = context.open_existing().await?;
    let Some(account) = store.accounts().await?.into_iter().find(|account| account.name == name) else {
        store.close().await;
        return Err(CliError::Failed(format!("there is no account named {name}")));
    };
    let epoch = store.begin_epoch(account.id, context.clock.now(), &Event::Account).await?;
    store.close().await;
    if epoch == account.epoch {
        return Err(CliError::Failed("this is the last epoch there can be: a new account is needed".to_owned()));
    }
    let _ = writeln!(io::stderr(), "epoch {epoch}: a backend that runs takes it over within a minute");
    Ok(())
}
