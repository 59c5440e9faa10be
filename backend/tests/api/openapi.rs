//! The API's description is kept as a snapshot, so that a change of the API is seen in review.

use std::path::Path;

use waxwing_backend::http::openapi;

#[test]
fn the_snapshot_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == openapi::json().unwrap(),
        "docs/openapi.json is not what the handlers say. Make it again: cargo run -p waxwing-backend -- openapi > docs/openapi.json"
    );
}

#[test]
fn every_call_says_how_it_fails() {
    let api: serde_json::Value = serde_json::from_str(&openapi::json().unwrap()).unwrap();
    let paths = api["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 39);
    for (path, calls) in paths.iter().filter(|(path, _)| path.as_str() != "/healthz") {
        for (method, call) in calls.as_object().unwrap() {
            let responses = call["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
            assert!(responses.contains_key("401") || path == "/api/v1/pair", "{method} {path}");
        }
    }
}
