//! How text gets into a mail: encoded words, quoted-printable, base64 in lines, and plain text out of HTML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::html::{Piece, decode, pieces};
use crate::model::Person;

/// A field's text: as it is, or in encoded words (RFC 2047) of at most 75 characters, folded.
pub(crate) fn words(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !text.contains("=?") {
        return text.to_owned();
    }
    // 45 bytes are 60 characters of base64, with "=?UTF-8?B?" and "?=" 72.
    let mut out: Vec<String> = Vec::new();
    let mut part = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if part.len() + c.len_utf8() > 45 {
            out.push(std::mem::take(&mut part));
        }
        part.push(c);
    }
    out.push(part);
    let out: Vec<String> = out.iter().map(|part| format!("=?UTF-8?B?{}?=", STANDARD.encode(part))).collect();
    out.join("\r\n ")
}

/// People as an address field holds them, one a line.
pub(crate) fn people(people: &[Person]) -> String {
    let list: Vec<String> = people.iter().map(person).collect();
    list.join(",\r\n ")
}

/// A name and an address, the name quoted where it has to be.
pub(crate) fn person(it: &Person) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " !#$%&'*+-/=?^_`{|}~".contains(c);
    let address = one_line(&it.address);
    if it.name.is_empty() {
        address
    } else if it.name.chars().all(plain) {
        format!("{} <{address}>", it.name)
    } else if it.name.is_ascii() && !it.name.contains(|c: char| c.is_control()) {
        format!("\"{}\" <{}>", it.name.replace('\\', "\\\\").replace('"', "\\\""), address)
    } else {
        format!("{} <{}>", words(&it.name), address)
    }
}

/// What cannot end the field that it stands in.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Quoted-printable (RFC 2045) in lines of at most 76 characters; line ends become CRLF.
pub(crate) fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (i, line) in lines(text).enumerate() {
        if i > 0 {
            out.push_str("\r\n");
        }
        let mut width = 0;
        for (at, byte) in line.bytes().enumerate() {
            let last = at + 1 == line.len();
            let bare = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
            let length = if bare { 1 } else { 3 };
            // A soft break needs a place of its own unless the line ends here.
            if width + length > if last { 76 } else { 75 } {
                out.push_str("=\r\n");
                width = 0;
            }
            if bare {
                out.push(char::from(byte));
            } else {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('=');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
            width += length;
        }
    }
    out
}

/// Base64 in lines of 76 characters.
pub(crate) fn base64_lines(bytes: &[u8]) -> String {
    let whole = STANDARD.encode(bytes);
    let mut out = String::with_capacity(whole.len() + whole.len() / 38);
    let mut rest = whole.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(76));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
    out
}

/// The lines of a text, whatever ends them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// What the text part beside an HTML part says.
pub(crate) fn from_html(html: &str) -> String {
    let mut out = String::new();
    let mut skip = false;
    let mut link: Option<(String, usize)> = None;
    let new_line = |out: &mut String| {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
    };
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) if !skip => {
                let text = decode(text);
                let words: Vec<&str> = text.split_whitespace().collect();
                if words.is_empty() && !text.is_empty() || text.starts_with(char::is_whitespace) {
                    space(&mut out);
                }
                out.push_str(&words.join(" "));
                if !words.is_empty() && text.ends_with(char::is_whitespace) {
                    space(&mut out);
                }
            }
            Piece::Open(tag) => match tag.name.as_str() {
                "style" | "script" | "title" => skip = true,
                "br" => out.push('\n'),
                "p" | "div" | "blockquote" | "li" | "tr" | "table" | "h1" | "h2" | "h3" | "ul" | "ol" => new_line(&mut out),
                "a" => link = tag.get("href").map(|href| (href.to_owned(), out.len())),
                _ => {}
            },
            Piece::Close(raw) => {
                skip = false;
                match raw.trim_matches(['<', '/', '>', ' ']).to_ascii_lowercase().as_str() {
                    "a" => {
                        if let Some((href, from)) = link.take()
                            && out.get(from..).is_some_and(|shown| !shown.trim().is_empty() && shown.trim() != href)
                        {
                            out.extend([" <", href.as_str(), ">"]);
                        }
                    }
                    "p" | "div" | "blockquote" | "li" | "tr" | "table" | "h1" | "h2" | "h3" | "ul" | "ol" => new_line(&mut out),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let text: Vec<&str> = out.lines().map(str::trim_end).collect();
    text.join("\n").trim().to_owned()
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with([' ', '\n']) {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_plain_or_become_encoded_words() {
        assert_eq!(words("Hello, world"), "Hello, world");
        assert_eq!(words("Grüße"), "=?UTF-8?B?R3LDvMOfZQ==?=");
        let long = "ü".repeat(60);
        for line in words(&long).split("\r\n ") {
            assert!(line.len() <= 75, "{line}");
        }
        let shown = |name: &str| person(&Person::new("a@b.example", name));
        assert_eq!(shown(""), "a@b.example");
        assert_eq!(shown("Ana Ruiz"), "Ana Ruiz <a@b.example>");
        assert_eq!(shown("Ruiz, \"Ana\""), "\"Ruiz, \\\"Ana\\\"\" <a@b.example>");
        assert!(shown("Tomás").starts_with("=?UTF-8?B?"));
    }

    #[test]
    fn quoted_printable_keeps_its_lines_short() {
        assert_eq!(quoted_printable("a = b \n\u{e9}"), "a =3D b=20\r\n=C3=A9");
        let long = format!("{}\n{}", "x".repeat(76), "x".repeat(77));
        for line in quoted_printable(&long).split("\r\n") {
            assert!(line.len() <= 76);
        }
        assert!(quoted_printable(&long).starts_with(&format!("{}\r\n", "x".repeat(76))));
    }

    #[test]
    fn text_is_what_the_html_shows() {
        let html = "<div dir=\"ltr\">Dear <b>Ana</b>,<br><br>see <a href=\"https://a.example/\">here</a>\n and\n <a href='https://b.example'>https://b.example</a>.<div>Bye&nbsp;&amp; on</div></div>";
        assert_eq!(from_html(html), "Dear Ana,\n\nsee here <https://a.example/> and https://b.example.\nBye & on");
    }
}
