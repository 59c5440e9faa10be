//! The hot list: mails that were opened again after days of silence. One line on top, the others behind a fold.

use waxwing_protocol::api::Message;

use crate::pages::dom::{Attr, El, Href, Icon, Tag, el, icon};
use crate::pages::text::{Value, count, days, moment, rich, t};
use crate::pages::widgets::fold;

/// How many are shown behind the fold.
const MOST: usize = 20;
/// How much of a subject fits into the line.
const SUBJECT: usize = 80;

/// The hot list; nothing when no mail was opened again. The lines carry the mail's id, as those of the list do.
pub(super) fn again(messages: &[Message], now: waxwing_protocol::Millis) -> Option<El> {
    let mut lines = messages.iter().filter_map(|message| line(message, now)).take(MOST);
    let first = lines.next()?;
    let rest: Vec<El> = lines.collect();
    let note = el(Tag::Div).class("ww-note ww-again").child(&icon(Icon::AGAIN)).child(&first);
    if rest.is_empty() {
        return Some(note);
    }
    let more = u32::try_from(rest.len()).unwrap_or(u32::MAX);
    Some(note.child(&fold(&count("again_more", more, &[]), rest)))
}

fn line(message: &Message, now: waxwing_protocol::Millis) -> Option<El> {
    let (at, after) = (message.activity.again_at?, message.activity.again_after?);
    let subject = message.content.subject.trim();
    let subject =
        if subject.is_empty() { Value::Own(t("no_subject")) } else { Value::Foreign(subject.chars().take(SUBJECT).collect()) };
    let line = el(Tag::A)
        .class("ww-again-line")
        .href(&Href::Mail(message.id))
        .set(Attr::DataId, &message.id.to_string())
        .set(Attr::Title, &moment(at, now))
        .children(rich("again", &[Value::Own(days(after)), subject]));
    Some(line)
}
