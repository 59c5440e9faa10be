//! Finding a mail that was sent, to follow it, and the conversation that it is in.
//!
//! What must hold: what is found lies in Sent, and is the only one that fits; of the conversation around it no more is read than who
//! wrote to whom, and of other mails in Sent than what tells them apart. Finding makes way for mails that are due; where a conversation
//! lies is asked when a reminder is.

use waxwing_domain::mailkind::{author_of, ids_of};
use waxwing_protocol::Millis;
use waxwing_protocol::api::AccessAction;

use super::super::watching::{Conversation, NOTE_HEADER, Place, SentHint, SentMail};
use super::super::written::written_down;
use super::super::{Ledger, MailboxError};
use super::account::SMALL;
use super::find::{squeeze, written};
use super::mark::is_id;
use super::pacer::{Cost, units};
use super::trouble::CallError;
use super::wire::{Message, Messages, Thread};
use super::{GmailMailbox, IN_TRASH};

/// What tells a sent mail from others.
const OWN: [(&str, &str); 8] = [
    ("format", "metadata"),
    ("metadataHeaders", "Message-ID"),
    ("metadataHeaders", "References"),
    ("metadataHeaders", "In-Reply-To"),
    ("metadataHeaders", "Subject"),
    ("metadataHeaders", "To"),
    ("metadataHeaders", "Cc"),
    ("metadataHeaders", "Bcc"),
];
/// Who wrote to whom.
const AROUND: [(&str, &str); 4] =
    [("format", "metadata"), ("metadataHeaders", "From"), ("metadataHeaders", "To"), ("metadataHeaders", "Cc")];
/// The sender's clock and Google's may differ by so much, in milliseconds.
const ABOUT: Millis = 15 * 60_000;
/// Mails sent in that time that are looked at.
const NEWEST: &str = "20";
/// Ids and people that are kept of a conversation.
const MOST: usize = 100;

impl GmailMailbox {
    pub(super) async fn find_sent_mail(&self, hint: &SentHint, ledger: &dyn Ledger) -> Result<Option<SentMail>, MailboxError> {
        written_down(ledger, AccessAction::FindSent, self.sent_mail(hint, ledger)).await
    }

    async fn sent_mail(&self, hint: &SentHint, ledger: &dyn Ledger) -> Result<Option<SentMail>, MailboxError> {
        let Some(message) = self.sent_message(hint, ledger).await? else { return Ok(None) };
        let before = match Some(&message.thread_id).filter(|id| is_id(id)) {
            Some(thread) => self.messages_of(Cost::making_way(units::THREAD), thread, &AROUND, ledger).await?,
            None => Vec::new(),
        };
        Ok(Some(sent_mail(&message, &before)))
    }

    async fn sent_message(&self, hint: &SentHint, ledger: &dyn Ledger) -> Result<Option<Message>, MailboxError> {
        if let Some(id) = hint.message.as_deref().filter(|id| is_id(id))
            && let Some(message) = self.own_message(id, ledger).await?
        {
            return Ok(Some(message));
        }
        if let Some(rfc_id) = hint.rfc_id.as_deref().filter(|id| is_rfc_id(id)) {
            let found = self.in_sent_by(&format!("rfc822msgid:{rfc_id}"), ledger).await?;
            if let Some(message) = only(found, |it| rfc_ids(it, "Message-ID").iter().any(|id| id == rfc_id)) {
                return Ok(Some(message));
            }
        }
        let wanted = Looks::of_hint(hint);
        if let Some(thread) = hint.thread.as_deref().filter(|id| is_id(id)) {
            let near = |it: &Message| at(it).is_some_and(|at| at.abs_diff(hint.sent_at) <= ABOUT.unsigned_abs());
            let own: Vec<Message> = self.messages_of(Cost::making_way(units::THREAD), thread, &OWN, ledger).await?;
            let own = own.into_iter().filter(|it| it.has_label("SENT") && near(it)).collect();
            if let Some(message) = only(own, |it| Looks::of(it).recipients == wanted.recipients) {
                return Ok(Some(message));
            }
        }
        if wanted.recipients.is_empty() {
            return Ok(None);
        }
        let seconds = |at: Millis| at.max(0).div_euclid(1_000);
        let (from, to) = (hint.sent_at.saturating_sub(ABOUT), hint.sent_at.saturating_add(ABOUT));
        let found = self.in_sent_by(&format!("after:{} before:{}", seconds(from), seconds(to)), ledger).await?;
        Ok(only(found, |it| Looks::of(it) == wanted))
    }

    /// Mails in Sent that a search finds.
    async fn in_sent_by(&self, q: &str, ledger: &dyn Ledger) -> Result<Vec<Message>, MailboxError> {
        let query = [("labelIds", "SENT"), ("maxResults", NEWEST), ("includeSpamTrash", "true"), ("q", q)];
        let cost = Cost::making_way(units::READ);
        let listed: Messages =
            self.account.get(cost, &["messages"], &query, SMALL, ledger).await.map_err(CallError::into_error)?;
        let mut found = Vec::new();
        for known in listed.messages.iter().filter(|it| is_id(&it.id)) {
            found.extend(self.own_message(&known.id, ledger).await?);
        }
        Ok(found)
    }

    /// A mail that lies in Sent.
    async fn own_message(&self, id: &str, ledger: &dyn Ledger) -> Result<Option<Message>, MailboxError> {
        let cost = Cost::making_way(units::READ);
        match self.account.get::<Message>(cost, &["messages", id], &OWN, SMALL, ledger).await {
            Ok(message) => Ok(Some(message).filter(|it| it.has_label("SENT"))),
            Err(CallError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into_error()),
        }
    }

    /// The mails of a conversation, with what is asked for of each; none when it is gone.
    pub(super) async fn messages_of(
        &self,
        cost: impl Into<Cost>,
        thread: &str,
        query: &[(&str, &str)],
        ledger: &dyn Ledger,
    ) -> Result<Vec<Message>, MailboxError> {
        match self.account.get::<Thread>(cost, &["threads", thread], query, SMALL, ledger).await {
            Ok(thread) => Ok(thread.messages),
            Err(CallError::NotFound(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into_error()),
        }
    }

    pub(super) async fn find_place(&self, conversation: &Conversation, ledger: &dyn Ledger) -> Result<Place, MailboxError> {
        written_down(ledger, AccessAction::FindSent, self.place_of(conversation, ledger)).await
    }

    async fn place_of(&self, conversation: &Conversation, ledger: &dyn Ledger) -> Result<Place, MailboxError> {
        let Some(thread) = self.thread_of(conversation, ledger).await? else { return Ok(Place::Gone) };
        let query = [("format", "metadata"), ("metadataHeaders", NOTE_HEADER)];
        let messages = self.messages_of(units::THREAD, &thread, &query, ledger).await?;
        // What was put there by us says nothing of where its user keeps it, nor does a draft.
        let mut own = messages.iter().filter(|it| it.header(NOTE_HEADER).is_none() && !it.has_label("DRAFT")).peekable();
        if own.peek().is_none() {
            return Ok(Place::Gone);
        }
        let is_away = |it: &Message| it.has_label(IN_TRASH) || it.has_label("SPAM");
        Ok(if own.all(is_away) { Place::Deleted } else { Place::There })
    }

    /// The conversation's id, by its mails' where it is not known.
    pub(super) async fn thread_of(
        &self,
        conversation: &Conversation,
        ledger: &dyn Ledger,
    ) -> Result<Option<String>, MailboxError> {
        if let Some(thread) = conversation.thread.as_deref().filter(|id| is_id(id)) {
            return Ok(Some(thread.to_owned()));
        }
        // The reminded mail first, and then a few of those before it.
        for rfc_id in conversation.rfc_ids.iter().rev().filter(|id| is_rfc_id(id)).take(5) {
            let q = format!("rfc822msgid:{rfc_id}");
            let query = [("q", q.as_str()), ("includeSpamTrash", "true"), ("maxResults", "5")];
            let listed: Messages =
                self.account.get(units::READ, &["messages"], &query, SMALL, ledger).await.map_err(CallError::into_error)?;
            if let Some(found) = listed.messages.into_iter().find(|it| is_id(&it.thread_id)) {
                return Ok(Some(found.thread_id));
            }
        }
        Ok(None)
    }
}

/// It can stand in a search, and means nothing else there.
pub(super) fn is_rfc_id(id: &str) -> bool {
    (3..=250).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>(){}".contains(&byte))
}

/// The one that fits, if there is only one.
fn only(found: Vec<Message>, fits: impl Fn(&Message) -> bool) -> Option<Message> {
    let mut fitting = found.into_iter().filter(|it| fits(it));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// What a mail is known by where nothing else is.
#[derive(Debug, PartialEq, Eq)]
struct Looks {
    subject: String,
    recipients: std::collections::BTreeSet<String>,
}

impl Looks {
    fn of_hint(hint: &SentHint) -> Self {
        let recipients = hint.recipients.iter().map(|it| it.trim().to_lowercase()).collect();
        Self { subject: squeeze(&hint.subject), recipients }
    }

    fn of(message: &Message) -> Self {
        let (subject, recipients) = written(message);
        Self { subject, recipients }
    }
}

fn at(message: &Message) -> Option<Millis> {
    message.internal_date.parse().ok()
}

fn rfc_ids(message: &Message, name: &str) -> Vec<String> {
    let values = message.headers().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    values.flat_map(|(_, value)| ids_of(value)).map(str::to_owned).collect()
}

fn sent_mail(message: &Message, thread: &[Message]) -> SentMail {
    let sent_at = at(message).unwrap_or_default();
    let mut references: Vec<String> = Vec::new();
    for id in rfc_ids(message, "References").into_iter().chain(rfc_ids(message, "In-Reply-To")) {
        if !references.contains(&id) {
            references.push(id);
        }
    }
    // The newest are those that an answer refers to.
    references.drain(..references.len().saturating_sub(MOST));
    let mut on_thread: Vec<String> = Vec::new();
    let before = |it: &&Message| it.id != message.id && !it.has_label("DRAFT") && at(it).is_some_and(|at| at <= sent_at);
    for other in thread.iter().filter(before) {
        let from = other.header("From").and_then(author_of).map(|from| from.to_lowercase());
        for address in from.into_iter().chain(written(other).1) {
            if on_thread.len() < MOST && address.len() <= 320 && !on_thread.contains(&address) {
                on_thread.push(address);
            }
        }
    }
    let some = |text: &String| Some(text.clone()).filter(|id| is_id(id));
    SentMail {
        message: some(&message.id),
        thread: some(&message.thread_id),
        rfc_id: rfc_ids(message, "Message-ID").into_iter().next(),
        references,
        on_thread,
        at: sent_at,
    }
}
