//! The manifest: what it names, the version that is put into it, and the id that its key gives.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The extension id that a manifest key gives: the first 32 hexadecimal digits of the SHA-256 of the DER public key, with
/// the digits 0-f written as a-p (Chromium, `crx_file::id_util`).
pub fn id_of_key(key: &str) -> Result<String> {
    let der = STANDARD.decode(key).context("the manifest's key is not base64")?;
    let digest = Sha256::digest(der);
    Ok(digest.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(b'a' + digit)).collect())
}

/// The manifest as it is loaded: with the version, and without the key when it is for the store (which has its own).
pub fn finished(source: &Value, version: &str, with_key: bool) -> Result<Vec<u8>> {
    let source = source.as_object().context("manifest.json is not an object")?;
    ensure!(!source.contains_key("version"), "manifest.json names a version: it comes from Cargo.toml");
    ensure!(
        version.split('.').count() <= 4 && version.split('.').all(|part| part.parse::<u16>().is_ok()),
        "{version:?} is no version that Chrome takes: one to four numbers up to 65535, with dots between"
    );
    let mut finished = source.clone();
    finished.insert("version".to_owned(), Value::from(version));
    if !with_key {
        finished.remove("key");
    }
    let mut text = serde_json::to_vec_pretty(&finished)?;
    text.push(b'\n');
    Ok(text)
}

/// Every file that a manifest names: scripts, pages, icons.
pub fn named_files(manifest: &Value) -> Vec<String> {
    let mut named = Vec::new();
    collect(manifest, &mut named);
    named.sort();
    named.dedup();
    named
}

fn collect(value: &Value, named: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let is_file = [".js", ".html", ".css", ".png", ".json"].iter().any(|ending| text.ends_with(ending));
            if is_file && !text.contains("://") {
                named.push(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, named)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, named)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_is_made_of_the_key_as_chromium_does() {
        // SHA-256 of no bytes is e3b0c44298fc1c149afbf4c8996fb924…
        assert_eq!(id_of_key("").unwrap(), "odlameecjipmbmbejkplpemijjgpljce");
        assert!(id_of_key("not base64!").is_err());
    }

    #[test]
    fn the_finished_manifest_has_the_version_and_for_the_store_no_key() {
        let source = json!({"manifest_version": 3, "name": "n", "key": "k"});
        let loaded: Value = serde_json::from_slice(&finished(&source, "1.2.3", true).unwrap()).unwrap();
        assert_eq!(loaded, json!({"manifest_version": 3, "name": "n", "version": "1.2.3", "key": "k"}));
        let stored: Value = serde_json::from_slice(&finished(&source, "1.2.3", false).unwrap()).unwrap();
        assert_eq!(stored.get("key"), None);
        for wrong in ["1.2.3-rc1", "1.2.3.4.5", "70000", ""] {
            assert!(finished(&source, wrong, true).is_err(), "{wrong}");
        }
    }

    #[test]
    fn named_files_are_found_wherever_they_stand() {
        let manifest = json!({
            "background": {"service_worker": "worker.js", "type": "module"},
            "content_scripts": [{"js": ["a.js"], "matches": ["https://example.org/x.js"]}],
            "icons": {"16": "icons/16.png"},
        });
        assert_eq!(named_files(&manifest), ["a.js", "icons/16.png", "worker.js"]);
    }
}
