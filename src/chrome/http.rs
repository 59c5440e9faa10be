//! `fetch`: whole answers and streams, each with a time limit.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestInit, RequestRedirect,
    Response,
};

/// A request to the backend.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PUT`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The whole address. Never holds a secret.
    pub url: String,
    /// The device token.
    pub bearer: Option<String>,
    /// A JSON body.
    pub body: Option<String>,
    /// Where a stream goes on.
    pub last_event_id: Option<String>,
    /// Milliseconds until the answer must be there; for a stream until its head is, and again between two chunks.
    pub timeout: u32,
}

// The token and the body must not reach a log.
impl core::fmt::Debug for Request {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`, lower case, without parameters.
    pub content_type: String,
    /// `Retry-After` in seconds, where the server sends it and lets other origins read it.
    pub retry_after: Option<u32>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No connection, no such host, wrong certificate, a redirect, or no CORS: a browser does not say which.
    #[error("unreachable")]
    Unreachable,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
}

/// Talks HTTP.
pub trait Http {
    /// The chunks of a long answer.
    type Chunks: Chunks;
    /// Sends a request and reads the whole answer as text.
    fn send(&self, request: Request) -> impl Future<Output = Result<(Head, String), HttpError>>;
    /// Sends a request and gives the answer's chunks as they come. Dropping them ends the connection.
    fn open(&self, request: Request) -> impl Future<Output = Result<(Head, Self::Chunks), HttpError>>;
}

/// The chunks of a long answer.
pub trait Chunks {
    /// The next one; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, HttpError>>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// The browser's `fetch`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fetch;

impl Http for Fetch {
    type Chunks = BodyChunks;

    async fn send(&self, request: Request) -> Result<(Head, String), HttpError> {
        let call = Call::new(request.timeout)?;
        let (head, response) = call.start(&request).await?;
        let text = response.text().map_err(|_| HttpError::Unreachable)?;
        let text = JsFuture::from(text).await.map_err(|_| call.failure())?;
        Ok((head, text.as_string().unwrap_or_default()))
    }

    async fn open(&self, request: Request) -> Result<(Head, BodyChunks), HttpError> {
        let mut call = Call::new(request.timeout)?;
        let (head, response) = call.start(&request).await?;
        call.stop_clock();
        let reader = response.body().map(|body| body.get_reader().unchecked_into());
        Ok((head, BodyChunks { call, reader }))
    }
}

/// The chunks of a `fetch` answer.
#[derive(Debug)]
pub struct BodyChunks {
    call: Call,
    reader: Option<ReadableStreamDefaultReader>,
}

impl Chunks for BodyChunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        let Some(reader) = &self.reader else { return Ok(None) };
        self.call.start_clock();
        let read = JsFuture::from(reader.read()).await.map_err(|_| self.call.failure());
        self.call.stop_clock();
        let value = js_sys::Reflect::get(&read?, &"value".into()).unwrap_or(JsValue::UNDEFINED);
        Ok(value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec))
    }
}

/// A `fetch` under way: ends with its time limit, and when it is dropped.
#[derive(Debug)]
struct Call {
    controller: AbortController,
    limit: u32,
    late: Rc<Cell<bool>>,
    clock: Option<Timeout>,
}

impl Call {
    fn new(limit: u32) -> Result<Self, HttpError> {
        let controller = AbortController::new().map_err(|_| HttpError::Unreachable)?;
        let mut call = Self { controller, limit, late: Rc::default(), clock: None };
        call.start_clock();
        Ok(call)
    }

    fn start_clock(&mut self) {
        let (controller, late) = (self.controller.clone(), Rc::clone(&self.late));
        self.clock = Some(Timeout::new(self.limit, move || {
            late.set(true);
            controller.abort();
        }));
    }

    fn stop_clock(&mut self) {
        self.clock = None;
    }

    fn failure(&self) -> HttpError {
        if self.late.get() { HttpError::Timeout } else { HttpError::Unreachable }
    }

    async fn start(&self, request: &Request) -> Result<(Head, Response), HttpError> {
        let init = self.init(request).map_err(|_| HttpError::Unreachable)?;
        let fetch = global_fetch(&request.url, &init).map_err(|_| HttpError::Unreachable)?;
        let response: Response = JsFuture::from(fetch).await.map_err(|_| self.failure())?.unchecked_into();
        let header = |name: &str| response.headers().get(name).ok().flatten();
        let content_type = header("content-type").unwrap_or_default();
        let head = Head {
            status: response.status(),
            content_type: content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
            retry_after: header("retry-after").and_then(|seconds| seconds.trim().parse().ok()),
        };
        Ok((head, response))
    }

    fn init(&self, request: &Request) -> Result<RequestInit, JsValue> {
        let headers = Headers::new()?;
        if let Some(token) = &request.bearer {
            headers.set("authorization", &format!("Bearer {token}"))?;
        }
        if request.body.is_some() {
            headers.set("content-type", "application/json")?;
        }
        if let Some(id) = &request.last_event_id {
            headers.set("last-event-id", id)?;
        }
        let init = RequestInit::new();
        init.set_method(request.method);
        init.set_headers(&headers);
        init.set_signal(Some(&self.controller.signal()));
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(RequestCredentials::Omit);
        // A redirect could carry the token elsewhere.
        init.set_redirect(RequestRedirect::Error);
        if let Some(body) = &request.body {
            init.set_body(&JsValue::from_str(body));
        }
        Ok(init)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Without effect on a call that is over.
        self.controller.abort();
    }
}
