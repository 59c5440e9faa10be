//! What a notification says. Pure: words and times are handed in.
//!
//! What must hold: it says what happened, never who did it. Subjects, names and links are foreign: plain text without what is
//! invisible or turns the direction of writing, and short.

use uuid::Uuid;
use waxwing_domain::shown::short_text;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Message, NewsKind, Recipient};
use waxwing_protocol::page::HeldNews;

use crate::chrome::notifications::Notice;

/// Characters of a subject and of a name.
const SUBJECT: usize = 120;
const NAME: usize = 60;
/// Recipients by name.
const NAMES: usize = 2;
/// The id of the one that tells of several.
const DIGEST: &str = "digest";

/// A piece of news, and its message as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// What happened.
    pub(super) news: HeldNews,
    /// To which.
    pub(super) message: Option<Message>,
}

/// The user's language.
pub(super) struct Say<'a> {
    /// The words for a key with values.
    pub(super) words: &'a dyn Fn(&str, &[&str]) -> String,
    /// An instant as the user writes it.
    pub(super) written: &'a dyn Fn(Millis) -> String,
}

/// The notifications for some news: one each, or one for all when there are more than `singly` and several messages are
/// concerned. That one names `named` messages.
pub(super) fn compose(pieces: &[Piece], singly: usize, named: usize, say: &Say<'_>) -> Vec<Notice> {
    let mut messages: Vec<&Piece> = Vec::new();
    for piece in pieces {
        if !messages.iter().any(|known| known.news.message == piece.news.message) {
            messages.push(piece);
        }
    }
    if pieces.len() <= singly || messages.len() < 2 {
        return pieces.iter().map(|piece| single(piece, say)).collect();
    }
    vec![digest(pieces, &messages, named, say)]
}

/// The message that a notification is about; `None` for a digest, or for one that is not ours.
pub(super) fn message_of(id: &str) -> Option<Uuid> {
    id.split_once(':').and_then(|(_, id)| id.parse().ok())
}

fn kind(what: NewsKind) -> &'static str {
    match what {
        NewsKind::Open => "open",
        NewsKind::Click => "click",
        NewsKind::Answer => "answer",
        NewsKind::Unknown => "unknown",
    }
}

fn single(piece: &Piece, say: &Say<'_>) -> Notice {
    let Piece { news, message } = piece;
    let activity = message.as_ref().map(|message| &message.activity);
    let title = match news.what {
        NewsKind::Open if activity.is_some_and(|activity| activity.opens > 1) => "notice_again",
        NewsKind::Open => "notice_open",
        NewsKind::Click => "notice_click",
        NewsKind::Answer => "notice_answer",
        NewsKind::Unknown => "notice_unknown",
    };
    let when = (say.written)(news.at);
    let (subject, mut lines) = match message {
        Some(message) => (subject(message, say), vec![whence(news.what, &when, &message.content.recipients, say)]),
        None => ((say.words)("notice_some_mail", &[]), vec![(say.words)("notice_some_mail_text", &[&when])]),
    };
    match (news.what, activity) {
        (NewsKind::Open, Some(activity)) if activity.open_hits > 1 => {
            lines.push((say.words)("notice_seen", &[&activity.open_hits.to_string()]));
        }
        (NewsKind::Click, Some(activity)) => {
            lines.extend(activity.last_click_target.as_deref().map(|target| short_text(target, SUBJECT)));
        }
        _ => {}
    }
    Notice {
        id: format!("{}:{}", kind(news.what), news.message),
        title: (say.words)(title, &[&subject]),
        text: lines.join("\n"),
        at: Some(news.at),
        buttons: Vec::new(),
    }
}

/// When, by whom as far as that is known, and whom the mail went to.
fn whence(what: NewsKind, when: &str, recipients: &[Recipient], say: &Say<'_>) -> String {
    let people = people(recipients, say);
    let number = recipients.len().to_string();
    match (what, recipients.len()) {
        (_, 0) => when.to_owned(),
        (NewsKind::Unknown, _) => (say.words)("notice_unclear_to", &[when, &people]),
        (_, 1) => (say.words)("notice_to", &[when, &people]),
        _ => (say.words)("notice_of_many_to", &[when, &number, &people]),
    }
}

/// The first recipients by name, and how many more.
pub(super) fn people(recipients: &[Recipient], say: &Say<'_>) -> String {
    let name = |recipient: &Recipient| {
        let name = short_text(recipient.name.as_deref().unwrap_or_default(), NAME);
        if name.is_empty() { short_text(&recipient.address, NAME) } else { name }
    };
    let mut text = recipients.iter().take(NAMES).map(name).collect::<Vec<_>>().join(", ");
    if let Some(more) = recipients.len().checked_sub(NAMES).filter(|more| *more > 0) {
        text.push_str(&(say.words)("more_people", &[&more.to_string()]));
    }
    text
}

fn subject(message: &Message, say: &Say<'_>) -> String {
    subject_of(&message.content.subject, say)
}

/// A subject, short; the words for none where there is none.
pub(super) fn subject_of(subject: &str, say: &Say<'_>) -> String {
    let subject = short_text(subject, SUBJECT);
    if subject.is_empty() { (say.words)("no_subject", &[]) } else { subject }
}

fn digest(pieces: &[Piece], messages: &[&Piece], named: usize, say: &Say<'_>) -> Notice {
    // Each piece is another message or another kind, so these are numbers of messages.
    let parts: Vec<String> = [
        (NewsKind::Answer, "notice_part_answer"),
        (NewsKind::Click, "notice_part_click"),
        (NewsKind::Open, "notice_part_open"),
        (NewsKind::Unknown, "notice_part_unknown"),
    ]
    .into_iter()
    .filter_map(|(what, key)| {
        let number = pieces.iter().filter(|piece| piece.news.what == what).count();
        (number > 0).then(|| (say.words)(key, &[&number.to_string()]))
    })
    .collect();
    // The newest come last.
    let known: Vec<&Message> = messages.iter().rev().filter_map(|piece| piece.message.as_ref()).take(named).collect();
    let mut lines: Vec<String> = known.iter().map(|message| subject(message, say)).collect();
    if messages.len() > known.len() && !known.is_empty() {
        lines.push((say.words)("notice_more", &[&(messages.len() - known.len()).to_string()]));
    }
    if lines.is_empty() {
        lines.push((say.words)("notice_look", &[]));
    }
    Notice {
        id: DIGEST.to_owned(),
        title: (say.words)("notice_digest", &[&messages.len().to_string(), &parts.join(", ")]),
        text: lines.join("\n"),
        at: pieces.iter().map(|piece| piece.news.at).max(),
        buttons: Vec::new(),
    }
}
