//! A mailbox in memory: mails that were sent, mails that come in, notes, and faults to order. It outlives the backends.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;
use waxwing_backend::mailbox::watching::{
    Arrived, Conversation, Followed, Looked, Mark, NOTE_HEADER, Note, NoteRef, Place, SentHint, SentMail,
};
use waxwing_backend::mailbox::{Ledger, Mailbox, MailboxError, Result};
use waxwing_domain::answers::person;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Trouble;

use crate::death::Death;
use crate::inbox::only_watched;

/// What is to go wrong with the next note that is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was put, and the answer was lost.
    AnswerLost,
    /// The request was lost on its way.
    RequestLost,
    /// The call ends without an answer when the test says so; what it asked for is done later ([`Server::arrive`]).
    Late,
    /// The call goes well, and ends when the test says so.
    Slow,
}

/// When a backend is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// While it looks for answers.
    Looking,
    /// Before a note is put.
    BeforePut,
    /// After one was put, before that is known.
    AfterPut,
    /// After one was taken away, before that is known.
    AfterTake,
}

/// A note that was put.
#[derive(Debug, Clone)]
pub(crate) struct Lying {
    pub(crate) id: Uuid,
    pub(crate) thread: String,
    pub(crate) raw: String,
    pub(crate) gone: bool,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<(SentMail, Option<String>)>,
    inbox: Vec<Arrived>,
    notes: Vec<Lying>,
    places: HashMap<String, Place>,
    faults: VecDeque<Fault>,
    late: Vec<Note>,
    /// Every call fails so.
    trouble: Option<MailboxError>,
    calls: Vec<&'static str>,
}

/// The mailbox.
#[derive(Debug, Default)]
pub(crate) struct Server {
    state: Mutex<State>,
    /// When a backend is killed.
    pub(crate) death: Death<When>,
    /// A call that is to be late was begun; it may end.
    pub(crate) began: Notify,
    pub(crate) ends: Notify,
}

impl Server {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A mail lies in Sent.
    pub(crate) fn sent(&self, message: &str, thread: &str, rfc_id: &str, at: Millis) {
        let mail = SentMail {
            message: Some(message.to_owned()),
            thread: Some(thread.to_owned()),
            rfc_id: Some(rfc_id.to_owned()),
            at,
            ..SentMail::default()
        };
        self.state().sent.push((mail, None));
    }

    /// A mail comes in.
    pub(crate) fn deliver(&self, thread: &str, at: Millis, raw: &str) {
        let mut state = self.state();
        let id = format!("in{}", state.inbox.len());
        let raw: Arc<[u8]> = raw.replace('\n', "\r\n").into_bytes().into();
        state.inbox.push(Arrived { at, thread: Some(thread.to_owned()), id, raw, whole: true });
    }

    /// Somebody answers in a conversation.
    pub(crate) fn answer(&self, thread: &str, from: &str, at: Millis) {
        let id = self.state().inbox.len();
        let raw = format!("From: {from}\nTo: mara@fjord.example\nSubject: Re: x\nMessage-ID: <a{id}@fjord.example>\n\nYes.\n");
        self.deliver(thread, at, &raw);
    }

    pub(crate) fn put_away(&self, thread: &str, place: Place) {
        self.state().places.insert(thread.to_owned(), place);
    }

    pub(crate) fn order(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    /// What was late is done now.
    pub(crate) fn arrive(&self) {
        let late = std::mem::take(&mut self.state().late);
        for note in &late {
            self.put(note);
        }
    }

    pub(crate) fn trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble.map(MailboxError::new);
    }

    /// All notes that ever were put.
    pub(crate) fn notes(&self) -> Vec<Lying> {
        self.state().notes.clone()
    }

    /// Those of a conversation that lie there.
    pub(crate) fn there(&self, thread: &str) -> usize {
        self.state().notes.iter().filter(|note| note.thread == thread && !note.gone).count()
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.state().calls.iter().filter(|call| **call == name).count()
    }

    fn called(&self, name: &'static str) -> Result<()> {
        let mut state = self.state();
        state.calls.push(name);
        state.trouble.clone().map_or(Ok(()), Err)
    }

    fn find(&self, hint: &SentHint) -> Option<SentMail> {
        let state = self.state();
        let is = |mail: &SentMail| {
            hint.message.is_some() && mail.message == hint.message || hint.rfc_id.is_some() && mail.rfc_id == hint.rfc_id
        };
        state.sent.iter().map(|(mail, _)| mail).find(|mail| is(mail)).cloned()
    }

    fn news(&self, mark: Option<&Mark>, followed: &dyn Followed) -> Looked {
        let state = self.state();
        let from = mark.and_then(|mark| mark.0.as_u64()).and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
        let concerns = |mail: &&Arrived| {
            let from = String::from_utf8_lossy(&mail.raw).to_lowercase();
            let from = from.lines().find_map(|line| line.strip_prefix("from: ").map(str::to_owned)).unwrap_or_default();
            mail.thread.as_deref().is_some_and(|thread| followed.has_thread(thread))
                || person(from.trim_end_matches('>').rsplit('<').next().unwrap_or_default())
                    .is_some_and(|from| followed.people().contains(&from))
        };
        let arrived = state.inbox.iter().skip(from).filter(concerns).cloned().collect();
        Looked { mark: Mark(json!(state.inbox.len())), arrived, more: false }
    }

    fn put(&self, note: &Note) -> NoteRef {
        let thread = note.conversation.thread.clone().unwrap_or_default();
        let found = NoteRef { id: note.id, message: Some(note.id.simple().to_string()), thread: Some(thread.clone()) };
        let mut state = self.state();
        if state.notes.iter().any(|lying| lying.id == note.id && !lying.gone) {
            return found;
        }
        let raw = String::from_utf8(note.raw.to_vec()).unwrap();
        assert!(raw.contains(&format!("{NOTE_HEADER}: {}\r\n", note.id)), "{raw}");
        // It lies in the inbox like any other mail.
        state.inbox.push(Arrived {
            at: note.at,
            thread: Some(thread.clone()),
            id: note.id.to_string(),
            raw: Arc::clone(&note.raw),
            whole: true,
        });
        state.notes.push(Lying { id: note.id, thread, raw, gone: false });
        found
    }
}

/// What a backend sees of it.
#[derive(Debug)]
pub(crate) struct Seen(pub(crate) Arc<Server>);

impl Mailbox for Seen {
    only_watched!();

    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        _: Millis,
        followed: &'a dyn Followed,
        _: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        async move {
            self.0.death.may_come(When::Looking).await;
            self.0.called("look")?;
            Ok(self.0.news(since, followed))
        }
        .boxed()
    }

    fn find_sent<'a>(&'a self, hint: &'a SentHint, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<SentMail>>> {
        async move {
            self.0.called("find")?;
            Ok(self.0.find(hint))
        }
        .boxed()
    }

    fn place<'a>(&'a self, conversation: &'a Conversation, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Place>> {
        async move {
            self.0.called("place")?;
            let thread = conversation.thread.clone().unwrap_or_default();
            Ok(self.0.state().places.get(&thread).copied().unwrap_or(Place::There))
        }
        .boxed()
    }

    fn put_note<'a>(&'a self, note: &'a Note, _: &'a dyn Ledger) -> BoxFuture<'a, Result<NoteRef>> {
        async move {
            self.0.death.may_come(When::BeforePut).await;
            self.0.called("put")?;
            let fault = self.0.state().faults.pop_front();
            if fault == Some(Fault::Slow) {
                self.0.began.notify_one();
                self.0.ends.notified().await;
            }
            if fault == Some(Fault::Late) {
                self.0.state().late.push(note.clone());
                self.0.began.notify_one();
                self.0.ends.notified().await;
                return Err(MailboxError::new(Trouble::Unreachable));
            }
            if fault == Some(Fault::RequestLost) {
                return Err(MailboxError::new(Trouble::Unreachable));
            }
            let lies = self.0.put(note);
            self.0.death.may_come(When::AfterPut).await;
            if fault == Some(Fault::AnswerLost) {
                return Err(MailboxError::new(Trouble::Unreachable));
            }
            Ok(lies)
        }
        .boxed()
    }

    fn take_note<'a>(&'a self, note: &'a NoteRef, _: &'a dyn Ledger) -> BoxFuture<'a, Result<()>> {
        async move {
            self.0.called("take")?;
            for lying in self.0.state().notes.iter_mut().filter(|lying| lying.id == note.id) {
                lying.gone = true;
            }
            self.0.death.may_come(When::AfterTake).await;
            Ok(())
        }
        .boxed()
    }
}
