//! One user's access to Gmail's API: the access token, refreshed by one at a time, the pacer, and plain calls.
//!
//! What must hold: a call that changes nothing, or that made twice is as made once, may be made again when its connection broke or its
//! token was too old, once; one that adds something is not made again when its connection broke; a send never passes through here.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, Trouble};
use zeroize::Zeroizing;

use super::super::written::written_down;
use super::super::{Ledger, MailboxError};
use super::google::{self, Google};
use super::oauth;
use super::pacer::{Cost, Pacer};
use super::trouble::{self, CallError};
use crate::clock::Clock;

/// An access token is not used for its last so many milliseconds.
const SPARE: Millis = 60_000;
/// Answers that hold no mail: a long thread's headers are the longest.
pub(super) const SMALL: usize = 8 * 1024 * 1024;
/// A mail of 35 MB in base64, and what stands around it.
pub(super) const LARGE: usize = 64 * 1024 * 1024;
/// When Google asks for a pause and does not say for how long, in seconds.
const PAUSE: u32 = 2;

/// Keeps a refresh token that Google replaced.
pub trait Keeper: Send + Sync {
    /// Writes it down.
    fn keep<'a>(&'a self, refresh_token: &'a str) -> BoxFuture<'a, ()>;
}

pub(super) struct Account {
    pub(super) google: Arc<Google>,
    pub(super) clock: Arc<dyn Clock>,
    pacer: Pacer,
    keeper: Arc<dyn Keeper>,
    tokens: tokio::sync::Mutex<Tokens>,
}

struct Tokens {
    refresh: Zeroizing<String>,
    access: Option<Access>,
}

#[derive(Clone)]
struct Access {
    token: Arc<Zeroizing<String>>,
    good_until: Millis,
}

/// One call.
struct Ask<'a> {
    method: Method,
    url: &'a Url,
    cost: Cost,
    limit: usize,
    body: Option<Bytes>,
    /// Of a longer answer the first `limit` bytes are enough.
    is_start: bool,
    /// It is not made again because its connection broke.
    is_once: bool,
}

impl<'a> Ask<'a> {
    fn new(method: Method, url: &'a Url, cost: Cost, limit: usize) -> Self {
        Self { method, url, cost, limit, body: None, is_start: false, is_once: false }
    }
}

impl Account {
    pub(super) fn new(
        google: Arc<Google>,
        refresh_token: Zeroizing<String>,
        keeper: Arc<dyn Keeper>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let pacer = Pacer::new(Arc::clone(&clock), google.units_per_minute);
        let tokens = tokio::sync::Mutex::new(Tokens { refresh: refresh_token, access: None });
        Self { google, clock, pacer, keeper, tokens }
    }

    /// The access token; whoever comes first refreshes it, the others wait for that.
    pub(super) async fn token(&self, ledger: &dyn Ledger) -> Result<Arc<Zeroizing<String>>, MailboxError> {
        let mut tokens = self.tokens.lock().await;
        let now = self.clock.now();
        // One that claims to be good for much longer than it can be is not believed: the clock was moved back.
        if let Some(access) = tokens.access.as_ref()
            && (now..now.saturating_add(24 * 60 * 60 * 1_000)).contains(&access.good_until.saturating_sub(SPARE))
        {
            return Ok(Arc::clone(&access.token));
        }
        let granted = written_down(ledger, AccessAction::SignIn, oauth::refresh(&self.google, &tokens.refresh)).await;
        let granted = granted?;
        let token = Arc::new(granted.access_token);
        // It is asked for anew after a day at the latest, and lives a little when it is shorter than what is spared.
        let lifetime = Millis::from(granted.expires_in).saturating_mul(1_000).clamp(2 * SPARE, 24 * 60 * 60 * 1_000);
        tokens.access = Some(Access { token: Arc::clone(&token), good_until: now.saturating_add(lifetime) });
        if let Some(refresh) = granted.refresh_token
            && *refresh != *tokens.refresh
        {
            self.keeper.keep(&refresh).await;
            tokens.refresh = refresh;
        }
        Ok(token)
    }

    /// The token was not taken: the next call gets a new one, unless somebody else saw to that already.
    pub(super) async fn drop_token(&self, refused: &Arc<Zeroizing<String>>) {
        let mut tokens = self.tokens.lock().await;
        if tokens.access.as_ref().is_some_and(|access| Arc::ptr_eq(&access.token, refused)) {
            tokens.access = None;
        }
    }

    /// Waits until these units may be spent.
    pub(super) async fn pace(&self, cost: impl Into<Cost>) -> Result<(), MailboxError> {
        self.pacer.take(cost).await
    }

    /// Remembers how long Google wants to be left alone.
    pub(super) fn heed(&self, error: &MailboxError) {
        match (error.trouble, error.retry_after) {
            (_, Some(seconds)) => self.pacer.close_for(seconds),
            (Trouble::RateLimited, None) => self.pacer.close_for(PAUSE),
            _ => {}
        }
    }

    /// The address of a method of `users/me`.
    pub(super) fn url(&self, upload: bool, path: &[&str], query: &[(&str, &str)]) -> Result<Url, MailboxError> {
        let wrong = || MailboxError::new(Trouble::ClientRefused);
        let mut url = Url::parse(&self.google.endpoints.api).map_err(|_| wrong())?;
        {
            let mut segments = url.path_segments_mut().map_err(|()| wrong())?;
            segments.pop_if_empty();
            if upload {
                segments.push("upload");
            }
            segments.extend(["gmail", "v1", "users", "me"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Reads JSON.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        cost: impl Into<Cost>,
        path: &[&str],
        query: &[(&str, &str)],
        limit: usize,
        ledger: &dyn Ledger,
    ) -> Result<T, CallError> {
        let url = self.url(false, path, query)?;
        let body = self.call(&Ask::new(Method::GET, &url, cost.into(), limit), ledger).await?;
        // Read apart from the runtime's threads it need not be: even the largest takes a fraction of a second.
        serde_json::from_slice(&body).map_err(|_| CallError::Other(MailboxError::new(Trouble::Protocol)))
    }

    /// Reads the first so many bytes of an answer, and no more of it.
    pub(super) async fn get_start(
        &self,
        cost: impl Into<Cost>,
        path: &[&str],
        query: &[(&str, &str)],
        limit: usize,
        ledger: &dyn Ledger,
    ) -> Result<Vec<u8>, CallError> {
        let url = self.url(false, path, query)?;
        self.call(&Ask { is_start: true, ..Ask::new(Method::GET, &url, cost.into(), limit) }, ledger).await
    }

    /// Takes something away. Nothing there: done already.
    pub(super) async fn delete(&self, units: u32, path: &[&str], ledger: &dyn Ledger) -> Result<(), MailboxError> {
        let url = self.url(false, path, &[])?;
        match self.call(&Ask::new(Method::DELETE, &url, units.into(), SMALL), ledger).await {
            Ok(_) | Err(CallError::NotFound(_)) => Ok(()),
            Err(error) => Err(error.into_error()),
        }
    }

    /// Changes something. Made twice it is as made once; gives the answer's bytes.
    pub(super) async fn change(
        &self,
        cost: impl Into<Cost>,
        path: &[&str],
        body: &serde_json::Value,
        ledger: &dyn Ledger,
    ) -> Result<Vec<u8>, CallError> {
        let url = self.url(false, path, &[])?;
        // Some methods take none.
        let body = Some(if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) });
        self.call(&Ask { body, ..Ask::new(Method::POST, &url, cost.into(), SMALL) }, ledger).await
    }

    /// Adds something, with one request that nobody repeats. When no answer comes it may be there all the same.
    pub(super) async fn add(
        &self,
        units: u32,
        path: &[&str],
        query: &[(&str, &str)],
        body: &serde_json::Value,
        ledger: &dyn Ledger,
    ) -> Result<Vec<u8>, CallError> {
        let url = self.url(false, path, query)?;
        let body = Some(Bytes::from(body.to_string()));
        self.call(&Ask { body, is_once: true, ..Ask::new(Method::POST, &url, units.into(), SMALL) }, ledger).await
    }

    async fn call(&self, ask: &Ask<'_>, ledger: &dyn Ledger) -> Result<Vec<u8>, CallError> {
        let (mut fresh_token, mut fresh_connection) = (false, ask.is_once);
        loop {
            let token = self.token(ledger).await?;
            self.pace(ask.cost).await?;
            let http = if ask.is_once { self.google.once()? } else { self.google.http()? };
            let mut request = http.request(ask.method.clone(), ask.url.clone()).bearer_auth(token.as_str());
            if let Some(body) = &ask.body {
                request = request.header(CONTENT_TYPE, "application/json; charset=UTF-8").body(body.clone());
            }
            let answer = match request.send().await {
                Ok(response) => {
                    let (status, headers) = (response.status(), response.headers().clone());
                    let body = if ask.is_start && status.is_success() {
                        google::body_start(response, ask.limit).await
                    } else {
                        google::body(response, ask.limit).await
                    };
                    body.map(|body| (status, headers, body))
                }
                Err(error) if !error.is_timeout() && !error.is_connect() && !fresh_connection => {
                    // Most often it had been closed while it was idle.
                    fresh_connection = true;
                    continue;
                }
                Err(error) => Err(trouble::of_transport(&error)),
            };
            let (status, headers, body) = answer?;
            if status.is_success() {
                return Ok(body);
            }
            let error = trouble::of_answer(status, &headers, &body, self.clock.now());
            // Refused before anything was looked at.
            if status == StatusCode::UNAUTHORIZED && !fresh_token {
                fresh_token = true;
                self.drop_token(&token).await;
                continue;
            }
            if let CallError::Other(error) = &error {
                self.heed(error);
            }
            return Err(error);
        }
    }

    /// Gives the grant back.
    pub(super) async fn revoke(&self) -> Result<(), MailboxError> {
        let mut tokens = self.tokens.lock().await;
        oauth::revoke(&self.google, &tokens.refresh).await?;
        tokens.access = None;
        Ok(())
    }
}
