//! The hits of a mail, newest first: exact times, what each was, and what its agent says of itself.

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Hit, HitKind, MessageDetail};

use crate::pages::dom::{Attr, El, Icon, Tag, el, icon_with};
use crate::pages::say::{Entry, Through, fold, shown, through};
use crate::pages::text::{Value, clock_s, count, day, iso, local_day, rich, t, t_with};
use crate::pages::widgets;

/// The timeline, a list for each day; the sending is its first entry and comes last.
pub(super) fn timeline(detail: &MessageDetail, now: Millis) -> Vec<El> {
    let entries = fold(&detail.hits);
    let mut days: Vec<(i64, El)> = Vec::new();
    let mut parts = Vec::new();
    let mut add = |at: Millis, item: El, parts: &mut Vec<El>| {
        let of = local_day(at);
        if days.last().is_none_or(|(last, _)| *last != of) {
            let title = match local_day(now) - of {
                0 => t("group_today"),
                1 => t("group_yesterday"),
                _ => day(at, now),
            };
            let list = el(Tag::Ol).class("ww-time");
            parts.push(el(Tag::H2).class("ww-day").text(&title));
            parts.push(list.clone());
            days.push((of, list));
        }
        if let Some((_, list)) = days.last() {
            list.add(item.as_ref());
        }
    };
    for entry in &entries {
        add(entry.hit.at, item(entry), &mut parts);
    }
    if detail.more_hits > 0 {
        let at = entries.last().map_or(detail.message.sent_at, |entry| entry.hit.at);
        let more = el(Tag::Li)
            .child(&icon_with(Icon::AGAIN, "ww-3"))
            .child(&el(Tag::Div).child(&el(Tag::P).class("ww-hit-why").text(&count("hits_more", detail.more_hits, &[]))));
        add(at, more, &mut parts);
    }
    add(detail.message.sent_at, sent(detail), &mut parts);
    parts
}

fn sent(detail: &MessageDetail) -> El {
    let message = &detail.message;
    let links = u32::try_from(message.content.links.len()).unwrap_or(u32::MAX);
    let (title, why) = if message.scheduled {
        (t("hit_scheduled"), t("hit_scheduled_why"))
    } else if links == 0 {
        (t("hit_sent"), t("hit_sent_why_no_links"))
    } else {
        (t("hit_sent"), count("hit_sent_why", links, &[]))
    };
    let body = el(Tag::Div)
        .child(&el(Tag::Div).class("ww-hit-top").child(&el(Tag::H3).text(&title)).child(&time(message.sent_at)))
        .child(&el(Tag::P).class("ww-hit-why").text(&why));
    el(Tag::Li).child(&icon_with(Icon::CHECK, "t-ok")).child(&body)
}

fn item(entry: &Entry) -> El {
    let hit = &entry.hit;
    let through = hit.agent.as_deref().and_then(through);
    let (which, class, title) = match (hit.kind, through) {
        (HitKind::Open, Some(through)) => (Icon::PROXY, "v-proxy", t_with("hit_open_through", &[through.name()])),
        (HitKind::Open, None) => (Icon::UNKNOWN, "v-unknown", t("hit_open")),
        (HitKind::Click, _) => (Icon::LINK, "s-clicked", t("hit_click")),
    };
    let mut body = el(Tag::Div)
        .child(&el(Tag::Div).class("ww-hit-top").child(&el(Tag::H3).class(class).text(&title)).child(&time(hit.at)))
        .child(&el(Tag::P).class("ww-hit-why").children(why(hit, through)));
    if entry.repeats > 0 {
        body = body.child(&el(Tag::P).class("ww-hit-low").text(&count("hit_repeats", entry.repeats, &[])));
    }
    el(Tag::Li).child(&icon_with(which, class)).child(&body.child(&origin(hit)))
}

fn time(at: Millis) -> El {
    el(Tag::Time).set(Attr::DateTime, &iso(at)).text(&clock_s(at))
}

fn why(hit: &Hit, through: Option<Through>) -> Vec<web_sys::Node> {
    match (hit.kind, through, &hit.link) {
        (HitKind::Open, Some(through), _) => rich("hit_open_through_why", &[Value::Own(through.name().to_owned())]),
        (HitKind::Open, None, _) => rich("hit_open_why", &[]),
        (HitKind::Click, _, Some(link)) => rich("hit_click_why", &[Value::Foreign(shown(link).into_owned())]),
        (HitKind::Click, _, None) => rich("hit_click_why_bare", &[]),
    }
}

/// Where the request came from and what it called itself: for who wants to judge it, folded.
fn origin(hit: &Hit) -> El {
    let agent = match hit.agent.as_deref().filter(|agent| !agent.trim().is_empty()) {
        Some(agent) => el(Tag::Dd).class("ww-agent").child(&el(Tag::Code).foreign(agent)),
        None => el(Tag::Dd).text(&t("hit_no_agent")),
    };
    let facts = el(Tag::Dl)
        .class("ww-kv ww-xs")
        .child(&el(Tag::Dt).text(&t("hit_agent")))
        .child(&agent)
        .child(&el(Tag::Dt).text(&t("hit_address")))
        .child(&el(Tag::Dd).foreign(&hit.address));
    widgets::fold(&t("hit_details"), [facts])
}
