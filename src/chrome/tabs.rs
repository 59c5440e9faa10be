//! `chrome.tabs`: only what needs no permission of its own.

use js_sys::Promise;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::js::settle;
use super::{ApiError, from_js, to_js};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = query, catch)]
    fn tabs_query(filter: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = create, catch)]
    fn tabs_create(properties: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = update, catch)]
    fn tabs_update(tab: i32, properties: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "windows"], js_name = update, catch)]
    fn windows_update(window: i32, properties: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = sendMessage, catch)]
    fn tabs_send_message(tab: i32, message: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = reload, catch)]
    fn tabs_reload(tab: i32) -> Result<Promise, JsValue>;
}

/// An open tab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tab {
    /// The browser's number for it.
    #[serde(default)]
    pub id: Option<i32>,
    /// Its address; only there for hosts the extension may touch.
    #[serde(default)]
    pub url: Option<String>,
    /// The browser's number for its window.
    #[serde(default)]
    pub window_id: Option<i32>,
}

#[derive(Serialize)]
struct Filter<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    url: &'a [&'a str],
}

#[derive(Serialize)]
struct Create<'a> {
    url: &'a str,
}

#[derive(Serialize)]
struct Update<'a> {
    url: &'a str,
    active: bool,
}

#[derive(Serialize)]
struct Focus {
    focused: bool,
}

/// The open tabs at addresses that match one of these patterns (of hosts the extension may touch).
pub async fn matching(patterns: &[&str]) -> Result<Vec<Tab>, ApiError> {
    from_js(&settle(tabs_query(&to_js(&Filter { url: patterns })?)).await?)
}

/// Opens an address in a new tab.
pub async fn open(url: &str) -> Result<(), ApiError> {
    settle(tabs_create(&to_js(&Create { url })?)).await.map(drop)
}

/// Brings a tab to the front and leads it to an address.
pub async fn show(tab: &Tab, url: &str) -> Result<(), ApiError> {
    let Some(id) = tab.id else { return Err(ApiError::Form("a tab without a number".to_owned())) };
    settle(tabs_update(id, &to_js(&Update { url, active: true })?)).await?;
    if let Some(window) = tab.window_id {
        // Some systems let no window come to the front by itself; the tab is the right one all the same.
        let _ = settle(windows_update(window, &to_js(&Focus { focused: true })?)).await;
    }
    Ok(())
}

/// Sends a message to the content scripts of a tab; an answer is not read. Needs no permission.
pub async fn send<T: Serialize>(tab: i32, message: &T) -> Result<(), ApiError> {
    settle(tabs_send_message(tab, &to_js(message)?)).await.map(drop)
}

/// Loads a tab anew.
pub async fn reload(tab: i32) -> Result<(), ApiError> {
    settle(tabs_reload(tab)).await.map(drop)
}
