//! OAuth 2 with Google: the authorisation code with PKCE (RFC 6749, RFC 7636), refreshing, giving back.
//!
//! What must hold: codes, verifiers and tokens are in request bodies alone, and in no error; of what the token endpoint
//! answers nothing is repeated but the names of errors that are known here.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::Url;
use url::form_urlencoded;
use waxwing_protocol::api::Trouble;
use zeroize::Zeroizing;

use super::super::MailboxError;
use super::google::{Google, body};
use super::trouble;
use super::wire::{Token, TokenError};
use crate::entropy::{self, Entropy};

/// The least that does it. `gmail.modify`: read drafts and send them; look whether a mail went out, and whether somebody answered;
/// put a reminder's note into a conversation, label it, and throw it away. It cannot delete for good. Never `gmail.metadata`: it takes
/// the search away from a token that holds it.
pub const RIGHTS: [&str; 1] = ["https://www.googleapis.com/auth/gmail.modify"];
/// What was asked for before there were reminders. Such a grant goes on sending and watching; it puts no notes.
pub const RIGHTS_WITHOUT_NOTES: [&str; 2] =
    ["https://www.googleapis.com/auth/gmail.compose", "https://www.googleapis.com/auth/gmail.readonly"];
/// The right that holds all others.
const WIDER: &str = "https://mail.google.com/";
/// Everybody who needs the token waits for its answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// An answer of the token endpoint is shorter than this.
const MAX_ANSWER: usize = 64 * 1024;

/// What a sign-in needs to remember until its answer comes.
pub struct Challenge {
    /// Goes to Google and comes back.
    pub state: String,
    /// Proves that whoever brings the code is who began.
    pub verifier: Zeroizing<String>,
}

impl Challenge {
    /// A new one.
    pub fn new(entropy: &dyn Entropy) -> std::io::Result<Self> {
        let text = || Ok::<_, std::io::Error>(URL_SAFE_NO_PAD.encode(entropy::bytes::<32>(entropy)?));
        Ok(Self { state: text()?, verifier: Zeroizing::new(text()?) })
    }
}

/// What Google granted.
pub struct Granted {
    /// Opens the API for a while.
    pub access_token: Zeroizing<String>,
    /// For how many seconds.
    pub expires_in: u32,
    /// Makes further access tokens.
    pub refresh_token: Option<Zeroizing<String>>,
    /// The rights that the person agreed to: they may have left some out.
    pub rights: Option<Vec<String>>,
}

impl Granted {
    /// A right that is needed was left out.
    pub fn lacks_a_right(&self) -> bool {
        let Some(rights) = &self.rights else { return false };
        let has = |right: &str| rights.iter().any(|held| held == right);
        !has(WIDER) && !RIGHTS.iter().all(|right| has(right))
    }
}

/// The address of Google's page, for a person to open.
pub fn authorize_url(google: &Google, redirect: &str, challenge: &Challenge) -> Result<String, MailboxError> {
    let client = google.client.as_ref().ok_or_else(|| MailboxError::new(Trouble::ClientRefused))?;
    let mut url = Url::parse(&google.endpoints.authorize).map_err(|_| MailboxError::new(Trouble::ClientRefused))?;
    url.query_pairs_mut()
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", redirect)
        .append_pair("response_type", "code")
        .append_pair("scope", &RIGHTS.join(" "))
        .append_pair("state", &challenge.state)
        .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(challenge.verifier.as_bytes())))
        .append_pair("code_challenge_method", "S256")
        // A grant that works while its owner is away, and is given anew each time so that it always comes.
        .append_pair("access_type", "offline")
        .append_pair("prompt", "consent");
    Ok(url.into())
}

/// A code becomes a grant.
pub async fn exchange(google: &Google, code: &str, redirect: &str, verifier: &str) -> Result<Granted, MailboxError> {
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("code_verifier", verifier)];
    token(google, &fields).await
}

/// A refresh token becomes an access token.
pub(super) async fn refresh(google: &Google, refresh_token: &str) -> Result<Granted, MailboxError> {
    token(google, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

/// What a service account signed becomes an access token (RFC 7523).
pub(super) async fn assert(google: &Google, assertion: &str) -> Result<Granted, MailboxError> {
    granted(google, &[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)]).await
}

/// Gives a grant back. One that is over already counts as given back.
pub(super) async fn revoke(google: &Google, refresh_token: &str) -> Result<(), MailboxError> {
    let response = post(google, &google.endpoints.revoke, &[("token", refresh_token)]).await?;
    let status = response.status();
    let answer = body(response, MAX_ANSWER).await?;
    if status.is_success() {
        return Ok(());
    }
    match serde_json::from_slice::<TokenError>(&answer) {
        Ok(TokenError { error }) if error == "invalid_token" => Ok(()),
        _ => Err(MailboxError::new(if status.is_server_error() { Trouble::Busy } else { Trouble::Protocol })),
    }
}

async fn token(google: &Google, fields: &[(&str, &str)]) -> Result<Granted, MailboxError> {
    let client = google.client.as_ref().ok_or_else(|| MailboxError::new(Trouble::ClientRefused))?;
    let mut fields = fields.to_vec();
    fields.extend([("client_id", client.id.as_str()), ("client_secret", client.secret.as_str())]);
    granted(google, &fields).await
}

/// What the token endpoint answers.
async fn granted(google: &Google, fields: &[(&str, &str)]) -> Result<Granted, MailboxError> {
    let response = post(google, &google.endpoints.token, fields).await?;
    let status = response.status();
    let answer = Zeroizing::new(body(response, MAX_ANSWER).await?);
    if !status.is_success() {
        // Its description may repeat what was sent: the name alone is looked at.
        let error = serde_json::from_slice::<TokenError>(&answer).unwrap_or_default().error;
        return Err(MailboxError::new(match error.as_str() {
            "invalid_grant" => Trouble::GrantRevoked,
            "invalid_client" | "unauthorized_client" | "deleted_client" | "disabled_client" | "redirect_uri_mismatch" => {
                Trouble::ClientRefused
            }
            "invalid_scope" => Trouble::RightMissing,
            _ if status.as_u16() == 429 => Trouble::RateLimited,
            _ if status.is_server_error() || error == "temporarily_unavailable" => Trouble::Busy,
            _ => Trouble::Protocol,
        }));
    }
    let Token { access_token, expires_in, refresh_token, scope } =
        serde_json::from_slice(&answer).map_err(|_| MailboxError::new(Trouble::Protocol))?;
    if !is_token(&access_token) || refresh_token.as_deref().is_some_and(|token| !is_token(token)) {
        return Err(MailboxError::new(Trouble::Protocol));
    }
    Ok(Granted {
        access_token: Zeroizing::new(access_token),
        expires_in: expires_in.unwrap_or(3_600),
        refresh_token: refresh_token.map(Zeroizing::new),
        rights: scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
    })
}

/// It can stand in a header.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4_096 && text.bytes().all(|b| b.is_ascii_graphic())
}

async fn post(google: &Google, url: &str, fields: &[(&str, &str)]) -> Result<reqwest::Response, MailboxError> {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    google
        .http()?
        .post(url)
        .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(reqwest::header::ACCEPT, "application/json")
        .timeout(google.timeout.min(PATIENCE))
        .body(form)
        .send()
        .await
        .map_err(|error| trouble::of_transport(&error))
}
