//! Which request headers are kept with a hit: those that verdicts weigh, cut short, and nothing that names a person.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use serde_json::{Map, Value};

/// The user agent is kept up to here, in bytes.
pub const MAX_AGENT: usize = 1024;
/// Each of the others up to here, in bytes.
const MAX_VALUE: usize = 200;

/// What tells a browser from a proxy, a prefetch or a scanner. Cookies, referrers and addresses are not among them.
const KEPT: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "purpose",
    "sec-ch-ua",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-purpose",
    "via",
    "x-moz",
    "x-purpose",
];

/// The user agent as sent, cut, what is not UTF-8 replaced.
pub fn agent(headers: &HeaderMap) -> Option<String> {
    headers.get(USER_AGENT).map(|value| text(value.as_bytes(), MAX_AGENT))
}

/// The kept headers as a JSON object; `None` when there are none.
pub fn kept(headers: &HeaderMap) -> Option<String> {
    let found: Map<String, Value> = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), Value::String(text(headers.get(*name)?.as_bytes(), MAX_VALUE)))))
        .collect();
    (!found.is_empty()).then(|| Value::Object(found).to_string())
}

/// At most `max` bytes of text, cut between characters.
fn text(bytes: &[u8], max: usize) -> String {
    let mut text = String::from_utf8_lossy(&bytes[..bytes.len().min(max)]).into_owned();
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn agents_are_cut_and_made_text() {
        let mut headers = HeaderMap::new();
        assert_eq!(agent(&headers), None);
        headers.insert(USER_AGENT, HeaderValue::from_bytes(b"Mozilla/5.0 \xff\xfe").unwrap());
        assert_eq!(agent(&headers).unwrap(), "Mozilla/5.0 \u{fffd}\u{fffd}");
        headers.insert(USER_AGENT, HeaderValue::from_bytes(&[0xff; 5000]).unwrap());
        assert!(agent(&headers).unwrap().len() <= MAX_AGENT);
        headers.insert(USER_AGENT, HeaderValue::from_bytes("é".repeat(900).as_bytes()).unwrap());
        assert_eq!(agent(&headers).unwrap(), "é".repeat(512));
    }

    #[test]
    fn only_known_headers_are_kept() {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::from_static("secret"));
        headers.insert("referer", HeaderValue::from_static("https://mail.example/private"));
        assert_eq!(kept(&headers), None);
        headers.insert("accept", HeaderValue::from_static("image/*"));
        headers.insert("accept-language", HeaderValue::from_static("de\""));
        assert_eq!(kept(&headers).unwrap(), r#"{"accept":"image/*","accept-language":"de\""}"#);
    }
}
