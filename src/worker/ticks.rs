//! The ticks in Gmail's list of conversations: what is known of the tracked mails of those on screen.
//!
//! What must hold:
//! - What is kept here is in memory only and bounded; it follows the stream, and whatever may have made it wrong makes it
//!   forgotten. A mail that was just sent counts from the moment it is in the outbox.
//! - Content scripts hear that they should ask again through [`key::TICK_NEWS`], at most once a second: a thousand events
//!   lead to a handful of writes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, GmailIds, Message};
use waxwing_protocol::capability;
use waxwing_protocol::page::{CachedList, Fault, key};

use super::client::Client;
use super::link::has;
use super::list::Own;
use super::platform::Platform;
use super::{Worker, internal};
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;

/// Conversations in one question.
const MOST_ASKED: usize = 100;
/// Conversations that are remembered.
const MOST_KEPT: usize = 500;
/// The backend gives no more messages for one question; then some may be missing.
const MOST_ANSWERED: usize = 500;
/// Milliseconds between two writes of what is new.
const MOMENT: u32 = 1_000;
/// Stands for no conversation.
const NONE: &str = "-";

/// How a message moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moved {
    /// This came of it.
    Activity(Uuid, Activity),
    /// It was registered, its ids changed, or it was muted.
    Otherwise(Uuid),
    /// It is gone.
    Gone(Uuid),
    /// Nobody can tell what did.
    Everything,
}

/// Whose ticks may be others now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Concerned {
    /// Nobody's.
    #[default]
    None,
    /// Those of these conversations.
    Some(BTreeSet<String>),
    /// Everybody's.
    All,
}

impl Concerned {
    fn add(&mut self, thread: Option<&str>) {
        let Some(thread) = thread else {
            *self = Self::All;
            return;
        };
        match self {
            Self::None => *self = Self::Some(BTreeSet::from([thread.to_owned()])),
            Self::Some(threads) if threads.len() >= MOST_ASKED && !threads.contains(thread) => *self = Self::All,
            Self::Some(threads) => {
                threads.insert(thread.to_owned());
            }
            Self::All => {}
        }
    }
}

/// What this worker knows.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    threads: BTreeMap<String, (u64, Vec<Message>)>,
    /// Grows with each question: who was asked for longest ago goes first.
    asked: u64,
    /// Grows with each move: an answer that was under way meanwhile is not kept.
    moves: u64,
    /// What content scripts were not told yet.
    untold: Concerned,
    /// Somebody is about to tell them.
    telling: bool,
}

impl Ticks {
    fn known(&mut self, thread: &str) -> Option<Vec<Message>> {
        self.asked += 1;
        let (asked, messages) = self.threads.get_mut(thread)?;
        *asked = self.asked;
        Some(messages.clone())
    }

    fn keep(&mut self, threads: &[String], messages: &[Message], moves: u64) {
        if self.moves != moves || messages.len() >= MOST_ANSWERED {
            return;
        }
        for thread in threads {
            self.asked += 1;
            let own = messages.iter().filter(|message| is_of(&message.gmail, thread)).cloned().collect();
            self.threads.insert(thread.clone(), (self.asked, own));
        }
        while self.threads.len() > MOST_KEPT {
            let oldest = self.threads.iter().min_by_key(|(_, (asked, _))| *asked).map(|(thread, _)| thread.clone());
            self.threads.remove(&oldest.unwrap_or_default());
        }
    }

    /// Follows a move. `listed` is the thread of the message by the list, if that has it.
    fn follow(&mut self, moved: &Moved, listed: Option<&str>) {
        self.moves += 1;
        let id = match moved {
            Moved::Activity(id, _) | Moved::Otherwise(id) | Moved::Gone(id) => *id,
            Moved::Everything => {
                self.threads.clear();
                self.untold = Concerned::All;
                return;
            }
        };
        let place = self.threads.iter_mut().find_map(|(thread, (_, messages))| {
            let at = messages.iter().position(|message| message.id == id)?;
            Some((thread.clone(), messages, at))
        });
        let thread = match (place, moved) {
            // The same again, as the news after what made them.
            (Some((_, messages, at)), Moved::Activity(_, activity)) if messages[at].activity == *activity => return,
            (Some((thread, messages, at)), Moved::Activity(_, activity)) => {
                messages[at].activity.clone_from(activity);
                Some(thread)
            }
            (Some((thread, messages, at)), Moved::Gone(_)) => {
                messages.remove(at);
                Some(thread)
            }
            (Some((thread, _, _)), _) => Some(thread),
            (None, _) => listed.map(str::to_owned),
        };
        if matches!(moved, Moved::Otherwise(_)) {
            // It may be in another conversation now, perhaps in one that had none.
            self.threads.retain(|known, (_, messages)| Some(known) != thread.as_ref() && !messages.is_empty());
        }
        self.untold.add(thread.as_deref());
    }
}

fn is_of(gmail: &GmailIds, thread: &str) -> bool {
    gmail.legacy_thread.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(thread))
}

/// The ids among these that are of the form: 16 hexadecimal digits, in lower case, each once.
fn valid(threads: &[String]) -> Vec<String> {
    let is_id = |thread: &&String| thread.len() == 16 && thread.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unique: BTreeSet<String> = threads.iter().filter(is_id).map(|thread| thread.to_ascii_lowercase()).collect();
    unique.into_iter().take(MOST_ASKED).collect()
}

impl<P: Platform> Worker<P> {
    /// The tracked mails of these conversations. Without the backend, as many as are known here.
    pub(super) async fn ticks(self: &Rc<Self>, threads: &[String]) -> Result<Vec<Message>, Fault> {
        let connection = self.connection().await.map_err(internal)?.ok_or(Fault::NotConnected)?;
        let threads = valid(threads);
        // An older backend knows no conversations, and no states to show of them.
        if threads.is_empty() || !has(&connection, capability::VERDICTS) {
            return Ok(Vec::new());
        }
        let known: BTreeMap<&String, Vec<Message>> =
            threads.iter().filter_map(|thread| Some((thread, self.ticks.borrow_mut().known(thread)?))).collect();
        let unknown: Vec<String> = threads.iter().filter(|thread| !known.contains_key(thread)).cloned().collect();
        let asked = if unknown.is_empty() { Ok(Vec::new()) } else { self.ask_ticks(&unknown).await };
        let (mut found, is_away) = match asked {
            Ok(messages) => (messages, false),
            Err((_, true)) => (Vec::new(), true),
            Err((fault, false)) => return Err(fault),
        };
        for (thread, before) in known {
            // It may have moved meanwhile. If it was forgotten, who asks hears of that and asks again.
            found.extend(self.ticks.borrow_mut().known(thread).unwrap_or(before));
        }
        let mut waiting = self.outbox().waiting().await.map_err(internal)?;
        waiting.retain(|kept| kept.entry.account == connection.account);
        let (pending, deleted) = Own { waiting, ..Own::default() }.pending();
        let listed = if is_away || !pending.is_empty() { self.cached().await.map_err(internal)? } else { None };
        let listed = listed.map(|list| list.messages).unwrap_or_default();
        if is_away {
            found.extend(listed.iter().filter(|message| unknown.iter().any(|thread| is_of(&message.gmail, thread))).cloned());
        }
        for mut message in pending {
            if found.iter().all(|known| known.id != message.id) {
                // The backend may have it already and not know its conversation yet.
                if let Some(known) = listed.iter().find(|known| known.id == message.id) {
                    message.activity.clone_from(&known.activity);
                    message.muted = known.muted;
                }
                found.push(message);
            }
        }
        found.retain(|message| !deleted.contains(&message.id) && threads.iter().any(|it| is_of(&message.gmail, it)));
        found.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
        Ok(found)
    }

    /// Asks the backend, and keeps what it says. A fault comes with whether the backend is away.
    async fn ask_ticks(self: &Rc<Self>, threads: &[String]) -> Result<Vec<Message>, (Fault, bool)> {
        let connection = match self.paired().await {
            Ok(connection) => connection,
            Err(fault) => {
                let is_away = fault == Fault::Revoked;
                return Err((fault, is_away));
            }
        };
        let moves = self.ticks.borrow().moves;
        let ids: Vec<&str> = threads.iter().map(String::as_str).collect();
        let page = self.call(&connection, async |client: Client<'_, P::Http>| client.of_threads(&ids).await).await;
        let page = page.map_err(|error| {
            let fault = error.fault();
            let is_away = error.is_away() || fault == Fault::Revoked;
            (fault, is_away)
        })?;
        self.ticks.borrow_mut().keep(threads, &page.messages, moves);
        Ok(page.messages)
    }

    /// Lets what is known follow the stream, and tells content scripts.
    pub(super) fn move_ticks(self: &Rc<Self>, moved: &[Moved], list: Option<&CachedList>) {
        for moved in moved {
            let listed = match moved {
                Moved::Activity(id, _) | Moved::Otherwise(id) | Moved::Gone(id) => {
                    list.and_then(|list| list.messages.iter().find(|message| message.id == *id))
                }
                Moved::Everything => None,
            };
            let thread = listed.and_then(|message| message.gmail.legacy_thread.as_deref());
            self.ticks.borrow_mut().follow(moved, thread);
        }
        self.tell_ticks();
    }

    /// What is known may be wrong, and nobody can tell of what.
    pub(super) fn forget_ticks(self: &Rc<Self>) {
        self.move_ticks(&[Moved::Everything], None);
    }

    /// A mail came into the outbox, or left it for the backend.
    pub(super) fn tick_of(self: &Rc<Self>, gmail: &GmailIds) {
        // Before its conversation is known it is in no list.
        let Some(thread) = gmail.legacy_thread.as_ref().map(|thread| thread.to_ascii_lowercase()) else { return };
        {
            let mut ticks = self.ticks.borrow_mut();
            ticks.moves += 1;
            ticks.threads.remove(&thread);
            ticks.untold.add(Some(&thread));
        }
        self.tell_ticks();
    }

    fn tell_ticks(self: &Rc<Self>) {
        let mut ticks = self.ticks.borrow_mut();
        if ticks.untold == Concerned::None || std::mem::replace(&mut ticks.telling, true) {
            return;
        }
        drop(ticks);
        let worker = Rc::clone(self);
        self.platform.spawn(async move {
            loop {
                let untold = std::mem::take(&mut worker.ticks.borrow_mut().untold);
                let threads = match untold {
                    Concerned::None => break,
                    Concerned::Some(threads) => threads.into_iter().collect(),
                    Concerned::All => Vec::new(),
                };
                // What cannot be told is seen when the list is drawn anew.
                let _ = worker.write_tick_news(threads).await;
                worker.platform.system().sleep(MOMENT).await;
            }
            worker.ticks.borrow_mut().telling = false;
        });
    }

    /// Writes so that it is heard: Chrome tells nobody of a value that is written again as it was.
    async fn write_tick_news(&self, mut threads: Vec<String>) -> Result<(), ApiError> {
        let store = self.platform.local();
        if store.get::<Vec<String>>(key::TICK_NEWS).await?.as_ref() == Some(&threads) {
            match threads.last().cloned() {
                // One named twice is still one.
                Some(last) => threads.push(last),
                None => store.set(key::TICK_NEWS, &[NONE]).await?,
            }
        }
        store.set(key::TICK_NEWS, &threads).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Concerned, MOST_ASKED, valid};

    #[test]
    fn only_ids_are_asked_for() {
        let asked = |threads: &[&str]| valid(&threads.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(
            asked(&["18C1f0a2b3d4e5f6", "18c1f0a2b3d4e5f6", "18c1f0a2b3d4e5f7"]),
            ["18c1f0a2b3d4e5f6", "18c1f0a2b3d4e5f7"]
        );
        assert_eq!(
            asked(&[
                "",
                "18c1",
                "18c1f0a2b3d4e5f6a",
                "18c1f0a2b3d4e5f,",
                "thread-f:1234567",
                "18c1f0a2b3d4e5&x",
                "ééééé123456"
            ]),
            [""; 0]
        );
        let many: Vec<String> = (0..300).map(|number| format!("{number:016x}")).collect();
        assert_eq!(valid(&many).len(), MOST_ASKED);
    }

    #[test]
    fn too_many_are_all() {
        let mut concerned = Concerned::default();
        for number in 0..=MOST_ASKED {
            concerned.add(Some(&number.to_string()));
            concerned.add(Some("0"));
            assert_eq!(concerned == Concerned::All, number == MOST_ASKED, "{number}");
        }
        concerned.add(Some("1"));
        assert_eq!(concerned, Concerned::All);
        let mut concerned = Concerned::default();
        concerned.add(None);
        assert_eq!(concerned, Concerned::All);
    }
}
