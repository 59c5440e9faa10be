//! `chrome.notifications`: what the system shows in its corner.

use std::future::Future;

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use waxwing_protocol::Millis;

use super::js::settle;
use super::{ApiError, runtime, to_js};

/// A notification. All of it is text; nothing in it is read as markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notice {
    /// One with the same id takes the place of the one before.
    pub id: String,
    /// What happened.
    pub title: String,
    /// To what.
    pub text: String,
    /// When it happened.
    pub at: Option<Millis>,
    /// Buttons, at most two. With them it stays until somebody chose.
    pub buttons: Vec<String>,
}

/// Shows notifications.
pub trait Notices {
    /// Shows one, without a sound.
    fn show(&self, notice: &Notice) -> impl Future<Output = Result<(), ApiError>>;
    /// Takes one away; one that is not there does not matter.
    fn clear(&self, id: &str) -> impl Future<Output = Result<(), ApiError>>;
}

/// The picture beside it.
const ICON: &str = "icons/icon-128.png";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "notifications"], js_name = create, catch)]
    fn notifications_create(id: &str, options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "notifications"], js_name = clear, catch)]
    fn notifications_clear(id: &str) -> Result<Promise, JsValue>;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Options<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    icon_url: String,
    title: &'a str,
    message: &'a str,
    silent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_time: Option<Millis>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    buttons: Vec<Button<'a>>,
    require_interaction: bool,
}

#[derive(Serialize)]
struct Button<'a> {
    title: &'a str,
}

/// The system's notifications.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChromeNotices;

impl Notices for ChromeNotices {
    async fn show(&self, notice: &Notice) -> Result<(), ApiError> {
        let options = Options {
            kind: "basic",
            icon_url: runtime::url(ICON)?,
            title: &notice.title,
            message: &notice.text,
            silent: true,
            event_time: notice.at,
            buttons: notice.buttons.iter().map(|title| Button { title }).collect(),
            require_interaction: !notice.buttons.is_empty(),
        };
        settle(notifications_create(&notice.id, &to_js(&options)?)).await.map(drop)
    }

    async fn clear(&self, id: &str) -> Result<(), ApiError> {
        settle(notifications_clear(id)).await.map(drop)
    }
}
