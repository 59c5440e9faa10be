//! Finding the draft that a compose in Gmail's page is.
//!
//! The page's number of a draft (`msg-a:r123`) has been seen to be the API's id (`r123`): a hint that is confirmed by reading
//! the draft. Where it leads nowhere the drafts are listed: by the message's id, by the conversation, by subject and
//! recipients. What must hold: a draft whose subject and recipients are others than in the compose is another draft.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, StreamExt as _};
use mail_parser::{Address, MessageParser};
use waxwing_protocol::api::{AccessAction, DraftHint};

use super::super::written::written_down;
use super::super::{DraftRef, Ledger, MailboxError};
use super::account::SMALL;
use super::pacer::units;
use super::send::copy_ref;
use super::trouble::CallError;
use super::wire::{Draft, Drafts, Message};
use super::{GmailMailbox, IN_TRASH};
use crate::guard::guarded;

/// Pages of 500 drafts that are looked through.
const PAGES: usize = 4;
/// Drafts that are read to compare subject and recipients.
const READ: usize = 30;
/// So many at a time: somebody waits for the answer.
const AT_ONCE: usize = 6;

impl GmailMailbox {
    pub(super) async fn find(&self, hint: &DraftHint, ledger: &dyn Ledger) -> Result<Option<DraftRef>, MailboxError> {
        written_down(ledger, AccessAction::FindDraft, self.find_any(hint, ledger)).await
    }

    async fn find_any(&self, hint: &DraftHint, ledger: &dyn Ledger) -> Result<Option<DraftRef>, MailboxError> {
        let wanted = Wanted::new(hint);
        let by_number = hint.gmail.draft.as_deref().and_then(api_id);
        if let Some(id) = by_number
            && let Some(draft) = self.draft(id, "metadata", ledger).await?
        {
            // It is the one, and no other is looked for: what is in the compose may not be saved yet, and an older draft may well
            // have the same subject and recipients.
            let is_saved = wanted.is_same_message(&draft.message) || wanted.fits(&draft.message);
            return Ok(is_saved.then(|| copy_ref(&draft)));
        }
        let listed = self.list(hint.gmail.rfc_id.as_deref(), ledger).await?;
        if let Some(known) = listed.iter().find(|draft| wanted.is_same_message(&draft.message)) {
            // Its message has not changed since the page named it: no need to compare.
            return Ok(self.draft(&known.id, "metadata", ledger).await?.map(|draft| copy_ref(&draft)));
        }
        // Those of the conversation first; a draft whose subject changed may have moved to another one.
        let (near, far): (Vec<_>, Vec<_>) = listed.iter().partition(|draft| wanted.is_same_thread(&draft.message));
        for candidates in [near, far] {
            let mut reads: Vec<BoxFuture<'_, _>> = Vec::new();
            for candidate in candidates.into_iter().take(READ) {
                reads.push(self.draft(&candidate.id, "metadata", ledger).boxed());
            }
            let mut drafts = stream::iter(reads).buffered(AT_ONCE);
            let mut fitting = Vec::new();
            while let Some(draft) = drafts.next().await {
                if let Some(draft) = draft?
                    && wanted.fits(&draft.message)
                {
                    fitting.push(copy_ref(&draft));
                }
            }
            match fitting.len() {
                0 => {}
                1 => return Ok(fitting.pop()),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Ids of drafts, newest first; only the one with this Message-ID where the search finds it.
    async fn list(&self, rfc_id: Option<&str>, ledger: &dyn Ledger) -> Result<Vec<Draft>, MailboxError> {
        if let Some(rfc_id) = rfc_id {
            let query = format!("rfc822msgid:{}", rfc_id.trim().trim_start_matches('<').trim_end_matches('>'));
            let found = self.drafts_page(&[("maxResults", "10"), ("q", &query)], ledger).await?.drafts;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let mut drafts = Vec::new();
        let mut page: Option<String> = None;
        for _ in 0..PAGES {
            let mut query = vec![("maxResults", "500")];
            if let Some(token) = page.as_deref() {
                query.push(("pageToken", token));
            }
            let listed = self.drafts_page(&query, ledger).await?;
            drafts.extend(listed.drafts);
            page = listed.next_page_token.filter(|token| !token.is_empty());
            if page.is_none() {
                break;
            }
        }
        Ok(drafts)
    }

    pub(super) async fn drafts_page(&self, query: &[(&str, &str)], ledger: &dyn Ledger) -> Result<Drafts, MailboxError> {
        self.account.get(units::READ, &["drafts"], query, SMALL, ledger).await.map_err(CallError::into_error)
    }

    /// One draft. `None`: it is gone, thrown away, or the id is none.
    pub(super) async fn draft(&self, id: &str, format: &str, ledger: &dyn Ledger) -> Result<Option<Draft>, MailboxError> {
        let limit = if format == "raw" { super::account::LARGE } else { SMALL };
        match self.account.get::<Draft>(units::READ, &["drafts", id], &[("format", format)], limit, ledger).await {
            Ok(draft) if draft.message.has_label(IN_TRASH) => Ok(None),
            Ok(draft) if draft.id.is_empty() => Ok(Some(Draft { id: id.to_owned(), ..draft })),
            Ok(draft) => Ok(Some(draft)),
            Err(CallError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into_error()),
        }
    }
}

/// What the API may call the draft that the page calls `msg-a:r123`.
fn api_id(page: &str) -> Option<&str> {
    let id = page.trim().rsplit(':').next().unwrap_or_default();
    let digits = id.strip_prefix('r')?.trim_start_matches('-');
    (!digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(id)
}

/// What is known of the draft that is looked for.
struct Wanted<'a> {
    message: Option<&'a str>,
    thread: Option<&'a str>,
    subject: String,
    recipients: BTreeSet<String>,
}

impl<'a> Wanted<'a> {
    fn new(hint: &'a DraftHint) -> Self {
        Self {
            message: hint.gmail.legacy_message.as_deref(),
            thread: hint.gmail.legacy_thread.as_deref(),
            subject: squeeze(&hint.subject),
            recipients: hint.recipients.iter().map(|known| known.address.trim().to_lowercase()).collect(),
        }
    }

    fn is_same_message(&self, message: &Message) -> bool {
        self.message.is_some_and(|id| id == message.id)
    }

    fn is_same_thread(&self, message: &Message) -> bool {
        self.thread.is_some_and(|id| id == message.thread_id)
    }

    /// Subject and recipients are those of the compose.
    fn fits(&self, message: &Message) -> bool {
        let (subject, recipients) = written(message);
        subject == self.subject && recipients == self.recipients
    }
}

/// Subject and recipients of a message of which only the headers are known.
pub(super) fn written(message: &Message) -> (String, BTreeSet<String>) {
    let mut head = String::new();
    for (name, value) in message.headers() {
        if ["subject", "to", "cc", "bcc"].iter().any(|wanted| name.eq_ignore_ascii_case(wanted)) {
            // Folded or not, a header is one line here: nothing in it may begin another one.
            // Writing to a string does not fail.
            let _ = write!(head, "{name}: {}\r\n", value.replace(['\r', '\n'], " "));
        }
    }
    head.push_str("\r\n");
    guarded(|| parsed(&head)).unwrap_or_default()
}

fn parsed(head: &str) -> (String, BTreeSet<String>) {
    let Some(parsed) = MessageParser::default().parse_headers(head.as_bytes()) else { return Default::default() };
    let recipients = [parsed.to(), parsed.cc(), parsed.bcc()].into_iter().flatten().flat_map(Address::iter);
    let recipients = recipients.filter_map(|known| known.address()).map(str::to_lowercase).collect();
    (squeeze(parsed.subject().unwrap_or_default()), recipients)
}

/// White space as one space each.
pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::wire::{Header, Part};
    use super::*;

    #[test]
    fn numbers_of_the_page() {
        for (page, want) in [
            ("msg-a:r123", Some("r123")),
            ("#msg-a:r-9223372036854775807", Some("r-9223372036854775807")),
            ("r5", Some("r5")),
            ("msg-f:123", None),
            ("msg-a:r", None),
            ("msg-a:r1/../../x", None),
            ("", None),
        ] {
            assert_eq!(api_id(page), want, "{page}");
        }
    }

    #[test]
    fn subject_and_recipients_in_whatever_form() {
        let headers = [
            ("Subject", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n an alle"),
            ("To", "\"Ann, A.\" <Ann@Example.org>, bob@example.org"),
            ("Cc", "Team: cy@example.org;"),
            ("X-Other", "eve@example.org"),
        ];
        let headers = headers.map(|(name, value)| Header { name: name.to_owned(), value: value.to_owned() });
        let message = Message { payload: Part { headers: headers.into(), ..Part::default() }, ..Message::default() };
        let (subject, recipients) = written(&message);
        assert_eq!(subject, "Grüße an alle");
        assert_eq!(recipients.into_iter().collect::<Vec<_>>(), ["ann@example.org", "bob@example.org", "cy@example.org"]);
        assert_eq!(written(&Message::default()), Default::default());
    }
}
