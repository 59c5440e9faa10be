//! Handing a mail to a submission server (RFC 6409), once.
//!
//! A client of our own, because the one moment that counts must be in our hands: the whole mail is written and flushed, then
//! [`Commit::commit`] is asked, and only then the final dot goes out. What must hold:
//! - Whatever fails before the dot was not sent. After the dot only the server's own "no" means that; silence is unclear.
//! - A mail goes to all of its recipients or to none: when one is refused, nothing is sent.
//! - Nothing is said without TLS. Passwords are in no error and no log.

mod content;
mod reply;
mod session;

use std::time::Duration;

pub use content::with_crlf;
pub use session::Session;
use waxwing_protocol::api::Trouble;

use super::wire::within;
use super::{Commit, MailboxError, Outgoing};
use reply::{Reply, Stage};

/// A mail is written in pieces of this size, each with its own time limit.
const PIECE: usize = 64 * 1024;

/// How long is waited for what: RFC 5321, 4.5.3.2.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The connection and the handshake.
    pub connect: Duration,
    /// The server's first words.
    pub greeting: Duration,
    /// Each command but those below.
    pub command: Duration,
    /// The answer to `DATA`.
    pub data: Duration,
    /// Each piece of the mail.
    pub piece: Duration,
    /// The answer to the final dot: giving up early is how mails are sent twice.
    pub dot: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let minutes = Duration::from_mins;
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            piece: minutes(3),
            dot: minutes(10),
        }
    }
}

impl Limits {
    /// The same limit for everything: while somebody waits for a test of the connection, and in tests.
    pub const fn all(limit: Duration) -> Self {
        Self { connect: limit, greeting: limit, command: limit, data: limit, piece: limit, dot: limit }
    }
}

/// What came of handing over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The server has it.
    Taken,
    /// The server certainly does not have it.
    Not(MailboxError),
    /// The lease was lost before the dot.
    LeaseLost,
    /// The answer to the dot was lost.
    Unclear(MailboxError),
}

/// Hands a mail over on a session that is signed in. The session is used up.
pub async fn hand_over(mut session: Session, mail: &Outgoing, commit: &dyn Commit) -> Handed {
    let handed = match up_to_the_dot(&mut session, mail).await {
        Ok(()) => dot(&mut session, commit).await,
        Err(error) => Handed::Not(error),
    };
    // A connection on which something is unclear, or whose mail must not end, is dropped without a word more.
    if matches!(handed, Handed::Taken) {
        session.quit().await;
    }
    handed
}

async fn up_to_the_dot(session: &mut Session, mail: &Outgoing) -> Result<(), MailboxError> {
    let (content, needs) = content::content(&mail.raw);
    let utf8 = needs.utf8_header || !mail.sender.is_ascii() || mail.recipients.iter().any(|address| !address.is_ascii());
    session.start(&mail.sender, content.len(), needs.eight_bit, utf8).await?;
    name_recipients(session, &mail.recipients).await?;
    let limits = session.limits;
    let reply = session.command(b"DATA\r\n", limits.data).await?;
    if reply.code != 354 {
        return Err(reply.error(Stage::Content));
    }
    for piece in content.chunks(PIECE) {
        if let Err(error) = within(limits.piece, session.wire.send(piece)).await {
            // A server that refuses in the middle of a mail says why before it closes.
            return Err(match within(limits.connect, Reply::read(&mut session.wire)).await {
                Ok(reply) => reply.error(Stage::Content),
                Err(_) => error.into(),
            });
        }
    }
    // An answer before the dot is either a "no" or not to be understood: no reason to go on.
    if session.wire.has_spoken().await {
        let reply = within(limits.command, Reply::read(&mut session.wire)).await?;
        return Err(reply.error(Stage::Content));
    }
    Ok(())
}

/// Each recipient has an answer of its own; a lasting refusal is told before one that may pass.
async fn name_recipients(session: &mut Session, recipients: &[String]) -> Result<(), MailboxError> {
    let mut refused: Option<MailboxError> = None;
    for recipient in recipients {
        let reply = session.recipient(recipient).await?;
        if reply.is_good() {
            continue;
        }
        let mut error = reply.error(Stage::Recipient);
        let mut words = format!("<{recipient}> ").into_bytes();
        words.extend(reply.words());
        error.said = super::said::said(&words);
        // After 421 the server is gone.
        if reply.code == 421 {
            return Err(error);
        }
        if refused.as_ref().is_none_or(|before| before.may_pass() && !error.may_pass()) {
            refused = Some(error);
        }
    }
    match refused {
        Some(error) => {
            session.reset().await;
            Err(error)
        }
        None if recipients.is_empty() => Err(MailboxError::new(Trouble::RecipientRefused)),
        None => Ok(()),
    }
}

async fn dot(session: &mut Session, commit: &dyn Commit) -> Handed {
    if !commit.commit().await {
        return Handed::LeaseLost;
    }
    let limits = session.limits;
    if let Err(error) = within(limits.piece, session.wire.send(b".\r\n")).await {
        return Handed::Unclear(error.into());
    }
    match within(limits.dot, Reply::read(&mut session.wire)).await {
        Ok(reply) if reply.is_good() => Handed::Taken,
        Ok(reply) if matches!(reply.code / 100, 4 | 5) => Handed::Not(reply.error(Stage::Content)),
        Ok(reply) => Handed::Unclear(reply.error(Stage::Content)),
        Err(error) => Handed::Unclear(error.into()),
    }
}
