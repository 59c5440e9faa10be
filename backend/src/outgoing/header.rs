//! A header block, line by line: finding fields, and replacing them without touching the others.
//!
//! What must hold: a block is read only as far as it is one for certain ([`Block::read`]), and every line that is not asked for
//! stays as it is.

use std::ops::Range;

use super::splice::Splice;

/// A field of a header block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// Its name, as written.
    pub(super) name: &'a str,
    /// From its name to behind its last line's end.
    pub(super) at: Range<usize>,
    /// Behind the colon, folded as it is, without the line end.
    pub(super) value: &'a [u8],
}

/// A header block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// In order; at least one.
    pub(super) fields: Vec<Field<'a>>,
    /// Where the first field begins.
    pub(super) start: usize,
    /// Where the body begins, behind the empty line; the end of the source when there is none.
    pub(super) body: usize,
}

impl<'a> Block<'a> {
    /// Reads the block that begins at `start`. `None` when there is a line in it that is no field, or no field at all.
    pub(super) fn read(source: &'a [u8], start: usize) -> Option<Self> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        let mut at = start;
        while at < source.len() {
            let end = source[at..].iter().position(|&byte| byte == b'\n').map_or(source.len(), |length| at + length + 1);
            match &source[at..end] {
                b"\r\n" | b"\n" => {
                    at = end;
                    break;
                }
                [b' ' | b'\t', ..] => spans.last_mut()?.end = end,
                _ => spans.push(at..end),
            }
            at = end;
        }
        let fields = spans.into_iter().map(|at| field(source, at)).collect::<Option<Vec<_>>>()?;
        (!fields.is_empty()).then_some(Self { fields, start, body: at })
    }

    /// All fields of this name, in any case.
    fn named<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Field<'a>> {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name))
    }

    /// The value of the only field of this name; `None` when there is none, or more than one.
    pub(super) fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut named = self.named(name);
        let first = named.next()?;
        named.next().is_none().then_some(first.value)
    }

    /// How often there is a field of this name.
    pub(super) fn count(&self, name: &str) -> usize {
        self.named(name).count()
    }

    /// Sets a field: in the place of the one that is there, or before all others. Of several with this name one is left.
    pub(super) fn set(&self, name: &str, value: &str) -> Vec<Splice> {
        let mut line = Some(format!("{name}: {value}\r\n").into_bytes());
        let mut splices: Vec<_> =
            self.named(name).map(|field| Splice { at: field.at.clone(), by: line.take().unwrap_or_default() }).collect();
        if let Some(by) = line {
            splices.push(Splice { at: self.start..self.start, by });
        }
        splices
    }

    /// Sets a field before all others, and takes away those of its name that are there.
    pub(super) fn set_on_top(&self, name: &str, value: &str) -> Vec<Splice> {
        let top = Splice { at: self.start..self.start, by: format!("{name}: {value}\r\n").into_bytes() };
        let gone = self.named(name).map(|field| Splice { at: field.at.clone(), by: Vec::new() });
        std::iter::once(top).chain(gone).collect()
    }
}

fn field(source: &[u8], at: Range<usize>) -> Option<Field<'_>> {
    let whole = &source[at.clone()];
    let colon = whole.iter().position(|&byte| byte == b':')?;
    let name = std::str::from_utf8(whole[..colon].trim_ascii_end()).ok()?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| Field { name, at, value: whole[colon + 1..].trim_ascii() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::splice::splice;

    #[test]
    fn blocks_are_read() {
        let source = b"Subject: a\r\n b\r\nX-Empty:\r\nTo : x\r\nto: y\r\n\r\nbody: no\r\n";
        let block = Block::read(source, 0).unwrap();
        let fields: Vec<_> = block.fields.iter().map(|f| (f.name, f.value)).collect();
        assert_eq!(fields, [("Subject", &b"a\r\n b"[..]), ("X-Empty", b""), ("To", b"x"), ("to", b"y")]);
        assert_eq!(&source[block.body..], b"body: no\r\n");
        assert_eq!((block.only("SUBJECT"), block.only("to"), block.count("to")), (Some(&b"a\r\n b"[..]), None, 2));
        assert_eq!(Block::read(b"A: b", 0).map(|block| block.body), Some(4));
        for source in
            ["", "\r\n", " a: b\r\n", "From x\r\nA: b\r\n", ": b\r\n", "A: b\r\nno field\r\n\r\n", "Ü: b\r\n", "a b: c\r\n"]
        {
            assert_eq!(Block::read(source.as_bytes(), 0), None, "{source:?}");
        }
    }

    #[test]
    fn fields_are_set() {
        let set = |source: &str, name, value| {
            let block = Block::read(source.as_bytes(), 0).unwrap();
            String::from_utf8(splice(source.as_bytes(), &block.set(name, value))).unwrap()
        };
        assert_eq!(set("A: b\r\nDATE: x\r\n y\r\nC: d\r\n\r\n", "Date", "now"), "A: b\r\nDate: now\r\nC: d\r\n\r\n");
        assert_eq!(set("A: b\r\n\r\n", "Date", "now"), "Date: now\r\nA: b\r\n\r\n");
        assert_eq!(set("Date: 1\r\nA: b\r\nDate: 2\r\n\r\n", "Date", "now"), "Date: now\r\nA: b\r\n\r\n");
        assert_eq!(set("A: b\r\nDate: 1", "Date", "now"), "A: b\r\nDate: now\r\n");
        let source = b"A: b\r\nX-Id: 1\r\n\r\nt";
        let block = Block::read(source, 0).unwrap();
        assert_eq!(splice(source, &block.set_on_top("X-Id", "2")), b"X-Id: 2\r\nA: b\r\n\r\nt");
    }
}
