//! Makes the style of the controls in Gmail's page: of the tokens only those that `control.css` uses, and no comments. The
//! content script carries it, and every byte of that is loaded with Gmail.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io};

const TOKENS: &str = "extension/tokens.css";
const CONTROL: &str = "src/content/controls/control.css";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={TOKENS}");
    println!("cargo::rerun-if-changed={CONTROL}");
    let tokens = without_fallback(&without_comments(&fs::read_to_string(TOKENS)?));
    let control = without_comments(&fs::read_to_string(CONTROL)?);
    let style = format!("{}\n{control}", only(&tokens, &used(&tokens, &control)));
    let lines: Vec<&str> = style.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(Path::new(&out).join("control.css"), lines.join("\n"))
}

fn without_comments(css: &str) -> String {
    let mut rest = css;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out + rest
}

/// Without the colours for browsers that do not know `light-dark()`: whoever runs the extension knows it.
fn without_fallback(css: &str) -> String {
    css.split_once("@supports not").map_or(css, |(before, _)| before).to_owned()
}

/// All declarations of tokens: name and value.
fn declared(css: &str) -> impl Iterator<Item = (&str, &str)> {
    css.split(['{', ';', '}']).filter_map(|part| part.trim().strip_prefix("--")?.split_once(':'))
}

/// The names behind `var(--`.
fn named(css: &str) -> impl Iterator<Item = &str> {
    css.split("var(--").skip(1).map(|rest| rest.split([',', ')']).next().unwrap_or_default().trim())
}

/// The tokens that a style needs, and those that these are made of.
fn used<'a>(tokens: &'a str, style: &'a str) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = named(style).collect();
    loop {
        let more: Vec<&str> =
            declared(tokens).filter(|(name, _)| names.contains(name)).flat_map(|(_, value)| named(value)).collect();
        let before = names.len();
        names.extend(more);
        if names.len() == before {
            return names;
        }
    }
}

/// The same style, with the declarations of all other tokens left out.
fn only(tokens: &str, names: &BTreeSet<&str>) -> String {
    tokens
        .split_inclusive(['{', ';', '}'])
        .filter(|part| {
            let declaration = part.trim().strip_prefix("--").and_then(|it| it.split_once(':'));
            declaration.is_none_or(|(name, _)| names.contains(name.trim()))
        })
        .collect()
}
