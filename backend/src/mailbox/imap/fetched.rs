//! What was fetched of mails: flags, Gmail's numbers, headers, the time they came in.

use jiff::Timestamp;
use waxwing_protocol::Millis;

use super::connection::Answer;
use super::headers::Headers;
use super::response::Value;

/// What is asked for to know a draft or a sent mail again.
pub(super) const KNOWN_BY: &str = "UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID SUBJECT TO CC BCC X-WAXWING-ID)]";
/// What is asked for to see who answered.
pub(super) const ANSWERED_BY: &str = "UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO REFERENCES FROM RETURN-PATH \
    AUTO-SUBMITTED X-AUTOREPLY X-AUTORESPOND PRECEDENCE X-FAILED-RECIPIENTS CONTENT-TYPE)]";
/// Only Gmail has these.
pub(super) const GMAIL: &str = "X-GM-MSGID X-GM-THRID";

/// A mail, as far as it was fetched.
#[derive(Debug, Clone, Default)]
pub(super) struct Fetched {
    /// Its UID.
    pub uid: u32,
    /// It is marked as deleted.
    pub deleted: bool,
    /// It is marked as a draft.
    pub draft: bool,
    /// Gmail's number of it.
    pub message: Option<u64>,
    /// Gmail's number of its conversation.
    pub thread: Option<u64>,
    /// Its size in bytes.
    pub size: Option<usize>,
    /// When it came in.
    pub at: Option<Millis>,
    /// The headers that were asked for.
    pub headers: Headers,
    /// All of it, or its whole header, or the beginning of either, when that was asked for.
    pub raw: Option<Vec<u8>>,
}

impl Fetched {
    /// Takes over what another answer says of the same mail.
    fn add(&mut self, other: Self) {
        self.deleted |= other.deleted;
        self.draft |= other.draft;
        self.message = self.message.or(other.message);
        self.thread = self.thread.or(other.thread);
        self.size = self.size.or(other.size);
        self.at = self.at.or(other.at);
        if self.headers.is_empty() {
            self.headers = other.headers;
        }
        self.raw = self.raw.take().or(other.raw);
    }
}

/// Those of `uids` that came, by UID. What the server sends beside them (changes of flags) is no answer.
pub(super) fn read(answer: &Answer, uids: &[u32]) -> Vec<Fetched> {
    let mut found: Vec<Fetched> = answer
        .named("FETCH")
        .filter_map(|values| one(values.first()?.list()))
        .filter(|it| uids.binary_search(&it.uid).is_ok())
        .collect();
    found.sort_by_key(|it| it.uid);
    // An unasked FETCH with UID and flags alone may stand beside the one that was asked for, before or behind it.
    found.dedup_by(|later, first| {
        let same = later.uid == first.uid;
        if same {
            first.add(std::mem::take(later));
        }
        same
    });
    found
}

fn one(values: &[Value]) -> Option<Fetched> {
    let mut found = Fetched::default();
    for pair in values.chunks_exact(2) {
        let (Value::Atom(name), value) = (&pair[0], &pair[1]) else { return None };
        let name = name.to_ascii_uppercase();
        match name.as_str() {
            "UID" => found.uid = value.number()?,
            "FLAGS" => {
                let has = |wanted: &[u8]| {
                    value.list().iter().any(|flag| flag.text().is_some_and(|flag| flag.eq_ignore_ascii_case(wanted)))
                };
                (found.deleted, found.draft) = (has(b"\\Deleted"), has(b"\\Draft"));
            }
            "X-GM-MSGID" => found.message = value.number(),
            "X-GM-THRID" => found.thread = value.number(),
            "RFC822.SIZE" => found.size = value.number(),
            "INTERNALDATE" => found.at = value.text().and_then(date),
            "BODY[]" | "BODY[]<0>" | "BODY[HEADER]" | "BODY[HEADER]<0>" => found.raw = value.text().map(<[u8]>::to_vec),
            _ if name.starts_with("BODY[HEADER") => found.headers = Headers::read(value.text().unwrap_or_default()),
            _ => {}
        }
    }
    (found.uid > 0).then_some(found)
}

/// `17-Jul-2026 02:44:25 -0700`; the day may begin with a space.
fn date(text: &[u8]) -> Option<Millis> {
    let text = std::str::from_utf8(text).ok()?.trim();
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text).ok().map(Timestamp::as_millisecond)
}

/// The day of an instant as `SEARCH SINCE` wants it, a day early: servers count days in zones of their own.
pub(super) fn day_before(at: Millis) -> String {
    // Dovecot finds nothing since a day before 1970.
    let day = Timestamp::from_millisecond(at.saturating_sub(24 * 60 * 60 * 1000).max(0)).unwrap_or(Timestamp::UNIX_EPOCH);
    day.strftime("%-d-%b-%Y").to_string()
}

/// As Gmail names messages and conversations outside of IMAP: 16 hexadecimal digits.
pub(super) fn hex(number: u64) -> String {
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::imap::response::{self, Kind};
    use crate::mailbox::imap::response::{Piece, Response, Status};

    fn answer(responses: Vec<Vec<Piece>>) -> Answer {
        let data = responses
            .into_iter()
            .map(|pieces| match response::read(pieces) {
                Some(Response::Data(number, name, values)) => (number, name, values),
                other => panic!("{other:?}"),
            })
            .collect();
        Answer { status: Status { kind: Kind::Ok, code: None, text: vec![] }, codes: vec![], data }
    }

    #[test]
    fn mails_are_read_by_their_uids() {
        let line = |text: &str| Piece::Line(text.as_bytes().to_vec());
        let found = read(
            &answer(vec![
                vec![line("* 7 FETCH (UID 9 FLAGS (\\Seen \\deleted))")],
                vec![
                    line(
                        "* 7 FETCH (X-GM-THRID 1266894439832287888 X-GM-MSGID 1278455344230334865 UID 9 NEW (\"x\") INTERNALDATE \" 7-Jul-2026 02:44:25 -0700\" FLAGS (\\Deleted) BODY[HEADER.FIELDS (SUBJECT)] ",
                    ),
                    Piece::Literal(b"Subject: s\r\n\r\n".to_vec()),
                    line(")"),
                ],
                vec![line("* 7 FETCH (UID 9 FLAGS ())")],
                vec![line("* 8 FETCH (FLAGS ())")],
                vec![line("* 9 FETCH (UID 10 FLAGS ())")],
            ]),
            &[8, 9],
        );
        assert_eq!(found.len(), 1);
        let it = &found[0];
        assert!(it.deleted && it.uid == 9);
        assert_eq!(it.thread.map(hex).as_deref(), Some("1194e9c7de1efa90"));
        assert_eq!(it.headers.subject, "s");
        assert_eq!(it.at, Some(1_783_417_465_000));
    }

    #[test]
    fn dates_are_read_and_written() {
        assert_eq!(date(b"17-Jul-1996 02:44:25 -0700"), Some(837_596_665_000));
        for bad in [&b""[..], b"17-Xyz-1996 02:44:25 -0700", b"99-Jul-1996 02:44:25 -0700", b"\xff"] {
            assert_eq!(date(bad), None);
        }
        assert_eq!(day_before(837_596_665_000), "16-Jul-1996");
        for at in [0, Millis::MAX, Millis::MIN] {
            assert_eq!(day_before(at), "1-Jan-1970");
        }
    }
}
