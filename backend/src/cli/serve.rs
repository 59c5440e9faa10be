//! `waxwing serve`: runs the backend until SIGTERM or Ctrl-C, then stops without losing a hit.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use tokio::net::TcpListener;

use super::mail::MailArgs;
use super::metrics::MetricsArgs;
use super::{CliError, Context, mail};
use crate::app::{Running, Settings, told_to_stop};
use crate::config::{self, ConfigError};
use crate::files;
use crate::http::{self, Front, server};
use crate::keys::{self, Keys};
use crate::nodes;
use crate::retention::periods::Periods;
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
    /// Take the keys of this data folder for those of the database, in place of those that it knows (docs/SCALE.md)
    #[arg(long)]
    replace_keys: bool,
    #[command(flatten)]
    metrics: MetricsArgs,
    #[command(flatten)]
    mail: MailArgs,
}

/// Runs it.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    let file = &context.file;
    let listen = listen_at(args.listen.as_ref(), context)?;
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
    let metrics = args.metrics.checked(context)?;
    let retention = Periods::checked(&file.retention)?;
    let sign_in = file.oidc.provider(&context.data_dir)?.map(Arc::new);
    let mut options = context.store_options()?;
    // Checked before anything is made.
    args.mail.options(context, Seal::none())?;

    context.create_data_dir()?;
    if keys::permission_bits(&context.data_dir).is_ok_and(|mode| mode & 0o077 != 0) {
        let folder = context.data_dir.display();
        tracing::warn!("others can look into the data folder; run: chmod 700 {folder}");
    }
    let _lock = lock(&context.data_dir.join("serve.lock"))?;
    // A server may serve several backends; a file serves one.
    let _file_lock = options.file().map(|path| lock(&path.with_extension("serving"))).transpose()?;
    let keys = Keys::load_or_create(&context.data_dir, context.entropy.as_ref())?;
    let seal = seal(context);
    let mailboxes = args.mail.options(context, seal.clone())?;
    let listener = TcpListener::bind(listen).await.map_err(|e| {
        CliError::Failed(format!("cannot listen on {listen}: {e}. Another program may; --listen takes another port"))
    })?;
    let local = listener.local_addr()?;
    let numbers_at = metrics.bind().await?;
    let public_url = public_url.unwrap_or_else(|| config::url_of_listener(local));
    let tracking_url = tracking_url.unwrap_or_else(|| public_url.clone());
    let data_dir = context.data_dir.clone();
    let heartbeat = HEARTBEAT;
    let settings =
        Settings { data_dir, public_url, tracking_url, trusted_proxies, origins, heartbeat, mailboxes, retention, sign_in };

    options.name = nodes::name(context.entropy.as_ref())?;
    let store = Store::open(&options).await?;
    nodes::keys::check(&store, &keys, &seal, args.replace_keys).await?;
    let (clock, entropy) = (Arc::clone(&context.clock), Arc::clone(&context.entropy));
    let stop = stop_signal()?;
    let running = Running::start(store, keys, settings, clock, entropy).await?;
    say(local, &running.app.settings, &context.data_dir);
    let connections = files::room_for_connections(server::MAX_CONNECTIONS);
    if connections < server::MAX_CONNECTIONS {
        tracing::info!(connections, "the limit of open files leaves room for so many connections; more wait");
    }
    let numbers = metrics.numbers(&running.app);
    metrics.remember(&running.app, numbers_at.as_ref()).await?;
    let numbers_at = numbers_at.map(|listener| {
        let mut stopping = running.app.stopping.clone();
        tokio::spawn(http::metrics::serve(listener, numbers.clone(), async move { told_to_stop(&mut stopping).await }))
    });
    let front = Front::new(Arc::clone(&running.app)).with_numbers(numbers);
    server::serve(listener, front, connections, stop, || {
        tracing::info!("stopping");
        running.end_streams();
    })
    .await;
    if let Some(task) = numbers_at {
        // It ended with the streams of news.
        let _ = task.await;
    }
    running.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Where to listen: as given, as in `waxwing.toml`, or the default.
pub(super) fn listen_at(given: Option<&String>, context: &Context) -> Result<SocketAddr, ConfigError> {
    let listen = given.or(context.file.listen.as_ref()).map_or(config::DEFAULT_LISTEN, String::as_str);
    listen.parse().map_err(|_| ConfigError::Value {
        name: "--listen",
        why: format!("{listen:?} is not an address and a port such as 127.0.0.1:8787"),
    })
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
pub(super) fn lock(path: &Path) -> Result<File, CliError> {
    let failed = |path: PathBuf, error: io::Error| CliError::Failed(format!("{} cannot be locked: {error}", path.display()));
    let file = files::to_lock(path).map_err(|error| failed(path.to_owned(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CliError::Failed(format!(
            "another `waxwing serve` runs on this data ({} is locked); stop it first, or give another --data-dir",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(path.to_owned(), error)),
    }
}

/// For people and for scripts: a line of its own is `listening on` and the address.
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
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
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
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without signals there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
