//! Looking: what became of a mail whose send was not answered, whether a draft was sent by hand, whether somebody wrote.
//!
//! What must hold: "sent" is said of a mail that was seen in Sent, "not sent" only when its draft was seen twice, some seconds
//! apart and late enough, and nothing in Sent. Everything else is unknown.

use std::collections::HashSet;
use std::time::Duration;

use waxwing_domain::mailkind::author_of;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, Trouble};

use super::super::written::written_down;
use super::super::{DraftRef, Found, Ledger, MailboxError, SentRef, TRACE_HEADER, Trace, automatic};
use super::account::SMALL;
use super::pacer::units;
use super::send::copy_ref;
use super::trouble::CallError;
use super::wire::{Draft, Message, Messages, Thread};
use super::{GmailMailbox, IN_TRASH};

const SENT: &str = "SENT";
const DRAFT: &str = "DRAFT";
/// A send that was given up later than this may still be under way. Not less than what the engine believes: a copy that was not
/// sent is taken away as soon as that is said.
const NOT_BEFORE_SECS: u32 = 15;
/// Between the two times that the draft must have been there.
const BETWEEN: Duration = Duration::from_secs(2);
/// The newest mails in Sent that are looked at one by one.
const NEWEST: &str = "20";
/// The newest drafts among which a copy is looked for.
const NEWEST_DRAFTS: &str = "10";

impl GmailMailbox {
    pub(super) async fn look_for(&self, trace: &Trace, since_secs: u32, ledger: &dyn Ledger) -> Result<Found, MailboxError> {
        let found = written_down(ledger, AccessAction::LookForSent, self.look_around(trace, since_secs, ledger)).await;
        if let (Ok(Found::NotSent(copy)), None) = (&found, &trace.draft) {
            self.remove_draft(&copy.id, ledger).await;
        }
        found
    }

    async fn look_around(&self, trace: &Trace, since_secs: u32, ledger: &dyn Ledger) -> Result<Found, MailboxError> {
        let mut draft = None;
        for again in [false, true] {
            if again {
                tokio::time::sleep(BETWEEN).await;
            }
            if let Some(sent) = self.in_sent(trace, draft.is_none(), ledger).await? {
                return Ok(Found::Sent(sent));
            }
            draft = self.unsent(trace, ledger).await?;
            if draft.is_none() || since_secs < NOT_BEFORE_SECS {
                return Ok(Found::Unknown);
            }
        }
        Ok(draft.map_or(Found::Unknown, Found::NotSent))
    }

    /// The draft that the send would have used up.
    async fn unsent(&self, trace: &Trace, ledger: &dyn Ledger) -> Result<Option<DraftRef>, MailboxError> {
        let Some(draft) = &trace.draft else { return self.find_copy(trace, ledger).await };
        // A draft that says nothing of its labels is one all the same.
        let found = self.draft(&draft.id, "minimal", ledger).await?;
        let still = |found: &Draft| found.message.label_ids.is_empty() || found.message.has_label(DRAFT);
        Ok(found.filter(still).map(|found| DraftRef { rfc_id: draft.rfc_id.clone(), ..copy_ref(&found) }))
    }

    /// The copy of a draft that was made for one send, by our header.
    pub(super) async fn find_copy(&self, trace: &Trace, ledger: &dyn Ledger) -> Result<Option<DraftRef>, MailboxError> {
        for listed in self.drafts_page(&[("maxResults", NEWEST_DRAFTS)], ledger).await?.drafts {
            if let Some(draft) = self.draft(&listed.id, "metadata", ledger).await?
                && carries(&draft.message, trace)
            {
                return Ok(Some(copy_ref(&draft)));
            }
        }
        Ok(None)
    }

    /// The mail in Sent: in its conversation, by its Message-ID, and among the newest.
    async fn in_sent(&self, trace: &Trace, newest: bool, ledger: &dyn Ledger) -> Result<Option<SentRef>, MailboxError> {
        let thread = trace.thread.as_deref().or(trace.draft.as_ref().and_then(|draft| draft.thread.as_deref()));
        if let Some(thread) = thread {
            let names = [("metadataHeaders", TRACE_HEADER), ("metadataHeaders", "Message-ID")];
            for message in self.thread(thread, &names, ledger).await? {
                if message.has_label(SENT) && is_it(&message, trace) {
                    return Ok(Some(sent_ref(&message)));
                }
            }
        }
        let mut seen = HashSet::new();
        let by_id = query_for(&trace.rfc_id);
        let by_id = [("labelIds", SENT), ("maxResults", "5"), ("q", by_id.as_str())];
        let lately = [("labelIds", SENT), ("maxResults", NEWEST)];
        for query in std::iter::once(&by_id[..]).chain(newest.then_some(&lately[..])) {
            let listed: Messages =
                self.account.get(units::READ, &["messages"], query, SMALL, ledger).await.map_err(CallError::into_error)?;
            for known in listed.messages {
                if !seen.insert(known.id.clone()) {
                    continue;
                }
                let Some(message) = self.message(&known.id, ledger).await? else { continue };
                if message.has_label(SENT) && is_it(&message, trace) {
                    return Ok(Some(sent_ref(&message)));
                }
            }
        }
        Ok(None)
    }

    async fn message(&self, id: &str, ledger: &dyn Ledger) -> Result<Option<Message>, MailboxError> {
        let query = [("format", "metadata"), ("metadataHeaders", TRACE_HEADER), ("metadataHeaders", "Message-ID")];
        match self.account.get(units::READ, &["messages", id], &query, SMALL, ledger).await {
            Ok(message) => Ok(Some(message)),
            Err(CallError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into_error()),
        }
    }

    /// The messages of a conversation with these headers; none when it is gone.
    async fn thread(&self, id: &str, headers: &[(&str, &str)], ledger: &dyn Ledger) -> Result<Vec<Message>, MailboxError> {
        let query: Vec<_> = std::iter::once(("format", "metadata")).chain(headers.iter().copied()).collect();
        match self.account.get::<Thread>(units::THREAD, &["threads", id], &query, SMALL, ledger).await {
            Ok(thread) => Ok(thread.messages),
            Err(CallError::NotFound(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into_error()),
        }
    }

    pub(super) async fn was_sent_by_hand(&self, draft: &DraftRef, ledger: &dyn Ledger) -> Result<bool, MailboxError> {
        written_down(ledger, AccessAction::LookForSent, self.sent_since(draft, ledger)).await
    }

    async fn sent_since(&self, draft: &DraftRef, ledger: &dyn Ledger) -> Result<bool, MailboxError> {
        if let Some(thread) = &draft.thread {
            let messages = self.thread(thread, &[("metadataHeaders", "Message-ID")], ledger).await?;
            // Ids grow with time: a mail of this conversation that is as new as the draft's last edit came from it.
            let newer = |message: &Message| match (number(&message.id), number(&draft.version)) {
                (Some(message), Some(draft)) => message >= draft,
                _ => false,
            };
            let same = |message: &Message| draft.rfc_id.as_deref().is_some_and(|id| has_rfc_id(message, id));
            if messages.iter().any(|message| message.has_label(SENT) && (newer(message) || same(message))) {
                return Ok(true);
            }
        }
        let Some(rfc_id) = &draft.rfc_id else { return Ok(false) };
        let query = query_for(rfc_id);
        let query = [("labelIds", SENT), ("maxResults", "5"), ("q", query.as_str())];
        let listed: Messages =
            self.account.get(units::READ, &["messages"], &query, SMALL, ledger).await.map_err(CallError::into_error)?;
        for known in listed.messages {
            if let Some(message) = self.message(&known.id, ledger).await?
                && message.has_label(SENT)
                && has_rfc_id(&message, rfc_id)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) async fn was_answered(
        &self,
        draft: &DraftRef,
        addresses: &[String],
        since: Millis,
        ledger: &dyn Ledger,
    ) -> Result<bool, MailboxError> {
        written_down(ledger, AccessAction::LookForAnswer, self.answer_since(draft, addresses, since, ledger)).await
    }

    async fn answer_since(
        &self,
        draft: &DraftRef,
        addresses: &[String],
        since: Millis,
        ledger: &dyn Ledger,
    ) -> Result<bool, MailboxError> {
        let Some(thread) = &draft.thread else { return Ok(false) };
        let names: Vec<_> = std::iter::once("From").chain(automatic::HEADERS).map(|name| ("metadataHeaders", name)).collect();
        let messages = self.thread(thread, &names, ledger).await?;
        let theirs = |message: &Message| {
            let own = [SENT, DRAFT, IN_TRASH, "SPAM"].iter().any(|label| message.has_label(label));
            !own && internal_date(message).is_some_and(|at| at > since)
                && !automatic::is_automatic(message.headers())
                && message
                    .header("From")
                    .and_then(author_of)
                    .is_some_and(|from| addresses.iter().any(|known| known.trim().eq_ignore_ascii_case(&from)))
        };
        Ok(messages.iter().any(theirs))
    }

    /// Asks whose mailbox this is: the cheapest call that shows that it works.
    pub async fn address(&self, ledger: &dyn Ledger) -> Result<String, MailboxError> {
        let profile: Result<super::wire::Profile, _> =
            self.account.get(units::PROFILE, &["profile"], &[], SMALL, ledger).await.map_err(CallError::into_error);
        let address = profile?.email_address.trim().to_lowercase();
        let fits =
            address.len() <= 320 && address.contains('@') && !address.chars().any(|c| c.is_control() || c.is_whitespace());
        if fits { Ok(address) } else { Err(MailboxError::new(Trouble::Protocol)) }
    }
}

fn query_for(rfc_id: &str) -> String {
    format!("rfc822msgid:{}", rfc_id.trim().trim_start_matches('<').trim_end_matches('>'))
}

/// It carries our header of this try.
fn carries(message: &Message, trace: &Trace) -> bool {
    let wanted = trace.id.to_string();
    message.header(TRACE_HEADER).is_some_and(|value| value.trim().eq_ignore_ascii_case(&wanted))
}

/// The mail of this try: by our header, or by its Message-ID where the header got lost. Another try's header says that it is
/// not.
fn is_it(message: &Message, trace: &Trace) -> bool {
    match message.header(TRACE_HEADER) {
        Some(_) => carries(message, trace),
        None => has_rfc_id(message, &trace.rfc_id),
    }
}

fn has_rfc_id(message: &Message, rfc_id: &str) -> bool {
    !rfc_id.trim().is_empty() && message.header("Message-ID").is_some_and(|known| known.trim() == rfc_id.trim())
}

fn sent_ref(message: &Message) -> SentRef {
    SentRef {
        message: Some(message.id.clone()),
        thread: Some(message.thread_id.clone()),
        rfc_id: message.header("Message-ID").map(|id| id.trim().to_owned()),
        refused: Vec::new(),
    }
}

fn internal_date(message: &Message) -> Option<Millis> {
    message.internal_date.parse().ok()
}

/// Gmail's ids are hexadecimal numbers.
fn number(id: &str) -> Option<u64> {
    u64::from_str_radix(id, 16).ok()
}
