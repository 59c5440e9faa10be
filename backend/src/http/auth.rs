//! Who calls: the bearer token of a device, looked up by its SHA-256. The hash is what is compared, so the time it takes says
//! nothing about the token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use waxwing_protocol::Millis;

use super::peer::{Peer, client_address};
use super::problem::ApiError;
use crate::app::App;
use crate::entropy::{self, Entropy};
use crate::hits::headers;
use crate::store::devices::Caller;

/// What bearer tokens begin with, so that a leaked one is recognised.
const PREFIX: &str = "waxwing_";

/// Asks for a code to sign in to the account's page with.
const CODE: &str = "/api/v1/account/code";
/// What the device of an account that is not used may still ask: for its rights.
const RIGHTS: [&str; 6] = [
    "/api/v1/account",
    "/api/v1/account/rights",
    "/api/v1/account/erasure",
    "/api/v1/account/restriction",
    "/api/v1/account/recipients/erasure",
    "/api/v1/account/export",
];

/// A new bearer token and its hash.
pub fn new_token(entropy: &dyn Entropy) -> std::io::Result<(String, [u8; 32])> {
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(entropy::bytes::<32>(entropy)?));
    let hash = hash(&token);
    Ok((token, hash))
}

/// SHA-256.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// What is stored of a code to sign in with: another value than of one to pair with, so that a browser that may ask for the first kind
/// lets no further browser in by it.
pub fn sign_in_hash(code: &str) -> [u8; 32] {
    hash(&format!("sign in: {code}"))
}

/// The device that calls.
#[derive(Debug)]
pub struct Device(pub Caller);

impl FromRequestParts<Arc<App>> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(ApiError::Unauthorized)?;
        let caller = app.store.caller(hash(token)).await?.ok_or_else(|| app.not_let_in.token())?;
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        if (caller.suspended || app.gate.closed.all()) && !RIGHTS.contains(&route) {
            return Err(ApiError::Suspended);
        }
        // Theirs was closed by themselves: they may sign in and open it again.
        if app.gate.closed.contains(caller.account.id) && !RIGHTS.contains(&route) && route != CODE {
            return Err(ApiError::Restricted);
        }
        let now = app.clock.now();
        app.limits.before_call(caller.device, bytes_of(&parts.headers), now)?;
        app.seen.note(caller.device, now);
        if let (Some(Peer(peer)), Some(agent)) = (parts.extensions.get::<Peer>(), headers::agent(&parts.headers)) {
            let address = client_address(*peer, &parts.headers, &app.settings.trusted_proxies);
            app.places.note(caller.account.id, address, &agent, now);
        }
        Ok(Self(caller))
    }
}

/// How large a body says it is. One that does not say so may be as large as any.
fn bytes_of(headers: &HeaderMap) -> u64 {
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    said.unwrap_or(if headers.contains_key(TRANSFER_ENCODING) { u64::MAX } else { 0 })
}

/// When devices last called, to the minute, kept in memory and written down now and then.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<Uuid, Millis>>);

impl Seen {
    /// The device called.
    pub fn note(&self, device: Uuid, now: Millis) {
        self.lock().insert(device, now - now.rem_euclid(60_000));
    }

    /// When it called, if that is not written down yet.
    pub fn of(&self, device: Uuid) -> Option<Millis> {
        self.lock().get(&device).copied()
    }

    /// All that is not written down yet; they are forgotten here.
    pub fn take(&self) -> Vec<(Uuid, Millis)> {
        self.lock().drain().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Millis>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
