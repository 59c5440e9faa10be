//! `waxwing devices`: lists the paired browsers as JSON lines, or revokes one, e.g. of a laptop that was lost.

use std::io;

use serde::Serialize;
use uuid::Uuid;
use waxwing_protocol::api::Event;

use super::hits::rfc3339;
use super::{CliError, Context, json, piped};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Revoke the device with this id: its token is dead at once, its event stream within 20 seconds
    #[arg(long, value_name = "ID")]
    revoke: Option<Uuid>,
}

/// A line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    device: Uuid,
    name: &'a str,
    account: &'a str,
    account_name: &'a str,
    paired_at: String,
    seen_at: Option<String>,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let store = context.open_existing().await?;
    for account in store.accounts().await? {
        if let Some(device) = args.revoke {
            if store.revoke_device(account.id, device, context.clock.now(), &Event::Account, None).await?.is_some() {
                store.close().await;
                return Ok(());
            }
            continue;
        }
        for device in store.devices(account.id).await? {
            let line = Line {
                device: device.id,
                name: &device.name,
                account: account.id.as_str(),
                account_name: &account.name,
                paired_at: rfc3339(device.paired_at),
                seen_at: device.seen_at.map(rfc3339),
            };
            let written = json::line(&line, &mut io::stdout().lock());
            if written.is_err() {
                return piped(written);
            }
        }
    }
    store.close().await;
    if args.revoke.is_some() { Err(CliError::Failed("there is no such device".to_owned())) } else { Ok(()) }
}
