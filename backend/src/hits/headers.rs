//! Which request headers are kept with a hit: those that verdicts weigh, cut short, and nothing that names a person.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue};
use httparse::Header;

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

/// The headers of a request, whoever read them.
pub trait Named {
    /// The values of all headers of a name, in lower case, in their order.
    fn each(&self, name: &'static str) -> impl Iterator<Item = &[u8]>;
}

impl Named for HeaderMap {
    fn each(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }
}

impl Named for [Header<'_>] {
    fn each(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }
}

/// The user agent as sent, cut, what is not UTF-8 replaced.
pub fn agent(headers: &(impl Named + ?Sized)) -> Option<Cow<'_, str>> {
    headers.each("user-agent").next().map(|value| text(value, MAX_AGENT))
}

/// The kept headers as a JSON object; `None` when there are none.
pub fn kept(headers: &(impl Named + ?Sized)) -> Option<String> {
    let mut json = String::new();
    for name in KEPT {
        let Some(value) = headers.each(name).next() else { continue };
        json.push(if json.is_empty() { '{' } else { ',' });
        json.push('"');
        json.push_str(name);
        json.push_str("\":");
        // A text can always be written.
        json.push_str(&serde_json::to_string(&*text(value, MAX_VALUE)).unwrap_or_default());
    }
    if json.is_empty() {
        return None;
    }
    json.push('}');
    Some(json)
}

/// At most `max` bytes of text, cut between characters.
fn text(bytes: &[u8], max: usize) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(max)]);
    if text.len() <= max {
        return text;
    }
    let mut text = text.into_owned();
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_cut_and_made_text() {
        let mut headers = HeaderMap::new();
        assert_eq!(agent(&headers), None);
        headers.insert("user-agent", HeaderValue::from_bytes(b"Mozilla/5.0 \xff\xfe").unwrap());
        assert_eq!(agent(&headers).unwrap(), "Mozilla/5.0 \u{fffd}\u{fffd}");
        headers.insert("user-agent", HeaderValue::from_bytes(&[0xff; 5000]).unwrap());
        assert!(agent(&headers).unwrap().len() <= MAX_AGENT);
        headers.insert("user-agent", HeaderValue::from_bytes("é".repeat(900).as_bytes()).unwrap());
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
