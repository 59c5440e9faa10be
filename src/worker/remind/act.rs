//! What is done with mails whose answer is waited for: by pages, by the outbox, by the buttons of notifications.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_domain::civil::{Civil, Time};
use waxwing_protocol::api::{PutReminder, WaitingAction, WaitingMail, When, Wish, problem};
use waxwing_protocol::page::{Connection, Fault};
use waxwing_protocol::{Millis, capability};

use super::super::Worker;
use super::super::client::{CallError, Client};
use super::super::link::has;
use super::super::platform::Platform;
use super::kept::Changed;
use crate::chrome::notifications::Notices;
use crate::chrome::system::Clock;
use crate::gmail::thread::GmailThread;

/// When "tomorrow" is.
const MORNING: Time = Time::hour_sharp(9);
/// In milliseconds.
const MINUTE: Millis = 60_000;
/// Where the mails that are waited for stand.
const PAGE: &str = "popup.html#waiting";

impl<P: Platform> Worker<P> {
    /// Does something with a mail.
    pub(super) async fn act_on_waiting(self: &Rc<Self>, id: Uuid, action: &WaitingAction) -> Result<WaitingMail, Fault> {
        let mail = self.ask_reminders(async |client| client.act_on_waiting(id, action).await).await?;
        self.keep_waiting(&mail).await;
        Ok(mail)
    }

    /// Sets a reminder that waited in the outbox.
    pub(in crate::worker) async fn set_reminder(
        self: &Rc<Self>,
        client: &Client<'_, P::Http>,
        id: Uuid,
        put: &PutReminder,
    ) -> Result<(), CallError> {
        let mail = client.put_reminder(id, put).await?;
        self.keep_waiting(&mail).await;
        Ok(())
    }

    /// Deletes a mail at the backend, and what is waited for of it. Of an untracked one the id is that of its reminder.
    pub(in crate::worker) async fn delete_at(
        self: &Rc<Self>,
        connection: &Connection,
        client: &Client<'_, P::Http>,
        id: Uuid,
    ) -> Result<(), CallError> {
        if has(connection, capability::REMINDERS) {
            match client.act_on_waiting(id, &WaitingAction::Done).await {
                // Nothing of it is there, or it is over already.
                Err(CallError::Problem { name, .. })
                    if [problem::NOT_FOUND, problem::GONE, problem::CONFLICT].contains(&name.as_str()) => {}
                done => drop(done?),
            }
            self.refresh_waiting_soon(connection, [Changed::Waiting(id)]);
        }
        client.delete_message(id).await
    }

    /// A mail as it stands now.
    pub(in crate::worker) async fn waiting_now(
        self: &Rc<Self>,
        connection: &Connection,
        id: Uuid,
    ) -> Result<WaitingMail, Fault> {
        let call = async |client: Client<'_, P::Http>| client.waiting_one(id).await;
        self.call(connection, call).await.map_err(|error| error.fault())
    }

    /// A button of a notification was pressed: the first is "Tomorrow", the second "Done".
    pub(in crate::worker) async fn on_reminder_button(self: &Rc<Self>, notice: &str, mail: Uuid, index: u32) {
        // It has done its work, whatever comes of the rest.
        let _ = self.platform.notices().clear(notice).await;
        let done = match index {
            0 => self.snooze(mail).await,
            _ => self.act_on_waiting(mail, &WaitingAction::Done).await,
        };
        match (done, self.connection().await) {
            (Ok(_), Ok(Some(connection))) => self.refresh_waiting_soon(&connection, [Changed::Waiting(mail)]),
            (Ok(_), _) => {}
            // There it says how the mail stands, and what the backend says no to.
            (Err(_), _) => self.show_waiting().await,
        }
    }

    /// Tomorrow again, as it was asked for.
    async fn snooze(self: &Rc<Self>, id: Uuid) -> Result<WaitingMail, Fault> {
        let connection = self.reminding().await?;
        let mail = self.waiting_now(&connection, id).await?;
        let reminder = mail.reminder.ok_or(Fault::Conflict)?;
        let when = self.tomorrow().ok_or(Fault::NoTime)?;
        let wish = Wish { when, phrase: None, condition: reminder.wish.condition, every_days: reminder.wish.every_days };
        self.act_on_waiting(id, &WaitingAction::Snooze { wish }).await
    }

    fn tomorrow(&self) -> Option<When> {
        let system = self.platform.system();
        let now = system.now();
        let wall = now.checked_add(Millis::from(system.offset(now)) * MINUTE)?;
        let date = Civil::from_seconds(wall.div_euclid(1_000))?.date.plus_days(1)?;
        Some(When::At { wall: Civil { date, time: MORNING }.to_string(), zone: system.zone() })
    }

    /// A notification of a mail was clicked: leads to its conversation, or to the list of those that wait.
    pub(in crate::worker) async fn on_waiting_clicked(self: &Rc<Self>, id: Uuid) {
        let cached = self.cached_waiting().await.ok().flatten();
        let known = cached.into_iter().flat_map(|cached| cached.back.mails.into_iter().chain(cached.waiting.mails));
        let mail = match known.into_iter().find(|mail| mail.id == id) {
            Some(mail) => Some(mail),
            None => match self.reminding().await {
                Ok(connection) => self.waiting_now(&connection, id).await.ok(),
                Err(_) => None,
            },
        };
        // A mail that did not arrive is looked at where its reason stands.
        let thread = mail.filter(|mail| mail.bounced.is_none()).and_then(|mail| thread_of(&mail));
        match thread {
            Some(thread) => self.open_thread(&thread).await,
            None => self.show_waiting().await,
        }
    }

    async fn show_waiting(&self) {
        if let Ok(url) = self.platform.own_url(PAGE) {
            // Where the browser opens no tab there is nothing else to try.
            let _ = self.platform.open_tab(&url).await;
        }
    }
}

/// The conversation to show: that of the answer where it is another one.
fn thread_of(mail: &WaitingMail) -> Option<GmailThread> {
    let mut ids = mail.gmail.clone();
    if let Some(thread) = mail.answered.as_ref().and_then(|answered| answered.thread.clone()) {
        ids.legacy_thread = Some(thread);
        ids.legacy_message = None;
        ids.thread = None;
    }
    GmailThread::new(&mail.sender, &ids)
}
