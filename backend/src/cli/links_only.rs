//! `waxwing links-only`: keeps the links in mails alive when the rest of a backend is given up. `--page` prints a file for a host
//! that serves files.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::serve::{listen_at, lock, stop_signal};
use super::{CliError, Context, piped};
use crate::hits::admit::Gate;
use crate::http::links_only::{self, LinksOnly};
use crate::keys::Keys;
use crate::nodes;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8787]
    #[arg(long, env = "WAXWING_LISTEN", value_name = "ADDR")]
    listen: Option<String>,
    /// Print a page that shows where a link leads, for a host that serves it for every address, and end
    #[arg(long)]
    page: bool,
}

/// Runs it.
pub async fn run(context: &Context, args: &Args) -> Result<(), CliError> {
    if args.page {
        return piped(io::stdout().lock().write_all(links_only::file().as_bytes()));
    }
    let listen = listen_at(args.listen.as_ref(), context)?;
    // Never made: links are checked by the one that they were signed with.
    let keys = Keys::load(&context.data_dir)?;
    let _lock = lock(&context.data_dir.join("serve.lock"))?;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        CliError::Failed(format!("cannot listen on {listen}: {error}. Another program may; --listen takes another port"))
    })?;
    let store = Arc::new(context.open_or_create().await?);
    nodes::keys::check_root(&store, &keys).await?;
    let gate = Gate::load(keys, &store).await?;
    let links = LinksOnly::new(gate, Arc::clone(&store), Arc::clone(&context.clock));
    let stop = stop_signal()?;
    say(listener.local_addr()?);
    links_only::serve(listener, links, stop).await;
    store.close().await;
    Ok(())
}

/// For people and for scripts, as `serve` says it.
fn say(local: SocketAddr) {
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "listening on http://{local}");
    let _ = writeln!(err, "Links are checked and followed, pixels are answered, and nothing is stored. There is no API.");
}
