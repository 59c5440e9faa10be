//! `/sync/u/N/i/s`: saving, sending, scheduling, and changes of labels.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::{Shared, refuse};
use crate::app::App;
use crate::model::Account;
use crate::ops::summary;
use crate::wire::request::{Kind, Request};
use crate::world::{Exchange, Fault};

pub(super) async fn own(State(app): Shared, Path(index): Path<usize>, url: Uri, body: Bytes) -> Response {
    let account = app.world().account(index, None).cloned();
    sync(&app, account, url.path_and_query().map_or("", |it| it.as_str()), &body).await
}

pub(super) async fn delegated(
    State(app): Shared,
    Path((delegate, index)): Path<(String, usize)>,
    url: Uri,
    body: Bytes,
) -> Response {
    let account = app.world().account(index, Some(&delegate)).cloned();
    sync(&app, account, url.path_and_query().map_or("", |it| it.as_str()), &body).await
}

async fn sync(app: &App, account: Option<Account>, url: &str, body: &[u8]) -> Response {
    let Some(account) = account else { return refuse(StatusCode::NOT_FOUND, "no such account") };
    let text = String::from_utf8_lossy(body).into_owned();
    let request = match Request::read(&text) {
        Ok(request) => request,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error),
    };
    let (fault, delay) = fault(app, &request);
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let (status, answer) = if fault == Some(Fault::Error) {
        (StatusCode::INTERNAL_SERVER_ERROR, String::new())
    } else {
        let now = app.now();
        let answer = app.world().apply(&account.address, &request, now).to_string();
        app.tell(&account.address);
        (StatusCode::OK, answer)
    };
    let exchange = Exchange {
        at: app.now(),
        account: account.address,
        url: url.to_owned(),
        request: text,
        status: if fault == Some(Fault::DropAfterEffect) { 0 } else { status.as_u16() },
        response: answer.clone(),
        summary: summary(&request),
    };
    app.world().exchanges.push(exchange);
    let body = if fault == Some(Fault::DropAfterEffect) {
        // The head has left when the stream fails: the browser sees a broken connection.
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
        Body::from_stream(futures_util::stream::iter([Err::<Bytes, _>(broken)]))
    } else {
        Body::from(answer)
    };
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// What is to go wrong with this call, and how long it waits first.
fn fault(app: &App, request: &Request) -> (Option<Fault>, u64) {
    let mut world = app.world();
    let faults = &mut world.faults;
    let sends = request.puts().any(|put| put.kind != Kind::Draft);
    let saves = request.puts().any(|put| put.kind == Kind::Draft);
    let fault = faults.send.filter(|_| sends).or_else(|| faults.draft.filter(|_| saves));
    if fault.is_none() && faults.delay_ms == 0 {
        return (None, 0);
    }
    match &mut faults.times {
        Some(0) => return (None, 0),
        Some(times) => *times -= 1,
        None => {}
    }
    (fault, faults.delay_ms)
}
