//! The lines that are shown, in their order, and the elements they stand in.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use waxwing_domain::relative::Group;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Activity;

use crate::pages::dom::{El, Tag, el, focused};
use crate::pages::popup::row::Line;
use crate::pages::text::{group_of, group_title};
use crate::told::Known;

/// A group of days.
struct Days {
    group: Group,
    root: El,
    items: El,
}

/// The lines.
#[derive(Default)]
pub(super) struct Lines {
    order: Vec<Uuid>,
    drawn: HashMap<Uuid, (Line, El)>,
    groups: Vec<Days>,
    hidden: HashSet<Uuid>,
}

impl Lines {
    /// Forgets all lines; what is hidden stays hidden.
    pub(super) fn clear(&mut self) {
        self.order.clear();
        self.drawn.clear();
        self.groups.clear();
    }

    /// True when there is nothing to see.
    pub(super) fn none_seen(&self) -> bool {
        self.order.iter().all(|id| self.hidden.contains(id))
    }

    /// How many lines there are to see.
    pub(super) fn seen(&self) -> usize {
        self.order.iter().filter(|id| !self.hidden.contains(*id)).count()
    }

    /// True when the line is there, or was taken out by the user.
    pub(super) fn knows(&self, id: Uuid) -> bool {
        self.drawn.contains_key(&id) || self.hidden.contains(&id)
    }

    /// Adds a line at the end; the group it belongs to is made when it is the first of it.
    pub(super) fn push(&mut self, line: Line, into: &El, now: Millis) {
        let id = line.id();
        if self.drawn.contains_key(&id) {
            self.change(line, now);
            return;
        }
        let group = group_of(line.sent_at(), now);
        if self.groups.last().is_none_or(|last| last.group != group) {
            let items = el(Tag::Ul).class("ww-list");
            let title = el(Tag::H2).class("ww-head").text(&group_title(group, line.sent_at()));
            let root = el(Tag::Section).child(&title).child(&items);
            into.add(root.as_ref());
            self.groups.push(Days { group, root, items });
        }
        let item = el(Tag::Li).child(&line.draw(now));
        item.show(!self.hidden.contains(&id));
        if let Some(days) = self.groups.last() {
            days.items.add(item.as_ref());
        }
        self.order.push(id);
        self.drawn.insert(id, (line, item));
    }

    /// Draws a known line anew where it stands, if it changed.
    pub(super) fn change(&mut self, line: Line, now: Millis) {
        let Some((known, item)) = self.drawn.get_mut(&line.id()) else { return };
        if *known == line {
            return;
        }
        let had_focus = item.has_focus();
        let drawn = line.draw(now);
        item.fill([&drawn]);
        if had_focus {
            drawn.focus();
        }
        *known = line;
    }

    /// Something happened to a mail. False when it is not in the list.
    pub(super) fn active(&mut self, id: Uuid, activity: &Activity, now: Millis) -> bool {
        let Some((Line::Mail { message, fresh, .. }, _)) = self.drawn.get(&id) else { return false };
        let before = &message.activity;
        // What machines do is no news.
        let more = (activity.opens, activity.clicks) != (before.opens, before.clicks) && activity.state >= before.state;
        let fresh = *fresh || more;
        let mut message = message.clone();
        message.activity = activity.clone();
        self.change(Line::Mail { message, known: Known::Yes, fresh }, now);
        true
    }

    /// Whether the backend knows a mail, as far as the list says.
    pub(super) fn known(&self, id: Uuid) -> Known {
        match self.drawn.get(&id) {
            Some((Line::Mail { known, .. }, _)) => *known,
            _ => Known::Yes,
        }
    }

    /// Keeps the dot of a line that had one.
    pub(super) fn is_fresh(&self, id: Uuid) -> bool {
        matches!(self.drawn.get(&id), Some((Line::Mail { fresh: true, .. }, _)))
    }

    /// Removes a line for good.
    pub(super) fn take_out(&mut self, id: Uuid) {
        if let Some((_, item)) = self.drawn.remove(&id) {
            item.remove();
        }
        self.order.retain(|other| *other != id);
        self.tidy();
    }

    /// Hides a line; gives its neighbour.
    pub(super) fn hide(&mut self, id: Uuid) -> Option<Uuid> {
        let at = self.order.iter().position(|other| *other == id);
        self.hidden.insert(id);
        self.show(id, false);
        let at = at?;
        let after = self.order.get(at + 1..).and_then(|after| after.iter().find(|id| !self.hidden.contains(*id)));
        after.or_else(|| self.order[..at].iter().rev().find(|id| !self.hidden.contains(*id))).copied()
    }

    /// Shows it again.
    pub(super) fn unhide(&mut self, id: Uuid) {
        self.hidden.remove(&id);
        self.show(id, true);
    }

    fn show(&self, id: Uuid, on: bool) {
        if let Some((_, item)) = self.drawn.get(&id) {
            item.show(on);
        }
        self.tidy();
    }

    /// A heading without lines goes.
    fn tidy(&self) {
        for days in &self.groups {
            days.root.show(days.items.has_shown_child());
        }
    }

    /// Focuses a line. False when it is not to be seen.
    pub(super) fn focus(&self, id: Uuid) -> bool {
        match self.drawn.get(&id) {
            Some((_, item)) if !self.hidden.contains(&id) => item.focus_inside(),
            _ => false,
        }
    }

    /// Focuses the first line.
    pub(super) fn focus_first(&self) -> bool {
        self.order.iter().any(|id| self.focus(*id))
    }

    /// Focuses the last line.
    pub(super) fn focus_last(&self) -> bool {
        self.order.iter().rev().any(|id| self.focus(*id))
    }

    /// Focuses the next or the previous line. False when no line has the focus.
    pub(super) fn focus_step(&self, step: isize) -> bool {
        let Some(at) = focused_line().and_then(|id| self.order.iter().position(|other| *other == id)) else { return false };
        if step > 0 {
            self.order[at + 1..].iter().any(|id| self.focus(*id));
        } else {
            self.order[..at].iter().rev().any(|id| self.focus(*id));
        }
        true
    }
}

/// The line that has the focus.
pub(super) fn focused_line() -> Option<Uuid> {
    let id = focused()?.closest("[data-id]").ok()??.get_attribute("data-id")?;
    Uuid::try_parse(&id).ok()
}
