//! Line ends: mails leave with CRLF, and some drafts come with less.

/// True when some line ends in less than CRLF, so that SMTP would not take it.
pub(super) fn has_bare_ends(source: &[u8]) -> bool {
    bare_ends(source).next().is_some()
}

/// Line feeds without a carriage return before, and carriage returns without a line feed behind, become CRLF. In the header, which
/// must not get lines that nobody wrote, such a carriage return becomes a blank.
pub(super) fn with_crlf(source: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.len() + source.len() / 32);
    let (mut kept, mut in_header) = (0, true);
    for at in bare_ends(source) {
        let passed = &source[kept..at];
        in_header &= !passed.windows(4).any(|four| four == b"\r\n\r\n") && !out.ends_with(b"\r\n\r\n");
        out.extend_from_slice(passed);
        let by: &[u8] = if in_header && source[at] == b'\r' { b" " } else { b"\r\n" };
        out.extend_from_slice(by);
        kept = at + 1;
    }
    out.extend_from_slice(&source[kept..]);
    out
}

fn bare_ends(source: &[u8]) -> impl Iterator<Item = usize> {
    source.iter().enumerate().filter_map(|(at, &byte)| {
        let bare = match byte {
            b'\n' => at == 0 || source[at - 1] != b'\r',
            b'\r' => source.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        bare.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_lines() {
        for (source, expected) in [
            ("a\r\nb\r\n", "a\r\nb\r\n"),
            ("a\nb\n", "a\r\nb\r\n"),
            ("\n", "\r\n"),
            ("A: a\rBcc: b", "A: a Bcc: b"),
            ("A: a\n\nc\rd", "A: a\r\n\r\nc\r\nd"),
            ("A: a\r\n\r\nb\r\r\nb", "A: a\r\n\r\nb\r\n\r\nb"),
            ("a\n\r\n", "a\r\n\r\n"),
            ("", ""),
        ] {
            assert_eq!(with_crlf(source.as_bytes()), expected.as_bytes(), "{source:?}");
            assert_eq!(has_bare_ends(source.as_bytes()), source != expected, "{source:?}");
        }
    }
}
