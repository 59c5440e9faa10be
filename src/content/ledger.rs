//! What is known of the mails of this tab: decided, marked, sent. Pure: told the time, it says what to do.
//!
//! What must hold:
//! - A mail counts as tracked only when its send request held exactly its own pixel (where its opens are not tracked: no pixel, and
//!   links of its own alone), whatever the gate believed. Its recipients were asked when the request held its line.
//! - Each mail is reported once, as tracked or as not tracked; only a later request may turn "no request was seen" around.
//! - What the user did not want tracked is not reported.
//! - A reminder that was chosen for a draft is set when the draft leaves, tracked or not, once; undone it is forgotten, and the choice
//!   stays with the draft.
//! - Lists are bounded: a tab may stay open for months.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, GmailIds, Kinds, Link, PutMessage, Recipient, RecipientKind, Tracks};
use waxwing_protocol::page::{NotTracked, WhyNot};

use crate::gmail::wire::{Contact, Kind, Mail};

/// How many mails of each kind are remembered.
const KEEP: usize = 200;
/// How long a send request may take before the user is told that none was seen.
pub const REQUEST_WITHIN: Millis = 60_000;
/// Gmail offers Undo for at most 30 s.
const UNDO_WITHIN: Millis = 60_000;
/// A mail whose compose never showed its draft leaves within this time after it was sent, or is another one.
const NAMELESS_WITHIN: Millis = 10_000;
/// Characters of a subject that are kept.
const SUBJECT: usize = 10_000;
/// Characters of a link's text that are kept.
const LINK_TEXT: usize = 200;

/// A mail that was marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Its id, the one in the pixel.
    pub id: Uuid,
    /// The account that its pixel names.
    pub account: String,
    /// The epoch of its token.
    pub epoch: u8,
    /// Gmail's id of the draft, when the compose showed it.
    pub draft: Option<String>,
    /// What was put into it.
    pub kinds: Kinds,
    /// The wrapped links.
    pub links: Vec<Link>,
    /// When.
    pub at: Millis,
}

/// A reminder that was chosen for a mail that has not left yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The account that it is set with.
    pub account: String,
    /// [`waxwing_protocol::api::Wish`] as JSON: nothing here looks into it.
    pub json: String,
    /// Its words for the tip of the bell.
    pub say: String,
}

/// A mail that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The tracked message's id; that of the reminder, of a mail that is not tracked.
    pub id: Uuid,
    /// The account it belongs to.
    pub account: String,
    /// The registration; of one that is not tracked, what there is to say of it.
    pub message: PutMessage,
    /// Whether it is tracked.
    pub tracked: bool,
    /// The reminder that was chosen for it, and its id.
    pub remind: Option<(Uuid, Rc<Wish>)>,
}

impl Sent {
    fn is_of(&self, draft: &str) -> bool {
        self.message.gmail.draft.as_deref() == Some(draft)
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A mail left that is tracked or has a reminder, or more is known of one that did.
    Register(Sent),
    /// Such a mail was undone.
    Forget {
        /// [`Sent::id`].
        id: Uuid,
    },
    /// A mail left untracked.
    NotTracked(NotTracked),
    /// An earlier report was wrong: the mail is tracked after all.
    TakeBack {
        /// The id it was reported under.
        id: Uuid,
    },
}

/// What the request itself shows of the account's marks: the ids in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Pixels.
    pub pixels: Vec<Uuid>,
    /// Wrapped links.
    pub clicks: Vec<Uuid>,
    /// Links of lines.
    pub lines: Vec<Uuid>,
}

impl Marks {
    /// The only message whose marks these are: that of the one pixel, or of all links where there is none.
    fn message(&self) -> Option<Uuid> {
        let (first, others) = if self.pixels.is_empty() { self.clicks.split_first()? } else { self.pixels.split_first()? };
        let same = if self.pixels.is_empty() { others.iter().all(|id| id == first) } else { others.is_empty() };
        same.then_some(*first)
    }
}

#[derive(Debug)]
struct Waiting {
    marked: Marked,
    /// The marks were taken out of the compose again.
    withdrawn: bool,
    /// It was reported that no request was seen.
    reported: bool,
}

#[derive(Debug)]
struct Left {
    draft: String,
    why: Option<WhyNot>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Ledger {
    waiting: Vec<Waiting>,
    left: Vec<Left>,
    sent: Vec<Sent>,
    /// Drafts whose sending without tracking was reported already: Gmail repeats requests.
    reported: Vec<String>,
    /// Reminders by the draft that they were chosen for.
    wishes: Vec<(String, Rc<Wish>)>,
    /// That of a mail being sent whose draft is not known, and since when.
    nameless: Option<(Rc<Wish>, Millis)>,
}

impl Ledger {
    /// A mail was marked and is about to be sent.
    pub fn marked(&mut self, marked: Marked) {
        if let Some(draft) = &marked.draft {
            self.left.retain(|left| &left.draft != draft);
        }
        push(&mut self.waiting, Waiting { marked, withdrawn: false, reported: false });
    }

    /// The send did not happen and the marks are out of the compose again. Should Gmail have read them before, the request
    /// will show it.
    pub fn withdrawn(&mut self, id: Uuid) {
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.marked.id == id) {
            waiting.withdrawn = true;
        }
    }

    /// A mail is about to be sent unmarked: why, when tracking was wanted.
    pub fn left(&mut self, draft: Option<String>, why: Option<WhyNot>) {
        let Some(draft) = draft else { return };
        self.left.retain(|left| left.draft != draft);
        push(&mut self.left, Left { draft, why });
    }

    /// A reminder was chosen for a draft, or none.
    pub fn wish(&mut self, draft: &str, wish: Option<Rc<Wish>>) {
        self.wishes.retain(|(of, _)| of != draft);
        if let Some(wish) = wish {
            push(&mut self.wishes, (draft.to_owned(), wish));
        }
    }

    /// The reminder that was chosen for a draft.
    pub fn wished(&self, draft: &str) -> Option<Rc<Wish>> {
        self.wishes.iter().find(|(of, _)| of == draft).map(|(_, wish)| Rc::clone(wish))
    }

    /// A mail with a reminder is about to be sent, and its compose has not shown its draft.
    pub fn nameless(&mut self, wish: Rc<Wish>, now: Millis) {
        self.nameless = Some((wish, now));
    }

    /// The reminder of a draft that leaves.
    fn wish_of(&mut self, draft: &str, now: Millis) -> Option<Rc<Wish>> {
        self.wished(draft).or_else(|| {
            let (wish, at) = self.nameless.take()?;
            (now.saturating_sub(at) < NAMELESS_WITHIN).then(|| {
                self.wish(draft, Some(Rc::clone(&wish)));
                wish
            })
        })
    }

    /// Whether a marked mail was seen to leave.
    pub fn is_sent(&self, id: Uuid) -> bool {
        self.sent.iter().any(|sent| sent.id == id)
    }

    /// The accounts of marked mails whose request was not seen yet.
    pub fn accounts(&self) -> Vec<String> {
        self.waiting.iter().map(|waiting| waiting.marked.account.clone()).collect()
    }

    /// Whether a request may be about a mail of this ledger: cheaper than reading it.
    pub fn concerns(&self, body: &str) -> bool {
        self.sent.iter().filter_map(|sent| sent.message.gmail.draft.as_ref()).any(|draft| body.contains(draft))
    }

    /// A request was seen: all its mails, each with the marks in its HTML. `unseen` is why a mail is not tracked that the
    /// gate has not seen, if tracking is wanted for every mail; `id` makes an id for a report.
    pub fn request(
        &mut self,
        mails: &[(Mail, Marks)],
        now: Millis,
        unseen: Option<WhyNot>,
        mut id: impl FnMut() -> Uuid,
    ) -> Vec<Act> {
        let leaving: Vec<&str> =
            mails.iter().filter(|(mail, _)| mail.kind.leaves()).map(|(mail, _)| mail.message.as_str()).collect();
        let mut acts = Vec::new();
        for (mail, marks) in mails {
            if mail.kind.leaves() {
                acts.extend(self.leaves(mail, marks, now, unseen, &mut id));
            } else if !leaving.contains(&mail.message.as_str()) {
                // Saved again after it was sent: it was taken back. A save in one request with the send came before it.
                acts.extend(self.taken_back(&mail.message));
            }
        }
        acts
    }

    fn leaves(
        &mut self,
        mail: &Mail,
        marks: &Marks,
        now: Millis,
        unseen: Option<WhyNot>,
        id: &mut impl FnMut() -> Uuid,
    ) -> Vec<Act> {
        if let Some(message) = marks.message() {
            if self.is_sent(message) {
                return Vec::new();
            }
            // A pixel if opens are tracked, and none if not.
            let is_whole = |of: &Marked| of.id == message && of.kinds.opens != marks.pixels.is_empty();
            if let Some(at) = self.waiting.iter().position(|waiting| is_whole(&waiting.marked)) {
                return self.proven(at, mail, now, marks.lines.contains(&message), id());
            }
        }
        let pixels = &marks.pixels;
        let at = self.waiting.iter().rposition(|waiting| waiting.marked.draft.as_deref() == Some(&mail.message));
        let (known, why) = if let Some(at) = at {
            let waiting = self.waiting.remove(at);
            let why = match (pixels.is_empty(), waiting.marked.kinds.opens) {
                (true, true) => WhyNot::PixelMissing,
                (true, false) => WhyNot::MarkFailed,
                (false, _) => WhyNot::PixelWrong,
            };
            (Some(waiting.marked), Some(why))
        } else if let Some(at) = self.left.iter().position(|left| left.draft == mail.message) {
            (None, self.left.remove(at).why)
        } else if pixels.is_empty() {
            (None, unseen)
        } else {
            (None, Some(WhyNot::PixelWrong))
        };
        let mut acts: Vec<Act> = self.not_tracked(mail, known, why, now, id()).into_iter().collect();
        if !self.sent.iter().any(|sent| sent.is_of(&mail.message))
            && let Some(wish) = self.wish_of(&mail.message, now)
        {
            let id = id();
            let account = wish.account.clone();
            let message = message(mail, now, 0, Vec::new());
            acts.push(self.left_with(Sent { id, account, message, tracked: false, remind: Some((id, wish)) }));
        }
        acts
    }

    fn left_with(&mut self, sent: Sent) -> Act {
        push(&mut self.sent, sent.clone());
        Act::Register(sent)
    }

    fn proven(&mut self, at: usize, mail: &Mail, now: Millis, asked: bool, reminder: Uuid) -> Vec<Act> {
        let Waiting { marked, reported, .. } = self.waiting.remove(at);
        // Other marks of this draft were withdrawn before.
        self.waiting.retain(|waiting| waiting.marked.draft.is_none() || waiting.marked.draft.as_deref() != Some(&mail.message));
        self.left.retain(|left| left.draft != mail.message);
        let remind = self.wish_of(&mail.message, now).map(|wish| (reminder, wish));
        let Kinds { opens, clicks } = marked.kinds;
        let tracks = Tracks { opens, clicks, until: None, asked };
        let message = PutMessage { tracks, ..message(mail, now, marked.epoch, marked.links) };
        let register = self.left_with(Sent { id: marked.id, account: marked.account, message, tracked: true, remind });
        if reported { vec![Act::TakeBack { id: marked.id }, register] } else { vec![register] }
    }

    fn not_tracked(
        &mut self,
        mail: &Mail,
        known: Option<Marked>,
        why: Option<WhyNot>,
        now: Millis,
        made_up: Uuid,
    ) -> Option<Act> {
        let why = why?;
        if self.reported.contains(&mail.message) {
            return None;
        }
        push(&mut self.reported, mail.message.clone());
        let (id, links) = known.map_or_else(|| (made_up, Vec::new()), |marked| (marked.id, marked.links));
        Some(Act::NotTracked(NotTracked {
            id,
            sent_at: now,
            sender: sender(mail),
            gmail: ids(mail),
            content: content(mail, links),
            why,
        }))
    }

    /// A response was seen: what it says of mails that were sent.
    pub fn response(&mut self, mails: &[Mail]) -> Vec<Act> {
        let mut acts = Vec::new();
        for mail in mails.iter().filter(|mail| mail.kind.leaves()) {
            for sent in self.sent.iter_mut().filter(|sent| sent.is_of(&mail.message)) {
                let told = GmailIds {
                    draft: sent.message.gmail.draft.clone(),
                    thread: Some(mail.thread.clone()),
                    legacy_thread: mail.legacy_thread.clone().or_else(|| sent.message.gmail.legacy_thread.clone()),
                    legacy_message: mail.legacy_message.clone().or_else(|| sent.message.gmail.legacy_message.clone()),
                    rfc_id: mail.rfc_id.clone().or_else(|| sent.message.gmail.rfc_id.clone()),
                };
                if told != sent.message.gmail {
                    sent.message.gmail = told;
                    acts.push(Act::Register(sent.clone()));
                }
            }
        }
        acts
    }

    /// A compose opened on this draft: if it was sent before, it was undone.
    pub fn reopened(&mut self, draft: &str) -> Option<Act> {
        self.taken_back(draft)
    }

    /// Undo was pressed for this thread and a compose opened on it, under another draft: the mail sent last in it came back.
    pub fn undone_in(&mut self, thread: &str, now: Millis) -> Option<Act> {
        let is_it = |sent: &Sent| {
            sent.message.gmail.thread.as_deref() == Some(thread) && now.saturating_sub(sent.message.sent_at) < UNDO_WITHIN
        };
        let at = self.sent.iter().rposition(is_it)?;
        Some(Act::Forget { id: self.sent.remove(at).id })
    }

    fn taken_back(&mut self, draft: &str) -> Option<Act> {
        self.reported.retain(|reported| reported != draft);
        let at = self.sent.iter().rposition(|sent| sent.is_of(draft))?;
        Some(Act::Forget { id: self.sent.remove(at).id })
    }

    /// Marked mails for which no request was seen in time. To be asked only while the browser is online: without a network
    /// Gmail keeps the request back.
    pub fn overdue(&mut self, now: Millis) -> Vec<Act> {
        let overdue = self.waiting.iter_mut().filter(|waiting| {
            !waiting.withdrawn && !waiting.reported && now.saturating_sub(waiting.marked.at) >= REQUEST_WITHIN
        });
        overdue
            .map(|waiting| {
                waiting.reported = true;
                let marked = &waiting.marked;
                Act::NotTracked(NotTracked {
                    id: marked.id,
                    sent_at: marked.at,
                    sender: String::new(),
                    gmail: GmailIds { draft: marked.draft.clone(), ..GmailIds::default() },
                    content: Content { links: marked.links.clone(), ..Content::default() },
                    why: WhyNot::NoRequest,
                })
            })
            .collect()
    }
}

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= KEEP {
        list.remove(0);
    }
    list.push(item);
}

/// What there is to say of a mail that left.
fn message(mail: &Mail, now: Millis, epoch: u8, links: Vec<Link>) -> PutMessage {
    PutMessage {
        epoch,
        sent_at: now,
        scheduled: mail.kind == Kind::Schedule,
        sender: sender(mail),
        gmail: ids(mail),
        content: content(mail, links),
        tracks: Tracks::default(),
    }
}

/// A mail belongs to the address that sent it.
fn sender(mail: &Mail) -> String {
    mail.from.as_ref().map(|from| from.address.clone()).unwrap_or_default()
}

fn ids(mail: &Mail) -> GmailIds {
    GmailIds { draft: Some(mail.message.clone()), thread: Some(mail.thread.clone()), ..GmailIds::default() }
}

fn content(mail: &Mail, links: Vec<Link>) -> Content {
    let line = |kind: RecipientKind, line: &Option<Vec<Contact>>| -> Vec<Recipient> {
        let contacts = line.iter().flatten();
        contacts.map(|one| Recipient { kind, address: one.address.clone(), name: one.name.clone() }).collect()
    };
    let mut recipients = line(RecipientKind::To, &mail.to);
    recipients.extend(line(RecipientKind::Cc, &mail.cc));
    recipients.extend(line(RecipientKind::Bcc, &mail.bcc));
    Content { subject: shortened(mail.subject.as_deref().unwrap_or_default(), SUBJECT), recipients, links }
}

/// A link as it is registered.
pub fn link(target: String, text: &str) -> Link {
    Link { target, text: shortened(text.trim(), LINK_TEXT) }
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

#[cfg(test)]
mod tests;
