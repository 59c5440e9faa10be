//! Just enough HTML: walking over tags, and text out of markup.
//!
//! What must hold: any input is walked to its end without a panic, and what is not changed is passed on byte for byte.
//! This is no sanitiser: the page builds what it shows from an allow-list (`web/sanitize.js`).

use std::fmt::Write as _;

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// A start tag, with what it was made of.
    Open(Tag<'a>),
    Close(&'a str),
    /// A comment, a doctype, a lone `<`: passed on as it is.
    Other(&'a str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) raw: &'a str,
    /// Lower case.
    pub(crate) name: String,
    /// Lower-case names; values decoded.
    pub(crate) attributes: Vec<(String, String)>,
}

impl Tag<'_> {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn write(&self) -> String {
        let mut out = format!("<{}", self.name);
        for (name, value) in &self.attributes {
            // Writing to a String cannot fail.
            let _ = write!(out, " {name}=\"{}\"", escape(value));
        }
        out.push('>');
        out
    }
}

/// The pieces of a document in order.
pub(crate) fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let Some(at) = rest.find('<') else {
            out.push(Piece::Text(rest));
            break;
        };
        if at > 0 {
            out.push(Piece::Text(&rest[..at]));
            rest = &rest[at..];
        }
        let (piece, length) = markup(rest);
        out.push(piece);
        rest = &rest[length..];
    }
    out
}

/// Reads the markup at the start of `rest`, which begins with `<`.
fn markup(rest: &str) -> (Piece<'_>, usize) {
    if rest.starts_with("<!--") {
        let end = rest.find("-->").map_or(rest.len(), |at| at + 3);
        return (Piece::Other(&rest[..end]), end);
    }
    let Some(end) = tag_end(rest) else {
        return (Piece::Text(rest), rest.len());
    };
    let raw = &rest[..end];
    let piece = match rest.as_bytes().get(1) {
        Some(b'/') => Piece::Close(raw),
        Some(letter) if letter.is_ascii_alphabetic() => Piece::Open(tag(raw)),
        Some(b'!' | b'?') => Piece::Other(raw),
        _ => return (Piece::Text(&rest[..1]), 1),
    };
    (piece, end)
}

/// Where the tag ends: after the first `>` outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (i, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(i + 1),
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            after_equals = byte == b'=';
        }
    }
    None
}

fn tag(raw: &str) -> Tag<'_> {
    let inner = raw[1..raw.len() - 1].trim_end_matches('/');
    let name_end = inner.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inner.len());
    let mut attributes = Vec::new();
    let mut rest = &inner[name_end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        // The first character belongs to the name whatever it is: `<a =b>` has an attribute called `=b`.
        let ends = |c: char| c.is_ascii_whitespace() || c == '=' || c == '/';
        let key_end = rest.char_indices().skip(1).find(|&(_, c)| ends(c)).map_or(rest.len(), |(at, _)| at);
        let key = rest[..key_end].to_ascii_lowercase();
        rest = rest[key_end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let body = &after[1..];
                    let end = body.find(quote).unwrap_or(body.len());
                    (&body[..end], body.get(end + 1..).unwrap_or_default())
                }
                _ => after.split_at(after.find(|c: char| c.is_ascii_whitespace()).unwrap_or(after.len())),
            };
        }
        if !attributes.iter().any(|(name, _)| *name == key) {
            attributes.push((key, decode(value)));
        }
    }
    Tag { raw, name: inner[..name_end].to_ascii_lowercase(), attributes }
}

/// Text for use between tags or inside a double-quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Character references that occur in practice; others stay as they are.
pub(crate) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.find(';').filter(|&end| end <= 10).and_then(|end| {
            let name = &rest[1..end];
            let code = match name.strip_prefix('#') {
                Some(number) => match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => number.parse().ok(),
                },
                None => match name {
                    "amp" => Some(u32::from('&')),
                    "lt" => Some(u32::from('<')),
                    "gt" => Some(u32::from('>')),
                    "quot" => Some(u32::from('"')),
                    "apos" => Some(u32::from('\'')),
                    "nbsp" => Some(0xA0),
                    _ => None,
                },
            };
            Some((char::from_u32(code?)?, end + 1))
        });
        if let Some((c, length)) = reference {
            out.push(c);
            rest = &rest[length..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The text of a mail in one line, at most `limit` characters: what a list shows.
pub(crate) fn snippet(html: &str, limit: usize) -> String {
    let mut text = String::new();
    let mut skip = false;
    for piece in pieces(html) {
        match piece {
            Piece::Text(it) if !skip => text.push_str(&decode(it)),
            Piece::Open(tag) => {
                skip = matches!(tag.name.as_str(), "style" | "script" | "title");
                if !matches!(tag.name.as_str(), "a" | "b" | "i" | "u" | "span" | "font" | "em" | "strong") {
                    text.push(' ');
                }
            }
            Piece::Close(_) => skip = false,
            _ => {}
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_passes_everything_on() {
        for html in [
            "<p>a &lt; b</p>",
            "a < b <> <3 <!-- <img src=x> --> <IMG SRC='a\"b>c' alt=x/> <a href=\"?a=1&amp;b=2\">",
            "<unclosed",
            "<img ü=ä é src=http://x/ö>",
            "<a b=c\"d>",
        ] {
            let again: String = pieces(html)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(raw) | Piece::Close(raw) | Piece::Other(raw) => *raw,
                    Piece::Open(tag) => tag.raw,
                })
                .collect();
            assert_eq!(again, html);
            // Cut short anywhere, it is still walked to its end.
            for (at, _) in html.char_indices() {
                pieces(&html[..at]);
            }
        }
    }

    #[test]
    fn attributes_are_decoded_and_written_back() {
        let all = pieces("<IMG SRC='https://x.example/?a=1&amp;b=\"2\"' width=1 hidden>");
        let Piece::Open(tag) = &all[0] else { panic!("a tag") };
        assert_eq!(tag.name, "img");
        assert_eq!(tag.get("src"), Some("https://x.example/?a=1&b=\"2\""));
        assert_eq!((tag.get("width"), tag.get("hidden"), tag.get("alt")), (Some("1"), Some(""), None));
        assert_eq!(tag.write(), "<img src=\"https://x.example/?a=1&amp;b=&quot;2&quot;\" width=\"1\" hidden=\"\">");
    }

    #[test]
    fn a_snippet_is_text_in_one_line() {
        assert_eq!(snippet("<style>p{}</style><div>One<br>two&nbsp;&amp;</div><p>th<b>ree</b>", 80), "One two & three");
        assert_eq!(snippet("äöü", 2), "äö");
    }
}
