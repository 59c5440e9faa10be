//! `chrome.storage`: JSON values under names, shared by all contexts of the extension.

use std::future::Future;

use js_sys::{Array, Object, Promise, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use super::js::settle;
use super::{ApiError, from_js, object_from_js, text_to_js, to_js};

/// Values under their names.
pub type Values = Map<String, Value>;

/// A storage of JSON values. Each call is atomic; nothing is atomic over two calls.
pub trait Storage {
    /// All names in use, in no order.
    fn names(&self) -> impl Future<Output = Result<Vec<String>, ApiError>>;
    /// The values of these names; what is absent is left out.
    fn read(&self, names: &[String]) -> impl Future<Output = Result<Values, ApiError>>;
    /// Writes all of these, or none.
    fn write(&self, values: Values) -> impl Future<Output = Result<(), ApiError>>;
    /// Removes these; absent ones do not matter.
    fn remove(&self, names: &[String]) -> impl Future<Output = Result<(), ApiError>>;
    /// How many bytes names and values take, as the browser counts them.
    fn bytes_in_use(&self) -> impl Future<Output = Result<u64, ApiError>>;

    /// One value; `None` when absent or of a form that this version does not know (an older or newer one wrote it).
    fn get<T: DeserializeOwned>(&self, name: &str) -> impl Future<Output = Result<Option<T>, ApiError>> {
        async move {
            let mut values = self.read(&[name.to_owned()]).await?;
            Ok(values.remove(name).and_then(|value| serde_json::from_value(value).ok()))
        }
    }

    /// Writes one value.
    fn set<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> impl Future<Output = Result<(), ApiError>> {
        async move {
            let value = serde_json::to_value(value).map_err(|error| ApiError::Form(error.to_string()))?;
            let mut values = Values::new();
            values.insert(name.to_owned(), value);
            self.write(values).await
        }
    }

    /// Removes one value.
    fn unset(&self, name: &str) -> impl Future<Output = Result<(), ApiError>> {
        async move { self.remove(&[name.to_owned()]).await }
    }
}

#[wasm_bindgen]
extern "C" {
    type StorageArea;
    #[wasm_bindgen(method, catch)]
    fn get(this: &StorageArea, names: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn set(this: &StorageArea, values: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn remove(this: &StorageArea, names: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getKeys)]
    fn get_keys(this: &StorageArea) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getBytesInUse)]
    fn get_bytes_in_use(this: &StorageArea, names: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "storage", "onChanged"], js_name = addListener, catch)]
    fn add_listener(listener: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "onChanged"], js_name = removeListener, catch)]
    fn remove_listener(listener: &JsValue) -> Result<(), JsValue>;
}

/// One of the two areas of `chrome.storage` in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// On disk, until the extension is removed; 10 MB.
    Local,
    /// In memory, until the browser ends; 10 MB. Content scripts do not see it.
    Session,
}

impl Area {
    const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Session => "session",
        }
    }

    fn object(self) -> Result<StorageArea, ApiError> {
        let chrome = Reflect::get(&js_sys::global(), &"chrome".into());
        let storage = chrome.and_then(|chrome| Reflect::get(&chrome, &"storage".into()));
        match storage.and_then(|storage| Reflect::get(&storage, &self.name().into())) {
            Ok(area) if area.is_object() => Ok(area.unchecked_into()),
            // An orphan: `chrome` or `chrome.storage` is gone.
            _ => Err(ApiError::Orphaned),
        }
    }
}

impl Area {
    /// Writes all of these, or none, like [`Storage::write`]: an object with their names, as JSON. What a tab loads does not hold the
    /// code that writes each of them down.
    pub async fn write_text(self, json: &str) -> Result<(), ApiError> {
        settle(self.object()?.set(&text_to_js(json)?)).await.map(drop)
    }
}

impl Storage for Area {
    async fn names(&self) -> Result<Vec<String>, ApiError> {
        let area = self.object()?;
        let names = if let Ok(promise) = area.get_keys() {
            Array::from(&settle(Ok(promise)).await?)
        } else {
            // `getKeys` is there from Chrome 130 on.
            Object::keys(&settle(area.get(&JsValue::NULL)).await?.unchecked_into::<Object>()).unchecked_into()
        };
        Ok(names.iter().filter_map(|name| name.as_string()).collect())
    }

    async fn read(&self, names: &[String]) -> Result<Values, ApiError> {
        object_from_js(&settle(self.object()?.get(&to_js(names)?)).await?).ok_or_else(|| ApiError::Form("no object".to_owned()))
    }

    async fn write(&self, values: Values) -> Result<(), ApiError> {
        settle(self.object()?.set(&to_js(&values)?)).await.map(drop)
    }

    async fn remove(&self, names: &[String]) -> Result<(), ApiError> {
        settle(self.object()?.remove(&to_js(names)?)).await.map(drop)
    }

    async fn bytes_in_use(&self) -> Result<u64, ApiError> {
        from_js(&settle(self.object()?.get_bytes_in_use(&JsValue::NULL)).await?)
    }
}

/// What a value is after a change (`{oldValue, newValue}`); `None` when it was removed.
fn new_value(mut change: Value) -> Option<Value> {
    change.get_mut("newValue").map(Value::take)
}

/// Hears changes of [`Area::Local`] as long as it lives, also those made by its own context.
#[derive(Debug)]
pub struct ChangeListener {
    closure: Closure<dyn FnMut(JsValue, JsValue)>,
}

impl ChangeListener {
    /// Calls `hear` with each name that changed and its new value.
    pub fn new(mut hear: impl FnMut(&str, Option<Value>) + 'static) -> Result<Self, ApiError> {
        let closure = Closure::new(move |changes: JsValue, area: JsValue| {
            if area.as_string().as_deref() != Some(Area::Local.name()) {
                return;
            }
            let changes = object_from_js(&changes).unwrap_or_default();
            for (name, change) in changes {
                hear(&name, new_value(change));
            }
        });
        add_listener(closure.as_ref()).map_err(|thrown| ApiError::from_thrown(&thrown))?;
        Ok(Self { closure })
    }
}

impl Drop for ChangeListener {
    fn drop(&mut self) {
        // In an orphan there is nothing left to remove it from.
        let _ = remove_listener(self.closure.as_ref());
    }
}
