//! One mail that came in, as far as it is asked for: its header and the kinds of its parts, and more only where a rule needs it.
//!
//! What must hold: the text of a person's mail is never asked for; of a mail of any size no more is held than is looked at; a name or
//! value that would end a header's line does not.

use base64::Engine as _;
use waxwing_domain::mailkind::needs_parts;
use waxwing_protocol::Millis;
use waxwing_protocol::api::AccessAction;

use super::super::watching::{Arrived, NOTE_HEADER};
use super::super::written::written_down;
use super::super::{Ledger, MailboxError};
use super::account::SMALL;
use super::pacer::{Cost, units};
use super::trouble::CallError;
use super::wire::{Message, Part};
use super::{BASE64, GmailMailbox};
use crate::incoming::MOST_BYTES;

/// Header and kinds of parts, without what is in them.
const FIELDS: &str = "id,threadId,labelIds,internalDate,\
    payload(mimeType,headers,parts(mimeType,parts(mimeType,parts(mimeType,parts/mimeType))))";
/// Parts within parts that [`FIELDS`] asks for.
const DEEPEST: usize = 4;
/// So much of an answer holds what is looked at: base64, and the little that stands before it.
const START: usize = MOST_BYTES / 3 * 4 + 1_024;
/// What nobody received.
const NOT_RECEIVED: [&str; 4] = ["SENT", "DRAFT", "SPAM", "CHAT"];

/// Whether labels say that a mail came in, and that Gmail does not take it for spam. One in the bin was received, too.
pub(super) fn was_received(message: &Message) -> bool {
    !NOT_RECEIVED.iter().any(|label| message.has_label(label))
}

impl GmailMailbox {
    /// Reads a mail that came in. `None`: it is gone, or none of those that are looked at.
    pub(super) async fn arrived(&self, id: &str, now: Millis, ledger: &dyn Ledger) -> Result<Option<Arrived>, MailboxError> {
        let read = written_down(ledger, AccessAction::ReadHeaders, self.header_of(id, ledger)).await;
        let Some(message) = read? else { return Ok(None) };
        if !was_received(&message) || message.header(NOTE_HEADER).is_some() {
            return Ok(None);
        }
        let mut whole = None;
        if needs_whole(&message) {
            let read = written_down(ledger, AccessAction::ReadMail, self.start_of(id, ledger)).await;
            whole = read?;
        }
        // A time of receipt that has not come yet is one of somebody who put the mail there.
        let at = message.internal_date.parse().map_or(now, |at: Millis| at.min(now));
        Ok(Some(Arrived {
            at,
            thread: Some(message.thread_id.clone()).filter(|thread| !thread.is_empty()),
            id: id.to_owned(),
            whole: whole.is_some(),
            raw: whole.unwrap_or_else(|| header_bytes(&message)).into(),
        }))
    }

    async fn header_of(&self, id: &str, ledger: &dyn Ledger) -> Result<Option<Message>, MailboxError> {
        let query = [("format", "full"), ("fields", FIELDS)];
        match self.account.get(Cost::making_way(units::READ), &["messages", id], &query, SMALL, ledger).await {
            Ok(message) => Ok(Some(message)),
            Err(CallError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into_error()),
        }
    }

    /// The first bytes of a mail. `None`: it is gone, or not to be read.
    async fn start_of(&self, id: &str, ledger: &dyn Ledger) -> Result<Option<Vec<u8>>, MailboxError> {
        let query = [("format", "raw"), ("fields", "raw")];
        match self.account.get_start(Cost::making_way(units::READ), &["messages", id], &query, START, ledger).await {
            Ok(answer) => Ok(start_in(&answer)),
            Err(CallError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into_error()),
        }
    }
}

/// What stands in `{"raw": "…`, however far that goes.
fn start_in(answer: &[u8]) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"\"raw\"";
    let at = answer.windows(NAME.len()).position(|window| window == NAME)?;
    let rest = answer.get(at + NAME.len()..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let mut text: Vec<u8> = rest
        .iter()
        .map(|&byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            byte => byte,
        })
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        .collect();
    // What is left of a group that was cut through is not a byte.
    if text.len() % 4 == 1 {
        text.pop();
    }
    if text.len() == rest.len() {
        text.truncate(text.len() / 4 * 4);
    }
    let mut raw = BASE64.decode(text).ok()?;
    raw.truncate(MOST_BYTES);
    (!raw.is_empty()).then_some(raw)
}

/// Whether what the mail is cannot be told by its header and the kinds of its parts: most mails of people are multiparts, and what
/// they say is nobody's business here.
fn needs_whole(message: &Message) -> bool {
    let headers: Vec<(&str, &str)> = message.headers().collect();
    if !needs_parts(&headers) {
        return false;
    }
    let others: Vec<_> = headers.into_iter().filter(|(name, _)| !name.trim().eq_ignore_ascii_case("Content-Type")).collect();
    needs_parts(&others) || may_tell(&message.payload, 0)
}

/// Whether a part, or one in it, is of a kind that rules read.
fn may_tell(part: &Part, depth: usize) -> bool {
    let kind = part.mime_type.trim().to_ascii_lowercase();
    let tells = ["message/", "text/calendar", "text/rfc822", "application/ics", "multipart/report"];
    let is_unknown = kind.is_empty() || kind.starts_with("multipart/") && (part.parts.is_empty() || depth >= DEEPEST);
    is_unknown || tells.iter().any(|start| kind.starts_with(start)) || part.parts.iter().any(|it| may_tell(it, depth + 1))
}

/// The header as a mail has it.
fn header_bytes(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in message.headers() {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        if !is_name || bytes.len() + name.len() + value.len() + 8 > MOST_BYTES {
            continue;
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend(value.bytes().map(|byte| if byte.is_ascii_control() { b' ' } else { byte }));
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use serde_json::json;

    use super::*;

    fn message(headers: &[(&str, &str)], payload: serde_json::Value) -> Message {
        let mut payload = payload;
        payload["headers"] = headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        serde_json::from_value(json!({ "payload": payload })).unwrap()
    }

    #[test]
    fn the_text_of_a_persons_mail_is_never_needed() {
        let html = json!({ "mimeType": "multipart/alternative", "parts": [{ "mimeType": "text/plain" }, { "mimeType": "text/html" }] });
        let mixed = |kind: &str| json!({ "mimeType": "multipart/mixed", "parts": [html, { "mimeType": kind }] });
        let person = [("From", "ann@acme.example"), ("Content-Type", "multipart/mixed; boundary=x")];
        for (payload, want) in [
            (html.clone(), false),
            (mixed("application/pdf"), false),
            (mixed("image/png"), false),
            (mixed("text/calendar"), true),
            (mixed("message/delivery-status"), true),
            (mixed("Message/RFC822"), true),
            (json!({ "mimeType": "multipart/report", "parts": [{ "mimeType": "text/plain" }] }), true),
            // Nobody knows what is in it.
            (json!({ "mimeType": "multipart/mixed" }), true),
            (json!({}), true),
        ] {
            assert_eq!(needs_whole(&message(&person, payload.clone())), want, "{payload}");
        }
        assert!(!needs_whole(&message(&[("From", "ann@acme.example"), ("Content-Type", "text/html")], json!({}))));
        for machine in
            [("Auto-Submitted", "auto-replied"), ("From", "MAILER-DAEMON@x.example"), ("X-Failed-Recipients", "a@b.example")]
        {
            assert!(needs_whole(&message(&[machine, ("Content-Type", "multipart/alternative")], html.clone())), "{machine:?}");
        }
    }

    #[test]
    fn a_header_is_one_line_a_field() {
        let hostile = message(
            &[
                ("Subject", "a\r\nAuto-Submitted: auto-replied\0"),
                ("X: y\r\nEvil", "1"),
                ("", "2"),
                ("From", "ä <a@b.example>"),
            ],
            json!({}),
        );
        let text = String::from_utf8(header_bytes(&hostile)).unwrap();
        assert_eq!(text, "Subject: a  Auto-Submitted: auto-replied \r\nFrom: ä <a@b.example>\r\n\r\n");
        let long = "x".repeat(MOST_BYTES);
        assert_eq!(header_bytes(&message(&[("A", &long), ("B", "1")], json!({}))), b"B: 1\r\n\r\n");
    }

    #[test]
    fn the_start_of_a_mail_is_enough() {
        let mail: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        for text in [URL_SAFE.encode(&mail), STANDARD.encode(&mail)] {
            let answer = format!("{{\n  \"raw\": \"{text}\"\n}}\n");
            assert_eq!(start_in(answer.as_bytes()).unwrap(), mail);
            for cut in 0..answer.len() {
                let start = start_in(&answer.as_bytes()[..cut]).unwrap_or_default();
                assert!(mail.starts_with(&start) && start.len() + 3 >= cut.saturating_sub(16) * 3 / 4, "{cut}");
            }
        }
        for none in ["", "{}", "{\"raw\"", "{\"raw\": 7}", "{\"raw\": \"\"}", "{\"raw\":\"!\"}"] {
            assert_eq!(start_in(none.as_bytes()), None, "{none}");
        }
        let escaped = format!("{{\"raw\":\"{}\"}}", URL_SAFE.encode("ab").replace('=', "\\u003d"));
        assert_eq!(start_in(escaped.as_bytes()).unwrap(), b"ab");
    }
}
