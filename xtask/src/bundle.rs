//! `bundle`: everything Chrome loads, in `dist/extension`.
//!
//! | in the bundle | from |
//! |---|---|
//! | `manifest.json` | `manifest.json`, with the version of `Cargo.toml` |
//! | `content.js` | glue + module + `extension/content/boot.js` in one function scope, so that nothing leaks |
//! | `core.js`, `core_bg.wasm` | the worker's and the pages' core, an ES module |
//! | the rest | `extension/` and `icons/`, see [`crate::statics`] |

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::repo::{Repo, files, write_if_changed};
use crate::shorten::{put_number, with_catching_in_place, with_encoder_for_long, without_comments, without_fetching};
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

/// What runs in the page's own world.
const OBSERVER: &str = "observer.js";

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
    // It is loaded with every Gmail tab, too.
    if let Some(observer) = out.get_mut(OBSERVER) {
        *observer = without_comments(&String::from_utf8_lossy(observer)).into_bytes();
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

    let observer = out.get(OBSERVER).map_or(&[][..], Vec::as_slice);
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

/// The content script: what `boot.js` sees is `wasm_bindgen` (the glue) and `WAXWING_WASM` (gives the module's bytes). Comments stay
/// behind: all of it is loaded with every Gmail tab.
fn content_script(made: &Made, boot: &str) -> String {
    let glue = with_catching_in_place(&with_encoder_for_long(&without_fetching(&made.glue)));
    let (glue, boot) = (without_comments(&glue), without_comments(boot));
    format!("(() => {{\n\"use strict\";\n{glue}const WAXWING_WASM = {};\n{boot}}})();\n", expression_of(&made.wasm))
}

/// A JavaScript expression whose value is a function that gives a `Uint8Array` of these bytes. The text stands outside of the
/// function: what is inside of one is parsed twice.
///
/// They stand in a string with one character a byte. Base64 would hide the repetitions from compression: this loads a third
/// less (measured with gzip). Frequent bytes that would take two bytes in UTF-8 have changed places with rare ones that take
/// one, which saves another 3 %. `btoa` and `fromBase64` are the browser's own loops: 1.1 ms in Chromium 156, where one in
/// JavaScript took 8 to 12; a browser without `fromBase64` (before Chrome 140) takes that one.
fn expression_of(bytes: &[u8]) -> String {
    let swaps = swaps(bytes);
    let mut table: Vec<u8> = (0..=u8::MAX).collect();
    for (one, other) in &swaps {
        table.swap(usize::from(*one), usize::from(*other));
    }
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    let shown: Vec<u8> = bytes.iter().map(|byte| table[usize::from(*byte)]).collect();
    for (at, byte) in shown.iter().enumerate() {
        match byte {
            // Before a digit `\0` would be the beginning of an octal number.
            0 if shown.get(at + 1).is_some_and(u8::is_ascii_digit) => text.push_str("\\x00"),
            0 => text.push_str("\\0"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            byte => text.push(char::from(*byte)),
        }
    }
    let swaps: Vec<String> = swaps.iter().map(|(one, other)| format!("{one},{other}")).collect();
    let turner: Vec<String> = turner(bytes.len()).iter().map(u8::to_string).collect();
    format!(
        "((text, swaps, turner) => () => {{ const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(btoa(text)) : \
         Uint8Array.from(text, (char) => char.charCodeAt(0)); \
         const {{ memory, turn }} = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(turner))).exports; \
         const all = new Uint8Array(memory.buffer); for (let at = 0; at < 256; at += 1) all[at] = at; \
         for (let at = 0; at < swaps.length; at += 2) {{ all[swaps[at]] = swaps[at + 1]; all[swaps[at + 1]] = swaps[at]; }} \
         all.set(bytes, 256); turn(256, 256 + bytes.length); return all.subarray(256, 256 + bytes.length); \
         }})(\"{text}\", [{}], [{}])",
        swaps.join(","),
        turner.join(",")
    )
}

/// A module that puts bytes back in place: `turn(from, to)` takes each byte there for an index into the 256 bytes at 0. Its
/// memory holds so many bytes behind these. In JavaScript the same loop took 4 to 8 ms, more than all the rest.
fn turner(length: usize) -> Vec<u8> {
    let mut pages = Vec::new();
    put_number(&mut pages, (256 + length).div_ceil(1 << 16));
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // (type (func (param i32 i32))), one function of it.
    module.extend(b"\x01\x06\x01\x60\x02\x7f\x7f\0\x03\x02\x01\0");
    // (memory pages)
    module.extend([&[5][..], &[2 + u8::try_from(pages.len()).unwrap_or(0)], b"\x01\0", &pages].concat());
    // (export "memory"), (export "turn")
    module.extend(b"\x07\x11\x02\x06memory\x02\0\x04turn\0\0");
    // (loop (i32.store8 (at) (i32.load8_u (i32.load8_u (at)))) (br_if 0 (i32.lt_u (local.tee at (at + 1)) (to))))
    module.extend(
        b"\x0a\x20\x01\x1e\0\x03\x40\x20\0\x20\0\x2d\0\0\x2d\0\0\x3a\0\0\x20\0\x41\x01\x6a\x22\0\x20\x01\x49\x0d\0\x0b\x0b",
    );
    module
}

/// Which bytes change places: the most frequent of those that take two bytes in a script with the rarest of those that take
/// one, as long as that is worth its own entry.
fn swaps(bytes: &[u8]) -> Vec<(u8, u8)> {
    const WORTH: usize = 16;
    let mut counts = [0_usize; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let count = |byte: &u8| counts[usize::from(*byte)];
    let takes_one = |byte: &u8| (1..128).contains(byte) && !b"\n\r\"\\".contains(byte);
    let (mut cheap, mut dear): (Vec<u8>, Vec<u8>) = (0..=u8::MAX).partition(takes_one);
    cheap.sort_by_key(count);
    dear.sort_by_key(|byte| std::cmp::Reverse(count(byte)));
    dear.into_iter().zip(cheap).take_while(|(dear, cheap)| count(dear) > count(cheap) + WORTH).collect()
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
    use std::process::Command;

    use super::*;

    #[test]
    fn the_content_script_is_one_scope_with_glue_module_and_boot() {
        let made = Made { glue: "let wasm_bindgen = 1;".to_owned(), wasm: vec![0, 97, 115, 109], optimised: false };
        let script = content_script(&made, "start(wasm_bindgen, WAXWING_WASM());");
        assert!(script.starts_with("(() => {\n\"use strict\";\nlet wasm_bindgen = 1;\nconst WAXWING_WASM = ("), "{script}");
        assert!(script.ends_with(");\nstart(wasm_bindgen, WAXWING_WASM());\n})();\n"), "{script}");
    }

    #[test]
    fn every_byte_comes_back_out_of_the_expression() {
        let mut bytes: Vec<u8> = (0..=255).collect();
        bytes.extend([0, b'7', 0, 0, b'a', b'\\', b'n', b'"', 255, 255]);
        bytes.extend([200_u8, 0, 131].repeat(500));
        assert_eq!(swaps(&bytes).len(), 3, "the frequent ones are worth it");
        let script = format!("process.stdout.write({}().join())", expression_of(&bytes));
        let Ok(output) = Command::new("node").args(["--input-type=module", "--eval", &script]).output() else {
            eprintln!("passed over: node is not here");
            return;
        };
        let expected: Vec<String> = bytes.iter().map(u8::to_string).collect();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected.join(","),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn sizes_are_told_in_thousands_of_bytes() {
        assert_eq!(kilobytes(149_990), "149.9 KB");
        assert_eq!(kilobytes(99), "0.0 KB");
    }
}
