//! The extension's JavaScript: every file parses as what it is loaded as.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::none;
use crate::tree::files;

/// What node says about a script; `None` when it parses. `None` also, with a notice, when there is no node.
fn wrong_with(text: &str, module: bool) -> Option<String> {
    let kind = if module { "--input-type=module" } else { "--input-type=commonjs" };
    let started = Command::new("node")
        .args(["--check", kind, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut node) = started else {
        eprintln!("passed over: node is not here, so no script was parsed");
        return None;
    };
    node.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Modules are what pages load with type=module and the manifest names as one; content scripts are classic scripts.
fn is_module(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("import ") || line.starts_with("export "))
}

#[test]
fn scripts_parse() {
    let mut findings = Vec::new();
    for file in files(&[".js"]).iter().filter(|file| file.path.starts_with("extension/")) {
        let classic = file.path.contains("/content/") || file.path.ends_with("observer.js");
        if classic && is_module(&file.text) {
            findings.push(format!("{}: a content script is no module", file.path));
        } else if let Some(wrong) = wrong_with(&file.text, is_module(&file.text)) {
            findings.push(format!("{}: {wrong}", file.path));
        }
    }
    none("scripts", &findings);
}

#[test]
fn what_does_not_parse_is_found() {
    if Command::new("node").arg("--version").output().is_ok() {
        assert!(wrong_with("let = ;", false).is_some());
        assert!(wrong_with("import x from './x.js';", true).is_none());
    }
}
