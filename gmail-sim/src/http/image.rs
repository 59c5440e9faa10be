//! The picture hosts `ci3` to `ci6.googleusercontent.com`.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Shared;

pub(super) async fn picture(State(app): Shared, Path(token): Path<String>) -> Response {
    let token = token.split('=').next().unwrap_or_default().to_owned();
    let original = app.world().images.original(&token).map(str::to_owned);
    let Some(original) = original else { return StatusCode::NOT_FOUND.into_response() };
    let fetcher = app.world().images.fetcher();
    match app.picture(&original, &fetcher).await {
        Some(picture) => (
            [
                (header::CONTENT_TYPE, picture.media_type.as_str()),
                (header::CACHE_CONTROL, picture.cache_control),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ],
            picture.bytes,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
