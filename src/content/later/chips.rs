//! The time of a scheduled draft in a list: a clock and when it goes, before the subject.
//!
//! What must hold: a chip is about the draft, or the conversation, that its row names at this moment; one that is no longer right
//! is gone before it is seen.

use std::rc::Rc;

use super::goes;
use super::read::Brief;
use crate::content::app::App;
use crate::content::controls::Icon;
use crate::content::shown::place::{Place, make};
use crate::gmail::rows::{self, Row};

/// A chip in a row; gone when dropped.
pub(super) struct Chip {
    row: Row,
    of: Brief,
    place: Place,
}

impl Chip {
    fn is_right(&self) -> bool {
        is_of(&self.of, &self.row) && self.place.host.is_connected()
    }
}

/// Whether a row is about this mail. A draft alone names itself; an answer stands in its conversation.
fn is_of(brief: &Brief, row: &Row) -> bool {
    match row.draft() {
        Some(draft) => brief.draft.as_ref() == Some(&draft),
        None => brief.thread.is_some() && row.thread() == brief.thread,
    }
}

impl super::Later {
    /// Whether there is anything that a change of the page could make wrong.
    pub fn has_chips(&self) -> bool {
        !self.chips.borrow().is_empty()
    }
}

impl App {
    /// Looks at the rows that are shown: gives each scheduled draft its time.
    pub fn look_at_drafts(self: &Rc<Self>) {
        let waiting = self.later.waiting.borrow().clone();
        let mut before = self.later.chips.take();
        if waiting.is_empty() {
            return;
        }
        let mut after = Vec::new();
        for row in rows::shown(&self.document) {
            let Some(brief) = waiting.iter().find(|brief| is_of(brief, &row)) else { continue };
            let old = before.iter().position(|chip| chip.row == row && chip.of == *brief && chip.is_right());
            let chip = old.map(|at| before.swap_remove(at)).or_else(|| self.chip(row, brief));
            after.extend(chip);
        }
        drop(before);
        self.later.chips.replace(after);
    }

    /// Takes away what is no longer right.
    pub fn check_drafts(&self) {
        let all = self.later.chips.take();
        let (right, wrong): (Vec<_>, Vec<_>) = all.into_iter().partition(Chip::is_right);
        drop(wrong);
        self.later.chips.replace(right);
    }

    fn chip(&self, row: Row, brief: &Brief) -> Option<Chip> {
        let place = Place::new(&self.document, &self.later.sheet, "ww-host-chip", "span", "ww-chip")?;
        let words = goes(brief);
        let face = make(&self.document, "span", "")?;
        Icon::Clock.fill(&face);
        let text = make(&self.document, "span", "")?;
        text.set_text_content(Some(&words));
        place.inside.append_child(&face).ok()?;
        place.inside.append_child(&text).ok()?;
        place.take_theme(self.shown.is_dark());
        let subject = row.subject()?;
        // A tick stands right before the subject.
        let tick = subject.previous_element_sibling().filter(|before| before.class_name() == "ww-host-tick");
        tick.unwrap_or(subject).before_with_node_1(&place.host).ok()?;
        Some(Chip { row, of: brief.clone(), place })
    }
}
