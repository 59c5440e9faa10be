//! Server-sent events, as the HTML standard (9.2.6) has them interpreted. Pure: chunks go in, cut anywhere, events come out.

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SseEvent {
    /// The last `id:` so far, this event's own included; empty when there was none.
    pub(super) id: String,
    /// `event:`, or `message`.
    pub(super) kind: String,
    /// The `data:` lines, joined by line feeds.
    pub(super) data: String,
}

/// More than this in one event is not from our backend: the stream is broken off.
const LARGEST: usize = 1 << 20;

/// An event was larger than any of ours can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is too large")]
pub(super) struct TooLarge;

/// Reads a stream.
#[derive(Debug, Default)]
pub(super) struct SseParser {
    line: Vec<u8>,
    after_cr: bool,
    started: bool,
    id: String,
    kind: String,
    data: Option<String>,
    retry: Option<u32>,
}

impl SseParser {
    /// The last `retry:`, in milliseconds.
    pub(super) fn retry(&self) -> Option<u32> {
        self.retry
    }

    /// The last `id:`, of an event or without one; empty when there was none.
    pub(super) fn last_id(&self) -> &str {
        &self.id
    }

    /// Takes a chunk, gives the events that it completes.
    pub(super) fn feed(&mut self, chunk: &[u8]) -> Result<Vec<SseEvent>, TooLarge> {
        let mut events = Vec::new();
        for &byte in chunk {
            let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\r' | b'\n' => events.extend(self.end_of_line()),
                _ if self.line.len() + self.data.as_ref().map_or(0, String::len) >= LARGEST => return Err(TooLarge),
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    fn end_of_line(&mut self) -> Option<SseEvent> {
        let bytes = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&bytes);
        let first = !std::mem::replace(&mut self.started, true);
        let line = if first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let kind = std::mem::take(&mut self.kind);
            let data = self.data.take()?;
            let kind = if kind.is_empty() { "message".to_owned() } else { kind };
            return Some(SseEvent { id: self.id.clone(), kind, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            "event" => value.clone_into(&mut self.kind),
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if value.bytes().all(|b| b.is_ascii_digit()) => self.retry = value.parse().ok().or(self.retry),
            // An empty field name is a comment; unknown fields are for later versions.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{SseEvent, SseParser, TooLarge};

    fn event(id: &str, kind: &str, data: &str) -> SseEvent {
        SseEvent { id: id.to_owned(), kind: kind.to_owned(), data: data.to_owned() }
    }

    /// Feeds the text whole, byte by byte, and cut in two at each place: the events must be the same.
    fn check(text: &[u8], expected: &[SseEvent]) {
        for cut in 0..=text.len() {
            let (head, tail) = text.split_at(cut);
            let mut parser = SseParser::default();
            let mut events = parser.feed(head).expect("small");
            events.extend(parser.feed(tail).expect("small"));
            assert_eq!(events, expected, "cut at {cut}");
        }
        let mut parser = SseParser::default();
        let singly: Vec<_> = text.iter().flat_map(|byte| parser.feed(&[*byte]).expect("small")).collect();
        assert_eq!(singly, expected);
    }

    #[test]
    fn events_come_out_wherever_chunks_are_cut() {
        check(b"", &[]);
        check(b"data: a\n\n", &[event("", "message", "a")]);
        check(b"data: a\n", &[]);
        check(b"id: 7\nevent: activity\ndata: {\"a\":1}\n\n", &[event("7", "activity", "{\"a\":1}")]);
        check(
            b"id:7\r\nevent:x\r\ndata:a\r\ndata: b\r\n\r\ndata\r\n\r\n",
            &[event("7", "x", "a\nb"), event("7", "message", "")],
        );
        check(b"data: a\r\rdata: b\r\n\n", &[event("", "message", "a"), event("", "message", "b")]);
        check(b": hello\n\n:\n\n\n\ndata:  a\n\n", &[event("", "message", " a")]);
        check(b"\xef\xbb\xbfdata: a\n\n", &[event("", "message", "a")]);
        check("data: grüße 🕊\n\n".as_bytes(), &[event("", "message", "grüße 🕊")]);
        check(b"data: \xff\n\n", &[event("", "message", "\u{fffd}")]);
        // An id alone is no event, but counts for the next one; an id with NUL does not.
        check(b"id: 1\n\nid: 2\0\ndata: a\n\nid\ndata: b\n\n", &[event("1", "message", "a"), event("", "message", "b")]);
        check(b"event: x\n\ndata: a\nnew: y\n\n", &[event("", "message", "a")]);
    }

    #[test]
    fn retry_takes_digits_only() {
        let mut parser = SseParser::default();
        for (text, expected) in [
            ("retry: 3000\n", Some(3000)),
            ("retry: x\n", Some(3000)),
            ("retry: 99999999999\n", Some(3000)),
            ("retry:\n", Some(3000)),
        ] {
            assert_eq!(parser.feed(text.as_bytes()), Ok(Vec::new()));
            assert_eq!(parser.retry(), expected, "{text}");
        }
    }

    #[test]
    fn a_flood_is_refused() {
        let mut parser = SseParser::default();
        let flood = vec![b'x'; 1 << 20];
        assert_eq!(parser.feed(&flood), Ok(Vec::new()));
        assert_eq!(parser.feed(b"x"), Err(TooLarge));
    }
}
