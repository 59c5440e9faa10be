//! `waxwing export`: everything about an account in one archive, beside a backend that runs or of one that does not.

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::{CliError, Context, account_name};
use crate::rights::export;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    account: String,
    /// The archive to make, e.g. mine.zip; one that is there already stays as it is
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    if args.output.exists() {
        return Err(CliError::Failed(format!("{} is there already", args.output.display())));
    }
    let store = context.open_existing().await?;
    let account = store.find_account(&args.account).await?;
    let account = account.ok_or_else(|| CliError::Failed("there is no account of this name".to_owned()))?;
    let written = export::write(&store, account.id, &args.output, context.clock.now()).await;
    store.close().await;
    let holds = written.map_err(|error| CliError::Failed(error.to_string()))?;
    let _ = writeln!(
        io::stderr(),
        "{}: {} rows of {} tables. It holds whom you wrote to: keep it as you keep your mails.",
        args.output.display(),
        holds.rows,
        holds.tables
    );
    Ok(())
}
