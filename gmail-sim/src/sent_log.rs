//! Every mail that was handed over to recipients, in order: what "was it sent twice?" is asked of.
//!
//! What must hold: an entry is written in the same moment in which the copies arrive, once for each hand-over.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::ids::legacy_hex;
use crate::model::Message;
use crate::rfc5322::{build, fields::fields};

/// More entries than this are not kept; `dropped` counts the oldest ones that went.
const LIMIT: usize = 200_000;

/// What handed a mail over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Via {
    #[serde(rename = "page")]
    Page,
    #[serde(rename = "drafts.send")]
    DraftsSend,
    #[serde(rename = "messages.send")]
    MessagesSend,
}

/// One hand-over.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// When, in Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) account: String,
    pub(crate) via: Via,
    /// The sender's permanent id of it, and its ids as the REST API names them.
    pub(crate) id: String,
    pub(crate) message: String,
    pub(crate) thread: String,
    /// Message-ID as delivered.
    pub(crate) rfc_id: String,
    pub(crate) subject: String,
    /// Every address, once, those of Bcc too.
    pub(crate) recipients: Vec<String>,
    /// The header as delivered; of a field that stands there twice, the first.
    pub(crate) headers: BTreeMap<String, String>,
    /// Bytes as delivered; 0 for a mail of the page, which is not made into bytes for this.
    pub(crate) size: usize,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct SentLog {
    pub(crate) mails: VecDeque<Entry>,
    pub(crate) dropped: u64,
}

impl SentLog {
    pub(crate) fn write(&mut self, sent: &Message, account: &str, recipients: &[String], via: Via, at: i64) {
        if self.mails.len() >= LIMIT {
            self.mails.pop_front();
            self.dropped += 1;
        }
        self.mails.push_back(Entry {
            at,
            account: account.to_owned(),
            via,
            id: sent.id.clone(),
            message: legacy_hex(sent.legacy),
            thread: legacy_hex(sent.legacy_thread),
            rfc_id: sent.rfc_id.clone(),
            subject: sent.subject.clone(),
            recipients: recipients.to_vec(),
            headers: delivered_headers(sent),
            size: sent.raw.as_ref().map_or(0, |raw| raw.len()),
        });
    }
}

/// The header of a mail as others get it.
pub(crate) fn delivered_headers(message: &Message) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    if let Some(raw) = &message.raw {
        for field in fields(raw).iter().filter(|field| !field.is("Bcc")) {
            headers.entry(field.name.to_owned()).or_insert_with(|| field.unfolded());
        }
    } else {
        headers.insert("Message-ID".to_owned(), message.rfc_id.clone());
        headers.insert("Date".to_owned(), build::date(message.date));
        headers.insert("Subject".to_owned(), message.subject.clone());
    }
    headers
}
