//! `waxwing admin`: makes an account one that says who may use this backend, or a member again.

use super::accounts::set_role;
use super::{CliError, Context, account_name};
use crate::store::people::Role;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose account
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    account: String,
    /// Make it a member again
    #[arg(long)]
    member: bool,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    set_role(context, &args.account, if args.member { Role::Member } else { Role::Admin }).await
}
