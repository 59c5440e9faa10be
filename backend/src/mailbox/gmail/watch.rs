//! What came in: the history since the last look, or a look around where there is no such, by conversations and by people.
//!
//! What must hold:
//! - Of a mail that is in no conversation that is followed nothing is read unless a search of Gmail's own says that it is from somebody
//!   who is waited for, or from a mail server. It is known by its number until then, and its number is forgotten.
//! - A look reads a bounded number of mails, and says where it stopped. A mail that cannot be read does not keep the others waiting.
//! - Nothing here is paid from what mails that are due need (`pacer.rs`).

use std::collections::HashSet;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, StreamExt as _};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, Trouble};

use super::super::watching::{Arrived, Followed, Looked, Mark};
use super::super::written::written_down;
use super::super::{Ledger, MailboxError};
use super::GmailMailbox;
use super::account::SMALL;
use super::arrived::was_received;
use super::mark::{Around, LATE, Reached, Unseen, is_id, is_number, searches};
use super::pacer::{Cost, units};
use super::trouble::CallError;
use super::wire::{Change, Changes, Messages, Profile};

/// Mails that a look reads before it says that there is more.
const MOST_READ: usize = 100;
/// So many at a time.
const AT_ONCE: usize = 4;
/// Changes on a page, and pages of one look.
const CHANGES: &str = "500";
const PAGES: usize = 4;
/// What is needed of a change.
const CHANGE_FIELDS: &str = "history(id,messagesAdded/message(id,threadId,labelIds),\
    labelsRemoved(labelIds,message(id,threadId,labelIds))),historyId,nextPageToken";
/// Mails on a page of a look around, and pages of one look.
const AROUND: &str = "100";
const AROUND_PAGES: usize = 10;
/// Mails that a look around goes through in all, and for one search of people: the newest.
const MOST_AROUND: usize = 20_000;
const MOST_OF_PEOPLE: usize = 500;
/// Pages of 500 mails that a search for people is followed.
const SEARCH_PAGES: usize = 4;
/// What a list tells.
const LIST_FIELDS: &str = "messages(id,threadId),nextPageToken";
/// Google's clock and ours may differ.
const SLACK: Millis = 10 * 60_000;
/// A history that is too old is made up for from so long before the last look.
const OVERLAP: Millis = 60 * 60_000;

impl GmailMailbox {
    pub(super) async fn news(
        &self,
        since: Option<&Mark>,
        not_before: Millis,
        followed: &dyn Followed,
        ledger: &dyn Ledger,
    ) -> Result<Looked, MailboxError> {
        let look = Look { mailbox: self, followed, ledger, now: self.account.clock.now() };
        let asked = written_down(ledger, AccessAction::AskForNews, look.ask(since.and_then(Reached::read), not_before)).await;
        let Asked { reached, wanted, more } = asked?;
        // Whoever is told is asked now and then as well: in time to have it told further on. What is wrong with that shows where it is
        // waited for.
        if self.is_told_of() {
            let _ = self.keep_watched(ledger).await;
        }
        let arrived = look.read(&wanted).await?;
        Ok(Looked { mark: reached.mark(look.now), arrived, more })
    }
}

/// What asking showed.
struct Asked {
    reached: Reached,
    /// The mails to read.
    wanted: Wanted,
    more: bool,
}

/// Ids of mails to read, each once.
#[derive(Default)]
struct Wanted {
    ids: Vec<String>,
    known: HashSet<String>,
}

impl Wanted {
    fn add(&mut self, id: &str) {
        if is_id(id) && self.known.insert(id.to_owned()) {
            self.ids.push(id.to_owned());
        }
    }

    fn is_full(&self) -> bool {
        self.ids.len() >= MOST_READ
    }
}

/// One look at a mailbox.
struct Look<'a> {
    mailbox: &'a GmailMailbox,
    followed: &'a dyn Followed,
    ledger: &'a dyn Ledger,
    now: Millis,
}

impl Look<'_> {
    async fn ask(&self, since: Option<Reached>, not_before: Millis) -> Result<Asked, MailboxError> {
        let Some(mut reached) = since else {
            return self.look_around(self.begin(not_before).await?).await;
        };
        if reached.around.is_some() {
            return self.look_around(reached).await;
        }
        let mut wanted = Wanted::default();
        let Some(more) = self.history(&mut reached, &mut wanted).await? else {
            // So old that Google does not know it any more.
            let from = not_before.max(reached.at.saturating_sub(OVERLAP));
            return self.look_around(self.begin(from).await?).await;
        };
        let more = self.people(&mut reached, &mut wanted).await? || more;
        Ok(Asked { reached, wanted, more })
    }

    /// From now on by the history; what was before is looked around for.
    async fn begin(&self, from: Millis) -> Result<Reached, MailboxError> {
        let query = [("fields", "historyId")];
        let profile: Profile = self.get(units::PROFILE, &["profile"], &query).await.map_err(CallError::into_error)?;
        if !is_number(&profile.history_id) {
            return Err(MailboxError::new(Trouble::Protocol));
        }
        let around = Around { after: from.clamp(0, self.now).div_euclid(1_000), ..Around::default() };
        Ok(Reached { history: profile.history_id, at: self.now, unseen: Vec::new(), around: Some(around) })
    }

    /// What was added since the last look, and what was taken out of spam. Gives whether there is more. `None`: the history does not
    /// go back so far.
    async fn history(&self, reached: &mut Reached, wanted: &mut Wanted) -> Result<Option<bool>, MailboxError> {
        let before = reached.clone();
        let mut current: Option<String> = None;
        let mut page: Option<String> = None;
        for _ in 0..PAGES {
            let mut query = vec![
                ("startHistoryId", before.history.as_str()),
                ("historyTypes", "messageAdded"),
                ("historyTypes", "labelRemoved"),
                ("maxResults", CHANGES),
                ("fields", CHANGE_FIELDS),
            ];
            query.extend(page.as_deref().map(|token| ("pageToken", token)));
            let listed: Changes = match self.get(units::HISTORY, &["history"], &query).await {
                Ok(listed) => listed,
                Err(CallError::NotFound(_)) => return Ok(None),
                Err(error) => return Err(error.into_error()),
            };
            // That of the first page: what comes while the others are asked for is told again.
            current = current.or_else(|| Some(listed.history_id.clone()).filter(|id| is_number(id)));
            for change in listed.history {
                if wanted.is_full() {
                    return Ok(Some(true));
                }
                self.sort(&change, &before, reached, wanted);
                if is_number(&change.id) {
                    reached.history = change.id;
                }
            }
            page = listed.next_page_token.filter(|token| !token.is_empty());
            if page.is_none() {
                break;
            }
        }
        let more = page.is_some();
        let is_stuck = more && reached.history == before.history;
        if !more || is_stuck {
            reached.history = current.ok_or_else(|| MailboxError::new(Trouble::Protocol))?;
            reached.at = self.now;
        }
        Ok(Some(more && !is_stuck))
    }

    /// Which mails of a change are read, and which are known by their number alone.
    fn sort(&self, change: &Change, before: &Reached, reached: &mut Reached, wanted: &mut Wanted) {
        let saved = change.labels_removed.iter().filter(|it| it.label_ids.iter().any(|label| label == "SPAM"));
        for changed in change.messages_added.iter().chain(saved) {
            let message = &changed.message;
            if !was_received(message) || !is_id(&message.id) {
                continue;
            }
            if self.followed.has_thread(&message.thread_id) {
                wanted.add(&message.id);
            } else if !reached.unseen.iter().any(|it| it.id == message.id) {
                let after = before.at.saturating_sub(SLACK).div_euclid(1_000);
                let until = self.now.saturating_add(LATE);
                reached.unseen.push(Unseen { id: message.id.clone(), after, until });
            }
        }
    }

    /// Which of the mails that are known by their number are from somebody who is waited for. Gives whether there are more than are read
    /// now.
    async fn people(&self, reached: &mut Reached, wanted: &mut Wanted) -> Result<bool, MailboxError> {
        let Some(after) = reached.unseen.iter().map(|it| it.after).min() else { return Ok(false) };
        let unseen: HashSet<&str> = reached.unseen.iter().map(|it| it.id.as_str()).collect();
        let mut found: HashSet<String> = HashSet::new();
        for search in searches(self.followed.people()) {
            let q = format!("after:{} {search}", after.max(0));
            let mut page: Option<String> = None;
            for _ in 0..SEARCH_PAGES {
                let listed = self.list(&q, "500", page.as_deref()).await?;
                found.extend(listed.messages.into_iter().map(|it| it.id).filter(|id| unseen.contains(id.as_str())));
                page = listed.next_page_token.filter(|token| !token.is_empty());
                if page.is_none() {
                    break;
                }
            }
        }
        let mut more = false;
        reached.unseen.retain(|it| {
            let is_wanted = found.contains(&it.id);
            if is_wanted && wanted.is_full() {
                more = true;
                return true;
            }
            if is_wanted {
                wanted.add(&it.id);
            }
            !is_wanted
        });
        Ok(more)
    }

    /// Goes on with a look around: all mails for conversations that are followed, then those of people.
    async fn look_around(&self, mut reached: Reached) -> Result<Asked, MailboxError> {
        let mut wanted = Wanted::default();
        let mut around = reached.around.take().unwrap_or_default();
        let searches = searches(self.followed.people());
        if around.search.is_some() && around.searches != searches.len() {
            around = Around { after: around.after, search: Some(0), ..Around::default() };
        }
        around.searches = searches.len();
        for _ in 0..AROUND_PAGES {
            let people = match around.search {
                None => None,
                Some(at) => match searches.get(at) {
                    Some(search) => Some(search),
                    // All was asked.
                    None => return Ok(Asked { reached, wanted, more: true }),
                },
            };
            if wanted.is_full() {
                break;
            }
            let places = "-in:sent -in:drafts -in:chats -in:spam";
            let q = format!("after:{} {places} {}", around.after, people.map_or("", String::as_str));
            let listed = match self.list(q.trim_end(), AROUND, around.page.as_deref()).await {
                Ok(listed) => listed,
                // A page's token that is not taken any more: from the start of this search again.
                Err(MailboxError { trouble: Trouble::Protocol, .. }) if around.page.is_some() => {
                    around.page = None;
                    continue;
                }
                Err(error) => return Err(error),
            };
            around.gone_through += listed.messages.len();
            for message in &listed.messages {
                if self.followed.has_thread(&message.thread_id) != people.is_some() {
                    wanted.add(&message.id);
                }
            }
            let most = if people.is_some() { MOST_OF_PEOPLE } else { MOST_AROUND };
            around.page = listed.next_page_token.filter(|token| !token.is_empty() && around.gone_through < most);
            if around.page.is_none() {
                around.gone_through = 0;
                around.search = Some(around.search.map_or(0, |at| at + 1));
            }
        }
        reached.around = Some(around);
        Ok(Asked { reached, wanted, more: true })
    }

    async fn list(&self, q: &str, size: &str, page: Option<&str>) -> Result<Messages, MailboxError> {
        let mut query = vec![("q", q), ("includeSpamTrash", "true"), ("maxResults", size), ("fields", LIST_FIELDS)];
        query.extend(page.map(|token| ("pageToken", token)));
        self.get(units::READ, &["messages"], &query).await.map_err(CallError::into_error)
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        units: u32,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, CallError> {
        self.mailbox.account.get(Cost::making_way(units), path, query, SMALL, self.ledger).await
    }

    /// Reads what is wanted, oldest first.
    async fn read(&self, wanted: &Wanted) -> Result<Vec<Arrived>, MailboxError> {
        let mut reads: Vec<BoxFuture<'_, _>> = Vec::with_capacity(wanted.ids.len());
        for id in &wanted.ids {
            reads.push(self.mailbox.arrived(id, self.now, self.ledger).boxed());
        }
        let mut reads = stream::iter(reads).buffered(AT_ONCE);
        let mut arrived = Vec::new();
        while let Some(read) = reads.next().await {
            match read {
                Ok(mail) => arrived.extend(mail),
                // It would be so the next time, too.
                Err(MailboxError { trouble: Trouble::Protocol, .. }) => {
                    tracing::warn!("a mail that came in cannot be read; it is passed over");
                }
                Err(error) => return Err(error),
            }
        }
        arrived.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        Ok(arrived)
    }
}
