//! Transfer encodings of a part's body (RFC 2045), read for certain or not at all.
//!
//! What must hold: what [`decode`] gives is what every reader sees. Where readers may differ (half an escape, letters that are
//! no base64) it gives nothing. [`encode`] gives lines of at most 76 characters where the encoding has lines, and
//! `decode(encode(x)) == x`.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bytes of a line, without its end, that every server takes (RFC 5322, 2.1.1).
const MAX_LINE: usize = 998;
/// Characters of a line of base64 or quoted-printable.
const LINE: usize = 76;

/// Padding is often left away; bits that say nothing are not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How the body of a part is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// As it is, ASCII.
    Seven,
    /// As it is.
    Eight,
    /// As it is, without lines.
    Binary,
    /// Quoted-printable.
    Quoted,
    /// Base64.
    Base64,
}

impl Transfer {
    /// What stands in `Content-Transfer-Encoding`; `None` for what is not known.
    pub(super) fn read(value: Option<&str>) -> Option<Self> {
        // A comment may follow.
        let name = value.unwrap_or("7bit").split(['(', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "7bit" | "" => Some(Self::Seven),
            "8bit" => Some(Self::Eight),
            "binary" => Some(Self::Binary),
            "quoted-printable" => Some(Self::Quoted),
            "base64" => Some(Self::Base64),
            _ => None,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Seven => "7bit",
            Self::Eight => "8bit",
            Self::Binary => "binary",
            Self::Quoted => "quoted-printable",
            Self::Base64 => "base64",
        }
    }
}

/// The bytes that a body stands for.
pub(super) fn decode(body: &[u8], transfer: Transfer) -> Option<Vec<u8>> {
    match transfer {
        Transfer::Seven | Transfer::Eight | Transfer::Binary => Some(body.to_vec()),
        Transfer::Quoted => decode_quoted(body),
        Transfer::Base64 => {
            let letters: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            BASE64.decode(letters).ok()
        }
    }
}

/// Writes bytes in this encoding, or, where it cannot hold them, in quoted-printable. Says which it was.
pub(super) fn encode(bytes: &[u8], transfer: Transfer) -> (Vec<u8>, Transfer) {
    match transfer {
        Transfer::Base64 => (encode_base64(bytes), Transfer::Base64),
        Transfer::Seven if bytes.is_ascii() && has_plain_lines(bytes) => (bytes.to_vec(), transfer),
        Transfer::Eight if has_plain_lines(bytes) => (bytes.to_vec(), transfer),
        _ => (encode_quoted(bytes), Transfer::Quoted),
    }
}

/// Lines that end in CRLF, are short enough, and hold no NUL.
fn has_plain_lines(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        let Some(line) = (if is_last { Some(line) } else { line.strip_suffix(b"\r") }) else { return false };
        if line.len() > MAX_LINE || line.contains(&b'\r') || line.contains(&0) {
            return false;
        }
    }
    true
}

fn decode_quoted(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut lines = body.split(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        let (line, end) = match line.strip_suffix(b"\r") {
            _ if is_last => (line, &b""[..]),
            Some(line) => (line, &b"\r\n"[..]),
            None => (line, &b"\n"[..]),
        };
        // Blanks at the end of a line came on the way.
        let line = line.trim_ascii_end();
        let (line, end) = line.strip_suffix(b"=").map_or((line, end), |line| (line, &b""[..]));
        let mut rest = line;
        while let Some(at) = rest.iter().position(|&byte| byte == b'=') {
            out.extend_from_slice(&rest[..at]);
            let digit = |at: usize| char::from(*rest.get(at)?).to_digit(16);
            let byte = digit(at + 1)? * 16 + digit(at + 2)?;
            out.push(u8::try_from(byte).ok()?);
            rest = &rest[at + 3..];
        }
        out.extend_from_slice(rest);
        out.extend_from_slice(end);
    }
    Some(out)
}

/// Lines of text end where they ended. A line break that is no CRLF is written as what it is.
fn encode_quoted(bytes: &[u8]) -> Vec<u8> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    let mut on_line = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if bytes[at..].starts_with(b"\r\n") {
            out.extend_from_slice(b"\r\n");
            (on_line, at) = (0, at + 2);
            continue;
        }
        let next = bytes.get(at + 1);
        let ends_line = next.is_none() || bytes[at + 1..].starts_with(b"\r\n");
        let plain = match byte {
            b' ' | b'\t' => !ends_line,
            // A dot alone on a line ends a mail in SMTP, and `From ` begins one in some mailboxes: not every client takes care.
            b'.' | b'F' => on_line > 0,
            _ => byte.is_ascii_graphic() && byte != b'=',
        };
        let width = if plain { 1 } else { 3 };
        // One character is kept for the `=` of a soft line break.
        if on_line + width > LINE - usize::from(!ends_line) {
            out.extend_from_slice(b"=\r\n");
            on_line = 0;
            // What may stand at the beginning of a line is another question than before.
            continue;
        }
        if plain {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        on_line += width;
        at += 1;
    }
    out
}

/// Base64 in lines, without a line break at the end.
pub(super) fn encode_base64(bytes: &[u8]) -> Vec<u8> {
    let text = BASE64.encode(bytes);
    let mut out = Vec::with_capacity(text.len() + text.len() / LINE * 2);
    for (number, line) in text.as_bytes().chunks(LINE).enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (value, expected) in [
            (None, Some(Transfer::Seven)),
            (Some("8BIT"), Some(Transfer::Eight)),
            (Some(" Quoted-Printable (by hand)"), Some(Transfer::Quoted)),
            (Some("base64"), Some(Transfer::Base64)),
            (Some("binary"), Some(Transfer::Binary)),
            (Some("x-uuencode"), None),
        ] {
            assert_eq!(Transfer::read(value), expected, "{value:?}");
        }
    }

    #[test]
    fn what_is_read() {
        for (body, transfer, expected) in [
            ("a=3Db", Transfer::Quoted, Some("a=b")),
            ("a=3db \t\r\nc=\r\nd= \r\ne", Transfer::Quoted, Some("a=b\r\ncde")),
            ("a\nb=\nc", Transfer::Quoted, Some("a\nbc")),
            ("a=", Transfer::Quoted, Some("a")),
            ("a=4", Transfer::Quoted, None),
            ("a=zz", Transfer::Quoted, None),
            ("=C3=A4 ü", Transfer::Quoted, Some("ä ü")),
            ("aGFs\r\nbG8=\r\n", Transfer::Base64, Some("hallo")),
            ("aGFsbG8", Transfer::Base64, Some("hallo")),
            ("aGF*bG8=", Transfer::Base64, None),
            ("aGFsbG9=", Transfer::Base64, None),
            ("aGFsbG8=aGFsbG8=", Transfer::Base64, None),
            ("", Transfer::Base64, Some("")),
            ("a=3D\r\n", Transfer::Seven, Some("a=3D\r\n")),
        ] {
            assert_eq!(decode(body.as_bytes(), transfer).as_deref(), expected.map(str::as_bytes), "{body:?}");
        }
    }

    #[test]
    fn what_is_written() {
        let long = "x".repeat(999);
        for (text, transfer, expected) in [
            ("plain\r\n", Transfer::Seven, Transfer::Seven),
            ("ä", Transfer::Seven, Transfer::Quoted),
            ("ä", Transfer::Eight, Transfer::Eight),
            (long.as_str(), Transfer::Seven, Transfer::Quoted),
            (&long[1..], Transfer::Eight, Transfer::Eight),
            ("a\nb", Transfer::Eight, Transfer::Quoted),
            ("a\rb", Transfer::Seven, Transfer::Quoted),
            ("a\0b", Transfer::Seven, Transfer::Quoted),
            ("ä", Transfer::Binary, Transfer::Quoted),
            ("ä", Transfer::Base64, Transfer::Base64),
        ] {
            let (written, how) = encode(text.as_bytes(), transfer);
            assert_eq!(how, expected, "{text:?}");
            assert_eq!(decode(&written, how).as_deref(), Some(text.as_bytes()), "{text:?}");
        }
        assert_eq!(encode_quoted(b"a=b \r\n.\r\nFrom x\tc "), b"a=3Db=20\r\n=2E\r\n=46rom x\tc=20");
    }

    #[test]
    fn there_and_back_whatever_it_is() {
        let mut state = 7_u32;
        let mut dice = || {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            usize::try_from(state >> 16).unwrap()
        };
        for _ in 0..3_000 {
            let letters = b"ab.F= \t\r\n\r\n<\xc3\xa4\0";
            let length = dice() % 300;
            let bytes: Vec<u8> = (0..length).map(|_| letters[dice() % letters.len()]).collect();
            for transfer in [Transfer::Seven, Transfer::Eight, Transfer::Quoted, Transfer::Base64] {
                let (written, how) = encode(&bytes, transfer);
                assert_eq!(decode(&written, how).as_ref(), Some(&bytes), "{how:?}");
                if matches!(how, Transfer::Quoted | Transfer::Base64) {
                    let lines: Vec<_> = written.split(|&byte| byte == b'\n').collect();
                    assert!(lines.iter().all(|line| line.len() <= LINE + 1), "{how:?}");
                    assert!(written.is_ascii() && lines.iter().rev().skip(1).all(|line| line.ends_with(b"\r")));
                }
            }
        }
    }
}
