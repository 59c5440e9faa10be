//! The manifest asks for what is used, and nothing else.

use std::collections::BTreeSet;

use crate::none;
use crate::tree::{File, files, has_ending, is_test_file, repo, without_tests};

/// Parts of `chrome.*` that take a permission of the same name (developer.chrome.com, permissions list). `tabs` is not
/// among them: what we use of it (query by our own host, create, reload) needs none.
const WITH_PERMISSION: &[&str] = &[
    "alarms",
    "bookmarks",
    "browsingData",
    "contextMenus",
    "cookies",
    "declarativeNetRequest",
    "downloads",
    "gcm",
    "history",
    "identity",
    "idle",
    "management",
    "notifications",
    "offscreen",
    "pageCapture",
    "privacy",
    "proxy",
    "scripting",
    "search",
    "sessions",
    "sidePanel",
    "storage",
    "tabCapture",
    "tabGroups",
    "topSites",
    "tts",
    "userScripts",
    "webNavigation",
    "webRequest",
];

#[test]
fn permissions_are_those_in_use() {
    let manifest = repo().json("manifest.json").unwrap();
    let asked: BTreeSet<String> =
        manifest["permissions"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
    let rust = files(&[".rs"]);
    let used: BTreeSet<String> = rust
        .iter()
        .filter(|file| file.path.starts_with("src/") && !is_test_file(&file.path, &rust))
        .chain(files(&[".js"]).iter().filter(|file| file.path.starts_with("extension/")))
        .flat_map(used_in)
        .collect();
    assert_eq!(asked, used, "left: manifest.json, right: what src/ and extension/ use");
}

fn used_in(file: &File) -> Vec<String> {
    let script = has_ending(&file.path, "js");
    let text = if script { &file.text } else { without_tests(&file.text) };
    WITH_PERMISSION
        .iter()
        .filter(|api| text.contains(&format!("[\"chrome\", \"{api}\"")) || text.contains(&format!("chrome.{api}.")) && script)
        .map(|api| (*api).to_owned())
        .collect()
}

#[test]
fn the_only_host_is_gmail() {
    let manifest = repo().json("manifest.json").unwrap();
    assert_eq!(manifest["host_permissions"], serde_json::json!(["https://mail.google.com/*"]));
    for script in manifest["content_scripts"].as_array().unwrap() {
        assert_eq!(script["matches"], manifest["host_permissions"]);
        assert_eq!(script["run_at"], "document_start");
        assert_eq!(script.get("all_frames"), None, "composes live in top frames");
    }
    for never in ["externally_connectable", "optional_host_permissions", "optional_permissions"] {
        assert_eq!(manifest.get(never), None, "{never}");
    }
}

/// Gmail's page may put one page of ours into a frame: the panel, which shows nothing without a key. Its address is another one
/// each time the extension is loaded, so that nobody can tell by it who has the extension.
#[test]
fn only_the_panel_can_be_framed() {
    let manifest = repo().json("manifest.json").unwrap();
    let only = serde_json::json!([
        {"matches": manifest["host_permissions"], "resources": ["panel.html"], "use_dynamic_url": true}
    ]);
    assert_eq!(manifest["web_accessible_resources"], only);
}

#[test]
fn pages_of_the_extension_run_only_its_own_scripts() {
    let manifest = repo().json("manifest.json").unwrap();
    let policy = manifest["content_security_policy"]["extension_pages"].as_str().unwrap();
    assert_eq!(
        policy,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self' https: http:; base-uri 'none'; form-action 'none'; object-src 'none'"
    );
    let findings: Vec<String> = files(&[".html"])
        .iter()
        .filter(|file| file.path.starts_with("extension/"))
        .filter(|file| ["<style", " style=", " onclick=", " onload=", "javascript:"].iter().any(|it| file.text.contains(it)))
        .map(|file| format!("{}: inline style or script", file.path))
        .collect();
    none("inline code", &findings);
}

#[test]
fn uses_are_found_in_rust_and_in_javascript() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(used_in(&file("a.rs", "#[wasm_bindgen(js_namespace = [\"chrome\", \"alarms\"])]")), ["alarms"]);
    assert_eq!(used_in(&file("a.js", "chrome.notifications.create()")), ["notifications"]);
    assert!(used_in(&file("a.rs", "//! `chrome.cookies.get` is not used")).is_empty());
}
