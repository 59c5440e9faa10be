//! The log: words for the operator on stderr, as text or as JSON lines.
//!
//! What must hold: it never has a token, a code, a key, an address, an account's name, a subject or a recipient. So nothing of
//! a request is logged but its method and the route it matched; things are named by their ids.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: a JSON object a line.
    Json,
}

/// Starts logging. `filter` is a level (`debug`), then of our own lines and only of ours, or directives (`hyper=debug`); when it
/// is not of the form, `info` is taken. Does nothing when logging was started before.
pub fn start(format: Format, filter: &str) {
    // Libraries know nothing of what must not be logged.
    let ours = |level: LevelFilter| format!("warn,waxwing_backend={level}");
    let directives = filter.parse().map_or_else(|_| filter.to_owned(), ours);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new(ours(LevelFilter::INFO)));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only when there is one already.
    let _ = match format {
        Format::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        Format::Json => builder.json().try_init(),
    };
}
