//! The settings of the numbers, for `serve` and `doctor`: where they are served, and what must be shown to read them.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::{CliError, Context};
use crate::app::App;
use crate::config::{self, ConfigError, Secret};
use crate::http::metrics::{Numbers, PATH};
use crate::store::settings;

/// A token that is shorter could be found by trying.
const SHORTEST: usize = 16;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct MetricsArgs {
    /// Address and port where numbers for Prometheus are served at /metrics, best one that only this machine reaches
    #[arg(long, env = "WAXWING_METRICS_LISTEN", value_name = "ADDR")]
    metrics_listen: Option<String>,
    #[command(flatten)]
    token: TokenArgs,
}

/// The token alone.
#[derive(Debug, clap::Args)]
pub struct TokenArgs {
    /// What has to be shown to read them: in the environment or in waxwing.toml, since arguments can be seen by others
    #[arg(long, env = "WAXWING_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true, hide = true)]
    metrics_token: Option<Secret>,
}

/// What was chosen, checked.
#[derive(Debug)]
pub struct Chosen {
    listen: Option<SocketAddr>,
    token: Option<Secret>,
}

impl MetricsArgs {
    /// What was chosen: flags and environment over the file.
    pub fn checked(&self, context: &Context) -> Result<Chosen, ConfigError> {
        let listen = self.metrics_listen.as_ref().or(context.file.metrics_listen.as_ref());
        let listen = listen.map(|text| text.trim()).filter(|text| !text.is_empty());
        let parse = |text: &str| {
            let why = format!("{text:?} is not an address and a port such as 127.0.0.1:9187");
            text.parse().map_err(|_| ConfigError::Value { name: "--metrics-listen", why })
        };
        Ok(Chosen { listen: listen.map(parse).transpose()?, token: self.token.checked(context)? })
    }
}

impl TokenArgs {
    /// What was chosen. A token is printable ASCII, since it stands in a header.
    pub fn checked(&self, context: &Context) -> Result<Option<Secret>, ConfigError> {
        let token = self.metrics_token.as_ref().or(context.file.metrics_token.as_ref());
        let Some(token) = token.map(|token| token.reveal().trim()).filter(|token| !token.is_empty()) else { return Ok(None) };
        if token.len() < SHORTEST || !token.bytes().all(|b| b.is_ascii_graphic()) {
            let why =
                format!("it has at least {SHORTEST} letters, digits and signs, without spaces: openssl rand -hex 24 makes one");
            return Err(ConfigError::Value { name: "metrics_token", why });
        }
        Ok(Some(Secret::from(token.to_owned())))
    }
}

impl Chosen {
    /// Listens, where an address was chosen.
    pub async fn bind(&self) -> Result<Option<TcpListener>, CliError> {
        let Some(listen) = self.listen else { return Ok(None) };
        let failed = |e| CliError::Failed(format!("cannot listen on {listen} for /metrics: {e}"));
        TcpListener::bind(listen).await.map(Some).map_err(failed)
    }

    /// Who may see the numbers.
    pub fn numbers(&self, app: &Arc<App>) -> Numbers {
        Numbers::new(Arc::clone(app), self.token.as_ref().map(|token| token.reveal().as_str()))
    }

    /// Has `doctor` know where they are.
    pub async fn remember(&self, app: &App, listener: Option<&TcpListener>) -> Result<(), CliError> {
        let url = match listener {
            Some(listener) => format!("{}{PATH}", config::url_of_listener(listener.local_addr()?)),
            None if self.token.is_some() => format!("{}{PATH}", app.settings.public_url),
            None => String::new(),
        };
        Ok(app.store.set_setting(settings::METRICS_URL, &url).await?)
    }
}
