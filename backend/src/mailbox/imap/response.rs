//! What an IMAP server says (RFC 3501, 7), read into values.
//!
//! Of our own, because what is needed is little and must bend no limit: any attribute that is not known is stepped over, nothing
//! recurses deeper than [`MAX_DEPTH`], and what a literal holds is never taken for what the server says.

/// How deep lists may be nested.
const MAX_DEPTH: usize = 12;

/// A piece of a response as it came: lines, with the literals that stand between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A line without its end, and without the `{n}` of the literal behind it.
    Line(Vec<u8>),
    /// A literal.
    Literal(Vec<u8>),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A word: a number, a flag, the name of an attribute.
    Atom(String),
    /// A quoted string or a literal.
    Text(Vec<u8>),
    /// `NIL`.
    Nil,
    /// In brackets.
    List(Vec<Value>),
}

impl Value {
    /// A number.
    pub(super) fn number<N: std::str::FromStr>(&self) -> Option<N> {
        if let Self::Atom(word) = self { word.parse().ok() } else { None }
    }

    /// Text, also where a server left the quotes away.
    pub(super) fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Atom(word) => Some(word.as_bytes()),
            Self::Text(text) => Some(text),
            Self::Nil | Self::List(_) => None,
        }
    }

    /// The values of a list.
    pub(super) fn list(&self) -> &[Self] {
        if let Self::List(values) = self { values } else { &[] }
    }
}

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Well.
    Ok,
    /// Not.
    No,
    /// It was not understood.
    Bad,
    /// The server hangs up.
    Bye,
    /// Signed in already.
    Preauth,
}

/// How something went, with the code in square brackets and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How.
    pub kind: Kind,
    /// The code in upper case with what belongs to it: `UIDVALIDITY 7`.
    pub code: Option<String>,
    /// The words.
    pub text: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    /// The server waits for more of the command.
    Continue,
    /// The command with this tag is done.
    Done(String, Status),
    /// What nobody asked for, or how a part of the answer went.
    Status(Status),
    /// A part of the answer: its number (of `FETCH`), its name in upper case, and its values.
    Data(Option<u32>, String, Vec<Value>),
}

/// Reads a response. `None`: it keeps to no rule.
pub(super) fn read(pieces: Vec<Piece>) -> Option<Response> {
    let mut pieces = pieces.into_iter();
    let Some(Piece::Line(line)) = pieces.next() else { return None };
    if line.contains(&0) {
        return None;
    }
    if line.first() == Some(&b'+') {
        return Some(Response::Continue);
    }
    let (tag, rest) = word(&line);
    let (name, after) = word(rest);
    let (name, after, number) = match (tag, std::str::from_utf8(name).ok()?.parse()) {
        (b"*", Ok(number)) => {
            let (name, after) = word(after);
            (name, after, Some(number))
        }
        _ => (name, after, None),
    };
    let name = std::str::from_utf8(name).ok()?.to_ascii_uppercase();
    let kind = match name.as_str() {
        "OK" => Some(Kind::Ok),
        "NO" => Some(Kind::No),
        "BAD" => Some(Kind::Bad),
        "BYE" => Some(Kind::Bye),
        "PREAUTH" => Some(Kind::Preauth),
        _ => None,
    };
    match (tag, kind) {
        (b"*", Some(kind)) => Some(Response::Status(status(kind, after))),
        (b"*", None) => {
            let mut reader = Reader { line: after.to_vec(), at: 0, pieces };
            Some(Response::Data(number, name, reader.values(0)?))
        }
        (tag, Some(kind)) => Some(Response::Done(String::from_utf8(tag.to_vec()).ok()?, status(kind, after))),
        (_, None) => None,
    }
}

fn word(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|byte| *byte == b' ') {
        Some(end) => (&line[..end], &line[end + 1..]),
        None => (line, &[]),
    }
}

fn status(kind: Kind, text: &[u8]) -> Status {
    let code = text.strip_prefix(b"[").and_then(|rest| {
        let end = rest.iter().position(|byte| *byte == b']')?;
        Some((String::from_utf8_lossy(&rest[..end]).to_ascii_uppercase(), &rest[end + 1..]))
    });
    match code {
        Some((code, text)) => Status { kind, code: Some(code), text: text.trim_ascii().to_vec() },
        None => Status { kind, code: None, text: text.to_vec() },
    }
}

struct Reader {
    line: Vec<u8>,
    at: usize,
    pieces: std::vec::IntoIter<Piece>,
}

impl Reader {
    /// The values up to the end of the list, or at depth 0 of the response.
    fn values(&mut self, depth: usize) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        loop {
            match self.line.get(self.at) {
                None => match self.pieces.next() {
                    Some(Piece::Literal(bytes)) => {
                        values.push(Value::Text(bytes));
                        let Some(Piece::Line(line)) = self.pieces.next() else { return None };
                        (self.line, self.at) = (line, 0);
                    }
                    Some(Piece::Line(_)) => return None,
                    None => return (depth == 0).then_some(values),
                },
                Some(b' ') => self.at += 1,
                Some(b'(') if depth < MAX_DEPTH => {
                    self.at += 1;
                    values.push(Value::List(self.values(depth + 1)?));
                }
                Some(b')') if depth > 0 => {
                    self.at += 1;
                    return Some(values);
                }
                Some(b'(' | b')' | 0) => return None,
                Some(b'"') => values.push(self.quoted()?),
                Some(_) => values.push(self.atom()?),
            }
        }
    }

    fn quoted(&mut self) -> Option<Value> {
        let mut text = Vec::new();
        let mut bytes = self.line[self.at + 1..].iter();
        loop {
            match bytes.next()? {
                b'"' => break,
                b'\\' => text.push(*bytes.next()?),
                byte => text.push(*byte),
            }
        }
        self.at = self.line.len() - bytes.len();
        Some(Value::Text(text))
    }

    /// Up to a space or a bracket; what stands in square brackets (`BODY[HEADER.FIELDS (FROM TO)]`) belongs to it.
    fn atom(&mut self) -> Option<Value> {
        let rest = &self.line[self.at..];
        let mut inside = false;
        let mut end = rest.len();
        for (n, byte) in rest.iter().enumerate() {
            match byte {
                b'[' => inside = true,
                b']' => inside = false,
                b' ' | b'(' | b')' if !inside => {
                    end = n;
                    break;
                }
                _ => {}
            }
        }
        if inside {
            return None;
        }
        let word = std::str::from_utf8(&rest[..end]).ok()?.to_owned();
        self.at += end;
        Some(if word.eq_ignore_ascii_case("nil") { Value::Nil } else { Value::Atom(word) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<Response> {
        read(vec![Piece::Line(text.as_bytes().to_vec())])
    }

    fn atom(text: &str) -> Value {
        Value::Atom(text.to_owned())
    }

    #[test]
    fn responses_are_read() {
        assert_eq!(line("+ go on"), Some(Response::Continue));
        assert_eq!(line("+"), Some(Response::Continue));
        let status = Status { kind: Kind::Ok, code: Some("UIDVALIDITY 7".to_owned()), text: b"fine (really".to_vec() };
        assert_eq!(line("* OK [uidvalidity 7] fine (really"), Some(Response::Status(status.clone())));
        assert_eq!(line("A1 OK [UIDVALIDITY 7] fine (really"), Some(Response::Done("A1".to_owned(), status)));
        assert_eq!(line("* search"), Some(Response::Data(None, "SEARCH".to_owned(), vec![])));
        assert_eq!(line("* SEARCH 2 84 "), Some(Response::Data(None, "SEARCH".to_owned(), vec![atom("2"), atom("84")])));
        let values = vec![
            Value::List(vec![atom("\\HasNoChildren"), atom("\\Drafts")]),
            Value::Text(b"/".to_vec()),
            Value::Text(b"[Gmail]/\"x\\".to_vec()),
        ];
        assert_eq!(
            line(r#"* LIST (\HasNoChildren \Drafts) "/" "[Gmail]/\"x\\""#),
            Some(Response::Data(None, "LIST".to_owned(), values))
        );
    }

    #[test]
    fn literals_stand_where_they_stood_and_say_nothing() {
        let pieces = vec![
            Piece::Line(b"* 3 FETCH (UID 9 X-GM-MSGID 1278455344230334865 BODY[HEADER.FIELDS (FROM TO)] ".to_vec()),
            Piece::Literal(b"From: a\r\nA2 OK done\r\n)".to_vec()),
            Piece::Line(b" FLAGS (\\Seen NIL))".to_vec()),
        ];
        let Some(Response::Data(Some(3), name, values)) = read(pieces) else { panic!("not read") };
        assert_eq!(name, "FETCH");
        assert_eq!(values.len(), 1);
        let list = values[0].list();
        assert_eq!(list[3].number::<u64>(), Some(1_278_455_344_230_334_865));
        assert_eq!(list[4], atom("BODY[HEADER.FIELDS (FROM TO)]"));
        assert_eq!(list[5], Value::Text(b"From: a\r\nA2 OK done\r\n)".to_vec()));
        assert_eq!(list[7], Value::List(vec![atom("\\Seen"), Value::Nil]));
    }

    #[test]
    fn what_keeps_to_no_rule_is_refused() {
        let deep = format!("* X {}{}", "(".repeat(50), ")".repeat(50));
        for text in [
            "",
            "nonsense",
            "A1 WHAT",
            "* 1 FETCH (UID 3",
            "* 1 FETCH UID 3)",
            "* LIST () \"/",
            "* LIST () \"/\\",
            "* 1 FETCH (BODY[x)",
            "* X \0",
            "* OK a\0b",
            &deep,
        ] {
            assert_eq!(line(text), None, "{text:?}");
        }
        assert_eq!(read(vec![]), None);
        assert_eq!(read(vec![Piece::Line(b"* X ".to_vec()), Piece::Literal(vec![1])]), None);
    }
}
