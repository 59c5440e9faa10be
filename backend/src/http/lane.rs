//! The short way of a pixel: a connection is read here first, and a plain request for a pixel is checked, handed to the log and
//! answered without anything in between.
//!
//! ```text
//! bytes ─ a whole head? ─ a plain GET of a pixel? ─► log ─ on disk ─► the answer, prepared once a second
//!           │ not yet: kept     │ anything else
//!           ▼                   ▼
//!         more bytes          hyper, with the bytes that were read, for the rest of the connection
//! ```
//!
//! What must hold:
//! - What is answered here is answered as [`super::pixel`] would: the same outcome, the same bytes. What is not quite plain
//!   (another method or version, a body, an expectation, an odd path, an epoch that is over) is not decided here.
//! - A client that asks nothing for long, takes long for a head, or does not take its answer, is dropped; heads are bounded, one
//!   and all. A connection that waits for its next request holds no buffer.
//! - When the backend stops, idle connections end at once, and what was asked before is answered.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use httparse::{Header, Request, Status};
use tokio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep, timeout};
use waxwing_domain::address::parse_pixel_path;
use waxwing_protocol::api::HitKind;

use super::peer::client_address;
use super::pixel;
use super::server::MAX_HEAD;
use crate::app::{App, told_to_stop};
use crate::hits::admit::Admission;
use crate::hits::headers;
use crate::hits::log::Waiting;
use crate::hits::log::record::Hit;
use crate::metrics::hits::Outcome;
use crate::metrics::requests::Shed;

/// A client that gets nothing done is dropped after once to twice this.
const PATIENCE: Duration = Duration::from_secs(40);
/// What is read at once.
const PIECE: usize = 16 * 1024;
/// More headers than this are not plain.
const MAX_HEADERS: usize = 48;
/// Heads that are not whole yet hold so many bytes at most, those of all connections together; long ones beyond that are refused.
const MAX_UNFINISHED: usize = 32 * 1024 * 1024;
/// No head is refused for what the others hold while it is no longer than this.
const SHORT: usize = 2 * 1024;

/// How long, and how much, a client that was refused may send on.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// What all connections hold of unfinished heads.
static UNFINISHED: AtomicUsize = AtomicUsize::new(0);

/// The head is too long, or there are too many long ones.
const TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

thread_local! {
    /// Where every read of this thread goes: what is a whole request is done with before the next one.
    static READ: RefCell<Box<[u8; PIECE]>> = RefCell::new(Box::new([0; PIECE]));
}

/// How the short way ended.
#[derive(Debug)]
pub(super) enum Left {
    /// The connection is over.
    Gone,
    /// It is somebody else's from here on; these bytes were read already.
    Other(Vec<u8>),
}

/// Answers pixels on this connection until something else is asked.
pub(super) async fn run(stream: &mut TcpStream, peer: SocketAddr, app: &App, stop: watch::Receiver<bool>) -> Left {
    let mut lane =
        Lane { stream, peer, app, kept: Kept::default(), fresh: false, waiting: Waiting::default(), watch: Watch::new(stop) };
    loop {
        let outcome = match poll_fn(|cx| lane.ask(cx)).await {
            Next::Known(outcome) => outcome,
            Next::HandedIn => {
                let stored = poll_fn(|cx| lane.waiting.poll(cx)).await;
                lane.waiting = Waiting::default();
                stored.map_or(Outcome::NotStored, |()| Outcome::Stored)
            }
            Next::Other => return Left::Other(lane.kept.take()),
            Next::TooLarge => {
                if lane.write(TOO_LARGE).await {
                    lane.linger().await;
                }
                return Left::Gone;
            }
            Next::Gone => return Left::Gone,
        };
        app.metrics.outcomes.of(HitKind::Open, outcome).inc();
        let answer = if outcome == Outcome::NotStored {
            app.metrics.requests.shed(Shed::Hit).inc();
            pixel::raw_not_now(app.clock.now())
        } else {
            pixel::raw_gif(app.clock.now())
        };
        if !lane.write(&answer).await || lane.watch.is_stopping() {
            return Left::Gone;
        }
    }
}

/// What comes next on a connection.
enum Next {
    /// A pixel that is answered now.
    Known(Outcome),
    /// A pixel, and its hit is in the log's hands.
    HandedIn,
    Other,
    TooLarge,
    Gone,
}

/// What some bytes begin with.
enum Asked {
    /// A head that is not whole yet.
    Part,
    /// A pixel in so many bytes.
    Pixel(usize, Next),
    /// A pixel, and the log has no room now; the task is woken when it may have.
    Full,
    /// Something else.
    Other,
}

struct Lane<'a> {
    stream: &'a mut TcpStream,
    peer: SocketAddr,
    app: &'a App,
    kept: Kept,
    /// What is kept may be a whole head.
    fresh: bool,
    waiting: Waiting,
    watch: Watch,
}

impl Lane<'_> {
    /// The next request.
    fn ask(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        loop {
            if self.fresh {
                let bytes = self.kept.take();
                let (used, next) = match self.look(&bytes, cx) {
                    Asked::Pixel(used, next) => (used, Poll::Ready(next)),
                    Asked::Other => (0, Poll::Ready(Next::Other)),
                    Asked::Full => (0, Poll::Pending),
                    Asked::Part => {
                        self.fresh = false;
                        self.kept.add(&bytes);
                        continue;
                    }
                };
                self.kept.add(&bytes[used..]);
                self.fresh = !self.kept.0.is_empty();
                return next;
            }
            if self.kept.is_too_large() {
                return Poll::Ready(Next::TooLarge);
            }
            match READ.with_borrow_mut(|piece| self.read(cx, piece.as_mut_slice())) {
                Poll::Ready(Some(next)) => return Poll::Ready(next),
                Poll::Ready(None) => {}
                Poll::Pending => return self.watch.poll(cx).map(|()| Next::Gone),
            }
        }
    }

    /// Reads on. What is a whole request is done with at once; the rest is kept.
    fn read(&mut self, cx: &mut Context<'_>, piece: &mut [u8]) -> Poll<Option<Next>> {
        let mut read = ReadBuf::new(piece);
        match Pin::new(&mut *self.stream).poll_read(cx, &mut read) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) if !read.filled().is_empty() => {}
            Poll::Ready(_) => return Poll::Ready(Some(Next::Gone)),
        }
        // A head's first bytes; it has to be whole by the time that is looked at again.
        self.watch.progress |= self.kept.0.is_empty();
        let mut bytes: &[u8] = read.filled();
        let mut next = None;
        if self.kept.0.is_empty() {
            match self.look(bytes, cx) {
                Asked::Pixel(used, found) => {
                    bytes = &bytes[used..];
                    self.fresh = !bytes.is_empty();
                    next = Some(found);
                }
                Asked::Other => next = Some(Next::Other),
                Asked::Full => self.fresh = true,
                Asked::Part => {}
            }
        } else {
            // Without a new line the head is no more whole than before.
            self.fresh = bytes.contains(&b'\n');
        }
        self.kept.add(bytes);
        Poll::Ready(next)
    }

    /// What these bytes begin with; a pixel's hit is handed in.
    fn look(&mut self, bytes: &[u8], cx: &mut Context<'_>) -> Asked {
        let mut room = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut request = Request::new(&mut []);
        let used = match request.parse_with_uninit_headers(bytes, &mut room) {
            Ok(Status::Complete(used)) => used,
            Ok(Status::Partial) => return Asked::Part,
            // Whoever answers it says what is wrong with it.
            Err(_) => return Asked::Other,
        };
        if !self.app.journal.is_log_first() {
            return Asked::Other;
        }
        let Some(path) = plain_path(&request) else { return Asked::Other };
        let Some((account, token)) = parse_pixel_path(path) else { return Asked::Other };
        let now = self.app.clock.now();
        let account = match self.app.gate.admit_at_once(account, &token, now) {
            Some(Admission::Count(account)) => account,
            Some(Admission::Stopped) => return Asked::Pixel(used, Next::Known(Outcome::Stopped)),
            Some(Admission::Refused) => return Asked::Pixel(used, Next::Known(Outcome::Refused)),
            None => return Asked::Other,
        };
        let (agent, kept) = (headers::agent(&*request.headers), headers::kept(&*request.headers));
        let hit = Hit {
            at: now,
            account,
            message: token.message,
            kind: HitKind::Open,
            link: None,
            agent: agent.as_deref(),
            address: client_address(self.peer, &*request.headers, &self.app.settings.trusted_proxies),
            headers: kept.as_deref(),
            batch: None,
        };
        match self.app.journal.poll_record(cx, &hit, &mut self.waiting) {
            Poll::Pending if self.waiting.is_handed_in() => Asked::Pixel(used, Next::HandedIn),
            Poll::Pending => Asked::Full,
            Poll::Ready(stored) => {
                self.waiting = Waiting::default();
                let outcome = stored.map_or(Outcome::NotStored, |()| Outcome::Stored);
                Asked::Pixel(used, Next::Known(outcome))
            }
        }
    }

    /// Lets the client send on for a moment: closed with bytes unread, the system would take the answer back.
    async fn linger(&mut self) {
        let reading = async {
            let mut left = LINGER_BYTES;
            if self.stream.shutdown().await.is_ok() {
                while let Ok(read @ 1..) = poll_fn(|cx| self.discard(cx)).await
                    && read <= left
                {
                    left -= read;
                }
            }
        };
        let _ = timeout(LINGER, reading).await;
    }

    /// Reads what nobody looks at.
    fn discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        READ.with_borrow_mut(|piece| {
            let mut read = ReadBuf::new(piece.as_mut_slice());
            Pin::new(&mut *self.stream).poll_read(cx, &mut read).map_ok(|()| read.filled().len())
        })
    }

    /// Sends an answer. False: the client takes it no more.
    async fn write(&mut self, mut answer: &[u8]) -> bool {
        while !answer.is_empty() {
            let written = poll_fn(|cx| match Pin::new(&mut *self.stream).poll_write(cx, answer) {
                Poll::Ready(written) => Poll::Ready(written.ok()),
                Poll::Pending => self.watch.poll_patience(cx).map(|()| None),
            });
            let Some(written) = written.await.filter(|written| *written > 0) else { return false };
            self.watch.progress = true;
            answer = answer.get(written..).unwrap_or_default();
        }
        true
    }
}

/// The path of a request that is nothing but a GET.
fn plain_path<'a>(request: &Request<'_, 'a>) -> Option<&'a str> {
    let plain = |header: &Header<'_>| match header.name.len() {
        6 => !header.name.eq_ignore_ascii_case("expect"),
        7 => !header.name.eq_ignore_ascii_case("upgrade"),
        10 => !header.name.eq_ignore_ascii_case("connection") || header.value.eq_ignore_ascii_case(b"keep-alive"),
        14 => !header.name.eq_ignore_ascii_case("content-length"),
        17 => !header.name.eq_ignore_ascii_case("transfer-encoding"),
        _ => true,
    };
    let (method, version, target) = (request.method?, request.version?, request.path?);
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let is_plain = method == "GET"
        && version == 1
        && path.starts_with('/')
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b))
        && target.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
        && request.headers.iter().all(plain);
    is_plain.then_some(path)
}

/// Bytes of a connection that are no whole request yet.
#[derive(Debug, Default)]
struct Kept(Vec<u8>);

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let before = self.0.capacity();
            self.0.extend_from_slice(bytes);
            UNFINISHED.fetch_add(self.0.capacity() - before, Ordering::Relaxed);
        }
    }

    fn take(&mut self) -> Vec<u8> {
        UNFINISHED.fetch_sub(self.0.capacity(), Ordering::Relaxed);
        std::mem::take(&mut self.0)
    }

    fn is_too_large(&self) -> bool {
        let crowded = UNFINISHED.load(Ordering::Relaxed) > MAX_UNFINISHED;
        self.0.len() >= if crowded { SHORT } else { MAX_HEAD }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.take();
    }
}

/// Ends a connection on which nothing happens, or that is idle when the backend stops.
struct Watch {
    sleep: Pin<Box<Sleep>>,
    told: Pin<Box<dyn Future<Output = ()> + Send>>,
    stop: watch::Receiver<bool>,
    /// Both know whom to wake: the connection's task, which never changes.
    armed: bool,
    /// Something happened since the timer was set.
    progress: bool,
}

impl Watch {
    fn new(stop: watch::Receiver<bool>) -> Self {
        let mut told = stop.clone();
        let told = Box::pin(async move { told_to_stop(&mut told).await });
        Self { sleep: Box::pin(sleep(PATIENCE)), told, stop, armed: false, progress: false }
    }

    fn is_stopping(&self) -> bool {
        // The value changes once.
        self.stop.has_changed().unwrap_or(true)
    }

    /// Ready when the connection is to end. For a connection that waits for its client; costs two loads when nothing happened.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.armed && !self.sleep.is_elapsed() && !self.is_stopping() {
            return Poll::Pending;
        }
        self.armed = true;
        if self.told.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        self.poll_patience(cx)
    }

    /// The same, but an answer that was begun may be taken while the backend stops.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.sleep.as_mut().poll(cx).is_ready() {
            if !std::mem::take(&mut self.progress) {
                return Poll::Ready(());
            }
            self.sleep = Box::pin(sleep(PATIENCE));
        }
        Poll::Pending
    }
}
