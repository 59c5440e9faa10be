//! What is asked of the backend: schedule, send now, do not send. Asking again with the same id does nothing twice.

use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{PutScheduled, Schedule, Scheduled, ScheduledAction, ScheduledState, Wish};
use waxwing_protocol::page::{Fault, LaterAnswer, LaterToWorker, PanelEnd};

use super::Panel;
use super::sense::Sense;
use crate::chrome::runtime::ask_later;
use crate::pages::dom::{Attr, El, Icon, icon};
use crate::pages::text::{Value, rich, t, t_with};
use crate::pages::widgets::{Weight, fault_words, note};

/// Gmail saves a draft within this many milliseconds after the last change.
const AUTOSAVE: u32 = 3_000;

impl Panel {
    /// Schedules what was understood.
    pub(super) fn submit(self: &Rc<Self>) {
        if self.busy.get() {
            return;
        }
        // What was understood a while ago may be over.
        self.update();
        let schedule = match &*self.sense.borrow() {
            Sense::Clear(clear) => Schedule { remind: self.reminder(), ..clear.schedule.clone() },
            Sense::Nothing | Sense::Refused(_) | Sense::NoDue(_) => {
                if let Some(form) = self.shown() {
                    form.field.focus();
                }
                return;
            }
        };
        self.set_busy(true);
        let panel = Rc::clone(self);
        spawn_local(async move {
            let done = panel.schedule(schedule).await;
            panel.set_busy(false);
            match done {
                Ok(Some(scheduled)) => {
                    let due = scheduled.due_at.map(|due| panel.moment(due, &panel.home)).unwrap_or_default();
                    panel.end(PanelEnd::Scheduled { id: scheduled.id, say: t_with("later_toast", &[&due]) });
                }
                // Something else is shown in the place of the form.
                Ok(None) => {}
                Err(fault) => panel.complain(&fault),
            }
        });
    }

    /// The reminder that goes along: the one chosen in the compose, or that of before.
    fn reminder(&self) -> Option<Wish> {
        self.facts.wish.clone().or_else(|| self.scheduled.as_ref()?.schedule.remind.clone())
    }

    /// `None` when there is no mailbox to send from, which is then shown.
    async fn schedule(self: &Rc<Self>, schedule: Schedule) -> Result<Option<Scheduled>, Fault> {
        let known = self.mailbox.borrow().clone();
        let mailbox = match known {
            Some(mailbox) => mailbox,
            None => match self.find_mailbox().await {
                Ok(mailbox) => mailbox,
                Err(blocked) => {
                    self.show_blocked(&blocked);
                    return Ok(None);
                }
            },
        };
        let put = PutScheduled {
            mailbox: mailbox.id,
            draft: self.facts.draft.clone(),
            schedule,
            track: self.scheduled.as_ref().map_or(self.facts.track, |scheduled| scheduled.track),
        };
        let question = LaterToWorker::Put { id: self.id, put: Box::new(put) };
        let mut answer = ask_later(&question).await;
        if answer == Err(Fault::DraftUnknown) {
            // Gmail may be saving it just now.
            self.tell(&t("panel_saving"));
            TimeoutFuture::new(AUTOSAVE).await;
            answer = ask_later(&question).await;
        }
        match answer? {
            LaterAnswer::Scheduled { scheduled } => Ok(Some(scheduled)),
            _ => Err(Fault::Internal { detail: "another answer".to_owned() }),
        }
    }

    /// What can be done with a draft that is scheduled already; `None` when it is not.
    pub(super) fn scheduled_note(self: &Rc<Self>) -> Option<El> {
        let scheduled = self.scheduled.as_ref()?;
        let waits = scheduled.state == ScheduledState::Scheduled;
        let words = match scheduled.due_at.filter(|_| waits) {
            Some(due) => rich("panel_scheduled", &[Value::Own(self.moment(due, &self.home))]),
            None => rich("panel_waits", &[]),
        };
        let cancel = self
            .act("ww-btn", &t("panel_unschedule"), |panel| panel.do_with(ScheduledAction::Cancel))
            .set(Attr::DataAct, "cancel");
        let now = self
            .act("ww-btn", &t("panel_send_now"), |panel| panel.do_with(ScheduledAction::SendNow { seen: None }))
            .set(Attr::DataAct, "now");
        let weight = if waits { Weight::Info } else { Weight::Warn };
        Some(note(weight, if waits { Icon::CLOCK } else { Icon::HELD }, words, &[now, cancel]))
    }

    fn do_with(self: &Rc<Self>, action: ScheduledAction) {
        if self.busy.get() {
            return;
        }
        self.set_busy(true);
        let (panel, id) = (Rc::clone(self), self.id);
        let action = self.scheduled.as_ref().map_or(action, |scheduled| action.on(scheduled));
        spawn_local(async move {
            let answer = ask_later(&LaterToWorker::Act { id, action }).await;
            panel.set_busy(false);
            match (answer, action) {
                (Ok(_), ScheduledAction::SendNow { .. }) => {
                    panel.end(PanelEnd::Scheduled { id, say: t("later_toast_now") });
                }
                (Ok(_), _) => panel.end(PanelEnd::Cancelled),
                (Err(fault), _) => panel.complain(&fault),
            }
        });
    }

    fn set_busy(&self, on: bool) {
        self.busy.set(on);
        if let Some(form) = self.shown() {
            form.submit.put(Attr::AriaBusy, if on { "true" } else { "false" });
            form.submit.put(Attr::AriaDisabled, if on { "true" } else { "false" });
        }
        if on {
            self.tell("");
        }
    }

    fn complain(&self, fault: &Fault) {
        self.tell(&fault_words(fault));
    }

    /// Says something above the button; nothing when it is empty.
    fn tell(&self, words: &str) {
        let Some(form) = self.shown() else { return };
        form.problem.clear();
        if !words.is_empty() {
            form.problem.add(icon(Icon::INFO).as_ref());
            form.problem.add(crate::pages::dom::document().create_text_node(words).as_ref());
        }
        form.problem.show(!words.is_empty());
        self.tell_size();
    }
}
