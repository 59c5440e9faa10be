//! The rules of this repository, as tests: what people agreed on and a compiler does not see.
//!
//! Each rule tells the file, what is wrong and what to do. A rule that looks for something has a test that it finds it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests: a panic is how they fail")]

mod crates;
mod files;
mod generated;
mod literals;
mod locales;
mod manifest;
mod scripts;
mod tree;
mod words;

/// Fails with every finding, one a line.
#[track_caller]
fn none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}\n", findings.join("\n  "));
}
