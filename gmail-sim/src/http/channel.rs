//! News for open tabs: an event each time the mailbox changed.

use std::convert::Infallible;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use tokio_stream::wrappers::BroadcastStream;

use super::{Shared, refuse};
use crate::app::App;

pub(super) async fn own(State(app): Shared, Path(index): Path<usize>) -> Response {
    stream(&app, index, None)
}

pub(super) async fn delegated(State(app): Shared, Path((delegate, index)): Path<(String, usize)>) -> Response {
    stream(&app, index, Some(&delegate))
}

fn stream(app: &App, index: usize, delegate: Option<&str>) -> Response {
    let Some(address) = app.world().account(index, delegate).map(|it| it.address.clone()) else {
        return refuse(axum::http::StatusCode::NOT_FOUND, "no such account");
    };
    // A tab that lagged behind looks again, as for any other change.
    let events = BroadcastStream::new(app.news.subscribe())
        .filter(move |news| futures_util::future::ready(news.as_ref().map_or(true, |it| *it == address)))
        .map(|_| Ok::<_, Infallible>(Event::default().data("changed")));
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
