//! `chrome.runtime`: messages between the contexts, the extension's id and its addresses.

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use waxwing_protocol::page::{Answer, Fault, FromWorker, Reply, ToWorker};

#[cfg(feature = "extension")]
use waxwing_protocol::page::{LaterAnswer, LaterReply, LaterToWorker};

use super::js::settle;
use super::{ApiError, from_js, text_to_js, to_js};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = sendMessage, catch)]
    fn send_message(message: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = getURL, catch)]
    fn get_url(path: &str) -> Result<String, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = getManifest, catch)]
    fn get_manifest() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = openOptionsPage, catch)]
    fn open_options_page() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = getPlatformInfo, catch)]
    fn get_platform_info() -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "runtime", "onMessage"], js_name = addListener, catch)]
    fn add_listener(listener: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "runtime", "onMessage"], js_name = removeListener, catch)]
    fn remove_listener(listener: &JsValue) -> Result<(), JsValue>;
}

/// The extension's id; `None` once this context is an orphan (the extension was updated or removed under an open tab).
pub fn id() -> Option<String> {
    let chrome = js_sys::Reflect::get(&js_sys::global(), &"chrome".into()).ok()?;
    let runtime = js_sys::Reflect::get(&chrome, &"runtime".into()).ok()?;
    js_sys::Reflect::get(&runtime, &"id".into()).ok()?.as_string()
}

/// The address of a file of the extension.
pub fn url(path: &str) -> Result<String, ApiError> {
    get_url(path).map_err(|thrown| ApiError::from_thrown(&thrown))
}

/// The version in the manifest; `None` in an orphan.
pub fn version() -> Option<String> {
    js_sys::Reflect::get(&get_manifest().ok()?, &"version".into()).ok()?.as_string()
}

/// Opens the options page.
pub async fn open_options() -> Result<(), ApiError> {
    settle(open_options_page()).await.map(drop)
}

/// Touches an extension interface: while that happens every few seconds Chromium does not end the service worker.
pub async fn touch() {
    // Its answer does not matter, nor whether there is one.
    let _ = settle(get_platform_info()).await;
}

/// Sends a message to the other contexts and gives the first answer as it came.
pub async fn send<T: Serialize>(message: &T) -> Result<JsValue, ApiError> {
    settle(send_message(&to_js(message)?)).await
}

/// The same with a message that is written down already, as JSON.
pub async fn send_text(json: &str) -> Result<JsValue, ApiError> {
    settle(send_message(&text_to_js(json)?)).await
}

/// Asks the service worker. What goes wrong on the way is a [`Fault`] too.
///
/// The browser may end the worker before it answers. It is asked again then, once: every question can be asked twice, but for a
/// pairing code, which is good for one try.
pub async fn ask(question: &ToWorker) -> Result<Answer, Fault> {
    let mut sent = send(question).await;
    if matches!(sent, Err(ApiError::NoReceiver)) && !matches!(question, ToWorker::Connect { .. }) {
        sent = send(question).await;
    }
    let reply = match sent {
        Ok(reply) => from_js::<Reply>(&reply),
        Err(error) => Err(error),
    };
    match reply {
        Ok(Reply::Ok(answer)) => Ok(answer),
        Ok(Reply::Fault(fault)) => Err(fault),
        Err(error) => Err(Fault::Internal { detail: error.to_string() }),
    }
}

/// Asks the service worker about mails that go out later. Asked once more as in [`ask`], but for what would do something twice.
#[cfg(feature = "extension")]
pub async fn ask_later(question: &LaterToWorker) -> Result<LaterAnswer, Fault> {
    let once = matches!(question, LaterToWorker::Act { .. } | LaterToWorker::ConnectImap { .. } | LaterToWorker::ConnectGmail);
    let mut sent = send(question).await;
    if matches!(sent, Err(ApiError::NoReceiver)) && !once {
        sent = send(question).await;
    }
    match sent.and_then(|reply| from_js::<LaterReply>(&reply)) {
        Ok(LaterReply::Ok(answer)) => Ok(answer),
        Ok(LaterReply::Fault(fault)) => Err(fault),
        Err(error) => Err(Fault::Internal { detail: error.to_string() }),
    }
}

/// Hears what the service worker tells this tab alone, as long as it lives. For content scripts; values are given as they came.
#[derive(Debug)]
pub struct TabListener {
    closure: Closure<dyn FnMut(JsValue)>,
}

impl TabListener {
    /// Calls `hear` with each message that is an object.
    pub fn new(mut hear: impl FnMut(serde_json::Map<String, serde_json::Value>) + 'static) -> Result<Self, ApiError> {
        let closure = Closure::new(move |message: JsValue| {
            if let Some(message) = super::object_from_js(&message) {
                hear(message);
            }
        });
        add_listener(closure.as_ref()).map_err(|thrown| ApiError::from_thrown(&thrown))?;
        Ok(Self { closure })
    }
}

impl Drop for TabListener {
    fn drop(&mut self) {
        // In an orphan there is nothing left to remove it from.
        let _ = remove_listener(self.closure.as_ref());
    }
}

/// Hears what the service worker tells everybody, as long as it lives. For pages; content scripts are not told (they can
/// listen to changes of the storage).
#[derive(Debug)]
pub struct WorkerListener {
    closure: Closure<dyn FnMut(JsValue)>,
}

impl WorkerListener {
    /// Calls `hear` with each piece of news.
    pub fn new(mut hear: impl FnMut(FromWorker) + 'static) -> Result<Self, ApiError> {
        // Questions of other contexts to the worker come by here as well; they do not parse and are nobody's business.
        let closure = Closure::new(move |message: JsValue| {
            if let Ok(news) = from_js::<FromWorker>(&message) {
                hear(news);
            }
        });
        add_listener(closure.as_ref()).map_err(|thrown| ApiError::from_thrown(&thrown))?;
        Ok(Self { closure })
    }
}

impl Drop for WorkerListener {
    fn drop(&mut self) {
        // In an orphan there is nothing left to remove it from.
        let _ = remove_listener(self.closure.as_ref());
    }
}
