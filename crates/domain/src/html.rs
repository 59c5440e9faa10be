//! A reader of HTML source, as much of one as is needed where there is no DOM: it finds tags and their attributes and says
//! where they stand, so that everything else can be left as it is, byte for byte.
//!
//! It follows the tokenizer of the WHATWG HTML standard (section 13.2.5) for tags, attributes, comments and raw text
//! elements, and knows nothing of trees. It never fails: what is no tag is text.

use core::ops::Range;

/// A piece of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A start tag.
    Start(Tag<'a>),
    /// An end tag: its name as written.
    End(&'a str),
    /// Text, a comment, a doctype: whatever is no tag.
    Other(&'a str),
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// From `<` to behind `>`.
    pub(crate) span: Range<usize>,
    /// As written.
    pub(crate) name: &'a str,
    /// In order.
    pub(crate) attributes: Vec<Attribute<'a>>,
}

impl<'a> Tag<'a> {
    /// True when the tag has this name, in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The attribute with this name, in any case. Of several with one name the first counts, as in a browser.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name))
    }
}

/// An attribute of a start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// As written.
    pub(crate) name: &'a str,
    /// From the name to behind the value.
    pub(crate) span: Range<usize>,
    /// The value with its quotes; empty when there is none.
    pub(crate) value_span: Range<usize>,
    /// The value without quotes, as written: see [`unescape`].
    pub(crate) value: &'a str,
}

/// Cuts HTML into pieces; together they are the whole source.
pub(crate) fn pieces(html: &str) -> Pieces<'_> {
    Pieces { html, at: 0, raw_until: None }
}

/// See [`pieces`].
pub(crate) struct Pieces<'a> {
    html: &'a str,
    at: usize,
    /// The element whose text is not markup, until its end tag.
    raw_until: Option<&'a str>,
}

impl Pieces<'_> {
    /// Where the piece ends that was given last.
    pub(crate) const fn end(&self) -> usize {
        self.at
    }
}

/// Elements whose content is text up to their end tag.
const RAW_TEXT: &[&str] = &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let start = self.at;
        if start >= self.html.len() {
            return None;
        }
        if let Some(name) = self.raw_until.take() {
            let end = end_of_raw(self.html, start, name);
            if end > start {
                self.at = end;
                return Some(Piece::Other(&self.html[start..end]));
            }
        }
        let (piece, end) = markup_at(self.html, start).unwrap_or_else(|| {
            let end = (start + 1..self.html.len()).find(|&at| opens_markup(self.html, at)).unwrap_or(self.html.len());
            (Piece::Other(&self.html[start..end]), end)
        });
        self.at = end;
        if let Piece::Start(tag) = &piece {
            self.raw_until = RAW_TEXT.iter().any(|raw| tag.is(raw)).then_some(tag.name);
        }
        Some(piece)
    }
}

fn opens_markup(html: &str, at: usize) -> bool {
    let rest = &html.as_bytes()[at..];
    rest[0] == b'<' && rest.get(1).is_some_and(|&b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'))
}

/// The tag or comment that begins at `at`, and where it ends.
fn markup_at(html: &str, at: usize) -> Option<(Piece<'_>, usize)> {
    if !opens_markup(html, at) {
        return None;
    }
    let rest = &html[at + 1..];
    if let Some(comment) = rest.strip_prefix("!--") {
        let begin = at + "<!--".len();
        let length = if comment.starts_with('>') {
            1
        } else if comment.starts_with("->") {
            2
        } else {
            end_of_comment(comment)
        };
        return Some((Piece::Other(&html[at..begin + length]), begin + length));
    }
    let is_end = rest.starts_with('/');
    let name_at = at + 1 + usize::from(is_end);
    if !html.as_bytes().get(name_at).is_some_and(u8::is_ascii_alphabetic) {
        let end = html[name_at..].find('>').map_or(html.len(), |i| name_at + i + 1);
        return Some((Piece::Other(&html[at..end]), end));
    }
    let name_end = scan(html, name_at, |b| is_space(b) || matches!(b, b'/' | b'>'));
    let name = &html[name_at..name_end];
    // A tag that never ends swallows the rest, as in a browser (and is not looked into again and again).
    let Some((attributes, end)) = attributes(html, name_end) else { return Some((Piece::Other(&html[at..]), html.len())) };
    Some((if is_end { Piece::End(name) } else { Piece::Start(Tag { span: at..end, name, attributes }) }, end))
}

/// The length of a comment's text and closing mark.
fn end_of_comment(comment: &str) -> usize {
    comment
        .match_indices("--")
        .find_map(|(i, _)| match &comment[i + 2..] {
            rest if rest.starts_with('>') => Some(i + 3),
            rest if rest.starts_with("!>") => Some(i + 4),
            // An odd number of hyphens: matches do not overlap.
            rest if rest.starts_with("->") => Some(i + 4),
            rest if rest.starts_with("-!>") => Some(i + 5),
            _ => None,
        })
        .unwrap_or(comment.len())
}

/// Reads attributes up to and with the tag's `>`.
fn attributes(html: &str, from: usize) -> Option<(Vec<Attribute<'_>>, usize)> {
    let bytes = html.as_bytes();
    let mut found = Vec::new();
    let mut at = from;
    loop {
        at = scan(html, at, |b| !is_space(b) && b != b'/');
        if *bytes.get(at)? == b'>' {
            return Some((found, at + 1));
        }
        // A `=` in front belongs to the name.
        let name_end = scan(html, at + 1, |b| is_space(b) || matches!(b, b'/' | b'>' | b'='));
        let name = &html[at..name_end];
        let equals = scan(html, name_end, |b| !is_space(b));
        if *bytes.get(equals)? != b'=' {
            found.push(Attribute { name, span: at..name_end, value_span: name_end..name_end, value: "" });
            at = name_end;
            continue;
        }
        let begin = scan(html, equals + 1, |b| !is_space(b));
        let (value, end) = match *bytes.get(begin)? {
            quote @ (b'"' | b'\'') => {
                let end = scan(html, begin + 1, |b| b == quote);
                bytes.get(end)?;
                (&html[begin + 1..end], end + 1)
            }
            b'>' => ("", begin),
            _ => {
                let end = scan(html, begin, |b| is_space(b) || b == b'>');
                (&html[begin..end], end)
            }
        };
        found.push(Attribute { name, span: at..end, value_span: begin..end, value });
        at = end;
    }
}

/// The first place from `at` on whose byte is wanted, or the end. It is a character boundary: either only ASCII is wanted, or
/// nothing but ASCII was passed over.
fn scan(html: &str, at: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let bytes = html.as_bytes();
    (at..bytes.len()).find(|&i| wanted(bytes[i])).unwrap_or(bytes.len())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

fn end_of_raw(html: &str, from: usize, name: &str) -> usize {
    let bytes = html.as_bytes();
    (from..bytes.len())
        .find(|&at| {
            bytes[at..].starts_with(b"</")
                && bytes.get(at + 2..at + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
                && bytes.get(at + 2 + name.len()).is_none_or(|&b| is_space(b) || matches!(b, b'/' | b'>'))
        })
        .unwrap_or(bytes.len())
}

/// An attribute's value without character references: numeric ones and those that serialisers write.
pub fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, length) = reference(rest).unwrap_or(('&', 1));
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn reference(text: &str) -> Option<(char, usize)> {
    const NAMED: &[(&str, char)] =
        &[("&amp;", '&'), ("&quot;", '"'), ("&apos;", '\''), ("&lt;", '<'), ("&gt;", '>'), ("&nbsp;", '\u{a0}')];
    if let Some(&(name, c)) = NAMED.iter().find(|(name, _)| text.starts_with(name)) {
        return Some((c, name.len()));
    }
    let body = text.strip_prefix("&#")?;
    let end = body.find(';').filter(|&end| end <= 8)?;
    let number = match body[..end].strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => body[..end].parse(),
    };
    // A sign would be read by `parse`, but is none in HTML.
    let plain = body[..end].bytes().all(|b| b.is_ascii_alphanumeric());
    let c = number.ok().filter(|&n| plain && n != 0).and_then(char::from_u32)?;
    Some((c, end + 3))
}

/// A text as the content of an element.
pub fn escape_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}

/// A text as an attribute's value in double quotes, as a browser would write it.
pub fn escape_attribute(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests;
