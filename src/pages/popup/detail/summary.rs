//! What happened to a mail, in one block with what it rests on; and to whom it went, when, and what opens from there mean.

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Message, MessageDetail, Recipient, RecipientKind, Tracking};

use super::super::row::{says, sign};
use crate::pages::dom::{Attr, El, Tag, el, icon_with};
use crate::pages::say::{mail, refused_key};
use crate::pages::text::{Value, age, count, moment, rich, t, t_with};
use crate::pages::widgets::{fold, trust_words};
use crate::told::{Known, State, state};

/// Recipients that are shown before the rest is folded.
const FIRST: usize = 4;

/// What happened. `judged`: the backend tells people from machines.
pub(super) fn summary(message: &Message, known: Known, judged: bool, now: Millis) -> El {
    let activity = &message.activity;
    let told = mail(message, known);
    let state = state(told);
    let (which, class) = sign(state);
    let block = el(Tag::Div).class("ww-sum").child(&icon_with(which, class));
    let lead = |words: &str| el(Tag::P).class("ww-b ww-lead").text(words);
    let line = |words: &str| el(Tag::P).class("ww-s ww-2").text(words);
    let judged = judged && !told.is_unjudged();
    let block =
        match state {
            State::Answered => block.child(&lead(&t("lead_answered"))).child(&last(message, judged, now)),
            State::Clicked => block
                .child(&lead(&count("lead_clicked", activity.clicks.max(1), &[])))
                .child(&last(message, judged, now))
                .child(&line(&doubt(told.people, judged, "sum_click_by", "sum_click_of"))),
            State::Opened => {
                let key = if judged { "lead_opened" } else { "lead_loaded" };
                block
                    .child(&lead(&count(key, activity.opens.max(1), &[])))
                    .child(&last(message, judged, now))
                    .child(&line(&doubt(told.people, judged, "sum_open_by", "sum_open_of")))
            }
            State::Checking => block.child(&lead(&t("lead_checking"))).child(&line(&t("sum_checking"))),
            State::Unclear => {
                block.child(&lead(&t("lead_unclear"))).child(&line(&count("sum_unclear", activity.unknown_hits.max(1), &[])))
            }
            State::Hidden => block.child(&lead(&t("lead_apple"))).child(&line(&t("sum_apple"))),
            State::Machines => {
                block.child(&lead(&t("lead_machines"))).child(&line(&count("sum_machines", activity.machine_hits.max(1), &[])))
            }
            State::Sealed if message.tracking.tracks.opens => {
                let words = age(message.sent_at, now).map_or_else(|| t("sum_sealed_new"), |age| t_with("sum_sealed", &[&age]));
                block.child(&lead(&t("lead_sealed"))).child(&line(&words))
            }
            State::Sealed | State::Declined | State::Refused | State::Waiting | State::Scheduled | State::ToSelf => {
                block.child(&el(Tag::P).class("ww-lead").children(says(message, known, now)))
            }
        };
    let block = if activity.own_hits > 0 { block.child(&line(&count("sum_own", activity.own_hits, &[]))) } else { block };
    let stands = stands(message.tracking, state, now);
    stands.into_iter().fold(block, |block, words| block.child(&line(&words)))
}

/// What is not recorded of it any more, and what that means for the rest.
fn stands(tracking: Tracking, state: State, now: Millis) -> Vec<String> {
    let (declined, stored) = (tracking.declined(), tracking.stored());
    let mut words = Vec::new();
    if declined.any() {
        if let Some(at) = tracking.refused_at.filter(|_| state != State::Declined) {
            words.push(t_with(refused_key(declined), &[&moment(at, now)]));
        }
        words.push(t(if stored.any() { "sum_declined_some" } else { "sum_declined" }));
    }
    match tracking.until {
        Some(until) if until <= now && stored.any() => words.push(t_with("sum_ended", &[&moment(until, now)])),
        _ => {}
    }
    words
}

/// The answer, the last click and the last open.
fn last(message: &Message, judged: bool, now: Millis) -> El {
    let activity = &message.activity;
    let mut words = Vec::new();
    if let Some(at) = activity.answered_at {
        words.push(t_with("sum_answered", &[&moment(at, now)]));
    }
    if let Some(at) = activity.last_click_at {
        words.push(t_with("sum_last_click", &[&moment(at, now)]));
    }
    if let Some(at) = activity.last_open_at {
        words.push(if activity.last_click_at.is_some() {
            count(if judged { "sum_seen" } else { "sum_loaded" }, activity.opens.max(1), &[&moment(at, now)])
        } else {
            t_with("sum_last_open", &[&moment(at, now)])
        });
    }
    el(Tag::P).class("ww-s ww-2").text(&words.join(" "))
}

/// By whom, as far as that can be known.
fn doubt(people: u32, judged: bool, one: &str, several: &str) -> String {
    match (judged, people > 1) {
        (true, false) => t(one),
        (true, true) => count(several, people, &[]),
        (false, false) => t("sum_doubt"),
        (false, true) => count("sum_doubt_many", people, &[]),
    }
}

/// To whom, when, from whom, and what opens from there mean.
pub(super) fn facts(detail: &MessageDetail, now: Millis) -> El {
    let message = &detail.message;
    let mut list = el(Tag::Dl).class("ww-kv");
    for (kind, key) in [(RecipientKind::To, "to"), (RecipientKind::Cc, "cc"), (RecipientKind::Bcc, "bcc")] {
        let people: Vec<&Recipient> = message.content.recipients.iter().filter(|recipient| recipient.kind == kind).collect();
        if people.is_empty() {
            continue;
        }
        let (first, rest) = people.split_at(people.len().min(FIRST));
        let mut cell = el(Tag::Dd).children(first.iter().map(|recipient| person(recipient)));
        if !rest.is_empty() {
            let more = u32::try_from(rest.len()).unwrap_or(u32::MAX);
            let inside = el(Tag::Div)
                .class("ww-people")
                .set(Attr::TabIndex, "0")
                .children(rest.iter().map(|recipient| person(recipient)));
            cell = cell.child(&fold(&count("and_more", more, &[]), [inside]));
        }
        list = list.child(&el(Tag::Dt).text(&t(key))).child(&cell);
    }
    let sent = el(Tag::Dd)
        .text(&moment(message.sent_at, now))
        .child(&el(Tag::Span).class("ww-3").children(rich("from", &[Value::Foreign(message.sender.clone())])));
    list = list.child(&el(Tag::Dt).text(&t("sent"))).child(&sent);
    match &detail.trust {
        Some(trust) => {
            list.child(&el(Tag::Dt).class("ww-domain").foreign(&trust.domain)).child(&el(Tag::Dd).text(&trust_words(trust)))
        }
        None => list,
    }
}

fn person(recipient: &Recipient) -> El {
    let line = el(Tag::Span).class("ww-person");
    match recipient.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => line.foreign(name).text(" ").child(&el(Tag::Span).class("ww-3").foreign(&recipient.address)),
        None => line.foreign(&recipient.address),
    }
}
