//! Which crate may use which, and what must not get into the tree.

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::repo::cargo;

use crate::none;
use crate::tree::repo;

/// The arrows between our own packages. Nothing points back.
const ARROWS: &[(&str, &[&str])] = &[
    ("waxwing-protocol", &[]),
    ("waxwing-domain", &["waxwing-protocol"]),
    ("waxwing-extension", &["waxwing-domain", "waxwing-protocol"]),
    ("waxwing-backend", &["waxwing-domain", "waxwing-protocol"]),
    ("gmail-sim", &["waxwing-protocol"]),
    ("xtask", &[]),
];

/// Pure logic runs anywhere: no runtime, no database, and nothing that is megabytes in WASM.
const NOT_IN_DOMAIN: &[&str] =
    &["async-std", "chrono", "jiff", "regex", "rusqlite", "smol", "sqlx", "sqlx-core", "tokio", "url", "js-sys", "web-sys"];
/// Too large for a content script (docs/CONTRIBUTING.md has the sizes).
const NOT_IN_WASM: &[&str] = &["chrono", "jiff", "regex", "sqlx-core", "tokio", "url"];
/// One TLS, and it is rustls on aws-lc-rs.
const NOT_AT_ALL: &[&str] = &["native-tls", "openssl", "openssl-sys", "ring"];

/// The names of everything that a package of ours pulls in, as cargo builds it for `target` (the host if none): `cargo
/// metadata` would join the features of the whole workspace.
fn tree(package: &str, edges: &str, target: Option<&str>) -> BTreeSet<String> {
    let mut cargo = cargo(repo().root());
    cargo.args(["tree", "--package", package, "--edges", edges, "--prefix", "none", "--format", "{p}"]);
    cargo.args(target.map(|target| format!("--target={target}")));
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn our_packages_use_each_other_only_along_the_arrows() {
    let metadata = repo().metadata(false).unwrap();
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = text(&package["name"]);
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
            findings.push(format!("{name} is new: give it its arrows in xtask/tests/tidy/crates.rs and docs/ARCHITECTURE.md"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap().iter().filter(|it| it["path"].is_string()) {
            let to = text(&dependency["name"]);
            if !allowed.contains(&to.as_str()) {
                findings.push(format!("{name} -> {to}: this arrow must not exist"));
            }
        }
    }
    none("arrows between crates", &findings);
}

#[test]
fn the_domain_stays_pure_and_the_browser_small() {
    let mut findings = Vec::new();
    let mut look = |package: &str, target, forbidden: &[&str]| {
        let reached = tree(package, "normal", target);
        assert!(reached.contains(package), "the tree of {package} was not read: {reached:?}");
        findings.extend(forbidden.iter().filter(|it| reached.contains(**it)).map(|it| format!("{package} pulls in {it}")));
    };
    look("waxwing-domain", None, NOT_IN_DOMAIN);
    look("waxwing-protocol", None, NOT_IN_DOMAIN);
    look("waxwing-extension", Some("wasm32-unknown-unknown"), NOT_IN_WASM);
    none("what pure crates and WASM may pull in", &findings);
}

#[test]
fn there_is_one_tls_provider() {
    let mut findings = Vec::new();
    for (package, _) in ARROWS {
        let reached = tree(package, "normal,build,dev", None);
        let wrong = NOT_AT_ALL.iter().filter(|it| reached.contains(**it));
        findings.extend(wrong.map(|it| format!("{package} pulls in {it}: use rustls with aws-lc-rs")));
        if reached.contains("rustls") && !reached.contains("aws-lc-rs") {
            findings.push(format!("{package} has rustls without a provider: use aws-lc-rs"));
        }
    }
    none("TLS providers", &findings);
}

#[test]
fn wasm_bindgen_and_its_bundler_are_of_one_version() {
    let metadata = repo().metadata(true).unwrap();
    let version = |name: &str| {
        let found: Vec<String> = metadata["packages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["name"] == name)
            .map(|it| text(&it["version"]))
            .collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0].clone()
    };
    assert_eq!(version("wasm-bindgen"), version("wasm-bindgen-cli-support"), "cargo update both together");
}

#[test]
fn licences_are_those_that_deny_toml_allows() {
    let deny: toml::Table = toml::from_str(&repo().read("deny.toml").unwrap()).unwrap();
    let licenses = deny["licenses"].as_table().unwrap();
    let allowed: Vec<&str> = licenses["allow"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let metadata = repo().metadata(true).unwrap();
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = text(&package["license"]);
        if !licence_fits(&licence, &allowed) {
            findings.push(format!("{} {}: {licence:?}", text(&package["name"]), text(&package["version"])));
        }
    }
    none("licences", &findings);
}

/// An SPDX expression: some branch of it has only allowed licences. A `/` is the old way to write OR.
fn licence_fits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (fits, rest) = either(&words, allowed);
    fits && rest.is_empty()
}

fn either<'w, 'a>(words: &'w [&'a str], allowed: &[&str]) -> (bool, &'w [&'a str]) {
    let (mut fits, mut rest) = both(words, allowed);
    while let [word, tail @ ..] = rest
        && *word == "OR"
    {
        let (right, after) = both(tail, allowed);
        (fits, rest) = (fits | right, after);
    }
    (fits, rest)
}

fn both<'w, 'a>(words: &'w [&'a str], allowed: &[&str]) -> (bool, &'w [&'a str]) {
    let (mut fits, mut rest) = one(words, allowed);
    while let [word, tail @ ..] = rest
        && *word == "AND"
    {
        let (right, after) = one(tail, allowed);
        (fits, rest) = (fits & right, after);
    }
    (fits, rest)
}

fn one<'w, 'a>(words: &'w [&'a str], allowed: &[&str]) -> (bool, &'w [&'a str]) {
    match words {
        ["(", rest @ ..] => match either(rest, allowed) {
            (fits, [")", after @ ..]) => (fits, after),
            (_, after) => (false, after),
        },
        [licence, "WITH", exception, rest @ ..] => (allowed.contains(&format!("{licence} WITH {exception}").as_str()), rest),
        [licence, rest @ ..] => (allowed.contains(licence), rest),
        [] => (false, &[]),
    }
}

#[test]
fn licence_expressions_are_read() {
    let allowed = ["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"];
    for (expression, fits) in [
        ("MIT", true),
        ("MIT OR GPL-3.0", true),
        ("GPL-3.0 OR MIT", true),
        ("MIT/Apache-2.0", true),
        ("ISC AND (Apache-2.0 OR ISC)", true),
        ("ISC AND GPL-3.0", false),
        ("(MIT OR ISC) AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("MIT WITH LLVM-exception", false),
        ("", false),
        ("(MIT", false),
    ] {
        assert_eq!(licence_fits(expression, &allowed), fits, "{expression}");
    }
}
