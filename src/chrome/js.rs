//! Values across the border, as JSON text.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::ApiError;
use crate::json;

/// Gives a value to JavaScript.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, ApiError> {
    text_to_js(&serde_json::to_string(value).map_err(|error| ApiError::Form(error.to_string()))?)
}

/// Gives JavaScript a value that is written down already.
pub fn text_to_js(json: &str) -> Result<JsValue, ApiError> {
    js_sys::JSON::parse(json).map_err(|thrown| ApiError::from_thrown(&thrown))
}

/// Takes a value from JavaScript. `undefined` reads as `null`.
pub fn from_js<T: DeserializeOwned>(value: &JsValue) -> Result<T, ApiError> {
    // `stringify` of undefined or of a function is undefined itself.
    let text = js_sys::JSON::stringify(value).map_err(|thrown| ApiError::from_thrown(&thrown))?;
    let text = JsValue::from(text).as_string().unwrap_or_else(|| "null".to_owned());
    from_json(&text)
}

/// Takes an object from JavaScript, field by field as it is; anything else is none. Where this is enough it spares a tab the
/// code that says in words how a value is not what a type asks for, which is half of all that reads JSON. A number that is no whole one
/// is null.
pub fn object_from_js(value: &JsValue) -> Option<Map<String, Value>> {
    let text = JsValue::from(js_sys::JSON::stringify(value).ok()?).as_string()?;
    match json::read(&text) {
        Some(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    serde_json::from_str(text)
        .or_else(|first| serde_json::from_str(&without_lone_surrogates(text)).map_err(|_| first))
        // The position says enough; the text around it may be a mail's.
        .map_err(|error| ApiError::Form(format!("{:?} error at {}:{}", error.classify(), error.line(), error.column())))
}

/// JavaScript strings may hold half a character, which JSON writes as `\ud83d` and Rust cannot hold: such halves become
/// U+FFFD.
fn without_lone_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let taken = match (unit_at(escape), escape.get(6..).and_then(unit_at)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            // A backslash and the character it escapes, whatever its length.
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        out.push_str(&escape[..taken]);
        rest = &escape[taken..];
    }
    out.push_str(rest);
    out
}

fn unit_at(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// What was thrown, as text: name and message of an error, or the value itself.
pub(super) fn text_of(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => thrown.as_string().unwrap_or_else(|| "a value that is no error was thrown".to_owned()),
    }
}

/// Waits for a promise that a call gave or did not give.
pub(super) async fn settle(called: Result<js_sys::Promise, JsValue>) -> Result<JsValue, ApiError> {
    match called {
        Ok(promise) => JsFuture::from(promise).await.map_err(|thrown| ApiError::from_thrown(&thrown)),
        Err(thrown) => Err(ApiError::from_thrown(&thrown)),
    }
}

#[cfg(test)]
mod tests {
    use super::{from_json, without_lone_surrogates};

    #[test]
    fn halves_of_characters_are_replaced() {
        for (text, expected) in [
            (r#""\ud83d\ude00""#, "\u{1f600}"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ude00\ud83d!""#, "\u{fffd}\u{fffd}!"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\n\"\u00e9\\""#, "\n\"é\\"),
        ] {
            assert_eq!(from_json::<String>(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_json_passes_unharmed() {
        for text in ["", "\\", "\\u", "\\u12", "\\ud83", "ä\\é\\ud83d\\uzzzz", "\\ud83d\\u12é"] {
            let _ = without_lone_surrogates(text);
        }
    }

    #[test]
    fn an_error_does_not_repeat_the_text() {
        let error = from_json::<u32>(r#""the subject""#).expect_err("a string is no number");
        assert!(!error.to_string().contains("subject"), "{error}");
    }
}
