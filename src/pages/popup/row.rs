//! One mail in the list: who, when, what it was about, and what came of it.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Message, Recipient};
use waxwing_protocol::page::NotTracked;
use web_sys::Node;

use crate::pages::dom::{Attr, El, Href, Icon, Tag, el, icon, icon_with};
use crate::pages::say::{mail, names, shown_short, why_key};
use crate::pages::text::{Value, age, clock, day, iso, local_day, moment, rich, rich_count, t, t_with};
use crate::told::{Hole, Known, Part, State, sentence, state};

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    /// A tracked mail.
    Mail {
        /// The message.
        message: Box<Message>,
        /// Whether the backend knows it.
        known: Known,
        /// Something happened since the list was last looked at.
        fresh: bool,
    },
    /// A mail that left untracked.
    NotTracked(Box<NotTracked>),
}

impl Line {
    /// What tells lines apart.
    pub(super) fn id(&self) -> Uuid {
        match self {
            Self::Mail { message, .. } => message.id,
            Self::NotTracked(mail) => mail.id,
        }
    }

    /// When the mail was sent.
    pub(super) fn sent_at(&self) -> Millis {
        match self {
            Self::Mail { message, .. } => message.sent_at,
            Self::NotTracked(mail) => mail.sent_at,
        }
    }

    /// The line's element, for the inside of a list item.
    pub(super) fn draw(&self, now: Millis) -> El {
        match self {
            Self::Mail { message, known, fresh } => line(message, *known, *fresh, now),
            Self::NotTracked(untracked) => not_tracked(untracked, now),
        }
    }
}

fn line(message: &Message, known: Known, fresh: bool, now: Millis) -> El {
    let (which, class) = sign(state(mail(message, known)));
    let mut line = el(Tag::A)
        .class(if fresh { "ww-mail ww-in is-new" } else { "ww-mail ww-in" })
        .href(&Href::Mail(message.id))
        .set(Attr::DataId, &message.id.to_string());
    if fresh {
        line = line.child(&el(Tag::Span).class("ww-sr").text(&t("new")));
    }
    line.child(&icon_with(which, class))
        .child(&who(&message.content.recipients))
        .child(&when(message.sent_at, message.muted, now))
        .child(&subject(&message.content.subject))
        .child(&el(Tag::Span).class("ww-mail-say ww-cut3").children(says(message, known, now)))
}

fn not_tracked(mail: &NotTracked, now: Millis) -> El {
    let remove = t("not_tracked_remove");
    let button = el(Tag::Button)
        .set(Attr::Type, "button")
        .class("ww-icon ww-mini ww-mail-x")
        .set(Attr::AriaLabel, &remove)
        .set(Attr::Title, &remove)
        .set(Attr::DataId, &mail.id.to_string())
        .child(&icon(Icon::CLOSE));
    el(Tag::Div)
        .class("ww-mail ww-still")
        .child(&icon_with(Icon::OFF, "s-off"))
        .child(&who(&mail.content.recipients))
        .child(&when(mail.sent_at, false, now))
        .child(&subject(&mail.content.subject))
        .child(&el(Tag::Span).class("ww-mail-say").children(rich("mail_not_tracked", &[Value::Own(t(why_key(mail.why)))])))
        .child(&button)
}

/// The icon of a state, and the class that colours it.
pub(super) const fn sign(state: State) -> (Icon, &'static str) {
    match state {
        State::Answered => (Icon::ANSWERED, "s-answered"),
        State::Clicked => (Icon::CLICKED, "s-clicked"),
        State::Opened => (Icon::OPENED, "s-opened"),
        State::Checking => (Icon::CHECKING, "s-checking"),
        State::Unclear => (Icon::UNKNOWN, "s-unclear"),
        State::Hidden => (Icon::HIDDEN, "s-hidden"),
        State::Machines => (Icon::MACHINES, "s-machines"),
        State::Refused => (Icon::FAILED, "t-bad"),
        State::Waiting => (Icon::OUTBOX, ""),
        State::Scheduled => (Icon::CLOCK, "s-sealed"),
        State::ToSelf => (Icon::SELF, "s-off"),
        State::Declined => (Icon::OFF, "s-off"),
        State::Sealed => (Icon::SEALED, "s-sealed"),
    }
}

/// The first two recipients and the number of the others.
pub(super) fn who(recipients: &[Recipient]) -> El {
    let names = names(recipients, 2);
    let mut line = el(Tag::Span).class("ww-mail-who ww-cut");
    if names.first.is_empty() {
        return line.text(&t("no_recipients"));
    }
    for (index, name) in names.first.iter().enumerate() {
        if index > 0 {
            line = line.text(", ");
        }
        line = line.foreign(&cut(name));
    }
    if names.more > 0 { line.text(&t_with("more_people", &[&names.more.to_string()])) } else { line }
}

/// When it was sent, and that it is muted.
fn when(at: Millis, muted: bool, now: Millis) -> El {
    // Under the headings of today and yesterday the day is said.
    let words = if local_day(now) - local_day(at) <= 1 { clock(at) } else { day(at, now) };
    let time = el(Tag::Time).set(Attr::DateTime, &iso(at)).set(Attr::Title, &moment(at, now)).text(&words);
    let place = el(Tag::Span).class("ww-mail-when");
    if !muted {
        return place.child(&time);
    }
    let sign = el(Tag::Span)
        .class("ww-muted")
        .set(Attr::Title, &t("muted"))
        .child(&icon(Icon::QUIET))
        .child(&el(Tag::Span).class("ww-sr").text(&t("muted")));
    place.child(&sign).text(" ").child(&time)
}

fn subject(subject: &str) -> El {
    if subject.trim().is_empty() {
        return el(Tag::Span).class("ww-mail-sub ww-cut ww-none").text(&t("no_subject"));
    }
    el(Tag::Span).class("ww-mail-sub ww-cut").foreign(&cut(subject))
}

/// A line shows far less than this; laying out ten thousand characters for each of many lines would be felt.
fn cut(text: &str) -> String {
    text.chars().take(300).collect()
}

/// The sentence: what happened, how often, when last, and the doubt.
pub(super) fn says(message: &Message, known: Known, now: Millis) -> Vec<Node> {
    let nodes = |part: Part<'_>| {
        let values: Vec<Value> = part.values.iter().map(|hole| value(*hole, now)).collect();
        match part.count {
            Some(n) => rich_count(part.key, n, &values),
            None => rich(part.key, &values),
        }
    };
    sentence(mail(message, known), now).into_iter().flat_map(nodes).collect()
}

fn value(hole: Hole<'_>, now: Millis) -> Value {
    match hole {
        Hole::At(at) => Value::Own(moment(at, now)),
        Hole::Age(at) => Value::Own(age(at, now).unwrap_or_default()),
        Hole::Link(target) => Value::Foreign(shown_short(target).into_owned()),
    }
}
