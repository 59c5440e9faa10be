//! JSON lines that may be read on a terminal: what others chose (user agents, names, targets) must not move it or turn its text
//! around.
//!
//! JSON writes the control characters of ASCII as escapes by itself. DEL, those of C1 (`U+009B` begins an escape sequence like
//! `ESC [`), line separators and what turns the direction of text get theirs here; whoever reads the JSON reads the same data.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes a value and a line break.
pub(super) fn line(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Shown))?;
    out.write_all(b"\n")
}

/// Compact JSON.
struct Shown;

impl Formatter for Shown {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        escaped(text, out)
    }

    /// JSON that is passed on as it is: outside of its strings such characters cannot stand.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, out: &mut W, json: &str) -> io::Result<()> {
        escaped(json, out)
    }
}

fn escaped<W: ?Sized + Write>(text: &str, out: &mut W) -> io::Result<()> {
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| acts(*c)) {
        out.write_all(&rest.as_bytes()[..at])?;
        // All of them have four digits.
        write!(out, "\\u{:04x}", u32::from(c))?;
        rest = &rest[at + c.len_utf8()..];
    }
    out.write_all(rest.as_bytes())
}

fn acts(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn what_acts_is_escaped_and_means_the_same() {
        let text =
            "\u{1b}[2J\u{9b}2J\u{85}\u{7f} \u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069} é😀\"\\";
        let raw = RawValue::from_string(serde_json::to_string(text).unwrap()).unwrap();
        let mut out = Vec::new();
        line(&(text, &raw), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let shown = out.strip_suffix('\n').unwrap();
        assert!(!shown.contains(|c: char| c.is_control() || acts(c)), "{shown:?}");
        assert!(shown.contains("é😀"));
        assert_eq!(serde_json::from_str::<(String, String)>(&out).unwrap(), (text.to_owned(), text.to_owned()));
    }
}
