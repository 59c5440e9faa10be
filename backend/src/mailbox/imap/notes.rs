//! A reminder's note: put on top of the inbox, found again, and taken away.
//!
//! What must hold:
//! - A note is looked for before it is put, and after it was: one whose put was not answered is not put a second time, and where that
//!   came through late after all, the first one stays and the other goes.
//! - Nothing is taken away whose own header does not say that it is the note that is meant. What lies in the bin stays there.

use jiff::Timestamp;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Trouble;

use super::super::watching::{LABEL, NOTE_HEADER, Note, NoteRef};
use super::super::{MailboxError, Result, smtp};
use super::connection::{Command, ImapError, said_trouble};
use super::drafts;
use super::fetched::{Fetched, GMAIL, hex};
use super::folders::{self, Folders};
use super::response::Kind;
use super::session::Session;

/// What a note carries where there are no labels.
const KEYWORD: &str = "$WaxwingReminder";
/// Mails that are looked at for the note: the newest of those that the mailbox's owner wrote to herself.
const MOST_OWN: usize = 200;

/// Puts a note, or finds the one that was put before. `own`: the mailbox's address.
pub(super) async fn put(session: &mut Session, folders: &Folders, own: &str, note: &Note) -> Result<NoteRef> {
    let gmail = session.is_gmail();
    for folder in places(gmail, folders).into_iter().chain(folders.trash.as_deref()) {
        let Some(validity) = open(session, folder, false).await? else { continue };
        if let Some(found) = find(session, own, note.id).await?.into_iter().min_by_key(|found| found.uid) {
            let message = if gmail { found.message.map(hex) } else { named(folder, validity, found.uid) };
            return Ok(NoteRef { id: note.id, message, thread: found.thread.map(hex) });
        }
    }
    let raw = smtp::with_crlf(&note.raw).into_owned();
    let date = date(note.at);
    let flags = if gmail { String::new() } else { format!("({KEYWORD}) ") };
    let put = match session.append_as("INBOX", &format!("{flags}\"{date}\""), raw.clone()).await {
        // Not every folder takes words of ours. What was refused was not put.
        Err(ImapError::Refused(status)) if !gmail && is_about_words(&status) => {
            session.append_as("INBOX", &format!("\"{date}\""), raw).await?
        }
        put => put?,
    };
    let validity = session.open(INBOX, true).await?;
    let mut there = find(session, own, note.id).await?;
    if let Some((_, uid)) = put.filter(|(told, uid)| *told == validity && there.iter().all(|found| found.uid != *uid)) {
        // A search may not know of it yet.
        there.extend(checked(session, &[uid], note.id).await?);
    }
    there.sort_by_key(|found| found.uid);
    let mut uids = there.into_iter().map(|found| found.uid);
    let uid = uids.next().unwrap_or_default();
    // An earlier put that was given up came through meanwhile.
    for twin in uids {
        remove(session, folders, twin).await?;
    }
    if uid == 0 {
        // It is there, and the server shows it later: it is known by its header.
        return Ok(NoteRef { id: note.id, message: None, thread: None });
    }
    if !gmail {
        return Ok(NoteRef { id: note.id, message: named(INBOX, validity, uid), thread: None });
    }
    label(session, uid).await?;
    let found = session.fetch(&[uid], &format!("(UID {GMAIL})")).await?.pop().unwrap_or_default();
    Ok(NoteRef { id: note.id, message: found.message.map(hex), thread: found.thread.map(hex) })
}

/// Takes a note away. One that is gone already is no error.
pub(super) async fn take(session: &mut Session, folders: &Folders, own: &str, note: &NoteRef) -> Result<()> {
    let places = places(session.is_gmail(), folders);
    for folder in &places {
        if take_from(session, folders, own, note, folder).await? {
            return Ok(());
        }
    }
    if session.is_gmail() {
        return Ok(());
    }
    // Its owner may have filed it.
    for (folder, _) in folders::others(session, folders, INBOX).await? {
        if !places.contains(&folder.as_str()) && take_from(session, folders, own, note, &folder).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether it was there.
async fn take_from(session: &mut Session, folders: &Folders, own: &str, note: &NoteRef, folder: &str) -> Result<bool> {
    let Some(validity) = open(session, folder, true).await? else { return Ok(false) };
    let known = match note.message.as_deref().and_then(drafts::version) {
        Some((seen, uid)) if !session.is_gmail() && folder == INBOX && seen == validity => {
            checked(session, &[uid], note.id).await?
        }
        _ => Vec::new(),
    };
    let found = if known.is_empty() { find(session, own, note.id).await? } else { known };
    let is_taken = !found.is_empty();
    for mail in found {
        remove(session, folders, mail.uid).await?;
    }
    Ok(is_taken)
}

const INBOX: &str = "INBOX";

/// Where a note may lie.
fn places(gmail: bool, folders: &Folders) -> Vec<&str> {
    match folders.all.as_deref() {
        Some(all) if gmail => vec![all],
        all => std::iter::once(INBOX).chain(folders.archive.as_deref()).chain(all).collect(),
    }
}

/// `None`: there is no such folder any more.
async fn open(session: &mut Session, folder: &str, writable: bool) -> Result<Option<u32>> {
    match session.open(folder, writable).await {
        Ok(validity) => Ok(Some(validity)),
        Err(ImapError::Refused(status)) if status.kind == Kind::No && folder != INBOX => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The note in the open folder; two where something went very wrong.
async fn find(session: &mut Session, own: &str, id: Uuid) -> Result<Vec<Fetched>> {
    let asked = Command::new(&format!("UID SEARCH UNDELETED HEADER {NOTE_HEADER} \"{id}\""));
    let by_header = match session.search(asked).await {
        Err(ImapError::Refused(status)) if matches!(status.kind, Kind::No | Kind::Bad) => Vec::new(),
        found => found?,
    };
    let found = checked(session, newest(&by_header), id).await?;
    if !found.is_empty() || !own.is_ascii() {
        return Ok(found);
    }
    // Not every server looks into any header, but a note is from its owner to its owner.
    let by_people = session.search(Command::new("UID SEARCH UNDELETED FROM").text(own).words("TO").text(own)).await?;
    checked(session, newest(&by_people), id).await
}

fn newest(uids: &[u32]) -> &[u32] {
    &uids[uids.len().saturating_sub(MOST_OWN)..]
}

/// Those that are the note, by their own header.
async fn checked(session: &mut Session, uids: &[u32], id: Uuid) -> Result<Vec<Fetched>> {
    let numbers = if session.is_gmail() { format!("{GMAIL} ") } else { String::new() };
    let items = format!("({numbers}UID FLAGS BODY.PEEK[HEADER.FIELDS (X-WAXWING-NOTE)])");
    let mut found = session.fetch(uids, &items).await?;
    found.retain(|mail| mail.headers.note == Some(id) && !mail.deleted);
    Ok(found)
}

/// Out of the open folder: with Gmail into the bin.
async fn remove(session: &mut Session, folders: &Folders, uid: u32) -> Result<()> {
    let Some(trash) = folders.trash.as_deref().filter(|_| session.is_gmail()) else {
        return drafts::expunge(session, uid).await;
    };
    let unlabelled = session.run(Command::new(&format!("UID STORE {uid} -X-GM-LABELS (\"{LABEL}\")"))).await;
    refused_is_fine(unlabelled)?;
    drafts::to_bin(session, trash, uid).await?;
    Ok(())
}

/// Labels a note, and makes the label where there is none yet. A note without it does its work as well.
async fn label(session: &mut Session, uid: u32) -> Result<()> {
    let labelling = format!("UID STORE {uid} +X-GM-LABELS (\"{LABEL}\")");
    if refused_is_fine(session.run(Command::new(&labelling)).await)? {
        return Ok(());
    }
    refused_is_fine(session.run(Command::new(&format!("CREATE \"{LABEL}\""))).await)?;
    refused_is_fine(session.run(Command::new(&labelling)).await)?;
    Ok(())
}

/// Whether it was done.
fn refused_is_fine<T>(done: std::result::Result<T, ImapError>) -> Result<bool> {
    match done {
        Ok(_) => Ok(true),
        Err(ImapError::Refused(status)) if matches!(status.kind, Kind::No | Kind::Bad) => {
            tracing::info!("a label of a reminder could not be changed");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_about_words(status: &super::response::Status) -> bool {
    matches!(status.kind, Kind::No | Kind::Bad) && said_trouble(status).is_none()
}

fn named(folder: &str, validity: u32, uid: u32) -> Option<String> {
    (folder == INBOX).then(|| format!("{validity}:{uid}"))
}

/// As `APPEND` wants an instant.
fn date(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%d-%b-%Y %H:%M:%S +0000").to_string()
}

/// A note has to be one that is found again.
pub(super) fn check(note: &Note) -> Result<()> {
    let is_marked = super::headers::Headers::read(&note.raw).note == Some(note.id);
    if is_marked { Ok(()) } else { Err(MailboxError::new(Trouble::Protocol)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_servers_want_them() {
        assert_eq!(date(837_596_665_000), "17-Jul-1996 09:44:25 +0000");
        assert_eq!(date(1_790_000_000_000), "21-Sep-2026 14:13:20 +0000");
        assert_eq!(date(Millis::MAX), "01-Jan-1970 00:00:00 +0000");
    }
}
