//! What makes a bundle smaller without changing what it does.
//!
//! wasm-bindgen ends the name of each import in 16 hexadecimal digits of a hash. They stand in the glue and in the module, and
//! nothing compresses them: numbers do as well. Nobody else calls imports by name, so that they are then called by a number
//! alone.

use std::collections::{BTreeMap, BTreeSet};
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
    let (text, module) = called_by_number(&text, &module).unwrap_or((text, module));
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

/// The pair with all imports of [`PREFIX`] called `i0`, `i1`, …; `None` when the module is not understood.
fn called_by_number(glue: &str, module: &[u8]) -> Option<(String, Vec<u8>)> {
    const IMPORTS: u8 = 2;
    let mut text = glue.to_owned();
    let mut out = module.get(..8)?.to_vec();
    let mut rest = module.get(8..)?;
    while let Some((&id, after)) = rest.split_first() {
        let (size, after) = number(after)?;
        let (section, after) = after.split_at_checked(size)?;
        let mut section = section.to_vec();
        if id == IMPORTS {
            let (names, short) = short_imports(&section)?;
            section = short;
            // A name that another begins with must not be replaced first.
            let mut names: Vec<_> = names.into_iter().collect();
            names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
            for (name, short) in names {
                text = text.replace(&name, &short);
            }
        }
        out.push(id);
        put_number(&mut out, section.len());
        out.extend(section);
        rest = after;
    }
    Some((text, out))
}

/// The section of imports with short names, and which name became which.
fn short_imports(section: &[u8]) -> Option<(BTreeMap<String, String>, Vec<u8>)> {
    let mut names = BTreeMap::new();
    let mut out = Vec::with_capacity(section.len());
    let (count, mut rest) = number(section)?;
    put_number(&mut out, count);
    for _ in 0..count {
        let (module, after) = name(rest)?;
        let (field, after) = name(after)?;
        put_name(&mut out, module);
        if field.starts_with(PREFIX) {
            let next = names.len();
            put_name(&mut out, names.entry(field.to_owned()).or_insert_with(|| format!("i{next}")));
        } else {
            put_name(&mut out, field);
        }
        // A function and its type are all that wasm-bindgen imports.
        let (0, after) = after.split_first().map(|(kind, after)| (*kind, after))? else { return None };
        let (_, end) = number(after)?;
        out.push(0);
        out.extend(&after[..after.len() - end.len()]);
        rest = end;
    }
    rest.is_empty().then_some((names, out))
}

/// An unsigned LEB128 number and what follows it.
pub(crate) fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let length = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)? + 1;
    let value = bytes[..length].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    Some((value, &bytes[length..]))
}

/// Writes an unsigned LEB128 number.
pub fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// A name with its length before it, and what follows it.
pub(crate) fn name(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (name, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(name).ok()?, rest))
}

/// Writes a name with its length before it.
pub(crate) fn put_name(out: &mut Vec<u8>, name: &str) {
    put_number(out, name.len());
    out.extend(name.as_bytes());
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

/// The glue with no loop of its own over the characters of long strings that go into the module: it is slow in a script that has
/// just begun, as a content script mostly has. The browser's encoder does the rest, which is then all. Glue of another form is
/// left as it is: it is only slower.
pub fn with_encoder_for_long(glue: &str) -> String {
    glue.replace("for (; offset < len; offset++) {", "for (; len < 200 && offset < len; offset++) {")
}

/// The glue with what may throw caught where it is called. wasm-bindgen gives each such call a function, its arguments and two
/// more calls: much for a script that has just begun, and a list of a hundred rows makes a thousand of them. Glue of another
/// form is left as it is: it is only slower.
pub fn with_catching_in_place(glue: &str) -> String {
    const OPEN: &str = "function() { return handleError(function (";
    const CLOSE: &str = "}, arguments); }";
    const HANDLE: &str =
        "function handleError(f, args) {\n        try {\n            return f.apply(this, args);\n        } catch (e) {";
    if glue.matches(OPEN).count() != glue.matches(CLOSE).count() || !glue.contains(HANDLE) {
        return glue.to_owned();
    }
    let line = |line: &str| match line.split_once(OPEN) {
        Some((before, arguments)) => [before, "function(", arguments, " try {\n"].concat(),
        None => [&line.replace(CLOSE, "} catch (e) { handleError(e); } }"), "\n"].concat(),
    };
    glue.replace(HANDLE, "function handleError(e) {\n        {").lines().map(line).collect()
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
    fn imports_are_called_by_number() {
        let long = format!("__wbg_get_{}", "0".repeat(200));
        let section = |first: &str, second: &str| {
            let mut section = vec![2];
            for (field, kind) in [(first, 7), (second, 200)] {
                put_name(&mut section, "./x.js");
                put_name(&mut section, field);
                section.push(0);
                put_number(&mut section, kind);
            }
            let mut module = b"\0asm\x01\0\0\0\x01\x02ab\x02".to_vec();
            put_number(&mut module, section.len());
            module.extend(section);
            module.extend(b"\x0a\x01c");
            module
        };
        let glue = format!("{{ {long}: function() {{}}, {long}1: 2, other: 3 }}");
        let (text, module) =
            called_by_number(&glue, &section(&long, &format!("{long}1"))).expect("a module that is understood");
        assert_eq!(text, "{ i0: function() {}, i1: 2, other: 3 }");
        assert_eq!(module, section("i0", "i1"));
        for odd in [&b"\0asm"[..], b"\0asm\x01\0\0\0\x02\xff", b"\0asm\x01\0\0\0\x02\x01\x05"] {
            assert_eq!(called_by_number(&glue, odd), None);
        }
    }

    #[test]
    fn what_fetches_a_module_is_left_out() {
        let glue = "a\n    async function __wbg_load(x) {\n    }\n    function initSync(m) {}\n    let __wbg_init_promise;\n    \
                    async function __wbg_init() {}\n    return Object.assign(__wbg_init, { initSync }, exports);\n";
        let short = "a\n    function initSync(m) {}\n    return Object.assign({ initSync }, exports);\n";
        assert_eq!(without_fetching(glue), short);
        assert_eq!(without_fetching("a function initSync(m) {}"), "a function initSync(m) {}");
    }

    #[test]
    fn long_strings_are_encoded_by_the_browser() {
        let glue = "let offset = 0;\nfor (; offset < len; offset++) {\n}\n";
        assert_eq!(with_encoder_for_long(glue), "let offset = 0;\nfor (; len < 200 && offset < len; offset++) {\n}\n");
    }

    #[test]
    fn what_is_thrown_is_caught_where_it_is_called() {
        let handle = "    function handleError(f, args) {\n        try {\n            return f.apply(this, args);\n        } catch (e) {\n            \
                      keep(e);\n        }\n    }\n";
        let glue = format!(
            "i1: function() {{ return handleError(function (a, b) {{\n    return a.x(b);\n}}, arguments); }},\n{handle}"
        );
        assert_eq!(
            with_catching_in_place(&glue),
            "i1: function(a, b) { try {\n    return a.x(b);\n} catch (e) { handleError(e); } },\n    \
             function handleError(e) {\n        {\n            keep(e);\n        }\n    }\n"
        );
        for odd in ["function() { return handleError(function (a) {", "let a;"] {
            assert_eq!(with_catching_in_place(odd), odd);
        }
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
