//! A mail as Gmail writes what was composed in its page: multipart/alternative, with pictures and attachments around it.
//!
//! What must hold: the same message gives the same bytes each time (boundaries come from its Message-ID), so that a draft
//! reads the same until it is edited.

use mail_parser::DateTime;

use super::text::{base64_lines, from_html, lines, people, person, quoted_printable, words};
use crate::html::decode;
use crate::model::{Attachment, Message};

/// The whole mail, with Bcc.
pub(crate) fn build(message: &Message) -> Vec<u8> {
    let mut out = String::from("MIME-Version: 1.0\r\n");
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
    };
    field("Date", &date(message.date));
    field("References", &message.references.join("\r\n "));
    field("In-Reply-To", message.references.last().map_or("", String::as_str));
    field("Message-ID", &message.rfc_id);
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
        out.push_str(&format!("--{boundary}\r\n{part}\r\n"));
    }
    out.push_str(&format!("--{boundary}--\r\n"));
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
    let mut out = format!("Content-Type: {}; name=\"{name}\"\r\n", it.media_type);
    let disposition = if it.inline { "inline" } else { "attachment" };
    out.push_str(&format!("Content-Disposition: {disposition}; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n"));
    if let Some(id) = &it.content_id {
        out.push_str(&format!("X-Attachment-Id: {id}\r\nContent-ID: <{id}>\r\n"));
    }
    format!("{out}\r\n{}", base64_lines(&it.bytes))
}
