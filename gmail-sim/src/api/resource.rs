//! A message as the API shows it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Header, HeaderForm, HeaderValue, Message as Mail, MessageParser, MimeHeaders as _, PartType};
use serde_json::{Value, json};

use super::body::BASE64;
use super::errors::ApiError;
use super::labels::ids;
use crate::html::snippet;
use crate::ids::legacy_hex;
use crate::model::{Attachment, Message};
use crate::rfc5322::build::build;
use crate::rfc5322::fields::fields;
use crate::rfc5322::read::media_type;

/// How much of a message is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Minimal,
    Full,
    Raw,
    /// Only these header fields; all, if none is named.
    Metadata(Vec<String>),
}

impl Format {
    /// `format` and `metadataHeaders` of a call.
    pub(crate) fn read(name: Option<&str>, headers: Vec<String>) -> Result<Self, ApiError> {
        match name.unwrap_or("full").to_ascii_lowercase().as_str() {
            "minimal" => Ok(Self::Minimal),
            "full" => Ok(Self::Full),
            "raw" => Ok(Self::Raw),
            "metadata" => Ok(Self::Metadata(headers)),
            _ => Err(ApiError::invalid("Invalid value at 'format'")),
        }
    }
}

/// The mail's bytes: as they were handed over, or as Gmail would write them.
pub(crate) fn raw(message: &Message) -> Arc<[u8]> {
    message.raw.clone().unwrap_or_else(|| build(message).into())
}

pub(crate) fn standard_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `{id, threadId}`, as lists have it.
pub(crate) fn reference(message: &Message) -> Value {
    json!({ "id": legacy_hex(message.legacy), "threadId": legacy_hex(message.legacy_thread) })
}

/// `{id, threadId, labelIds}`, as changes answer.
pub(crate) fn short(message: &Message) -> Value {
    let mut out = reference(message);
    let labels = ids(&message.labels);
    if !labels.is_empty() {
        out["labelIds"] = json!(labels);
    }
    out
}

/// The whole resource.
pub(crate) fn message(it: &Message, format: &Format) -> Value {
    let mut out = short(it);
    out["snippet"] = json!(snippet(&it.html(), 200));
    out["historyId"] = json!(it.history.to_string());
    out["internalDate"] = json!(it.date.to_string());
    // A large mail is put together only where its content is asked for.
    let raw = if matches!(format, Format::Full | Format::Raw) { raw(it) } else { head(it) };
    out["sizeEstimate"] = json!(it.raw.as_ref().map_or_else(|| raw.len() + unbuilt(it, format), |raw| raw.len()));
    match format {
        Format::Minimal => {}
        Format::Raw => out["raw"] = json!(BASE64.encode(&raw)),
        Format::Full => {
            let mail = MessageParser::default().parse(&*raw);
            out["payload"] = mail.map_or_else(|| json!({}), |mail| part(&mail, 0, ""));
        }
        Format::Metadata(wanted) => {
            let mail = MessageParser::default().parse_headers(&*raw);
            out["payload"] = mail.map_or_else(|| json!({}), |mail| header(&mail, wanted));
        }
    }
    out
}

/// As much of a mail's bytes as its header takes, at least.
fn head(message: &Message) -> Arc<[u8]> {
    message.raw.clone().unwrap_or_else(|| {
        let empty = |it: &Arc<Attachment>| Arc::new(it.bare());
        build(&Message { attachments: message.attachments.iter().map(empty).collect(), ..message.clone() }).into()
    })
}

/// What [`head`] leaves out, in base64.
fn unbuilt(message: &Message, format: &Format) -> usize {
    let left_out = matches!(format, Format::Minimal | Format::Metadata(_));
    let coded = |bytes: usize| bytes.div_ceil(3) * 4 + bytes.div_ceil(57) * 2;
    if left_out { message.attachments.iter().map(|it| coded(it.bytes.len())).sum() } else { 0 }
}

/// Type and header fields; all, if none is wanted by name.
fn header(mail: &Mail<'_>, wanted: &[String]) -> Value {
    let kept: Vec<Value> = root_headers(mail)
        .into_iter()
        .filter(|header| {
            let name = header["name"].as_str().unwrap_or_default();
            wanted.is_empty() || wanted.iter().any(|it| it.eq_ignore_ascii_case(name))
        })
        .collect();
    json!({ "mimeType": mail.part(0).map(media_type), "headers": kept })
}

/// The content of a part that is an attachment.
pub(crate) fn attachment(it: &Message, id: &str) -> Option<Value> {
    let raw = raw(it);
    let mail = MessageParser::default().parse(&*raw)?;
    let part = id.strip_prefix(ATTACHMENT)?.parse().ok()?;
    let bytes = mail.part(part)?.contents();
    Some(json!({ "size": bytes.len(), "data": BASE64.encode(bytes) }))
}

/// What an attachment's id begins with; the part's number follows.
const ATTACHMENT: &str = "ANGjdJ-";

fn part(mail: &Mail<'_>, number: u32, path: &str) -> Value {
    let Some(it) = mail.part(number) else { return json!({}) };
    let filename = it.attachment_name().unwrap_or_default();
    let mut headers: Vec<Value> = Vec::new();
    if number == 0 {
        headers.extend(root_headers(mail));
    } else {
        let head = mail.raw_message.get(it.raw_header_offset() as usize..it.raw_body_offset() as usize).unwrap_or_default();
        headers.extend(fields(head).iter().map(|field| json!({ "name": field.name, "value": field.unfolded() })));
    }
    let mut out = json!({ "partId": path, "mimeType": media_type(it), "filename": filename, "headers": headers });
    if let PartType::Multipart(parts) = &it.body {
        out["body"] = json!({ "size": 0 });
        let below = |at: usize| if path.is_empty() { at.to_string() } else { format!("{path}.{at}") };
        out["parts"] = parts.iter().enumerate().map(|(at, number)| part(mail, *number, &below(at))).collect();
        return out;
    }
    let bytes = it.contents();
    out["body"] = if filename.is_empty() && (it.is_text() || number == 0) {
        json!({ "size": bytes.len(), "data": BASE64.encode(bytes) })
    } else {
        json!({ "size": bytes.len(), "attachmentId": format!("{ATTACHMENT}{number}") })
    };
    out
}

/// The mail's own header, encoded words decoded as Gmail does.
fn root_headers(mail: &Mail<'_>) -> Vec<Value> {
    let decoded = |header: &Header<'_>, plain: &str| -> String {
        if !plain.contains("=?") {
            return plain.to_owned();
        }
        let all = mail.header_as(header.name.clone().into_owned(), HeaderForm::Text);
        // Of a field that stands there several times the first with the same beginning is meant well enough.
        all.into_iter()
            .find_map(|value| if let HeaderValue::Text(text) = value { Some(text.into_owned()) } else { None })
            .unwrap_or_else(|| plain.to_owned())
    };
    let raw = fields(&mail.raw_message);
    raw.iter()
        .map(|field| {
            let plain = field.unfolded();
            let header = mail.headers().iter().find(|header| field.is(header.name()));
            let value = header.map_or_else(|| plain.clone(), |header| decoded(header, &plain));
            json!({ "name": field.name, "value": value })
        })
        .collect()
}
