//! A mail provider in memory: drafts, sent mails, and faults to order. Its [`Mailbox`] is what backends see of it; the provider
//! itself outlives them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use uuid::Uuid;
use waxwing_backend::mailbox::{
    Commit, Draft, DraftRef, Found, Ledger, Mailbox, MailboxError, Outgoing, Result, SendOutcome, SentRef, TRACE_HEADER, Trace,
};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, DraftHint, Trouble};

use crate::death::Death;

/// What is to go wrong with the next send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Refused before anything was committed.
    Refused(MailboxError),
    /// Refused by the answer to the last byte.
    RefusedAtTheEnd(MailboxError),
    /// It was taken, and the answer was lost.
    AnswerLost,
    /// The request was lost on its way, after the last byte was written.
    RequestLost,
    /// The call hangs before the commit, or after it, until [`Server::go_on`].
    HangBeforeCommit,
    HangAfterCommit,
    /// Some recipients are refused, the others taken.
    Some(Vec<(String, String)>),
}

/// When a backend is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Reading,
    BeforeCommit,
    AfterCommit,
    AfterEffect,
    Looking,
}

#[derive(Debug, Clone)]
struct Lying {
    version: u32,
    raw: Arc<[u8]>,
}

/// A mail that a provider took.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) trace: Uuid,
    pub(crate) raw: String,
    pub(crate) recipients: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    drafts: BTreeMap<String, Lying>,
    taken: Vec<Taken>,
    faults: VecDeque<Fault>,
    reads: VecDeque<MailboxError>,
    looks: VecDeque<MailboxError>,
    by_hand: bool,
    /// Written while its draft is read: it counts from the next call on.
    edits: VecDeque<(String, String)>,
    answered: bool,
    calls: Vec<&'static str>,
}

/// The provider.
#[derive(Debug, Default)]
pub(crate) struct Server {
    state: Mutex<State>,
    /// Sends by SMTP: the draft says nothing of whether a mail was sent, and Sent may not have it.
    smtp: bool,
    /// When a backend is killed.
    pub(crate) death: Death<When>,
    /// What hangs goes on.
    go: Notify,
}

impl Server {
    pub(crate) fn gmail() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn smtp() -> Arc<Self> {
        Arc::new(Self { smtp: true, ..Self::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A draft, ready to be scheduled.
    pub(crate) fn draft(&self, name: &str, raw: &str) -> DraftRef {
        self.state().drafts.insert(name.to_owned(), Lying { version: 1, raw: raw.replace('\n', "\r\n").into_bytes().into() });
        reference(name, 1)
    }

    /// An ordinary one to Ann.
    pub(crate) fn letter(&self, name: &str) -> DraftRef {
        self.draft(name, &letter(name))
    }

    pub(crate) fn edit(&self, name: &str, raw: &str) {
        let mut state = self.state();
        let draft = state.drafts.get_mut(name).unwrap();
        draft.version += 1;
        draft.raw = raw.replace('\n', "\r\n").into_bytes().into();
    }

    /// Somebody writes on just after the next time that it is read.
    pub(crate) fn edit_when_read(&self, name: &str, raw: &str) {
        self.state().edits.push_back((name.to_owned(), raw.to_owned()));
    }

    pub(crate) fn discard(&self, name: &str) {
        self.state().drafts.remove(name).unwrap();
    }

    pub(crate) fn send_by_hand(&self, name: &str) {
        self.discard(name);
        self.state().by_hand = true;
    }

    pub(crate) fn answer(&self) {
        self.state().answered = true;
    }

    pub(crate) fn order(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    pub(crate) fn cannot_read(&self, error: MailboxError) {
        self.state().reads.push_back(error);
    }

    pub(crate) fn cannot_look(&self, error: MailboxError) {
        self.state().looks.push_back(error);
    }

    /// What hangs goes on.
    pub(crate) fn go_on(&self) {
        self.go.notify_one();
    }

    pub(crate) fn has_draft(&self, name: &str) -> bool {
        self.state().drafts.contains_key(name)
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    /// How often the mail with this subject was taken.
    pub(crate) fn count(&self, name: &str) -> usize {
        let line = format!("Subject: {name}\r\n");
        self.state().taken.iter().filter(|taken| taken.raw.contains(&line)).count()
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.state().calls.iter().filter(|call| **call == name).count()
    }

    fn called(&self, name: &'static str) {
        self.state().calls.push(name);
    }

    fn take(&self, mail: &Outgoing) -> bool {
        let mut state = self.state();
        if let Some(draft) = mail.draft.as_ref().filter(|_| !self.smtp)
            && state.drafts.remove(&draft.id).is_none()
        {
            return false;
        }
        let raw = String::from_utf8(mail.raw.to_vec()).unwrap();
        assert!(raw.contains(&format!("{TRACE_HEADER}: {}\r\n", mail.trace.id)), "{raw}");
        state.taken.push(Taken { trace: mail.trace.id, raw, recipients: mail.recipients.clone() });
        true
    }
}

fn reference(name: &str, version: u32) -> DraftRef {
    DraftRef {
        id: name.to_owned(),
        version: format!("{version:016x}"),
        thread: Some("00000000000000aa".to_owned()),
        rfc_id: Some(format!("<{name}@fjord.example>")),
        size: 0,
        looks: None,
    }
}

/// A mail to Ann with a link in it.
pub(crate) fn letter(subject: &str) -> String {
    format!(
        "From: Mara <mara@fjord.example>\nTo: Ann <ann@example.com>\nSubject: {subject}\nMIME-Version: 1.0\n\
         Content-Type: text/html; charset=utf-8\n\n\
         <div dir=\"ltr\">Hello, see <a href=\"https://example.org/a\">this</a>.</div>\n"
    )
}

pub(crate) fn trouble(trouble: Trouble) -> MailboxError {
    MailboxError { said: Some("550 no".to_owned()), ..MailboxError::new(trouble) }
}

/// What backends see of a [`Server`].
#[derive(Debug)]
pub(crate) struct Seen(pub(crate) Arc<Server>);

impl Mailbox for Seen {
    fn find_draft<'a>(&'a self, hint: &'a DraftHint, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        Box::pin(async move {
            let name = hint.gmail.draft.clone().unwrap_or_default();
            Ok(self.0.state().drafts.get(&name).map(|draft| reference(&name, draft.version)))
        })
    }

    fn version<'a>(&'a self, draft: &'a DraftRef, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<DraftRef>>> {
        Box::pin(async move {
            self.0.called("version");
            Ok(self.0.state().drafts.get(&draft.id).map(|lying| reference(&draft.id, lying.version)))
        })
    }

    fn read_draft<'a>(&'a self, draft: &'a DraftRef, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<Draft>>> {
        Box::pin(async move {
            self.0.called("read");
            self.0.death.may_come(When::Reading).await;
            if let Some(error) = self.0.state().reads.pop_front() {
                return Err(error);
            }
            ledger.write(AccessAction::ReadDraft, true);
            let (found, edit) = {
                let mut state = self.0.state();
                let found = state.drafts.get(&draft.id).cloned();
                (found, state.edits.pop_front())
            };
            if let Some((name, raw)) = edit {
                self.0.edit(&name, &raw);
            }
            Ok(found.map(|lying| Draft { at: reference(&draft.id, lying.version), raw: lying.raw }))
        })
    }

    fn send<'a>(&'a self, mail: &'a Outgoing, commit: &'a dyn Commit, ledger: &'a dyn Ledger) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            self.0.called("send");
            let fault = self.0.state().faults.pop_front();
            self.0.death.may_come(When::BeforeCommit).await;
            if let Some(Fault::Refused(error)) = fault {
                return SendOutcome::NotSent(error);
            }
            if fault == Some(Fault::HangBeforeCommit) {
                self.0.go.notified().await;
            }
            if !commit.commit().await {
                self.0.called("lease lost");
                return SendOutcome::LeaseLost;
            }
            if fault == Some(Fault::HangAfterCommit) {
                self.0.go.notified().await;
            }
            self.0.death.may_come(When::AfterCommit).await;
            let lost = || SendOutcome::Unclear(MailboxError::new(Trouble::Unreachable));
            match fault {
                Some(Fault::RefusedAtTheEnd(error)) => return SendOutcome::NotSent(error),
                Some(Fault::RequestLost) => return lost(),
                _ => {}
            }
            if !self.0.take(mail) {
                return SendOutcome::NotSent(MailboxError::new(Trouble::Protocol));
            }
            self.0.death.may_come(When::AfterEffect).await;
            ledger.write(AccessAction::Send, true);
            match fault {
                Some(Fault::AnswerLost) => lost(),
                Some(Fault::Some(refused)) => SendOutcome::Sent(SentRef { refused, ..SentRef::default() }),
                _ => {
                    if self.0.smtp
                        && let Some(draft) = &mail.draft
                    {
                        self.0.state().drafts.remove(&draft.id);
                    }
                    SendOutcome::Sent(SentRef { message: Some("00000000000000ff".to_owned()), ..SentRef::default() })
                }
            }
        })
    }

    fn look<'a>(&'a self, trace: &'a Trace, _: u32, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Found>> {
        Box::pin(async move {
            self.0.called("look");
            self.0.death.may_come(When::Looking).await;
            ledger.write(AccessAction::LookForSent, true);
            if let Some(error) = self.0.state().looks.pop_front() {
                return Err(error);
            }
            if self.0.smtp {
                return Ok(Found::Unknown);
            }
            let state = self.0.state();
            if state.taken.iter().any(|taken| taken.trace == trace.id) {
                return Ok(Found::Sent(SentRef::default()));
            }
            Ok(match &trace.draft {
                Some(draft) => match state.drafts.get(&draft.id) {
                    Some(lying) => Found::NotSent(reference(&draft.id, lying.version)),
                    None => Found::Unknown,
                },
                None => Found::NotSent(reference("a copy", 1)),
            })
        })
    }

    fn sent_by_hand<'a>(&'a self, _: &'a DraftRef, _: &'a dyn Ledger) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(self.0.state().by_hand) })
    }

    fn answered<'a>(
        &'a self,
        _: &'a DraftRef,
        addresses: &'a [String],
        _: Millis,
        _: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            assert_eq!(addresses, ["ann@example.com"]);
            Ok(self.0.state().answered)
        })
    }

    fn revoke<'a>(&'a self, _: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
