//! The settings of mailboxes, for `serve` and `doctor`: Google's client, authorities for mail servers, the master key.

use std::path::PathBuf;

use super::Context;
use crate::config::{self, ConfigError, Secret};
use crate::mailbox::gmail::push::{Push, PushOptions};
use crate::mailbox::gmail::{Endpoints, Google, GoogleClient, UNITS_PER_MINUTE};
use crate::mailbox::options::{self, Options};
use crate::seal::{Given, Seal};
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
    /// The Pub/Sub topic on which Gmail tells what changes (docs/GMAIL.md)
    #[arg(long, env = "WAXWING_GOOGLE_PUBSUB_TOPIC", value_name = "NAME")]
    google_pubsub_topic: Option<String>,
    /// Its subscription, which is pulled from
    #[arg(long, env = "WAXWING_GOOGLE_PUBSUB_SUBSCRIPTION", value_name = "NAME")]
    google_pubsub_subscription: Option<String>,
    /// The key of a service account that may pull from it, as Google hands it out
    #[arg(long, env = "WAXWING_GOOGLE_SERVICE_ACCOUNT", value_name = "FILE")]
    google_service_account: Option<PathBuf>,
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
        let google = Google::new(endpoints, client, units).with_push(self.push(context)?);
        Ok(Options::new(seal, google, mail_ca))
    }

    /// How Google tells what changes: all of its three settings, or none.
    fn push(&self, context: &Context) -> Result<Option<Push>, ConfigError> {
        let file = &context.file.google;
        let filled = |given: Option<&String>| given.map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        let topic = filled(self.google_pubsub_topic.as_ref().or(file.pubsub_topic.as_ref()));
        let subscription = filled(self.google_pubsub_subscription.as_ref().or(file.pubsub_subscription.as_ref()));
        let key = self.google_service_account.as_ref().or(file.service_account.as_ref());
        let key = key.filter(|path| !path.as_os_str().is_empty());
        let wrong = |why: &str| ConfigError::Value { name: "--google-pubsub-topic", why: why.to_owned() };
        match (topic, subscription, key) {
            (None, None, None) => Ok(None),
            (Some(topic), Some(subscription), Some(key)) => {
                let options = PushOptions::new(&topic, &subscription, key.clone()).map_err(wrong)?;
                Ok(Some(Push::new(options)))
            }
            _ => Err(wrong("the topic, --google-pubsub-subscription and --google-service-account go together: docs/GMAIL.md")),
        }
    }
}

/// The master key, made when there is none yet.
pub fn load_or_create_seal(context: &Context) -> Result<Seal, KeyError> {
    Seal::load_or_create(&context.data_dir, &Given::from_env(), context.entropy.as_ref())
}

/// The master key, when there is one.
pub fn load_seal(context: &Context) -> Result<Seal, KeyError> {
    Seal::load(&context.data_dir, &Given::from_env())
}
