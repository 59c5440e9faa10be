//! What is followed in a mailbox, as its look asks for it: held for one look, small, and dropped.
//!
//! What must hold: what is followed is found; what is not may be found by chance of a hash, and is sorted out when it is judged.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use uuid::Uuid;

use crate::mailbox::watching::Followed;
use crate::store::waiting::follow::Trail;

/// What is followed.
#[derive(Debug, Default)]
pub(super) struct Trails {
    /// Hashes of conversations and of Message-IDs, each with the mails whose they are; sorted.
    threads: Vec<(u64, u32)>,
    ids: Vec<(u64, u32)>,
    mails: Vec<Uuid>,
    people: Vec<String>,
    own: Vec<String>,
}

impl Trails {
    /// Of these mails of a mailbox, and of these people.
    pub(super) fn new<'a>(address: &str, trails: impl Iterator<Item = &'a Trail>, people: Vec<String>) -> Self {
        let mut new = Self { people, ..Self::default() };
        let mut own = BTreeSet::from([address.to_lowercase()]);
        for (mail, trail) in (0_u32..).zip(trails) {
            new.mails.push(trail.id);
            new.threads.extend(trail.thread.as_deref().map(|thread| (hash(thread), mail)));
            let before = trail.found.iter().flat_map(|found| found.references.iter().map(String::as_str));
            new.ids.extend(before.chain(trail.rfc_id.as_deref()).map(|id| (hash(id), mail)));
            if own.len() < MOST_OWN && !trail.sender.is_empty() {
                own.insert(trail.sender.clone());
            }
        }
        new.threads.sort_unstable();
        new.ids.sort_unstable();
        new.own = own.into_iter().collect();
        new
    }

    /// The addresses that mails were sent from.
    pub(super) fn own(&self) -> &[String] {
        &self.own
    }

    /// The mails whose conversation this may be, or one of whose ids these are, each once, and no more than that many.
    pub(super) fn mails<'a>(&self, thread: Option<&str>, ids: impl Iterator<Item = &'a str>, most: usize) -> Vec<Uuid> {
        let mut found: Vec<u32> = thread.map(|thread| of(&self.threads, thread).collect()).unwrap_or_default();
        found.extend(ids.flat_map(|id| of(&self.ids, id)));
        found.sort_unstable();
        found.dedup();
        // The newest come first.
        found.into_iter().take(most).filter_map(|mail| self.mails.get(mail as usize).copied()).collect()
    }
}

/// Addresses of one mailbox that mails were sent from.
const MOST_OWN: usize = 100;

impl Followed for Trails {
    fn has_thread(&self, thread: &str) -> bool {
        of(&self.threads, thread).next().is_some()
    }

    fn has_id(&self, rfc_id: &str) -> bool {
        of(&self.ids, rfc_id).next().is_some()
    }

    fn people(&self) -> &[String] {
        &self.people
    }
}

fn of<'a>(sorted: &'a [(u64, u32)], text: &str) -> impl Iterator<Item = u32> + use<'a> {
    let wanted = hash(text);
    let first = sorted.partition_point(|(hash, _)| *hash < wanted);
    sorted.iter().skip(first).take_while(move |(hash, _)| *hash == wanted).map(|(_, mail)| *mail)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::watching::SentMail;

    #[test]
    fn what_is_followed_is_found() {
        let trail = |n: u64, thread: Option<&str>, ids: &[&str]| Trail {
            id: Uuid::from_u64_pair(0, n),
            sender: format!("me{n}@x.example"),
            sent_at: 0,
            thread: thread.map(str::to_owned),
            rfc_id: Some(format!("{n}@x")),
            found: Some(SentMail { references: ids.iter().map(|id| (*id).to_owned()).collect(), ..SentMail::default() }),
            find_at: None,
            looked: true,
        };
        let all = [trail(1, Some("t1"), &["root@x"]), trail(2, Some("t1"), &["root@x", "1@x"]), trail(3, None, &[])];
        let trails = Trails::new("Mara@x.example", all.iter(), vec!["ann@y.example".to_owned()]);
        let numbers = |thread, ids: &[&str]| -> Vec<u64> {
            trails.mails(thread, ids.iter().copied(), 10).iter().map(|id| id.as_u64_pair().1).collect()
        };
        assert!(trails.has_thread("t1") && !trails.has_thread("t2"));
        assert!(trails.has_id("root@x") && trails.has_id("3@x") && !trails.has_id("4@x"));
        assert_eq!(numbers(Some("t1"), &["3@x"]), [1, 2, 3]);
        assert_eq!(numbers(None, &["1@x"]), [1, 2]);
        assert_eq!(numbers(Some("t2"), &["", "x"]), [0_u64; 0]);
        assert_eq!(trails.mails(Some("t1"), std::iter::empty(), 1).len(), 1);
        assert_eq!(trails.own(), ["mara@x.example", "me1@x.example", "me2@x.example", "me3@x.example"]);
        assert!(!Trails::new("", [].iter(), Vec::new()).has_id(""));
    }
}
