//! What came in, and may concern what is followed.
//!
//! With Gmail's extensions "All Mail" is looked at, so that no filter hides an answer; otherwise the inbox and, where the server
//! tells of all folders at once (RFC 5819), those that filters and people file mails into.
//!
//! What must hold:
//! - Of a mail that is not followed no more is fetched than its number and Gmail's number of its conversation; on other servers
//!   what it refers to, and of senders that a search found to be near somebody who is waited for, the `From`. Both are compared
//!   and forgotten.
//! - Nothing is marked as read: folders are opened to look only, and all is peeked at.
//! - A look is bounded in mails and in bytes, whatever waits in the mailbox; what is left is the next look's.
//! - A UID that was passed over is not looked at again; a folder whose UIDs mean something else now is looked through anew, as far
//!   back as is sensible.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use waxwing_protocol::Millis;
use waxwing_protocol::api::AccessAction;

use super::super::watching::{Arrived, Followed, Looked, Mark};
use super::super::written::written_down;
use super::super::{Ledger, Result};
use super::connection::{Command, ImapError};
use super::fetched::{Fetched, GMAIL, day_before, hex};
use super::folders::{self, Folders};
use super::headers::Headers;
use super::people;
use super::response::Kind;
use super::session::{Opened, Session};
use crate::incoming::{self, Incoming};

/// Mails whose numbers are asked for at once; without Gmail's conversations each is up to [`MOST_REFERENCES`] bytes.
const MOST_NUMBERS: usize = 1_000;
const MOST_MAILS: usize = 250;
/// What is fetched of a mail's references, of its sender, and of its header.
const MOST_REFERENCES: usize = 32 * 1024;
const MOST_FROM: usize = 8 * 1024;
const MOST_HEADER: usize = 256 * 1024;
/// Headers at once.
const HEADERS_AT_ONCE: usize = 16;
/// What a look gives back at most, in bytes.
const MOST_AT_ONCE: usize = 8 * 1024 * 1024;
/// UIDs that one search is about, so that its answer is short, and searches in a row that found nothing.
const WINDOW: u32 = 50_000;
const WINDOWS: usize = 40;
/// A look around goes so many UIDs back, and is about so many mails.
const AROUND: u32 = 80_000;
const MOST_AROUND: usize = 20_000;

/// How far a folder was looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct At {
    /// Its UIDVALIDITY.
    pub validity: u32,
    /// The first UID that was not looked at.
    pub next: u32,
}

/// How far a mailbox was looked through, by its folders' names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    folders: BTreeMap<String, At>,
}

impl Seen {
    /// What a mark says. One of another kind of mailbox says nothing.
    pub(super) fn of(mark: Option<&Mark>) -> Self {
        mark.and_then(|mark| Self::deserialize(&mark.0).ok()).unwrap_or_default()
    }

    /// Whether all that is in a folder was looked at.
    pub(super) fn covers(&self, folder: &str, opened: &Opened) -> bool {
        self.folders
            .get(folder)
            .is_some_and(|at| at.validity == opened.validity && opened.next.is_none_or(|next| next <= at.next))
    }

    /// Whether all that is in others was looked at, but for folders that are new.
    pub(super) fn covers_others(&self, others: &[(String, Option<At>)]) -> bool {
        let is_seen = |told: &At, at: &At| told.validity == at.validity && told.next <= at.next;
        others.iter().all(|(folder, told)| match (told, self.folders.get(folder)) {
            (Some(told), Some(at)) => is_seen(told, at),
            _ => true,
        })
    }
}

/// Whether mails are filed into other folders, and the server tells of all at once.
pub(super) fn has_others(session: &Session) -> bool {
    !session.is_gmail() && session.offers("LIST-STATUS")
}

/// The folder that tells first of what comes in.
pub(super) fn first(session: &Session, folders: &Folders) -> String {
    folders.all.clone().filter(|_| session.is_gmail()).unwrap_or_else(|| "INBOX".to_owned())
}

/// Looks once.
pub(super) async fn look(
    session: &mut Session,
    folders: &Folders,
    since: Option<&Mark>,
    not_before: Millis,
    followed: &dyn Followed,
    ledger: &dyn Ledger,
) -> Result<Looked> {
    let before = Seen::of(since);
    let first = first(session, folders);
    let mut look = Look { gmail: session.is_gmail(), session, followed, ledger, not_before, arrived: Vec::new(), bytes: 0 };
    let mut seen = Seen::default();
    let mut more = false;
    let others = if look.gmail { Vec::new() } else { folders::others(look.session, folders, &first).await? };
    for (folder, told) in std::iter::once((first.clone(), None)).chain(others) {
        let known = before.folders.get(&folder).copied();
        if known.is_some() && known == told {
            seen.folders.extend(known.map(|at| (folder, at)));
            continue;
        }
        if look.is_full() {
            // Without a place in the mark it is looked through from the beginning, as now.
            seen.folders.extend(known.map(|at| (folder, at)));
            more = true;
            continue;
        }
        match look.folder(&folder, known).await {
            Ok((mut at, is_done)) => {
                more |= !is_done;
                // What the list tells of and the folder does not show would wake again and again.
                if let Some(told) = told.filter(|told| is_done && told.validity == at.validity) {
                    at.next = at.next.max(told.next);
                }
                seen.folders.insert(folder, at);
            }
            // Gone since it was listed, or not for us to read. Without the first there is no look.
            Err(ImapError::Refused(status)) if status.kind == Kind::No && folder != first => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut arrived = look.arrived;
    arrived.sort_by_key(|mail| mail.at);
    let mark = Mark(serde_json::to_value(&seen).unwrap_or_default());
    Ok(Looked { mark, arrived, more })
}

struct Look<'l> {
    session: &'l mut Session,
    gmail: bool,
    followed: &'l dyn Followed,
    ledger: &'l dyn Ledger,
    not_before: Millis,
    arrived: Vec<Arrived>,
    bytes: usize,
}

type Done<T> = std::result::Result<T, ImapError>;

impl Look<'_> {
    fn is_full(&self) -> bool {
        self.bytes >= MOST_AT_ONCE
    }

    /// Looks into a folder: how far, and whether that is all of it.
    async fn folder(&mut self, folder: &str, known: Option<At>) -> Done<(At, bool)> {
        let opened = self.session.open_at(folder, false).await?;
        let validity = opened.validity;
        let end = self.end(opened).await?;
        let mut from = match known.filter(|at| at.validity == validity) {
            Some(at) => at.next,
            None => self.around(end).await?,
        };
        let most = if self.gmail { MOST_NUMBERS } else { MOST_MAILS };
        for _ in 0..WINDOWS {
            if from >= end {
                return Ok((At { validity, next: from }, true));
            }
            let last = from.saturating_add(WINDOW - 1).min(end - 1);
            let mut uids: Vec<u32> = if ((last - from) as usize) < most {
                // So few that asking which of them there are is no use.
                (from..=last).collect()
            } else {
                self.session.search(Command::new(&format!("UID SEARCH UID {from}:{last}"))).await?
            };
            uids.retain(|uid| (from..=last).contains(uid));
            let left = uids.get(most).copied();
            uids.truncate(most);
            if !uids.is_empty()
                && let Some(stopped) = self.mails(validity, &uids).await?
            {
                return Ok((At { validity, next: stopped }, false));
            }
            from = left.unwrap_or(last.saturating_add(1));
            if !uids.is_empty() {
                return Ok((At { validity, next: from }, from >= end));
            }
        }
        Ok((At { validity, next: from }, false))
    }

    /// The first UID that no mail has yet: as the server says it, or, as not every one does, behind the last mail.
    async fn end(&mut self, opened: Opened) -> Done<u32> {
        match opened.next {
            Some(next) => Ok(next),
            None if opened.messages == 0 => Ok(1),
            None => {
                let last = self.session.search(Command::new("UID SEARCH UID *")).await?;
                Ok(last.last().map_or(1, |last| last.saturating_add(1)))
            }
        }
    }

    /// Where to begin in a folder that was not looked through before.
    async fn around(&mut self, end: u32) -> Done<u32> {
        let lowest = end.saturating_sub(AROUND).max(1);
        let day = day_before(self.not_before);
        let mut uids = self.session.search(Command::new(&format!("UID SEARCH UID {lowest}:* SINCE {day}"))).await?;
        uids.retain(|uid| *uid >= lowest);
        // Where there are none, what is there now is older.
        Ok(uids.get(uids.len().saturating_sub(MOST_AROUND)).copied().unwrap_or(end))
    }

    /// Looks at mails of the open folder. `Some`: it is full, and the rest begins here.
    async fn mails(&mut self, validity: u32, uids: &[u32]) -> Done<Option<u32>> {
        let (there, mut wanted) = self.followed_ones(uids).await?;
        if !there.is_empty() {
            wanted.extend(self.near_ones(&there, &wanted).await?);
        }
        let wanted: Vec<u32> = wanted.into_iter().collect();
        let numbers = if self.gmail { GMAIL } else { "UID" };
        let items = format!("(UID FLAGS INTERNALDATE {numbers} BODY.PEEK[HEADER]<0.{MOST_HEADER}>)").replace("UID UID", "UID");
        for chunk in wanted.chunks(HEADERS_AT_ONCE) {
            for mail in self.session.fetch(chunk, &items).await? {
                if self.is_full() {
                    return Ok(Some(mail.uid));
                }
                self.mail(validity, mail).await?;
            }
        }
        Ok(None)
    }

    /// Which mails there are, and which of them are in conversations that are followed.
    async fn followed_ones(&mut self, uids: &[u32]) -> Done<(Vec<u32>, BTreeSet<u32>)> {
        let items = if self.gmail {
            format!("(UID {GMAIL})")
        } else {
            format!("(UID BODY.PEEK[HEADER.FIELDS (REFERENCES IN-REPLY-TO)]<0.{MOST_REFERENCES}>)")
        };
        let found = self.session.fetch(uids, &items).await?;
        let is_followed = |mail: &&Fetched| {
            mail.thread.is_some_and(|thread| self.followed.has_thread(&hex(thread)))
                || mail.headers.references.iter().any(|id| self.followed.has_id(id))
        };
        let wanted = found.iter().filter(is_followed).map(|mail| mail.uid).collect();
        Ok((found.iter().map(|mail| mail.uid).collect(), wanted))
    }

    /// Mails outside of them from people who are waited for, and notices of what was not delivered.
    async fn near_ones(&mut self, there: &[u32], known: &BTreeSet<u32>) -> Done<BTreeSet<u32>> {
        let (Some(first), Some(last)) = (there.first(), there.last()) else { return Ok(BTreeSet::new()) };
        let mut others: BTreeSet<u32> = there.iter().copied().collect();
        others.retain(|uid| !known.contains(uid));
        if self.gmail && !others.is_empty() {
            // A draft is a new mail each time that it is saved.
            let finished = self.searched(*first, *last, "UNDRAFT").await?;
            others.retain(|uid| finished.binary_search(uid).is_ok());
        }
        if others.is_empty() {
            return Ok(others);
        }
        let mut near = BTreeSet::new();
        let mut found = self.searched(*first, *last, &people::any(people::DAEMONS)).await?;
        if !self.gmail {
            found.extend(self.searched(*first, *last, &people::any(people::REPORTS)).await?);
        }
        near.extend(found.into_iter().filter(|uid| others.contains(uid)));
        let mut perhaps = BTreeSet::new();
        for search in people::searches(self.followed.people()) {
            perhaps.extend(self.searched(*first, *last, &search).await?);
        }
        let perhaps: Vec<u32> = perhaps.into_iter().filter(|uid| others.contains(uid) && !near.contains(uid)).collect();
        let items = format!("(UID BODY.PEEK[HEADER.FIELDS (FROM)]<0.{MOST_FROM}>)");
        let looked = self.session.fetch(&perhaps, &items).await?;
        let is_waited_for = |mail: &&Fetched| people::are_waited_for(&mail.headers.from, self.followed);
        near.extend(looked.iter().filter(is_waited_for).map(|mail| mail.uid));
        Ok(near)
    }

    /// UIDs that a search finds, lowest first. A server that does not know how finds none.
    async fn searched(&mut self, first: u32, last: u32, what: &str) -> Done<Vec<u32>> {
        match self.session.search(Command::new(&format!("UID SEARCH UID {first}:{last} {what}"))).await {
            Err(ImapError::Refused(status)) if matches!(status.kind, Kind::No | Kind::Bad) => {
                tracing::debug!("a mail server did not search for senders");
                Ok(Vec::new())
            }
            found => found,
        }
    }

    /// A mail whose header came.
    async fn mail(&mut self, validity: u32, mail: Fetched) -> Done<()> {
        self.ledger.write(AccessAction::ReadHeaders, true);
        // When it came is asked of every server, and known by every one.
        let (Some(mut raw), Some(at)) = (mail.raw, mail.at) else { return Ok(()) };
        if mail.deleted || mail.draft || Headers::read(&raw).note.is_some() {
            return Ok(());
        }
        let mut whole = false;
        if Incoming::read(&raw).needs_parts() {
            let start =
                written_down(self.ledger, AccessAction::ReadMail, self.session.fetch_start(mail.uid, incoming::MOST_BYTES))
                    .await;
            // Gone meanwhile: its header is what is left of it.
            if let Some(start) = start? {
                (raw, whole) = (start, true);
            }
        }
        self.bytes += raw.len();
        self.arrived.push(Arrived {
            // Servers tell whole seconds: it came in this one, and not before whatever was sent in it.
            at: at.saturating_add(999),
            thread: mail.thread.map(hex),
            id: mail.message.map_or_else(|| format!("{validity}:{}", mail.uid), hex),
            raw: raw.into(),
            whole,
        });
        Ok(())
    }
}
