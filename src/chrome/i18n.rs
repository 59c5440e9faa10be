//! `chrome.i18n`: the words for people, which stand in `_locales` and nowhere in the code.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "i18n"], js_name = getMessage, catch)]
    fn get_message(key: &str, substitutions: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "i18n"], js_name = getUILanguage, catch)]
    fn get_ui_language() -> Result<JsValue, JsValue>;
}

/// The words for a key, with at most nine values for its placeholders. An unknown key gives the key itself, so that a lack
/// is seen and nothing breaks; so does an orphan.
pub fn message(key: &str, values: &[&str]) -> String {
    let substitutions: js_sys::Array = values.iter().map(|value| JsValue::from_str(value)).collect();
    get_message(key, &substitutions)
        .ok()
        .and_then(|words| words.as_string())
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| key.to_owned())
}

/// The browser's interface language as a BCP 47 tag, for numbers and dates; `en` when it does not say.
pub fn language() -> String {
    get_ui_language().ok().and_then(|tag| tag.as_string()).unwrap_or_else(|| "en".to_owned())
}
