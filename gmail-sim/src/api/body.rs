//! What a call carries: JSON, a mail in it (`raw`), or a mail beside it (`/upload`).

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use super::errors::ApiError;
use crate::rfc5322::fields;
use crate::rfc5322::read::{Parsed, read};

/// The largest mail that Gmail takes by upload.
const LARGEST: usize = 36_700_160;

/// Base64 as Google writes it: for addresses, padded. Read with or without padding.
pub(crate) const BASE64: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// A mail that was handed over.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) raw: Arc<[u8]>,
    pub(crate) parsed: Parsed,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Body {
    /// The resource, without its `raw`; null if there is none.
    pub(crate) json: Value,
    pub(crate) mail: Option<Mail>,
}

impl Mail {
    pub(crate) fn new(raw: Vec<u8>) -> Result<Self, ApiError> {
        if raw.len() > LARGEST {
            return Err(ApiError::new(413, "uploadTooLarge", "Request is too large."));
        }
        let parsed = read(&raw).ok_or_else(|| ApiError::invalid("Invalid message: it has no header."))?;
        Ok(Self { raw: raw.into(), parsed })
    }
}

impl Body {
    /// Reads a body that came to the plain path: JSON, with the mail in `raw`, of the resource or of its `message`.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let mut json: Value = serde_json::from_slice(bytes)
            .map_err(|_| ApiError::new(400, "parseError", "Invalid JSON payload received. Unexpected token.\n"))?;
        if !json.is_object() {
            return Err(ApiError::new(400, "parseError", "Invalid JSON payload received. Root element must be a message."));
        }
        let raw = match json.pointer_mut("/message/raw").map(Value::take) {
            Some(raw) => Some(raw),
            None => json.get_mut("raw").map(Value::take),
        };
        let mail = match raw {
            Some(Value::String(raw)) if !raw.is_empty() => Some(Mail::new(decoded(&raw)?)?),
            None | Some(Value::Null | Value::String(_)) => None,
            Some(_) => return Err(ApiError::invalid("Invalid value at 'raw' (TYPE_BYTES)")),
        };
        Ok(Self { json, mail })
    }

    /// Reads a body that came to `/upload`: the mail alone (`message/rfc822`), or JSON and mail as `multipart/related`.
    pub(crate) fn from_upload(bytes: &[u8], content_type: &str) -> Result<Self, ApiError> {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind.starts_with("message/") {
            return Ok(Self { json: json!({}), mail: Some(Mail::new(bytes.to_vec())?) });
        }
        let wrong = || ApiError::new(400, "badContent", "Media type is not supported. Valid media types: [message/*]");
        if kind != "multipart/related" {
            return Err(wrong());
        }
        let boundary = parameter(content_type, "boundary").ok_or_else(|| ApiError::invalid("Missing multipart boundary."))?;
        let parts = parts(bytes, &boundary);
        let [first, second] = parts.as_slice() else {
            return Err(ApiError::invalid("Multipart must have two parts: metadata and media."));
        };
        let (_, metadata) = split(first);
        let Self { json, mail: None } = Self::from_json(metadata)? else {
            return Err(ApiError::invalid("A message by upload must not have 'raw' too."));
        };
        let (head, media) = split(second);
        let media_type = fields::first(head, "Content-Type").unwrap_or_default().to_ascii_lowercase();
        if !media_type.starts_with("message/") {
            return Err(wrong());
        }
        let coded = fields::first(head, "Content-Transfer-Encoding").is_some_and(|it| it.eq_ignore_ascii_case("base64"));
        let media = if coded { decoded(&String::from_utf8_lossy(media))? } else { media.to_vec() };
        Ok(Self { json, mail: Some(Mail::new(media)?) })
    }

    /// A field of the message that is meant: of `message` for a draft, else of the resource itself.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.json.pointer(pointer).and_then(Value::as_str).filter(|it| !it.is_empty())
    }
}

/// Either alphabet, as Google's servers take it.
fn decoded(text: &str) -> Result<Vec<u8>, ApiError> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    BASE64.decode(text).map_err(|_| ApiError::invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed"))
}

fn parameter(content_type: &str, name: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|it| {
        let (key, value) = it.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// What stands between the boundaries, without the line end before each.
fn parts<'a>(bytes: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let mark = format!("--{boundary}");
    let mark = mark.as_bytes();
    let mut out = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at < bytes.len() {
        let end = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |line| at + line + 1);
        if let Some(after) = bytes[at..end].strip_prefix(mark)
            && matches!(after.trim_ascii(), b"" | b"--")
        {
            if let Some(start) = open {
                let part = &bytes[start..at.max(start)];
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                out.push(part.strip_suffix(b"\r").unwrap_or(part));
            }
            open = after.trim_ascii().is_empty().then_some(end);
        }
        at = end;
    }
    out
}

/// Header and content of a part.
fn split(part: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < part.len() {
        let end = part[at..].iter().position(|&byte| byte == b'\n').map_or(part.len(), |line| at + line + 1);
        if part[at..end].trim_ascii().is_empty() {
            return (&part[..at], &part[end..]);
        }
        at = end;
    }
    (part, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: s\r\n\r\nOne\r\n--two\r\n";

    #[test]
    fn a_mail_comes_by_json_by_media_and_by_multipart_byte_for_byte() {
        let coded = BASE64.encode(MAIL);
        for raw in [coded.clone(), coded.trim_end_matches('=').to_owned(), coded.replace('-', "+").replace('_', "/")] {
            let body =
                Body::from_json(json!({ "id": "r1", "message": { "raw": raw, "threadId": "1f" } }).to_string().as_bytes())
                    .unwrap();
            assert_eq!(&*body.mail.as_ref().unwrap().raw, MAIL);
            assert_eq!((body.text("/id"), body.text("/message/threadId")), (Some("r1"), Some("1f")));
        }
        let media = Body::from_upload(MAIL, "message/rfc822").unwrap();
        assert_eq!(&*media.mail.unwrap().raw, MAIL);
        let mut multi = b"--b1\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{\"id\":\"r1\"}\r\n--b1\r\nContent-Type: message/rfc822\r\n\r\n".to_vec();
        multi.extend_from_slice(MAIL);
        multi.extend_from_slice(b"\r\n--b1--\r\n");
        let body = Body::from_upload(&multi, "multipart/related; boundary=\"b1\"").unwrap();
        assert_eq!(&*body.mail.as_ref().unwrap().raw, MAIL);
        assert_eq!(body.text("/id"), Some("r1"));
    }

    #[test]
    fn what_is_no_mail_is_refused() {
        for bad in ["[]", "{", "{\"raw\":\"%%%\"}", "{\"raw\":7}", "{\"message\":{\"raw\":{}}}"] {
            assert_eq!(Body::from_json(bad.as_bytes()).unwrap_err().code, 400, "{bad}");
        }
        for (bytes, kind) in [
            (&b"x"[..], "text/plain"),
            (b"--b\r\n\r\n{}\r\n--b--", "multipart/related; boundary=b"),
            (b"x", "multipart/related"),
            (b"--b\r\n\r\n{}\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--", "multipart/related; boundary=b"),
        ] {
            assert_eq!(Body::from_upload(bytes, kind).unwrap_err().code, 400, "{kind}");
        }
        assert!(Body::from_json(b" ").unwrap().mail.is_none());
    }
}
