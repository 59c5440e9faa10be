//! Makes the styles of what stands in Gmail's page: of the tokens only those that each uses, and no comments; and takes the
//! icons that are shown there out of the sprite. The content script carries all of it, and every byte of that is loaded with
//! Gmail.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io};

const TOKENS: &str = "extension/tokens.css";
const STYLES: [&str; 2] = ["src/content/controls/control.css", "src/content/shown/shown.css"];
const SPRITE: &str = "extension/assets/icons.svg";
/// How the icons draw a line, and the class of the style that says the same.
const LINE: &str =
    "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linecap=\"round\" stroke-linejoin=\"round\"";
/// The icons of mails and hits.
const ICONS: [&str; 18] = [
    "answered", "checking", "clicked", "clock", "down", "failed", "hidden", "human", "machines", "off", "opened", "outbox",
    "prefetch", "proxy", "scanner", "sealed", "self", "unknown",
];

fn main() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    let out = Path::new(&out);
    for source in STYLES.iter().chain(&[TOKENS, SPRITE]) {
        println!("cargo::rerun-if-changed={source}");
    }
    let tokens = without_fallback(&without_comments(&fs::read_to_string(TOKENS)?));
    let mut own = String::new();
    for source in STYLES.into_iter().rev() {
        own.push_str(&without_comments(&fs::read_to_string(source)?));
    }
    let style = format!("{}\n{own}", only(&tokens, &used(&tokens, &own)));
    let words: Vec<&str> = style.split_whitespace().collect();
    let mut style = words.join(" ");
    // A space says nothing after these, nor before a brace.
    for mark in ["{", "}", ";", ":", ","] {
        style = style.replace(&format!("{mark} "), mark);
    }
    fs::write(out.join("style.css"), style.replace(" {", "{").replace(" }", "}").replace(";}", "}"))?;
    let sprite = fs::read_to_string(SPRITE)?;
    for name in ICONS {
        let icon = symbol(&sprite, name).ok_or_else(|| io::Error::other(format!("{SPRITE} has no {name}")))?;
        fs::write(out.join(format!("icon-{name}.svg")), icon.replace(LINE, "class=\"l\""))?;
    }
    Ok(())
}

/// What is inside a symbol of the sprite.
fn symbol<'a>(sprite: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = sprite.split_once(&format!("<symbol id=\"ww-{name}\""))?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once("</symbol>").map(|(inside, _)| inside)
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
