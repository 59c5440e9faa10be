//! A mailbox by Gmail's API: a thin client after Google's discovery document.
//!
//! ```text
//! google   endpoints, the operator's client, HTTP    oauth    codes, tokens, giving back
//! account  access token, pacer, plain calls          find     the draft of a compose
//! send     the one call that sends, held.rs          look     what became of a mail
//! watch    what came in, mark.rs, arrived.rs         sent     a sent mail, and where its conversation lies
//! note     what brings a conversation back
//! told     waiting to be told that something came in, push/
//! ```
//!
//! What must hold: `drafts.send` is called once for a try; its last byte leaves after the lease was checked; reading is by
//! headers alone but for the one draft that is sent, and mails of machines about mails that are followed.

mod account;
mod arrived;
mod find;
mod google;
mod held;
mod look;
mod mark;
mod note;
pub mod oauth;
mod pacer;
pub mod push;
mod send;
mod sent;
mod told;
mod trouble;
mod watch;
mod wire;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use futures_util::future::{BoxFuture, FutureExt as _};
use serde::{Deserialize, Serialize};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, DraftHint, Trouble};
use zeroize::Zeroizing;

pub use account::Keeper;
pub use google::{Endpoints, Google, GoogleClient, UNITS_PER_MINUTE};

use super::watching::{Conversation, Followed, Looked, Mark, Note, NoteRef, Place, SentHint, SentMail, Woken};
use super::written::written_down;
use super::{Commit, Draft, DraftRef, Found, Ledger, Mailbox, MailboxError, Outgoing, Result, SendOutcome, Trace};
use crate::clock::Clock;
use account::Account;

const IN_TRASH: &str = "TRASH";

/// With or without padding: the discovery document does not say.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// What is kept of a mailbox beside its secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GmailConfig {
    /// The rights that were granted, as Google names them.
    #[serde(default)]
    pub rights: Vec<String>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
pub struct GmailSecret {
    /// The grant.
    pub refresh_token: Zeroizing<String>,
}

/// A mailbox by Gmail's API.
pub struct GmailMailbox {
    account: Account,
    /// In lower case; empty while it is not known.
    address: String,
    /// The id of the label that notes carry, once it was found.
    label: Mutex<Option<String>>,
    woke: told::Woke,
}

impl std::fmt::Debug for GmailMailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GmailMailbox(…)")
    }
}

impl GmailMailbox {
    /// Nothing is asked of Google yet.
    pub fn open(google: Arc<Google>, secret: GmailSecret, keeper: Arc<dyn Keeper>, clock: Arc<dyn Clock>) -> Self {
        let account = Account::new(google, secret.refresh_token, keeper, clock);
        Self { account, address: String::new(), label: Mutex::default(), woke: told::Woke::default() }
    }

    /// The mailbox of this address, which can be told of by it.
    #[must_use]
    pub fn of(self, address: &str) -> Self {
        Self { address: address.to_lowercase(), ..self }
    }

    async fn read(&self, draft: &DraftRef, ledger: &dyn Ledger) -> Result<Option<Draft>> {
        written_down(ledger, AccessAction::ReadDraft, self.read_raw(draft, ledger)).await
    }

    async fn read_raw(&self, draft: &DraftRef, ledger: &dyn Ledger) -> Result<Option<Draft>> {
        let Some(found) = self.draft(&draft.id, "raw", ledger).await? else { return Ok(None) };
        let raw = found.message.raw.as_deref().unwrap_or_default();
        // Some write it in the other alphabet.
        let raw = if raw.contains(['+', '/']) { raw.replace('+', "-").replace('/', "_").into() } else { Cow::Borrowed(raw) };
        let raw = BASE64.decode(raw.as_bytes()).map_err(|_| MailboxError::new(Trouble::Protocol))?;
        let at = DraftRef { rfc_id: draft.rfc_id.clone(), ..send::copy_ref(&found) };
        Ok(Some(Draft { at, raw: raw.into() }))
    }

    async fn version_of(&self, draft: &DraftRef, ledger: &dyn Ledger) -> Result<Option<DraftRef>> {
        let found = written_down(ledger, AccessAction::FindDraft, self.draft(&draft.id, "minimal", ledger)).await;
        Ok(found?.map(|found| DraftRef { rfc_id: draft.rfc_id.clone(), ..send::copy_ref(&found) }))
    }

    async fn give_back(&self, ledger: &dyn Ledger) -> Result<()> {
        self.stop_being_told(ledger).await;
        written_down(ledger, AccessAction::Revoke, self.account.revoke()).await
    }
}

impl Mailbox for GmailMailbox {
    fn find_draft<'a>(&'a self, hint: &'a DraftHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        self.find(hint, ledger).boxed()
    }

    fn version<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        self.version_of(draft, ledger).boxed()
    }

    fn read_draft<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<Draft>>> {
        self.read(draft, ledger).boxed()
    }

    fn send<'a>(&'a self, mail: &'a Outgoing, commit: &'a dyn Commit, ledger: &'a dyn Ledger) -> BoxFuture<'a, SendOutcome> {
        self.send_mail(mail, commit, ledger).boxed()
    }

    fn look<'a>(&'a self, trace: &'a Trace, since_secs: u32, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Found>> {
        self.look_for(trace, since_secs, ledger).boxed()
    }

    fn sent_by_hand<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>> {
        self.was_sent_by_hand(draft, ledger).boxed()
    }

    fn answered<'a>(
        &'a self,
        draft: &'a DraftRef,
        addresses: &'a [String],
        since: Millis,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<bool>> {
        self.was_answered(draft, addresses, since, ledger).boxed()
    }

    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        not_before: Millis,
        followed: &'a dyn Followed,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        self.news(since, not_before, followed, ledger).boxed()
    }

    fn wait_for_news<'a>(&'a self, mark: &'a Mark, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Woken>> {
        self.wait_to_be_told(mark, ledger).boxed()
    }

    fn find_sent<'a>(&'a self, hint: &'a SentHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<SentMail>>> {
        self.find_sent_mail(hint, ledger).boxed()
    }

    fn place<'a>(&'a self, conversation: &'a Conversation, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Place>> {
        self.find_place(conversation, ledger).boxed()
    }

    fn put_note<'a>(&'a self, note: &'a Note, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<NoteRef>> {
        self.put(note, ledger).boxed()
    }

    fn take_note<'a>(&'a self, note: &'a NoteRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        self.take(note, ledger).boxed()
    }

    fn revoke<'a>(&'a self, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        self.give_back(ledger).boxed()
    }
}
