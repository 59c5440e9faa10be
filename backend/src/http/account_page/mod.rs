//! `/account…`: the page on which people see and change what is theirs: browsers, mailboxes, sessions, how they are called; and on which
//! admins say who may use this backend. HTML without script, for phones too.
//!
//! What must hold: a `GET` changes nothing (but for the end of a sign-in at a provider, which only the browser that began it can bring);
//! a form is taken only from this page itself ([`guard`]); what is another account's is answered as what does not exist; an admin sees no
//! mail, hit or recipient of anybody.

pub mod act;
pub mod admin;
pub mod guard;
pub mod happened;
pub mod home;
pub mod provider;
pub mod retention;
pub mod rights;
pub mod shell;
pub mod sign_in;
pub mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// Where all of it is: cookies go there and nowhere else.
pub const ROOT: &str = "/account";

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/account", get(home::show))
        .route("/account/style.css", get(shell::style))
        .route("/account/code", post(sign_in::by_code))
        .route("/account/provider", post(provider::begin))
        .route("/account/signed-in", get(provider::end))
        .route("/account/sign-out", post(act::sign_out))
        .route("/account/pairing", post(act::pairing))
        .route("/account/settings", post(act::settings))
        .route("/account/devices/{id}/revoke", post(act::revoke))
        .route("/account/mailboxes/{id}/disconnect", post(act::disconnect))
        .route("/account/sessions/{id}/end", post(act::end_session))
        .route("/account/sessions/others/end", post(act::end_others))
        .route("/account/export/prepare", post(rights::prepare))
        .route("/account/export/archive", get(rights::download))
        .route("/account/restriction/begin", post(rights::restrict))
        .route("/account/restriction/end", post(rights::unrestrict))
        .route("/account/erasure/ask", post(rights::ask))
        .route("/account/erasure/undo", post(rights::undo))
        .route("/account/recipients/erase", post(rights::recipient))
        .route("/account/people", get(admin::show))
        .route("/account/people/stop", post(admin::stop))
        .route("/account/people/go-on", post(admin::go_on))
        .route("/account/people/retention", post(retention::change))
        .route("/account/people/invite", post(admin::invite))
        .route("/account/people/{id}/change", post(admin::change))
        .route("/account/invitations/{id}/withdraw", post(admin::withdraw))
}
