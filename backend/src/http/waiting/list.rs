//! `GET /waiting?list=&order=&before=&limit=`: mails whose answer is waited for, or was, in pages that follow a key.
//! `GET /waiting?thread=`: all that is known of one conversation. Nothing there: an empty page.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Problem, WaitingList, WaitingOrder, WaitingPage};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;
use super::super::query::{Asked, before, given, limit};
use crate::store::waiting::list::Ask as Wanted;

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// Which mails.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// `waiting` (unless told), `back` or `answered`.
    list: Option<String>,
    /// `oldest` (unless told) or `newest`; of `list=waiting`.
    order: Option<String>,
    /// Gmail's id of a conversation, 16 hexadecimal digits: all mails of it, wherever they stand; the other parameters do not count.
    thread: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 200; 50 unless told.
    limit: Option<i64>,
}

/// A page of mails that are waited for.
#[utoipa::path(
    get, path = "/api/v1/waiting", tag = "reminders", params(Ask),
    responses(
        (status = 200, body = WaitingPage),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): AppState, Device(caller): Device, Asked(ask): Asked<Ask>) -> Result<Json<WaitingPage>, ApiError> {
    let account = caller.account.id;
    let limit = limit(ask.limit, DEFAULT_LIMIT, MAX_LIMIT, "limit is a number from 1 to 200")?;
    let list = match given(ask.list.as_ref()) {
        None | Some("waiting") => WaitingList::Waiting,
        Some("back") => WaitingList::Back,
        Some("answered") => WaitingList::Answered,
        Some(_) => return Err(ApiError::BadRequest("list is waiting, back or answered")),
    };
    let order = match given(ask.order.as_ref()) {
        None | Some("oldest") => WaitingOrder::Oldest,
        Some("newest") => WaitingOrder::Newest,
        Some(_) => return Err(ApiError::BadRequest("order is oldest or newest")),
    };
    let before = before(ask.before.as_ref(), parse_cursor)?;
    let (listed, next) = match given(ask.thread.as_ref()) {
        Some(thread) if is_thread(thread) => (app.store.waiting_of_thread(account, thread).await?, None),
        Some(_) => return Err(ApiError::BadRequest("thread is 16 hexadecimal digits in lower case")),
        None => {
            let listed = app.store.waiting_page(account, &Wanted { list, order, before, limit }).await?;
            let is_full = i64::try_from(listed.len()).is_ok_and(|count| count == limit);
            let next = listed.last().filter(|_| is_full).map(|last| cursor(last.at, last.row.id));
            (listed, next)
        }
    };
    let mails = app.reminders.on_the_wire(account, listed).await?;
    let (back, waiting) = app.store.waiting_counts(account).await?;
    Ok(Json(WaitingPage { mails, back, waiting, next }))
}

fn is_thread(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn cursor(at: Millis, id: Uuid) -> String {
    format!("{at}_{}", id.simple())
}

fn parse_cursor(text: &str) -> Option<(Millis, Uuid)> {
    let (at, id) = text.split_once('_')?;
    Some((at.parse().ok()?, Uuid::try_parse(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        for at in [0, -1, 1_795_334_400_000] {
            let end = (at, Uuid::from_u128(7));
            assert_eq!(parse_cursor(&cursor(end.0, end.1)), Some(end));
        }
        for text in ["_", "x_00000000000000000000000000000007", "1", "1_x", "1-00000000000000000000000000000007", "1_7"] {
            assert_eq!(parse_cursor(text), None, "{text}");
        }
        assert!(is_thread("18f0c0ffee00beef"));
        for text in ["", "18F0C0FFEE00BEEF", "18f0c0ffee00bee", "18f0c0ffee00beef0", "18f0c0ffee00be ef", "18f0c0ffee00beeg"] {
            assert!(!is_thread(text), "{text}");
        }
    }
}
