//! `waxwing invite`: prints an invitation's code, alone on stdout, good once and for seven days, for whoever signs in at the provider.

use std::io::{self, Write as _};

use super::accounts::no_account;
use super::{CliError, Context, account_name};
use crate::accounts::id_token;
use crate::entropy;
use crate::http::account_page::admin::INVITED_FOR;
use crate::http::auth;
use crate::pairing;
use crate::store::invitations::Invitation;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The only address that may use it
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// An account that is there already, which whoever uses it signs in to from then on
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    account: Option<String>,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let address = args
        .address
        .as_deref()
        .map(|text| id_token::address(text).ok_or_else(|| CliError::Usage("--address: this is not an address".to_owned())));
    let address = address.transpose()?;
    let store = context.open_existing().await?;
    let account = match &args.account {
        None => None,
        Some(name) => Some(store.find_account(name).await?.ok_or_else(no_account)?.id),
    };
    let (code, now) = (pairing::new_code(context.entropy.as_ref())?, context.clock.now());
    let id = entropy::uuid(context.entropy.as_ref())?;
    let invitation = Invitation { id, account, address, expires_at: now + INVITED_FOR };
    store.invite(auth::hash(&code), &invitation, None, now).await?;
    store.close().await;
    writeln!(io::stdout(), "{}", pairing::display(&code))?;
    let _ =
        writeln!(io::stderr(), "Good once, for 7 days: it is typed in on the account page (/account of the server's address).");
    Ok(())
}
