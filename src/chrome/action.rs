//! `chrome.action`: the badge on the toolbar button.

use std::future::Future;

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::js::settle;
use super::{ApiError, to_js};

/// The badge.
pub trait Badge {
    /// Shows a short text (four characters fit); empty takes the badge away.
    fn show(&self, text: &str) -> impl Future<Output = Result<(), ApiError>>;
}

/// Petrol, `--ww-accent` of the design's light side: a badge tells of news and is never red.
const BACKGROUND: &str = "#0e5a66";
/// `--ww-on-accent`.
const TEXT: &str = "#ffffff";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "action"], js_name = setBadgeText, catch)]
    fn set_badge_text(details: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "action"], js_name = setBadgeBackgroundColor, catch)]
    fn set_badge_background_color(details: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "action"], js_name = setBadgeTextColor, catch)]
    fn set_badge_text_color(details: &JsValue) -> Result<Promise, JsValue>;
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Color {
    color: &'static str,
}

/// The toolbar button's badge.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChromeBadge;

impl Badge for ChromeBadge {
    async fn show(&self, text: &str) -> Result<(), ApiError> {
        settle(set_badge_background_color(&to_js(&Color { color: BACKGROUND })?)).await?;
        settle(set_badge_text_color(&to_js(&Color { color: TEXT })?)).await?;
        settle(set_badge_text(&to_js(&Text { text })?)).await.map(drop)
    }
}
