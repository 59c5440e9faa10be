//! Google's authorisation page, and the endpoints for tokens.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use axum::Json;
use axum::extract::{Form, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Shared;
use super::rest::{Named, bearer_token, refusal, settle};
use crate::api::errors::ApiError;
use crate::api::methods::SCOPES;
use crate::app::App;
use crate::html::escape;
use crate::model::Account;
use crate::oauth::{Asked, OAuth};
use crate::rewrite::percent;

type Fields = Vec<(String, String)>;

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// `GET /o/oauth2/v2/auth`: the page, or with `sim_auto=<address>` an answer as if that person had allowed everything.
pub(super) async fn ask(State(app): Shared, Query(asked): Query<Asked>, Query(fields): Query<Fields>) -> Response {
    if let Err((error, words)) = OAuth::check(&asked) {
        return wrong(error, words);
    }
    let accounts: Vec<Account> = app.world().accounts.iter().filter(|it| it.delegate.is_none()).cloned().collect();
    if let Some(address) = field(&fields, "sim_auto") {
        let Some(account) = accounts.iter().find(|it| it.address.eq_ignore_ascii_case(address)) else {
            return wrong("invalid_request", "There is no such account.");
        };
        let scopes = asked.scope.split_whitespace().map(str::to_owned).collect();
        return allowed(&app, &asked, &account.address, scopes);
    }
    if asked.prompt.as_deref() == Some("none") {
        return back(&asked, &[("error", "interaction_required")]);
    }
    page(StatusCode::OK, "Sign in with Google", &consent(&asked, &accounts))
}

/// `POST /o/oauth2/v2/auth`: what the person chose.
pub(super) async fn answer(State(app): Shared, Form(fields): Form<Fields>) -> Response {
    let text = |name: &str| field(&fields, name).map(str::to_owned);
    let asked = Asked {
        client_id: text("client_id").unwrap_or_default(),
        redirect_uri: text("redirect_uri").unwrap_or_default(),
        response_type: text("response_type").unwrap_or_default(),
        scope: text("scope").unwrap_or_default(),
        state: text("state"),
        code_challenge: text("code_challenge"),
        code_challenge_method: text("code_challenge_method"),
        access_type: text("access_type"),
        prompt: text("prompt"),
        login_hint: None,
    };
    if let Err((error, words)) = OAuth::check(&asked) {
        return wrong(error, words);
    }
    if text("decision").as_deref() != Some("allow") {
        return back(&asked, &[("error", "access_denied")]);
    }
    let wanted: BTreeSet<&str> = asked.scope.split_whitespace().collect();
    let granted: BTreeSet<String> = fields
        .iter()
        .filter(|(key, value)| key == "granted" && wanted.contains(value.as_str()))
        .map(|(_, value)| value.clone())
        .collect();
    let address = text("account").unwrap_or_default();
    let known = app.world().accounts.iter().any(|it| it.address == address);
    if !known {
        return wrong("invalid_request", "There is no such account.");
    }
    if granted.is_empty() {
        return back(&asked, &[("error", "access_denied")]);
    }
    allowed(&app, &asked, &address, granted)
}

fn allowed(app: &App, asked: &Asked, address: &str, scopes: BTreeSet<String>) -> Response {
    let now = app.now();
    let scope = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
    let mut world = app.world();
    let world = &mut *world;
    let code = world.oauth.allow(asked, address, scopes, &mut world.random, now);
    back(asked, &[("code", &code), ("scope", &scope)])
}

/// Sends the browser back to the client.
fn back(asked: &Asked, fields: &[(&str, &str)]) -> Response {
    let mut url = asked.redirect_uri.clone();
    let state = asked.state.as_deref().map(|state| ("state", state));
    for (name, value) in state.iter().chain(fields) {
        let joint = if url.contains('?') { '&' } else { '?' };
        // Writing to a String cannot fail.
        let _ = write!(url, "{joint}{name}={}", percent(value));
    }
    match HeaderValue::from_str(&url) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => wrong("redirect_uri_mismatch", "The redirect URI cannot be used."),
    }
}

fn wrong(error: &str, words: &str) -> Response {
    let body = format!("<h1>Access blocked</h1><p>{}</p><p>Error 400: {}</p>", escape(words), escape(error));
    page(StatusCode::BAD_REQUEST, "Error 400", &body)
}

fn consent(asked: &Asked, accounts: &[Account]) -> String {
    let mut out = format!("<h1>{} wants access to your Google Account</h1><form method=\"post\">", escape(&asked.client_id));
    let hidden = [
        ("client_id", Some(&asked.client_id)),
        ("redirect_uri", Some(&asked.redirect_uri)),
        ("response_type", Some(&asked.response_type)),
        ("scope", Some(&asked.scope)),
        ("state", asked.state.as_ref()),
        ("code_challenge", asked.code_challenge.as_ref()),
        ("code_challenge_method", asked.code_challenge_method.as_ref()),
        ("access_type", asked.access_type.as_ref()),
        ("prompt", asked.prompt.as_ref()),
    ];
    // Writing to a String cannot fail.
    for (name, value) in hidden {
        if let Some(value) = value {
            let _ = write!(out, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
        }
    }
    out.push_str("<fieldset><legend>Choose an account</legend>");
    let hinted = accounts.iter().position(|it| asked.login_hint.as_deref() == Some(it.address.as_str())).unwrap_or(0);
    for (at, account) in accounts.iter().enumerate() {
        let (checked, address) = (if at == hinted { " checked" } else { "" }, escape(&account.address));
        let name = escape(&account.name);
        let _ = write!(
            out,
            "<label><input type=\"radio\" name=\"account\" value=\"{address}\"{checked}> {name} <small>{address}</small></label>"
        );
    }
    out.push_str("</fieldset><fieldset><legend>Select what it can access</legend>");
    for scope in asked.scope.split_whitespace() {
        let words = SCOPES.iter().find(|(name, _)| *name == scope).map_or("An unknown right", |(_, words)| words);
        let (scope, words) = (escape(scope), escape(words));
        let _ = write!(
            out,
            "<label><input type=\"checkbox\" name=\"granted\" value=\"{scope}\" checked> {words} <small>{scope}</small></label>"
        );
    }
    out.push_str(
        "</fieldset><p><button name=\"decision\" value=\"deny\">Cancel</button> \
         <button name=\"decision\" value=\"allow\">Continue</button></p></form>",
    );
    out
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{}</title><style>\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}}\
         label,small{{display:block}}small{{color:#555;overflow-wrap:anywhere}}fieldset{{margin:1rem 0}}</style><main>{body}</main></html>",
        escape(title)
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";
    (status, [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

/// `POST /token`.
pub(super) async fn token(
    State(app): Shared,
    headers: axum::http::HeaderMap,
    Form(mut form): Form<HashMap<String, String>>,
) -> Response {
    if let Some((id, secret)) = basic(&headers) {
        form.insert("client_id".to_owned(), id);
        form.insert("client_secret".to_owned(), secret);
    }
    let work = tokio::spawn(async move {
        let plan = app.world().plan("token");
        settle(&app, Named { name: "token", ..Named::default() }, None, &plan, async || {
            let now = app.now();
            let mut world = app.world();
            let world = &mut *world;
            let lifetime = world.settings.token_seconds;
            let is_service = form.get("grant_type").is_some_and(|it| it == "urn:ietf:params:oauth:grant-type:jwt-bearer");
            let granted = if is_service {
                let assertion = form.get("assertion").map(String::as_str).unwrap_or_default();
                world.pubsub.asserted(assertion, now).map(|(account, scopes)| {
                    world.oauth.access(account, scopes.into_iter().collect(), lifetime, &mut world.random, now)
                })
            } else {
                world.oauth.token(&form, lifetime, &mut world.random, now)
            };
            match granted {
                Ok(answer) => (unkept(), Json(answer)).into_response(),
                Err(refused) => {
                    let status = StatusCode::from_u16(refused.0).unwrap_or(StatusCode::BAD_REQUEST);
                    (status, unkept(), Json(json!({ "error": refused.1, "error_description": refused.2 }))).into_response()
                }
            }
        })
        .await
    });
    work.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn unkept() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate")]
}

/// Name and secret of a client that sent them as `Authorization: Basic`.
fn basic(headers: &axum::http::HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, coded) = value.split_once(' ')?;
    let text = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(coded.trim()).ok()).flatten()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((crate::rewrite::unpercent(id), crate::rewrite::unpercent(secret)))
}

/// `POST /revoke`, with the token in the form or in the address.
pub(super) async fn revoke(State(app): Shared, Query(query): Query<Fields>, body: String) -> Response {
    let form: Fields = body
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), crate::rewrite::unpercent(&value.replace('+', " "))))
        .collect();
    let token = field(&form, "token").or(field(&query, "token")).unwrap_or_default().to_owned();
    let plan = app.world().plan("revoke");
    settle(&app, Named { name: "revoke", ..Named::default() }, None, &plan, async || {
        let now = app.now();
        if app.world().oauth.revoke(&token, now) {
            Json(json!({})).into_response()
        } else {
            let error = json!({ "error": "invalid_token", "error_description": "Token expired or revoked" });
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    })
    .await
}

/// `GET /oauth2/v2/userinfo`: whose token it is, where the scopes tell.
pub(super) async fn userinfo(State(app): Shared, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let now = app.now();
    let world = app.world();
    let Some(bearer) = bearer_token(&parts).and_then(|token| world.oauth.bearer(token, now)) else {
        return refusal(&ApiError::unauthenticated());
    };
    let may = |scope: &str| bearer.scopes.iter().any(|it| it == scope || it.rsplit('/').next() == Some(scope));
    if !["email", "openid", "userinfo.email", "userinfo.profile", "profile"].into_iter().any(may) {
        return refusal(&ApiError::unauthenticated());
    }
    let name = world.names.get(&bearer.account).cloned().unwrap_or_default();
    let id: u64 = bearer.account.bytes().fold(100_000, |id, byte| id * 31 % 1_000_000_007 + u64::from(byte));
    let mut answer = json!({ "id": id.to_string() });
    if may("email") || may("userinfo.email") {
        answer["email"] = json!(bearer.account);
        answer["verified_email"] = json!(true);
    }
    if may("profile") || may("userinfo.profile") {
        answer["name"] = json!(name);
    }
    Json(answer).into_response()
}

/// `/oauth2/v2/tokeninfo?access_token=…`.
pub(super) async fn tokeninfo(State(app): Shared, Query(query): Query<Fields>) -> Response {
    let now = app.now();
    let world = app.world();
    let token = field(&query, "access_token").unwrap_or_default();
    let (Some(bearer), Some(left)) = (world.oauth.bearer(token, now), world.oauth.left(token, now)) else {
        let error = json!({ "error": "invalid_token", "error_description": "Invalid Value" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    let scope = bearer.scopes.iter().cloned().collect::<Vec<_>>().join(" ");
    let client = crate::oauth::CLIENT_ID;
    Json(json!({ "issued_to": client, "audience": client, "scope": scope, "expires_in": left, "access_type": "offline" }))
        .into_response()
}
