//! `chrome.declarativeNetRequest`: rules that block requests before they leave.

use std::future::Future;

use js_sys::Promise;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::js::settle;
use super::{ApiError, from_js, to_js};

/// Rules that stay over restarts of the browser.
pub trait Rules {
    /// The rules in force.
    fn current(&self) -> impl Future<Output = Result<Vec<BlockRule>, ApiError>>;
    /// Puts exactly these in the place of the rules with these numbers, in one step.
    fn replace(&self, remove: &[u32], add: &[BlockRule]) -> impl Future<Output = Result<(), ApiError>>;
}

/// A rule that blocks requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRule {
    /// Its number, at least 1.
    pub id: u32,
    /// At least 1; among equal ones the order is the browser's.
    pub priority: u32,
    /// What is done.
    pub action: Action,
    /// To which requests.
    pub condition: Condition,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// `block`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Which requests a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Text that the address holds, its fragment included; `*`, `|` and `^` have a meaning of their own.
    pub url_filter: String,
    /// Kinds of requests, e.g. `image`.
    pub resource_types: Vec<String>,
    /// Whether upper and lower case count. Their default differs between versions of Chromium.
    #[serde(default)]
    pub is_url_filter_case_sensitive: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Update<'a> {
    remove_rule_ids: &'a [u32],
    add_rules: &'a [BlockRule],
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "declarativeNetRequest"], js_name = getDynamicRules, catch)]
    fn get_dynamic_rules() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "declarativeNetRequest"], js_name = updateDynamicRules, catch)]
    fn update_dynamic_rules(options: &JsValue) -> Result<Promise, JsValue>;
}

/// The browser's dynamic rules.
#[derive(Debug, Clone, Copy, Default)]
pub struct DynamicRules;

impl Rules for DynamicRules {
    async fn current(&self) -> Result<Vec<BlockRule>, ApiError> {
        from_js(&settle(get_dynamic_rules()).await?)
    }

    async fn replace(&self, remove: &[u32], add: &[BlockRule]) -> Result<(), ApiError> {
        let options = to_js(&Update { remove_rule_ids: remove, add_rules: add })?;
        settle(update_dynamic_rules(&options)).await.map(drop)
    }
}
