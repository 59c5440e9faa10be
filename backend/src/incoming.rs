//! Mails that come in, as far as their kind asks: what `waxwing_domain::mailkind` reads, out of the bytes.
//!
//! What must hold: any bytes can be read, in time that is linear in [`MOST_BYTES`]; a mail that cannot be taken apart, or at which the
//! parser panics, is judged by its header. The header is split here: `mail-parser` 0.11.9 reads on into the next field after a date that ends in a name
//! (`Date: … 17:14:50 UT`), and a lost `From` or `Content-Type` would change what a mail is.

use mail_parser::decoders::html::html_to_text;
use mail_parser::{DateTime, Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use waxwing_domain::mailkind::{self, Finding, MOST_HEADERS, MOST_TEXT, Mail, Media, Part};

use crate::guard::guarded;

/// So many bytes of a mail are looked at: what tells its kind comes before what it carries.
pub const MOST_BYTES: usize = 1024 * 1024;
/// A mail of more parts is judged by its header. The parser looks for the end of each as far as the mail goes.
const MOST_PARTS: usize = 200;
/// Longest value of a header field that is kept.
const MOST_VALUE: usize = 16 * 1024;
/// HTML is longer than the text in it.
const MOST_HTML: usize = 4 * MOST_TEXT;

/// A mail that came in.
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    headers: Vec<(String, String)>,
    parts: Vec<(Media, String)>,
    /// When it says it was written: seconds since 1970 UTC, and seconds east of UTC.
    date: Option<(i64, i32)>,
}

impl Incoming {
    /// Reads a mail: RFC 5322, or what looks like it. An mbox's first line and blank lines before the header are passed over.
    pub fn read(raw: &[u8]) -> Self {
        let raw = raw.get(..MOST_BYTES).unwrap_or(raw);
        let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
        let raw = match raw.strip_prefix(b"From ") {
            Some(rest) => rest.splitn(2, |&byte| byte == b'\n').nth(1).unwrap_or_default().trim_ascii_start(),
            None => raw,
        };
        let (mut headers, body) = split(raw);
        for (_, value) in
            headers.iter_mut().filter(|(name, value)| name.eq_ignore_ascii_case("Subject") && value.contains("=?"))
        {
            if let Some(subject) = guarded(|| decoded(value)).flatten() {
                *value = subject;
            }
        }
        let date = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Date"));
        let date = date.and_then(|(_, value)| guarded(|| self::date(value)).flatten());
        let parts = if is_tangled(raw) { None } else { guarded(|| parts(&headers, body)) };
        let parts = parts.unwrap_or_default();
        Self { headers, parts, date }
    }

    /// What it is.
    pub fn finding(&self) -> Finding {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let parts: Vec<Part<'_>> = self.parts.iter().map(|(media, text)| Part { media: *media, text }).collect();
        mailkind::classify(&Mail { headers: &headers, parts: &parts })
    }

    /// Whether what is behind the header may change, or add to, what it is: asked when only the header was read.
    pub fn needs_parts(&self) -> bool {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        mailkind::needs_parts(&headers)
    }

    /// The value of the first field of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The values of all fields of a name, in their order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// What there is to read in it first.
    pub fn text(&self) -> &str {
        let first = |media| self.parts.iter().find(|(it, text)| *it == media && !text.trim().is_empty());
        first(Media::Plain).or_else(|| first(Media::Html)).map(|(_, text)| text.as_str()).unwrap_or_default()
    }

    /// When it says it was written: seconds since 1970 UTC, and seconds east of UTC.
    pub fn date(&self) -> Option<(i64, i32)> {
        self.date
    }
}

/// Names and unfolded values of the header, and the body behind it.
fn split(raw: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut rest = raw;
    while let Some(line) = rest.split_inclusive(|&byte| byte == b'\n').next() {
        rest = rest.get(line.len()..).unwrap_or_default();
        let text = String::from_utf8_lossy(line.trim_ascii_end());
        if text.is_empty() && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            break;
        }
        let is_more = text.starts_with([' ', '\t']);
        if is_more {
            if let Some((_, value)) = fields.last_mut()
                && value.len() + text.len() < MOST_VALUE
            {
                value.push(' ');
                value.push_str(text.trim());
            }
        } else if let Some((name, value)) = text.split_once(':')
            && fields.len() < MOST_HEADERS
        {
            // What is no field, such as an mbox's line, is passed over.
            fields.push((name.trim().to_owned(), first_of(value.trim(), MOST_VALUE).to_owned()));
        }
    }
    (fields, rest)
}

/// A subject with encoded words in it, as its writer saw it.
fn decoded(subject: &str) -> Option<String> {
    let line = format!("Subject: {subject}\r\n\r\n");
    let decoded = MessageParser::default().parse_headers(line.as_bytes())?;
    decoded.subject().map(str::to_owned)
}

/// The parts, by what the header says of the body alone.
fn parts(headers: &[(String, String)], body: &[u8]) -> Vec<(Media, String)> {
    let mut raw = Vec::with_capacity(body.len() + 1024);
    for wanted in ["Content-Type", "Content-Transfer-Encoding"] {
        if let Some((name, value)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
            raw.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
    }
    // A mail needs a field.
    raw.extend_from_slice(b"MIME-Version: 1.0\r\n\r\n");
    raw.extend_from_slice(body);
    let Some(message) = MessageParser::default().parse(&raw) else { return Vec::new() };
    message.parts.iter().filter_map(|it| part(&message, it)).collect()
}

/// A part that is no multipart.
fn part(message: &Message<'_>, part: &MessagePart<'_>) -> Option<(Media, String)> {
    let raw = || {
        let (start, end) = (part.raw_body_offset() as usize, part.raw_end_offset() as usize);
        String::from_utf8_lossy(first(message.raw_message().get(start..end).unwrap_or_default(), MOST_TEXT)).into_owned()
    };
    let media = media(part);
    let text = match &part.body {
        PartType::Multipart(_) => return None,
        PartType::Message(_) => raw(),
        PartType::Text(text) => first_of(text, MOST_TEXT).to_owned(),
        PartType::Html(html) => first_of(&html_to_text(first_of(html, MOST_HTML)), MOST_TEXT).to_owned(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) if media != Media::Other => {
            String::from_utf8_lossy(first(bytes, MOST_TEXT)).into_owned()
        }
        PartType::Binary(_) | PartType::InlineBinary(_) => String::new(),
    };
    Some((media, text))
}

fn media(part: &MessagePart<'_>) -> Media {
    let Some(kind) = part.content_type() else {
        return match part.body {
            PartType::Message(_) => Media::Returned,
            PartType::Html(_) => Media::Html,
            _ => Media::Plain,
        };
    };
    let name = format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase();
    match name.as_str() {
        "text/plain" | "text/" => Media::Plain,
        "text/html" => Media::Html,
        "text/calendar" | "application/ics" => Media::Calendar,
        "message/delivery-status" | "message/global-delivery-status" => Media::DeliveryStatus,
        "message/disposition-notification" | "message/global-disposition-notification" => Media::Disposition,
        "message/feedback-report" => Media::Feedback,
        // RFC 6522 names the second; the third and fifth are what programs make of it.
        "message/rfc822"
        | "text/rfc822-headers"
        | "text/rfc822-header"
        | "message/rfc822-headers"
        | "text/rfc822"
        | "message/global"
        | "message/global-headers"
        | "message/partial" => Media::Returned,
        _ => match part.body {
            PartType::Message(_) => Media::Returned,
            PartType::Text(_) => Media::Plain,
            PartType::Html(_) => Media::Html,
            _ => Media::Other,
        },
    }
}

fn date(value: &str) -> Option<(i64, i32)> {
    let date = DateTime::parse_rfc822(value).filter(DateTime::is_valid)?;
    let east = (i32::from(date.tz_hour) * 60 + i32::from(date.tz_minute)) * 60;
    Some((date.to_timestamp(), if date.tz_before_gmt { -east } else { east }))
}

fn first(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

fn first_of(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// Whether there may be more than [`MOST_PARTS`]: each needs a line that names its type.
fn is_tangled(raw: &[u8]) -> bool {
    const TYPE: &[u8] = b"content-type";
    let lines = raw.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_start);
    let types = lines.filter(|line| line.get(..TYPE.len()).is_some_and(|start| start.eq_ignore_ascii_case(TYPE)));
    types.take(MOST_PARTS + 1).count() > MOST_PARTS
}

#[cfg(test)]
mod tests {
    use waxwing_domain::mailkind::Kind;

    use super::*;

    fn kind(raw: &str) -> Kind {
        Incoming::read(raw.replace('\n', "\r\n").as_bytes()).finding().kind
    }

    const REPORT: &str = "From: MAILER-DAEMON@mx.example
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status;
 boundary=\"x\"

--x

I could not.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ann@acme.example
Action: failed
Status: 5.1.1

--x
Content-Type: message/rfc822

Message-ID: <mine@example.org>
Content-Type: multipart/mixed; boundary=y

--y
Content-Type: message/delivery-status

Final-Recipient: rfc822; other@acme.example
Action: delivered
Status: 2.0.0
--y--
--x--
";

    #[test]
    fn a_report_is_taken_apart() {
        let mail = Incoming::read(REPORT.as_bytes());
        assert_eq!(
            mail.parts.iter().map(|(media, _)| *media).collect::<Vec<_>>(),
            [Media::Plain, Media::DeliveryStatus, Media::Returned]
        );
        let finding = mail.finding();
        assert_eq!((finding.kind, finding.failed.as_slice()), (Kind::BounceHard, &["ann@acme.example".to_owned()][..]));
        assert_eq!(finding.original.as_deref(), Some("mine@example.org"));
        assert_eq!(mail.text().trim(), "I could not.");
    }

    #[test]
    fn headers_are_read_whatever_stands_around_them() {
        for (raw, expected) in [
            ("Auto-Submitted: auto-replied\n\nx", Kind::AutoReply),
            ("\n \n\u{feff}\nAuto-Submitted:\n auto-replied\n\nx", Kind::AutoReply),
            ("From MAILER-DAEMON  Mon Sep 20 19:29:27 2021\nAuto-Submitted: auto-replied\n\nx", Kind::AutoReply),
            ("Auto-Submitted : auto-replied", Kind::AutoReply),
            ("Subject: =?utf-8?B?QWJ3ZXNlbmhlaXRzbm90aXo6IGhp?=\n\nx", Kind::AutoReply),
            // The field behind a date that ends in a name is a field.
            (
                "Date: Sat, 22 Apr 2006 17:14:50 UT\nFrom: MAILER-DAEMON@x.example\nSubject: failure notice\n\nno such user",
                Kind::BounceHard,
            ),
            // What looks like a field in the text is none.
            ("Subject: hi\n\nAuto-Submitted: auto-replied\n", Kind::Human),
            ("", Kind::Human),
            ("\n\n\n", Kind::Human),
            ("no field at all", Kind::Human),
        ] {
            assert_eq!(kind(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn dates() {
        let date = |value: &str| Incoming::read(format!("Date: {value}\r\n\r\n").as_bytes()).date();
        assert_eq!(date("Mon, 23 Nov 2026 10:00:00 +0100"), Some((1_795_424_400, 3600)));
        assert_eq!(date("Mon, 23 Nov 2026 10:00:00 -0230").map(|(_, east)| east), Some(-9000));
        for value in ["", "soon", "Mon, 99 Nov 2026 10:00:00 +0100"] {
            assert_eq!(date(value), None, "{value}");
        }
    }

    #[test]
    fn any_bytes_are_read() {
        let mut state = 5_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 40).unwrap()
        };
        let whole = REPORT.as_bytes();
        for _ in 0..500 {
            let mut raw = whole.to_vec();
            for _ in 0..next() % 20 {
                let at = next() % raw.len();
                raw[at] = u8::try_from(next() % 256).unwrap();
            }
            raw.truncate(next() % raw.len());
            Incoming::read(&raw).finding();
            let noise: Vec<u8> = (0..next() % 300).map(|_| u8::try_from(next() % 256).unwrap()).collect();
            Incoming::read(&noise).finding();
        }
    }

    #[test]
    fn huge_mails_are_judged_by_their_start() {
        let big = format!("Auto-Submitted: auto-replied\r\n\r\n{}", "x".repeat(50_000_000));
        assert_eq!(Incoming::read(big.as_bytes()).finding().kind, Kind::AutoReply);
        // More parts than anybody writes: the header decides.
        let parts = "--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n".repeat(20_000);
        let tangled = format!(
            "From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{parts}"
        );
        assert_eq!(Incoming::read(tangled.as_bytes()).finding().kind, Kind::Bounce);
        let headers = "X: y\r\n".repeat(2_000_000);
        assert_eq!(Incoming::read(headers.as_bytes()).headers.len(), MOST_HEADERS);
        let folded = format!("Subject: a\r\n{}", " b\r\n".repeat(1_000_000));
        assert!(Incoming::read(folded.as_bytes()).header("subject").unwrap().len() <= MOST_VALUE);
    }
}
