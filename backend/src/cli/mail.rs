//! The settings of mailboxes, for `serve` and `doctor`: Google's client, authorities for mail servers, the master key.

use std::path::PathBuf;

use super::Context;
use crate::config::{self, ConfigError, Secret};
use crate::mailbox::gmail::{Endpoints, Google, GoogleClient, UNITS_PER_MINUTE};
use crate::mailbox::options::{self, Options};
use crate::seal::{self, Seal};
use crate::secret_file::KeyError;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct MailArgs {
    /// The id of your OAuth client at Google, for Gmail's API (docs/GMAIL.md)
    #[arg(long, env = "WAXWING_GOOGLE_CLIENT_ID", value_name = "ID")]
    google_client_id: Option<String>,
    /// Its secret: better in the environment or in waxwing.toml, since arguments can be seen by others
    #[arg(long, env = "WAXWING_GOOGLE_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true, hide = true)]
    google_client_secret: Option<Secret>,
    /// Something else that speaks as Google does
    #[arg(long, env = "WAXWING_GOOGLE_URL", value_name = "URL", hide = true)]
    google_url: Option<String>,
    /// Quota units that one user may spend in a minute; 0 counts nothing
    #[arg(long, env = "WAXWING_GOOGLE_UNITS_PER_MINUTE", value_name = "N", hide = true)]
    google_units_per_minute: Option<u32>,
    /// Certificates in PEM form that mail servers may show besides those that this machine trusts
    #[arg(long, env = "WAXWING_MAIL_CA", value_name = "FILE")]
    mail_ca: Option<PathBuf>,
}

impl MailArgs {
    /// What was chosen: flags and environment over the file.
    pub fn options(&self, context: &Context, seal: Seal) -> Result<Options, ConfigError> {
        let file = &context.file.google;
        let filled = |text: Option<&String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let id = filled(self.google_client_id.as_ref().or(file.client_id.as_ref()));
        let secret = self.google_client_secret.as_ref().or(file.client_secret.as_ref());
        let secret = filled(secret.map(Secret::reveal));
        let client = match (id, secret) {
            (Some(id), Some(secret)) => Some(GoogleClient { id, secret }),
            (None, None) => None,
            (Some(_), None) => {
                let why =
                    "it needs the client's secret beside it: WAXWING_GOOGLE_CLIENT_SECRET, or client_secret in waxwing.toml";
                return Err(ConfigError::Value { name: "--google-client-id", why: why.to_owned() });
            }
            (None, Some(_)) => {
                let why = "the client's secret is there, but not its id".to_owned();
                return Err(ConfigError::Value { name: "--google-client-id", why });
            }
        };
        let url = filled(self.google_url.as_ref().or(file.url.as_ref()));
        let endpoints = match url {
            Some(url) => Endpoints::under(&config::base_url("--google-url", &url)?),
            None => Endpoints::default(),
        };
        let units = self.google_units_per_minute.or(file.units_per_minute).unwrap_or(UNITS_PER_MINUTE);
        let mail_ca = match self.mail_ca.as_ref().or(context.file.mail_ca.as_ref()) {
            None => Vec::new(),
            Some(path) => options::certificates(path)
                .map_err(|why| ConfigError::Value { name: "--mail-ca", why: format!("{}: {why}", path.display()) })?,
        };
        Ok(Options::new(seal, Google::new(endpoints, client, units), mail_ca))
    }
}

/// The master key that the environment gives.
fn given() -> Option<Secret> {
    std::env::var(seal::MASTER_KEY_ENV).ok().filter(|text| !text.trim().is_empty()).map(Secret::from)
}

/// The master key, made when there is none yet.
pub fn load_or_create_seal(context: &Context) -> Result<Seal, KeyError> {
    let given = given();
    Seal::load_or_create(&context.data_dir, given.as_ref().map(|text| text.reveal().as_str()), context.entropy.as_ref())
}

/// The master key, when there is one.
pub fn load_seal(context: &Context) -> Result<Seal, KeyError> {
    let given = given();
    Seal::load(&context.data_dir, given.as_ref().map(|text| text.reveal().as_str()))
}
