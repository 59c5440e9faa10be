//! A mailbox in memory. It tells of mails as real ones do: by their conversation where it knows conversations, by what they refer to
//! where it does not, and by who wrote them.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::json;
use tokio::sync::watch;
use waxwing_backend::incoming::Incoming;
use waxwing_backend::mailbox::watching::{Arrived, Followed, Looked, Mark, SentHint, SentMail, Woken};
use waxwing_backend::mailbox::{Ledger, Mailbox, MailboxError, Result};
use waxwing_domain::answers::{company, person};
use waxwing_domain::mailkind::{author_of, ids_of};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, Trouble};

use crate::inbox::only_watched;

#[derive(Debug, Default)]
struct State {
    /// Mails in Sent; those that are not filed yet are not found.
    sent: Vec<(SentMail, bool)>,
    inbox: Vec<Arrived>,
    /// Marks from before so many mails are not known any more.
    history_from: usize,
    trouble: Option<MailboxError>,
    wakes: bool,
    /// Mails that one look tells at most.
    page: Option<usize>,
    looks: usize,
    finds: usize,
    /// Ids of the mails that were told.
    told: Vec<String>,
    waits: usize,
}

/// The mailbox.
#[derive(Debug)]
pub(crate) struct Postbox {
    state: Mutex<State>,
    news: watch::Sender<usize>,
}

impl Default for Postbox {
    fn default() -> Self {
        Self { state: Mutex::default(), news: watch::Sender::new(0) }
    }
}

/// Counts a wait as long as it is waited.
struct Waits<'a>(&'a Postbox);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.state().waits -= 1;
    }
}

impl Postbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn file(&self, mail: SentMail, filed: bool) {
        self.state().sent.push((mail, filed));
    }

    /// Files what was not filed yet.
    pub(crate) fn file_all(&self) {
        self.state().sent.iter_mut().for_each(|(_, filed)| *filed = true);
    }

    /// A mail comes in; gives its id.
    pub(crate) fn deliver(&self, thread: Option<&str>, at: Millis, raw: &str) -> String {
        let mut state = self.state();
        let id = format!("in{}", state.inbox.len());
        let raw: Arc<[u8]> = raw.replace('\n', "\r\n").into_bytes().into();
        state.inbox.push(Arrived { at, thread: thread.map(str::to_owned), id: id.clone(), raw, whole: true });
        self.news.send_replace(state.inbox.len());
        id
    }

    /// What it can do about marks of old is forgotten.
    pub(crate) fn lose_history(&self) {
        let mut state = self.state();
        state.history_from = state.inbox.len() + 1;
    }

    pub(crate) fn trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble.map(MailboxError::new);
    }

    pub(crate) fn can_wake(&self) {
        self.state().wakes = true;
    }

    /// One mail a look.
    pub(crate) fn one_by_one(&self) {
        self.in_pages_of(1);
    }

    pub(crate) fn in_pages_of(&self, mails: usize) {
        self.state().page = Some(mails);
    }

    pub(crate) fn looks(&self) -> usize {
        self.state().looks
    }

    pub(crate) fn finds(&self) -> usize {
        self.state().finds
    }

    pub(crate) fn told(&self) -> Vec<String> {
        self.state().told.clone()
    }

    pub(crate) fn waits(&self) -> usize {
        self.state().waits
    }

    fn news(&self, mark: Option<&Mark>, not_before: Millis, followed: &dyn Followed) -> Result<Looked> {
        let mut state = self.state();
        state.looks += 1;
        if let Some(error) = &state.trouble {
            return Err(error.clone());
        }
        let known = mark.and_then(|mark| mark.0.as_u64()).and_then(|from| usize::try_from(from).ok());
        let known = known.filter(|from| *from >= state.history_from);
        let from = known.unwrap_or(0);
        let to = state.inbox.len().min(from.saturating_add(state.page.unwrap_or(usize::MAX)));
        let is_old = |mail: &Arrived| known.is_none() && mail.at < not_before;
        let arrived: Vec<Arrived> =
            state.inbox[from..to].iter().filter(|mail| !is_old(mail) && concerns(mail, followed)).cloned().collect();
        state.told.extend(arrived.iter().map(|mail| mail.id.clone()));
        Ok(Looked { mark: Mark(json!(to)), arrived, more: to < state.inbox.len() })
    }

    fn find(&self, hint: &SentHint) -> Result<Option<SentMail>> {
        let mut state = self.state();
        state.finds += 1;
        if let Some(error) = &state.trouble {
            return Err(error.clone());
        }
        let is = |mail: &SentMail| {
            hint.message.is_some() && mail.message == hint.message
                || hint.rfc_id.is_some() && mail.rfc_id == hint.rfc_id
                || hint.message.is_none() && hint.rfc_id.is_none()
        };
        Ok(state.sent.iter().find(|(mail, filed)| *filed && is(mail)).map(|(mail, _)| mail.clone()))
    }
}

fn concerns(mail: &Arrived, followed: &dyn Followed) -> bool {
    let read = Incoming::read(&mail.raw);
    let header = |name| read.header(name).unwrap_or_default();
    let from = author_of(header("From")).unwrap_or_default().to_lowercase();
    let (who, firm) = (person(&from), company(&from).map(|domain| format!("@{domain}")));
    mail.thread.as_deref().is_some_and(|thread| followed.has_thread(thread))
        || ids_of(header("References")).chain(ids_of(header("In-Reply-To"))).any(|id| followed.has_id(id))
        || followed.people().iter().any(|it| Some(it) == firm.as_ref() || who.is_some() && person(it) == who)
        || from.starts_with("mailer-daemon@")
}

/// What a backend sees of it.
#[derive(Debug)]
pub(crate) struct Seen(pub(crate) Arc<Postbox>);

impl Mailbox for Seen {
    only_watched!();

    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        not_before: Millis,
        followed: &'a dyn Followed,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        async move {
            let looked = self.0.news(since, not_before, followed);
            ledger.write(AccessAction::AskForNews, looked.is_ok());
            looked
        }
        .boxed()
    }

    fn wait_for_news<'a>(&'a self, mark: &'a Mark, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Woken>> {
        async move {
            if !self.0.state().wakes {
                return Ok(Woken::Never);
            }
            self.0.state().waits += 1;
            let _waits = Waits(&self.0);
            let seen = mark.0.as_u64().and_then(|seen| usize::try_from(seen).ok()).unwrap_or_default();
            let mut news = self.0.news.subscribe();
            let _ = news.wait_for(|count| *count > seen).await;
            Ok(Woken::News)
        }
        .boxed()
    }

    fn find_sent<'a>(&'a self, hint: &'a SentHint, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Option<SentMail>>> {
        async move {
            let found = self.0.find(hint);
            ledger.write(AccessAction::FindSent, found.is_ok());
            found
        }
        .boxed()
    }
}
