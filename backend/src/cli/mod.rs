//! The command line, one subcommand a file.
//!
//! What must hold: stdout is for machines and holds nothing else; words for people go to stderr. Exit status 0, 1 (failed) or
//! 2 (wrong use). A reader that closes the pipe early is no failure.

pub mod accounts;
pub mod admin;
pub mod backup;
pub mod classify;
pub mod devices;
pub mod doctor;
pub mod erase;
pub mod export;
pub mod hits;
pub mod invite;
mod json;
pub mod keys;
pub mod links_only;
pub mod lists;
pub mod mail;
pub mod mailkind;
pub mod metrics;
pub mod migrate;
pub mod mint;
pub mod openapi;
pub mod pair;
pub mod purge;
pub mod restore;
pub mod serve;
mod set_aside;
pub mod when;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::backup::BackupError;
use crate::clock::Clock;
use crate::config::{self, ConfigError, ConfigFile};
use crate::entropy::Entropy;
use crate::keys::KeyError;
use crate::log;
use crate::nodes::keys::WrongKeys;
use crate::store::{Options, Store, StoreError};

/// Waxwing's backend: tells you whether your mails were opened and clicked, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "waxwing", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Where data, keys and waxwing.toml are [default: the platform's data folder]
    #[arg(long, global = true, env = "WAXWING_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The settings [default: waxwing.toml in the data folder]
    #[arg(long, global = true, env = "WAXWING_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: `sqlite://` and the path of a file [default: waxwing.db in the data folder]
    #[arg(long, global = true, env = "WAXWING_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// How log lines on stderr look [default: text]
    #[arg(long, global = true, env = "WAXWING_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<log::Format>,
    /// What is logged: error, warn, info, debug, or directives
    #[arg(long, global = true, env = "WAXWING_LOG", value_name = "LEVEL", default_value = "info")]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the backend
    Serve(serve::Args),
    /// Keep the links in mails alive, and do nothing else: for a backend that is given up
    LinksOnly(links_only::Args),
    /// Print a pairing code, good once and for 15 minutes
    Pair(pair::Args),
    /// Print pixel addresses, one a line, for trying things out
    Mint(mint::Args),
    /// Print the stored hits as JSON lines, oldest first
    Hits(hits::Args),
    /// List who has an account as JSON lines, or suspend one
    Accounts(accounts::Args),
    /// Make an account one that says who may use this backend
    Admin(admin::Args),
    /// Print an invitation's code, good once and for 7 days
    Invite(invite::Args),
    /// List the paired browsers as JSON lines, or revoke one
    Devices(devices::Args),
    /// Change the key that mailboxes' secrets are sealed under, or begin a new epoch of minting
    Keys(keys::Args),
    /// Back the database up, beside the running backend
    Backup(backup::Args),
    /// Restore a backup into a new data folder
    Restore(restore::Args),
    /// Move everything from a database that is a file into one on a server
    Migrate(migrate::Args),
    /// Take away what retention has let expire, or say what would go
    Purge(purge::Args),
    /// Put everything about an account into one archive
    Export(export::Args),
    /// Erase an account or a recipient, or restrict an account
    Erase(erase::Args),
    /// Check the deployment
    Doctor(doctor::Args),
    /// Read hits as JSON lines, print label, confidence and reason of each
    Classify(classify::Args),
    /// Bring and show the lists of addresses that verdicts weigh
    Lists(lists::Args),
    /// Print what a phrase about time means: tomorrow 9am
    When(when::Args),
    /// Print what mails are: a person's, automatic replies, bounces
    Mailkind(mailkind::Args),
    /// Print the API's description (OpenAPI, JSON)
    Openapi,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Wrong use: exit status 2.
    #[error("{0}")]
    Usage(String),
    /// It did not work: exit status 1.
    #[error("{0}")]
    Failed(String),
    /// Exit status 1, and everything is said already.
    #[error("")]
    Said,
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::DataDir { .. } | ConfigError::Read { .. } => Self::Failed(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownEngine(_) | StoreError::Address => Self::Usage(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<WrongKeys> for CliError {
    fn from(error: WrongKeys) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What every command works with.
pub struct Context {
    /// The data folder. It may not exist yet: [`Context::create_data_dir`].
    pub data_dir: PathBuf,
    /// `waxwing.toml`.
    pub file: ConfigFile,
    /// `--database`, from wherever it was set.
    pub database: Option<String>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

impl Context {
    /// Makes the data folder when it is missing.
    pub fn create_data_dir(&self) -> Result<(), CliError> {
        Ok(config::create_data_dir(&self.data_dir)?)
    }

    /// How the database is opened.
    pub fn store_options(&self) -> Result<Options, CliError> {
        Ok(Options::new(&self.data_dir, self.database.as_deref())?)
    }

    /// Opens the database; makes folder and file when they are missing.
    pub async fn open_or_create(&self) -> Result<Store, CliError> {
        self.create_data_dir()?;
        Ok(Store::open(&self.store_options()?).await?)
    }

    /// Opens the database that must be there.
    pub async fn open_existing(&self) -> Result<Store, CliError> {
        Ok(Store::open(&self.store_options()?.existing()).await?)
    }
}

/// Runs the command line and gives the exit status.
pub fn run(args: impl Iterator<Item = OsString>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout with status 0, mistakes to stderr with status 2. A closed pipe is fine.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match execute(cli, clock, entropy) {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError::Said) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "waxwing: {error}");
            ExitCode::from(if matches!(error, CliError::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn execute(cli: Cli, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<(), CliError> {
    let data_dir = match cli.common.data_dir {
        Some(dir) => dir,
        None => config::default_data_dir()?,
    };
    let file = ConfigFile::load(&data_dir, cli.common.config.as_deref())?;
    let log_format = match (cli.common.log_format, file.log_format.as_deref()) {
        (Some(format), _) => format,
        (None, Some(name)) => <log::Format as clap::ValueEnum>::from_str(name, true)
            .map_err(|_| CliError::Usage("log_format is text or json".to_owned()))?,
        (None, None) => log::Format::default(),
    };
    log::start(log_format, &cli.common.log);
    let database = cli.common.database.or_else(|| file.database.clone());
    let context = Context { data_dir, file, database, clock, entropy };
    match cli.command {
        Command::Serve(args) => runtime(true)?.block_on(serve::run(&context, args)),
        Command::LinksOnly(args) => runtime(true)?.block_on(links_only::run(&context, &args)),
        Command::Pair(args) => runtime(false)?.block_on(pair::run(&context, &args)),
        Command::Mint(args) => runtime(false)?.block_on(mint::run(&context, &args)),
        Command::Hits(args) => runtime(false)?.block_on(hits::run(&context, &args)),
        Command::Accounts(args) => runtime(false)?.block_on(accounts::run(&context, &args)),
        Command::Admin(args) => runtime(false)?.block_on(admin::run(&context, &args)),
        Command::Invite(args) => runtime(false)?.block_on(invite::run(&context, &args)),
        Command::Devices(args) => runtime(false)?.block_on(devices::run(&context, &args)),
        Command::Keys(args) => runtime(false)?.block_on(keys::run(&context, &args)),
        Command::Backup(args) => runtime(false)?.block_on(backup::run(&context, &args)),
        Command::Restore(args) => runtime(false)?.block_on(restore::run(&context, &args)),
        Command::Migrate(args) => runtime(false)?.block_on(migrate::run(&context, &args)),
        Command::Purge(args) => runtime(false)?.block_on(purge::run(&context, &args)),
        Command::Export(args) => runtime(false)?.block_on(export::run(&context, &args)),
        Command::Erase(args) => runtime(false)?.block_on(erase::run(&context, &args)),
        Command::Doctor(args) => runtime(false)?.block_on(doctor::run(&context, &args)),
        Command::Classify(args) => classify::run(&context, &args),
        Command::Lists(args) => runtime(false)?.block_on(lists::run(&context, &args)),
        Command::When(args) => when::run(&context, &args),
        Command::Mailkind(args) => mailkind::run(&args),
        Command::Openapi => openapi::run(),
    }
}

fn runtime(threads: bool) -> io::Result<tokio::runtime::Runtime> {
    let mut builder =
        if threads { tokio::runtime::Builder::new_multi_thread() } else { tokio::runtime::Builder::new_current_thread() };
    builder.enable_all().build()
}

/// A closed pipe is no failure: whoever read has enough.
fn piped(result: io::Result<()>) -> Result<(), CliError> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Reads an account's name: one line of at most 100 characters.
fn account_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err("a name has 1 to 100 characters and no line breaks".to_owned());
    }
    Ok(name.to_owned())
}
