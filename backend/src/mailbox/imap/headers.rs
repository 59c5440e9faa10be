//! The few headers by which mails are known again, and by which a person's answer is told from a machine's.

use mail_parser::{Address, HeaderValue, MessageParser};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::super::watching::NOTE_HEADER;
use super::super::{Looks, TRACE_HEADER, automatic};
use crate::guard::guarded;

/// Ids of a `References` that are kept: the newest.
const MAX_REFERENCES: usize = 100;

/// Headers of a mail. Ids are without their angle brackets, addresses in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Headers {
    /// `Message-ID`.
    pub id: Option<String>,
    /// `In-Reply-To` and `References`.
    pub references: Vec<String>,
    /// `Subject`, decoded.
    pub subject: String,
    /// `From`.
    pub from: Vec<String>,
    /// `To`, `Cc` and `Bcc`, sorted, each once.
    pub to: Vec<String>,
    /// Our own header.
    pub trace: Option<Uuid>,
    /// The note of a reminder that it is.
    pub note: Option<Uuid>,
    /// A machine wrote it, or nobody wants an answer to it.
    pub machine: bool,
}

impl Headers {
    /// Reads a block of headers; what cannot be read is left out.
    pub(super) fn read(block: &[u8]) -> Self {
        guarded(|| Self::parse(block)).unwrap_or_default()
    }

    fn parse(block: &[u8]) -> Self {
        let Some(mail) = MessageParser::default().parse_headers(block) else { return Self::default() };
        let mut references = ids(mail.references());
        references.extend(ids(mail.in_reply_to()));
        references.drain(..references.len().saturating_sub(MAX_REFERENCES));
        let mut to: Vec<String> = [mail.to(), mail.cc(), mail.bcc()].into_iter().flat_map(addresses).collect();
        to.sort_unstable();
        to.dedup();
        let raw = |name: &str| mail.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
        Self {
            id: mail.message_id().map(str::to_owned),
            references,
            subject: mail.subject().unwrap_or_default().trim().to_owned(),
            from: addresses(mail.from()),
            to,
            trace: raw(TRACE_HEADER).and_then(|value| Uuid::try_parse(&value).ok()),
            note: raw(NOTE_HEADER).and_then(|value| Uuid::try_parse(&value).ok()),
            machine: automatic::is_automatic(
                automatic::HEADERS.iter().filter_map(|name| Some((*name, mail.header_raw(*name)?))),
            ) || raw("Return-Path").is_some_and(|value| value == "<>"),
        }
    }

    /// There were none.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it has this Message-ID, with or without its angle brackets.
    pub(super) fn has_id(&self, id: &str) -> bool {
        self.id.as_deref() == Some(bare(id))
    }

    /// What a draft with these headers looks like.
    pub(super) fn looks(&self) -> Looks {
        let digest = |words: &[&str]| {
            let sum = Sha256::digest(words.join("\n"));
            let short = sum.iter().take(8).fold(0, |short: u64, byte| (short << 8) | u64::from(*byte));
            (!words.is_empty()).then(|| super::fetched::hex(short))
        };
        Looks {
            subject: digest(&self.subject.split_whitespace().collect::<Vec<_>>()),
            recipients: digest(&self.to.iter().map(String::as_str).collect::<Vec<_>>()),
        }
    }
}

/// An id without angle brackets.
pub(super) fn bare(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn addresses(value: Option<&Address<'_>>) -> Vec<String> {
    let all = value.into_iter().flat_map(|address| address.iter());
    all.filter_map(|one| one.address())
        .map(|address| address.trim().to_lowercase())
        .filter(|address| !address.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let headers = Headers::read(
            b"Message-ID: <1@x>\r\nIn-Reply-To: <0@x>\r\nReferences: <a@x>\r\n <b@x>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
              From: \"A, B\" <A@X.de>\r\nTo: C <c@x>, b@x\r\nCc: C@x\r\nBcc: d@x\r\n\
              x-waxwing-id: 67e55044-10b1-426f-9247-bb680e5fe0c8\r\n\r\n",
        );
        assert_eq!(headers.id.as_deref(), Some("1@x"));
        assert!(headers.has_id("<1@x>") && headers.has_id(" 1@x ") && !headers.has_id("<2@x>"));
        assert_eq!(headers.references, ["a@x", "b@x", "0@x"]);
        assert_eq!(headers.subject, "Grüße");
        assert_eq!(headers.from, ["a@x.de"]);
        assert_eq!(headers.to, ["b@x", "c@x", "d@x"]);
        assert_eq!(headers.trace.map(|id| id.to_string()).as_deref(), Some("67e55044-10b1-426f-9247-bb680e5fe0c8"));
        assert!(!headers.machine);
    }

    #[test]
    fn drafts_that_look_alike() {
        let looks =
            |subject: &str, to: &str| Headers::read(format!("Subject: {subject}\r\nTo: {to}\r\n\r\n").as_bytes()).looks();
        let before = looks("Re: plans", "b@x, C <c@x>");
        for (subject, to, alike) in [
            ("Re:  plans", "c@X, b@x", true),
            ("Re: plans", "d@x", true),
            ("Re: plans", "", true),
            ("plan B", "b@x, c@x", true),
            ("plan B", "b@x", false),
            ("", "", false),
        ] {
            assert_eq!(before.resembles(&looks(subject, to)), alike, "{subject} {to}");
        }
        assert!(!looks("", "").resembles(&looks("", "")), "nothing is not alike");
        assert!(!looks("", "b@x").resembles(&looks("", "c@x")));
        assert_eq!(before.subject.as_ref().map(String::len), Some(16));
    }

    #[test]
    fn machines_are_told() {
        for (block, machine) in [
            ("Auto-Submitted: auto-replied\r\n", true),
            ("Auto-Submitted: No\r\n", false),
            ("Precedence: Bulk\r\n", true),
            ("Content-Type: multipart/report; report-type=delivery-status\r\n", true),
            ("Return-Path: <>\r\n", true),
            ("Return-Path: <a@b>\r\n", false),
            ("From: a@b\r\n", false),
        ] {
            assert_eq!(Headers::read(format!("{block}\r\n").as_bytes()).machine, machine, "{block}");
        }
        let asked = super::super::fetched::ANSWERED_BY;
        for name in automatic::HEADERS {
            assert!(asked.contains(&name.to_ascii_uppercase()), "{name} is not fetched");
        }
    }

    #[test]
    fn nonsense_is_no_header() {
        for block in [&b""[..], b"\r\n", b"\xff\xfe\x00", b":::::", b"From", b"X-Waxwing-Id: not an id\r\n\r\n"] {
            assert!(Headers::read(block).is_empty(), "{block:?}");
        }
        let many = (0..5_000).map(|n| format!(" <{n}@x>\r\n")).collect::<Vec<_>>().concat();
        assert_eq!(Headers::read(format!("References:{many}\r\n").as_bytes()).references.len(), MAX_REFERENCES);
    }
}
