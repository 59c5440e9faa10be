//! Mails that were sent and are followed: where each lies, who is in its conversation, and whether that is still there.
//!
//! What must hold: only headers are read, of mails that a search by what is known of the sent mail found. Where more than one
//! fits, none does.

use waxwing_protocol::Millis;

use super::super::Result;
use super::super::watching::{Conversation, Place, SentHint, SentMail};
use super::connection::{Command, ImapError};
use super::fetched::{Fetched, GMAIL, day_before, hex};
use super::folders::Folders;
use super::headers::{Headers, bare};
use super::people::any;
use super::response::Kind;
use super::session::Session;

/// What is asked for of a sent mail, and of those before it.
const SENT: &str = "UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO REFERENCES SUBJECT FROM TO CC BCC X-WAXWING-NOTE)]<0.65536>";
/// Mails that are looked at: the newest.
const MOST_LOOKED_AT: usize = 100;
/// Who is on a thread.
const MOST_PEOPLE: usize = 100;
/// Ids of a conversation that are looked for: the newest.
const MOST_IDS: usize = 20;
/// A mail that is known by its looks alone was filed at most so long before or after it was sent: clocks differ, and a mail may
/// wait for its network.
const NEAR: Millis = 6 * 60 * 60 * 1000;
const DAY: Millis = 24 * 60 * 60 * 1000;

/// Finds a mail that was sent.
pub(super) async fn find(session: &mut Session, folders: &Folders, hint: &SentHint) -> Result<Option<SentMail>> {
    let gmail = session.is_gmail();
    // Gmail's "All Mail" has what was sent, too, and it alone tells whether a mail is the only one that fits.
    let place = folders.all.as_deref().filter(|_| gmail).or(folders.sent.as_deref());
    let Some(place) = place else { return Ok(None) };
    if !open(session, place).await? {
        return Ok(None);
    }
    let Some(found) = find_in(session, hint).await? else { return Ok(None) };
    let on_thread = on_thread(session, &found).await?;
    Ok(Some(sent(&found, on_thread)))
}

async fn find_in(session: &mut Session, hint: &SentHint) -> Result<Option<Fetched>> {
    let number = |hex: &Option<String>| hex.as_ref().and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let gmail = session.is_gmail();
    if let Some(message) = number(&hint.message).filter(|_| gmail) {
        let mut fit = searched(session, Command::new(&format!("UID SEARCH X-GM-MSGID {message}"))).await?;
        if fit.len() == 1 {
            return Ok(fit.pop());
        }
    }
    if let Some(id) = hint.rfc_id.as_deref().filter(|id| !bare(id).is_empty()) {
        let mut fit = searched(session, Command::new("UID SEARCH HEADER Message-ID").text(bare(id))).await?;
        // Servers look for a part of the header.
        fit.retain(|it| it.headers.has_id(id));
        // Two copies of one mail are that mail.
        if let Some(newest) = fit.pop() {
            return Ok(Some(newest));
        }
    }
    if let Some(thread) = number(&hint.thread).filter(|_| gmail) {
        let fit = searched(session, Command::new(&format!("UID SEARCH X-GM-THRID {thread}"))).await?;
        return Ok(only_like(fit, hint));
    }
    let Some(known) = hint.recipients.iter().find(|it| it.is_ascii() && !it.trim().is_empty()) else { return Ok(None) };
    let known = known.trim();
    let (since, before) = (day_before(hint.sent_at), day_before(hint.sent_at.saturating_add(3 * DAY)));
    let asked = Command::new(&format!("UID SEARCH SINCE {since} BEFORE {before} OR TO"));
    let asked = asked.text(known).words("OR CC").text(known).words("BCC").text(known);
    let fit = searched(session, asked).await?;
    Ok(only_like(fit, hint))
}

/// The only one that was filed when it was sent, with its subject, to its recipients: blind copies may be missing.
fn only_like(fit: Vec<Fetched>, hint: &SentHint) -> Option<Fetched> {
    let recipients: Vec<String> = hint.recipients.iter().map(|it| it.trim().to_lowercase()).collect();
    let is_near = |it: &Fetched| it.at.is_some_and(|at| at.abs_diff(hint.sent_at) <= NEAR.unsigned_abs());
    let is_like = |it: &Fetched| {
        it.headers.subject.split_whitespace().eq(hint.subject.split_whitespace())
            && !it.headers.to.is_empty()
            && it.headers.to.iter().all(|to| recipients.contains(to))
    };
    let mut fit: Vec<Fetched> = fit.into_iter().filter(|it| is_near(it) && is_like(it)).collect();
    if fit.len() > 1 {
        let all = |it: &Fetched| recipients.iter().all(|to| it.headers.to.contains(to));
        fit.retain(all);
    }
    if fit.len() == 1 { fit.pop() } else { None }
}

/// Who wrote or was written to in the conversation before, where the server knows conversations. The folder is open still.
async fn on_thread(session: &mut Session, found: &Fetched) -> Result<Vec<String>> {
    let Some(thread) = found.thread else { return Ok(Vec::new()) };
    let mails = searched(session, Command::new(&format!("UID SEARCH X-GM-THRID {thread}"))).await?;
    // Gmail's numbers of messages grow with time.
    let before = mails.iter().filter(|it| it.message <= found.message && it.headers.note.is_none());
    let mut people: Vec<String> = before.flat_map(|it| it.headers.from.iter().chain(&it.headers.to)).cloned().collect();
    people.sort_unstable();
    people.dedup();
    people.truncate(MOST_PEOPLE);
    Ok(people)
}

fn sent(found: &Fetched, on_thread: Vec<String>) -> SentMail {
    let mut references: Vec<String> = Vec::new();
    for id in &found.headers.references {
        if !references.contains(id) {
            references.push(id.clone());
        }
    }
    SentMail {
        message: found.message.map(hex),
        thread: found.thread.map(hex),
        rfc_id: found.headers.id.clone(),
        references,
        on_thread,
        at: found.at.unwrap_or_default(),
    }
}

/// Where a conversation lies.
pub(super) async fn place(session: &mut Session, folders: &Folders, conversation: &Conversation) -> Result<Place> {
    let thread = conversation.thread.as_ref().and_then(|hex| u64::from_str_radix(hex, 16).ok()).filter(|_| session.is_gmail());
    let there: Vec<&str> = match (session.is_gmail(), folders.all.as_deref()) {
        (true, Some(all)) => vec![all],
        (_, all) => folders.sent.as_deref().into_iter().chain(["INBOX"]).chain(folders.archive.as_deref()).chain(all).collect(),
    };
    for (places, answer) in
        [(there, Place::There), (folders.trash.as_deref().into_iter().chain(folders.junk.as_deref()).collect(), Place::Deleted)]
    {
        for place in places {
            if open(session, place).await? && has(session, thread, conversation).await? {
                return Ok(answer);
            }
        }
    }
    Ok(Place::Gone)
}

/// Whether a mail of the conversation is in the open folder.
async fn has(session: &mut Session, thread: Option<u64>, conversation: &Conversation) -> Result<bool> {
    if let Some(thread) = thread {
        let fit = searched(session, Command::new(&format!("UID SEARCH UNDELETED X-GM-THRID {thread}"))).await?;
        return Ok(fit.iter().any(|it| it.headers.note.is_none()));
    }
    let is_plain = |id: &&str| {
        (1..=500).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
    };
    let ids: Vec<&str> = conversation.rfc_ids.iter().rev().take(MOST_IDS).map(|id| bare(id)).filter(is_plain).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    let keys: Vec<String> = ids.iter().map(|id| format!("HEADER Message-ID \"{id}\"")).collect();
    let fit = searched(session, Command::new(&format!("UID SEARCH UNDELETED {}", any(&keys)))).await?;
    let is_it = |headers: &Headers| headers.note.is_none() && ids.iter().any(|id| headers.has_id(id));
    Ok(fit.iter().any(|it| is_it(&it.headers)))
}

/// Opens a folder to look only. `false`: there is no such folder.
async fn open(session: &mut Session, folder: &str) -> Result<bool> {
    match session.open(folder, false).await {
        Ok(_) => Ok(true),
        Err(ImapError::Refused(status)) if status.kind == Kind::No => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn searched(session: &mut Session, what: Command) -> Result<Vec<Fetched>> {
    let uids = session.search(what).await?;
    let items = if session.is_gmail() { format!("({GMAIL} {SENT})") } else { format!("({SENT})") };
    let mut found = session.fetch(&uids[uids.len().saturating_sub(MOST_LOOKED_AT)..], &items).await?;
    found.retain(|it| !it.deleted && !it.draft);
    Ok(found)
}
