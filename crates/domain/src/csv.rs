//! Comma-separated values for a spreadsheet (RFC 4180), that a spreadsheet takes for data and for nothing else.
//!
//! What must hold:
//! - UTF-8 with a byte order mark, lines end with CR LF, every text is quoted, numbers are plain digits.
//! - No text becomes a formula, whatever a program takes for a separator: before each `=`, `+`, `-` or `@` that a cell could
//!   begin with (also their full-width forms, also after spaces, quotes or invisible characters, and after a comma, a
//!   semicolon, a tab or a bar inside of the text) stands an apostrophe, by which spreadsheets know text.
//! - No text breaks its line: breaks and tabs become spaces, other control characters are left out.

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words, perhaps of others.
    Text(String),
    /// A count.
    Number(u32),
    /// Nothing: not known, which is something else than 0.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<Option<u32>> for Cell {
    fn from(number: Option<u32>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }
}

/// Tables as one file, an empty line between two of them.
pub fn csv(tables: &[Vec<Vec<Cell>>]) -> String {
    let mut out = String::from('\u{feff}');
    for (i, table) in tables.iter().enumerate() {
        if i > 0 {
            out.push_str("\r\n");
        }
        for row in table {
            for (j, cell) in row.iter().enumerate() {
                if j > 0 {
                    out.push(',');
                }
                match cell {
                    Cell::Text(text) => {
                        out.push('"');
                        out.push_str(&harmless(text).replace('"', "\"\""));
                        out.push('"');
                    }
                    Cell::Number(number) => out.push_str(&number.to_string()),
                    Cell::Empty => {}
                }
            }
            out.push_str("\r\n");
        }
    }
    out
}

/// The text without what could make it a formula or break its line, for a cell in quotes.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // Where a cell could begin, while nothing but what programs skip stands behind it.
    let mut begins = Some(0);
    for c in text.chars() {
        let c = match c {
            '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                // Some programs would begin a cell or a line here.
                begins = begins.or(Some(out.len()));
                ' '
            }
            c if c.is_control() => continue,
            c => c,
        };
        if let Some(at) = begins {
            if begins_formula(c) {
                out.insert(at, '\'');
                begins = None;
            } else if !is_skipped(c) {
                begins = None;
            }
        }
        out.push(c);
        if begins.is_none() && separates(c) {
            begins = Some(out.len());
        }
    }
    out
}

/// What begins a formula in some spreadsheet.
fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫' | '−' | '⁼' | '⁺' | '⁻')
}

/// What may stand before it and is overlooked: spaces, quotes, and what nobody sees.
fn is_skipped(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '"' | '\'' | '`' | '´' | '‘' | '’' | '“' | '”' | '„' | '«' | '»' | '＂' | '＇')
        || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What some program takes for the end of a cell, also within quotes.
fn separates(c: char) -> bool {
    matches!(c, ',' | ';' | '|' | '"' | '，' | '；')
}

#[cfg(test)]
mod tests;
