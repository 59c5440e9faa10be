//! What a call can fail with, and how it is told: a problem document (RFC 9457) that never holds a secret, an address or a
//! subject.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;
use waxwing_domain::schedule::NoDue;
use waxwing_protocol::api::{Problem, Trouble, problem};

use crate::jobs::words::trouble_name;
use crate::store::StoreError;

/// Seconds after which a database that was full or locked is worth another try.
const RETRY_STORE: u32 = 5;

/// Seconds after which an account that used its day up may try again: its admin may allow it more, and at midnight, UTC, the day is over.
const RETRY_DAY: u32 = 600;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No or a wrong bearer token, or a revoked device.
    #[error("pair this device again")]
    Unauthorized,
    /// An admin stopped the account.
    #[error("an admin has suspended this account")]
    Suspended,
    /// The account has used up what it may today.
    #[error("this account has registered as many mails today as its admin allows")]
    DayUsedUp,
    /// There is no such pairing code.
    #[error("there is no such pairing code")]
    CodeUnknown,
    /// The pairing code is too old.
    #[error("this pairing code is older than 15 minutes")]
    CodeExpired,
    /// The pairing code was used.
    #[error("this pairing code was used before")]
    CodeUsed,
    /// Too many calls.
    #[error("too many calls")]
    RateLimited {
        /// Seconds until another one may pass.
        retry_after: u32,
    },
    /// The body or a parameter is not of the form.
    #[error("{0}")]
    BadRequest(&'static str),
    /// No such thing, or not this account's.
    #[error("there is nothing here")]
    NotFound,
    /// The account is kept and not used, or is about to be erased.
    #[error("this account is not used now: its owner had it restricted, or erased")]
    Restricted,
    /// The message was deleted.
    #[error("this message was deleted")]
    Gone,
    /// It does not go with what is stored.
    #[error("this does not go with where the mail stands now")]
    Conflict {
        /// The mail that the draft is scheduled as already, when that is what clashes.
        scheduled: Option<Uuid>,
    },
    /// The draft is not in the mailbox.
    #[error("the draft was not found in the mailbox")]
    DraftUnknown,
    /// The draft cannot be sent as it is: the name of a [`Why`](waxwing_protocol::api::Why).
    #[error("{0}")]
    DraftUnfit(&'static str),
    /// No time follows from what was asked for.
    #[error("{0}")]
    NoTime(NoDue),
    /// The operator has set no client at Google.
    #[error("this backend has no client at Google: docs/GMAIL.md says how its operator makes one")]
    NoGoogleClient,
    /// The mailbox cannot be used now.
    #[error("{}", trouble_name(*.0))]
    Mailbox(Trouble),
    /// The body is too large.
    #[error("the body is too large")]
    TooLarge,
    /// The body is not said to be JSON.
    #[error("the body must be application/json")]
    NotJson,
    /// It takes too long.
    #[error("the call took too long")]
    Timeout,
    /// The path does not take this method.
    #[error("this path does not take this method")]
    MethodNotAllowed,
    /// The database does not take writes now.
    #[error("the database does not take writes now")]
    Unavailable,
    /// A mistake of ours; the log has the rest.
    #[error("something went wrong here; the backend's log says what")]
    Internal,
}

impl ApiError {
    /// Status, name of the problem's type and title. An empty name is `about:blank`: the status says it all.
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, problem::UNAUTHORIZED, "Not paired"),
            Self::Suspended => (StatusCode::FORBIDDEN, problem::SUSPENDED, "Suspended"),
            Self::DayUsedUp => (StatusCode::TOO_MANY_REQUESTS, problem::DAY_USED_UP, "Limit of the day"),
            Self::CodeUnknown => (StatusCode::NOT_FOUND, problem::CODE_UNKNOWN, "Unknown code"),
            Self::CodeExpired => (StatusCode::GONE, problem::CODE_EXPIRED, "Expired code"),
            Self::CodeUsed => (StatusCode::GONE, problem::CODE_USED, "Used code"),
            Self::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, problem::RATE_LIMITED, "Too many calls"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, problem::BAD_REQUEST, "Not of the form"),
            Self::NotFound => (StatusCode::NOT_FOUND, problem::NOT_FOUND, "Not found"),
            Self::Restricted => (StatusCode::FORBIDDEN, problem::RESTRICTED, "Not used now"),
            Self::Gone => (StatusCode::GONE, problem::GONE, "Deleted"),
            Self::Conflict { .. } => (StatusCode::CONFLICT, problem::CONFLICT, "Does not fit"),
            Self::DraftUnknown => (StatusCode::CONFLICT, problem::DRAFT_UNKNOWN, "Draft not found"),
            Self::DraftUnfit(_) => (StatusCode::UNPROCESSABLE_ENTITY, problem::DRAFT_UNFIT, "Draft cannot be sent"),
            Self::NoTime(_) => (StatusCode::UNPROCESSABLE_ENTITY, problem::NO_TIME, "No such time"),
            Self::NoGoogleClient => (StatusCode::CONFLICT, problem::NO_GOOGLE_CLIENT, "No client at Google"),
            Self::Mailbox(_) => (StatusCode::BAD_GATEWAY, problem::MAILBOX, "Mailbox cannot be used"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, problem::TOO_LARGE, "Too large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "", "Unsupported media type"),
            Self::Timeout => (StatusCode::REQUEST_TIMEOUT, "", "Request timeout"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "", "Method not allowed"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, problem::UNAVAILABLE, "Cannot store now"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "", "Internal error"),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::DayUsedUp => Some(RETRY_DAY),
            Self::Unavailable => Some(RETRY_STORE),
            _ => None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if let StoreError::Unavailable(_) = error {
            tracing::warn!(%error, "the database does not take this now");
            Self::Unavailable
        } else {
            tracing::error!(%error, "the database failed");
            Self::Internal
        }
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the system gave no randomness");
        Self::Internal
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, name, title) = self.parts();
        let kind = if name.is_empty() { "about:blank".to_owned() } else { format!("{}{name}", problem::PREFIX) };
        let scheduled = if let Self::Conflict { scheduled } = self { scheduled } else { None };
        let body =
            Problem { kind, title: title.to_owned(), status: status.as_u16(), detail: Some(self.to_string()), scheduled };
        // A struct of strings, an id and a number always becomes JSON.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self == Self::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
