//! A request's body whose last byte is held until somebody lets it go: what SMTP's final dot is to a mail. All before it is
//! written, encrypted and on its way; without the last byte no server can act on it, since the length was said in front.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;

/// The body.
pub(super) struct Held {
    parts: VecDeque<Bytes>,
    last: Option<Bytes>,
    left: u64,
    ask: Option<oneshot::Sender<()>>,
    go: oneshot::Receiver<()>,
    last_byte: Arc<LastByte>,
}

/// Where the last byte is. Who gives it out and who decides that it is not out ask the same cell: one of them is too late.
#[derive(Debug, Default)]
pub(super) struct LastByte(AtomicU8);

const WAITS: u8 = 0;
const OUT: u8 = 1;
const STAYS: u8 = 2;

impl LastByte {
    /// Whether it was given out: then the server may have all of it. Once this said no, it never will be.
    pub(super) fn is_out(&self) -> bool {
        self.0.compare_exchange(WAITS, STAYS, Ordering::SeqCst, Ordering::SeqCst) == Err(OUT)
    }

    fn give_out(&self) -> bool {
        self.0.compare_exchange(WAITS, OUT, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// The other end of a held body.
pub(super) struct Holder {
    /// Answers when all but the last byte was taken.
    pub(super) asked: oneshot::Receiver<()>,
    /// Lets the last byte go. Dropped without it, the request breaks off.
    pub(super) go: oneshot::Sender<()>,
    /// Where it is.
    pub(super) last_byte: Arc<LastByte>,
}

/// Nobody let the last byte go.
#[derive(Debug, thiserror::Error)]
#[error("the last byte was held back")]
pub(super) struct HeldBack;

/// Holds the last byte of these parts, of which the last one is not empty.
pub(super) fn hold(parts: impl IntoIterator<Item = Bytes>) -> (Held, Holder) {
    let mut parts: VecDeque<Bytes> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let left = parts.iter().map(|part| part.len() as u64).sum();
    let last = parts.pop_back().map(|mut part| {
        let last = part.split_off(part.len() - 1);
        if !part.is_empty() {
            parts.push_back(part);
        }
        last
    });
    let (ask, asked) = oneshot::channel();
    let (let_go, go) = oneshot::channel();
    let last_byte = Arc::new(LastByte::default());
    let held = Held { parts, last, left, ask: Some(ask), go, last_byte: Arc::clone(&last_byte) };
    (held, Holder { asked, go: let_go, last_byte })
}

impl Held {
    /// Bytes in all.
    pub(super) fn len(&self) -> u64 {
        self.left
    }

    fn take(&mut self, part: Bytes) -> Poll<Option<Result<Frame<Bytes>, HeldBack>>> {
        self.left -= part.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(part))))
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = HeldBack;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HeldBack>>> {
        if let Some(part) = self.parts.pop_front() {
            return self.take(part);
        }
        let Some(last) = self.last.clone() else { return Poll::Ready(None) };
        if let Some(ask) = self.ask.take() {
            // Nobody listens any more: what follows finds the other end gone, too.
            let _ = ask.send(());
        }
        match Pin::new(&mut self.go).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(())) if self.last_byte.give_out() => {
                self.last = None;
                self.take(last)
            }
            Poll::Ready(_) => Poll::Ready(Some(Err(HeldBack))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn all_but_the_last_byte_comes_at_once() {
        let (mut held, holder) = hold([Bytes::from("ab"), Bytes::new(), Bytes::from("cd")]);
        assert_eq!(held.len(), 4);
        assert_eq!(held.frame().await.unwrap().unwrap().into_data().unwrap(), "ab");
        assert_eq!(held.frame().await.unwrap().unwrap().into_data().unwrap(), "c");
        assert!(futures_util::FutureExt::now_or_never(held.frame()).is_none());
        holder.asked.await.unwrap();
        holder.go.send(()).unwrap();
        assert_eq!(held.frame().await.unwrap().unwrap().into_data().unwrap(), "d");
        assert!(holder.last_byte.is_out() && held.is_end_stream());
        assert!(held.frame().await.is_none());
    }

    #[tokio::test]
    async fn held_back_it_breaks_off() {
        let (mut held, holder) = hold([Bytes::from("d")]);
        drop(holder.go);
        assert!(held.frame().await.unwrap().is_err());
        assert!(!holder.last_byte.is_out());
    }

    #[tokio::test]
    async fn what_was_taken_for_not_out_stays_so() {
        let (mut held, holder) = hold([Bytes::from("d")]);
        holder.go.send(()).unwrap();
        assert!(!holder.last_byte.is_out());
        assert!(held.frame().await.unwrap().is_err());
        assert!(!holder.last_byte.is_out());
    }
}
