//! The core of the extension: shells around `waxwing-domain` for what touches a browser.
//!
//! What must hold:
//! - Each bundle holds only what its context runs: feature `content` for Gmail's tab, `extension` for the service worker and
//!   the pages.
//! - Only `gmail` knows Gmail; only `chrome` knows `chrome.*`.
//! - No words for people stand here: they live in `extension/_locales`.

pub mod chrome;
#[cfg(feature = "content")]
pub mod content;
pub mod gmail;
pub mod json;
#[cfg(feature = "extension")]
pub mod pages;
pub mod told;
#[cfg(feature = "extension")]
pub mod worker;

/// Where the memory of the module comes from: the browser's, which no thread shares.
#[cfg(all(target_family = "wasm", not(target_feature = "atomics")))]
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The version of this core. The bundler's smoke test asks both modules for it, before and after wasm-opt.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
