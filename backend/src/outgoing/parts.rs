//! Which parts of a mail are its HTML, and whether they may be changed.
//!
//! What must hold: a part is given only when its borders are those that every reader sees. `mail-parser` is lenient, as readers
//! of mail must be; who changes mail must not be.

use std::ops::Range;

use mail_parser::{MessagePart, MimeHeaders as _, PartType};

use super::NotTrackedWhy;
use super::header::Block;
use super::read::Reading;

/// Multiparts within multiparts: a mail that a person wrote has three or four.
const MAX_DEPTH: usize = 20;

/// An HTML part that may be changed.
pub(super) struct HtmlPart<'a> {
    /// Its own header block.
    pub(super) header: Block<'a>,
    /// Its body, still in its transfer encoding, without the line break before the next border.
    pub(super) body: Range<usize>,
    /// Its character set, as named.
    pub(super) charset: Option<String>,
}

/// The HTML parts of a mail's text, in order; at least one.
pub(super) fn html_parts<'a>(reading: &Reading<'_>, raw: &'a [u8]) -> Result<Vec<HtmlPart<'a>>, NotTrackedWhy> {
    if !reading.has_parts {
        return Err(NotTrackedWhy::Structure);
    }
    let parts = &reading.message.parts;
    check_armour(reading)?;
    let mut found = Vec::new();
    // Each with the borders around it, the innermost last.
    let mut waiting: Vec<(usize, Vec<&str>)> = vec![(0, Vec::new())];
    while let Some((id, borders)) = waiting.pop() {
        let part = parts.get(id).ok_or(NotTrackedWhy::Structure)?;
        if let Some(why) = sealed_as(part, id == 0) {
            return Err(why);
        }
        match &part.body {
            PartType::Multipart(children) => {
                let border = part.content_type().and_then(|kind| kind.attribute("boundary"));
                let border = border.filter(|border| !border.is_empty()).ok_or(NotTrackedWhy::Structure)?;
                if borders.len() >= MAX_DEPTH {
                    return Err(NotTrackedWhy::Structure);
                }
                let around: Vec<&str> = borders.iter().copied().chain([border]).collect();
                waiting.extend(children.iter().rev().filter_map(|id| Some((usize::try_from(*id).ok()?, around.clone()))));
            }
            _ if names(part, "multipart", None) => return Err(NotTrackedWhy::Structure),
            // Not what others wrote, in mails that are attached: those are never looked into.
            _ if names(part, "text", Some("html")) && !is_attached(part) => found.push(html_part(part, raw, &borders)?),
            _ => {}
        }
    }
    if found.is_empty() { Err(NotTrackedWhy::PlainText) } else { Ok(found) }
}

fn html_part<'a>(part: &MessagePart<'_>, raw: &'a [u8], borders: &[&str]) -> Result<HtmlPart<'a>, NotTrackedWhy> {
    let place = |offset: u32| usize::try_from(offset).map_err(|_| NotTrackedWhy::Structure);
    let (start, body) = (place(part.offset_header)?, place(part.offset_body)?..place(part.offset_end)?);
    let header = Block::read(raw, start).ok_or(NotTrackedWhy::Structure)?;
    let plain = header.body == body.start
        && body.start <= body.end
        && header.count("content-type") == 1
        && header.count("content-transfer-encoding") <= 1
        && !part.is_encoding_problem
        && is_bordered(raw, &body, borders);
    if !plain {
        return Err(NotTrackedWhy::Structure);
    }
    let charset = part.content_type().and_then(|kind| kind.attribute("charset")).map(str::to_owned);
    Ok(HtmlPart { header, body, charset })
}

/// Whether a body ends at a border of its multipart that stands on a line of its own, and holds none itself.
fn is_bordered(raw: &[u8], body: &Range<usize>, borders: &[&str]) -> bool {
    let Some(own) = borders.last() else { return body.end == raw.len() };
    let line = raw[body.end..].strip_prefix(b"\r\n--").and_then(|rest| rest.strip_prefix(own.as_bytes()));
    let ends = line.is_some_and(|rest| {
        let rest = rest.strip_prefix(b"--").unwrap_or(rest);
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        rest.len() == blanks || rest[blanks..].starts_with(b"\r\n")
    });
    let lines = || raw[body.clone()].split(|&byte| byte == b'\n').filter_map(|line| line.strip_prefix(b"--"));
    ends && !lines().any(|line| borders.iter().any(|border| line.starts_with(border.as_bytes())))
}

/// Whether something in a mail is signed or encrypted.
pub(super) fn is_sealed(reading: &Reading<'_>) -> bool {
    let mut parts = reading.message.parts.iter().enumerate();
    check_armour(reading).is_err() || parts.any(|(id, part)| sealed_as(part, id == 0).is_some())
}

/// Signed or encrypted, as a whole or in a part.
fn sealed_as(part: &MessagePart<'_>, is_root: bool) -> Option<NotTrackedWhy> {
    if names(part, "multipart", Some("signed")) {
        return Some(NotTrackedWhy::Signed);
    }
    if names(part, "multipart", Some("encrypted")) {
        return Some(NotTrackedWhy::Encrypted);
    }
    let smime = ["pkcs7-mime", "x-pkcs7-mime"].iter().any(|subtype| names(part, "application", Some(subtype)));
    if !smime || !is_root {
        return None;
    }
    let kind = part.content_type().and_then(|kind| kind.attribute("smime-type")).unwrap_or_default();
    let signed = ["signed-data", "certs-only"].iter().any(|name| kind.eq_ignore_ascii_case(name));
    Some(if signed { NotTrackedWhy::Signed } else { NotTrackedWhy::Encrypted })
}

/// PGP without MIME: the armour stands in the text itself.
fn check_armour(reading: &Reading<'_>) -> Result<(), NotTrackedWhy> {
    let message = &reading.message;
    let bodies = message.text_body.iter().chain(&message.html_body).filter_map(|id| message.part(*id));
    for part in bodies {
        let begins = |armour: &str| match &part.body {
            PartType::Text(text) => text.lines().any(|line| line.starts_with(armour)),
            // What is quoted has marks before its lines, in the plain text alone.
            PartType::Html(html) => message.text_body == message.html_body && html.contains(armour),
            _ => false,
        };
        if begins("-----BEGIN PGP SIGNED MESSAGE-----") {
            return Err(NotTrackedWhy::Signed);
        }
        if begins("-----BEGIN PGP MESSAGE-----") {
            return Err(NotTrackedWhy::Encrypted);
        }
    }
    Ok(())
}

fn names(part: &MessagePart<'_>, kind: &str, subtype: Option<&str>) -> bool {
    part.content_type().is_some_and(|it| {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        same(it.ctype(), kind) && subtype.is_none_or(|subtype| it.subtype().is_some_and(|it| same(it, subtype)))
    })
}

fn is_attached(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment)
}
