//! `POST /account/export`: has an archive of everything about the account made, behind the answer. `GET`: the archive, once it is whole;
//! a download that was cut off goes on by `Range`.
//!
//! Asked for again while one is being made, or within a day: that one. None, or not whole yet: `not-found`.

use std::io::SeekFrom;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use waxwing_protocol::api::{Exported, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::Json;
use super::super::problem::ApiError;
use crate::account_id::AccountId;
use crate::app::App;
use crate::rights::prepared::{self, Prepared};
use crate::store::security::Happened;

/// Bytes that are read at once.
const PART: usize = 64 * 1024;

/// Has it made.
#[utoipa::path(
    post, path = "/api/v1/account/export", tag = "rights",
    responses(
        (status = 200, description = "It is being made, or there is one of the last day. `GET /account/rights` says when it is whole.", body = Exported),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn prepare(State(app): AppState, Device(caller): Device) -> Result<Json<Exported>, ApiError> {
    Ok(Json(begin(&app, caller.account.id).await?.on_the_wire()))
}

/// Has it made, whoever asks.
pub(in crate::http) async fn begin(app: &App, account: AccountId) -> Result<Prepared, ApiError> {
    let now = app.clock.now();
    let before = prepared::newest(&app.settings.data_dir, account, now)?;
    let found = prepared::begin(app, account, now)?;
    if before.is_none_or(|before| before.path != found.path) {
        app.store.add_security_event(account, now, &Happened::EXPORT_MADE).await?;
    }
    Ok(found)
}

/// The archive.
#[utoipa::path(
    get, path = "/api/v1/account/export", tag = "rights",
    responses(
        (status = 200, description = "The archive.", content_type = "application/zip"),
        (status = 206, description = "The part of it that `Range: bytes=FROM-` asks for.", content_type = "application/zip"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: none was asked for, or it is still being made.", body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "`Range` begins behind its end."),
    )
)]
pub async fn download(State(app): AppState, Device(caller): Device, headers: HeaderMap) -> Result<Response, ApiError> {
    hand_out(&app, caller.account.id, &headers).await
}

/// Hands it out, whoever asks.
pub(in crate::http) async fn hand_out(app: &App, account: AccountId, headers: &HeaderMap) -> Result<Response, ApiError> {
    let found = prepared::newest(&app.settings.data_dir, account, app.clock.now())?.ok_or(ApiError::NotFound)?;
    let bytes = found.bytes.ok_or(ApiError::NotFound)?;
    let from = headers.get(header::RANGE).and_then(from).unwrap_or(0);
    if from >= bytes && from > 0 {
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{bytes}"))]).into_response());
    }
    // One that goes on too: nobody can tell whether it is by whoever began it.
    app.store.add_security_event(account, app.clock.now(), &Happened::EXPORT_TAKEN).await?;
    let mut file = File::open(&found.path).await.map_err(|_| ApiError::NotFound)?;
    file.seek(SeekFrom::Start(from)).await?;
    let parts = stream::try_unfold(file, async |mut file: File| {
        let mut part = vec![0; PART];
        let read = file.read(&mut part).await?;
        part.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(part), file)))
    });
    let status = if from > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = (status, Body::from_stream(parts)).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    answer.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"waxwing.zip\""));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes - from));
    if from > 0 {
        let range = format!("bytes {from}-{}/{bytes}", bytes - 1);
        answer.insert(header::CONTENT_RANGE, HeaderValue::try_from(range).map_err(|_| ApiError::Internal)?);
    }
    Ok(response)
}

/// Where `bytes=FROM-` begins. `None`: it asks for something else, and gets all.
fn from(range: &HeaderValue) -> Option<u64> {
    range.to_str().ok()?.trim().strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}
