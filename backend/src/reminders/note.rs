//! A reminder's note: a short mail from a mailbox to itself, that brings its conversation back on top of the inbox and says why.
//!
//! What must hold: whatever the subject, the ids and the address hold, no line of the header is any but ours, and no line is longer
//! than mail allows. The text says no more than is known, holds no link and loads nothing.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;
use waxwing_domain::civil::Civil;
use waxwing_domain::schedule::zone_name;
use waxwing_domain::when::zone::{Zone, Zones as _};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ReminderSettings, WhyReminder, Wish};

use super::words::{self, Language};
use crate::mailbox::watching::NOTE_HEADER;
use crate::store::reminders::about::About;
use crate::zones::{Iana, IanaZone};

/// Characters of a subject that are kept. Gmail keeps a conversation together by it, so it is not cut short.
const MOST_SUBJECT: usize = 900;
/// Bytes of an id that is referred to.
const MOST_ID: usize = 250;
/// Bytes of text in one encoded word: with its frame it stays below 75 characters (RFC 2047, 2).
const WORD: usize = 42;
/// Base64 digits of a line.
const LINE: usize = 76;

/// What a note is written from.
#[derive(Debug, Clone, Copy)]
pub struct Says<'a> {
    /// Its id.
    pub id: Uuid,
    /// The mailbox's own address.
    pub address: &'a str,
    /// The subject of the mail.
    pub subject: &'a str,
    /// The Message-IDs of its conversation, without angle brackets, its own last.
    pub rfc_ids: &'a [String],
    /// Why it comes.
    pub why: WhyReminder,
    /// The mail.
    pub about: &'a About,
    /// What was asked for.
    pub wish: &'a Wish,
    /// Language and zone.
    pub settings: &'a ReminderSettings,
    /// Now.
    pub now: Millis,
}

/// Writes a note.
pub fn write(says: &Says<'_>) -> Vec<u8> {
    let language = Language::of(says.settings.language.as_deref());
    let zone = zone(says.settings.zone.as_deref(), zone_name(&says.wish.when));
    let text = words::text(says.about, says.why, says.now, zone.as_ref(), language);
    let id = says.id.simple();
    let address = address(says.address);
    let domain = address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let mut mail = String::with_capacity(4_096);
    // Writing to a string does not fail.
    let _ = write!(
        mail,
        "Message-ID: <{id}.note@{domain}>\r\nDate: {}\r\nFrom: Waxwing <{address}>\r\nTo: <{address}>\r\n{NOTE_HEADER}: {}\r\n\
         Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nPrecedence: bulk\r\n",
        date(says.now),
        says.id,
    );
    references(&mut mail, says.rfc_ids);
    subject(&mut mail, says.subject);
    let _ = write!(
        mail,
        "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"note-{id}\"\r\n\r\n--note-{id}\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    lines(&mut mail, plain(&text).as_bytes());
    let _ = write!(mail, "--note-{id}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    lines(&mut mail, html(&text, language).as_bytes());
    let _ = write!(mail, "--note-{id}--\r\n");
    mail.into_bytes()
}

/// The zone that was chosen, or the one that was asked for.
fn zone(chosen: Option<&str>, asked: &str) -> Box<dyn Zone + 'static> {
    let named = chosen.and_then(IanaZone::find).or_else(|| IanaZone::find(asked));
    match named {
        Some(zone) => Box::new(zone),
        None => Iana.find("UTC").unwrap_or_else(|| Box::new(waxwing_domain::when::zone::Fixed(0))),
    }
}

/// An address that can stand in a header: what cannot is left out.
pub(crate) fn address(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '\\'))
        .take(320)
        .collect()
}

/// RFC 5322, 3.3, in UTC.
pub(crate) fn date(now: Millis) -> String {
    let civil = Civil::from_seconds(now.div_euclid(1_000)).or_else(|| Civil::from_seconds(0));
    civil.map_or_else(String::new, |civil| {
        let (date, time) = (civil.date, civil.time);
        let weekday = words::WEEKDAYS_OF_MAIL[usize::from(date.weekday().index()) % 7];
        let month = words::MONTHS_OF_MAIL[usize::from(date.month() - 1) % 12];
        let (day, year) = (date.day(), date.year());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        format!("{weekday}, {day} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
    })
}

/// `In-Reply-To` and `References`, an id a line.
fn references(mail: &mut String, ids: &[String]) {
    let is_id = |id: &&String| {
        !id.is_empty() && id.len() <= MOST_ID && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>')
    };
    let ids: Vec<&String> = ids.iter().filter(is_id).collect();
    let Some(last) = ids.last() else { return };
    let _ = write!(mail, "In-Reply-To: <{last}>\r\nReferences:");
    for id in ids {
        let _ = write!(mail, " <{id}>\r\n");
    }
}

/// `Subject`, as an answer's.
fn subject(mail: &mut String, subject: &str) {
    let line: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_SUBJECT).collect();
    let line = line.trim();
    let is_answer = line.get(..3).is_some_and(|beginning| beginning.eq_ignore_ascii_case("re:"));
    let line = if is_answer { line.to_owned() } else { format!("Re: {line}") };
    mail.push_str("Subject:");
    header_text(mail, line.trim_end());
}

/// A line of text after the name of its header, encoded where it has to be.
pub(crate) fn header_text(mail: &mut String, line: &str) {
    if line.is_ascii() && line.len() <= 65 && !line.contains("=?") {
        let _ = write!(mail, " {line}\r\n");
        return;
    }
    let mut word = String::new();
    for c in line.chars() {
        if word.len() + c.len_utf8() > WORD {
            let _ = write!(mail, " =?utf-8?B?{}?=\r\n", STANDARD.encode(&word));
            word.clear();
        }
        word.push(c);
    }
    let _ = write!(mail, " =?utf-8?B?{}?=\r\n", STANDARD.encode(&word));
}

/// Bytes as lines of base64.
pub(crate) fn lines(mail: &mut String, bytes: &[u8]) {
    let encoded = STANDARD.encode(bytes);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        let _ = write!(mail, "{line}\r\n");
        rest = more;
    }
}

fn plain(text: &[String]) -> String {
    let mut plain = text.join("\r\n\r\n");
    plain.push_str("\r\n");
    plain
}

fn html(text: &[String], language: Language) -> String {
    let mut html = format!("<!doctype html><html lang=\"{}\"><body>", language.tag());
    for (n, paragraph) in text.iter().enumerate() {
        let style = if n == 0 { "font-weight:bold" } else { "margin-top:8px" };
        let _ = write!(html, "<p style=\"font-family:sans-serif;{style}\">{}</p>", escape(paragraph));
    }
    html.push_str("</body></html>");
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
