//! Letters beyond ASCII by the browser's own tables, where Rust's would make a tab load ten kilobytes more.

#[cfg(target_arch = "wasm32")]
use js_sys::JsString;
use waxwing_domain::consent::Letters;
#[cfg(not(target_arch = "wasm32"))]
use waxwing_domain::consent::Tables;

/// The browser's. Tests outside of one have Rust's.
#[derive(Debug, Clone, Copy)]
pub struct Browsers;

#[cfg(target_arch = "wasm32")]
impl Letters for Browsers {
    fn lower(&self, text: &str) -> String {
        JsString::from(text).to_lower_case().into()
    }

    fn ascii(&self, domain: &str) -> Option<String> {
        // Whatever ends a host in an address ends none here.
        if domain.chars().any(|c| c.is_ascii() && !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
            return None;
        }
        // A link that is nowhere: `URL` would bring a class of its own into the tab.
        let link = web_sys::window()?.document()?.create_element("a").ok()?;
        link.set_attribute("href", &["http://", domain].concat()).ok()?;
        let host = js_sys::Reflect::get(&link, &"hostname".into()).ok()?.as_string()?;
        (!host.is_empty()).then_some(host)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Letters for Browsers {
    fn lower(&self, text: &str) -> String {
        Tables.lower(text)
    }

    fn ascii(&self, domain: &str) -> Option<String> {
        Tables.ascii(domain)
    }
}
