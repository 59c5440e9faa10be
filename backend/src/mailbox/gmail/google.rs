//! Google as all mailboxes of this backend share it: where its endpoints are, the operator's client, and the HTTP clients.
//!
//! What must hold: the client's secret reaches nothing but the token endpoint; no redirect is followed; an answer is read up to
//! a limit and no further.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Client, Response};
use waxwing_protocol::api::Trouble;

use super::super::{MailboxError, uploading};
use super::push::Push;
use super::trouble;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A whole call, without what the bytes of a large mail take.
const TIMEOUT: Duration = Duration::from_mins(2);
/// Bytes of a request that the system may have taken and not sent yet.
const BUFFERED: usize = 4 * 1024 * 1024;
/// Connections that are kept for the next call.
const IDLE: usize = 16;
/// Units that Google gives one user in a minute.
pub const UNITS_PER_MINUTE: u32 = 6_000;

/// The operator's client at Google.
#[derive(Clone, PartialEq, Eq)]
pub struct GoogleClient {
    /// Its id: public.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl std::fmt::Debug for GoogleClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoogleClient").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Where Google's endpoints are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Before `/gmail/v1/…` and `/upload/gmail/v1/…`.
    pub api: String,
    /// The page where a person signs in and agrees.
    pub authorize: String,
    /// Codes and refresh tokens become access tokens here.
    pub token: String,
    /// Grants are given back here.
    pub revoke: String,
    /// Before `/v1/projects/…`: where what Gmail publishes is pulled from.
    pub pubsub: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            api: "https://gmail.googleapis.com".to_owned(),
            authorize: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            token: "https://oauth2.googleapis.com/token".to_owned(),
            revoke: "https://oauth2.googleapis.com/revoke".to_owned(),
            pubsub: "https://pubsub.googleapis.com".to_owned(),
        }
    }
}

impl Endpoints {
    /// All of them under one address that speaks as Google does.
    pub fn under(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            api: base.to_owned(),
            authorize: format!("{base}/o/oauth2/v2/auth"),
            token: format!("{base}/token"),
            revoke: format!("{base}/revoke"),
            pubsub: base.to_owned(),
        }
    }
}

/// Google, for all mailboxes of this backend.
#[derive(Debug)]
pub struct Google {
    /// Where its endpoints are.
    pub endpoints: Endpoints,
    /// The operator's client; without one nobody can connect a mailbox by Google's API.
    pub client: Option<GoogleClient>,
    /// Units of one user in a minute; 0 counts nothing.
    pub units_per_minute: u32,
    /// For a whole call, from the first byte sent to the last one received; a mail that is handed over has more, by its size.
    pub timeout: Duration,
    /// How Google tells what changes; without it mailboxes are asked.
    pub push: Option<Push>,
    /// Made when first needed: certificates of this machine are read then.
    http: OnceLock<Client>,
    once: OnceLock<Client>,
}

impl Default for Google {
    fn default() -> Self {
        Self::new(Endpoints::default(), None, UNITS_PER_MINUTE)
    }
}

impl Google {
    /// Nothing is asked of it yet.
    pub fn new(endpoints: Endpoints, client: Option<GoogleClient>, units_per_minute: u32) -> Self {
        Self { endpoints, client, units_per_minute, timeout: TIMEOUT, push: None, http: OnceLock::new(), once: OnceLock::new() }
    }

    /// With this way of being told what changes.
    #[must_use]
    pub fn with_push(self, push: Option<Push>) -> Self {
        Self { push, ..self }
    }

    /// For calls that may be made again.
    pub(super) fn http(&self) -> Result<&Client, MailboxError> {
        self.made(&self.http, IDLE)
    }

    /// For the one call that must not be made again: it has a connection of its own, so that nobody below repeats it because
    /// the connection had been closed while it was idle; retries of any kind are off.
    pub(super) fn once(&self) -> Result<&Client, MailboxError> {
        self.made(&self.once, 0)
    }

    /// For a whole call that carries so many bytes.
    pub(super) fn time_for(&self, bytes: usize) -> Duration {
        self.timeout + uploading(bytes)
    }

    /// For the answer, once the last byte of so many was let go. Those before it may still lie in this machine's buffers.
    pub(super) fn time_for_answer(&self, bytes: usize) -> Duration {
        self.time_for(bytes.min(BUFFERED))
    }

    fn made<'a>(&self, cell: &'a OnceLock<Client>, idle: usize) -> Result<&'a Client, MailboxError> {
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(idle)
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout))
            .timeout(self.timeout)
            .user_agent(concat!("waxwing/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| trouble::of_transport(&error))?;
        Ok(cell.get_or_init(|| client))
    }
}

/// The body of an answer, of at most `limit` bytes.
pub(super) async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, MailboxError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble::of_transport(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(MailboxError::new(Trouble::Protocol));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The first `limit` bytes of the body of an answer; the rest is never read.
pub(super) async fn body_start(mut response: Response, limit: usize) -> Result<Vec<u8>, MailboxError> {
    let mut body = Vec::new();
    while body.len() < limit
        && let Some(chunk) = response.chunk().await.map_err(|error| trouble::of_transport(&error))?
    {
        body.extend_from_slice(chunk.get(..limit - body.len()).unwrap_or(&chunk));
    }
    Ok(body)
}
