//! The backend's API over [`Http`], and what its answers mean.

use std::fmt::Write as _;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    AccountResponse, ConsentSettings, ConsentSnapshot, Correct, Corrected, CorrectionRule, Device, MessageDetail, MessagePage,
    Mute, OwnView, PairRequest, PairResponse, PeopleChanged, PeoplePage, Period, Problem, PutMessage, PutPeople, StateFilter,
    Stats, Trouble, problem,
};
use waxwing_protocol::page::{Connection, Fault};

use crate::chrome::http::{Head, Http, HttpError, Request};

/// How long a call may take, in milliseconds. Below the 30 s after which an idle worker is ended.
const TIMEOUT: u32 = 20_000;
/// The stream's backend says something every 20 s; after twice that and a bit it is taken for dead.
pub(super) const STREAM_TIMEOUT: u32 = 45_000;
/// Messages on a page.
const PAGE: u32 = 50;

/// Why a call did not give what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallError {
    /// There was no answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer is not one of a Waxwing backend.
    #[error("not a Waxwing backend (status {status})")]
    Foreign {
        /// The HTTP status.
        status: u16,
    },
    /// The backend says no.
    #[error("{name} ({status})")]
    Problem {
        /// One of [`problem`].
        name: String,
        /// The HTTP status.
        status: u16,
        /// Seconds to wait, when the backend said so.
        retry_after: Option<u32>,
    },
    /// The backend cannot use a mailbox now.
    #[error("the mailbox cannot be used")]
    Mailbox {
        /// Why.
        trouble: Trouble,
    },
}

impl CallError {
    /// What a person is told.
    pub(super) fn fault(&self) -> Fault {
        match self {
            Self::Http(HttpError::Unreachable) => Fault::Unreachable,
            Self::Http(HttpError::Timeout) => Fault::Timeout,
            // What stands before a backend that is down.
            Self::Foreign { status: 502..=504 } => Fault::Unavailable,
            Self::Foreign { .. } => Fault::NotWaxwing,
            Self::Problem { name, status, retry_after } => match name.as_str() {
                problem::UNAUTHORIZED => Fault::Revoked,
                problem::CODE_UNKNOWN => Fault::CodeUnknown,
                problem::CODE_EXPIRED => Fault::CodeExpired,
                problem::CODE_USED => Fault::CodeUsed,
                problem::RATE_LIMITED => Fault::RateLimited { retry_after: retry_after.unwrap_or(60) },
                problem::NOT_FOUND | problem::GONE => Fault::NotFound,
                problem::DRAFT_UNKNOWN => Fault::DraftUnknown,
                problem::DRAFT_UNFIT => Fault::DraftUnfit,
                problem::NO_TIME => Fault::NoTime,
                problem::CONFLICT => Fault::Conflict,
                problem::NO_GOOGLE_CLIENT => Fault::NoGoogleClient,
                problem::UNAVAILABLE => Fault::Unavailable,
                _ => Fault::Refused { status: *status },
            },
            Self::Mailbox { trouble } => Fault::Mailbox { trouble: *trouble },
        }
    }

    /// Whether nothing was heard of the backend itself: a copy from before is better than nothing.
    pub(super) fn is_away(&self) -> bool {
        match self {
            Self::Http(_) | Self::Foreign { .. } => true,
            Self::Problem { status, .. } => *status >= 500,
            // The backend is there, its mail server is not.
            Self::Mailbox { .. } => false,
        }
    }
}

/// Which messages to list, newest first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ask<'a> {
    /// Words in subject or recipients.
    pub(super) query: &'a str,
    /// By what came of them.
    pub(super) state: Option<StateFilter>,
    /// Sent before this instant.
    pub(super) sent_before: Option<Millis>,
    /// The backend's cursor.
    pub(super) before: Option<&'a str>,
}

/// The API of one backend.
#[derive(Debug)]
pub(super) struct Client<'a, H> {
    http: &'a H,
    server: &'a str,
    token: Option<&'a str>,
}

impl<'a, H: Http> Client<'a, H> {
    /// Before pairing.
    pub(super) fn unpaired(http: &'a H, server: &'a str) -> Self {
        Self { http, server, token: None }
    }

    /// After it.
    pub(super) fn new(http: &'a H, connection: &'a Connection) -> Self {
        Self { http, server: &connection.server, token: Some(&connection.device_token) }
    }

    /// `POST /pair`.
    pub(super) async fn pair(&self, request: &PairRequest) -> Result<PairResponse, CallError> {
        read(self.call("POST", "/pair", Some(json(request)?)).await?)
    }

    /// `GET /account`.
    pub(super) async fn account(&self) -> Result<AccountResponse, CallError> {
        read(self.call("GET", "/account", None).await?)
    }

    /// `PUT /messages/{id}`.
    pub(super) async fn put_message(&self, id: Uuid, message: &PutMessage) -> Result<(), CallError> {
        done(&self.call("PUT", &format!("/messages/{id}"), Some(json(message)?)).await?)
    }

    /// `DELETE /messages/{id}`.
    pub(super) async fn delete_message(&self, id: Uuid) -> Result<(), CallError> {
        done(&self.call("DELETE", &format!("/messages/{id}"), None).await?)
    }

    /// `GET /messages`.
    pub(super) async fn messages(&self, ask: &Ask<'_>) -> Result<MessagePage, CallError> {
        let mut path = format!("/messages?limit={PAGE}");
        let sent_before = ask.sent_before.map(|at| at.to_string()).unwrap_or_default();
        for (name, value) in [
            ("query", ask.query),
            ("state", ask.state.map_or("", state_name)),
            ("sent_before", &sent_before),
            ("before", ask.before.unwrap_or_default()),
        ] {
            if !value.is_empty() {
                path.push('&');
                path.push_str(name);
                path.push('=');
                push_encoded(&mut path, value);
            }
        }
        read(self.call("GET", &path, None).await?)
    }

    /// `GET /messages/{id}`.
    pub(super) async fn message(&self, id: Uuid) -> Result<MessageDetail, CallError> {
        read(self.call("GET", &format!("/messages/{id}"), None).await?)
    }

    /// `GET /messages?threads=`: all messages of these conversations. The ids are hexadecimal digits.
    pub(super) async fn of_threads(&self, threads: &[&str]) -> Result<MessagePage, CallError> {
        read(self.call("GET", &format!("/messages?threads={}", threads.join(",")), None).await?)
    }

    /// `GET /again`.
    pub(super) async fn again(&self) -> Result<MessagePage, CallError> {
        read(self.call("GET", "/again", None).await?)
    }

    /// `POST /messages/{id}/own-views`.
    pub(super) async fn own_view(&self, id: Uuid, view: OwnView) -> Result<(), CallError> {
        done(&self.call("POST", &format!("/messages/{id}/own-views"), Some(json(&view)?)).await?)
    }

    /// `PUT /messages/{id}/mute`.
    pub(super) async fn mute(&self, id: Uuid, muted: bool) -> Result<(), CallError> {
        done(&self.call("PUT", &format!("/messages/{id}/mute"), Some(json(&Mute { muted })?)).await?)
    }

    /// `POST /hits/{id}/correction`.
    pub(super) async fn correct(&self, hit: i64, correct: Correct) -> Result<Corrected, CallError> {
        read(self.call("POST", &format!("/hits/{hit}/correction"), Some(json(&correct)?)).await?)
    }

    /// `DELETE /hits/{id}/correction`.
    pub(super) async fn uncorrect(&self, hit: i64) -> Result<(), CallError> {
        done(&self.call("DELETE", &format!("/hits/{hit}/correction"), None).await?)
    }

    /// `GET /corrections`.
    pub(super) async fn corrections(&self) -> Result<Vec<CorrectionRule>, CallError> {
        read(self.call("GET", "/corrections", None).await?)
    }

    /// `DELETE /corrections/{id}`.
    pub(super) async fn drop_correction(&self, id: i64) -> Result<(), CallError> {
        done(&self.call("DELETE", &format!("/corrections/{id}"), None).await?)
    }

    /// `GET /stats`.
    pub(super) async fn stats(&self, days: u16, by: Period, zone: &str) -> Result<Stats, CallError> {
        let by = match by {
            Period::Day => "",
            Period::Week => "&by=week",
        };
        let mut path = format!("/stats?days={days}{by}&zone=");
        push_encoded(&mut path, zone);
        read(self.call("GET", &path, None).await?)
    }

    /// `GET /devices`.
    pub(super) async fn devices(&self) -> Result<Vec<Device>, CallError> {
        read(self.call("GET", "/devices", None).await?)
    }

    /// `DELETE /devices/{id}`.
    pub(super) async fn revoke_device(&self, id: Uuid) -> Result<(), CallError> {
        done(&self.call("DELETE", &format!("/devices/{id}"), None).await?)
    }

    /// `GET /consent`: what changed after this number.
    pub(super) async fn consent(&self, since: i64) -> Result<ConsentSnapshot, CallError> {
        read(self.call("GET", &format!("/consent?since={since}"), None).await?)
    }

    /// `PUT /consent/policy`.
    pub(super) async fn put_policy(&self, settings: &ConsentSettings) -> Result<(), CallError> {
        done(&self.call("PUT", "/consent/policy", Some(json(settings)?)).await?)
    }

    /// `GET /consent/policy`.
    pub(super) async fn policy(&self) -> Result<ConsentSettings, CallError> {
        read(self.call("GET", "/consent/policy", None).await?)
    }

    /// `GET /consent/people`: those with this in their address.
    pub(super) async fn people(&self, query: &str, before: Option<&str>) -> Result<PeoplePage, CallError> {
        let mut path = format!("/consent/people?limit={PAGE}");
        for (name, value) in [("&query=", query), ("&before=", before.unwrap_or_default())] {
            if !value.is_empty() {
                path.push_str(name);
                push_encoded(&mut path, value);
            }
        }
        read(self.call("GET", &path, None).await?)
    }

    /// `PUT /consent/people`.
    pub(super) async fn put_people(&self, put: &PutPeople) -> Result<PeopleChanged, CallError> {
        read(self.call("PUT", "/consent/people", Some(json(put)?)).await?)
    }

    /// `GET /events`, from behind the event of this number.
    pub(super) async fn events(&self, last: Option<String>) -> Result<H::Chunks, CallError> {
        let request = Request { last_event_id: last, timeout: STREAM_TIMEOUT, ..self.request("GET", "/events", None) };
        let (head, mut chunks) = self.http.open(request).await?;
        if head.status == 200 && head.content_type == "text/event-stream" {
            return Ok(chunks);
        }
        let mut body = Vec::new();
        while body.len() < 10_000
            && let Some(chunk) = crate::chrome::http::Chunks::next(&mut chunks).await?
        {
            body.extend(chunk);
        }
        Err(refusal(&head, &String::from_utf8_lossy(&body)))
    }

    fn request(&self, method: &'static str, path: &str, body: Option<String>) -> Request {
        Request {
            method,
            url: format!("{}/api/v1{path}", self.server),
            bearer: self.token.map(str::to_owned),
            body,
            last_event_id: None,
            timeout: TIMEOUT,
        }
    }

    pub(super) async fn call(
        &self,
        method: &'static str,
        path: &str,
        body: Option<String>,
    ) -> Result<(Head, String), CallError> {
        let (head, body) = self.http.send(self.request(method, path, body)).await?;
        if (200..300).contains(&head.status) { Ok((head, body)) } else { Err(refusal(&head, &body)) }
    }
}

pub(super) fn json<T: Serialize>(body: &T) -> Result<String, CallError> {
    // Cannot fail for our types (string keys only); if it did, the backend would be asked nothing.
    serde_json::to_string(body).map_err(|_| CallError::Foreign { status: 0 })
}

pub(super) fn read<T: DeserializeOwned>((head, body): (Head, String)) -> Result<T, CallError> {
    serde_json::from_str(&body).map_err(|_| CallError::Foreign { status: head.status })
}

/// Something that answers "fine" to everything is no backend: its page would be taken for an acknowledgement.
pub(super) fn done((head, body): &(Head, String)) -> Result<(), CallError> {
    let ours = body.is_empty() || head.content_type == "application/json";
    if ours { Ok(()) } else { Err(CallError::Foreign { status: head.status }) }
}

fn refusal(head: &Head, body: &str) -> CallError {
    let problem = serde_json::from_str::<Problem>(body).ok();
    let name = problem.as_ref().and_then(|problem| problem.kind.strip_prefix(problem::PREFIX).map(str::to_owned));
    match name {
        Some(name) if name == problem::MAILBOX => {
            let named = problem.and_then(|problem| problem.detail).map(serde_json::Value::String);
            // A trouble of a later version is one that cannot be understood here.
            let trouble = named.and_then(|name| serde_json::from_value(name).ok()).unwrap_or(Trouble::Protocol);
            CallError::Mailbox { trouble }
        }
        Some(name) => CallError::Problem { name, status: head.status, retry_after: head.retry_after },
        None => CallError::Foreign { status: head.status },
    }
}

fn state_name(state: StateFilter) -> &'static str {
    match state {
        StateFilter::Opened => "opened",
        StateFilter::Unopened => "unopened",
        StateFilter::Clicked => "clicked",
        StateFilter::Machines => "machines",
    }
}

pub(super) fn push_encoded(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
