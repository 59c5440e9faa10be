//! One line of the timeline: what it was, when, why, how sure, and what its owner may say of it.

use wasm_bindgen::JsCast;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Alike, Claim, Confidence, Hit, HitKind, Label, Verdict};
use web_sys::{KeyboardEvent, Node};

use super::{Act, Asked, Heard, Ui, all, time};
use crate::pages::dom::{Attr, El, Flag, Icon, Scope, Tag, bars, el, icon, icon_with};
use crate::pages::say::{Entry, Line, Through, is_checking, shown, through};
use crate::pages::text::{Value, count, number, rich, rich_count, t, t_with};
use crate::pages::widgets::{self, button};
use crate::told::{Look, Title, claimed_reason, is_counted, look, meaning, reason_key, title};

/// The countdown of a check goes in steps of this: nothing on the page ticks.
const STEP: Millis = 5_000;

/// Everything that a line shows. Two that are equal look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    line: Line,
    /// The backend judges hits.
    judged: bool,
    /// What goes on at each of its hits.
    uis: Vec<Ui>,
    /// Each hit of a group is shown.
    unfolded: bool,
    /// How many seconds a running check has left, in steps.
    left: Option<u32>,
}

impl Drawn {
    /// What a line shows at an instant.
    pub(super) fn new(line: Line, judged: bool, now: Millis, asked: &Asked) -> Self {
        let checked = line.newest().map(|entry| &entry.hit).filter(|hit| is_checking(hit, now));
        let left = checked.and_then(|hit| hit.verdict.as_ref()?.checking_until).map(|until| {
            let steps = (until - now + STEP - 1) / STEP;
            u32::try_from(steps * STEP / 1000).unwrap_or(u32::MAX)
        });
        let uis = all(&line).into_iter().map(|id| asked.at(id)).collect();
        Self { judged, uis, unfolded: asked.is_unfolded(line.key()), left, line }
    }
}

/// What stands inside of the line's list item, and the listeners that must live as long.
pub(super) fn draw(drawn: &Drawn, heard: &Heard) -> (Vec<Node>, Scope) {
    let scope = Scope::default();
    let Some(first) = drawn.line.newest() else { return (Vec::new(), scope) };
    let none = Ui::default();
    let ui = drawn.uis.first().unwrap_or(&none);
    let (sign, body) = match (&drawn.line, &first.hit.verdict, first.hit.label()) {
        _ if !drawn.judged => unjudged(first),
        (_, _, None) => new_here(&first.hit),
        _ if drawn.left.is_some() => checking(&first.hit, drawn.left.unwrap_or_default()),
        (Line::Many(entries), Some(verdict), Some(label)) => {
            group(drawn, entries, verdict, label, &Hand { scope: &scope, heard })
        }
        (_, _, Some(label)) => one(first, label, ui, &Hand { scope: &scope, heard }),
    };
    (vec![sign.into(), body.node().clone().into()], scope)
}

/// What listens to the controls of a line.
#[derive(Clone, Copy)]
struct Hand<'a> {
    scope: &'a Scope,
    heard: &'a Heard,
}

impl Hand<'_> {
    /// A control that does something; `name` tells it from others when the line is drawn anew.
    fn link(&self, words: &str, name: &str, act: Act) -> El {
        let heard = self.heard.clone();
        button("ww-link", words).set(Attr::DataAct, name).on(self.scope, "click", move |_| heard(act.clone()))
    }
}

const fn sign(look: Look) -> (Icon, &'static str) {
    match look {
        Look::Person => (Icon::HUMAN, "v-human"),
        Look::Proxy => (Icon::PROXY, "v-proxy"),
        Look::Own => (Icon::SELF, "v-self"),
        Look::Prefetch => (Icon::PREFETCH, "v-prefetch"),
        Look::Apple => (Icon::HIDDEN, "v-prefetch"),
        Look::Scanner => (Icon::SCANNER, "v-scanner"),
        Look::Unknown => (Icon::UNKNOWN, "v-unknown"),
    }
}

fn titled(title: Title<'_>) -> String {
    match title.name {
        Some(name) => t_with(title.key, &[name]),
        None => t(title.key),
    }
}

fn top(words: &str, class: &str, hit: &Hit) -> El {
    el(Tag::Div).class("ww-hit-top").child(&el(Tag::H3).class(class).text(words)).child(&time(hit.at))
}

/// The reason of a verdict in words; of one that has none here that is said.
fn reason(verdict: &Verdict) -> String {
    let words = reason_key(verdict).map(|key| {
        let words = t_with(&key, &[verdict.name.as_deref().unwrap_or_default()]);
        (words != *key).then_some(words)
    });
    words.flatten().unwrap_or_else(|| t("reason_unheard"))
}

fn why(hit: &Hit, reason: &str) -> El {
    let words = el(Tag::P).class("ww-hit-why");
    match hit.link.as_deref().filter(|_| hit.kind == HitKind::Click) {
        Some(link) => words.children(rich("hit_link", &[Value::Foreign(shown(link).into_owned())])).text(" ").text(reason),
        None => words.text(reason),
    }
}

fn confidence(confidence: Confidence) -> El {
    let (on, key) = match confidence {
        Confidence::Low => (1, "conf_low"),
        Confidence::Medium => (2, "conf_medium"),
        Confidence::High => (3, "conf_high"),
    };
    el(Tag::Span).class("ww-conf").child(&bars(on)).text(&t(key))
}

/// One hit with a verdict or with its owner's word.
fn one(entry: &Entry, label: Label, ui: &Ui, hand: &Hand<'_>) -> (web_sys::Element, El) {
    let hit = &entry.hit;
    let said = hit.correction;
    let verdict = hit.verdict.as_ref().filter(|_| said.is_none());
    let look = look(label, verdict.map(|verdict| verdict.reason.as_str()));
    let (which, class) = sign(look);
    let words = match (said, verdict) {
        (Some(said), _) => t(claimed_reason(said.claim, said.rule.is_some())),
        (None, Some(verdict)) => reason(verdict),
        (None, None) => t("reason_unheard"),
    };
    let mut low = el(Tag::Div).class("ww-hit-low");
    if let Some(verdict) = verdict {
        low = low.child(&confidence(verdict.confidence));
    }
    if !is_counted(label) && label != Label::Unknown {
        low = low.child(&el(Tag::Span).text(&t("not_counted")));
    }
    let mut body = el(Tag::Div)
        .child(&top(&titled(title(hit.kind, label, verdict)), class, hit))
        .child(&why(hit, &words))
        .child(&low.children(controls(entry, label, ui, hand)));
    if ui.choosing {
        body = body.child(&choice(entry, label, ui, hand));
    }
    if let Some((claim, alike)) = &ui.alike {
        body = body.child(&question(hit.id, *claim, alike, ui, hand));
    }
    if let Some(fault) = &ui.fault {
        let line = el(Tag::P).class("ww-err").set(Attr::Role, "alert").child(&icon(Icon::FAILED));
        body = body.child(&line.child(&el(Tag::Span).text(fault)));
    }
    body = repeats(body, entry);
    (icon_with(which, class), body.child(&means(hit, look)))
}

/// What its owner may do with a hit.
fn controls(entry: &Entry, label: Label, ui: &Ui, hand: &Hand<'_>) -> Vec<El> {
    let (id, ids) = (entry.hit.id, entry.ids());
    if let Some(said) = entry.hit.correction {
        let words = t(if said.rule.is_some() { "undo_rule" } else { "undo" });
        return vec![busy(hand.link(&words, &format!("{id}-undo"), Act::Undo(ids)), ui)];
    }
    let mut controls = Vec::new();
    if matches!(label, Label::Human | Label::ImageProxy | Label::Unknown) {
        let act = Act::Claim { ids, claim: Claim::Me, alike: false };
        controls.push(busy(hand.link(&t("was_me"), &format!("{id}-me"), act), ui));
    }
    let words = t(if label == Label::Unknown { "i_know" } else { "wrong" });
    let open = hand
        .link(&words, &format!("{id}-wrong"), Act::Choose(id, !ui.choosing))
        .set(Attr::AriaExpanded, if ui.choosing { "true" } else { "false" });
    controls.push(open);
    controls
}

fn busy(control: El, ui: &Ui) -> El {
    if ui.busy { control.set(Attr::AriaDisabled, "true") } else { control }
}

/// Who it was: one press is enough, and can be taken back.
fn choice(entry: &Entry, label: Label, ui: &Ui, hand: &Hand<'_>) -> El {
    let id = entry.hit.id;
    let name = t("who");
    let row = el(Tag::Div)
        .class("ww-who ww-row-btns")
        .set(Attr::Role, "group")
        .set(Attr::AriaLabel, &name)
        .child(&el(Tag::Span).class("ww-s ww-2").text(&name));
    let claims = [(Claim::Person, "who_person"), (Claim::Machine, "who_machine"), (Claim::Me, "who_me")];
    let row = claims.into_iter().filter(|(claim, _)| claim.label() != label).fold(row, |row, (claim, key)| {
        let (heard, act) = (hand.heard.clone(), Act::Claim { ids: entry.ids(), claim, alike: false });
        let choose = button("ww-btn ww-btn-small", &t(key)).set(Attr::DataAct, &format!("{id}-{key}")).on(
            hand.scope,
            "click",
            move |_| heard(act.clone()),
        );
        row.child(&busy(choose, ui))
    });
    let heard = hand.heard.clone();
    row.on(hand.scope, "keydown", move |event| {
        if event.dyn_ref::<KeyboardEvent>().is_some_and(|key| key.key() == "Escape") {
            // It closes the choice, and not the page.
            event.prevent_default();
            heard(Act::Choose(id, false));
        }
    })
}

/// Whether it is so of those like it as well.
fn question(id: i64, claim: Claim, alike: &Alike, ui: &Ui, hand: &Hand<'_>) -> El {
    let words = alike_words(alike);
    let yes = Act::Claim { ids: vec![id], claim, alike: true };
    let buttons = el(Tag::Div)
        .class("ww-row-btns")
        .child(&busy(hand.link(&t("alike_yes"), &format!("{id}-alike"), yes), ui))
        .child(&hand.link(&t("alike_no"), &format!("{id}-only"), Act::Only(id)));
    el(Tag::Div)
        .class("ww-note ww-note-box ww-ask")
        .set(Attr::Role, "group")
        .set(Attr::AriaLabel, &t("who"))
        .child(&icon(Icon::AGAIN))
        .child(&el(Tag::P).set(Attr::Title, &alike.network).children(words))
        .child(&buttons)
}

fn alike_words(alike: &Alike) -> Vec<Node> {
    let values = [Value::Foreign(alike.agent.clone()), Value::Foreign(alike.domain.clone())];
    if alike.hits == 0 { rich("alike_none", &values) } else { rich_count("alike", alike.hits, &values) }
}

/// Looks of machines for one reason: as one, or each.
fn group(drawn: &Drawn, entries: &[Entry], verdict: &Verdict, label: Label, hand: &Hand<'_>) -> (web_sys::Element, El) {
    let look = look(label, Some(&verdict.reason));
    let (which, class) = sign(look);
    let (key, hits) = (drawn.line.key(), number(drawn.line.hits()));
    let newest = &entries[0].hit;
    let words = t_with("told_times", &[&titled(title(newest.kind, label, Some(verdict))), &hits]);
    let toggle = if drawn.unfolded { t("show_one_hit") } else { t_with("show_all_hits", &[&hits]) };
    let toggle = hand
        .link(&toggle, &format!("{key}-all"), Act::Unfold(key, !drawn.unfolded))
        .set(Attr::AriaExpanded, if drawn.unfolded { "true" } else { "false" });
    let low = el(Tag::Div)
        .class("ww-hit-low")
        .child(&confidence(verdict.confidence))
        .child(&el(Tag::Span).text(&t("not_counted")))
        .child(&toggle);
    let mut body = el(Tag::Div)
        .child(&top(&words, class, newest))
        .child(&el(Tag::P).class("ww-hit-why").text(&reason(verdict)))
        .child(&low);
    if drawn.unfolded {
        let items = entries.iter().zip(&drawn.uis).map(|(entry, ui)| {
            let (sign, body) = one(entry, label, ui, hand);
            el(Tag::Li).set(Attr::DataId, &entry.hit.id.to_string()).child(&sign).child(&body)
        });
        body = body.child(&el(Tag::Ol).class("ww-time ww-time-in").children(items));
    } else {
        body =
            body.child(&widgets::fold(&t("hit_means"), [el(Tag::P).class("ww-s ww-2").text(&t(meaning(look, newest.kind)))]));
    }
    (icon_with(which, class), body)
}

/// A click that others of its burst may still turn into a machine's.
fn checking(hit: &Hit, left: u32) -> (web_sys::Element, El) {
    let words = t_with("hit_check_why", &[&number(left)]);
    let body = el(Tag::Div).child(&top(&t("told_checking"), "", hit)).child(&why(hit, &words));
    (icon_with(Icon::CHECKING, "v-unknown"), body)
}

/// A hit that the backend has not judged yet.
fn new_here(hit: &Hit) -> (web_sys::Element, El) {
    let body = el(Tag::Div).child(&top(&t("hit_new"), "v-unknown", hit)).child(&why(hit, &t("hit_new_why")));
    (icon_with(Icon::CHECKING, "v-unknown"), body)
}

/// A hit from a backend that does not judge: what its agent says of itself, and no more.
fn unjudged(entry: &Entry) -> (web_sys::Element, El) {
    let hit = &entry.hit;
    let through = hit.agent.as_deref().and_then(through);
    let (which, class, title) = match (hit.kind, through) {
        (HitKind::Open, Some(through)) => (Icon::PROXY, "v-proxy", t_with("hit_open_through", &[through.name()])),
        (HitKind::Open, None) => (Icon::UNKNOWN, "v-unknown", t("hit_open")),
        (HitKind::Click, _) => (Icon::LINK, "s-clicked", t("hit_click")),
    };
    let body = el(Tag::Div)
        .child(&top(&title, class, hit))
        .child(&el(Tag::P).class("ww-hit-why").children(unjudged_why(hit, through)));
    (icon_with(which, class), repeats(body, entry).child(&widgets::fold(&t("hit_details"), [origin(hit)])))
}

fn unjudged_why(hit: &Hit, through: Option<Through>) -> Vec<Node> {
    match (hit.kind, through, &hit.link) {
        (HitKind::Open, Some(through), _) => rich("hit_open_through_why", &[Value::Own(through.name().to_owned())]),
        (HitKind::Open, None, _) => rich("hit_open_why", &[]),
        (HitKind::Click, _, Some(link)) => rich("hit_click_why", &[Value::Foreign(shown(link).into_owned())]),
        (HitKind::Click, _, None) => rich("hit_click_why_bare", &[]),
    }
}

fn repeats(body: El, entry: &Entry) -> El {
    let repeats = u32::try_from(entry.repeats.len()).unwrap_or(u32::MAX);
    if repeats == 0 {
        return body;
    }
    body.child(&el(Tag::P).class("ww-hit-low").text(&count("hit_repeats", repeats, &[])))
}

/// What it means for whether the mail was read, and for who wants to judge: where the request came from.
fn means(hit: &Hit, look: Look) -> El {
    let words = el(Tag::P).class("ww-s ww-2").text(&t(meaning(look, hit.kind)));
    widgets::fold(&t("hit_means"), [words, origin(hit)]).flag(Flag::Open, false)
}

/// Where the request came from and what it called itself.
fn origin(hit: &Hit) -> El {
    let agent = match hit.agent.as_deref().filter(|agent| !agent.trim().is_empty()) {
        Some(agent) => el(Tag::Dd).class("ww-agent").child(&el(Tag::Code).foreign(agent)),
        None => el(Tag::Dd).text(&t("hit_no_agent")),
    };
    el(Tag::Dl)
        .class("ww-kv ww-xs")
        .child(&el(Tag::Dt).text(&t("hit_agent")))
        .child(&agent)
        .child(&el(Tag::Dt).text(&t("hit_address")))
        .child(&el(Tag::Dd).foreign(&hit.address))
}
