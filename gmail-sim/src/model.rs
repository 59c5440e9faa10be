//! What a mailbox is made of.
//!
//! What must hold: a message has one permanent id for life (`id`); its legacy id changes with every save of a draft and
//! at sending, while the thread's ids stay, but that a draft on its own gets another legacy thread with another subject.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Labels that mean something to the simulator. Others are kept as they come.
pub(crate) mod label {
    pub(crate) const ALL: &str = "^all";
    pub(crate) const INBOX: &str = "^i";
    pub(crate) const UNREAD: &str = "^u";
    pub(crate) const DRAFT: &str = "^r";
    pub(crate) const DRAFT_BT: &str = "^r_bt";
    pub(crate) const SENT: &str = "^f";
    pub(crate) const SENT_BT: &str = "^f_bt";
    pub(crate) const SENT_CL: &str = "^f_cl";
    /// "To be sent now": what a request carries when the person pressed Send.
    pub(crate) const SENDING: &str = "^pfg";
    pub(crate) const SCHEDULED: &str = "^scheduled";
    pub(crate) const TRASH: &str = "^k";
    pub(crate) const SPAM: &str = "^s";
}

/// A name and an address. The name may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) name: String,
}

impl Person {
    pub(crate) fn new(address: &str, name: &str) -> Self {
        Self { address: address.to_owned(), name: name.to_owned() }
    }
}

/// Somebody who is signed in in the browser, at `/mail/u/N/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) address: String,
    pub(crate) name: String,
    /// Other addresses that this account may send as.
    #[serde(default)]
    pub(crate) aliases: Vec<Person>,
    /// Set for a mailbox that is only reached by delegation: `/mail/b/<delegate>/u/0/`.
    #[serde(default)]
    pub(crate) delegate: Option<String>,
}

/// One message in one mailbox.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) id: String,
    #[serde(serialize_with = "hex")]
    pub(crate) legacy: u64,
    pub(crate) thread: String,
    #[serde(serialize_with = "hex")]
    pub(crate) legacy_thread: u64,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) from: Person,
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
    pub(crate) bcc: Vec<Person>,
    pub(crate) subject: String,
    /// What the writer wrote, as HTML.
    pub(crate) own_html: String,
    /// The quote that was folded away in the editor; it follows `own_html`.
    pub(crate) quoted: Option<String>,
    /// Written in plain-text mode.
    pub(crate) plain: bool,
    pub(crate) rfc_id: String,
    pub(crate) references: Vec<String>,
    /// The permanent id of the message that this one answers, in the same mailbox.
    pub(crate) answers: Option<String>,
    pub(crate) date: i64,
    pub(crate) scheduled_at: Option<i64>,
    pub(crate) attachments: Vec<Arc<Attachment>>,
    /// The bytes that were handed over (RFC 5322), where this mail came as such and was not edited in the page since.
    #[serde(skip)]
    pub(crate) raw: Option<Arc<[u8]>>,
    /// The number of its last change in the mailbox's history.
    #[serde(skip)]
    pub(crate) history: u64,
}

/// A file that goes along with a mail, or a picture that its HTML shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    pub(crate) filename: String,
    pub(crate) media_type: String,
    /// Shown within the text.
    pub(crate) inline: bool,
    /// Without angle brackets.
    pub(crate) content_id: Option<String>,
    #[serde(rename = "size", serialize_with = "length")]
    pub(crate) bytes: Vec<u8>,
}

impl Attachment {
    /// What it is called, without what is in it.
    pub(crate) fn bare(&self) -> Self {
        let Self { filename, media_type, inline, content_id, .. } = self;
        let (filename, media_type, content_id) = (filename.clone(), media_type.clone(), content_id.clone());
        Self { filename, media_type, inline: *inline, content_id, bytes: Vec::new() }
    }
}

fn length<S: serde::Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(bytes.len() as u64)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn hex<S: serde::Serializer>(id: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&crate::ids::legacy_hex(*id))
}

impl Message {
    pub(crate) fn has(&self, label: &str) -> bool {
        self.labels.contains(label)
    }

    /// The whole body as it leaves: own text, then the folded quote.
    pub(crate) fn html(&self) -> String {
        format!("{}{}", self.own_html, self.quoted.as_deref().unwrap_or_default())
    }

    pub(crate) fn recipients(&self) -> impl Iterator<Item = &Person> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}
