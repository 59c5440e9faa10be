//! `waxwing pair`: prints a pairing code, alone on stdout. Works while the backend runs and before it ever ran.

use std::io::{self, Write as _};

use super::{CliError, Context, account_name};
use crate::account_id::AccountId;
use crate::http::auth;
use crate::keys::Keys;
use crate::pairing;
use crate::store::codes::Maker;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose browser it is; the account is made when it is new
    #[arg(long, value_name = "NAME", default_value = "me", value_parser = account_name)]
    account: String,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let store = context.open_or_create().await?;
    // Made now, so that a key that cannot be made is noticed by whoever pairs and not by the browser.
    Keys::load_or_create(&context.data_dir, context.entropy.as_ref())?;
    let now = context.clock.now();
    let fresh = AccountId::random(context.entropy.as_ref())?;
    let account = store.account_named(&args.account, fresh, now).await?;
    let code = pairing::new_code(context.entropy.as_ref())?;
    store.add_code(auth::hash(&code), account.id, Maker::Operator, now, now + pairing::LIFETIME).await?;
    store.close().await;
    writeln!(io::stdout(), "{}", pairing::display(&code))?;
    let _ = writeln!(io::stderr(), "Good once, for 15 minutes: type it into the extension's popup.");
    Ok(())
}
