//! A mail as Gmail writes what was composed in its page: multipart/alternative, with pictures and attachments around it.
//!
//! What must hold: the same message gives the same bytes each time (boundaries come from its Message-ID), so that a draft
//! reads the same until it is edited.

use mail_parser::DateTime;

use super::text::{base64_lines, from_html, lines, one_line, people, person, quoted_printable, words};
use crate::html::decode;
use crate::model::{Attachment, Message};

/// The whole mail, with Bcc.
pub(crate) fn build(message: &Message) -> Vec<u8> {
    let mut out = String::from("MIME-Version: 1.0\r\n");
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            out.extend([name, ": ", value, "\r\n"]);
        }
    };
    field("Date", &date(message.date));
    let references: Vec<String> = message.references.iter().map(|it| one_line(it)).collect();
    field("References", &references.join("\r\n "));
    field("In-Reply-To", references.last().map_or("", String::as_str));
    field("Message-ID", &one_line(&message.rfc_id));
    field("Subject", &words(&message.subject));
    field("From", &person(&message.from));
    field("To", &people(&message.to));
    field("Cc", &people(&message.cc));
    field("Bcc", &people(&message.bcc));
    out.push_str(&body(message));
    out.into_bytes()
}

/// A date as a mail's header has it, in UTC.
pub(crate) fn date(at: i64) -> String {
    DateTime::from_timestamp(at.div_euclid(1000)).to_rfc822()
}

/// The parts, outermost first: mixed (attachments), related (pictures in the text), alternative (text and HTML).
fn body(message: &Message) -> String {
    let html = message.html();
    let mut body = if message.plain {
        text_part("plain", &decode(&html))
    } else {
        let parts = [text_part("plain", &from_html(&html)), text_part("html", &html)];
        multipart("alternative", message, &parts)
    };
    for (inline, kind) in [(true, "related"), (false, "mixed")] {
        let files: Vec<String> = message.attachments.iter().filter(|it| it.inline == inline).map(|it| file(it)).collect();
        if !files.is_empty() {
            let parts: Vec<String> = std::iter::once(body).chain(files).collect();
            body = multipart(kind, message, &parts);
        }
    }
    body
}

fn multipart(kind: &str, message: &Message, parts: &[String]) -> String {
    let boundary = boundary(message, kind);
    let mut out = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        out.extend(["--", boundary.as_str(), "\r\n", part.as_str(), "\r\n"]);
    }
    out.extend(["--", boundary.as_str(), "--\r\n"]);
    out
}

/// Gmail's form: zeros, then hexadecimal digits.
fn boundary(message: &Message, kind: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in message.rfc_id.bytes().chain(kind.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("000000000000{hash:016x}")
}

fn text_part(kind: &str, text: &str) -> String {
    let plain = text.is_ascii() && lines(text).all(|line| line.len() <= 76 && !line.ends_with(' '));
    if plain {
        let text: Vec<&str> = lines(text).collect();
        format!("Content-Type: text/{kind}; charset=\"UTF-8\"\r\n\r\n{}\r\n", text.join("\r\n"))
    } else {
        let text = quoted_printable(text);
        format!("Content-Type: text/{kind}; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{text}\r\n")
    }
}

fn file(it: &Attachment) -> String {
    let name = words(&it.filename).replace('"', "'");
    let kind = one_line(&it.media_type);
    let disposition = if it.inline { "inline" } else { "attachment" };
    let id = it.content_id.as_deref().map(one_line).map(|id| format!("X-Attachment-Id: {id}\r\nContent-ID: <{id}>\r\n"));
    format!(
        "Content-Type: {kind}; name=\"{name}\"\r\nContent-Disposition: {disposition}; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n{}\r\n{}",
        id.unwrap_or_default(),
        base64_lines(&it.bytes)
    )
}
