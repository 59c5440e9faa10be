//! `GET /metrics`: numbers for Prometheus ([`crate::metrics`]), as OpenMetrics.
//!
//! Not open to the world. They are served on an address of their own (`--metrics-listen`), and, when a token is set, under the
//! backend's other addresses too. With a token set, whoever asks has to show it, wherever they ask (401); without one there is
//! nothing here at the other addresses (404).

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use subtle::ConstantTimeEq as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::auth::hash;
use super::problem::ApiError;
use crate::app::App;
use crate::metrics::{page, text};

/// Where.
pub const PATH: &str = "/metrics";
/// Whoever scrapes needs one connection; more than this wait.
const CONNECTIONS: usize = 16;
/// A connection that asks nothing for so long is dropped: scrapers ask every minute or more often, or connect anew.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// No connection is kept longer: somebody reads too slowly, or the scraper connects anew.
const CONNECTION_TIMEOUT: Duration = Duration::from_hours(1);
/// When the system gives no connection, trying at once again would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// Who may see the numbers of which backend.
#[derive(Debug, Clone)]
pub struct Numbers {
    app: Arc<App>,
    /// The hash of what must be shown.
    token: Option<[u8; 32]>,
}

impl Numbers {
    /// Everybody may who can reach them, or whoever shows the token.
    pub fn new(app: Arc<App>, token: Option<&str>) -> Self {
        Self { app, token: token.map(hash) }
    }

    /// A route to them, when there is a token.
    pub fn route(self) -> Router {
        if self.token.is_none() {
            return Router::new();
        }
        let answer = async |State(numbers): State<Self>, headers: HeaderMap| numbers.answer(&headers).await;
        Router::new().route(PATH, get(answer)).with_state(self)
    }

    async fn answer(&self, headers: &HeaderMap) -> Response {
        if let Some(token) = &self.token {
            let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
            // Hashes are compared, so that neither length nor content can be told by the time it takes.
            if !shown.is_some_and(|shown| hash(shown.trim()).ct_eq(token).into()) {
                return ApiError::Unauthorized.into_response();
            }
        }
        let mut response = page::page(&self.app).await.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(text::CONTENT_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// What an address of their own answers.
    async fn alone(&self, path: &str, method: &Method, headers: &HeaderMap) -> Response {
        match (path, method) {
            (PATH, &Method::GET) => self.answer(headers).await,
            (PATH, &Method::HEAD) => self.answer(headers).await.map(|_| Body::empty()),
            (PATH, _) => {
                let mut response = ApiError::MethodNotAllowed.into_response();
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                response
            }
            _ => ApiError::NotFound.into_response(),
        }
    }
}

/// Serves them on an address of their own until `stop`, and cuts then what is open.
pub async fn serve(listener: TcpListener, numbers: Numbers, stop: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    // Dropped with what is open.
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            // Never closed, so a permit always comes.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            while connections.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) => {
                    let numbers = numbers.clone();
                    connections.spawn(async move {
                        // How it ends is the scraper's business.
                        let _ = timeout(CONNECTION_TIMEOUT, connection(stream, numbers)).await;
                        drop(slot);
                    });
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
}

async fn connection(stream: TcpStream, numbers: Numbers) {
    let service = service_fn(async |request: Request<Incoming>| {
        Ok::<_, Infallible>(numbers.alone(request.uri().path(), request.method(), request.headers()).await)
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
