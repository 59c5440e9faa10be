//! No words for people in the extension's code: they live in `extension/_locales`.
//!
//! Three nets: a literal that goes straight into a text or a spoken attribute; a literal anywhere that reads like a
//! sentence; and text in HTML that no `data-i18n` replaces. What only developers read (reasons, errors, asserts, the
//! console) may be English.

use crate::literals::{Language, Literal, literals};
use crate::none;
use crate::tree::{File, files, is_test_file, without_tests};

/// Code after which a literal is shown to a person.
const SHOWN: &[&str] = &[
    ".text(",
    ".fill_text(",
    ".foreign(",
    "set_text_content(Some(",
    "create_text_node(",
    "set_inner_text(",
    "set_inner_html(",
    "set_title(",
    "textContent=",
    "innerText=",
    "innerHTML=",
    "document.title=",
    "createTextNode(",
    "alert(",
    "confirm(",
    "Attr::AriaLabel,",
    "Attr::Title,",
    "Attr::Placeholder,",
    "Attr::Alt,",
    "(\"\",\"\",",
    "insertAdjacentText(\"\",",
];
/// Attributes that are read out or shown.
const SPOKEN: &[&str] = &["aria-label", "aria-description", "title", "placeholder", "alt", "label"];
/// Code after which a literal is for developers.
const FOR_DEVELOPERS: &[&str] = &[
    "reason=",
    "expect(",
    "expect_err(",
    "error(",
    "panic!(",
    "unreachable!(",
    "assert!(",
    "debug_assert!(",
    "Error(",
    "Error::new(",
    "console.warn(",
    "console.error(",
    "console.info(",
    "console.debug(",
    "warn(",
    "debug(",
    "Internal{detail:",
    "detail:",
    "doc=",
    "note=",
    "must_use=",
    // What the browser says is compared, not shown.
    ".contains(",
    ".includes(",
];

/// A name is the same in every language.
const NAME: &str = "Waxwing";

fn code() -> Vec<(File, Language)> {
    let rust = files(&[".rs"]);
    let tests: Vec<bool> = rust.iter().map(|file| is_test_file(&file.path, &rust)).collect();
    let rust = rust.into_iter().zip(tests).filter(|(file, test)| file.path.starts_with("src/") && !test);
    let scripts = files(&[".js"]).into_iter().filter(|file| file.path.starts_with("extension/"));
    rust.map(|(file, _)| (file, Language::Rust)).chain(scripts.map(|file| (file, Language::JavaScript))).collect()
}

#[test]
fn the_code_of_the_extension_holds_no_words_for_people() {
    let findings: Vec<String> = code().iter().flat_map(|(file, language)| words_in(file, *language)).collect();
    none("words in code (put them into extension/_locales)", &findings);
}

fn words_in(file: &File, language: Language) -> Vec<String> {
    let text = if language == Language::Rust { without_tests(&file.text) } else { &file.text };
    let all = literals(text, language);
    let mut findings = Vec::new();
    for (at, literal) in all.iter().enumerate() {
        let attribute = at.checked_sub(1).and_then(|previous| all.get(previous));
        if is_shown(literal, attribute) || reads_like_a_sentence(literal) {
            findings.push(format!("{}:{}: {:?}", file.path, literal.line, literal.text));
        }
    }
    findings
}

fn is_shown(literal: &Literal, previous: Option<&Literal>) -> bool {
    // An example of an address or of a code (`XXXX-XXXX`) is no word.
    let is_word = literal.text.chars().any(char::is_lowercase) && !literal.text.contains("://");
    let spoken = literal.before.ends_with("\"\",")
        && previous.is_some_and(|it| SPOKEN.contains(&it.text.as_str()))
        && ["set_attribute(\"\",", "setAttribute(\"\",", ".raw(\"\",", ".set(\"\","]
            .iter()
            .any(|it| literal.before.ends_with(it));
    is_word && (spoken || SHOWN.iter().any(|it| !it.starts_with("(\"\"") && literal.before.ends_with(it)))
}

/// A capital letter, and at least two words of letters with a space between: "Not tracked".
fn reads_like_a_sentence(literal: &Literal) -> bool {
    if FOR_DEVELOPERS.iter().any(|it| literal.before.ends_with(it)) {
        return false;
    }
    let trimmed = literal.text.trim_start();
    let words: Vec<&str> = trimmed.split(' ').collect();
    let is_word = |word: &&&str| {
        let word = word.trim_end_matches(['.', ',', ':', '!', '?', '…']);
        word.chars().count() >= 2 && word.chars().all(|c| c.is_alphabetic() || c == '’' || c == '\'')
    };
    trimmed.starts_with(char::is_uppercase) && words.iter().take(2).filter(is_word).count() == 2
}

#[test]
fn pages_hold_no_text_of_their_own() {
    let pages = files(&[".html"]);
    let findings: Vec<String> =
        pages.iter().filter(|file| file.path.starts_with("extension/")).flat_map(text_in_html).collect();
    none("words in HTML (give the element a data-i18n)", &findings);
}

/// Text outside tags, and spoken attributes, of elements without `data-i18n…`.
fn text_in_html(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    let mut translated = false;
    let mut rest = file.text.as_str();
    while let Some(open) = rest.find('<') {
        let text = rest[..open].trim();
        if !translated && text != NAME && text.chars().any(char::is_alphabetic) {
            findings.push(format!("{}: {text:?}", file.path));
        }
        let end = if rest[open..].starts_with("<!--") { "-->" } else { ">" };
        let close = rest[open..].find(end).map_or(rest.len(), |at| open + at + end.len());
        let tag = &rest[open..close];
        if !tag.starts_with("<!") {
            translated = tag.contains("data-i18n");
            let spoken = SPOKEN.iter().find(|name| {
                let value = tag.split_once(&format!(" {name}=\"")).map(|(_, after)| after);
                value.is_some_and(|value| value.starts_with(char::is_alphabetic)) && !translated
            });
            findings.extend(spoken.map(|name| format!("{}: {name} in {tag}", file.path)));
        }
        rest = &rest[close..];
    }
    findings
}

#[test]
fn words_are_caught() {
    let caught = |text: &str, language| !words_in(&File { path: String::new(), text: text.to_owned() }, language).is_empty();
    for text in [
        "el(Tag::P).text(\"Opened\")",
        "node.set_text_content(Some(\"tracked\"))",
        "let words = \"Not tracked: sent as plain text\";",
        "row.set(Attr::AriaLabel, \"Remove\")",
        "button.set_attribute(\"aria-label\", \"remove\")",
    ] {
        assert!(caught(text, Language::Rust), "{text}");
    }
    for text in [
        "p.textContent = 'off';",
        "document.title = `Waxwing`;",
        "b.setAttribute('title', 'remove')",
        "x('Please reload this tab')",
    ] {
        assert!(caught(text, Language::JavaScript), "{text}");
    }
    for text in [
        "t(\"popup_title\")",
        "#[expect(clippy::expect_used, reason = \"Every tag on the list is a name\")]",
        "made.expect(\"A tag on the list can be made\")",
        "find(\"div[role=main]\")",
        "x.set_attribute(\"role\", \"button\")",
        "#[error(\"The backend did not answer\")]",
        "// \"Not tracked\" is what it says\n",
        "el.text(\"·\")",
    ] {
        assert!(!caught(text, Language::Rust), "{text}");
    }
}

#[test]
fn words_in_html_are_caught() {
    let caught = |text: &str| !text_in_html(&File { path: String::new(), text: text.to_owned() }).is_empty();
    assert!(caught("<p>Hello</p>"));
    assert!(caught("<input placeholder=\"Search\">"));
    assert!(!caught("<!doctype html><html lang=\"en\"><p data-i18n=\"hello\">Hello</p><script src=\"x.js\"></script>"));
    assert!(!caught("<!-- a comment --><input data-i18n-placeholder=\"search\" placeholder=\"\">"));
}
