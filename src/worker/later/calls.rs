//! The calls of the backend's API about mailboxes, scheduled mails and whose clocks people live by.

use std::fmt::Write as _;

use uuid::Uuid;
use waxwing_protocol::api::{
    AccessPage, ConnectImap, Connecting, ContactZone, GmailStart, MailboxSettings, Mailboxes, PutScheduled, Scheduled,
    ScheduledAction, ScheduledDetail, ScheduledList, ScheduledPage,
};

use super::super::client::{CallError, Client, done, json, push_encoded, read};
use crate::chrome::http::Http;

/// Scheduled mails on a page.
pub(super) const PAGE: u32 = 100;

impl<H: Http> Client<'_, H> {
    /// `GET /scheduled`.
    pub(super) async fn scheduled(&self, list: ScheduledList, before: Option<&str>) -> Result<ScheduledPage, CallError> {
        let list = match list {
            ScheduledList::Waiting => "waiting",
            ScheduledList::Done => "done",
        };
        let mut path = format!("/scheduled?list={list}&limit={PAGE}");
        if let Some(before) = before {
            path.push_str("&before=");
            push_encoded(&mut path, before);
        }
        read(self.call("GET", &path, None).await?)
    }

    /// `GET /scheduled/{id}`.
    pub(in crate::worker) async fn scheduled_one(&self, id: Uuid) -> Result<ScheduledDetail, CallError> {
        read(self.call("GET", &format!("/scheduled/{id}"), None).await?)
    }

    /// `PUT /scheduled/{id}`.
    pub(super) async fn put_scheduled(&self, id: Uuid, put: &PutScheduled) -> Result<Scheduled, CallError> {
        read(self.call("PUT", &format!("/scheduled/{id}"), Some(json(put)?)).await?)
    }

    /// `POST /scheduled/{id}/action`.
    pub(super) async fn act_on_scheduled(&self, id: Uuid, action: ScheduledAction) -> Result<Scheduled, CallError> {
        read(self.call("POST", &format!("/scheduled/{id}/action"), Some(json(&action)?)).await?)
    }

    /// `GET /mailboxes`.
    pub(in crate::worker) async fn mailboxes(&self) -> Result<Mailboxes, CallError> {
        read(self.call("GET", "/mailboxes", None).await?)
    }

    /// `POST /mailboxes`.
    pub(super) async fn connect_imap(&self, connect: &ConnectImap) -> Result<Connecting, CallError> {
        read(self.call("POST", "/mailboxes", Some(json(connect)?)).await?)
    }

    /// `POST /mailboxes/gmail`.
    pub(super) async fn connect_gmail(&self) -> Result<GmailStart, CallError> {
        read(self.call("POST", "/mailboxes/gmail", None).await?)
    }

    /// `POST /mailboxes/{id}/test`.
    pub(super) async fn test_mailbox(&self, id: Uuid) -> Result<Connecting, CallError> {
        read(self.call("POST", &format!("/mailboxes/{id}/test"), None).await?)
    }

    /// `PUT /mailboxes/{id}/settings`.
    pub(super) async fn set_mailbox(&self, id: Uuid, settings: MailboxSettings) -> Result<(), CallError> {
        done(&self.call("PUT", &format!("/mailboxes/{id}/settings"), Some(json(&settings)?)).await?)
    }

    /// `DELETE /mailboxes/{id}`.
    pub(super) async fn drop_mailbox(&self, id: Uuid) -> Result<(), CallError> {
        done(&self.call("DELETE", &format!("/mailboxes/{id}"), None).await?)
    }

    /// `GET /mailboxes/{id}/access`.
    pub(super) async fn access(&self, id: Uuid, before: Option<i64>) -> Result<AccessPage, CallError> {
        let before = before.map(|before| format!("?before={before}")).unwrap_or_default();
        read(self.call("GET", &format!("/mailboxes/{id}/access{before}"), None).await?)
    }

    /// `GET /contacts/zones`.
    pub(super) async fn zones(&self, addresses: &[String]) -> Result<Vec<ContactZone>, CallError> {
        let mut path = "/contacts/zones".to_owned();
        for (number, address) in addresses.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(path, "{}address=", if number == 0 { '?' } else { '&' });
            push_encoded(&mut path, address);
        }
        read(self.call("GET", &path, None).await?)
    }

    /// `PUT /contacts/zones`.
    pub(super) async fn set_zone(&self, zone: &ContactZone) -> Result<(), CallError> {
        done(&self.call("PUT", "/contacts/zones", Some(json(zone)?)).await?)
    }
}
