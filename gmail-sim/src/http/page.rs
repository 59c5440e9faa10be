//! Gmail's page: one document for the inbox, one for a compose window of its own.

use std::path::Path as FilePath;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value, json};

use super::Shared;
use crate::app::App;
use crate::assets::{LANGUAGES, STYLES};
use crate::html::escape;
use crate::settings::{Csp, Settings};
use crate::shuffle;

pub(super) async fn to_inbox() -> Redirect {
    Redirect::temporary("/mail/u/0/")
}

pub(super) async fn to_account(Path(index): Path<usize>) -> Redirect {
    Redirect::temporary(&format!("/mail/u/{index}/"))
}

type Pairs = Query<Vec<(String, String)>>;

pub(super) async fn inbox(State(app): Shared, Path(index): Path<usize>, Query(query): Pairs) -> Response {
    document(&app, index, None, &query, false)
}

pub(super) async fn popout(State(app): Shared, Path(index): Path<usize>, Query(query): Pairs) -> Response {
    document(&app, index, None, &query, true)
}

pub(super) async fn delegated(
    State(app): Shared,
    Path((delegate, index)): Path<(String, usize)>,
    Query(query): Pairs,
) -> Response {
    document(&app, index, Some(&delegate), &query, false)
}

pub(super) async fn delegated_popout(
    State(app): Shared,
    Path((delegate, index)): Path<(String, usize)>,
    Query(query): Pairs,
) -> Response {
    document(&app, index, Some(&delegate), &query, true)
}

fn document(app: &App, index: usize, delegate: Option<&str>, query: &[(String, String)], popout: bool) -> Response {
    let now = app.now();
    let (settings, account, others, names, nonce, form_token) = {
        let mut world = app.world();
        let Some(account) = world.account(index, delegate).cloned() else {
            return Redirect::temporary("/mail/u/0/").into_response();
        };
        let settings = world.settings.with_query(query);
        let (nonce, form_token) = (world.random.nonce(), world.random.nonce());
        (settings, account, world.accounts.clone(), world.names.clone(), nonce, form_token)
    };
    let base = delegate.map_or_else(|| format!("/mail/u/{index}"), |id| format!("/mail/b/{id}/u/{index}"));
    let sync = delegate.map_or_else(|| format!("/sync/u/{index}/i"), |id| format!("/b/{id}/sync/u/{index}/i"));
    let lang = json!(settings.lang);
    let lang = lang.as_str().unwrap_or("en");
    let config = json!({
        "settings": settings, "account": account, "accounts": others, "names": names, "index": index, "base": base, "sync": sync,
        "delegate": delegate, "popout": popout, "now": now, "token": form_token,
    });
    let globals = globals(&account.address, lang, &form_token);
    let style: String = STYLES.iter().filter_map(|name| app.asset(name)).collect();
    let Some(page) = app.asset("page.html") else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let html = page
        .replace("{{lang}}", lang)
        .replace("{{nonce}}", &nonce)
        .replace("{{style}}", &shuffle::style(&style, settings.shuffle))
        .replace("{{address}}", &escape(&account.address))
        .replace("{{bodyClass}}", &body_class(&settings, popout))
        .replace("{{globals}}", &in_script(&globals))
        .replace("{{config}}", &in_script(&config));
    let mut response = axum::response::Html(html).into_response();
    policy(response.headers_mut(), settings.csp, &nonce);
    response
}

/// `xE xp` is what a compose window of its own has on its body.
fn body_class(settings: &Settings, popout: bool) -> String {
    let names: &[&str] = if popout { &["xE", "xp"] } else { &["aAU"] };
    names.iter().map(|name| shuffle::class(name, settings.shuffle)).collect::<Vec<_>>().join(" ")
}

/// Gmail's `GLOBALS`: language in [4], a key in [9], the account in [10].
fn globals(address: &str, lang: &str, key: &str) -> Value {
    json!([null, null, null, null, format!("gmail.{lang}.sim"), null, null, null, null, &key[..10], address])
}

/// JSON inside a script: nothing in it can end the element.
fn in_script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// The policy that Gmail sends, and variations of it.
fn policy(headers: &mut HeaderMap, csp: Csp, nonce: &str) {
    let script = |eval: &str| {
        format!(
            "script-src 'nonce-{nonce}' 'unsafe-inline' 'strict-dynamic' https: http:{eval}; object-src 'none'; base-uri 'self'"
        )
    };
    let lines = match csp {
        Csp::Gmail => vec![script(" 'unsafe-eval'")],
        Csp::TrustedTypes => vec![script(" 'unsafe-eval'"), "require-trusted-types-for 'script'".to_owned()],
        Csp::NoWasm => vec![script("")],
        Csp::None => vec![],
    };
    for line in lines {
        if let Ok(value) = HeaderValue::from_str(&line) {
            headers.append(header::CONTENT_SECURITY_POLICY, value);
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
}

pub(super) async fn file(State(app): Shared, Path(name): Path<String>) -> Response {
    let text = if name == "words.js" {
        let words: Vec<String> = LANGUAGES
            .iter()
            .filter_map(|lang| Some(format!("{lang}: {}", app.asset(&format!("words/{lang}.json"))?)))
            .collect();
        Some(format!("export default {{ {} }};\n", words.join(", ")))
    } else {
        app.asset(&name).filter(|_| FilePath::new(&name).extension().is_some_and(|it| it == "js"))
    };
    match text {
        Some(text) => ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], text)
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
