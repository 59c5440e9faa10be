//! `PUT /messages/{id}`: a mail that the user sent.
//!
//! Twice the same: 204, nothing changes. Again with more (ids learnt later): 204, added; nothing that is known is taken away.
//! A deleted id: `gone`. An id that another account has too is another message. Hits that came before count once it is
//! registered.

use axum::extract::State;
use axum::http::StatusCode;
use waxwing_protocol::api::{Problem, PutMessage};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::JsonBody;
use super::super::clean;
use super::super::id::NewId;
use super::super::problem::ApiError;
use crate::consent::act;
use crate::metrics;
use crate::store::registration::Put;

/// Bytes of the body: thousands of recipients and links fit.
pub const LIMIT: usize = 4 * 1024 * 1024;

/// Registers a message.
#[utoipa::path(
    put, path = "/api/v1/messages/{id}", tag = "messages", request_body = PutMessage,
    params(("id" = Uuid, Path, description = "The id in the mail's token.")),
    responses(
        (status = 204, description = "Registered, now or before."),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "`gone`: deleted.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`, or `day-used-up`: the account may register no more new mails today.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    State(app): AppState,
    Device(caller): Device,
    NewId(id): NewId,
    JsonBody(mut message): JsonBody<PutMessage, LIMIT>,
) -> Result<StatusCode, ApiError> {
    clean::message(&mut message)?;
    let account = caller.account.id;
    let now = app.clock.now();
    let put = app.store.put_message(account, id, &message, now).await?;
    if let Put::Created(_) = put {
        app.metrics.registered_after.observe(metrics::since(message.sent_at, now));
    }
    match put {
        Put::Created(event) | Put::Updated(event) => {
            act::registered(&app, account, id).await?;
            app.news.publish(account, event);
            app.judging.wake();
            app.watch.wake();
        }
        Put::Unchanged => {}
        Put::DayUsedUp => return Err(ApiError::DayUsedUp),
        Put::Gone => return Err(ApiError::Gone),
        Put::FutureEpoch => return Err(ApiError::BadRequest("the account has not come to this epoch")),
    }
    Ok(StatusCode::NO_CONTENT)
}
