//! What lies in Sent: our copy, whether a mail went out, whether its sender sent it by hand, and who answered.
//!
//! What must hold: only headers are read here. That a mail is not in Sent proves nothing: by IMAP it is never told that a mail
//! was not sent.

use std::collections::BTreeSet;

use waxwing_protocol::Millis;

use super::super::{DraftRef, Result, SentRef, Trace};
use super::connection::Command;
use super::drafts::first_numbers;
use super::fetched::{ANSWERED_BY, Fetched, GMAIL, KNOWN_BY, day_before, hex};
use super::folders::Folders;
use super::headers::{Headers, bare};
use super::session::Session;

/// Mails of Sent that are looked through for our header: the newest since the day before.
const MAX_LOOKED_AT: usize = 300;
/// Addresses whose mails are looked for.
const MAX_ADDRESSES: usize = 50;

/// The mail that a send left in Sent, wherever the server may hide it.
pub(super) async fn find(session: &mut Session, folders: &Folders, trace: &Trace) -> Result<Option<SentRef>> {
    let found = find_by_id(session, folders, trace).await?;
    if found.is_some() || folders.sent.is_none() {
        return Ok(found);
    }
    // Not every server finds it so, and some give mails ids of their own: our header is looked for mail by mail.
    let uids = session.search(Command::new(&format!("UID SEARCH SINCE {}", day_before(trace.at)))).await?;
    let found = known(session, newest(&uids)).await?.into_iter().rev().find(|it| is_it(it, trace));
    Ok(found.as_ref().map(reference))
}

/// The same where the server kept its Message-ID. Leaves Sent open.
pub(super) async fn find_by_id(session: &mut Session, folders: &Folders, trace: &Trace) -> Result<Option<SentRef>> {
    let Some(sent) = &folders.sent else { return Ok(None) };
    session.open(sent, false).await?;
    let uids = session.search(Command::new("UID SEARCH HEADER Message-ID").text(bare(&trace.rfc_id))).await?;
    let found = known(session, newest(&uids)).await?.into_iter().rev().find(|it| is_it(it, trace));
    Ok(found.as_ref().map(reference))
}

fn is_it(found: &Fetched, trace: &Trace) -> bool {
    found.headers.trace == Some(trace.id) || found.headers.has_id(&trace.rfc_id)
}

/// Whether somebody sent a mail in this conversation of Gmail's since its draft was first seen, other than through us.
pub(super) async fn since(session: &mut Session, sent: &str, thread: u64, first: u64) -> Result<bool> {
    session.open(sent, false).await?;
    let uids = session.search(Command::new(&format!("UID SEARCH X-GM-THRID {thread}"))).await?;
    let mails = known(session, newest(&uids)).await?;
    // Gmail's numbers of messages grow with time.
    Ok(mails.iter().any(|it| it.headers.trace.is_none() && it.message.is_some_and(|message| message >= first)))
}

/// Whether a draft that is gone lies in Sent, other than through us.
pub(super) async fn by_hand(session: &mut Session, folders: &Folders, draft: &DraftRef) -> Result<bool> {
    let Some(sent) = &folders.sent else { return Ok(false) };
    if let Some((thread, first)) = first_numbers(draft).filter(|_| session.is_gmail())
        && since(session, sent, thread, first).await?
    {
        return Ok(true);
    }
    let Some(id) = &draft.rfc_id else { return Ok(false) };
    session.open(sent, false).await?;
    let uids = session.search(Command::new("UID SEARCH HEADER Message-ID").text(bare(id))).await?;
    Ok(known(session, newest(&uids)).await?.iter().any(|it| it.headers.trace.is_none() && it.headers.has_id(id)))
}

/// Whether one of these addresses wrote in the conversation after `since`.
pub(super) async fn answered(
    session: &mut Session,
    folders: &Folders,
    draft: &DraftRef,
    addresses: &[String],
    since: Millis,
) -> Result<bool> {
    let addresses: BTreeSet<String> =
        addresses.iter().take(MAX_ADDRESSES).map(|it| it.trim().to_lowercase()).filter(|it| !it.is_empty()).collect();
    let wrote = |it: &Fetched| {
        // The time has whole seconds.
        !it.headers.machine
            && it.at.is_some_and(|at| at.saturating_add(999) > since)
            && it.headers.from.iter().any(|from| addresses.contains(from))
    };
    let thread = draft.thread.as_ref().and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let thread = thread.or_else(|| first_numbers(draft).map(|(thread, _)| thread)).filter(|_| session.is_gmail());
    let day = day_before(since);
    let items = format!("({ANSWERED_BY})");
    if let Some(thread) = thread {
        session.open(folders.all.as_deref().unwrap_or("INBOX"), false).await?;
        let uids = session.search(Command::new(&format!("UID SEARCH X-GM-THRID {thread} SINCE {day}"))).await?;
        return Ok(session.fetch(newest(&uids), &items).await?.iter().any(wrote));
    }
    let conversation = conversation(session, folders, draft).await?;
    if conversation.is_empty() {
        return Ok(false);
    }
    let in_it = |headers: &Headers| headers.references.iter().chain(&headers.id).any(|id| conversation.contains(id));
    let mut places = vec!["INBOX"];
    places.extend(folders.all.as_deref());
    for place in places {
        session.open(place, false).await?;
        for address in &addresses {
            // Anything else would have to be said in a character set that not every server knows.
            if !address.is_ascii() {
                continue;
            }
            let uids = session.search(Command::new(&format!("UID SEARCH SINCE {day} FROM")).text(address)).await?;
            if session.fetch(newest(&uids), &items).await?.iter().any(|it| wrote(it) && in_it(&it.headers)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The ids of the mails that the draft answers, and its own.
async fn conversation(session: &mut Session, folders: &Folders, draft: &DraftRef) -> Result<BTreeSet<String>> {
    let mut ids: BTreeSet<String> = draft.rfc_id.iter().map(|id| bare(id).to_owned()).collect();
    if let Some(id) = &draft.rfc_id {
        session.open(&folders.drafts, false).await?;
        let uids = session.search(Command::new("UID SEARCH HEADER Message-ID").text(bare(id))).await?;
        for it in session.fetch(newest(&uids), &format!("({ANSWERED_BY})")).await? {
            if it.headers.has_id(id) {
                ids.extend(it.headers.references);
            }
        }
    }
    Ok(ids)
}

async fn known(session: &mut Session, uids: &[u32]) -> Result<Vec<Fetched>> {
    let items = if session.is_gmail() { format!("({GMAIL} {KNOWN_BY})") } else { format!("({KNOWN_BY})") };
    Ok(session.fetch(uids, &items).await?)
}

fn newest(uids: &[u32]) -> &[u32] {
    &uids[uids.len().saturating_sub(MAX_LOOKED_AT)..]
}

fn reference(found: &Fetched) -> SentRef {
    SentRef {
        message: found.message.map(hex),
        thread: found.thread.map(hex),
        rfc_id: found.headers.id.as_ref().map(|id| format!("<{id}>")),
        refused: Vec::new(),
    }
}
