//! Commands and their answers on one IMAP connection.
//!
//! What must hold:
//! - Whatever came from outside goes into a command quoted or as a literal: no text can end the command that it stands in.
//! - An answer is bounded: each line, each literal, and all of it together ([`Room`]). Whatever goes beyond, or carries a tag
//!   that is not the command's, ends the connection.
//! - A connection on which a wait ran out or a rule was broken is [`Connection::is_broken`] and not used again.

use std::time::Duration;

use waxwing_protocol::api::Trouble;

use super::super::wire::{self, Wire, WireError, within};
use super::super::{MailboxError, said};
use super::response::{self, Kind, Piece, Response, Status, Value};

/// A line: the numbers of a search are the longest that honest servers send.
const MAX_LINE: usize = 1024 * 1024;
/// Literals in one response.
const MAX_LITERALS: usize = 64;
/// Responses to one command.
const MAX_RESPONSES: usize = 50_000;
/// Literals longer than this wait for the server's consent, so that it can refuse them.
const MAX_UNASKED: usize = 4096;

/// How many bytes an answer may have in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room(pub usize);

impl Room {
    /// For numbers and names.
    pub(super) const LITTLE: Self = Self(4 * 1024 * 1024);
    /// For the headers of many mails.
    pub(super) const HEADERS: Self = Self(24 * 1024 * 1024);
}

/// A command that is being put together.
#[derive(Debug, Clone, Default)]
pub(super) struct Command {
    parts: Vec<Part>,
}

#[derive(Clone)]
enum Part {
    Text(String),
    Literal(Vec<u8>),
    /// Sent when the server asks for it.
    Answer(String),
}

// A part may hold a password.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Part")
    }
}

impl Command {
    /// A command of words of ours.
    pub(super) fn new(words: &str) -> Self {
        Self { parts: vec![Part::Text(words.to_owned())] }
    }

    /// A word or more of ours.
    #[must_use]
    pub(super) fn words(mut self, words: &str) -> Self {
        self.push(&format!(" {words}"));
        self
    }

    /// Text from anywhere.
    #[must_use]
    pub(super) fn text(mut self, text: &str) -> Self {
        if text.len() <= 512 && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
            self.push(&format!(" \"{text}\""));
            self
        } else {
            self.literal(text.as_bytes().to_vec())
        }
    }

    /// Bytes from anywhere.
    #[must_use]
    pub(super) fn literal(mut self, bytes: Vec<u8>) -> Self {
        self.push(" ");
        self.parts.push(Part::Literal(bytes));
        self
    }

    /// A line that is sent when the server asks for it.
    #[must_use]
    pub(super) fn answer(mut self, line: String) -> Self {
        self.parts.push(Part::Answer(line));
        self
    }

    fn push(&mut self, text: &str) {
        if let Some(Part::Text(last)) = self.parts.last_mut() {
            last.push_str(text);
        } else {
            self.parts.push(Part::Text(text.to_owned()));
        }
    }
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The connection.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The server said no, or hung up.
    #[error("the server refused")]
    Refused(Status),
}

impl From<ImapError> for MailboxError {
    fn from(error: ImapError) -> Self {
        match error {
            ImapError::Wire(error) => error.into(),
            ImapError::Refused(status) => {
                let trouble = trouble(&status);
                Self { said: said::said(&status.text), ..Self::new(trouble) }
            }
        }
    }
}

/// What a "no" means.
fn trouble(status: &Status) -> Trouble {
    let unsaid = match status.kind {
        // The command was understood and could not be done: what servers say when something of theirs fails.
        Kind::No | Kind::Bye => Trouble::Busy,
        Kind::Ok | Kind::Bad | Kind::Preauth => Trouble::Protocol,
    };
    said_trouble(status).unwrap_or(unsaid)
}

/// What a "no" means by its code (RFC 5530), or by what Gmail says without one.
pub(super) fn said_trouble(status: &Status) -> Option<Trouble> {
    let code = status.code.as_deref().unwrap_or_default();
    let text = String::from_utf8_lossy(&status.text).to_ascii_lowercase();
    match code.split(' ').next().unwrap_or_default() {
        "OVERQUOTA" => Some(Trouble::Full),
        "TOOBIG" => Some(Trouble::TooLarge),
        "THROTTLED" | "LIMIT" => Some(Trouble::RateLimited),
        "UNAVAILABLE" | "INUSE" | "SERVERBUG" | "CORRUPTION" => Some(Trouble::Busy),
        "AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED" | "EXPIRED" => Some(Trouble::WrongPassword),
        "PRIVACYREQUIRED" => Some(Trouble::NotOffered),
        _ if text.contains("too many simultaneous connections") || text.contains("bandwidth limits") => {
            Some(Trouble::RateLimited)
        }
        _ => None,
    }
}

/// Shorthand.
pub(super) type Result<T> = std::result::Result<T, ImapError>;

/// The whole answer to a command.
#[derive(Debug)]
pub(super) struct Answer {
    /// How it went: `OK`.
    pub status: Status,
    /// The codes of what the server said meanwhile.
    pub codes: Vec<String>,
    /// The data: number, name in upper case, values.
    pub data: Vec<(Option<u32>, String, Vec<Value>)>,
}

impl Answer {
    /// The values of all data of a name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [Value]> {
        self.data.iter().filter(move |(_, found, _)| found == name).map(|(_, _, values)| values.as_slice())
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub wire: Wire,
    pub tags: u32,
    pub broken: bool,
    /// The tag of an `IDLE` that was not ended yet (`idle.rs`).
    pub idling: Option<String>,
    /// Literals may be sent without asking, up to [`MAX_UNASKED`] bytes.
    pub unasked: bool,
}

impl Connection {
    /// On a wire, before the greeting.
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, tags: 0, broken: false, idling: None, unasked: false }
    }

    /// It cannot be used any more.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The server's first words.
    pub(super) async fn greeting(&mut self, limit: Duration) -> Result<Status> {
        let mut room = Room::LITTLE.0;
        match within(limit, self.response(&mut room)).await? {
            Response::Status(status) if status.kind == Kind::Bye => Err(ImapError::Refused(status)),
            Response::Status(status) => Ok(status),
            _ => Err(WireError::Protocol.into()),
        }
    }

    /// The wire under it, for encrypting.
    pub(super) fn into_wire(self) -> Wire {
        self.wire
    }

    /// Whether it is encrypted.
    pub(super) fn encrypted(&self) -> bool {
        self.wire.encrypted()
    }

    /// Says good-bye; nobody waits for the answer.
    pub(super) async fn log_out(mut self) {
        let words: &[u8] = if self.idling.is_some() { b"DONE\r\nZZ LOGOUT\r\n" } else { b"ZZ LOGOUT\r\n" };
        let _ = within(Duration::from_secs(2), self.wire.send(words)).await;
    }

    /// Runs a command. `Err(Refused)` is its "no"; the connection goes on after it unless it is broken.
    pub(super) async fn run(&mut self, command: Command, room: Room, limit: Duration) -> Result<Answer> {
        self.end_idle(limit).await?;
        // Set until it went well: also when the caller drops us in the middle.
        if std::mem::replace(&mut self.broken, true) {
            return Err(WireError::Closed.into());
        }
        self.tags += 1;
        let tag = format!("W{}", self.tags);
        let (answer, gone) = within(limit, self.exchange(&tag, command, room.0)).await?;
        self.broken = gone;
        if answer.status.kind == Kind::Ok { Ok(answer) } else { Err(ImapError::Refused(answer.status)) }
    }

    async fn exchange(&mut self, tag: &str, command: Command, mut room: usize) -> wire::Result<(Answer, bool)> {
        let mut answer = Answer { status: Status { kind: Kind::Bad, code: None, text: vec![] }, codes: vec![], data: vec![] };
        let mut out = format!("{tag} ").into_bytes();
        for part in command.parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Literal(bytes) if self.unasked && bytes.len() <= MAX_UNASKED => {
                    out.extend_from_slice(format!("{{{}+}}\r\n", bytes.len()).as_bytes());
                    out.extend_from_slice(&bytes);
                }
                Part::Literal(bytes) => {
                    out.extend_from_slice(format!("{{{}}}\r\n", bytes.len()).as_bytes());
                    self.wire.send(&out).await?;
                    if let Some(gone) = self.collect(tag, &mut room, &mut answer, true).await? {
                        return Ok((answer, gone));
                    }
                    out = bytes;
                }
                Part::Answer(line) => {
                    out.extend_from_slice(b"\r\n");
                    self.wire.send(&out).await?;
                    if let Some(gone) = self.collect(tag, &mut room, &mut answer, true).await? {
                        return Ok((answer, gone));
                    }
                    out = line.into_bytes();
                }
            }
        }
        out.extend_from_slice(b"\r\n");
        self.wire.send(&out).await?;
        match self.collect(tag, &mut room, &mut answer, false).await? {
            Some(gone) => Ok((answer, gone)),
            None => Err(WireError::Protocol),
        }
    }

    /// Reads on until the command is done (`Some`: whether the server hung up) or the server asks for more (`None`).
    async fn collect(&mut self, tag: &str, room: &mut usize, answer: &mut Answer, more: bool) -> wire::Result<Option<bool>> {
        for _ in 0..MAX_RESPONSES {
            match self.response(room).await? {
                Response::Continue if more => return Ok(None),
                Response::Done(found, status) if found == tag => {
                    answer.status = status;
                    return Ok(Some(false));
                }
                Response::Status(status) if status.kind == Kind::Bye => {
                    answer.status = status;
                    return Ok(Some(true));
                }
                Response::Status(status) => answer.codes.extend(status.code),
                Response::Data(number, name, values) => answer.data.push((number, name, values)),
                Response::Continue | Response::Done(..) => return Err(WireError::Protocol),
            }
        }
        Err(WireError::Protocol)
    }

    pub(super) async fn response(&mut self, room: &mut usize) -> wire::Result<Response> {
        let mut pieces = Vec::new();
        loop {
            let mut line = self.wire.line(MAX_LINE.min(*room)).await?;
            *room = room.saturating_sub(line.len() + 2);
            let Some((n, start)) = literal(&line) else {
                pieces.push(Piece::Line(line));
                return response::read(pieces).ok_or(WireError::Protocol);
            };
            // Before a byte of it is read, so that a length alone costs nothing.
            *room = room.checked_sub(n).ok_or(WireError::Protocol)?;
            if pieces.len() / 2 >= MAX_LITERALS {
                return Err(WireError::Protocol);
            }
            line.truncate(start);
            pieces.push(Piece::Line(line));
            let mut bytes = Vec::new();
            self.wire.block(n, &mut bytes).await?;
            pieces.push(Piece::Literal(bytes));
        }
    }
}

/// The length of the literal that a line announces at its end, and where the announcement begins.
pub(super) fn literal(line: &[u8]) -> Option<(usize, usize)> {
    let inner = line.strip_suffix(b"}")?;
    let start = inner.iter().rposition(|byte| *byte == b'{')?;
    let digits = &inner[start + 1..];
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    // In words for people a number in braces is no literal, but there is none in them that anybody has seen.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // More than fits is more than there is room for.
    Some((std::str::from_utf8(digits).ok()?.parse().unwrap_or(usize::MAX), start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_seen() {
        assert_eq!(literal(b"* 1 FETCH (BODY[] {12}"), Some((12, 18)));
        assert_eq!(literal(b"x {3+}"), Some((3, 2)));
        assert_eq!(literal(b"x {99999999999999999999999}"), Some((usize::MAX, 2)));
        for line in [&b"x {}"[..], b"x {a}", b"x {1", b"}", b"", b"{-1}"] {
            assert_eq!(literal(line), None);
        }
    }

    #[test]
    fn foreign_text_cannot_end_a_command() {
        let parts = |text: &str| {
            let command = Command::new("LOGIN").text(text);
            command.parts.into_iter().map(|part| matches!(part, Part::Literal(_))).collect::<Vec<_>>()
        };
        assert_eq!(parts("plain text"), [false]);
        for hostile in ["a\r\nW2 LOGOUT", "a\"b", "a\\", "ü", "a\0", "\x7f"] {
            assert_eq!(parts(hostile), [false, true], "{hostile:?}");
        }
    }
}
