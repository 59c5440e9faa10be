//! All messages of one address, found by any of their names, and the record of what changed.
//!
//! What must hold: every change goes through [`Mailbox::insert`], [`Mailbox::remove`] or [`Mailbox::edit`], so that the ways
//! to find a message and the history always tell what lies here. Finding one costs the same with ten messages and with a
//! hundred thousand.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::model::{Message, label};

/// How many changes are remembered; whoever asks for older ones is told to read everything again.
const HISTORY_LIMIT: usize = 10_000;

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    Deleted,
    LabelsAdded,
    LabelsRemoved,
}

/// One change, as `history.list` tells it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) change: Change,
    /// Legacy ids of the message and of its thread at that time.
    pub(crate) message: u64,
    pub(crate) thread: u64,
    /// The message's labels after the change.
    pub(crate) labels: BTreeSet<String>,
    /// The labels that came or went.
    pub(crate) changed: Vec<String>,
}

type Places<K> = HashMap<K, BTreeSet<u64>>;

/// Messages by the order in which they came.
#[derive(Debug, Clone)]
pub(crate) struct Mailbox {
    messages: BTreeMap<u64, Message>,
    next: u64,
    by_id: HashMap<String, u64>,
    by_legacy: HashMap<u64, u64>,
    by_rfc: Places<String>,
    by_thread: Places<String>,
    by_legacy_thread: Places<u64>,
    by_label: Places<String>,
    history: VecDeque<Record>,
    /// The number of the last change.
    history_id: u64,
    /// Changes up to this one are forgotten.
    forgotten: u64,
}

impl Default for Mailbox {
    fn default() -> Self {
        // Gmail's numbers do not begin at nothing, and leave room between two changes.
        const FIRST: u64 = 200_000;
        Self {
            messages: BTreeMap::new(),
            next: 0,
            by_id: HashMap::new(),
            by_legacy: HashMap::new(),
            by_rfc: HashMap::new(),
            by_thread: HashMap::new(),
            by_legacy_thread: HashMap::new(),
            by_label: HashMap::new(),
            history: VecDeque::new(),
            history_id: FIRST,
            forgotten: FIRST - 1,
        }
    }
}

impl Mailbox {
    /// All messages, oldest first.
    pub(crate) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn threads(&self) -> usize {
        self.by_legacy_thread.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Message> {
        self.messages.get(self.by_id.get(id)?)
    }

    pub(crate) fn by_legacy(&self, legacy: u64) -> Option<&Message> {
        self.messages.get(self.by_legacy.get(&legacy)?)
    }

    /// Those with a Message-ID, oldest first.
    pub(crate) fn by_rfc(&self, rfc_id: &str) -> impl Iterator<Item = &Message> {
        self.at(self.by_rfc.get(rfc_id))
    }

    /// By permanent id, by legacy id or by Message-ID: tests name a message by whatever they have.
    pub(crate) fn find(&self, id: &str) -> Option<&Message> {
        self.get(id)
            .or_else(|| self.by_rfc(id).next())
            .or_else(|| u64::from_str_radix(id, 16).ok().and_then(|legacy| self.by_legacy(legacy)))
    }

    /// The messages of a thread that are shown: not those in the bin.
    pub(crate) fn thread(&self, thread: &str) -> impl Iterator<Item = &Message> {
        self.at(self.by_thread.get(thread)).filter(|message| !message.has(label::TRASH))
    }

    /// All messages of a thread by its legacy id, in the bin or not.
    pub(crate) fn legacy_thread(&self, thread: u64) -> impl Iterator<Item = &Message> {
        self.at(self.by_legacy_thread.get(&thread))
    }

    /// Those with a label, oldest first.
    pub(crate) fn labelled(&self, label: &str) -> impl DoubleEndedIterator<Item = &Message> {
        self.at(self.by_label.get(label))
    }

    /// Each label with how many messages have it, unread and all.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&str, (usize, usize))> {
        let unread = self.by_label.get(label::UNREAD);
        self.by_label.iter().map(move |(name, places)| {
            let unread = unread.map_or(0, |unread| unread.intersection(places).count());
            (name.as_str(), (unread, places.len()))
        })
    }

    fn at(&self, places: Option<&BTreeSet<u64>>) -> impl DoubleEndedIterator<Item = &Message> {
        let places: Vec<u64> = places.map(|it| it.iter().copied().collect()).unwrap_or_default();
        places.into_iter().filter_map(|place| self.messages.get(&place))
    }

    /// Whether a draft gets another thread with this subject: one that answers nothing and is alone in its own.
    pub(crate) fn leaves_thread(&self, draft: &Message, subject: &str) -> bool {
        draft.subject != subject && draft.references.is_empty() && self.legacy_thread(draft.legacy_thread).nth(1).is_none()
    }

    /// Whether a legacy id names a message or a thread here.
    pub(crate) fn taken(&self, legacy: u64) -> bool {
        self.by_legacy.contains_key(&legacy) || self.by_legacy_thread.contains_key(&legacy)
    }

    /// Adds a message as the newest.
    pub(crate) fn insert(&mut self, mut message: Message) {
        let place = self.next;
        self.next += 1;
        message.history = self.record(Change::Added, &message, Vec::new());
        self.index(place, &message);
        self.messages.insert(place, message);
    }

    /// Takes a message out.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Message> {
        let place = *self.by_id.get(id)?;
        let message = self.messages.remove(&place)?;
        self.unindex(place, &message);
        self.record(Change::Deleted, &message, Vec::new());
        Some(message)
    }

    /// Changes a message where it lies.
    pub(crate) fn edit<T>(&mut self, id: &str, change: impl FnOnce(&mut Message) -> T) -> Option<T> {
        let place = *self.by_id.get(id)?;
        let mut message = self.messages.remove(&place)?;
        self.unindex(place, &message);
        let before = message.labels.clone();
        let result = change(&mut message);
        let gone: Vec<String> = before.difference(&message.labels).cloned().collect();
        let new: Vec<String> = message.labels.difference(&before).cloned().collect();
        for (change, labels) in [(Change::LabelsAdded, new), (Change::LabelsRemoved, gone)] {
            if !labels.is_empty() {
                message.history = self.record(change, &message, labels);
            }
        }
        self.index(place, &message);
        self.messages.insert(place, message);
        Some(result)
    }

    fn index(&mut self, place: u64, message: &Message) {
        self.by_id.insert(message.id.clone(), place);
        self.by_legacy.insert(message.legacy, place);
        self.by_rfc.entry(message.rfc_id.clone()).or_default().insert(place);
        self.by_thread.entry(message.thread.clone()).or_default().insert(place);
        self.by_legacy_thread.entry(message.legacy_thread).or_default().insert(place);
        for label in &message.labels {
            self.by_label.entry(label.clone()).or_default().insert(place);
        }
    }

    fn unindex(&mut self, place: u64, message: &Message) {
        self.by_id.remove(&message.id);
        self.by_legacy.remove(&message.legacy);
        forget(&mut self.by_rfc, &message.rfc_id, place);
        forget(&mut self.by_thread, &message.thread, place);
        forget(&mut self.by_legacy_thread, &message.legacy_thread, place);
        for label in &message.labels {
            forget(&mut self.by_label, label, place);
        }
    }

    fn record(&mut self, change: Change, message: &Message, changed: Vec<String>) -> u64 {
        self.history_id += 7;
        self.history.push_back(Record {
            id: self.history_id,
            change,
            message: message.legacy,
            thread: message.legacy_thread,
            labels: message.labels.clone(),
            changed,
        });
        if self.history.len() > HISTORY_LIMIT {
            self.forgotten = self.history.pop_front().map_or(self.forgotten, |oldest| oldest.id);
        }
        self.history_id
    }

    /// The number of the last change.
    pub(crate) fn history_id(&self) -> u64 {
        self.history_id
    }

    /// What changed after a number, oldest first. `None`: that is too long ago, or has not been yet.
    pub(crate) fn since(&self, start: u64) -> Option<impl Iterator<Item = &Record>> {
        let known = (self.forgotten..=self.history_id).contains(&start);
        known.then(|| self.history.iter().skip(self.history.partition_point(|record| record.id <= start)))
    }

    /// Forgets what changed, as Gmail does after about a week: every number given out before is too old from now on.
    pub(crate) fn forget_history(&mut self) {
        self.history.clear();
        self.history_id += 7;
        self.forgotten = self.history_id;
    }
}

fn forget<K: std::hash::Hash + Eq>(places: &mut Places<K>, key: &K, place: u64) {
    if let Some(left) = places.get_mut(key) {
        left.remove(&place);
        if left.is_empty() {
            places.remove(key);
        }
    }
}
