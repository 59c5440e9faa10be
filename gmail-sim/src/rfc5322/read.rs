//! A mail's bytes as the simulator keeps a message.

use std::sync::Arc;

use mail_parser::{Address, HeaderValue, Message as Mail, MessageParser, MessagePart, MimeHeaders as _, PartType};

use crate::html::escape;
use crate::model::{Attachment, Person};

/// What a mail says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) from: Option<Person>,
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
    pub(crate) bcc: Vec<Person>,
    pub(crate) subject: String,
    /// The HTML, or the text as HTML where there is none.
    pub(crate) html: String,
    /// There was no HTML.
    pub(crate) plain: bool,
    /// With angle brackets, as all of these ids.
    pub(crate) rfc_id: Option<String>,
    /// The mails before it, the one that it answers last.
    pub(crate) references: Vec<String>,
    /// Unix milliseconds.
    pub(crate) date: Option<i64>,
    pub(crate) attachments: Vec<Arc<Attachment>>,
}

/// Reads a mail. `None`: these bytes are no mail at all.
pub(crate) fn read(raw: &[u8]) -> Option<Parsed> {
    let mail = MessageParser::default().parse(raw)?;
    let (html, plain) = text(&mail);
    let mut references = ids(mail.references());
    for id in ids(mail.in_reply_to()).into_iter().take(1) {
        references.retain(|it| *it != id);
        references.push(id);
    }
    Some(Parsed {
        from: people(mail.from()).into_iter().next(),
        to: mail.all_to().flat_map(|it| people(Some(it))).collect(),
        cc: mail.all_cc().flat_map(|it| people(Some(it))).collect(),
        bcc: mail.all_bcc().flat_map(|it| people(Some(it))).collect(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        html,
        plain,
        rfc_id: mail.message_id().map(|id| format!("<{id}>")),
        references,
        date: mail.date().map(|it| it.to_timestamp() * 1000),
        attachments: mail.attachments().map(|part| Arc::new(attachment(part))).collect(),
    })
}

fn text(mail: &Mail<'_>) -> (String, bool) {
    let html = mail.html_bodies().find_map(|part| if let PartType::Html(html) = &part.body { Some(html) } else { None });
    if let Some(html) = html {
        return (html.clone().into_owned(), false);
    }
    let text = mail.text_bodies().find_map(|part| if let PartType::Text(text) = &part.body { Some(text) } else { None });
    (text.map(|text| escape(&text.replace("\r\n", "\n"))).unwrap_or_default(), true)
}

fn people(address: Option<&Address<'_>>) -> Vec<Person> {
    let list = address.into_iter().flat_map(Address::iter);
    list.filter_map(|it| Some(Person::new(it.address.as_deref()?, it.name.as_deref().unwrap_or_default()))).collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let bracket = |id: &str| format!("<{id}>");
    match value {
        HeaderValue::Text(id) => vec![bracket(id)],
        HeaderValue::TextList(list) => list.iter().map(|id| bracket(id)).collect(),
        _ => Vec::new(),
    }
}

fn attachment(part: &MessagePart<'_>) -> Attachment {
    Attachment {
        filename: part.attachment_name().unwrap_or_default().to_owned(),
        media_type: media_type(part),
        inline: part.content_id().is_some() && part.content_disposition().is_none_or(|it| it.ctype() != "attachment"),
        content_id: part.content_id().map(str::to_owned),
        bytes: part.contents().to_vec(),
    }
}

/// `type/subtype` of a part, after RFC 2045 where it names none.
pub(crate) fn media_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(it) => format!("{}/{}", it.ctype(), it.subtype().unwrap_or("plain")).to_ascii_lowercase(),
        None => "text/plain".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::build::build;
    use super::*;
    use crate::tests::message;

    #[test]
    fn what_is_built_is_read_as_it_was() {
        let file = Attachment {
            filename: "Grüße, 1.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            inline: false,
            content_id: None,
            bytes: (0..=255).cycle().take(1000).collect(),
        };
        let picture = Attachment {
            inline: true,
            content_id: Some("pic@1".to_owned()),
            media_type: "image/png".to_owned(),
            ..file.clone()
        };
        let mut message = message(
            "<div dir=\"ltr\">Grüße an <b>alle</b>, das ist eine lange Zeile mit vielen Wörtern = mehr als 76 Zeichen.<br>\n.\n</div>",
        );
        message.subject = "Über Ärger, und ein sehr langer Betreff, der in mehrere Wörter zerfällt".to_owned();
        message.bcc = vec![Person::new("b@c.example", "Ruiz, \"B\"")];
        message.references = vec!["<1@x.example>".to_owned(), "<2@x.example>".to_owned()];
        message.attachments = vec![Arc::new(file), Arc::new(picture)];
        let raw = build(&message);
        assert!(raw.iter().all(u8::is_ascii));
        let read = read(&raw).unwrap();
        assert_eq!(read.html.trim_end().replace("\r\n", "\n"), message.own_html);
        assert_eq!((&read.subject, &read.to, &read.bcc), (&message.subject, &message.to, &message.bcc));
        assert_eq!((read.from.as_ref(), read.rfc_id.as_ref()), (Some(&message.from), Some(&message.rfc_id)));
        assert_eq!((&read.references, read.date), (&message.references, Some(message.date)));
        assert_eq!(read.attachments.len(), 2);
        for one in &read.attachments {
            assert!(message.attachments.contains(one), "{}", one.filename);
        }
        assert_eq!(build(&message), raw);
    }

    #[test]
    fn plain_text_stays_text() {
        let mut message = message("one &lt; two\n\nthree");
        message.plain = true;
        let read = read(&build(&message)).unwrap();
        assert!(read.plain);
        assert_eq!(read.html.trim_end(), message.own_html);
    }
}
