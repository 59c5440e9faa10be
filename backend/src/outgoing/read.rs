//! Reading a draft: what it says of itself, and to whom it goes.

use std::collections::HashSet;

use mail_parser::decoders::html::html_to_text;
use mail_parser::{HeaderName, HeaderValue, Message, MessageParser, PartType};
use waxwing_domain::shown::short_text;
use waxwing_protocol::api::{Recipient, RecipientKind};

use super::{Summary, Unreadable};

/// More parts than this are no mail that a person wrote. They are counted before reading: a mail of a million nested ones would
/// otherwise keep us busy, or exhaust the stack.
const MAX_PARTS: usize = 1_000;
/// Parts times bytes of the whole: a border that is missing is looked for up to the end, once a part. 25 MB of attachments may be a
/// hundred.
const MAX_WORK: usize = 4_000_000_000;
/// Characters of a subject that are kept.
const MAX_SUBJECT: usize = 10_000;
/// Characters of a name, and of an address, that are kept.
const MAX_NAME: usize = 1_000;

/// A draft that was read.
pub(super) struct Reading<'a> {
    /// The headers, and the parts if there are not too many.
    pub(super) message: Message<'a>,
    /// Whether the parts were read.
    pub(super) has_parts: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn of(raw: &'a [u8]) -> Result<Self, Unreadable> {
        let has_parts = !is_tangled(raw);
        let parser = MessageParser::default();
        let message = if has_parts { parser.parse(raw) } else { parser.parse_headers(raw) };
        let message = message.filter(|message| !message.parts.is_empty()).ok_or(Unreadable::NotAMail)?;
        Ok(Self { message, has_parts })
    }

    pub(super) fn subject(&self) -> String {
        let subject = self.message.subject().unwrap_or_default();
        subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SUBJECT).collect()
    }

    /// The address in `From`.
    pub(super) fn from(&self) -> Result<String, Unreadable> {
        let from = self.message.from().and_then(|from| from.first()).and_then(|from| from.address());
        from.filter(|address| is_address(address)).map(str::to_owned).ok_or(Unreadable::Sender)
    }

    /// All recipients, each address once, in the order To, Cc, Bcc.
    pub(super) fn recipients(&self) -> Result<Vec<Recipient>, Unreadable> {
        let mut known = HashSet::new();
        let mut found = Vec::new();
        for (header, kind) in
            [(HeaderName::To, RecipientKind::To), (HeaderName::Cc, RecipientKind::Cc), (HeaderName::Bcc, RecipientKind::Bcc)]
        {
            let values = self.message.headers().iter().filter(|it| it.name == header).map(|it| &it.value);
            let lists = values.filter_map(|value| match value {
                HeaderValue::Address(list) => Some(list),
                _ => None,
            });
            for person in lists.flat_map(|list| list.iter()) {
                let address = match (person.address(), person.name()) {
                    (Some(address), _) => address,
                    // Nothing between two commas.
                    (None, None) => continue,
                    (None, Some(_)) => return Err(Unreadable::Recipient),
                };
                if !is_address(address) {
                    return Err(Unreadable::Recipient);
                }
                if known.insert(address.to_lowercase()) {
                    let name = person.name().map(|name| short_text(name, MAX_NAME)).filter(|name| !name.is_empty());
                    found.push(Recipient { kind, address: address.to_owned(), name });
                }
            }
        }
        Ok(found)
    }

    /// Something to read, or a picture in the text.
    fn has_text(&self) -> bool {
        let is_shown = |text: &str| !short_text(text, 1).is_empty();
        let bodies = self.message.text_body.iter().chain(&self.message.html_body);
        let mut bodies = bodies.filter_map(|id| self.message.part(*id)).map(|part| &part.body);
        bodies.any(|body| match body {
            PartType::Text(text) => is_shown(text),
            PartType::Html(html) => is_shown(&html_to_text(html)) || html.to_ascii_lowercase().contains("<img"),
            _ => false,
        })
    }
}

/// What a draft holds.
pub(super) fn summary(raw: &[u8]) -> Result<Summary, Unreadable> {
    let reading = Reading::of(raw)?;
    let rfc_id = reading.message.message_id().filter(|id| id.bytes().all(|byte| byte.is_ascii_graphic()));
    Ok(Summary {
        subject: reading.subject(),
        from: reading.from()?,
        recipients: reading.recipients()?,
        // Whoever made so many parts put something in.
        has_text: !reading.has_parts || reading.has_text(),
        has_attachments: !reading.has_parts || reading.message.attachment_count() > 0,
        size: raw.len(),
        rfc_id: rfc_id.map(|id| format!("<{id}>")),
    })
}

/// Whether this may stand in an envelope: one line, no blanks, nothing that ends an address there.
fn is_address(text: &str) -> bool {
    let fits = text.chars().count() <= MAX_NAME
        && !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '\\'));
    fits && text.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !name.contains('@'))
}

/// Whether there may be more parts than [`MAX_PARTS`] and [`MAX_WORK`] allow: every nested one needs a line that names its type.
fn is_tangled(raw: &[u8]) -> bool {
    const TYPE: &[u8] = b"content-type";
    let lines = raw.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_start);
    let types = lines.filter(|line| line.get(..TYPE.len()).is_some_and(|start| start.eq_ignore_ascii_case(TYPE)));
    let most = MAX_PARTS.min(MAX_WORK / raw.len().max(1));
    types.take(most + 1).count() > most
}
