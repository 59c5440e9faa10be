//! Notes of reminders: put into a conversation, on top of the inbox, and taken away again.
//!
//! What must hold: a note is looked for before it is put and after it was, so that there is one, whatever became of earlier calls;
//! nothing is thrown away that does not carry the note's id in [`NOTE_HEADER`]. Without the right to change mails nothing is done at
//! all, and that is said.

use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::json;
use uuid::Uuid;
use waxwing_domain::mailkind::ids_of;
use waxwing_protocol::api::{AccessAction, Trouble};

use super::super::watching::{LABEL, NOTE_HEADER, Note, NoteRef};
use super::super::written::written_down;
use super::super::{Ledger, MailboxError};
use super::account::SMALL;
use super::mark::is_id;
use super::pacer::units;
use super::sent::is_rfc_id;
use super::trouble::CallError;
use super::wire::{Label, Labels, Message, Messages};
use super::{GmailMailbox, IN_TRASH};

/// What tells a note from others.
const NOTE: [(&str, &str); 2] = [("format", "metadata"), ("metadataHeaders", NOTE_HEADER)];
/// Mails with our label that are looked at where nothing else is known of a note.
const LABELLED: &str = "50";

impl GmailMailbox {
    pub(super) async fn put(&self, note: &Note, ledger: &dyn Ledger) -> Result<NoteRef, MailboxError> {
        written_down(ledger, AccessAction::PutNote, self.put_once(note, ledger)).await
    }

    async fn put_once(&self, note: &Note, ledger: &dyn Ledger) -> Result<NoteRef, MailboxError> {
        // Its conversation may go while somebody looks where it is: the next look says so.
        let gone = || MailboxError::new(Trouble::Busy);
        let thread = self.thread_of(&note.conversation, ledger).await?.ok_or_else(gone)?;
        if let Some(there) = self.known_note(note, &thread, ledger).await? {
            return Ok(there);
        }
        let label = self.label(true, ledger).await?.ok_or_else(gone)?;
        let body = json!({ "raw": URL_SAFE.encode(&note.raw), "threadId": thread, "labelIds": ["INBOX", "UNREAD", label] });
        let query = [("internalDateSource", "receivedTime")];
        let answer = match self.account.add(units::INSERT, &["messages"], &query, &body, ledger).await {
            Ok(answer) => answer,
            Err(CallError::NotFound(error)) => return Err(MailboxError { trouble: Trouble::Busy, ..error }),
            Err(error) => {
                let error = error.into_error();
                if error.trouble == Trouble::Protocol {
                    // The label may be gone: it is looked for anew the next time.
                    self.keep_label(None);
                }
                return Err(error);
            }
        };
        let made: Message = serde_json::from_slice(&answer).unwrap_or_default();
        // Another call, or an earlier one that was given up, may have put it meanwhile: the first one stays.
        let mut there = self.notes_in(&thread, note.id, ledger).await?;
        there.sort_by_key(|it| u128::from_str_radix(&it.id, 16).unwrap_or(u128::MAX));
        let mut there = there.into_iter().filter(|it| !it.has_label(IN_TRASH));
        let first = there.next();
        for twin in there {
            self.throw_away(&twin.id, ledger).await?;
        }
        let (message, thread) = match first {
            Some(first) => (first.id, first.thread_id),
            None => (made.id, made.thread_id),
        };
        let some = |text: String| Some(text).filter(|id| is_id(id));
        Ok(NoteRef { id: note.id, message: some(message), thread: some(thread) })
    }

    /// A note that was put before.
    async fn known_note(&self, note: &Note, thread: &str, ledger: &dyn Ledger) -> Result<Option<NoteRef>, MailboxError> {
        let mut there = self.notes_in(thread, note.id, ledger).await?;
        if there.is_empty()
            && let Some(rfc_id) = rfc_id(&note.raw)
        {
            // Gmail may have put it into a conversation of its own.
            let q = format!("rfc822msgid:{rfc_id}");
            let query = [("q", q.as_str()), ("includeSpamTrash", "true"), ("maxResults", "5")];
            there = self.notes_among(&query, note.id, ledger).await?;
        }
        Ok(there.into_iter().next().map(|it| NoteRef { id: note.id, message: Some(it.id), thread: Some(it.thread_id) }))
    }

    /// This note's mails in a conversation.
    async fn notes_in(&self, thread: &str, id: Uuid, ledger: &dyn Ledger) -> Result<Vec<Message>, MailboxError> {
        let messages = self.messages_of(units::THREAD, thread, &NOTE, ledger).await?;
        Ok(messages.into_iter().filter(|it| is_note(it, id)).collect())
    }

    /// This note's mails among those that a list names.
    async fn notes_among(&self, query: &[(&str, &str)], id: Uuid, ledger: &dyn Ledger) -> Result<Vec<Message>, MailboxError> {
        let listed: Messages =
            self.account.get(units::READ, &["messages"], query, SMALL, ledger).await.map_err(CallError::into_error)?;
        let mut found = Vec::new();
        for known in listed.messages.iter().filter(|it| is_id(&it.id)) {
            found.extend(self.note_of(&known.id, id, ledger).await?);
        }
        Ok(found)
    }

    /// A mail, if it is this note.
    async fn note_of(&self, message: &str, id: Uuid, ledger: &dyn Ledger) -> Result<Option<Message>, MailboxError> {
        match self.account.get::<Message>(units::READ, &["messages", message], &NOTE, SMALL, ledger).await {
            Ok(message) => Ok(Some(message).filter(|it| is_note(it, id))),
            Err(CallError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into_error()),
        }
    }

    async fn throw_away(&self, message: &str, ledger: &dyn Ledger) -> Result<(), MailboxError> {
        match self.account.change(units::CHANGE, &["messages", message, "trash"], &json!({}), ledger).await {
            Ok(_) | Err(CallError::NotFound(_)) => Ok(()),
            Err(error) => Err(error.into_error()),
        }
    }

    /// The id of our label; `make`: it is made where it is missing. `None`: there is none, and none was to be made.
    async fn label(&self, make: bool, ledger: &dyn Ledger) -> Result<Option<String>, MailboxError> {
        let known = self.label.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_some() {
            return Ok(known);
        }
        let mut label = self.find_label(ledger).await?;
        if label.is_none() && make {
            let body = json!({ "name": LABEL, "labelListVisibility": "labelShow", "messageListVisibility": "show" });
            label = match self.account.add(units::CHANGE, &["labels"], &[], &body, ledger).await {
                Ok(answer) => serde_json::from_slice::<Label>(&answer).ok().map(|label| label.id).filter(|id| !id.is_empty()),
                // Somebody else made it meanwhile.
                Err(CallError::Other(MailboxError { trouble: Trouble::Protocol, .. })) => self.find_label(ledger).await?,
                Err(error) => return Err(error.into_error()),
            };
            if label.is_none() {
                return Err(MailboxError::new(Trouble::Protocol));
            }
        }
        self.keep_label(label.clone());
        Ok(label)
    }

    async fn find_label(&self, ledger: &dyn Ledger) -> Result<Option<String>, MailboxError> {
        let query = [("fields", "labels(id,name)")];
        let listed: Labels =
            self.account.get(units::LABELS, &["labels"], &query, SMALL, ledger).await.map_err(CallError::into_error)?;
        let ours = listed.labels.into_iter().find(|it| it.name.eq_ignore_ascii_case(LABEL));
        Ok(ours.map(|label| label.id).filter(|id| !id.is_empty()))
    }

    fn keep_label(&self, label: Option<String>) {
        *self.label.lock().unwrap_or_else(PoisonError::into_inner) = label;
    }

    pub(super) async fn take(&self, note: &NoteRef, ledger: &dyn Ledger) -> Result<(), MailboxError> {
        written_down(ledger, AccessAction::RemoveNote, self.take_away(note, ledger)).await
    }

    async fn take_away(&self, note: &NoteRef, ledger: &dyn Ledger) -> Result<(), MailboxError> {
        let mut found = match note.message.as_deref().filter(|id| is_id(id)) {
            Some(message) => self.note_of(message, note.id, ledger).await?.into_iter().collect(),
            None => Vec::new(),
        };
        let thread = found.first().map(|it| it.thread_id.clone()).or_else(|| note.thread.clone()).filter(|id| is_id(id));
        let label = self.label(false, ledger).await?;
        let messages = match &thread {
            Some(thread) => self.messages_of(units::THREAD, thread, &NOTE, ledger).await?,
            None => Vec::new(),
        };
        let known: Vec<String> = found.iter().map(|it| it.id.clone()).collect();
        found.extend(messages.into_iter().filter(|it| is_note(it, note.id) && !known.contains(&it.id)));
        if found.is_empty()
            && note.message.is_none()
            && let Some(label) = &label
        {
            let query = [("labelIds", label.as_str()), ("includeSpamTrash", "true"), ("maxResults", LABELLED)];
            found = self.notes_among(&query, note.id, ledger).await?;
        }
        for message in found.iter().filter(|it| !it.has_label(IN_TRASH)) {
            self.throw_away(&message.id, ledger).await?;
        }
        let Some(label) = label else { return Ok(()) };
        // Off the note alone: its owner may have labelled other mails so.
        let off = found.iter().filter(|it| it.has_label(&label)).map(|it| it.id.as_str());
        for message in off {
            let body = json!({ "removeLabelIds": [label] });
            match self.account.change(units::CHANGE, &["messages", message, "modify"], &body, ledger).await {
                Ok(_) | Err(CallError::NotFound(_)) => {}
                // The label itself is gone, and so it is off.
                Err(CallError::Other(MailboxError { trouble: Trouble::Protocol, .. })) => self.keep_label(None),
                Err(error) => return Err(error.into_error()),
            }
        }
        Ok(())
    }
}

fn is_note(message: &Message, id: Uuid) -> bool {
    message.header(NOTE_HEADER).is_some_and(|value| value.trim().eq_ignore_ascii_case(&id.to_string()))
}

/// The Message-ID in a note's header, without its angle brackets.
fn rfc_id(raw: &[u8]) -> Option<String> {
    let head = raw.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).take_while(|line| !line.is_empty());
    let mut values = head.filter_map(|line| {
        let text = std::str::from_utf8(line).ok()?;
        let (name, value) = text.split_once(':')?;
        name.trim().eq_ignore_ascii_case("Message-ID").then(|| ids_of(value).next().map(str::to_owned))?
    });
    values.next().filter(|id| is_rfc_id(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_told_by_its_header_alone() {
        let id = Uuid::from_u128(7);
        let message = |value: &str| -> Message {
            serde_json::from_value(json!({ "payload": { "headers": [{ "name": "x-waxwing-note", "value": value }] } })).unwrap()
        };
        assert!(is_note(&message(&format!(" {} ", id.to_string().to_uppercase())), id));
        assert!(!is_note(&message(&Uuid::from_u128(8).to_string()), id));
        assert!(!is_note(&Message::default(), id));
    }

    #[test]
    fn the_message_id_of_a_note() {
        for (raw, want) in [
            ("Subject: x\r\nMessage-ID: <a@b.example>\r\n\r\ny", Some("a@b.example")),
            ("message-id:<a@b.example>\n\ny", Some("a@b.example")),
            ("Subject: x\r\n\r\nMessage-ID: <a@b.example>\r\n", None),
            ("Message-ID: <a\" in:trash@b>\r\n\r\n", None),
            ("Message-ID: none\r\n\r\n", None),
            ("", None),
        ] {
            assert_eq!(rfc_id(raw.as_bytes()).as_deref(), want, "{raw}");
        }
    }
}
