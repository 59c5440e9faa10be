//! A file for the person, made in the page.

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::{body, document};

/// How long the browser has to begin with it, in milliseconds.
const GRACE: u32 = 60_000;

/// Hands a text over as a file of that name. The name is ours, the text may be anybody's: the browser only writes it to disk.
/// False when the browser refuses.
pub(crate) fn download(name: &str, kind: &str, text: &str) -> bool {
    let start = || -> Result<String, wasm_bindgen::JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
        let address = Url::create_object_url_with_blob(&blob)?;
        let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        anchor.set_href(&address);
        anchor.set_download(name);
        anchor.set_hidden(true);
        // Some browsers follow an anchor only within the page.
        body().add(&anchor);
        anchor.click();
        anchor.remove();
        Ok(address)
    };
    let Ok(address) = start() else { return false };
    gloo::timers::callback::Timeout::new(GRACE, move || {
        // It fails for no address that was made here.
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
    true
}
