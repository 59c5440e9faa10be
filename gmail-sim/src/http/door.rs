//! How the REST port is served: plain HTTP/1.1, with connections that can close without an answer.

use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;

/// Marks an answer that is not given: the connection closes in its place.
#[derive(Debug, Clone, Copy)]
struct Dropped;

/// Why hyper closes the connection.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer, as ordered")]
struct Closed;

/// In place of an answer.
pub(super) fn no_answer() -> Response {
    let mut response = axum::http::StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(Dropped);
    response
}

/// Serves until the process ends.
pub(crate) async fn serve(listener: std::net::TcpListener, router: Router) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, most likely: some will be free in a moment.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Only a matter of speed.
        let _ = stream.set_nodelay(true);
        let router = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = router.call(request);
                async move {
                    let Ok(answer) = answer.await;
                    if answer.extensions().get::<Dropped>().is_some() { Err(Closed) } else { Ok(answer) }
                }
            });
            // A connection that broke is the caller's affair.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
