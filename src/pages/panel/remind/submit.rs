//! What is done with what was chosen: given back to the tab, or asked of the backend. Asking again with the same id does nothing twice.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Condition, PutReminder, PutScheduled, RemindedMail, ReminderState, Schedule, ScheduledState, WaitingAction, WaitingMail,
    Wish,
};
use waxwing_protocol::page::{Answer, Fault, LaterToWorker, PanelEnd, ToWorker};

use super::Remind;
use crate::chrome::runtime::{ask, ask_later};
use crate::pages::dom::{Attr, Icon, document, icon};
use crate::pages::text::{t, t_with};
use crate::pages::widgets::fault_words;

impl Remind {
    /// Sets the reminder that was understood.
    pub(super) fn submit(self: &Rc<Self>) {
        if self.busy.get() {
            return;
        }
        // What was understood a while ago may be over.
        self.update();
        let Some((wish, due)) = self.wish() else {
            if let Some(form) = self.shown() {
                form.field.focus();
            }
            return;
        };
        self.finish(Some((wish, due)));
    }

    /// "No reminder", or "Done" of one that is back.
    pub(super) fn switch_off(self: &Rc<Self>) {
        if !self.busy.get() {
            self.finish(None);
        }
    }

    fn finish(self: &Rc<Self>, chosen: Option<(Wish, Millis)>) {
        self.set_busy(true);
        let panel = Rc::clone(self);
        spawn_local(async move {
            let done = match (&panel.sent, &chosen) {
                (None, _) => panel.reschedule(chosen.as_ref().map(|(wish, _)| wish)).await,
                (Some(sent), Some((wish, _))) => panel.set(sent, wish).await,
                (Some(sent), None) => panel.take_away(sent).await,
            };
            panel.set_busy(false);
            match done {
                Ok(()) if panel.sent.is_some() => panel.end(PanelEnd::Reminded),
                Ok(()) => {
                    let say = chosen.as_ref().map(|(wish, due)| panel.words_of(wish, *due)).unwrap_or_default();
                    let wish = chosen.and_then(|(wish, _)| serde_json::to_string(&wish).ok());
                    panel.end(PanelEnd::Wish { wish, say });
                }
                Err(Fault::NotFound) => panel.complain(&t("remind_gone")),
                Err(fault) => panel.complain(&fault_words(&fault)),
            }
        });
    }

    /// A draft that is scheduled takes its reminder along.
    async fn reschedule(&self, wish: Option<&Wish>) -> Result<(), Fault> {
        let Some(scheduled) = self.scheduled.as_ref().filter(|it| it.state == ScheduledState::Scheduled) else { return Ok(()) };
        if scheduled.schedule.remind.as_ref() == wish {
            return Ok(());
        }
        let put = PutScheduled {
            mailbox: scheduled.mailbox,
            draft: self.facts.draft.clone(),
            schedule: Schedule { remind: wish.cloned(), ..scheduled.schedule.clone() },
            track: scheduled.track,
        };
        ask_later(&LaterToWorker::Put { id: scheduled.id, put: Box::new(put) }).await.map(drop)
    }

    /// Sets the reminder of a mail in an open conversation, or changes it.
    async fn set(&self, sent: &RemindedMail, wish: &Wish) -> Result<(), Fault> {
        let known = self.known.borrow().clone();
        if let (Some(mail), Some(ReminderState::Back)) = (&known, self.standing()) {
            let action = WaitingAction::Snooze { wish: wish.clone() };
            return ask_later(&LaterToWorker::ActWaiting { id: mail.id, action }).await.map(drop);
        }
        let on = known.as_ref().and_then(|mail| mail.reminder.as_ref()).filter(|_| self.standing().is_some());
        let id = on.map_or(self.id, |reminder| reminder.id);
        let mail = self.mail(sent, known.as_ref()).await?;
        let put = PutReminder { mail, wish: wish.clone() };
        ask_later(&LaterToWorker::PutReminder { id, put: Box::new(put) }).await.map(drop)
    }

    /// The mail, with what the page cannot know of it.
    async fn mail(&self, sent: &RemindedMail, known: Option<&WaitingMail>) -> Result<RemindedMail, Fault> {
        let mut mail = RemindedMail {
            account: self.account.clone(),
            sender: self.facts.sender.clone(),
            gmail: self.facts.draft.gmail.clone(),
            ..sent.clone()
        };
        match known {
            Some(known) => {
                mail.message = known.message;
                mail.sent_at = known.sent_at;
                mail.gmail = known.gmail.clone();
                mail.content = known.content.clone();
            }
            None if !self.facts.track => return Err(Fault::NotFound),
            None => {
                let Some(id) = sent.message else { return Err(Fault::NotFound) };
                if let Answer::Detail { detail } = ask(&ToWorker::Detail { id }).await? {
                    let message = detail.message;
                    mail.sender = message.sender;
                    mail.sent_at = message.sent_at;
                    mail.gmail = message.gmail;
                    mail.content = message.content;
                }
            }
        }
        mail.content.links.clear();
        Ok(mail)
    }

    /// Takes the reminder of a mail in an open conversation away, if it has one.
    async fn take_away(&self, sent: &RemindedMail) -> Result<(), Fault> {
        let action = match self.standing() {
            None => return Ok(()),
            Some(ReminderState::Back) => WaitingAction::Done,
            Some(_) => WaitingAction::Off,
        };
        let id = self.known.borrow().as_ref().map(|mail| mail.id).or(sent.message).ok_or(Fault::NotFound)?;
        ask_later(&LaterToWorker::ActWaiting { id, action }).await.map(drop)
    }

    /// The words for the tip of the bell.
    fn words_of(&self, wish: &Wish, due: Millis) -> String {
        let key = match (wish.every_days, wish.condition) {
            (Some(_), _) => "remind_line_repeated",
            (None, Condition::NoAnswer) => "remind_line_no_answer",
            (None, Condition::NotOpened) => "remind_line_not_opened",
            (None, Condition::Always) => "remind_line_always",
        };
        t_with(key, &[&self.moment(due)])
    }

    fn set_busy(&self, on: bool) {
        self.busy.set(on);
        if let Some(form) = self.shown() {
            for button in [&form.submit, &form.off] {
                button.put(Attr::AriaBusy, if on { "true" } else { "false" });
                button.put(Attr::AriaDisabled, if on { "true" } else { "false" });
            }
        }
    }

    /// Says above the buttons what went wrong.
    fn complain(&self, words: &str) {
        let Some(form) = self.shown() else { return };
        form.problem.clear();
        form.problem.add(icon(Icon::INFO).as_ref());
        form.problem.add(document().create_text_node(words).as_ref());
        form.problem.show(true);
        self.tell_size();
    }
}
