//! The calls of the backend's API about reminders and mails whose answer is waited for.

use uuid::Uuid;
use waxwing_protocol::api::{
    PutReminder, ReminderSettings, WaitingAction, WaitingList, WaitingMail, WaitingOrder, WaitingPage,
};

use super::super::client::{CallError, Client, json, push_encoded, read};
use crate::chrome::http::Http;

/// Mails on a page.
pub(super) const PAGE: u32 = 50;

impl<H: Http> Client<'_, H> {
    /// `PUT /reminders/{id}`.
    pub(super) async fn put_reminder(&self, id: Uuid, put: &PutReminder) -> Result<WaitingMail, CallError> {
        read(self.call("PUT", &format!("/reminders/{id}"), Some(json(put)?)).await?)
    }

    /// `GET /waiting`.
    pub(super) async fn waiting(
        &self,
        list: WaitingList,
        order: WaitingOrder,
        before: Option<&str>,
    ) -> Result<WaitingPage, CallError> {
        let list = match list {
            WaitingList::Back => "back",
            WaitingList::Waiting => "waiting",
            WaitingList::Answered => "answered",
        };
        let order = match order {
            WaitingOrder::Oldest => "oldest",
            WaitingOrder::Newest => "newest",
        };
        let mut path = format!("/waiting?list={list}&order={order}&limit={PAGE}");
        if let Some(before) = before {
            path.push_str("&before=");
            push_encoded(&mut path, before);
        }
        read(self.call("GET", &path, None).await?)
    }

    /// `GET /waiting?thread=`: all mails of a conversation.
    pub(super) async fn waiting_in(&self, thread: &str) -> Result<WaitingPage, CallError> {
        let mut path = "/waiting?thread=".to_owned();
        push_encoded(&mut path, thread);
        read(self.call("GET", &path, None).await?)
    }

    /// `GET /waiting/{id}`.
    pub(super) async fn waiting_one(&self, id: Uuid) -> Result<WaitingMail, CallError> {
        read(self.call("GET", &format!("/waiting/{id}"), None).await?)
    }

    /// `POST /waiting/{id}/action`.
    pub(super) async fn act_on_waiting(&self, id: Uuid, action: &WaitingAction) -> Result<WaitingMail, CallError> {
        read(self.call("POST", &format!("/waiting/{id}/action"), Some(json(action)?)).await?)
    }

    /// `GET /reminders/settings`.
    pub(super) async fn reminder_settings(&self) -> Result<ReminderSettings, CallError> {
        read(self.call("GET", "/reminders/settings", None).await?)
    }

    /// `PUT /reminders/settings`.
    pub(super) async fn set_reminder_settings(&self, settings: &ReminderSettings) -> Result<ReminderSettings, CallError> {
        read(self.call("PUT", "/reminders/settings", Some(json(settings)?)).await?)
    }
}
