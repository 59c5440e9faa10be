//! A Gmail to test the extension against and to try the product on: a web page with Gmail's structure and behaviour at
//! Gmail's address, the image proxy, mailboxes for several people, and a plain control API for tests.
//!
//! What must hold: nothing of it is Gmail's own; it was written from what is known about Gmail's page and traffic. It
//! never talks to Google. Only this file reads the clock.

mod api;
mod app;
mod assets;
mod delivery;
mod demo;
mod html;
mod http;
mod ids;
mod images;
mod mailbox;
mod model;
mod oauth;
mod ops;
mod pubsub;
mod rewrite;
mod rfc5322;
mod sent_log;
mod settings;
mod shuffle;
#[cfg(test)]
mod tests;
mod tls;
mod visitors;
mod wire;
mod world;

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum_server::tls_rustls::RustlsConfig;
use clap::{Parser, ValueEnum};

#[derive(Debug, Parser)]
#[command(about = "A Gmail to test against. Prints one JSON line with its ports, then serves.")]
struct Args {
    /// Where the page and the image proxy listen (TLS).
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where the control API listens (plain HTTP).
    #[arg(long, default_value = "127.0.0.1:0")]
    control: SocketAddr,
    /// Where the REST API and Google's authorisation listen (plain HTTP).
    #[arg(long, default_value = "127.0.0.1:0")]
    api: SocketAddr,
    /// Mails to start with.
    #[arg(long, value_enum, default_value_t = Mails::Demo)]
    mails: Mails,
    /// Settings to start with, as a JSON object.
    #[arg(long, default_value = "{}")]
    settings: String,
    /// Seed of all ids; the clock's if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Read the web files from here instead of those built in.
    #[arg(long)]
    web: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mails {
    Demo,
    None,
}

type AnyError = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gmail-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
fn clock() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

async fn run(args: Args) -> Result<(), AnyError> {
    // A second provider in the process would be a mistake; that there is one already is none.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut world = world::World::new(args.seed.unwrap_or_else(|| clock().unsigned_abs()));
    world.settings = world.settings.patched(&serde_json::from_str(&args.settings)?)?;
    if matches!(args.mails, Mails::Demo) {
        demo::fill(&mut world, clock());
    }
    let app = app::App::new(world, Arc::new(clock), args.web)?;

    let identity = tls::identity()?;
    let page = listener(args.listen)?;
    let control = listener(args.control)?;
    let api = listener(args.api)?;
    let ports = serde_json::json!({
        "page": page.local_addr()?.port(), "control": control.local_addr()?.port(), "spki": identity.spki,
        "api": api.local_addr()?.port(),
    });
    let config = RustlsConfig::from_config(identity.config);
    let servers = async {
        tokio::try_join!(
            axum_server::from_tcp_rustls(page, config)?.serve(http::page_router(app.clone()).into_make_service()),
            axum_server::from_tcp(control)?.serve(http::control_router(app.clone()).into_make_service()),
            http::serve_api(api, http::api_router(app.clone())),
        )
    };
    writeln!(std::io::stdout().lock(), "{ports}")?;
    tokio::select! {
        ended = servers => { ended?; }
        () = deliver_in_time(app.clone()) => {}
        stopped = stop() => stopped?,
    }
    Ok(())
}

fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Ends undo windows when their time has come.
async fn deliver_in_time(app: Arc<app::App>) {
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        app.flush(false).await;
    }
}

async fn stop() -> std::io::Result<()> {
    let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = end.recv() => Ok(()),
    }
}
