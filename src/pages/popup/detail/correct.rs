//! What the owner says of hits: one press says it, and it can be taken back.
//!
//! What must hold: what is shown afterwards is what the worker answered; an error stands at the hit that it speaks of, and
//! nothing is shown as corrected that was not.

use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Claim, Corrected, Hit};
use waxwing_protocol::page::{Answer, Fault, ToWorker};

use super::Detail;
use crate::chrome::runtime::ask;
use crate::pages::popup::timeline::{Act, Heard};
use crate::pages::text::{count, t, t_with};
use crate::pages::widgets::fault_words;

/// What hears of the timeline's controls. It acts after the control's own listener is through: that goes when its line is
/// drawn anew.
pub(super) fn hand(detail: Weak<Detail>) -> Heard {
    Rc::new(move |act| {
        let detail = detail.clone();
        spawn_local(async move {
            if let Some(detail) = detail.upgrade() {
                detail.act(act).await;
            }
        });
    })
}

impl Detail {
    async fn act(&self, act: Act) {
        match act {
            Act::Choose(id, on) => {
                self.timeline.change(id, |ui| {
                    ui.choosing = on;
                    ui.fault = None;
                });
                self.redraw();
                if !on {
                    self.timeline.focus(&format!("{id}-wrong"));
                } else if let Some(first) = ["who_person", "who_machine"]
                    .into_iter()
                    .map(|choice| format!("{id}-{choice}"))
                    .find(|choice| self.timeline.has(choice))
                {
                    self.timeline.focus(&first);
                }
            }
            Act::Unfold(key, on) => {
                self.timeline.unfold(key, on);
                self.redraw();
            }
            Act::Only(id) => {
                self.timeline.change(id, |ui| ui.alike = None);
                self.redraw();
                self.timeline.focus(&format!("{id}-undo"));
            }
            Act::Claim { ids, claim, alike } => self.claim(&ids, claim, alike).await,
            Act::Undo(ids) => self.undo(&ids).await,
        }
    }

    /// Says who made the first of these hits, and the others, which repeat it.
    async fn claim(&self, ids: &[i64], claim: Claim, alike: bool) {
        let Some(first) = self.begin(ids) else { return };
        let mut done: Result<(), Fault> = Ok(());
        for &hit in ids {
            match ask(&ToWorker::Correct { hit, claim, alike }).await {
                Ok(Answer::Corrected { corrected }) => {
                    if hit == first {
                        self.said(first, claim, alike, &corrected);
                    }
                    self.replace(&corrected.hit);
                }
                Ok(_) => done = Err(Fault::Internal { detail: "correct".to_owned() }),
                Err(fault) => done = Err(fault),
            }
            if done.is_err() {
                break;
            }
        }
        self.end(first, done);
    }

    /// Takes back what was said of them. What came from a rule goes with the rule, for all hits.
    async fn undo(&self, ids: &[i64]) {
        let Some(first) = self.begin(ids) else { return };
        let mut done = Ok(());
        for &hit in ids {
            if !self.is_said(hit) {
                continue;
            }
            match ask(&ToWorker::Uncorrect { hit }).await {
                Ok(_) => self.take_back(hit),
                Err(fault) => {
                    done = Err(fault);
                    break;
                }
            }
        }
        if done.is_ok() {
            self.timeline.change(first, |ui| ui.alike = None);
        }
        self.end(first, done);
    }

    /// Marks a hit as being asked about. `None` while it is already.
    fn begin(&self, ids: &[i64]) -> Option<i64> {
        let first = *ids.first()?;
        if self.timeline.at(first).busy {
            return None;
        }
        self.timeline.change(first, |ui| {
            ui.busy = true;
            ui.fault = None;
        });
        self.redraw();
        Some(first)
    }

    fn end(&self, id: i64, done: Result<(), Fault>) {
        let fault = done.err().map(|fault| match fault {
            Fault::NotFound => t("hit_gone"),
            fault => t_with("not_done", &[&fault_words(&fault)]),
        });
        self.timeline.change(id, |ui| {
            ui.busy = false;
            ui.fault = fault;
        });
        self.redraw();
        // The counts, and what else changed with it.
        self.load();
    }

    fn said(&self, id: i64, claim: Claim, of_all: bool, corrected: &Corrected) {
        let mut words = t("said_so");
        let offered = corrected.alike.clone().filter(|_| !of_all);
        if let Some(alike) = &offered {
            let values = [alike.agent.as_str(), alike.domain.as_str()];
            let more = if alike.hits == 0 { t_with("alike_none", &values) } else { count("alike", alike.hits, &values) };
            words = format!("{words} {more}");
        }
        self.timeline.speak(&words);
        self.timeline.change(id, |ui| {
            ui.choosing = false;
            ui.alike = offered.map(|alike| (claim, alike));
        });
    }

    fn replace(&self, hit: &Hit) {
        if let Some(detail) = self.drawn.borrow_mut().as_mut() {
            for known in detail.hits.iter_mut().filter(|known| known.id == hit.id) {
                known.clone_from(hit);
            }
        }
    }

    fn is_said(&self, id: i64) -> bool {
        let drawn = self.drawn.borrow();
        drawn.as_ref().is_some_and(|detail| detail.hits.iter().any(|hit| hit.id == id && hit.correction.is_some()))
    }

    fn take_back(&self, id: i64) {
        if let Some(detail) = self.drawn.borrow_mut().as_mut() {
            let rule = detail.hits.iter().find(|hit| hit.id == id).and_then(|hit| hit.correction).and_then(|said| said.rule);
            for hit in &mut detail.hits {
                let same_rule = rule.is_some() && hit.correction.is_some_and(|said| said.rule == rule);
                if hit.id == id || same_rule {
                    hit.correction = None;
                }
            }
        }
    }
}
