//! Old links when the rest is given up: [`LinksOnly`] checks and follows links and answers pixels, stores nothing and has no API;
//! [`page`] is one HTML file for a host that serves files, which shows where a link leads.
//!
//! What must hold: no redirect without our signature, as ever; nothing is written, but the empty database that is made where there
//! is none. The file can check nothing, so it sends nobody anywhere by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use waxwing_domain::address::target_in_query;

use super::click::Signed;
use super::server::MAX_HEAD;
use super::{click, page, pixel};
use crate::clock::Clock;
use crate::hits::admit::Gate;
use crate::store::Store;

/// Open connections at once; more wait to be accepted.
const CONNECTIONS: usize = 4_096;
/// A connection is cut after so long, whatever it does.
const CONNECTION_TIMEOUT: Duration = Duration::from_mins(2);
/// A client that has not sent a whole head by then is dropped.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// When the system gives no connection, trying at once again would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A backend that keeps links alive and does nothing else.
#[derive(Clone)]
pub struct LinksOnly {
    gate: Arc<Gate>,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for LinksOnly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinksOnly").finish_non_exhaustive()
    }
}

impl LinksOnly {
    /// With the keys and what the database knows now of epochs and of what was deleted.
    pub fn new(gate: Gate, store: Arc<Store>, clock: Arc<dyn Clock>) -> Self {
        Self { gate: Arc::new(gate), store, clock }
    }

    /// Answers one request.
    pub async fn answer(&self, request: &Parts) -> Response {
        let path = request.uri.path();
        let reading = matches!(request.method, Method::GET | Method::HEAD);
        if pixel::is_pixel(path) || click::is_click(path) || path == "/healthz" {
            if !reading {
                return pixel::with_status(StatusCode::METHOD_NOT_ALLOWED, ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            if pixel::is_pixel(path) {
                return if request.method == Method::HEAD { pixel::picture_head() } else { pixel::picture() };
            }
            if click::is_click(path) {
                return self.follow(request).await;
            }
            return ([(CONTENT_TYPE, "application/json")], r#"{"status":"links only"}"#).into_response();
        }
        page::gone()
    }

    async fn follow(&self, request: &Parts) -> Response {
        let claimed = request.uri.query().and_then(target_in_query);
        match click::signed((&self.gate, &self.store), &request.uri, claimed.as_deref(), self.clock.now()).await {
            Ok(Signed::No) => page::unsigned_link(claimed.as_deref()),
            Ok(Signed::Yes { location, .. }) => click::redirect(location),
            Err(error) => {
                tracing::error!(%error, "a link could not be looked up");
                pixel::not_now()
            }
        }
    }
}

/// Serves until `stop`, and cuts then what is open: nothing is under way that could be lost.
pub async fn serve(listener: TcpListener, links: LinksOnly, stop: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            // Never closed, so a permit always comes.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            while connections.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) => {
                    let links = links.clone();
                    connections.spawn(async move {
                        // How it ends is the client's business.
                        let _ = timeout(CONNECTION_TIMEOUT, connection(stream, &links)).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
}

async fn connection(stream: TcpStream, links: &LinksOnly) {
    let service =
        service_fn(async |request: Request<Incoming>| Ok::<_, Infallible>(links.answer(&request.into_parts().0).await));
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The page for a host that serves files: what it answers for any address that it has no file for.
pub fn file() -> String {
    const SCRIPT: &str = include_str!("page.js");
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        page::source(page::STYLE),
        page::source(SCRIPT)
    );
    include_str!("page.html").replace("{policy}", &policy).replace("{style}", page::STYLE).replace("{script}", SCRIPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole_and_nothing_ends_its_elements() {
        let file = file();
        for place in ["{policy}", "{style}", "{script}"] {
            assert!(!file.contains(place), "{place}");
        }
        assert_eq!(file.matches("</script").count(), 1);
        assert_eq!(file.matches("</style").count(), 1);
        assert!(!file.contains("src=") && !file.contains("http://") && !file.contains("https://"), "it loads nothing");
    }
}
