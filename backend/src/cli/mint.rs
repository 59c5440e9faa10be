//! `waxwing mint`: prints pixel addresses of messages that nobody registered, on the tracking URL that `serve` last used.

use std::io::{self, BufWriter, Write};

use waxwing_domain::address::pixel_url;
use waxwing_domain::token::Token;

use super::{CliError, Context, account_name, piped};
use crate::account_id::AccountId;
use crate::config;
use crate::entropy;
use crate::keys::Keys;
use crate::nodes::keys::check_root;
use crate::store::settings;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose; the account is made when it is new
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    account: String,
    /// How many
    #[arg(short = 'n', long = "count", value_name = "N", default_value_t = 1)]
    count: u64,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    let store = context.open_or_create().await?;
    let keys = Keys::load_or_create(&context.data_dir, context.entropy.as_ref())?;
    check_root(&store, &keys).await?;
    let fresh = AccountId::random(context.entropy.as_ref())?;
    let account = store.account_named(&args.account, fresh, context.clock.now()).await?;
    let tracking_url = match store.setting(settings::TRACKING_URL).await? {
        Some(url) => url,
        None => before_serve(context)?,
    };
    store.close().await;

    let key = keys.mint_key(account.id, account.epoch);
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    for _ in 0..args.count {
        let message = entropy::uuid(context.entropy.as_ref())?;
        let token = Token::mint(&key, account.epoch, message);
        let written = writeln!(out, "{}", pixel_url(&tracking_url, account.id.as_str(), &token));
        if written.is_err() {
            return piped(written);
        }
    }
    piped(out.flush())
}

/// Nothing was served yet: where it will be.
fn before_serve(context: &Context) -> Result<String, CliError> {
    let file = &context.file;
    let url = match file.tracking_url.as_deref().or(file.public_url.as_deref()) {
        Some(url) => config::base_url("tracking_url", url)?,
        None => format!("http://{}", file.listen.as_deref().unwrap_or(config::DEFAULT_LISTEN)),
    };
    let _ = writeln!(io::stderr(), "`waxwing serve` never ran here: taking {url}");
    Ok(url)
}
