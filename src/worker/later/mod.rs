//! Mails that go out later, and the mailboxes they leave from: what pages of ours ask, and what Gmail's tabs are told.
//!
//! What must hold:
//! - Only pages of the extension are answered here ([`Worker::answer_later`]); a content script opens and closes its panel and
//!   takes a scheduled mail back, no more.
//! - A panel is shown something only by the key that a content script of the same tab announced ([`panels`]): a frame of
//!   ours that somebody else put into a page stays empty.
//! - Passwords pass through and are kept nowhere.

mod calls;
mod kept;
mod page;
mod panels;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{PutScheduled, Scheduled, ScheduledAction};
use waxwing_protocol::capability;
use waxwing_protocol::page::{Connection, Fault, LaterAnswer, LaterToWorker};

use super::Worker;
use super::client::{CallError, Client};
use super::link::has;
use super::platform::Platform;
use super::sender::{Role, Sender};

impl<P: Platform> Worker<P> {
    /// Answers a question of a page.
    pub(super) async fn answer_later(self: &Rc<Self>, question: LaterToWorker, sender: &Sender) -> Result<LaterAnswer, Fault> {
        let role = self.platform.own_id().and_then(|id| sender.role(&id));
        if role != Some(Role::Page) {
            return Err(Fault::Internal { detail: "not allowed".to_owned() });
        }
        if let Some(answer) = self.answer_reminders(&question).await {
            return answer;
        }
        Ok(match question {
            // Answered above.
            LaterToWorker::PutReminder { .. }
            | LaterToWorker::Waiting { .. }
            | LaterToWorker::WaitingIn { .. }
            | LaterToWorker::ActWaiting { .. }
            | LaterToWorker::DropReminder { .. }
            | LaterToWorker::ReminderSettings
            | LaterToWorker::SetReminderSettings { .. } => return Err(Fault::TooOld),
            LaterToWorker::Panel { key } => return self.panel(sender.tab(), key).await,
            LaterToWorker::PanelSize { key, height } => self.size_panel(sender.tab(), key, height).await?,
            LaterToWorker::PanelEnd { key, end } => self.end_panel(sender.tab(), key, end).await?,
            LaterToWorker::Put { id, put } => LaterAnswer::Scheduled { scheduled: self.schedule(id, &put).await? },
            LaterToWorker::List { list, before } => return self.scheduled_page(list, before).await,
            LaterToWorker::Detail { id } => {
                LaterAnswer::Detail { detail: self.ask_later(async |client| client.scheduled_one(id).await).await? }
            }
            LaterToWorker::Act { id, action } => LaterAnswer::Scheduled { scheduled: self.act(id, action).await? },
            LaterToWorker::Mailboxes => {
                LaterAnswer::Mailboxes { mailboxes: self.ask_later(async |client| client.mailboxes().await).await? }
            }
            LaterToWorker::ConnectImap { connect } => LaterAnswer::Connecting {
                connecting: self.ask_later(async |client| client.connect_imap(&connect).await).await?,
            },
            LaterToWorker::ConnectGmail => {
                let start = self.ask_later(async |client| client.connect_gmail().await).await?;
                // Whatever answered must not have something else opened.
                if !start.url.starts_with("https://") && !start.url.starts_with("http://") {
                    return Err(Fault::NotWaxwing);
                }
                self.platform.open_tab(&start.url).await.map_err(super::internal)?;
                LaterAnswer::GmailStart { start }
            }
            LaterToWorker::TestMailbox { id } => {
                LaterAnswer::Connecting { connecting: self.ask_later(async |client| client.test_mailbox(id).await).await? }
            }
            LaterToWorker::SetMailbox { id, settings } => {
                self.ask_later(async |client| client.set_mailbox(id, settings).await).await?;
                LaterAnswer::Done
            }
            LaterToWorker::DropMailbox { id } => {
                self.ask_later(async |client| client.drop_mailbox(id).await).await?;
                LaterAnswer::Done
            }
            LaterToWorker::Access { id, before } => {
                LaterAnswer::Access { page: self.ask_later(async |client| client.access(id, before).await).await? }
            }
            LaterToWorker::Zones { addresses } => {
                LaterAnswer::Zones { zones: self.ask_later(async |client| client.zones(&addresses).await).await? }
            }
            LaterToWorker::SetZone { zone } => {
                self.ask_later(async |client| client.set_zone(&zone).await).await?;
                LaterAnswer::Done
            }
        })
    }

    /// Schedules a draft, or changes when it goes. Asking twice does it once.
    async fn schedule(self: &Rc<Self>, id: Uuid, put: &PutScheduled) -> Result<Scheduled, Fault> {
        let scheduled = self.ask_later(async |client| client.put_scheduled(id, put).await).await?;
        self.keep_scheduled(&scheduled).await;
        Ok(scheduled)
    }

    /// Does something with a scheduled mail.
    pub(in crate::worker) async fn act(self: &Rc<Self>, id: Uuid, action: ScheduledAction) -> Result<Scheduled, Fault> {
        let scheduled = self.ask_later(async |client| client.act_on_scheduled(id, action).await).await?;
        self.keep_scheduled(&scheduled).await;
        Ok(scheduled)
    }

    /// The paired backend, if it can send later.
    async fn scheduling(&self) -> Result<Connection, Fault> {
        let connection = self.paired().await?;
        if has(&connection, capability::SCHEDULING) { Ok(connection) } else { Err(Fault::TooOld) }
    }

    /// Asks a backend that can send later.
    async fn ask_later<T>(
        self: &Rc<Self>,
        call: impl AsyncFnOnce(Client<'_, P::Http>) -> Result<T, CallError>,
    ) -> Result<T, Fault> {
        let connection = self.scheduling().await?;
        self.call(&connection, call).await.map_err(|error| error.fault())
    }
}
