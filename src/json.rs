//! Reads JSON into plain values: what a Gmail tab hears of the browser, of the worker and of Gmail's requests.
//!
//! Not `serde_json`'s own reader: a tab would load its tables for fractions and its words for errors, which nobody here reads. They
//! are as large as a seventh of all the rest.
//!
//! What must hold:
//! - Every byte is hostile: nothing panics, and nesting is bounded.
//! - What `serde_json` reads is read as the same, and what it refuses is refused, but for two things: a number that is no whole one of
//!   64 bits is null, and half a character (`\ud83d` without its other half, which JavaScript's strings can hold) is U+FFFD.

use serde_json::{Map, Value};

/// Levels of lists and objects in each other: as many as `serde_json` allows.
const DEEPEST: u8 = 127;
/// Stands for half a character.
const NO_CHARACTER: char = '\u{fffd}';

/// Reads a text; `None` when it is no JSON.
#[must_use]
pub fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(DEEPEST)?;
    (reader.next_token() == 0).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    /// How many bytes were read.
    at: usize,
}

impl Reader<'_> {
    /// The byte that is to be read; 0, which no JSON holds, at the end.
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// The same behind blanks.
    fn next_token(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        // A 0 in the text is not its end.
        if self.byte() == 0 && self.at < self.text.len() { 1 } else { self.byte() }
    }

    /// Reads over a byte if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let is_it = self.next_token() == byte;
        self.at += usize::from(is_it);
        is_it
    }

    fn value(&mut self, levels: u8) -> Option<Value> {
        match self.next_token() {
            b'{' => self.object(levels.checked_sub(1)?),
            b'[' => self.list(levels.checked_sub(1)?),
            b'"' => self.string().map(Value::String),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => None,
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        let is_it = self.text.get(self.at..)?.starts_with(word);
        self.at += word.len();
        is_it.then_some(value)
    }

    fn list(&mut self, levels: u8) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        if !self.take(b']') {
            loop {
                items.push(self.value(levels)?);
                if self.take(b']') {
                    break;
                }
                self.take(b',').then_some(())?;
            }
        }
        Some(Value::Array(items))
    }

    fn object(&mut self, levels: u8) -> Option<Value> {
        self.at += 1;
        let mut fields = Map::new();
        if !self.take(b'}') {
            loop {
                (self.next_token() == b'"').then_some(())?;
                let name = self.string()?;
                self.take(b':').then_some(())?;
                let value = self.value(levels)?;
                fields.insert(name, value);
                if self.take(b'}') {
                    break;
                }
                self.take(b',').then_some(())?;
            }
        }
        Some(Value::Object(fields))
    }

    /// A string, whose quote is the next byte.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let from = self.at;
            while !matches!(self.byte(), b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            out.push_str(self.text.get(from..self.at)?);
            match self.byte() {
                b'"' => {
                    self.at += 1;
                    return Some(out);
                }
                b'\\' => out.push(self.escaped()?),
                _ => return None,
            }
        }
    }

    /// The character that an escape stands for.
    fn escaped(&mut self) -> Option<char> {
        self.at += 2;
        Some(match self.text.as_bytes().get(self.at - 1)? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit(self.at)?;
                self.at += 4;
                let is_high = (0xd800..0xdc00).contains(&first);
                let second =
                    if is_high && self.text.get(self.at..)?.starts_with("\\u") { self.unit(self.at + 2) } else { None };
                match second.filter(|second| (0xdc00..0xe000).contains(second)) {
                    Some(second) => {
                        self.at += 6;
                        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))?
                    }
                    None => char::from_u32(first).unwrap_or(NO_CHARACTER),
                }
            }
            byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        // `from_str_radix` takes a sign too.
        if digits.starts_with('+') { None } else { u32::from_str_radix(digits, 16).ok() }
    }

    fn number(&mut self) -> Option<Value> {
        let from = self.at;
        self.at += usize::from(self.byte() == b'-');
        // Nothing follows a zero at the beginning.
        let is_zero = self.byte() == b'0';
        let digits = self.digits()?;
        if is_zero && digits > 1 {
            return None;
        }
        let whole = self.text.get(from..self.at)?;
        let mut is_whole = true;
        if self.byte() == b'.' {
            self.at += 1;
            self.digits()?;
            is_whole = false;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), b'+' | b'-'));
            self.digits()?;
            is_whole = false;
        }
        Some(match (whole.parse::<i64>(), whole.parse::<u64>()) {
            (Ok(number), _) if is_whole => number.into(),
            (_, Ok(number)) if is_whole => number.into(),
            _ => Value::Null,
        })
    }

    /// How many digits there are, at least one.
    fn digits(&mut self) -> Option<usize> {
        let from = self.at;
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > from).then(|| self.at - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `serde_json` reads it, with null for fractions.
    fn expected(text: &str) -> Option<Value> {
        fn whole(value: Value) -> Value {
            match value {
                Value::Number(number) if number.is_f64() => Value::Null,
                Value::Array(items) => items.into_iter().map(whole).collect(),
                Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, whole(value))).collect(),
                other => other,
            }
        }
        serde_json::from_str(text).ok().map(whole)
    }

    #[test]
    fn it_reads_what_serde_json_reads() {
        for text in [
            "null",
            " true ",
            "false",
            "0",
            "7",
            "12345678901234",
            "-9223372036854775808",
            "18446744073709551615",
            "1.5",
            "1e3",
            "-1.5E-7",
            "36893488147419103232",
            "\"\"",
            "\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"",
            "\"\\u00e9\\u4e2d\\ud83d\\ude00é😀\"",
            "[]",
            "{}",
            "[1,[2,[]],{\"a\":{}}]",
            "{\"a\":1,\"b\":[null],\"a\":2}",
            "\n{ \"x\" : [ 1 , 2 ] }\r\n",
            "[\"\u{2028}\u{7f}\"]",
            // None of it.
            "",
            " ",
            "nul",
            "nulll",
            "tru",
            "+1",
            "-",
            "01",
            "-01",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x1",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"a\nb\"",
            "\"\u{1}\"",
            "[",
            "]",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "1 2",
            "[]]",
            "\u{feff}1",
            "'a'",
            "NaN",
            "Infinity",
            "[1]\u{0}",
            "\u{0}",
            "\"\\ud83d\u{e9}",
            "\"\\",
        ] {
            assert_eq!(read(text), expected(text), "{text:?}");
        }
    }

    #[test]
    fn half_a_character_is_one_that_says_so() {
        for (text, read_as) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
        ] {
            assert_eq!(read(text), Some(Value::from(read_as)), "{text}");
        }
        assert_eq!(read(r#""\ud83d\u12""#), None);
    }

    #[test]
    fn nesting_is_bounded() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for levels in [1, 100, 126, 127, 128, 129, 100_000] {
                let text = [open.repeat(levels), "1".to_owned(), close.repeat(levels)].concat();
                assert_eq!(read(&text).is_some(), expected(&text).is_some(), "{open} {levels}");
            }
        }
    }

    /// Texts that begin as JSON and are broken in every place.
    #[test]
    fn broken_texts_are_read_as_serde_json_reads_them() {
        let whole = "{\"a\\u00e9\": [1, -2.5e3, true, null, \"x\\\\y\\ud83d\\ude00é\"], \"b\": {\"c\": []}}";
        for at in (0..=whole.len()).filter(|at| whole.is_char_boundary(*at)) {
            let (before, after) = whole.split_at(at);
            for put in ["", "\"", "\\", ",", "]", "}", "0", "é", "\u{0}", "u", " "] {
                let text = [before, put, after].concat();
                let lone = serde_json::from_str::<Value>(&text).is_err_and(|error| error.to_string().contains("hex escape"));
                if !lone {
                    assert_eq!(read(&text), expected(&text), "{text}");
                }
                assert_eq!(read(before).is_some(), at == whole.len(), "{before}");
            }
        }
    }
}
