//! `GET /scheduled?list=&before=&limit=`: mails that go out later, in pages that follow a key. Nothing there: an empty page.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Problem, ScheduledList, ScheduledPage};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;
use super::super::query::{Asked, before, given, limit};
use crate::store::scheduled::list::Cursor;

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// Which scheduled mails.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// `waiting` (unless told) or `done`.
    list: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 200; 50 unless told.
    limit: Option<i64>,
}

/// A page of scheduled mails.
#[utoipa::path(
    get, path = "/api/v1/scheduled", tag = "scheduled", params(Ask),
    responses(
        (status = 200, body = ScheduledPage),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(app): AppState,
    Device(caller): Device,
    Asked(ask): Asked<Ask>,
) -> Result<Json<ScheduledPage>, ApiError> {
    let limit = limit(ask.limit, DEFAULT_LIMIT, MAX_LIMIT, "limit is a number from 1 to 200")?;
    let list = match given(ask.list.as_ref()) {
        None | Some("waiting") => ScheduledList::Waiting,
        Some("done") => ScheduledList::Done,
        Some(_) => return Err(ApiError::BadRequest("list is waiting or done")),
    };
    let before = before(ask.before.as_ref(), |text| parse_cursor(text, list))?;
    let account = caller.account.id;
    let listed = app.store.scheduled_list(account, list, before, limit).await?;
    let counts = app.store.scheduled_counts(account).await?;
    Ok(Json(ScheduledPage {
        scheduled: listed.scheduled,
        needs: counts.needs,
        waiting: counts.waiting,
        next: listed.end.map(cursor),
    }))
}

fn cursor(end: Cursor) -> String {
    let at = end.at.map(|at| at.to_string()).unwrap_or_default();
    format!("{at}_{}", end.id.simple())
}

/// What is done has its time; what needs its sender has none.
fn parse_cursor(text: &str, list: ScheduledList) -> Option<Cursor> {
    let (at, id) = text.split_once('_')?;
    let at: Option<Millis> = if at.is_empty() { None } else { Some(at.parse().ok()?) };
    let fits = at.is_some() || list == ScheduledList::Waiting;
    fits.then_some(Cursor { at, id: Uuid::try_parse(id).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        for at in [None, Some(0), Some(-1), Some(1_795_334_400_000)] {
            let end = Cursor { at, id: Uuid::from_u128(7) };
            assert_eq!(parse_cursor(&cursor(end), ScheduledList::Waiting), Some(end));
            assert_eq!(parse_cursor(&cursor(end), ScheduledList::Done).is_some(), at.is_some());
        }
        for text in ["_", "x_00000000000000000000000000000007", "1", "1_x", "1-00000000000000000000000000000007"] {
            assert!(parse_cursor(text, ScheduledList::Waiting).is_none(), "{text}");
        }
    }
}
