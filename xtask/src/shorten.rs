//! What makes a bundle smaller without changing what it does.
//!
//! wasm-bindgen ends the name of each import in 16 hexadecimal digits of a hash. They stand in the glue and in the module, and
//! nothing compresses them: numbers do as well, and being as long as the hashes they leave every offset where it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const HASH: usize = 16;
/// What the names of imports begin with.
const PREFIX: &str = "__wb";

/// Numbers the imports in a pair of files instead of hashing them.
pub fn imports(glue: &Path, wasm: &Path) -> Result<()> {
    let text = fs::read_to_string(glue).with_context(|| format!("reading {}", glue.display()))?;
    let module = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    let (text, module) = numbered(&text, &module);
    fs::write(glue, text).with_context(|| format!("writing {}", glue.display()))?;
    fs::write(wasm, module).with_context(|| format!("writing {}", wasm.display()))
}

fn numbered(glue: &str, module: &[u8]) -> (String, Vec<u8>) {
    let mut names: Vec<&str> = words(glue)
        .filter(|word| word.starts_with(PREFIX) && hash_of(word).is_some())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    // A name that another begins with must not be replaced first.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut text = glue.to_owned();
    let mut module = module.to_vec();
    for (number, name) in names.into_iter().enumerate() {
        let stem = &name[..name.len() - HASH];
        let short = format!("{stem}{number:0HASH$}");
        text = text.replace(name, &short);
        replace(&mut module, name.as_bytes(), short.as_bytes());
    }
    (text, module)
}

/// Runs of what names are made of.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn hash_of(word: &str) -> Option<&str> {
    let (_, hash) = word.rsplit_once('_')?;
    (hash.len() == HASH && hash.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))).then_some(hash)
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(from.len()).position(|window| window == from) {
        at += found;
        bytes[at..at + from.len()].copy_from_slice(to);
        at += from.len();
    }
}

/// JavaScript without the lines that are only comment, and without indentation. Code that shares a line with a comment
/// stays as it is.
pub fn without_comments(script: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(script.len());
    for line in script.lines().map(str::trim) {
        if inside || line.starts_with("/*") {
            inside = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The glue of a script that starts its module by `initSync`, without the ways to fetch one. Glue of another form is left as
/// it is: it is only longer.
pub fn without_fetching(glue: &str) -> String {
    let cut = |text: &str, from: &str, to: &str, instead: &str| {
        let (before, rest) = text.split_once(from)?;
        let (_, after) = rest.split_once(to)?;
        Some([before, instead, after].concat())
    };
    let load = cut(glue, "    async function __wbg_load(", "    function initSync(", "    function initSync(");
    load.and_then(|glue| {
        cut(&glue, "    let __wbg_init_promise;", "return Object.assign(__wbg_init, {", "    return Object.assign({")
    })
    .unwrap_or_else(|| glue.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fetches_a_module_is_left_out() {
        let glue = "a\n    async function __wbg_load(x) {\n    }\n    function initSync(m) {}\n    let __wbg_init_promise;\n    \
                    async function __wbg_init() {}\n    return Object.assign(__wbg_init, { initSync }, exports);\n";
        let short = "a\n    function initSync(m) {}\n    return Object.assign({ initSync }, exports);\n";
        assert_eq!(without_fetching(glue), short);
        assert_eq!(without_fetching("a function initSync(m) {}"), "a function initSync(m) {}");
    }

    #[test]
    fn imports_are_numbered_alike_in_both() {
        let glue =
            "a.__wbg_get_00112233445566aa(); b.__wbg_get_ffeeddccbbaa9988; c.__wbindgen_malloc; d.other_00112233445566aa";
        let module = b"\x00asm\x1c__wbg_get_ffeeddccbbaa9988\x1c__wbg_get_00112233445566aa\x00";
        let (text, bytes) = numbered(glue, module);
        assert_eq!(
            text,
            "a.__wbg_get_0000000000000000(); b.__wbg_get_0000000000000001; c.__wbindgen_malloc; d.other_00112233445566aa"
        );
        assert_eq!(bytes, b"\x00asm\x1c__wbg_get_0000000000000001\x1c__wbg_get_0000000000000000\x00");
        assert_eq!(bytes.len(), module.len());
    }

    #[test]
    fn only_whole_lines_of_comment_go() {
        let script =
            "/**\n * What it does.\n */\nfunction a() {\n    // why\n    return \"//x\"; // stays\n}\n\n/* one */\nb();";
        assert_eq!(without_comments(script), "function a() {\nreturn \"//x\"; // stays\n}\nb();\n");
    }
}
