//! What every source file keeps to.

use crate::none;
use crate::tree::{File, files};

const CODE: &[&str] = &[".rs", ".js", ".mjs", ".css", ".html", ".sql", ".sh"];
const TEXT: &[&str] = &[".rs", ".js", ".mjs", ".css", ".html", ".sql", ".sh", ".md", ".toml", ".json", ".yml", "/run"];
/// Longest file; one that is longer says "Long because …" in its first lines.
const MOST_LINES: usize = 500;
/// Page-world code shares Gmail's own world: what is there must be readable at a glance.
const MOST_OBSERVER_LINES: usize = 150;

#[test]
fn files_tell_one_story() {
    none("file sizes", &files(CODE).iter().filter_map(too_long).collect::<Vec<_>>());
}

fn too_long(file: &File) -> Option<String> {
    let lines = file.text.lines().count();
    let most = if file.path.ends_with("observer.js") { MOST_OBSERVER_LINES } else { MOST_LINES };
    let reason = file.text.lines().take(15).any(|line| line.contains("Long because "));
    (lines > most && !(reason && most == MOST_LINES)).then(|| format!("{}: {lines} lines, more than {most}", file.path))
}

#[test]
fn modules_say_what_they_are_for() {
    none("module docs", &files(&[".rs"]).iter().filter_map(undocumented).collect::<Vec<_>>());
}

/// Unit tests beside what they test (`tests.rs`) need no words of their own.
fn undocumented(file: &File) -> Option<String> {
    (!file.path.ends_with("/tests.rs") && !file.text.starts_with("//! "))
        .then(|| format!("{}: begin with `//!` and what the module is for", file.path))
}

#[test]
fn exceptions_give_their_reason() {
    none("lint exceptions", &files(&[".rs"]).iter().flat_map(silenced).collect::<Vec<_>>());
}

fn silenced(file: &File) -> Vec<String> {
    let find = |line: &str| line.contains(concat!("#[", "allow(")) || line.contains(concat!("#![", "allow("));
    at_lines(file, find, "use #[expect(…, reason = \"…\")]")
}

#[test]
fn nothing_is_left_for_later() {
    none("unfinished", &files(CODE).iter().flat_map(unfinished).collect::<Vec<_>>());
}

fn unfinished(file: &File) -> Vec<String> {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    at_lines(file, |line| marks.iter().any(|mark| line.contains(mark)), "finish it, or file it")
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    none("paths of a workplace", &files(TEXT).iter().flat_map(workplace).collect::<Vec<_>>());
}

fn workplace(file: &File) -> Vec<String> {
    let marks = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!(".lib", "rary"), concat!("/Us", "ers/")];
    at_lines(file, |line| marks.iter().any(|mark| line.contains(mark)), "a path that only one machine has")
}

fn at_lines(file: &File, find: impl Fn(&str) -> bool, what: &str) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    lines.filter(|(_, line)| find(line)).map(|(n, _)| format!("{}:{}: {what}", file.path, n + 1)).collect()
}

#[test]
fn the_rules_find_what_they_look_for() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let long = "x\n".repeat(MOST_LINES + 1);
    assert!(too_long(&file("a.rs", &long)).is_some());
    assert!(too_long(&file("a.rs", &format!("//! Long because it is a table.\n{long}"))).is_none());
    assert!(too_long(&file("extension/observer.js", &format!("// Long because …\n{}", "x\n".repeat(150)))).is_some());
    assert!(undocumented(&file("a.rs", "use x;\n")).is_some());
    assert!(!silenced(&file("a.rs", concat!("#[", "allow(dead_code)]"))).is_empty());
    assert!(!unfinished(&file("a.rs", concat!("// TO", "DO"))).is_empty());
    assert!(!workplace(&file("a.md", concat!("see /ro", "ot/x"))).is_empty());
}
