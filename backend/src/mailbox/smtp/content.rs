//! A mail as it goes over SMTP: without `Bcc`, every line ended by CRLF, dots doubled.
//!
//! What must hold: nothing in the mail can be taken for its end, or for a command behind it. Bare CR and bare LF, which servers
//! read differently, are made line ends first; only then are dots at the beginnings of lines doubled.

use std::borrow::Cow;

/// What a mail asks of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needs {
    /// Bytes above 127 in the header: `SMTPUTF8`.
    pub utf8_header: bool,
    /// Bytes above 127 anywhere: `8BITMIME`.
    pub eight_bit: bool,
}

/// The bytes between `DATA` and the final dot: what comes after them is `.CRLF`.
pub(super) fn content(raw: &[u8]) -> (Vec<u8>, Needs) {
    let lines = with_crlf(raw);
    let (mut out, mut needs) = (Vec::with_capacity(lines.len() + 64), Needs { utf8_header: false, eight_bit: false });
    let (mut in_header, mut in_bcc) = (true, false);
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if in_header {
            let folded = matches!(line.first(), Some(b' ' | b'\t'));
            in_header = line != b"\r\n";
            in_bcc = in_header && if folded { in_bcc } else { is_bcc(line) };
            if in_bcc {
                continue;
            }
            needs.utf8_header |= !line.is_ascii();
        }
        needs.eight_bit |= !line.is_ascii();
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    (out, needs)
}

/// With CRLF at the end of every line, also the last one. What has that already is not copied.
pub fn with_crlf(raw: &[u8]) -> Cow<'_, [u8]> {
    let before = |at: usize| at.checked_sub(1).and_then(|at| raw.get(at));
    let stray = raw.iter().enumerate().any(|(at, byte)| match byte {
        b'\n' => before(at) != Some(&b'\r'),
        b'\r' => raw.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    if raw.ends_with(b"\r\n") && !stray {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len() + 2);
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                out.extend_from_slice(b"\r\n");
            }
            b'\n' => out.extend_from_slice(b"\r\n"),
            other => out.push(other),
        }
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    Cow::Owned(out)
}

fn is_bcc(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return false };
    let name = line[..colon].trim_ascii_end();
    name.eq_ignore_ascii_case(b"bcc") || name.eq_ignore_ascii_case(b"resent-bcc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(raw: &str) -> String {
        String::from_utf8(content(raw.as_bytes()).0).unwrap()
    }

    #[test]
    fn bcc_goes_with_all_of_its_lines() {
        for bcc in
            ["Bcc: c@x\r\n", "BCC: c@x,\r\n d@x,\r\n\te@x\r\n", "bcc : c@x\r\n", "Bcc:\r\n c@x\r\n", "Resent-Bcc: c@x\r\n"]
        {
            assert_eq!(
                sent(&format!("To: b@x\r\n{bcc}Subject: s\r\n\r\nBcc: stays\r\n")),
                "To: b@x\r\nSubject: s\r\n\r\nBcc: stays\r\n"
            );
            assert_eq!(sent(&format!("{bcc}\r\nx")), "\r\nx\r\n");
        }
        // What only looks like it stays, and a line end that is none hides nothing.
        assert_eq!(sent("X-Bcc: a\r\nBccs: b\r\n\r\n"), "X-Bcc: a\r\nBccs: b\r\n\r\n");
        assert_eq!(sent("To: b@x\rBcc: c@x\nSubject: s\n\nx"), "To: b@x\r\nSubject: s\r\n\r\nx\r\n");
    }

    #[test]
    fn nothing_in_a_mail_ends_it() {
        for hostile in
            ["a\r\n.\r\nQUIT\r\n", "a\n.\nQUIT\n", "a\r.\rQUIT\r", "a\n.\r\nQUIT\r\n", "a\r\n.\rQUIT", "a\r\n.\nQUIT"]
        {
            let sent = sent(&format!("S: s\r\n\r\n{hostile}"));
            assert_eq!(sent, "S: s\r\n\r\na\r\n..\r\nQUIT\r\n", "{hostile:?}");
        }
        assert_eq!(sent("\r\n.a\r\n..b\r\nc."), "\r\n..a\r\n...b\r\nc.\r\n");
        assert_eq!(sent(""), "\r\n");
    }

    #[test]
    fn what_it_needs_is_seen() {
        let needs = |raw: &str| content(raw.as_bytes()).1;
        assert_eq!(needs("S: s\r\n\r\nx"), Needs { utf8_header: false, eight_bit: false });
        assert_eq!(needs("S: s\r\n\r\nü"), Needs { utf8_header: false, eight_bit: true });
        assert_eq!(needs("S: ü\r\n\r\nx"), Needs { utf8_header: true, eight_bit: true });
        // What is taken out needs nothing.
        assert_eq!(needs("Bcc: ü@x\r\n\r\nx"), Needs { utf8_header: false, eight_bit: false });
    }
}
