//! `waxwing serve`: runs the backend until SIGTERM or Ctrl-C, then stops without losing a hit.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use tokio::net::TcpListener;

use super::mail::MailArgs;
use super::{CliError, Context, mail};
use crate::app::{Running, Settings};
use crate::config::{self, ConfigError};
use crate::files;
use crate::http::{Front, server};
use crate::keys::Keys;
use crate::seal::Seal;
use crate::store::Store;

/// How often an idle event stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8787]
    #[arg(long, env = "WAXWING_LISTEN", value_name = "ADDR")]
    listen: Option<String>,
    /// Where the extension reaches this backend [default: http://<listen>]
    #[arg(long, env = "WAXWING_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Where pixels and links point to [default: the public URL]
    #[arg(long, env = "WAXWING_TRACKING_URL", value_name = "URL")]
    tracking_url: Option<String>,
    /// A proxy or network whose X-Forwarded-For is believed; may be given again
    #[arg(long, env = "WAXWING_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<String>,
    /// Another extension id that may call from a browser; may be given again
    #[arg(long, env = "WAXWING_ALLOW_ORIGIN", value_name = "ID", value_delimiter = ',')]
    allow_origin: Vec<String>,
    #[command(flatten)]
    mail: MailArgs,
}

/// Runs it.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    let file = &context.file;
    let listen = args.listen.or_else(|| file.listen.clone()).unwrap_or_else(|| config::DEFAULT_LISTEN.to_owned());
    let listen: SocketAddr = listen.parse().map_err(|_| ConfigError::Value {
        name: "--listen",
        why: format!("{listen:?} is not an address and a port such as 127.0.0.1:8787"),
    })?;
    let url = |name, text: Option<&String>| text.map(|text| config::base_url(name, text)).transpose();
    let public_url = url("--public-url", args.public_url.as_ref().or(file.public_url.as_ref()))?;
    let tracking_url = url("--tracking-url", args.tracking_url.as_ref().or(file.tracking_url.as_ref()))?;
    let proxies = if args.trusted_proxy.is_empty() { &file.trusted_proxy } else { &args.trusted_proxy };
    let trusted_proxies = proxies.iter().map(|text| config::network(text)).collect::<Result<_, _>>()?;
    let ids = if args.allow_origin.is_empty() { &file.allow_origin } else { &args.allow_origin };
    let origins = std::iter::once(config::DEFAULT_EXTENSION_ID)
        .chain(ids.iter().map(String::as_str))
        .map(origin)
        .collect::<Result<_, _>>()?;
    let options = context.store_options()?;
    // Checked before anything is made.
    args.mail.options(context, Seal::none())?;

    context.create_data_dir()?;
    let _locks = [lock(&context.data_dir.join("serve.lock"))?, lock(&options.path.with_extension("serving"))?];
    let keys = Keys::load_or_create(&context.data_dir, context.entropy.as_ref())?;
    let mailboxes = args.mail.options(context, seal(context))?;
    let listener = TcpListener::bind(listen).await.map_err(|e| {
        CliError::Failed(format!("cannot listen on {listen}: {e}. Another program may; --listen takes another port"))
    })?;
    let local = listener.local_addr()?;
    let public_url = public_url.unwrap_or_else(|| config::url_of_listener(local));
    let tracking_url = tracking_url.unwrap_or_else(|| public_url.clone());
    let data_dir = context.data_dir.clone();
    let settings = Settings { data_dir, public_url, tracking_url, trusted_proxies, origins, heartbeat: HEARTBEAT, mailboxes };

    let store = Store::open(&options).await?;
    let (clock, entropy) = (Arc::clone(&context.clock), Arc::clone(&context.entropy));
    let stop = stop_signal()?;
    let running = Running::start(store, keys, settings, clock, entropy).await?;
    say(local, &running.app.settings, &context.data_dir);
    let connections = files::room_for_connections(server::MAX_CONNECTIONS);
    if connections < server::MAX_CONNECTIONS {
        tracing::info!(connections, "the limit of open files leaves room for so many connections; more wait");
    }
    let front = Front::new(Arc::clone(&running.app));
    server::serve(listener, front, connections, stop, || {
        tracing::info!("stopping");
        running.end_streams();
    })
    .await;
    running.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// The master key. Without it mailboxes cannot be used, and everything else goes on.
fn seal(context: &Context) -> Seal {
    mail::load_or_create_seal(context).unwrap_or_else(|error| {
        tracing::error!(%error, "mailboxes cannot be used without the master key; tracking goes on");
        Seal::none()
    })
}

fn origin(id: &str) -> Result<HeaderValue, ConfigError> {
    let origin = config::extension_origin(id)?;
    HeaderValue::try_from(origin).map_err(|e| ConfigError::Value { name: "--allow-origin", why: e.to_string() })
}

/// Two backends on one data folder would each know only half of what was deleted and revoked.
fn lock(path: &Path) -> Result<File, CliError> {
    let failed = |path: PathBuf, error: io::Error| CliError::Failed(format!("{} cannot be locked: {error}", path.display()));
    let file = fs::OpenOptions::new().create(true).append(true).open(path).map_err(|error| failed(path.to_owned(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CliError::Failed(format!(
            "another `waxwing serve` runs on this data ({} is locked); stop it first, or give another --data-dir",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(path.to_owned(), error)),
    }
}

/// For people and for scripts: the first line is `listening on` and the address.
fn say(local: SocketAddr, settings: &Settings, data_dir: &Path) {
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "listening on http://{local}");
    let _ = writeln!(err, "server address for the extension: {}", settings.public_url);
    let _ = writeln!(err, "pixels and links point to: {}", settings.tracking_url);
    let _ = writeln!(err, "data: {}", data_dir.display());
    if config::is_loopback_url(&settings.tracking_url) {
        let _ = writeln!(
            err,
            "Recipients cannot reach a loopback address: mails sent now will show no opens. See docs/DEPLOY.md, and \
             --tracking-url."
        );
    }
}

/// Done when the process is asked to stop. Asked again, it stops at once: the journal is safe at any time.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        tokio::spawn(async move {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            std::process::exit(1);
        });
    })
}

/// Done when the process is asked to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without signals there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
