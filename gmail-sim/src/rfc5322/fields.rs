//! The header of a mail as bytes: its fields, one replaced, one taken out.

/// A field where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    /// As it stands, with its folds, without the last line end.
    pub(crate) value: &'a [u8],
    start: usize,
    end: usize,
}

impl Field<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value in one line.
    pub(crate) fn unfolded(&self) -> String {
        let text = String::from_utf8_lossy(self.value);
        text.split(['\r', '\n']).collect::<String>().trim().to_owned()
    }
}

/// The fields before the first empty line. Lines that are no field are passed over.
pub(crate) fn fields(raw: &[u8]) -> Vec<Field<'_>> {
    let mut out: Vec<Field<'_>> = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let end = raw[at..].iter().position(|&byte| byte == b'\n').map_or(raw.len(), |line| at + line + 1);
        let line = &raw[at..end];
        if line == b"\n" || line == b"\r\n" {
            break;
        }
        let folded = line.first().is_some_and(|&byte| byte == b' ' || byte == b'\t');
        if folded && out.last().is_some_and(|last| last.end == at) {
            if let Some(last) = out.last_mut() {
                let from = last.start + last.name.len() + 1;
                last.end = end;
                last.value = without_line_end(&raw[from..end]);
            }
        } else if let Some(colon) = line.iter().position(|&byte| byte == b':') {
            let name = std::str::from_utf8(&line[..colon]).unwrap_or_default();
            out.push(Field { name, value: without_line_end(&line[colon + 1..]), start: at, end });
        }
        at = end;
    }
    out
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The value of the first field with this name, in one line.
pub(crate) fn first(raw: &[u8], name: &str) -> Option<String> {
    fields(raw).iter().find(|field| field.is(name)).map(Field::unfolded)
}

/// Without any field of this name. `None`: there is none, so nothing changes.
pub(crate) fn without(raw: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut kept = 0;
    for field in fields(raw).iter().filter(|field| field.is(name)) {
        out.extend_from_slice(&raw[kept..field.start]);
        kept = field.end;
    }
    if kept == 0 {
        return None;
    }
    out.extend_from_slice(&raw[kept..]);
    Some(out)
}

/// With the first field of this name replaced, where it stands; a missing one is put on top.
pub(crate) fn with(raw: &[u8], name: &str, value: &str) -> Vec<u8> {
    let line = format!("{name}: {value}\r\n");
    let (start, end) = fields(raw).iter().find(|field| field.is(name)).map_or((0, 0), |field| (field.start, field.end));
    [&raw[..start], line.as_bytes(), &raw[end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: a@b.example\r\nBCC: x@y.example,\r\n z@y.example\r\nSubject: one\r\n\ttwo\r\nX-Odd:\r\n\r\nBcc: not a field\r\n";

    #[test]
    fn fields_are_read_with_their_folds() {
        let all: Vec<(String, String)> = fields(MAIL).iter().map(|it| (it.name.to_owned(), it.unfolded())).collect();
        let want = [("From", "a@b.example"), ("BCC", "x@y.example, z@y.example"), ("Subject", "one\ttwo"), ("X-Odd", "")];
        assert_eq!(all, want.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(first(MAIL, "subject").as_deref(), Some("one\ttwo"));
    }

    #[test]
    fn one_field_changes_and_every_other_byte_stays() {
        let cut = without(MAIL, "Bcc").unwrap();
        assert_eq!(cut, b"From: a@b.example\r\nSubject: one\r\n\ttwo\r\nX-Odd:\r\n\r\nBcc: not a field\r\n");
        assert!(without(&cut, "Bcc").is_none());
        assert_eq!(
            with(&cut, "subject", "three"),
            b"From: a@b.example\r\nsubject: three\r\nX-Odd:\r\n\r\nBcc: not a field\r\n"
        );
        assert!(with(&cut, "Message-ID", "<1@x>").starts_with(b"Message-ID: <1@x>\r\nFrom: a@b.example\r\n"));
    }

    #[test]
    fn anything_is_walked_to_its_end() {
        for raw in [&b""[..], b"\n", b" fold first\nA: b", b"no colon\nA:b\n c", b":\n:", b"A: \xff\n"] {
            for end in 0..=raw.len() {
                fields(&raw[..end]);
                with(&raw[..end], "A", "x");
            }
        }
    }
}
