//! `chrome.alarms`: being woken, also after the worker or the browser ended.

use std::future::Future;

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use waxwing_protocol::Millis;

use super::js::settle;
use super::{ApiError, to_js};

/// Wakes the worker by name. An alarm set again replaces the one of its name.
pub trait Alarms {
    /// At an instant; the browser may be up to 30 s late, more when the machine slept.
    fn at(&self, name: &str, when: Millis) -> impl Future<Output = Result<(), ApiError>>;
    /// Again and again, every so many minutes (at least 0.5).
    fn every(&self, name: &str, minutes: f64) -> impl Future<Output = Result<(), ApiError>>;
    /// No more.
    fn clear(&self, name: &str) -> impl Future<Output = Result<(), ApiError>>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "alarms"], js_name = create, catch)]
    fn alarms_create(name: &str, info: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "alarms"], js_name = clear, catch)]
    fn alarms_clear(name: &str) -> Result<Promise, JsValue>;
}

#[derive(Serialize)]
struct At {
    when: Millis,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Every {
    delay_in_minutes: f64,
    period_in_minutes: f64,
}

/// The browser's alarms.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChromeAlarms;

impl Alarms for ChromeAlarms {
    async fn at(&self, name: &str, when: Millis) -> Result<(), ApiError> {
        settle(alarms_create(name, &to_js(&At { when })?)).await.map(drop)
    }

    async fn every(&self, name: &str, minutes: f64) -> Result<(), ApiError> {
        let info = Every { delay_in_minutes: minutes, period_in_minutes: minutes };
        settle(alarms_create(name, &to_js(&info)?)).await.map(drop)
    }

    async fn clear(&self, name: &str) -> Result<(), ApiError> {
        settle(alarms_clear(name)).await.map(drop)
    }
}
