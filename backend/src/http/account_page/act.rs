//! What people change on their account's page. Each is a form ([`Posted`]) about what is theirs; afterwards the page is shown anew.

use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

use super::super::problem::ApiError;
use super::super::{AppState, auth, devices, mailboxes};
use super::ROOT;
use super::guard::{Cookie, Posted, SignedIn, failed, nothing};
use super::home;
use super::shell::back;
use crate::app::App;
use crate::pairing;
use crate::store::codes::Maker;
use crate::store::security::Happened;

/// Back to the page, or what went wrong.
pub(super) fn done(app: &App, by: &SignedIn, result: Result<(), ApiError>) -> Response {
    match result {
        Ok(()) => back(app, ROOT),
        Err(error) => failed(app, by.language, &error),
    }
}

/// The id in a path. What is no id names nothing.
fn id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(text).map_err(|_| ApiError::NotFound)
}

/// Signs out.
pub async fn sign_out(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    let ended = app.store.end_session(by.person.account, by.session.id, app.clock.now()).await;
    let mut response = done(&app, &by, ended.map(|_| ()).map_err(Into::into));
    Cookie::Session.put(&app, &mut response, None);
    response
}

/// Makes a code to pair another browser.
pub async fn pairing(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    if !by.may_pair() || by.person.suspended_at.is_some() || app.gate.closed.contains(by.person.account) {
        return nothing(&app, by.language);
    }
    match new_code(&app, &by).await {
        Ok(response) => response,
        Err(error) => failed(&app, by.language, &error),
    }
}

async fn new_code(app: &App, by: &SignedIn) -> Result<Response, ApiError> {
    let (code, now) = (pairing::new_code(app.entropy.as_ref())?, app.clock.now());
    let maker = Maker::Session(by.session.id);
    if !app.store.add_code(auth::hash(&code), by.person.account, maker, now, now + pairing::LIFETIME).await? {
        return Ok(back(app, ROOT));
    }
    home::with_code(app, by, &pairing::display(&code)).await
}

/// How they are called, and their language.
pub async fn settings(State(app): AppState, Posted { by, form }: Posted) -> Response {
    let name: String = form.get("name").trim().chars().filter(|c| !c.is_control()).take(100).collect();
    let name = if name.is_empty() { by.person.account_name.clone() } else { name };
    let language = Some(form.get("language")).filter(|language| matches!(*language, "en" | "de"));
    let set = app.store.set_person(by.person.account, &name, language).await;
    done(&app, &by, set.map_err(Into::into))
}

/// Revokes a browser.
pub async fn revoke(State(app): AppState, Path(path): Path<String>, Posted { by, .. }: Posted) -> Response {
    let revoked = async { devices::revoke::revoke_of(&app, by.person.account, id(&path)?, Some(by.session.id)).await };
    done(&app, &by, revoked.await)
}

/// Disconnects a mailbox.
pub async fn disconnect(State(app): AppState, Path(path): Path<String>, Posted { by, .. }: Posted) -> Response {
    let account = by.person.account;
    let gone = async {
        let id = id(&path)?;
        let row = app.store.mailbox_of(account, id).await?.ok_or(ApiError::NotFound)?;
        mailboxes::remove::remove_of(&app, account, id).await?;
        app.store.add_security_event(account, app.clock.now(), &Happened::disconnected(&row.address)).await?;
        Ok(())
    };
    done(&app, &by, gone.await)
}

/// Ends a session.
pub async fn end_session(State(app): AppState, Path(path): Path<String>, Posted { by, .. }: Posted) -> Response {
    let ended = async {
        let ended = app.store.end_session(by.person.account, id(&path)?, app.clock.now()).await?;
        if ended { Ok(()) } else { Err(ApiError::NotFound) }
    };
    done(&app, &by, ended.await)
}

/// Ends all sessions but this one.
pub async fn end_others(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    let ended = app.store.end_other_sessions(by.person.account, by.session.id, app.clock.now()).await;
    done(&app, &by, ended.map_err(Into::into))
}
