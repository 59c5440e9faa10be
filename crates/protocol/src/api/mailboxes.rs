//! Mailboxes that the backend may send from, and the ledger of every access to them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Millis;

/// `GET /mailboxes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Mailboxes {
    /// The account's mailboxes, oldest first.
    pub mailboxes: Vec<Mailbox>,
    /// Whether this backend has a Google client, so that `POST /mailboxes/gmail` works.
    pub google: bool,
}

/// A connected mailbox. Its secret never leaves the backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Mailbox {
    /// Its id.
    pub id: Uuid,
    /// Its address, in lower case.
    pub address: String,
    /// How it is reached.
    pub kind: MailboxKind,
    /// How it is just now.
    pub state: MailboxState,
    /// The rights that its grant holds, as Google names them; empty for a password, which may do everything.
    #[serde(default)]
    pub rights: Vec<String>,
    /// Mails a rolling day, at most.
    pub daily_limit: u32,
    /// Mails that left through Waxwing in the last 24 hours.
    #[serde(default)]
    pub sent_today: u32,
    /// When it was connected.
    pub connected_at: Millis,
    /// How it is reached, for signing in again with another password; absent for Gmail's API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub servers: Option<MailServers>,
}

/// How a mailbox is reached by IMAP and SMTP. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MailServers {
    /// The name to sign in with.
    pub user: String,
    /// The IMAP server.
    pub imap: MailServer,
    /// The submission server.
    pub smtp: MailServer,
}

/// How a mailbox is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailboxKind {
    /// IMAP and SMTP with an (app) password.
    Imap,
    /// Gmail's API with a grant.
    Gmail,
}

/// How a mailbox is just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MailboxState {
    /// The last access worked.
    Ok,
    /// Its owner has to sign in again; mails that fall due are held until then.
    SignIn {
        /// Since when.
        since: Millis,
        /// Why.
        trouble: Trouble,
    },
    /// It cannot be reached just now; it is tried again by itself.
    Away {
        /// Since when.
        since: Millis,
        /// Why.
        trouble: Trouble,
    },
}

/// What is wrong with a mailbox, or with a send. The words for each stand in `_locales` as `trouble_<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// User or password are wrong.
    WrongPassword,
    /// The grant was revoked, or ended with a change of password.
    GrantRevoked,
    /// The grant does not hold a right that is needed.
    RightMissing,
    /// The operator's Google client is refused.
    ClientRefused,
    /// The backend's master key is gone or another one: what it kept of the password or the grant cannot be read any more.
    KeyLost,
    /// No such host, connection refused, no answer in time, connection broken.
    Unreachable,
    /// The certificate is not one for this host, is not trusted, or is out of date.
    Certificate,
    /// The server offers no encryption, or no way to sign in that is known here.
    NotOffered,
    /// It has no folder for drafts.
    NoDrafts,
    /// Too many calls, or too many mails a day: later.
    RateLimited,
    /// The server says "not now" (greylisting, 4xx, 5xx of an API).
    Busy,
    /// All recipients, or one of them, were refused for good.
    RecipientRefused,
    /// The recipient's mailbox is full.
    RecipientFull,
    /// The sender may not send as this address.
    SenderRefused,
    /// The mail is larger than the server takes.
    TooLarge,
    /// The mail was refused for what it holds.
    ContentRefused,
    /// The mailbox is full.
    Full,
    /// The server answered something that cannot be understood.
    Protocol,
}

/// `POST /mailboxes`: connect by IMAP and SMTP. Servers may be left out for addresses whose provider is known.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ConnectImap {
    /// The address.
    pub address: String,
    /// The (app) password. Spaces, as Google shows them, do not count for Gmail's.
    pub password: String,
    /// The name to sign in with, when it is not the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The IMAP server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imap: Option<MailServer>,
    /// The submission server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smtp: Option<MailServer>,
}

// The password must not reach a log.
impl core::fmt::Debug for ConnectImap {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ConnectImap").field("imap", &self.imap).field("smtp", &self.smtp).finish_non_exhaustive()
    }
}

/// Where a mail server listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MailServer {
    /// Its name, as the certificate has it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is encrypted. There is no way without.
    pub tls: MailTls,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// From the first byte (993, 465).
    Implicit,
    /// By `STARTTLS` (143, 587); without it nothing is said.
    StartTls,
}

/// What a try to connect showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Connecting {
    /// The steps that were gone, in order; the last one may have failed.
    pub steps: Vec<ConnectStep>,
    /// The mailbox, when all went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Mailbox>,
}

/// One step of connecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ConnectStep {
    /// Which.
    pub step: ConnectStepKind,
    /// What went wrong; absent when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// The server's own words, shortened and without control characters: foreign text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// Steps of connecting. The words for each stand in `_locales` as `step_<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectStepKind {
    /// Reach the IMAP server, encrypted.
    Imap,
    /// Sign in there.
    ImapSignIn,
    /// Find the folders for drafts and sent mail.
    Folders,
    /// Reach the submission server, encrypted.
    Smtp,
    /// Sign in there.
    SmtpSignIn,
    /// Call Gmail's API.
    Gmail,
}

/// Answer to `POST /mailboxes/gmail`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GmailStart {
    /// Google's page to open in a tab; it leads back to this backend. Good for 10 minutes, once.
    pub url: String,
    /// The rights that it asks for.
    pub rights: Vec<String>,
}

/// `PUT /mailboxes/{id}/settings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MailboxSettings {
    /// Mails a rolling day, at most: 1 to 2000.
    pub daily_limit: u32,
}

/// One access to a mailbox. `GET /mailboxes/{id}/access?before=` gives them, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Access {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// What was done. The words stand in `_locales` as `access_<name>`.
    pub action: AccessAction,
    /// Why. The words stand in `_locales` as `access_why_<name>`.
    pub reason: AccessReason,
    /// The scheduled mail that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Uuid>,
    /// The mail that is waited for that it was for ([`super::WaitingMail::id`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Uuid>,
    /// How often in a row: questions for news that came to nothing are one entry a day.
    #[serde(default = "once")]
    pub times: u32,
    /// When it was done last, where that is another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Millis>,
    /// Whether it worked.
    pub ok: bool,
}

const fn once() -> u32 {
    1
}

/// A page of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccessPage {
    /// Newest first.
    pub entries: Vec<Access>,
    /// Give this as `before` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// What was done in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessAction {
    /// Signed in and looked at which folders there are.
    SignIn,
    /// Looked for a draft by its ids, or listed drafts' ids to find it.
    FindDraft,
    /// Read one draft.
    ReadDraft,
    /// Sent a mail.
    Send,
    /// Filed a sent mail's copy.
    FileCopy,
    /// Removed the draft of a mail that was sent.
    RemoveDraft,
    /// Looked for one mail by its ids: whether it was sent.
    LookForSent,
    /// Looked whether somebody wrote in a conversation, by headers alone.
    LookForAnswer,
    /// Asked what came in. Of mails outside of what is followed no more than their numbers was seen; by IMAP, but at Gmail, also what
    /// they refer to, and of those that a search found to be near somebody who is waited for their sender.
    AskForNews,
    /// Asked Google to tell when something changes, or to stop that.
    AskToBeTold,
    /// Read the headers of a mail in a conversation that is followed, or from somebody who is waited for.
    ReadHeaders,
    /// Read a whole mail, because a rule needs it: whether it is a bounce of a mail that is followed, or until when somebody is away.
    ReadMail,
    /// Looked for a sent mail that is followed, by its ids.
    FindSent,
    /// Put a reminder's note into a conversation.
    PutNote,
    /// Took a reminder's note away.
    RemoveNote,
    /// Gave the grant back.
    Revoke,
    /// What only a newer backend does. Never written down.
    #[serde(other)]
    Unknown,
}

/// Why a mailbox was accessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessReason {
    /// Its owner connected, tested or disconnected it.
    Asked,
    /// A mail was scheduled.
    Scheduling,
    /// A scheduled mail is due.
    Due,
    /// An edit of a scheduled draft is followed.
    Following,
    /// It was unclear whether a mail had gone out.
    Unclear,
    /// Answers are waited for.
    Watching,
    /// A reminder came, or is over.
    Reminding,
    /// A recipient refused or agreed for an address, which is asked to confirm it.
    Consent,
    /// What only a newer backend knows. Never written down.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Access, AccessAction, AccessPage, AccessReason};

    #[test]
    fn a_newer_backends_entry_leaves_the_others_readable() {
        let page: AccessPage = serde_json::from_value(json!({ "entries": [
            { "id": 2, "at": 2, "action": "paint_it_blue", "reason": "for_fun", "ok": true },
            { "id": 1, "at": 1, "action": "send", "reason": "due", "ok": true },
        ]}))
        .expect("a page");
        let read: Vec<_> = page.entries.iter().map(|Access { action, reason, .. }| (*action, *reason)).collect();
        assert_eq!(read, [(AccessAction::Unknown, AccessReason::Unknown), (AccessAction::Send, AccessReason::Due)]);
        // The worker passes it on to a page.
        let passed: AccessPage = serde_json::from_value(serde_json::to_value(&page).expect("JSON")).expect("a page");
        assert_eq!(passed, page);
    }
}
