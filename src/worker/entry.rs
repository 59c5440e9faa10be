//! What `worker.js` calls. The listeners stand there, registered at once; here is what they lead to.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use waxwing_protocol::page::{Fault, LaterReply, LaterToWorker, Reply, ToWorker};

use super::Worker;
use super::platform::Chrome;
use super::sender::Sender;
use crate::chrome::{from_js, to_js};

thread_local! {
    static WORKER: Rc<Worker<Chrome>> = Worker::new(Chrome::default());
}

fn worker() -> Rc<Worker<Chrome>> {
    WORKER.with(Rc::clone)
}

/// The worker came to life, for whatever reason.
#[wasm_bindgen]
pub async fn worker_on_start() {
    worker().resume().await;
}

/// The extension was installed or updated.
#[wasm_bindgen]
pub async fn worker_on_installed() {
    worker().on_installed().await;
}

/// A message came. The promise is of a [`Reply`], or of a [`LaterReply`] to a [`LaterToWorker`].
#[wasm_bindgen]
pub async fn worker_on_message(message: JsValue, sender: JsValue) -> JsValue {
    let sender = from_js::<Sender>(&sender);
    if let (Ok(question), Ok(sender)) = (from_js::<LaterToWorker>(&message), &sender) {
        let answer = worker().answer_later(question, sender).await;
        return to_js(&answer.map_or_else(LaterReply::Fault, LaterReply::Ok)).unwrap_or(JsValue::UNDEFINED);
    }
    let answer = match (from_js::<ToWorker>(&message), sender) {
        (Ok(message), Ok(sender)) => worker().answer(message, &sender).await,
        _ => Err(Fault::Internal { detail: "unknown message".to_owned() }),
    };
    let reply = answer.map_or_else(Reply::Fault, Reply::Ok);
    // `undefined` reads as a fault on the other side.
    to_js(&reply).unwrap_or(JsValue::UNDEFINED)
}

/// An alarm went off.
#[wasm_bindgen]
pub async fn worker_on_alarm(name: String) {
    worker().on_alarm(&name).await;
}

/// A notification was clicked.
#[wasm_bindgen]
pub async fn worker_on_notice_clicked(id: String) {
    worker().on_notice_clicked(&id).await;
}

/// A button of a notification was pressed.
#[wasm_bindgen]
pub async fn worker_on_notice_button(id: String, index: u32) {
    worker().on_notice_button(&id, index).await;
}

/// Names were added to `chrome.storage.local` or changed there.
#[wasm_bindgen]
pub fn worker_on_stored(names: Vec<String>) {
    worker().on_stored(names);
}
