//! What a tab knows of conversations and mails, and what it still has to ask. Pure.
//!
//! What must hold: nothing is asked twice at the same time; what may have changed is shown as it was until the answer is
//! there; what could not be answered is asked again after a pause.

use std::rc::Rc;

use waxwing_protocol::Millis;

use super::read::OwnMail;

/// After a question that was not answered.
const PAUSE: Millis = 15_000;
/// More than a mailbox shows in a day; then all is forgotten and asked again.
const MOST: usize = 2_000;

/// Own mails, oldest first. The same as long as it is the same `Rc`.
pub(super) type Mails = Rc<Vec<Rc<OwnMail>>>;

/// Own mails by a number: that of a conversation, or a message's.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    entries: Vec<(u128, Entry)>,
}

#[derive(Debug, Default)]
struct Entry {
    mails: Option<Mails>,
    /// A question is on its way.
    asked: bool,
    /// What is here may not hold any more.
    stale: bool,
    not_before: Millis,
}

impl Shelf {
    /// What is known; `None` until there was an answer.
    pub(super) fn get(&self, key: u128) -> Option<&Mails> {
        let at = self.entries.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.entries[at].1.mails.as_ref()
    }

    /// Whether to ask now; when it says yes it takes the question for asked.
    pub(super) fn ask(&mut self, key: u128, now: Millis) -> bool {
        let entry = self.entry(key);
        let due = !entry.asked && (entry.stale || entry.mails.is_none()) && entry.not_before <= now;
        if due {
            entry.asked = true;
            entry.stale = false;
        }
        due
    }

    /// An answer came. What says the same as before stays the same.
    pub(super) fn answer(&mut self, key: u128, mails: Vec<OwnMail>) {
        let entry = self.entry(key);
        entry.asked = false;
        let same = entry.mails.as_ref().is_some_and(|before| before.iter().map(|mail| &**mail).eq(mails.iter()));
        if !same {
            entry.mails = Some(Rc::new(mails.into_iter().map(Rc::new).collect()));
        }
    }

    /// No answer came.
    pub(super) fn failed(&mut self, key: u128, now: Millis) {
        let entry = self.entry(key);
        *entry = Entry { asked: false, stale: true, not_before: now + PAUSE, mails: entry.mails.take() };
    }

    /// What is known of this may have changed. Of what is not known nothing is noted.
    pub(super) fn changed(&mut self, key: u128) {
        if let Ok(at) = self.entries.binary_search_by_key(&key, |(key, _)| *key) {
            self.entries[at].1.stale = true;
            self.entries[at].1.not_before = 0;
        }
    }

    /// All that is known may have changed.
    pub(super) fn all_changed(&mut self) {
        for (_, entry) in &mut self.entries {
            entry.stale = true;
            entry.not_before = 0;
        }
    }

    /// Nothing is known any more, of a backend that is no longer the one.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    fn entry(&mut self, key: u128) -> &mut Entry {
        if self.entries.len() >= MOST && self.entries.binary_search_by_key(&key, |(key, _)| *key).is_err() {
            self.entries.clear();
        }
        let at = match self.entries.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => at,
            Err(at) => {
                self.entries.insert(at, (key, Entry::default()));
                at
            }
        };
        &mut self.entries[at].1
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use waxwing_protocol::api::Activity;

    use super::*;
    use crate::told::Known;

    fn mail(n: u128, opens: u32) -> OwnMail {
        OwnMail {
            id: Uuid::from_u128(n),
            sent_at: 0,
            sender: String::new(),
            thread: None,
            permanent: None,
            legacy: None,
            scheduled: false,
            to_self: false,
            people: 1,
            muted: false,
            known: Known::Yes,
            activity: Activity { opens, ..Activity::default() },
            tracking: waxwing_protocol::api::Tracking::default(),
        }
    }

    #[test]
    fn a_question_is_asked_once_and_again_after_news() {
        let mut shelf = Shelf::default();
        assert!(shelf.ask(1, 0));
        assert!(!shelf.ask(1, 0), "it is on its way");
        shelf.changed(1);
        assert!(!shelf.ask(1, 0), "still");
        shelf.answer(1, vec![mail(1, 0)]);
        assert!(shelf.ask(1, 0), "there was news while it was on its way");
        assert!(shelf.get(1).is_some(), "meanwhile it shows what it knew");
        shelf.answer(1, vec![mail(1, 1)]);
        assert!(!shelf.ask(1, 0));
        shelf.changed(2);
        assert!(shelf.get(2).is_none());
        shelf.all_changed();
        assert!(shelf.ask(1, 0));
    }

    #[test]
    fn the_same_answer_changes_nothing() {
        let mut shelf = Shelf::default();
        shelf.answer(1, vec![mail(1, 0)]);
        let before = shelf.get(1).map(Rc::clone).expect("known");
        shelf.answer(1, vec![mail(1, 0)]);
        assert!(shelf.get(1).is_some_and(|now| Rc::ptr_eq(now, &before)));
        shelf.answer(1, vec![mail(1, 2)]);
        assert!(shelf.get(1).is_some_and(|now| !Rc::ptr_eq(now, &before)));
        shelf.answer(2, Vec::new());
        assert!(shelf.get(2).is_some_and(|mails| mails.is_empty()), "known to be none of ours");
    }

    #[test]
    fn without_an_answer_it_waits() {
        let mut shelf = Shelf::default();
        shelf.answer(1, vec![mail(1, 0)]);
        shelf.changed(1);
        assert!(shelf.ask(1, 0));
        shelf.failed(1, 1_000);
        assert!(!shelf.ask(1, 1_000 + PAUSE - 1));
        assert!(shelf.get(1).is_some());
        assert!(shelf.ask(1, 1_000 + PAUSE));
        shelf.failed(1, 1_000);
        shelf.changed(1);
        assert!(shelf.ask(1, 1_000), "news end the pause");
        shelf.clear();
        assert!(shelf.get(1).is_none());
    }

    #[test]
    fn it_is_bounded() {
        let mut shelf = Shelf::default();
        for n in 0..=2 * MOST as u128 {
            shelf.answer(n, Vec::new());
        }
        assert!(shelf.entries.len() <= MOST);
        assert!(shelf.get(2 * MOST as u128).is_some());
    }
}
