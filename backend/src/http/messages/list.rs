//! `GET /messages?query=&state=&sent_before=&before=&limit=`: messages, newest first, in pages that follow a key, so that a page
//! costs the same at the end of a long list as at its start. Nothing found: an empty page.
//!
//! `GET /messages?threads=`: all messages of these threads at once, for a list of threads that is on screen. It goes with no
//! other parameter: a page of a part of them would leave threads without their marks.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Message, MessagePage, Problem, StateFilter};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;
use super::super::query::{Asked, before, given, limit};
use crate::store::messages::Filter;

const DEFAULT_LIMIT: i64 = 30;
const MAX_LIMIT: i64 = 100;
/// Characters and words of a query that count.
const MAX_QUERY: usize = 200;
const MAX_WORDS: usize = 8;
/// Threads that may be asked for at once, and messages that are given for them.
const MAX_THREADS: usize = 100;
const MAX_OF_THREADS: i64 = 500;
/// Hexadecimal digits of a legacy thread id.
const THREAD_DIGITS: usize = 16;

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// Words that all stand in subject or recipients. Case does not count; nothing in it is a wildcard.
    #[serde(default)]
    query: String,
    /// By what came of them: `opened`, `unopened`, `clicked` or `machines`.
    state: Option<String>,
    /// Only those sent before this instant, in milliseconds since 1970.
    sent_before: Option<Millis>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 100; 30 unless told.
    limit: Option<i64>,
    /// Up to 100 legacy thread ids of 16 hexadecimal digits, with commas between: all messages of these threads, newest first, at
    /// most 500, without `next`. With no other parameter.
    threads: Option<String>,
}

/// A page of messages.
#[utoipa::path(
    get, path = "/api/v1/messages", tag = "messages", params(Ask),
    responses(
        (status = 200, body = MessagePage),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): AppState, Device(caller): Device, Asked(ask): Asked<Ask>) -> Result<Json<MessagePage>, ApiError> {
    let account = caller.account.id;
    if let Some(threads) = given(ask.threads.as_ref()) {
        if !ask.is_plain() {
            return Err(ApiError::BadRequest("threads goes with no other parameter"));
        }
        let messages = app.store.messages_of_threads(account, &parse_threads(threads)?, MAX_OF_THREADS).await?;
        return Ok(Json(MessagePage { messages, next: None }));
    }
    let limit = limit(ask.limit, DEFAULT_LIMIT, MAX_LIMIT, "limit is a number from 1 to 100")?;
    let query: String = ask.query.chars().take(MAX_QUERY).filter(|c| *c != '\0').collect();
    let filter = Filter {
        words: query.to_lowercase().split_whitespace().take(MAX_WORDS).map(str::to_owned).collect(),
        state: given(ask.state.as_ref()).map(state).transpose()?,
        before: before(ask.before.as_ref(), parse_cursor)?,
        sent_before: ask.sent_before,
        // One more tells whether there is another page.
        limit: limit + 1,
    };
    let mut messages = app.store.messages(account, &filter).await?;
    let full = i64::try_from(messages.len()).is_ok_and(|count| count > limit);
    if full {
        messages.pop();
    }
    let next = messages.last().filter(|_| full).map(cursor);
    Ok(Json(MessagePage { messages, next }))
}

impl Ask {
    /// True when nothing but perhaps `threads` is asked.
    fn is_plain(&self) -> bool {
        let Self { query, state, sent_before, before, limit, threads: _ } = self;
        let given = [Some(query), state.as_ref(), before.as_ref()].into_iter().flatten().any(|text| !text.is_empty());
        !given && sent_before.is_none() && limit.is_none()
    }
}

fn parse_threads(text: &str) -> Result<Vec<String>, ApiError> {
    let is_id = |id: &str| id.len() == THREAD_DIGITS && id.bytes().all(|b| b.is_ascii_hexdigit());
    // One more than allowed tells that there are too many.
    let threads: Vec<_> = text.split(',').take(MAX_THREADS + 1).map(str::to_ascii_lowercase).collect();
    if threads.len() > MAX_THREADS || !threads.iter().all(|id| is_id(id)) {
        return Err(ApiError::BadRequest("threads is up to 100 ids of 16 hexadecimal digits, with commas between"));
    }
    Ok(threads)
}

fn state(text: &str) -> Result<StateFilter, ApiError> {
    match text {
        "opened" => Ok(StateFilter::Opened),
        "unopened" => Ok(StateFilter::Unopened),
        "clicked" => Ok(StateFilter::Clicked),
        "machines" => Ok(StateFilter::Machines),
        _ => Err(ApiError::BadRequest("state is opened, unopened, clicked or machines")),
    }
}

fn cursor(message: &Message) -> String {
    format!("{}-{}", message.sent_at, message.id.simple())
}

fn parse_cursor(text: &str) -> Option<(Millis, Uuid)> {
    let (sent_at, id) = text.split_once('-')?;
    Some((sent_at.parse().ok()?, Uuid::try_parse(id).ok()?))
}
