//! `bundle`: everything Chrome loads, in `dist/extension`.
//!
//! | in the bundle | from |
//! |---|---|
//! | `manifest.json` | `manifest.json`, with the version of `Cargo.toml` |
//! | `content.js` | glue + module as base64 + `extension/content/boot.js`, one function scope, so that nothing leaks |
//! | `core.js`, `core_bg.wasm` | the worker's and the pages' core, an ES module |
//! | the rest | `extension/` and `icons/`, see [`crate::statics`] |

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::repo::{Repo, files, write_if_changed};
use crate::wasm::{self, Made, Part};
use crate::{manifest, statics};

/// How to bundle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// A quick build with names in it; files that the manifest names may be missing.
    pub dev: bool,
    /// Leave out wasm-opt.
    pub no_opt: bool,
}

/// Where the bundle lies, from the root.
pub const OUT: &str = "dist/extension";

/// Makes `dist/extension` and prints what a Gmail tab has to load.
pub fn bundle(repo: &Repo, options: Options) -> Result<()> {
    let metadata = repo.metadata(false)?;
    let target_dir = PathBuf::from(metadata["target_directory"].as_str().context("cargo metadata names no target directory")?);

    let content = wasm::make(repo, &target_dir, Part::Content, options)?;
    let extension = wasm::make(repo, &target_dir, Part::Extension, options)?;
    let source = repo.json("manifest.json")?;

    let mut out: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (target, path) in statics::plan(repo)? {
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        out.insert(target, bytes);
    }
    let boot = repo.path("extension").join(statics::BOOT);
    match fs::read_to_string(&boot) {
        Ok(boot) => put(&mut out, "content.js", content_script(&content, &boot).into_bytes())?,
        Err(error) if options.dev => eprintln!("xtask: no content.js: {}: {error}", boot.display()),
        Err(error) => return Err(error).with_context(|| format!("reading {}", boot.display())),
    }
    put(&mut out, "core.js", extension.glue.into_bytes())?;
    put(&mut out, "core_bg.wasm", extension.wasm)?;
    put(&mut out, "manifest.json", manifest::finished(&source, &repo.version(&metadata)?, true)?)?;
    complete(&source, &out, options)?;
    write(repo, &out)?;

    let observer = out.get("observer.js").map_or(&[][..], Vec::as_slice);
    let script = out.get("content.js").map_or(&[][..], Vec::as_slice);
    let how = if content.optimised { "" } else { ", without wasm-opt" };
    say(&format!(
        "{OUT}: Gmail's tab loads {} gzip ({} raw{how})",
        kilobytes(gzip_size(script)? + gzip_size(observer)?),
        kilobytes(script.len() + observer.len()),
    ));
    Ok(())
}

fn put(out: &mut BTreeMap<String, Vec<u8>>, name: &str, bytes: Vec<u8>) -> Result<()> {
    if out.insert(name.to_owned(), bytes).is_some() {
        bail!("extension/ holds a {name}, which the bundle makes itself");
    }
    Ok(())
}

/// The content script: what `boot.js` sees is `wasm_bindgen` (the glue) and `WAXWING_WASM` (the module as base64).
fn content_script(made: &Made, boot: &str) -> String {
    let module = STANDARD.encode(&made.wasm);
    format!("(() => {{\n\"use strict\";\n{}\nconst WAXWING_WASM = \"{module}\";\n{boot}\n}})();\n", made.glue)
}

/// Whatever the manifest names must be there, or Chrome refuses the whole folder.
fn complete(source: &Value, out: &BTreeMap<String, Vec<u8>>, options: Options) -> Result<()> {
    let missing: Vec<String> = manifest::named_files(source).into_iter().filter(|name| !out.contains_key(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let words = format!("manifest.json names what is not there: {}", missing.join(", "));
    if options.dev {
        eprintln!("xtask: {words}");
        return Ok(());
    }
    bail!(words)
}

/// Writes what changed and removes what is no longer part of the bundle.
fn write(repo: &Repo, out: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let folder = repo.path(OUT);
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for old in files(&folder)? {
        if !out.contains_key(&old) {
            fs::remove_file(folder.join(&old)).with_context(|| format!("removing {old}"))?;
        }
    }
    for (name, bytes) in out {
        write_if_changed(&folder.join(name), bytes)?;
    }
    Ok(())
}

/// How many bytes gzip makes of it: what the figures of the content script are measured in.
pub fn gzip_size(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

#[expect(clippy::print_stdout, reason = "the one line this command is asked for")]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_script_is_one_scope_with_glue_module_and_boot() {
        let made = Made { glue: "let wasm_bindgen = 1;".to_owned(), wasm: vec![0, 97, 115, 109], optimised: false };
        let script = content_script(&made, "start(wasm_bindgen, WAXWING_WASM);");
        assert_eq!(
            script,
            "(() => {\n\"use strict\";\nlet wasm_bindgen = 1;\nconst WAXWING_WASM = \"AGFzbQ==\";\nstart(wasm_bindgen, WAXWING_WASM);\n})();\n"
        );
    }

    #[test]
    fn sizes_are_told_in_thousands_of_bytes() {
        assert_eq!(kilobytes(149_990), "149.9 KB");
        assert_eq!(kilobytes(99), "0.0 KB");
    }
}
