//! The hits of a mail, newest first, with exact times: what each was, how sure that is, why, and what it means.
//!
//! What must hold:
//! - Label, confidence and reason stand in one block; none is shown without the others.
//! - A line that did not change stays the element it was: folds stay open, the focus stays where it is, and what is being
//!   read does not move when news come in above it.

mod item;
mod state;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Claim, Kinds, MessageDetail};

use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, focused, icon_with, window};
use crate::pages::say::{Line, is_checking, is_judged, lines};
use crate::pages::text::{clock_s, count, day, iso, local_day, t};
use item::{Drawn, draw};
pub(super) use state::{Asked, Ui};

/// What a person does with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Opens the choice of who made that hit, or closes it.
    Choose(i64, bool),
    /// Says who made these hits, the first of which stands for all; perhaps of all like it.
    Claim {
        /// Their numbers.
        ids: Vec<i64>,
        /// Who.
        claim: Claim,
        /// Also of those like it.
        alike: bool,
    },
    /// Takes back what was said of these.
    Undo(Vec<i64>),
    /// Leaves it at this one hit.
    Only(i64),
    /// Shows each hit of the line with that key, or one for all.
    Unfold(i64, bool),
}

/// What hears of it.
pub(super) type Heard = Rc<dyn Fn(Act)>;

/// The timeline.
pub(super) struct Timeline {
    root: El,
    /// Says to screen readers what a correction did.
    spoken: El,
    shown: RefCell<HashMap<i64, Shown>>,
    /// What goes on at single hits and lines besides what the backend told.
    asked: RefCell<Asked>,
    /// The earliest end of a check that was still running when it was last drawn.
    until: Cell<Option<Millis>>,
    heard: Heard,
}

/// A line on the page.
struct Shown {
    drawn: Drawn,
    item: El,
    #[expect(dead_code, reason = "holds the listeners as long as the line is there")]
    scope: Scope,
}

impl Timeline {
    /// A timeline that shows nothing yet. `heard` hears what a person does with it.
    pub(super) fn new(heard: Heard) -> Self {
        Self {
            root: el(Tag::Div),
            spoken: el(Tag::P).class("ww-sr").set(Attr::Role, "status"),
            shown: RefCell::default(),
            asked: RefCell::default(),
            until: Cell::new(None),
            heard,
        }
    }

    /// The elements.
    pub(super) fn elements(&self) -> [&El; 2] {
        [&self.root, &self.spoken]
    }

    /// Changes what goes on at a hit.
    pub(super) fn change(&self, id: i64, change: impl FnOnce(&mut Ui)) {
        self.asked.borrow_mut().change(id, change);
    }

    /// Shows each hit of a line, or one for all.
    pub(super) fn unfold(&self, key: i64, on: bool) {
        self.asked.borrow_mut().unfold(key, on);
    }

    /// What goes on at a hit.
    pub(super) fn at(&self, id: i64) -> Ui {
        self.asked.borrow().at(id)
    }

    /// Says something to screen readers.
    pub(super) fn speak(&self, words: &str) {
        self.spoken.fill_text(words);
    }

    /// When a check that is shown as running ends.
    pub(super) fn until(&self) -> Option<Millis> {
        self.until.get()
    }

    /// True when a control of a hit is there.
    pub(super) fn has(&self, act: &str) -> bool {
        self.root.find(Attr::DataAct, act).is_some()
    }

    /// Puts the focus on a control of a hit.
    pub(super) fn focus(&self, act: &str) {
        if let Some(control) = self.root.find(Attr::DataAct, act) {
            control.focus_still();
        }
    }

    /// Shows the hits of a mail, a list for each day; the sending is the first entry and comes last.
    pub(super) fn draw(&self, detail: &MessageDetail, now: Millis) {
        let lines = lines(&detail.hits);
        let running = detail.hits.iter().filter(|hit| is_checking(hit, now));
        self.until.set(running.filter_map(|hit| hit.verdict.as_ref()?.checking_until).min());
        let focus = Focus::now(&self.root);
        let place = Place::now(&self.root);
        let judged = is_judged(detail);
        let mut days = Days { now, days: Vec::new() };
        let mut before = self.shown.take();
        let mut after = HashMap::with_capacity(lines.len());
        let tracking = detail.message.tracking;
        let mut refused = tracking.refused_at.filter(|_| tracking.declined().any());
        for line in lines {
            let (key, at) = (line.key(), line.newest().map_or(0, |entry| entry.hit.at));
            let wanted = Drawn::new(line, judged, now, &self.asked.borrow());
            let shown = match before.remove(&key) {
                Some(shown) if shown.drawn == wanted => shown,
                known => {
                    let item = known.map_or_else(|| el(Tag::Li).set(Attr::DataId, &key.to_string()), |shown| shown.item);
                    let (inside, scope) = draw(&wanted, &self.heard);
                    item.fill(inside);
                    Shown { drawn: wanted, item, scope }
                }
            };
            if let Some(when) = refused.take_if(|when| *when >= at) {
                days.add(when, &declined(when, tracking.declined()));
            }
            days.add(at, &shown.item);
            after.insert(key, shown);
        }
        if let Some(when) = refused {
            days.add(when, &declined(when, tracking.declined()));
        }
        if detail.more_hits > 0 {
            let at = detail.hits.last().map_or(detail.message.sent_at, |hit| hit.at);
            let words = el(Tag::P).class("ww-hit-why").text(&count("hits_more", detail.more_hits, &[]));
            days.add(at, &el(Tag::Li).child(&icon_with(Icon::AGAIN, "ww-3")).child(&el(Tag::Div).child(&words)));
        }
        days.add(detail.message.sent_at, &sent(detail));
        self.root.fill(days.into_parts());
        *self.shown.borrow_mut() = after;
        place.restore();
        focus.restore(&self.root);
    }
}

/// The lists of the days.
struct Days {
    now: Millis,
    days: Vec<(i64, El, El)>,
}

impl Days {
    fn add(&mut self, at: Millis, item: &El) {
        let of = local_day(at);
        if self.days.last().is_none_or(|(last, ..)| *last != of) {
            let title = match local_day(self.now) - of {
                0 => t("group_today"),
                1 => t("group_yesterday"),
                _ => day(at, self.now),
            };
            self.days.push((of, el(Tag::H2).class("ww-day").text(&title), el(Tag::Ol).class("ww-time")));
        }
        if let Some((_, _, list)) = self.days.last() {
            list.add(item.as_ref());
        }
    }

    fn into_parts(self) -> Vec<El> {
        self.days.into_iter().flat_map(|(_, title, list)| [title, list]).collect()
    }
}

fn sent(detail: &MessageDetail) -> El {
    let message = &detail.message;
    let links = u32::try_from(message.content.links.len()).unwrap_or(u32::MAX);
    let (title, why) = if !message.tracking.tracks.opens {
        (t("hit_sent"), count("hit_sent_why_clicks", links, &[]))
    } else if message.scheduled {
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

/// A recipient refused.
fn declined(at: Millis, kinds: Kinds) -> El {
    let body = el(Tag::Div)
        .child(&el(Tag::Div).class("ww-hit-top").child(&el(Tag::H3).text(&t("hit_refused"))).child(&time(at)))
        .child(&el(Tag::P).class("ww-hit-why").text(&t(match kinds {
            Kinds { opens: true, clicks: true } => "hit_refused_both",
            Kinds { opens: true, .. } => "hit_refused_opens",
            _ => "hit_refused_clicks",
        })));
    el(Tag::Li).child(&icon_with(Icon::OFF, "s-off")).child(&body)
}

/// A time to the second.
fn time(at: Millis) -> El {
    el(Tag::Time).set(Attr::DateTime, &iso(at)).text(&clock_s(at))
}

/// Where the focus was before the elements moved.
struct Focus {
    /// The element.
    on: Option<El>,
    /// The line that it stood in.
    line: Option<String>,
    /// What it did.
    act: Option<String>,
}

impl Focus {
    fn now(root: &El) -> Self {
        let on = focused().filter(|_| root.has_focus()).map(El::of);
        let line = on.as_ref().and_then(|on| on.closest(Attr::DataId)).and_then(|line| line.get(Attr::DataId));
        let act = on.as_ref().and_then(|on| on.get(Attr::DataAct));
        Self { on, line, act }
    }

    /// Gives it back: to the element, to the one that does the same now, or to the first control of the line.
    fn restore(self, root: &El) {
        let Some(on) = self.on else { return };
        if root.contains(&on) {
            on.focus_still();
            return;
        }
        if let Some(same) = self.act.and_then(|act| root.find(Attr::DataAct, &act)) {
            same.focus_still();
        } else if let Some(line) = self.line.and_then(|line| root.find(Attr::DataId, &line)) {
            line.focus_inside();
        }
    }
}

/// The line at the upper edge of the window, and how far from it: it stays there when lines come in above it.
struct Place(Option<(El, f64)>);

impl Place {
    fn now(root: &El) -> Self {
        if window().scroll_y().is_ok_and(|scrolled| scrolled <= 0.0) {
            return Self(None);
        }
        Self(
            root.all(Attr::DataId)
                .into_iter()
                .map(|line| (line.top(), line))
                .find(|(top, _)| *top >= 0.0)
                .map(|(top, line)| (line, top)),
        )
    }

    fn restore(self) {
        let Some((line, top)) = self.0 else { return };
        if line.is_in_page() {
            window().scroll_by_with_x_and_y(0.0, line.top() - top);
        }
    }
}

/// A line that is drawn for all its hits.
fn all(line: &Line) -> Vec<i64> {
    match line {
        Line::One(entry) => vec![entry.hit.id],
        Line::Many(entries) => entries.iter().map(|entry| entry.hit.id).collect(),
    }
}
