//! Cloud Pub/Sub's door: pulling and acknowledging by a service account, and what the control API shows of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::rest::{Named, bearer_token, refusal, settle};
use super::{Shared, refuse};
use crate::api::errors::ApiError;
use crate::app::App;
use crate::pubsub::{CLOUD, CONSUME, SCOPE, Setup};

/// The largest request.
const LIMIT: usize = 1024 * 1024;
/// A message whose deadline passed is looked for so often.
const AGAIN: Duration = Duration::from_millis(200);

/// `POST /v1/projects/{project}/subscriptions/{subscription}:{method}`.
pub(super) async fn call(State(app): Shared, Path((project, call)): Path<(String, String)>, request: Request) -> Response {
    let Some((name, method)) = call.rsplit_once(':') else { return refusal(&ApiError::not_found()) };
    let subscription = format!("projects/{project}/subscriptions/{name}");
    let named = match method {
        "pull" => "pubsub.pull",
        "acknowledge" => "pubsub.acknowledge",
        "testIamPermissions" => "pubsub.testIamPermissions",
        _ => return refusal(&ApiError::not_found()),
    };
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LIMIT).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let plan = app.world().plan(named);
    let named = Named { name: named, ids: vec![subscription.clone()], ..Named::default() };
    let account = bearer_token(&parts).and_then(|token| {
        let bearer = app.world().oauth.bearer(token, app.now())?;
        bearer.scopes.iter().any(|it| it == SCOPE || it == CLOUD).then_some(bearer.account)
    });
    let is_known = account.is_some();
    settle(&app, named, account, &plan, async || {
        if !is_known {
            return refusal(&ApiError::unauthenticated());
        }
        let done = match method {
            "pull" => pull(&app, &subscription, &body).await,
            "acknowledge" => acknowledge(&app, &subscription, &body),
            _ => Ok(held(&app, &subscription, &body)),
        };
        done.map_or_else(|error| refusal(&error), |answer| Json(answer).into_response())
    })
    .await
}

/// Whether it is there, and may be pulled from.
fn allowed(app: &App, subscription: &str) -> Result<(), ApiError> {
    let setup = &app.world().pubsub.setup;
    if !setup.may_pull {
        return Err(ApiError::new(403, "forbidden", format!("User not authorized to perform this action: {subscription}")));
    }
    if setup.subscription.as_deref() != Some(subscription) {
        return Err(ApiError::new(404, "notFound", "Resource not found (resource=subscription)."));
    }
    Ok(())
}

/// Waits until there is something, or it has waited long enough.
async fn pull(app: &Arc<App>, subscription: &str, body: &Value) -> Result<Value, ApiError> {
    let most = body["maxMessages"].as_u64().filter(|most| *most > 0);
    let most = most.ok_or_else(|| ApiError::invalid("You have passed an invalid argument (max_messages)."))?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let patience = Duration::from_millis(app.world().pubsub.setup.pull_ms);
    let mut news = app.news.subscribe();
    let waiting = async {
        loop {
            allowed(app, subscription)?;
            let got = app.world().pull(most, app.now());
            if !got.is_empty() {
                return Ok(json!({ "receivedMessages": got }));
            }
            // Whoever lagged behind looks again.
            if let Ok(Err(RecvError::Closed)) = tokio::time::timeout(AGAIN, news.recv()).await {
                return Ok(json!({}));
            }
        }
    };
    tokio::time::timeout(patience, waiting).await.unwrap_or_else(|_| Ok(json!({})))
}

fn acknowledge(app: &App, subscription: &str, body: &Value) -> Result<Value, ApiError> {
    allowed(app, subscription)?;
    let ids: Vec<String> =
        body["ackIds"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if ids.is_empty() {
        return Err(ApiError::invalid("You have passed an invalid argument (ack_ids)."));
    }
    app.world().pubsub.acknowledge(&ids);
    Ok(json!({}))
}

/// Those of the named permissions that it holds. Of what is not there it holds none.
fn held(app: &App, subscription: &str, body: &Value) -> Value {
    let asked = body["permissions"].as_array().into_iter().flatten().any(|it| it == CONSUME);
    if asked && allowed(app, subscription).is_ok() { json!({ "permissions": [CONSUME] }) } else { json!({}) }
}

pub(super) async fn show(State(app): Shared) -> Response {
    Json(app.world().pubsub.shown()).into_response()
}

/// A part of the set-up changed.
pub(super) async fn set(State(app): Shared, Json(patch): Json<Value>) -> Response {
    let mut world = app.world();
    let mut whole = json!(world.pubsub.setup);
    if let (Value::Object(whole), Value::Object(patch)) = (&mut whole, patch) {
        whole.extend(patch);
    }
    match serde_json::from_value::<Setup>(whole) {
        Ok(setup) => {
            world.pubsub.setup = setup;
            Json(world.pubsub.shown()).into_response()
        }
        Err(error) => refuse(StatusCode::BAD_REQUEST, error),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Published {
    /// As it is; otherwise `text` in base64.
    #[serde(default)]
    data: Option<String>,
    #[serde(default)]
    text: String,
}

/// Whatever somebody publishes on the topic.
pub(super) async fn publish(State(app): Shared, Json(message): Json<Published>) -> Response {
    let now = app.now();
    let data = message.data.unwrap_or_else(|| STANDARD.encode(message.text));
    app.world().pubsub.publish(data, now);
    app.tell("");
    Json(json!({})).into_response()
}

pub(super) async fn expire_watches(State(app): Shared) -> Response {
    app.world().pubsub.expire_watches();
    Json(json!({})).into_response()
}

/// `GET /service-account`: a new one's key, as the file that Google hands out.
pub(super) async fn service_account(State(app): Shared, _: Bytes) -> Response {
    let made = tokio::task::spawn_blocking(move || app.world().pubsub.service_account()).await;
    match made {
        Ok(Some(file)) => Json(file).into_response(),
        _ => refuse(StatusCode::INTERNAL_SERVER_ERROR, "no key could be made"),
    }
}
