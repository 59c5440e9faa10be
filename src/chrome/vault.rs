//! Where the token lies that opens the backend: a database of the extension's own origin. `chrome.storage` can be read by content
//! scripts, and so by whoever takes over the process that shows Gmail's page; this cannot.

use std::future::Future;

use js_sys::{Function, Promise};
use uuid::Uuid;
use wasm_bindgen::prelude::*;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::ApiError;
use super::js::settle;

/// The database's name, and the name of the only store in it: tokens by the id of their device.
const NAME: &str = "vault";
const TOKENS: &str = "tokens";

/// Tokens, by the id of the device that they belong to.
pub trait Vault {
    /// The token of a device, if it is kept.
    fn token(&self, device: Uuid) -> impl Future<Output = Result<Option<String>, ApiError>>;
    /// Keeps a device's token. Once this has come to its end it is on disk.
    fn keep(&self, device: Uuid, token: &str) -> impl Future<Output = Result<(), ApiError>>;
    /// Forgets all of them but this device's.
    fn forget_all_but(&self, device: Option<Uuid>) -> impl Future<Output = Result<(), ApiError>>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = indexedDB, js_name = open, catch)]
    fn open(name: &str, version: u32) -> Result<IdbOpenDbRequest, JsValue>;
}

/// The browser's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Indexed;

impl Vault for Indexed {
    async fn token(&self, device: Uuid) -> Result<Option<String>, ApiError> {
        let database = Opened::new().await?;
        let (_, tokens) = database.begin(IdbTransactionMode::Readonly)?;
        let found = tokens.get(&key(device)).map_err(|thrown| ApiError::from_thrown(&thrown))?;
        Ok(answered(&found).await?.as_string())
    }

    async fn keep(&self, device: Uuid, token: &str) -> Result<(), ApiError> {
        let database = Opened::new().await?;
        let (transaction, tokens) = database.begin(IdbTransactionMode::Readwrite)?;
        tokens.put_with_key(&token.into(), &key(device)).map_err(|thrown| ApiError::from_thrown(&thrown))?;
        committed(&transaction).await
    }

    async fn forget_all_but(&self, device: Option<Uuid>) -> Result<(), ApiError> {
        let kept = match device {
            Some(device) => self.token(device).await?.map(|token| (device, token)),
            None => None,
        };
        let database = Opened::new().await?;
        let (transaction, tokens) = database.begin(IdbTransactionMode::Readwrite)?;
        tokens.clear().map_err(|thrown| ApiError::from_thrown(&thrown))?;
        if let Some((device, token)) = kept {
            tokens.put_with_key(&token.into(), &key(device)).map_err(|thrown| ApiError::from_thrown(&thrown))?;
        }
        committed(&transaction).await
    }
}

fn key(device: Uuid) -> JsValue {
    device.to_string().into()
}

/// The open database. It is closed when this goes.
struct Opened(IdbDatabase);

impl Opened {
    async fn new() -> Result<Self, ApiError> {
        let request = open(NAME, 1).map_err(|thrown| ApiError::from_thrown(&thrown))?;
        let made = request.clone();
        let upgrade = Closure::<dyn FnMut()>::new(move || {
            // Without the store the transaction that follows fails, and says so.
            let database: Result<IdbDatabase, _> = made.result().map(JsCast::unchecked_into);
            let _ = database.and_then(|database| database.create_object_store(TOKENS));
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let opened = answered(&request).await.map(|database| Self(database.unchecked_into()));
        request.set_onupgradeneeded(None);
        opened
    }

    fn begin(&self, mode: IdbTransactionMode) -> Result<(IdbTransaction, IdbObjectStore), ApiError> {
        let begin = || {
            let transaction = self.0.transaction_with_str_and_mode(TOKENS, mode)?;
            let tokens = transaction.object_store(TOKENS)?;
            Ok((transaction, tokens))
        };
        begin().map_err(|thrown: JsValue| ApiError::from_thrown(&thrown))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Waits for the answer to a request. Nothing may be waited for between the request and this.
async fn answered(request: &IdbRequest) -> Result<JsValue, ApiError> {
    let came = either(|done, failed| {
        request.set_onsuccess(Some(done));
        request.set_onerror(Some(failed));
    });
    match came.await {
        Ok(()) => request.result().map_err(|thrown| ApiError::from_thrown(&thrown)),
        Err(other) => Err(request.error().ok().flatten().map_or(other, |error| ApiError::from_thrown(&error))),
    }
}

/// Waits until what was written is on disk.
async fn committed(transaction: &IdbTransaction) -> Result<(), ApiError> {
    let came = either(|done, failed| {
        transaction.set_oncomplete(Some(done));
        transaction.set_onabort(Some(failed));
    });
    came.await.map_err(|other| transaction.error().map_or(other, |error| ApiError::from_thrown(&error)))
}

/// Waits for one of two events.
async fn either(mut listen: impl FnMut(&Function, &Function)) -> Result<(), ApiError> {
    settle(Ok(Promise::new(&mut |done, failed| listen(&done, &failed)))).await.map(drop)
}
