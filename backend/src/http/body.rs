//! JSON in and out.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::ApiError;

/// A JSON body of at most `LIMIT` bytes, and said to be JSON: a page of anybody may send other types to any backend that its
/// visitor reaches, without the browser asking first.
#[derive(Debug)]
pub struct JsonBody<T, const LIMIT: usize>(pub T);

impl<S: Sync, T: DeserializeOwned, const LIMIT: usize> FromRequest<S> for JsonBody<T, LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::NotJson);
        }
        let body = Limited::new(request.into_body(), LIMIT).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { ApiError::TooLarge } else { ApiError::BadRequest("the body broke off") }
        })?;
        parse(&body.to_bytes()).map(Self)
    }
}

/// Reads a body.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(body).map_err(|_| ApiError::BadRequest("the body is not UTF-8"))?;
    // A list would be taken for an object's members one by one.
    if !text.trim_start().starts_with('{') {
        return Err(ApiError::BadRequest("the body is not a JSON object"));
    }
    // What serde says may quote the body, so it is not passed on.
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&mend_surrogates(text)))
        .map_err(|_| ApiError::BadRequest("the body is not the JSON that this call takes"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// `JSON.stringify` writes half a character, such as an emoji cut in two, as a lone `\ud83d`: no Unicode text holds one. Such
/// halves become U+FFFD, so that a mail with an odd subject is registered all the same.
fn mend_surrogates(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, text) = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, &rest[..12]),
            (Some(0xd800..=0xdfff), _) => (6, "\\ufffd"),
            (Some(_), _) => (6, &rest[..6]),
            // Another escape, two characters long: `\\` must not be taken for the start of the next one.
            (None, _) => {
                let len = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                (len, &rest[..len])
            }
        };
        out.push_str(text);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

/// The UTF-16 unit that `text` begins with as `\uXXXX`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// A JSON answer that no cache keeps.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let Ok(body) = serde_json::to_vec(&self.0) else { return ApiError::Internal.into_response() };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (headers, body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_characters_become_the_replacement_character() {
        for (json, want) in [
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\ude00b""#, "\u{fffd}b"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\\\ud83d\n""#, "\\\u{fffd}\n"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""é\ud83dé""#, "é\u{fffd}é"),
        ] {
            assert_eq!(serde_json::from_str::<String>(&mend_surrogates(json)).unwrap(), want, "{json}");
        }
        // What is no JSON at all stays so, and nothing panics on the way.
        for json in ["\\", "\"\\u", "\\u12", "\\ué", "\\é", "\\ud83d\\"] {
            assert!(serde_json::from_str::<String>(&mend_surrogates(json)).is_err());
        }
    }
}
