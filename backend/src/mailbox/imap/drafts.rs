//! Finding a draft, following its edits, reading and removing it.
//!
//! By IMAP an edit is a new message: Gmail's page replaces the draft within its conversation, other programs put a new one
//! with the same Message-ID beside the old one and take that away. What must hold:
//! - An edit is followed only where exactly one draft fits. A draft that was sent by hand, and another begun after it in the
//!   same conversation, are not an edit. Neither is one with another Message-ID, another subject and other recipients.
//! - Reading marks nothing as read; removing removes exactly the message that was sent, and no other.

use std::sync::Arc;

use waxwing_protocol::api::{DraftHint, Trouble};

use super::super::{Draft, DraftRef, MailboxError, Result};
use super::connection::Command;
use super::fetched::{Fetched, GMAIL, KNOWN_BY, hex};
use super::folders::Folders;
use super::headers::bare;
use super::sent;
use super::session::Session;

/// The largest mail that is read: Gmail's 25 MB of attachments take 35 as base64, and others allow somewhat more.
pub(super) const MAX_MAIL: usize = 64 * 1024 * 1024;
/// Drafts that are looked at when one is known by its subject and recipients alone: the newest.
const MAX_LOOKED_AT: usize = 200;

/// The drafts of a mailbox, open for looking.
#[derive(Debug)]
pub(super) struct Drafts<'s> {
    session: &'s mut Session,
    folders: &'s Folders,
    validity: u32,
}

impl<'s> Drafts<'s> {
    /// They are open, with this UIDVALIDITY.
    pub(super) fn opened(session: &'s mut Session, folders: &'s Folders, validity: u32) -> Self {
        Self { session, folders, validity }
    }

    /// The draft that is meant, when there is exactly one.
    pub(super) async fn find(&mut self, hint: &DraftHint) -> Result<Option<DraftRef>> {
        let gmail = self.session.is_gmail();
        let number = |hex: &Option<String>| hex.as_ref().and_then(|hex| u64::from_str_radix(hex, 16).ok());
        if let Some(message) = number(&hint.gmail.legacy_message).filter(|_| gmail) {
            let fit = self.searched(Command::new(&format!("UID SEARCH UNDELETED X-GM-MSGID {message}"))).await?;
            if let [one] = fit.as_slice() {
                return Ok(Some(self.at(one, None)));
            }
        }
        if let Some(thread) = number(&hint.gmail.legacy_thread).filter(|_| gmail) {
            let fit = self.searched(Command::new(&format!("UID SEARCH UNDELETED X-GM-THRID {thread}"))).await?;
            // An unfinished one of the same conversation may be another than the one in the compose, which is not saved yet.
            let says_nothing = hint.subject.trim().is_empty() && hint.recipients.is_empty();
            if let Some(one) = only(&fit).filter(|_| says_nothing).or_else(|| only_meant(&fit, hint)) {
                return Ok(Some(self.at(one, None)));
            }
        }
        if let Some(id) = &hint.gmail.rfc_id {
            // Two with the same id are two edits.
            if let Some(newest) = self.by_id(id).await?.last() {
                return Ok(Some(self.at(newest, None)));
            }
        }
        let fit = self.searched(Command::new("UID SEARCH UNDELETED")).await?;
        Ok(only_meant(&fit, hint).map(|one| self.at(one, None)))
    }

    /// Where a draft is now. `None`: it is gone, or it cannot be told which one it became.
    pub(super) async fn locate(&mut self, draft: &DraftRef) -> Result<Option<(DraftRef, Option<usize>)>> {
        let found = match first_numbers(draft) {
            Some((thread, first)) if self.session.is_gmail() => self.locate_in_thread(draft, thread, first).await?,
            _ => self.locate_by_id(draft).await?,
        };
        Ok(found.map(|found| (self.at(&found, Some(draft)), found.size)))
    }

    /// Reads a draft as it is now.
    pub(super) async fn read(&mut self, draft: &DraftRef) -> Result<Option<Draft>> {
        let Some((at, size)) = self.locate(draft).await? else { return Ok(None) };
        let Some((_, uid)) = version(&at.version) else { return Ok(None) };
        if size.is_some_and(|size| size > MAX_MAIL) {
            return Err(MailboxError::new(Trouble::TooLarge));
        }
        let raw = self.session.fetch_raw(uid, MAX_MAIL).await?;
        Ok(raw.map(|raw| Draft { at, raw: Arc::from(raw) }))
    }

    async fn locate_in_thread(&mut self, draft: &DraftRef, thread: u64, first: u64) -> Result<Option<Fetched>> {
        let mut fit = self.searched(Command::new(&format!("UID SEARCH UNDELETED X-GM-THRID {thread}"))).await?;
        let same_id = |it: &Fetched| draft.rfc_id.as_deref().is_some_and(|id| it.headers.has_id(id));
        let seen = version(&draft.version).filter(|(validity, _)| *validity == self.validity).map(|(_, uid)| uid);
        if let Some(at) = fit.iter().position(|it| Some(it.uid) == seen) {
            // While an edit is being saved both may be there.
            let newer = fit.iter().rposition(|it| it.uid > fit[at].uid && same_id(it));
            return Ok(Some(fit.swap_remove(newer.unwrap_or(at))));
        }
        // Drafts that were there before are others.
        fit.retain(|it| seen.is_none_or(|seen| it.uid > seen));
        if fit.iter().any(same_id) {
            fit.retain(same_id);
            return Ok(fit.pop());
        }
        if fit.is_empty() {
            // Another subject may be another conversation.
            let Some(id) = &draft.rfc_id else { return Ok(None) };
            return Ok(self.by_id(id).await?.pop());
        }
        if fit.len() > 1 {
            tracing::info!("a draft was replaced, and more than one could be its edit");
            return Ok(None);
        }
        // Thrown away, and another begun in the conversation before anybody looked.
        let may_be = |it: &Fetched| draft.looks.as_ref().is_some_and(|before| before.resembles(&it.headers.looks()));
        if !fit.iter().all(may_be) {
            tracing::info!("a draft is gone, and another of its conversation is nothing like it");
            return Ok(None);
        }
        let by_hand = match &self.folders.sent {
            Some(folder) => sent::since(self.session, folder, thread, first).await?,
            None => false,
        };
        self.validity = self.session.open(&self.folders.drafts, false).await?;
        Ok(if by_hand { None } else { fit.pop() })
    }

    async fn locate_by_id(&mut self, draft: &DraftRef) -> Result<Option<Fetched>> {
        if let Some(id) = &draft.rfc_id {
            return Ok(self.by_id(id).await?.pop());
        }
        // Without an id no edit can be followed.
        let Some((validity, uid)) = version(&draft.version) else { return Ok(None) };
        if validity != self.validity {
            return Ok(None);
        }
        Ok(self.fetched(&[uid]).await?.pop())
    }

    /// Those with this Message-ID, oldest first.
    async fn by_id(&mut self, id: &str) -> Result<Vec<Fetched>> {
        let mut fit = self.searched(Command::new("UID SEARCH UNDELETED HEADER Message-ID").text(bare(id))).await?;
        // Servers look for a part of the header.
        fit.retain(|it| it.headers.has_id(id));
        Ok(fit)
    }

    async fn searched(&mut self, what: Command) -> Result<Vec<Fetched>> {
        let uids = self.session.search(what).await?;
        self.fetched(&uids[uids.len().saturating_sub(MAX_LOOKED_AT)..]).await
    }

    async fn fetched(&mut self, uids: &[u32]) -> Result<Vec<Fetched>> {
        let items = if self.session.is_gmail() { format!("({GMAIL} {KNOWN_BY})") } else { format!("({KNOWN_BY})") };
        let mut found = self.session.fetch(uids, &items).await?;
        found.retain(|it| !it.deleted);
        Ok(found)
    }

    /// `before`: what it was known by until now; its id stays.
    fn at(&self, found: &Fetched, before: Option<&DraftRef>) -> DraftRef {
        let rfc_id = found.headers.id.as_ref().map(|id| format!("<{id}>"));
        let id = match (before, found.thread, found.message) {
            (Some(before), ..) => before.id.clone(),
            (None, Some(thread), Some(message)) => format!("gmail:{}:{}", hex(thread), hex(message)),
            _ => format!("imap:{}:{}", self.validity, rfc_id.clone().unwrap_or_else(|| found.uid.to_string())),
        };
        DraftRef {
            id,
            version: format!("{}:{}", self.validity, found.uid),
            thread: found.thread.map(hex),
            rfc_id,
            size: 0,
            looks: Some(found.headers.looks()),
        }
    }
}

/// Removes the message that a draft was when it was sent. One that is gone already is no error; an edit made since stays.
pub(super) async fn remove(session: &mut Session, folders: &Folders, draft: &DraftRef) -> Result<()> {
    let validity = session.open(&folders.drafts, true).await?;
    let Some((_, uid)) = version(&draft.version).filter(|(seen, _)| *seen == validity) else { return Ok(()) };
    if session.fetch(&[uid], "(UID FLAGS)").await?.is_empty() {
        return Ok(());
    }
    // Gmail takes no more than a label away from what is expunged; what is put into its bin leaves Drafts.
    if let Some(trash) = folders.trash.as_deref().filter(|_| session.is_gmail()) {
        return to_bin(session, trash, uid).await;
    }
    expunge(session, uid).await
}

/// Throws a mail of the open folder away, as Gmail does it.
pub(super) async fn to_bin(session: &mut Session, trash: &str, uid: u32) -> Result<()> {
    let verb = if session.offers("MOVE") { "UID MOVE" } else { "UID COPY" };
    session.run(Command::new(verb).words(&uid.to_string()).text(trash)).await?;
    Ok(())
}

/// Takes a mail out of the open folder, and no other.
pub(super) async fn expunge(session: &mut Session, uid: u32) -> Result<()> {
    session.run(Command::new(&format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"))).await?;
    if session.offers("UIDPLUS") {
        session.run(Command::new(&format!("UID EXPUNGE {uid}"))).await?;
    } else if session.search(Command::new("UID SEARCH DELETED")).await? == [uid] {
        // EXPUNGE takes all that are marked: only when that is ours alone.
        session.run(Command::new("EXPUNGE")).await?;
    }
    Ok(())
}

/// Gmail's numbers of the conversation and of the message that the draft was when it was found.
pub(super) fn first_numbers(draft: &DraftRef) -> Option<(u64, u64)> {
    let (thread, message) = draft.id.strip_prefix("gmail:")?.split_once(':')?;
    Some((u64::from_str_radix(thread, 16).ok()?, u64::from_str_radix(message, 16).ok()?))
}

/// UIDVALIDITY and UID.
pub(super) fn version(version: &str) -> Option<(u32, u32)> {
    let (validity, uid) = version.split_once(':')?;
    Some((validity.parse().ok()?, uid.parse().ok()?))
}

fn only(fit: &[Fetched]) -> Option<&Fetched> {
    if let [one] = fit { Some(one) } else { None }
}

/// The only one with the subject and the recipients that the hint has. A hint without either means nothing.
fn only_meant<'f>(fit: &'f [Fetched], hint: &DraftHint) -> Option<&'f Fetched> {
    let subject = hint.subject.split_whitespace().collect::<Vec<_>>();
    let mut to: Vec<String> = hint.recipients.iter().map(|it| it.address.trim().to_lowercase()).collect();
    to.sort_unstable();
    to.dedup();
    if subject.is_empty() && to.is_empty() {
        return None;
    }
    let meant = |it: &&Fetched| it.headers.to == to && it.headers.subject.split_whitespace().eq(subject.iter().copied());
    let mut meant = fit.iter().filter(meant);
    let one = meant.next()?;
    if meant.next().is_some() {
        tracing::info!("more than one draft has the subject and the recipients of the one that is meant");
        return None;
    }
    Some(one)
}
