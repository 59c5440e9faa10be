//! A connection to a mail server, for IMAP and SMTP alike: TCP, TLS with the certificate checked, lines of bounded length.
//!
//! What must hold:
//! - Nothing but what leads to TLS is ever said in the clear, and what the server said in the clear is not believed after it:
//!   bytes that came behind its consent to `STARTTLS` end the connection.
//! - No line and no block is read beyond its limit. Time limits are the callers': they wrap what they wait for in [`within`],
//!   and a connection on which a wait ran out is not used again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig};
use waxwing_protocol::api::{MailServer, MailTls, Trouble};

use super::MailboxError;

/// How much is read at once.
const CHUNK: usize = 16 * 1024;
/// The same where hours pass before anything comes: a thousand such waits hold next to nothing.
const LITTLE: usize = 512;

/// What went wrong with a connection.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No such host, refused, or broken.
    #[error("the connection failed")]
    Broken(#[source] io::Error),
    /// The server closed it.
    #[error("the server closed the connection")]
    Closed,
    /// No answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The certificate is not one for this host, not trusted, or out of date.
    #[error("the certificate is refused")]
    Certificate(#[source] rustls::Error),
    /// The server speaks no TLS here, or none that is known.
    #[error("there is no TLS here")]
    NoTls,
    /// The name is none that a certificate could be for.
    #[error("not the name of a host")]
    BadName,
    /// A line or block is longer than allowed, or bytes came where none may.
    #[error("the server does not keep to the protocol")]
    Protocol,
}

impl WireError {
    /// In the words of the wire.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Broken(_) | Self::Closed | Self::TimedOut | Self::BadName => Trouble::Unreachable,
            Self::Certificate(_) => Trouble::Certificate,
            Self::NoTls => Trouble::NotOffered,
            Self::Protocol => Trouble::Protocol,
        }
    }
}

impl From<WireError> for MailboxError {
    fn from(error: WireError) -> Self {
        Self::new(error.trouble())
    }
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        // rustls tells its errors through io's.
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return match tls {
                rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => Self::Certificate(tls.clone()),
                rustls::Error::InvalidMessage(_)
                | rustls::Error::PeerIncompatible(_)
                | rustls::Error::AlertReceived(
                    rustls::AlertDescription::ProtocolVersion | rustls::AlertDescription::HandshakeFailure,
                ) => Self::NoTls,
                _ => Self::Broken(error),
            };
        }
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Closed } else { Self::Broken(error) }
    }
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, WireError>;

/// Waits at most so long.
pub async fn within<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(WireError::TimedOut))
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection.
pub struct Wire {
    stream: Stream,
    /// What was read and not yet taken.
    read: BytesMut,
}

// What was read may be a mail.
impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("encrypted", &self.encrypted()).finish_non_exhaustive()
    }
}

impl Wire {
    /// Connects, and encrypts where that is done from the first byte.
    pub async fn connect(server: &MailServer, tls: &Arc<ClientConfig>) -> Result<Self> {
        // Asked first: a name that no certificate can be for is not even looked up.
        let name = name(&server.host)?;
        let tcp = TcpStream::connect((server.host.as_str(), server.port)).await.map_err(WireError::Broken)?;
        tcp.set_nodelay(true).map_err(WireError::Broken)?;
        let stream = match server.tls {
            MailTls::Implicit => Stream::Tls(handshake(tcp, name, tls).await?),
            MailTls::StartTls => Stream::Plain(tcp),
        };
        Ok(Self { stream, read: BytesMut::new() })
    }

    /// Whether what is said now is encrypted.
    pub fn encrypted(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Encrypts, after the server consented. Whatever it sent behind its consent was not under its certificate: refused.
    pub async fn encrypt(self, host: &str, tls: &Arc<ClientConfig>) -> Result<Self> {
        if !self.read.is_empty() {
            return Err(WireError::Protocol);
        }
        match self.stream {
            Stream::Plain(tcp) => {
                Ok(Self { stream: Stream::Tls(handshake(tcp, name(host)?, tls).await?), read: BytesMut::new() })
            }
            Stream::Tls(_) => Err(WireError::Protocol),
        }
    }

    /// The next line without its end, of at most `max` bytes.
    pub async fn line(&mut self, max: usize) -> Result<Vec<u8>> {
        self.line_by(max, CHUNK).await
    }

    /// The same for a wait of hours, with next to no memory held meanwhile. What was read so far stays when it is dropped.
    pub async fn rare_line(&mut self, max: usize) -> Result<Vec<u8>> {
        if self.read.is_empty() {
            self.read = BytesMut::new();
        }
        self.line_by(max, LITTLE).await
    }

    async fn line_by(&mut self, max: usize, chunk: usize) -> Result<Vec<u8>> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.read[seen..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.read.split_to(seen + end + 1);
                line.truncate(line.len() - 1);
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                return if line.len() > max { Err(WireError::Protocol) } else { Ok(line.to_vec()) };
            }
            seen = self.read.len();
            if seen > max {
                return Err(WireError::Protocol);
            }
            self.fill(chunk).await?;
        }
    }

    /// Exactly `n` bytes, behind those of `out`. The caller has checked `n` against its limit; memory grows with what comes.
    pub async fn block(&mut self, n: usize, out: &mut Vec<u8>) -> Result<()> {
        let mut left = n;
        while left > 0 {
            if self.read.is_empty() {
                self.fill(CHUNK).await?;
            }
            let take = left.min(self.read.len());
            out.extend_from_slice(&self.read[..take]);
            self.read.advance(take);
            left -= take;
        }
        Ok(())
    }

    /// Whether the server has said something that nobody asked for yet, or has closed.
    pub async fn has_spoken(&mut self) -> bool {
        // Polled once before the time is looked at: what is there is seen, and nothing is waited for.
        !self.read.is_empty() || tokio::time::timeout(Duration::ZERO, self.fill(CHUNK)).await.is_ok()
    }

    /// Sends, down to the operating system.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.stream {
            Stream::Plain(tcp) => {
                tcp.write_all(bytes).await?;
                tcp.flush().await?;
            }
            Stream::Tls(tls) => {
                tls.write_all(bytes).await?;
                tls.flush().await?;
            }
        }
        Ok(())
    }

    async fn fill(&mut self, chunk: usize) -> Result<()> {
        self.read.reserve(chunk);
        let n = match &mut self.stream {
            Stream::Plain(tcp) => tcp.read_buf(&mut self.read).await?,
            Stream::Tls(tls) => tls.read_buf(&mut self.read).await?,
        };
        if n == 0 { Err(WireError::Closed) } else { Ok(()) }
    }
}

fn name(host: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(host.to_owned()).map_err(|_| WireError::BadName)
}

async fn handshake(tcp: TcpStream, name: ServerName<'static>, tls: &Arc<ClientConfig>) -> Result<Box<TlsStream<TcpStream>>> {
    Ok(Box::new(TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await?))
}
