//! A connection that is given up when its client stops reading: what waits to be sent would hold its place for ever.
//!
//! Costs nothing while writing goes on: the timer starts when the system takes no more, and ends with the next byte it takes.
//! What was read of it before is read first.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// See the module.
#[derive(Debug)]
pub struct Stalled<S> {
    stream: S,
    begun: Vec<u8>,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Stalled<S> {
    /// Gives `stream`, of which `begun` was read already, up after `patience` without a byte taken.
    pub const fn new(stream: S, begun: Vec<u8>, patience: Duration) -> Self {
        Self { stream, begun, patience, waiting: None }
    }

    /// What came of writing, or that it took too long.
    fn judge(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        ready!(self.waiting.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stalled<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.begun.is_empty() {
            let part = self.begun.len().min(into.remaining());
            into.put_slice(&self.begun[..part]);
            self.begun.drain(..part);
            self.begun.shrink_to_fit();
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stalled<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.judge(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn a_client_that_does_not_read_is_given_up() {
        let (ours, _theirs) = duplex(16);
        let mut ours = Stalled::new(ours, Vec::new(), PATIENCE);
        assert_eq!(ours.write_all(&[0; 17]).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn what_was_read_before_comes_first() {
        let (ours, mut theirs) = duplex(16);
        theirs.write_all(b"fgh").await.unwrap();
        drop(theirs);
        let mut ours = Stalled::new(ours, b"abcde".to_vec(), PATIENCE);
        let mut part = [0; 2];
        ours.read_exact(&mut part).await.unwrap();
        let mut rest = String::new();
        ours.read_to_string(&mut rest).await.unwrap();
        assert_eq!((part, rest.as_str()), (*b"ab", "cdefgh"));
    }

    #[tokio::test]
    async fn a_client_that_reads_slowly_is_not() {
        let (ours, mut theirs) = duplex(16);
        let mut ours = Stalled::new(ours, Vec::new(), PATIENCE);
        let reading = tokio::spawn(async move {
            let mut part = [0; 16];
            for _ in 0..8 {
                sleep(PATIENCE / 4).await;
                theirs.read_exact(&mut part).await.unwrap();
            }
        });
        ours.write_all(&[0; 128]).await.unwrap();
        reading.await.unwrap();
    }
}
