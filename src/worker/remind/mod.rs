//! Mails whose answer is waited for, and their reminders: what pages of ours ask, what Gmail's tabs are told, what the user is.
//!
//! What must hold:
//! - A reminder that was chosen in a compose waits in the outbox like the mail itself: behind it, and gone with it when it is
//!   undone.
//! - Which words Gmail's tabs show of a reminder is decided here, once; they only show them.
//! - A backend that knows no reminders is asked nothing of them.

mod act;
mod calls;
mod kept;
mod notices;
mod page;
#[cfg(test)]
mod tests;
mod words;

pub(super) use kept::{Asking, Changed};
pub(super) use notices::{Noticed, is_told, name_of, notice, notice_id, waiting_of};

use std::rc::Rc;

use waxwing_protocol::api::{ReminderSettings, WaitingMail};
use waxwing_protocol::capability;
use waxwing_protocol::page::{Connection, Fault, LaterAnswer, LaterToWorker};

use super::Worker;
use super::client::{CallError, Client};
use super::link::has;
use super::platform::Platform;
use crate::chrome::system::Clock;

impl<P: Platform> Worker<P> {
    /// Answers a question about reminders; `None` when it is about something else. For who has looked at who asks.
    pub(super) async fn answer_reminders(self: &Rc<Self>, question: &LaterToWorker) -> Option<Result<LaterAnswer, Fault>> {
        Some(match question {
            LaterToWorker::PutReminder { id, put } => {
                let set = self.ask_reminders(async |client| client.put_reminder(*id, put).await).await;
                self.as_it_is_now(set).await
            }
            LaterToWorker::ActWaiting { id, action } => self.act_on_waiting(*id, action).await.map(waiting_mail),
            LaterToWorker::Waiting { list, order, before } => self.waiting_page(*list, *order, before.clone()).await,
            LaterToWorker::WaitingIn { thread } => self.waiting_in(thread).await,
            LaterToWorker::DropReminder { id } => self.drop_refused(*id).await,
            LaterToWorker::ReminderSettings => self
                .ask_reminders(async |client| client.reminder_settings().await)
                .await
                .map(|settings| LaterAnswer::ReminderSettings { settings }),
            LaterToWorker::SetReminderSettings { settings } => {
                let settings = self.with_here(settings.clone());
                self.ask_reminders(async |client| client.set_reminder_settings(&settings).await)
                    .await
                    .map(|settings| LaterAnswer::ReminderSettings { settings })
            }
            _ => return None,
        })
    }

    async fn as_it_is_now(self: &Rc<Self>, mail: Result<WaitingMail, Fault>) -> Result<LaterAnswer, Fault> {
        let mail = mail?;
        self.keep_waiting(&mail).await;
        Ok(waiting_mail(mail))
    }

    /// Asks a backend that knows reminders.
    async fn ask_reminders<T>(
        self: &Rc<Self>,
        call: impl AsyncFnOnce(Client<'_, P::Http>) -> Result<T, CallError>,
    ) -> Result<T, Fault> {
        let connection = self.reminding().await?;
        self.call(&connection, call).await.map_err(|error| error.fault())
    }

    /// The paired backend, if it knows reminders.
    async fn reminding(&self) -> Result<Connection, Fault> {
        let connection = self.paired().await?;
        if has(&connection, capability::REMINDERS) { Ok(connection) } else { Err(Fault::TooOld) }
    }

    /// The settings with this device's zone and language.
    fn with_here(&self, settings: ReminderSettings) -> ReminderSettings {
        let tag = self.platform.words("locale_tag", &[]);
        let language = tag.split('-').next().map(str::to_ascii_lowercase);
        ReminderSettings { zone: Some(self.platform.system().zone()), language, ..settings }
    }

    /// Tells the backend this device's zone and language, where it knows others: "the working day after" is one of its user's.
    pub(super) async fn tell_here(self: &Rc<Self>, connection: &Connection) -> Result<(), CallError> {
        if !has(connection, capability::REMINDERS) {
            return Ok(());
        }
        let call = async |client: Client<'_, P::Http>| client.reminder_settings().await;
        let known = self.call(connection, call).await?;
        let here = self.with_here(known.clone());
        if here != known {
            self.call(connection, async |client: Client<'_, P::Http>| client.set_reminder_settings(&here).await).await?;
        }
        Ok(())
    }
}

fn waiting_mail(mail: WaitingMail) -> LaterAnswer {
    LaterAnswer::WaitingMail { mail: Box::new(mail) }
}
