//! A provider that people sign in at: where its endpoints are, its keys, and the exchange of a code for an ID token.
//!
//! What must hold: nothing is said to it in the clear, but on this machine; the client's secret goes to its token endpoint and nowhere else;
//! neither codes nor tokens reach a log or an error. Keys are fetched again when a token names one that is not known, once a minute at
//! most (and while that fails, as [`Kept`] says), so that nobody can have us ask all the time.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use url::form_urlencoded;
use waxwing_protocol::Millis;

use super::flow::Flow;
use super::id_token::{self, Expected, Jwk, Refused, Said};
use super::kept::Kept;
use crate::config::{Secret, is_loopback_url};

/// One answer takes this long at most.
const TIMEOUT: Duration = Duration::from_secs(10);
/// And is this long at most.
const MAX_ANSWER: usize = 512 * 1024;
/// What is known of the provider is asked for anew after this.
const KEEP: Millis = 24 * 60 * 60 * 1000;
/// Keys are asked for anew no sooner than this.
const KEYS_AGAIN: Millis = 60 * 1000;
/// Only name, address and language are taken.
const SCOPE: &str = "openid email profile";
/// Who says `hd`.
const GOOGLE: &str = "https://accounts.google.com";

/// Who gets an account without being asked for it by an admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admit {
    /// Nobody: invitations only.
    Invited,
    /// Whoever has an address at one of these domains.
    Domains(Vec<String>),
    /// Anyone.
    Anyone,
}

impl Admit {
    /// Reads `invited`, `anyone`, or `domain` with one or several names.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
        match (words.next()?, words.next()) {
            ("invited", None) => Some(Self::Invited),
            ("anyone", None) => Some(Self::Anyone),
            ("domain", Some(first)) => {
                let all = std::iter::once(first).chain(words).map(|name| name.trim_start_matches('@').to_lowercase());
                let all: Vec<_> = all.collect();
                all.iter().all(|name| name.contains('.') && !name.contains(['@', '/'])).then_some(Self::Domains(all))
            }
            _ => None,
        }
    }

    /// Whether this person needs no invitation. At Google an address of any domain can be confirmed by whoever reads its mail: there the
    /// organisation counts.
    pub fn lets_in(&self, said: &Said) -> bool {
        match self {
            Self::Invited => false,
            Self::Anyone => true,
            Self::Domains(domains) => {
                let of_address = said.vouched.address.rsplit_once('@').map(|(_, domain)| domain);
                let domain = if said.vouched.issuer == GOOGLE { said.hosted_domain.as_deref() } else { of_address };
                domain.is_some_and(|domain| domains.iter().any(|one| one == domain))
            }
        }
    }
}

/// What the operator chose.
#[derive(Debug, Clone)]
pub struct Options {
    /// The provider's address.
    pub issuer: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Secret,
    /// What the button calls it.
    pub name: String,
    /// Who gets in.
    pub admit: Admit,
}

impl Options {
    /// Checks the provider's address. The error is for the operator.
    pub fn checked(self) -> Result<Self, &'static str> {
        if !is_safe(&self.issuer) {
            return Err("the issuer should be an https address, e.g. https://accounts.google.com");
        }
        if self.client_id.trim().is_empty() || self.client_secret.reveal().trim().is_empty() {
            return Err("client_id and client_secret_file go together with issuer");
        }
        Ok(self)
    }
}

/// Encrypted, or on this machine.
fn is_safe(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        let host = url.host_str().is_some_and(|host| !host.is_empty());
        host && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback_url(address)))
    })
}

/// Why somebody could not be signed in at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It cannot be reached, or does not answer in time.
    #[error("the provider does not answer")]
    Away,
    /// It answers something else than a provider does.
    #[error("the provider does not answer as OpenID Connect asks for")]
    Odd,
    /// It does not take the code, or the client.
    #[error("the provider does not take the answer or this client")]
    Code,
    /// Its token is not believed.
    #[error("the token is not believed: {0}")]
    Token(#[from] Refused),
}

#[derive(Debug, Clone, Deserialize)]
struct Discovered {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct KeySet {
    // Keys of kinds that nobody here knows are passed over.
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// See the file's head.
#[derive(Debug)]
pub struct Provider {
    /// What the operator chose.
    pub options: Options,
    http: OnceLock<Client>,
    known: Kept<Discovered>,
    keys: Kept<Arc<Vec<Jwk>>>,
}

impl Provider {
    /// A provider; nothing is asked of it yet.
    pub fn new(options: Options) -> Self {
        Self { options, http: OnceLock::new(), known: Kept::default(), keys: Kept::default() }
    }

    /// Where somebody is sent to sign in.
    pub async fn authorization(&self, flow: &Flow, redirect_uri: &str, now: Millis) -> Result<String, Failed> {
        let found = self.discovered(now).await?;
        let mut url = Url::parse(&found.authorization_endpoint).map_err(|_| Failed::Odd)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.options.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", &flow.state())
            .append_pair("nonce", &flow.nonce())
            .append_pair("code_challenge", &flow.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Who it is that came back with this code.
    pub async fn redeem(&self, flow: &Flow, code: &str, redirect_uri: &str, now: Millis) -> Result<Said, Failed> {
        let found = self.discovered(now).await?;
        let token = self.exchange(&found, flow, code, redirect_uri).await?;
        let nonce = flow.nonce();
        let expected = Expected { issuer: &found.issuer, client_id: &self.options.client_id, nonce: &nonce, now };
        match id_token::read(&token, &self.keys(&found, now, KEEP).await?, expected) {
            Err(Refused::UnknownKey) => Ok(id_token::read(&token, &self.keys(&found, now, KEYS_AGAIN).await?, expected)?),
            other => Ok(other?),
        }
    }

    /// Whether an answer that names its issuer (RFC 9207) is of this one.
    pub fn is_issuer(&self, issuer: &str) -> bool {
        issuer.trim_end_matches('/') == self.options.issuer.trim_end_matches('/')
    }

    async fn exchange(&self, found: &Discovered, flow: &Flow, code: &str, redirect_uri: &str) -> Result<String, Failed> {
        let (id, secret) = (&self.options.client_id, self.options.client_secret.reveal().trim());
        let methods = found.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        let in_form = !methods.is_empty() && !methods.iter().any(|method| method == "client_secret_basic");
        let form = {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "authorization_code")
                .append_pair("code", code)
                .append_pair("redirect_uri", redirect_uri)
                .append_pair("code_verifier", &flow.verifier());
            if in_form {
                form.append_pair("client_id", id).append_pair("client_secret", secret);
            }
            form.finish()
        };
        let mut request = self.http()?.post(&found.token_endpoint);
        if !in_form {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(id), Some(encoded(secret)));
        }
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let response = request.send().await.map_err(|_| Failed::Away)?;
        if response.status().is_client_error() {
            return Err(Failed::Code);
        }
        Ok(json::<Tokens>(response).await?.id_token)
    }

    async fn discovered(&self, now: Millis) -> Result<Discovered, Failed> {
        self.known.get(now, KEEP, self.discover()).await
    }

    async fn discover(&self) -> Result<Discovered, Failed> {
        let issuer = self.options.issuer.trim_end_matches('/');
        let at = format!("{issuer}/.well-known/openid-configuration");
        let found: Discovered = json(self.http()?.get(at).send().await.map_err(|_| Failed::Away)?).await?;
        let safe = [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri].into_iter().all(|at| is_safe(at));
        if safe && self.is_issuer(&found.issuer) { Ok(found) } else { Err(Failed::Odd) }
    }

    /// The keys, not older than `age`.
    async fn keys(&self, found: &Discovered, now: Millis, age: Millis) -> Result<Arc<Vec<Jwk>>, Failed> {
        self.keys.get(now, age, self.ask_for_keys(&found.jwks_uri)).await
    }

    async fn ask_for_keys(&self, at: &str) -> Result<Arc<Vec<Jwk>>, Failed> {
        let set: KeySet = json(self.http()?.get(at).send().await.map_err(|_| Failed::Away)?).await?;
        Ok(Arc::new(set.keys.into_iter().take(100).filter_map(|key| serde_json::from_value(key).ok()).collect()))
    }

    fn http(&self) -> Result<&Client, Failed> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("waxwing/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| Failed::Away)?;
        Ok(self.http.get_or_init(|| client))
    }
}

/// The JSON of an answer.
async fn json<T: DeserializeOwned>(mut response: Response) -> Result<T, Failed> {
    if response.status().is_server_error() {
        return Err(Failed::Away);
    }
    if !response.status().is_success() {
        return Err(Failed::Odd);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Failed::Away)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Failed::Odd);
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|_| Failed::Odd)
}
