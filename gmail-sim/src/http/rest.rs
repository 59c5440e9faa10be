//! The REST door: who calls, whether they may, what goes wrong on order, and the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::door::no_answer;
use super::{Shared, refuse};
use crate::api::errors::ApiError;
use crate::api::methods::{self, Found, METADATA};
use crate::api::{ApiCall, Body, Call, Plan, carry_out};
use crate::app::App;
use crate::oauth::Bearer;
use crate::rewrite::unpercent;

/// The largest mail in base64, and some JSON.
const LIMIT: usize = 64 * 1024 * 1024;

/// Every call under `/gmail/v1` and `/upload/gmail/v1`. Like a server far away it goes on when the caller has gone.
pub(super) async fn call(State(app): Shared, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LIMIT).await else {
        return refusal(&ApiError::new(413, "uploadTooLarge", "Request is too large."));
    };
    let work = tokio::spawn(async move { serve(&app, &parts, body).await });
    work.await.unwrap_or_else(|error| refuse(StatusCode::INTERNAL_SERVER_ERROR, error))
}

async fn serve(app: &Arc<App>, parts: &Parts, body: Bytes) -> Response {
    let Some(found) = methods::find(parts.method.as_str(), parts.uri.path(), unpercent) else {
        return refusal(&ApiError::new(404, "notFound", "Method not found."));
    };
    let name = found.method.name;
    let bearer = match allowed(app, &found, parts) {
        Ok(bearer) => bearer,
        Err(error) => {
            app.log_call(&Named { name, ids: found.ids, query: query_of(parts) }, None, error.code, false);
            return refusal(&error);
        }
    };
    let plan = app.world().plan(name);
    let account = Some(bearer.account.clone());
    let named = Named { name, ids: found.ids.clone(), query: query_of(parts) };
    settle(app, named, account, &plan, async || {
        let answer = act(app, found, bearer, parts, &body).await;
        answer.unwrap_or_else(|error| refusal(&error))
    })
    .await
}

/// A call as the log names it.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) ids: Vec<String>,
    pub(super) query: String,
}

/// What stands behind the path, as a person reads it.
fn query_of(parts: &Parts) -> String {
    parts.uri.query().map(|query| unpercent(&query.replace('+', " "))).unwrap_or_default()
}

/// Carries an effect out under a plan of what goes wrong, and logs the call.
pub(super) async fn settle(
    app: &Arc<App>,
    named: Named,
    account: Option<String>,
    plan: &Plan,
    effect: impl AsyncFnOnce() -> Response,
) -> Response {
    tokio::time::sleep(Duration::from_millis(plan.delay_ms)).await;
    let response = if let Some(error) = &plan.error {
        refusal(error)
    } else if plan.drop_before {
        no_answer()
    } else {
        let answer = effect().await;
        tokio::time::sleep(Duration::from_millis(plan.hang_ms)).await;
        match &plan.error_after {
            _ if plan.drop_after => no_answer(),
            Some(error) => refusal(error),
            None => answer,
        }
    };
    let dropped = plan.drop_before && plan.error.is_none() || plan.drop_after && plan.error.is_none();
    app.log_call(&named, account, if dropped { 0 } else { response.status().as_u16() }, plan.ordered);
    response
}

impl App {
    fn log_call(&self, named: &Named, account: Option<String>, status: u16, fault: bool) {
        let (at, Named { name, ids, query }) = (self.now(), named);
        let call = ApiCall { at, method: name, ids: ids.clone(), query: query.clone(), account, status, fault };
        self.world().log_call(call);
    }
}

/// Whose token it is, if it may do this, here, now.
fn allowed(app: &App, found: &Found, parts: &Parts) -> Result<Bearer, ApiError> {
    let now = app.now();
    let mut world = app.world();
    let token = bearer_token(parts).ok_or_else(ApiError::unauthenticated)?;
    let bearer = world.oauth.bearer(token, now).ok_or_else(ApiError::unauthenticated)?;
    if found.user != "me" && !found.user.eq_ignore_ascii_case(&bearer.account) {
        return Err(ApiError::new(403, "forbidden", format!("Delegation denied for {}", bearer.account)));
    }
    if !found.method.scopes.iter().any(|scope| bearer.scopes.contains(*scope)) {
        return Err(ApiError::scopes(found.method.name));
    }
    let limit = world.settings.quota_units_per_minute;
    if !world.quota.take(&bearer.account, found.method.units, limit, now) {
        return Err(ApiError::quota());
    }
    Ok(bearer)
}

/// The token of an `Authorization` header.
pub(super) fn bearer_token(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn act(app: &Arc<App>, found: Found, bearer: Bearer, parts: &Parts, body: &[u8]) -> Result<Response, ApiError> {
    let Query(query): Query<Vec<(String, String)>> =
        Query::try_from_uri(&parts.uri).map_err(|_| ApiError::invalid("Invalid query"))?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    // Reading a mail takes time: not under the world's lock.
    let body = if found.upload { Body::from_upload(body, kind)? } else { Body::from_json(body)? };
    let now = app.now();
    let (lag, arrival_lag) = {
        let settings = &app.world().settings;
        (settings.search_lag_ms, settings.arrival_lag_ms)
    };
    let (indexed, received_indexed) = (now - i64::from(lag), now - i64::from(arrival_lag));
    let call = Call {
        method: found.method.name,
        account: bearer.account,
        ids: found.ids,
        query,
        body,
        headers_only: bearer.scopes.contains(METADATA),
        indexed,
        received_indexed,
        now,
    };
    let (answer, copies) = carry_out(&mut app.world(), &call)?;
    if parts.method != axum::http::Method::GET {
        app.tell(&call.account);
    }
    app.delivered(&copies).await;
    Ok(if answer == Value::Null { StatusCode::NO_CONTENT.into_response() } else { Json(answer).into_response() })
}

/// A refusal in Google's shape.
pub(super) fn refusal(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(error.json())).into_response();
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        let realm = HeaderValue::from_static("Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    }
    response
}
