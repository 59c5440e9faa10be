//! What a mail that came in means for those that are waited for. Pure.
//!
//! What must hold:
//! - Only what [`waxwing_domain::answers`] calls an answer is one.
//! - A mail in a conversation answers in that conversation alone. One in a new conversation answers the mails whose subject it has,
//!   or else all that its writer was sent.
//! - A bounce counts for the mail that it names. Where it names none: for the conversation that it is in, or for the newest mail of
//!   the last days to the address that it names. Anybody can write such a one, so that it is told, and switches no reminder off:
//!   only a notice that knows the Message-ID, which nobody but its mailbox, its servers and its recipients has seen, does.
//! - Judged twice, it comes to the same; what is known already comes to nothing.

use uuid::Uuid;
use waxwing_domain::answers::{Choice, How, Received, Sent, answers, person};
use waxwing_domain::mailkind::Kind;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Answered, AnsweredHow, Bounced, Content};

use super::letter::{Letter, bare};
use crate::store::waiting::Row;
use crate::store::waiting::outcome::is_known;

const DAY: Millis = 24 * 60 * 60 * 1_000;
/// A bounce that names no mail is about one that was sent at most so long before.
const BOUNCED_WITHIN: Millis = 5 * DAY;
/// Addresses that are kept of bounces of one mail.
const MOST_FAILED: usize = 50;

/// What a mail means for one that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A person answered.
    Answered(Answered),
    /// It did not arrive.
    Bounced {
        /// What is known of it now.
        bounced: Bounced,
        /// No recipient has it, and none will; and the notice knows the mail.
        for_all: bool,
    },
    /// Its recipient is away until this day, noon UTC.
    Away(Millis),
}

/// What a mail means for these.
pub fn judge(
    letter: &Letter,
    candidates: &[(Row, Content)],
    own: &[&str],
    choice: Choice,
    now: Millis,
) -> Vec<(Uuid, Outcome)> {
    let fresh = candidates.iter().filter(|(row, _)| !is_known(row, &letter.ids));
    match letter.finding.kind {
        Kind::Human => answered(letter, fresh, own, choice),
        Kind::AutoReply => away(letter, fresh, own, choice, now),
        kind if kind.is_bounce() => bounced(letter, fresh, own),
        _ => Vec::new(),
    }
}

fn answered<'a>(
    letter: &Letter,
    candidates: impl Iterator<Item = &'a (Row, Content)>,
    own: &[&str],
    choice: Choice,
) -> Vec<(Uuid, Outcome)> {
    let mut matching: Vec<(&(Row, Content), How)> =
        candidates.filter_map(|candidate| Some((candidate, how(letter, candidate, own, choice)?))).collect();
    let is_same_subject = |content: &Content| !letter.subject.is_empty() && bare(&content.subject) == letter.subject;
    if matching.iter().any(|(_, how)| *how == How::Thread) {
        matching.retain(|(_, how)| *how == How::Thread);
    } else if matching.iter().any(|((_, content), _)| is_same_subject(content)) {
        matching.retain(|((_, content), _)| is_same_subject(content));
    }
    matching
        .into_iter()
        .map(|((row, _), how)| {
            let how = match how {
                How::Thread => AnsweredHow::Thread,
                How::Address => AnsweredHow::Address,
                How::Alias => AnsweredHow::Alias,
                How::Company => AnsweredHow::Company,
            };
            let thread = letter.thread.clone().filter(|thread| row.thread.as_ref() != Some(thread));
            (row.id, Outcome::Answered(Answered { at: letter.at, how, from: letter.from.clone(), thread }))
        })
        .collect()
}

/// An absence concerns all that whoever is away was sent.
fn away<'a>(
    letter: &Letter,
    candidates: impl Iterator<Item = &'a (Row, Content)>,
    own: &[&str],
    choice: Choice,
    now: Millis,
) -> Vec<(Uuid, Outcome)> {
    let Some(until) = letter.until.map(|day| day.days().saturating_mul(DAY).saturating_add(DAY / 2)) else { return Vec::new() };
    if until.saturating_add(DAY) <= now {
        return Vec::new();
    }
    let concerned = candidates.filter(|candidate| how(letter, candidate, own, choice).is_some());
    concerned.map(|(row, _)| (row.id, Outcome::Away(until))).collect()
}

/// How a mail would answer, if a person wrote it.
fn how(letter: &Letter, (row, content): &(Row, Content), own: &[&str], choice: Choice) -> Option<How> {
    let found = row.found.as_ref();
    let mut ids: Vec<&str> = found.map(|found| found.references.iter().map(String::as_str).collect()).unwrap_or_default();
    ids.extend(row.rfc_id.as_deref());
    let recipients: Vec<&str> = content.recipients.iter().map(|recipient| recipient.address.as_str()).collect();
    let on_thread: Vec<&str> = found.map(|found| found.on_thread.iter().map(String::as_str).collect()).unwrap_or_default();
    let mut all_own = own.to_vec();
    all_own.push(&row.sender);
    let references: Vec<&str> = letter.references.iter().map(String::as_str).collect();
    let to: Vec<&str> = letter.to.iter().map(String::as_str).collect();
    let sent = Sent {
        at: sent_at(row, letter),
        ids: &ids,
        thread: row.thread.as_deref(),
        own: &all_own,
        recipients: &recipients,
        on_thread: &on_thread,
        same_person: &[],
    };
    let received = Received {
        kind: Kind::Human,
        at: letter.at,
        references: &references,
        thread: letter.thread.as_deref(),
        from: &letter.from,
        to: &to,
    };
    answers(&sent, &received, choice)
}

/// When a mail was sent, by the clock that receipts are told by. What refers to it came after it, whatever clocks say.
fn sent_at(row: &Row, letter: &Letter) -> Millis {
    if row.rfc_id.as_ref().is_some_and(|id| letter.references.contains(id)) {
        return Millis::MIN;
    }
    let filed = row.found.as_ref().map(|found| found.at).filter(|at| *at > 0);
    let at = filed.unwrap_or(row.sent_at);
    // Mailboxes tell whole seconds.
    at.div_euclid(1_000).saturating_mul(1_000)
}

fn bounced<'a>(letter: &Letter, candidates: impl Iterator<Item = &'a (Row, Content)>, own: &[&str]) -> Vec<(Uuid, Outcome)> {
    let mut meant: Vec<(&(Row, Content), About)> = Vec::new();
    for candidate in candidates {
        if let Some(about) = about(letter, candidate) {
            meant.push((candidate, about));
        }
    }
    // Named surely counts alone; an address alone means the newest mail that went to it.
    let best = meant.iter().map(|(_, about)| *about).max();
    meant.retain(|(_, about)| Some(*about) == best);
    if best == Some(About::Address) {
        meant.sort_by_key(|((row, _), _)| std::cmp::Reverse(row.sent_at));
        meant.truncate(1);
    }
    let notice = |((row, content), about): (&(Row, Content), About)| {
        let outcome = notice(letter, row, content, own, about == About::Named)?;
        Some((row.id, outcome))
    };
    meant.into_iter().filter_map(notice).collect()
}

/// How a notice says which mail it is about, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Address,
    Thread,
    Named,
}

fn about(letter: &Letter, (row, content): &(Row, Content)) -> Option<About> {
    let failed: Vec<String> = letter.finding.failed.iter().filter_map(|address| person(address)).collect();
    let is_recipient = content.recipients.iter().filter_map(|it| person(&it.address)).any(|it| failed.contains(&it));
    match (&letter.finding.original, &row.rfc_id) {
        (Some(original), Some(id)) if original == id => return Some(About::Named),
        // Of another mail. Providers that write Message-IDs of their own are known by what was found in the mailbox.
        (Some(_), Some(_)) if row.found.is_some() => return None,
        _ => {}
    }
    if row.rfc_id.as_ref().is_some_and(|id| letter.references.contains(id)) {
        return Some(About::Named);
    }
    // Whoever names the mail has seen it, be it where it was passed on to. Otherwise whom it names must have been written to.
    if letter.at < sent_at(row, letter) || !failed.is_empty() && !is_recipient {
        return None;
    }
    if letter.thread.is_some() && letter.thread == row.thread {
        return Some(About::Thread);
    }
    let is_near = letter.at.saturating_sub(row.sent_at) <= BOUNCED_WITHIN;
    (is_recipient && is_near && letter.finding.original.is_none()).then_some(About::Address)
}

/// What is known of a mail's delivery after another notice. `None`: nothing new. `is_sure`: it knows the mail.
fn notice(letter: &Letter, row: &Row, content: &Content, own: &[&str], is_sure: bool) -> Option<Outcome> {
    let finding = &letter.finding;
    // Where nothing says that the address is at fault, it may pass.
    let soft = finding.kind != Kind::BounceHard;
    let own: Vec<String> = own.iter().filter_map(|address| person(address)).collect();
    let recipients: Vec<String> = content.recipients.iter().filter_map(|it| person(&it.address)).collect();
    let others = || recipients.iter().filter(|it| !own.contains(it));
    let mut failed: Vec<String> = finding.failed.iter().map(|address| address.to_lowercase()).collect();
    // Who else should it be?
    if failed.is_empty() && content.recipients.len() == 1 {
        failed.extend(content.recipients.iter().map(|recipient| recipient.address.to_lowercase()));
    }
    let known = row.bounced.as_ref();
    if let Some(known) = known {
        let is_news = |address: &String| !known.failed.contains(address) || is_sure && known.guessed.contains(address);
        let says_more = failed.iter().any(is_news);
        if known.soft == soft && !says_more || !known.soft && soft {
            return None;
        }
    }
    // What bounced softly before and now for good is told as that; what bounced for good stays so.
    let known = known.filter(|known| known.soft == soft);
    let mut all = known.map(|known| known.failed.clone()).unwrap_or_default();
    let mut guessed = known.map(|known| known.guessed.clone()).unwrap_or_default();
    if is_sure {
        guessed.retain(|address| !failed.contains(address));
    } else {
        guessed.extend(failed.iter().filter(|address| !all.contains(address)).cloned());
    }
    all.extend(failed);
    all.sort();
    all.dedup();
    all.truncate(MOST_FAILED);
    guessed.retain(|address| all.contains(address));
    let gone: Vec<String> =
        all.iter().filter(|address| !guessed.contains(address)).filter_map(|address| person(address)).collect();
    // What only seems to be lost switches nothing off, together with what surely is, either.
    let for_all = is_sure && !soft && others().next().is_some() && others().all(|recipient| gone.contains(recipient));
    let bounced = Bounced { at: letter.at, soft, failed: all, guessed, status: finding.status.clone() };
    Some(Outcome::Bounced { bounced, for_all })
}
