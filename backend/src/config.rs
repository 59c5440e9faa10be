//! What the operator chose: flags over environment (`WAXWING_*`) over `waxwing.toml` over defaults.
//!
//! clap merges the first two; this module reads the file and checks the values. Secrets that may stand in the file (that of the
//! operator's client at Google, the token of the numbers) are never printed.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use crate::accounts::oidc::{Admit, Options, Provider};

/// The name of the file in the data folder.
pub const CONFIG_FILE: &str = "waxwing.toml";
/// Where `serve` listens when nothing else is said: only this machine reaches it.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8787";
/// The pinned id of the extension: the origin that CORS lets in by default.
pub const DEFAULT_EXTENSION_ID: &str = include_str!("../../extension/ID.txt");

/// `waxwing.toml`. Every field can also be a flag or an environment variable.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Address and port to listen on.
    pub listen: Option<String>,
    /// Where the extension reaches this backend.
    pub public_url: Option<String>,
    /// Where pixels and links point to.
    pub tracking_url: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// Networks whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxy: Vec<String>,
    /// Extension ids that CORS lets in besides the pinned one.
    #[serde(default)]
    pub allow_origin: Vec<String>,
    /// `text` or `json`.
    pub log_format: Option<String>,
    /// A PEM file: certificates that mail servers may show besides those that this machine trusts.
    pub mail_ca: Option<PathBuf>,
    /// Address and port where numbers are served.
    pub metrics_listen: Option<String>,
    /// What whoever reads the numbers has to show.
    pub metrics_token: Option<Secret>,
    /// The client at Google.
    #[serde(default)]
    pub google: GoogleFile,
    /// Where people sign in.
    #[serde(default)]
    pub oidc: OidcFile,
    /// How many days things are kept, where that is less than the default: names of rules, see [`crate::retention::rules`].
    #[serde(default)]
    pub retention: BTreeMap<String, u32>,
}

/// `[google]` in `waxwing.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoogleFile {
    /// The client's id.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// The topic on which Gmail tells what changes.
    pub pubsub_topic: Option<String>,
    /// Its subscription, which is pulled from.
    pub pubsub_subscription: Option<String>,
    /// The key of a service account that may pull from it.
    pub service_account: Option<PathBuf>,
    /// Something else that speaks as Google does, for tests.
    pub url: Option<String>,
    /// Quota units that one user may spend in a minute; 0 counts nothing.
    pub units_per_minute: Option<u32>,
}

/// `[oidc]` in `waxwing.toml`: where people sign in to their account's page (docs/ACCOUNTS.md).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcFile {
    /// The provider's address.
    pub issuer: Option<String>,
    /// Our id there.
    pub client_id: Option<String>,
    /// The file with our secret there; a relative path is one in the data folder.
    pub client_secret_file: Option<PathBuf>,
    /// What the button calls the provider.
    pub name: Option<String>,
    /// Who gets in: `invited`, `domain example.org`, `anyone`.
    pub admit: Option<String>,
}

impl OidcFile {
    /// The provider, when there is one.
    pub fn provider(&self, data_dir: &Path) -> Result<Option<Provider>, ConfigError> {
        let wrong = |name, why: &str| ConfigError::Value { name, why: why.to_owned() };
        let Some(issuer) = self.issuer.as_ref() else {
            let alone = self.client_id.is_some() || self.client_secret_file.is_some() || self.admit.is_some();
            return if alone { Err(wrong("oidc.issuer", "the rest of [oidc] is there, but not the issuer")) } else { Ok(None) };
        };
        let admit = Admit::parse(self.admit.as_deref().unwrap_or("invited"))
            .ok_or_else(|| wrong("oidc.admit", "it is invited, domain example.org, or anyone"))?;
        let Some(file) = self.client_secret_file.as_ref() else {
            return Err(wrong("oidc.client_secret_file", "it names the file with the client's secret"));
        };
        let path = data_dir.join(file);
        let secret = fs::read_to_string(&path).map_err(|source| ConfigError::Read { path, source })?;
        let name = self.name.clone().or_else(|| Url::parse(issuer).ok()?.host_str().map(str::to_owned)).unwrap_or_default();
        let client_id = self.client_id.clone().unwrap_or_default();
        let options = Options { issuer: issuer.trim().to_owned(), client_id, client_secret: Secret::from(secret), name, admit };
        let options = options.checked().map_err(|why| wrong("oidc.issuer", why))?;
        Ok(Some(Provider::new(options)))
    }
}

/// A setting that nobody prints.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &String {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is wrong with the settings: shown to the operator, exit status 2.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The platform does not say where data goes.
    #[error("this platform names no folder for data: give one with --data-dir")]
    NoDataDir,
    /// The data folder cannot be made.
    #[error("the data folder {path} cannot be made: {source}", path = path.display())]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not of the form.
    #[error("{path}, line {line}: {why}", path = path.display())]
    Parse {
        /// Which.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why. Not the line itself, which may hold a secret.
        why: String,
    },
    /// A value is not of the form.
    #[error("{name}: {why}")]
    Value {
        /// The flag.
        name: &'static str,
        /// What it should be.
        why: String,
    },
}

impl ConfigFile {
    /// Reads the file, or gives the defaults when there is none at the default place.
    pub fn load(data_dir: &Path, explicit: Option<&Path>) -> Result<Self, ConfigError> {
        let path = explicit.map_or_else(|| data_dir.join(CONFIG_FILE), Path::to_owned);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && explicit.is_none() => return Ok(Self::default()),
            Err(source) => return Err(ConfigError::Read { path, source }),
        };
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            ConfigError::Parse { path, line: before.matches('\n').count() + 1, why: error.message().to_owned() }
        })
    }
}

/// The platform's data folder, e.g. `~/.local/share/waxwing`.
pub fn default_data_dir() -> Result<PathBuf, ConfigError> {
    dirs::data_dir().map(|dir| dir.join("waxwing")).ok_or(ConfigError::NoDataDir)
}

/// Makes the data folder, readable only by its owner; one that exists keeps its rights.
pub fn create_data_dir(path: &Path) -> Result<(), ConfigError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| ConfigError::DataDir { path: path.to_owned(), source })
}

/// Reads a base address: an origin, perhaps with a path; the slash at its end goes.
pub fn base_url(name: &'static str, text: &str) -> Result<String, ConfigError> {
    let wrong = |why: &str| ConfigError::Value { name, why: format!("{why}, e.g. https://waxwing.example.org") };
    let url = Url::parse(text.trim()).map_err(|_| wrong("this is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it should start with http:// or https:// and name a host"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it should have no query, fragment, user or password"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The base address for a listener when the operator gave none.
pub fn url_of_listener(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

/// True when only this machine can reach the address: mails to others then track nothing.
pub fn is_loopback_url(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => ip.to_canonical().is_loopback() || ip.is_unspecified(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Reads a network: `10.0.0.0/8`, `fd00::/8` or a single address.
pub fn network(text: &str) -> Result<IpNet, ConfigError> {
    let text = text.trim();
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| ConfigError::Value {
        name: "--trusted-proxy",
        why: format!("{text:?} is not a network such as 10.0.0.0/8 or an address"),
    })
}

/// Reads an extension id, alone or as `chrome-extension://id`, and gives the origin.
pub fn extension_origin(text: &str) -> Result<String, ConfigError> {
    let id = text.trim().trim_end_matches('/');
    let id = id.strip_prefix("chrome-extension://").unwrap_or(id);
    if id.len() == 32 && id.bytes().all(|b| (b'a'..=b'p').contains(&b)) {
        Ok(format!("chrome-extension://{id}"))
    } else {
        let why = "an extension's id has 32 letters from a to p".to_owned();
        Err(ConfigError::Value { name: "--allow-origin", why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for (text, want) in [
            ("https://a.example/", "https://a.example"),
            (" http://127.0.0.1:8787 ", "http://127.0.0.1:8787"),
            ("https://a.example/wax/", "https://a.example/wax"),
            ("HTTPS://A.example", "https://a.example"),
        ] {
            assert_eq!(base_url("--public-url", text).unwrap(), want);
        }
        for text in ["", "a.example", "ftp://a", "https://a/?q", "https://a/#f", "https://u:p@a", "javascript:alert(1)"] {
            assert!(base_url("--public-url", text).is_err(), "{text}");
        }
    }

    #[test]
    fn loopback() {
        for (url, want) in [
            ("http://127.0.0.1:1", true),
            ("http://localhost", true),
            ("http://[::1]:8787", true),
            ("http://x.localhost", true),
            ("https://a.example", false),
            ("http://192.168.1.5", false),
        ] {
            assert_eq!(is_loopback_url(url), want, "{url}");
        }
    }

    #[test]
    fn the_pinned_extension_is_one() {
        let origin = extension_origin(DEFAULT_EXTENSION_ID).unwrap();
        assert_eq!(extension_origin(&origin).unwrap(), origin);
        assert!(extension_origin("https://evil.example").is_err());
    }

    #[test]
    fn unspecified_listeners_get_an_address_that_can_be_opened() {
        assert_eq!(url_of_listener("0.0.0.0:5".parse().unwrap()), "http://127.0.0.1:5");
        assert_eq!(url_of_listener("[::]:5".parse().unwrap()), "http://[::1]:5");
        assert_eq!(url_of_listener("127.0.0.1:5".parse().unwrap()), "http://127.0.0.1:5");
    }

    #[test]
    fn the_file_takes_known_names_only() {
        let dir = tempfile::tempdir().unwrap();
        assert!(ConfigFile::load(dir.path(), None).unwrap().listen.is_none());
        assert!(matches!(ConfigFile::load(dir.path(), Some(&dir.path().join("no"))), Err(ConfigError::Read { .. })));
        fs::write(dir.path().join(CONFIG_FILE), "listen = '127.0.0.1:1'\ntrusted_proxy = ['10.0.0.0/8']").unwrap();
        assert_eq!(ConfigFile::load(dir.path(), None).unwrap().listen.as_deref(), Some("127.0.0.1:1"));
        fs::write(dir.path().join(CONFIG_FILE), "lisen = '127.0.0.1:1'").unwrap();
        assert!(matches!(ConfigFile::load(dir.path(), None), Err(ConfigError::Parse { line: 1, .. })));
    }

    #[test]
    fn googles_client_is_not_printed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(CONFIG_FILE);
        fs::write(&file, "[google]\nclient_id = 'id'\nclient_secret = 'needle'\n").unwrap();
        let read = ConfigFile::load(dir.path(), None).unwrap();
        assert_eq!(read.google.client_secret.as_ref().unwrap().reveal(), "needle");
        assert!(!format!("{read:?}").contains("needle"));
        for wrong in ["[google]\nclient_secret = needle", "[google]\nclient_secret = 'needle\n", "[google]\nsecret = 'needle'"]
        {
            fs::write(&file, wrong).unwrap();
            let error = ConfigFile::load(dir.path(), None).unwrap_err();
            assert!(matches!(error, ConfigError::Parse { line: 2, .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("needle"), "{error}");
        }
    }
}
