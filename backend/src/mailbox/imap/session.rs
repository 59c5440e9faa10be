//! An IMAP session: encrypted, signed in, with a folder open; searching and fetching by UID.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::ClientConfig;
use waxwing_protocol::api::{MailServer, MailTls, Trouble};

use super::super::wire::{Wire, WireError, within};
use super::super::{MailboxError, said};
use super::connection::{Answer, Command, Connection, ImapError, Result, Room, said_trouble};
use super::fetched::{self, Fetched};
use super::response::{Kind, Status};

/// How long is waited for what.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The connection and the handshake.
    pub connect: Duration,
    /// A command and its whole answer.
    pub command: Duration,
    /// A whole mail, in either direction.
    pub transfer: Duration,
    /// A connection that nobody used for so long is closed.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_mins(1),
            transfer: Duration::from_mins(10),
            idle: Duration::from_mins(3),
        }
    }
}

impl Limits {
    /// The same limit for everything: while somebody waits for a test of the connection, and in tests.
    pub const fn all(limit: Duration) -> Self {
        Self { connect: limit, command: limit, transfer: limit, idle: limit }
    }
}

/// A folder that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opened {
    /// Its UIDVALIDITY.
    pub validity: u32,
    /// The UID that the next mail gets, where the server says so.
    pub next: Option<u32>,
    /// How many mails are in it.
    pub messages: u32,
}

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    pub connection: Connection,
    offers: BTreeSet<String>,
    pub limits: Limits,
}

impl Session {
    /// Reaches the server, encrypted.
    pub(super) async fn reach(
        server: &MailServer,
        tls: &Arc<ClientConfig>,
        limits: Limits,
    ) -> std::result::Result<Self, MailboxError> {
        let wire = within(limits.connect, Wire::connect(server, tls)).await?;
        let mut session = Self { connection: Connection::new(wire), offers: BTreeSet::new(), limits };
        let greeting = session.connection.greeting(limits.command).await?;
        // A server that says we are signed in already says so before it knows who we are.
        if greeting.kind != Kind::Ok {
            return Err(MailboxError::new(Trouble::Protocol));
        }
        session.ask_offers().await?;
        if server.tls == MailTls::StartTls {
            session = session.start_tls(server, tls).await?;
        }
        Ok(session)
    }

    async fn start_tls(mut self, server: &MailServer, tls: &Arc<ClientConfig>) -> std::result::Result<Self, MailboxError> {
        if !self.offers("STARTTLS") {
            return Err(MailboxError::new(Trouble::NotOffered));
        }
        match self.run(Command::new("STARTTLS")).await {
            Err(ImapError::Refused(status)) if status.kind != Kind::Bye => {
                return Err(MailboxError { said: said::said(&status.text), ..MailboxError::new(Trouble::NotOffered) });
            }
            answer => answer?,
        };
        let wire = within(self.limits.connect, self.connection.into_wire().encrypt(&server.host, tls)).await?;
        // What was offered in the clear is forgotten.
        let mut session = Self { connection: Connection::new(wire), offers: BTreeSet::new(), limits: self.limits };
        session.ask_offers().await?;
        Ok(session)
    }

    /// Signs in.
    pub(super) async fn sign_in(&mut self, user: &str, password: &str) -> std::result::Result<(), MailboxError> {
        if !self.connection.encrypted() {
            return Err(MailboxError::new(Trouble::NotOffered));
        }
        let plain = STANDARD.encode(format!("\0{user}\0{password}"));
        let command = if self.offers("AUTH=PLAIN") && self.offers("SASL-IR") {
            Command::new("AUTHENTICATE PLAIN").words(&plain)
        } else if self.offers("AUTH=PLAIN") {
            Command::new("AUTHENTICATE PLAIN").answer(plain.clone())
        } else if !self.offers("LOGINDISABLED") {
            Command::new("LOGIN").text(user).text(password)
        } else {
            return Err(MailboxError::new(Trouble::NotOffered));
        };
        let answer = match self.run(command).await {
            Ok(answer) => answer,
            Err(ImapError::Refused(status)) => return Err(not_signed_in(&status, &[password, &plain])),
            Err(error) => return Err(error.into()),
        };
        // Many servers say right away what they offer to those who are signed in.
        let told =
            answer.status.code.iter().chain(&answer.codes).filter_map(|code| code.strip_prefix("CAPABILITY ")).next_back();
        match told {
            Some(told) => self.set_offers(told.split(' ')),
            None => self.ask_offers().await?,
        }
        Ok(())
    }

    async fn ask_offers(&mut self) -> std::result::Result<(), MailboxError> {
        let answer = self.run(Command::new("CAPABILITY")).await?;
        let words: Vec<String> = answer
            .named("CAPABILITY")
            .flatten()
            .filter_map(|value| value.text().map(|word| String::from_utf8_lossy(word).into_owned()))
            .collect();
        self.set_offers(words.iter().map(String::as_str));
        Ok(())
    }

    fn set_offers<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        self.offers = words.map(str::to_ascii_uppercase).collect();
        self.connection.unasked = self.offers("LITERAL+") || self.offers("LITERAL-");
    }

    /// Whether the server said that it can do this.
    pub(super) fn offers(&self, what: &str) -> bool {
        self.offers.contains(what)
    }

    /// Gmail, with its conversations and labels.
    pub(super) fn is_gmail(&self) -> bool {
        self.offers("X-GM-EXT-1")
    }

    /// It cannot be used any more.
    pub(super) fn is_broken(&self) -> bool {
        self.connection.is_broken()
    }

    /// Says good-bye.
    pub(super) async fn log_out(self) {
        self.connection.log_out().await;
    }

    /// Runs a command whose answer is short.
    pub(super) async fn run(&mut self, command: Command) -> Result<Answer> {
        self.connection.run(command, Room::LITTLE, self.limits.command).await
    }

    /// Opens a folder, to look only or also to change, and gives its UIDVALIDITY. Always asks the server: what is in the
    /// folder may have changed since it was opened last.
    pub(super) async fn open(&mut self, folder: &str, writable: bool) -> Result<u32> {
        Ok(self.open_at(folder, writable).await?.validity)
    }

    /// The same, with all that the server says of the folder.
    pub(super) async fn open_at(&mut self, folder: &str, writable: bool) -> Result<Opened> {
        let verb = if writable { "SELECT" } else { "EXAMINE" };
        let answer = self.run(Command::new(verb).text(folder)).await?;
        let code = |name: &str| answer.codes.iter().find_map(|code| code.strip_prefix(name)?.trim().parse().ok());
        // Without it UIDs mean nothing.
        let Some(validity) = code("UIDVALIDITY ") else { return Err(WireError::Protocol.into()) };
        let counts = answer.data.iter().filter(|(_, name, _)| name == "EXISTS");
        let messages = counts.filter_map(|(number, ..)| *number).next_back().unwrap_or_default();
        Ok(Opened { validity, next: code("UIDNEXT ").filter(|next| *next > 0), messages })
    }

    /// UIDs of the open folder that fit, lowest first.
    pub(super) async fn search(&mut self, what: Command) -> Result<Vec<u32>> {
        let answer = self.run(what).await?;
        let mut uids: Vec<u32> = answer.named("SEARCH").flatten().filter_map(super::response::Value::number).collect();
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// Fetches of these UIDs what is asked for; those that are gone are left out.
    pub(super) async fn fetch(&mut self, uids: &[u32], items: &str) -> Result<Vec<Fetched>> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let command = Command::new("UID FETCH").words(&set(uids)).words(items);
        let answer = self.connection.run(command, Room::HEADERS, self.limits.command).await?;
        Ok(fetched::read(&answer, uids))
    }

    /// The whole of a mail, without marking it as read. `None`: it is gone.
    pub(super) async fn fetch_raw(&mut self, uid: u32, most: usize) -> Result<Option<Vec<u8>>> {
        let command = Command::new("UID FETCH").words(&uid.to_string()).words("(UID BODY.PEEK[])");
        let room = Room(most.saturating_add(Room::LITTLE.0));
        let answer = self.connection.run(command, room, self.limits.transfer).await?;
        Ok(fetched::read(&answer, &[uid]).into_iter().find_map(|found| found.raw))
    }

    /// The first `most` bytes of a mail, without marking it as read. `None`: it is gone.
    pub(super) async fn fetch_start(&mut self, uid: u32, most: usize) -> Result<Option<Vec<u8>>> {
        let command = Command::new("UID FETCH").words(&uid.to_string()).words(&format!("(UID BODY.PEEK[]<0.{most}>)"));
        let room = Room(most.saturating_add(Room::LITTLE.0));
        let answer = self.connection.run(command, room, self.limits.transfer).await?;
        Ok(fetched::read(&answer, &[uid]).into_iter().find_map(|found| found.raw))
    }

    /// Puts a mail into a folder, as read.
    pub(super) async fn append(&mut self, folder: &str, raw: Vec<u8>) -> Result<()> {
        self.append_as(folder, "(\\Seen)", raw).await.map(|_| ())
    }

    /// Puts a mail into a folder, with flags and perhaps a time of receipt. UIDVALIDITY and UID, where the server tells them.
    pub(super) async fn append_as(&mut self, folder: &str, attributes: &str, raw: Vec<u8>) -> Result<Option<(u32, u32)>> {
        let command = Command::new("APPEND").text(folder).words(attributes).literal(raw);
        let answer = self.connection.run(command, Room::LITTLE, self.limits.transfer).await?;
        let told = answer.status.code.as_deref().and_then(|code| code.strip_prefix("APPENDUID ")?.trim().split_once(' '));
        Ok(told.and_then(|(validity, uid)| Some((validity.parse().ok()?, uid.parse().ok()?))))
    }
}

/// A set of UIDs, with ranges.
pub(super) fn set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let ranges: Vec<String> =
        ranges.iter().map(|(first, last)| if first == last { first.to_string() } else { format!("{first}:{last}") }).collect();
    ranges.join(",")
}

/// Without a code that says otherwise, "no" to signing in is about the password.
fn not_signed_in(status: &Status, secrets: &[&str]) -> MailboxError {
    let trouble = said_trouble(status).unwrap_or(match status.kind {
        Kind::No => Trouble::WrongPassword,
        Kind::Bye => Trouble::Busy,
        Kind::Ok | Kind::Bad | Kind::Preauth => Trouble::Protocol,
    });
    MailboxError { said: said::said_without(&status.text, secrets), ..MailboxError::new(trouble) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_ranges() {
        assert_eq!(set(&[1, 2, 3, 7, 9, 10, u32::MAX]), "1:3,7,9:10,4294967295");
        assert_eq!(set(&[5]), "5");
    }

    #[test]
    fn a_no_to_signing_in_is_read() {
        let status = |kind, code: Option<&str>, text: &str| Status {
            kind,
            code: code.map(str::to_owned),
            text: text.as_bytes().to_vec(),
        };
        for (status, expected) in [
            (status(Kind::No, Some("AUTHENTICATIONFAILED"), "Invalid credentials (Failure)"), Trouble::WrongPassword),
            (status(Kind::No, Some("ALERT"), "Application-specific password required"), Trouble::WrongPassword),
            (status(Kind::No, None, "no"), Trouble::WrongPassword),
            (status(Kind::No, Some("UNAVAILABLE"), "later"), Trouble::Busy),
            (status(Kind::No, Some("ALERT"), "Too many simultaneous connections. (Failure)"), Trouble::RateLimited),
            (status(Kind::Bad, None, "what"), Trouble::Protocol),
            (status(Kind::Bye, None, "bye"), Trouble::Busy),
        ] {
            assert_eq!(not_signed_in(&status, &["x1"]).trouble, expected, "{status:?}");
        }
    }
}
