//! Connections: accepted, bounded, timed, and finished when the backend stops.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use waxwing_protocol::Millis;

use super::Front;
use super::lane::{self, Left};
use super::peer::Peer;
use super::stalled::Stalled;
use crate::app::told_to_stop;
use crate::metrics::requests::Shed;

/// Open connections at once, where the system gives as many files; more wait to be accepted.
pub const MAX_CONNECTIONS: u32 = 8_192;
/// A client that has not sent a whole head by then is dropped; so is a connection that idles as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// A client that takes no byte of its answers for so long is dropped.
const WRITE_TIMEOUT: Duration = Duration::from_secs(75);
/// The longest head of a request: a header of 64 kB, which is what other servers let in at most, and the rest of it.
pub(super) const MAX_HEAD: usize = 80 * 1024;
/// How long connections get to finish what they are at when the backend stops.
const GRACE: Duration = Duration::from_secs(15);
/// When the system gives no connection (out of descriptors), trying at once again would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often that is logged at most, in milliseconds: it would fill a disk.
const COMPLAIN_EVERY: u64 = 60_000;

/// Serves at most `connections` at once until `stop` is done, then lets open connections finish. `on_stop` runs in between.
pub async fn serve(
    listener: TcpListener,
    front: Front,
    connections: u32,
    stop: impl Future<Output = ()>,
    on_stop: impl FnOnce(),
) {
    let slots = Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS)));
    let mut complaints = Complaints::default();
    let (finish, finishing) = watch::channel(false);
    let numbers = &front.app.metrics.requests;
    numbers.most_connections.set(i64::from(connections));
    let accepting = async {
        loop {
            if slots.available_permits() == 0 {
                numbers.shed(Shed::Connections).inc();
            }
            // Never closed, so a permit always comes.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    tokio::spawn(connection(stream, Peer(peer), front.clone(), finishing.clone(), slot));
                }
                Err(error) => {
                    numbers.not_accepted.inc();
                    if let Some(unsaid) = complaints.due(front.app.clock.now()) {
                        tracing::warn!(%error, unsaid, "a connection could not be accepted");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    drop(listener);
    finish.send_replace(true);
    on_stop();
    // All slots are free again when the last connection is done.
    if timeout(GRACE, slots.acquire_many(connections)).await.is_err() {
        tracing::warn!("some connections were cut");
    }
}

/// Says the same at most once in [`COMPLAIN_EVERY`].
#[derive(Debug, Default)]
struct Complaints {
    said: Option<Millis>,
    unsaid: u64,
}

impl Complaints {
    /// When it may be said again: how often it was not since.
    fn due(&mut self, now: Millis) -> Option<u64> {
        if self.said.is_some_and(|said| now.abs_diff(said) < COMPLAIN_EVERY) {
            self.unsaid += 1;
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }
}

async fn connection(
    mut stream: TcpStream,
    peer: Peer,
    front: Front,
    finishing: watch::Receiver<bool>,
    slot: OwnedSemaphorePermit,
) {
    // Answers are small: waiting for more to send with them would only delay them.
    let _ = stream.set_nodelay(true);
    let app = Arc::clone(&front.app);
    let _counted = app.metrics.requests.connections.hold();
    let Peer(address) = peer;
    if let Left::Other(begun) = lane::run(&mut stream, address, &app, finishing.clone()).await {
        // Apart, so that a connection with nothing but pixels takes no memory for it.
        Box::pin(others(Stalled::new(stream, begun, WRITE_TIMEOUT), peer, front, finishing)).await;
    }
    drop(slot);
}

/// The rest of a connection on which something else than pixels is asked.
async fn others(stream: Stalled<TcpStream>, peer: Peer, front: Front, mut finishing: watch::Receiver<bool>) {
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let front = &front;
        async move { Ok::<_, Infallible>(front.answer(request.map(Body::new)).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // How a connection ends is the client's business: errors are not looked at.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = told_to_stop(&mut finishing) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_complaint_is_made_once_a_minute() {
        let mut complaints = Complaints::default();
        let said = [0, 50, 59_999, 60_000, 60_050, 120_000].map(|now| complaints.due(now));
        assert_eq!(said, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
