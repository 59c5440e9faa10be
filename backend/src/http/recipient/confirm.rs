//! `/r/m/{code}`: where the mail leads that asks an address to confirm. GET shows what can be refused, POST refuses, for all mails of the
//! account that was asked about.
//!
//! What must hold: the mail leaves through the sender's own mailbox, who can read the code in it like the address can. So it only ever
//! refuses, and for that sender alone: nothing of it can be turned against anybody else, and it proves no agreement.
//!
//! Twice: the same. An unknown, cut or old code: 404, and nothing is learned of any address.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use waxwing_protocol::api::Kinds;

use super::Form;
use super::html;
use super::words::{Language, words};
use crate::app::App;
use crate::consent::act;
use crate::http::auth::hash;
use crate::store::{Result, StoreError};

/// Characters of a code.
const CODE: usize = 32;

/// The code in a path. It is not checked yet.
pub(super) fn code(path: &str) -> Option<&str> {
    let (before, code) = path.rsplit_once('/')?;
    let fits = code.len() == CODE && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (fits && before.ends_with("/r/m")).then_some(code)
}

pub(super) async fn answer(app: &Arc<App>, language: Language, code: &str, form: Option<Form>) -> Result<Response> {
    let words = words(language);
    let now = app.clock.now();
    let Some(asked) = app.store.asked_to_confirm(&hash(code), now).await? else {
        return Ok(html::message(StatusCode::NOT_FOUND, language, &words.unknown));
    };
    let sender = app.store.seen_by_recipient(asked.account, asked.message).await?.sender;
    let Some(form) = form else {
        return Ok(html::confirm(language, &asked.address, sender.as_deref(), None));
    };
    let opens = Kinds { opens: true, clicks: false };
    let refused = match form.does.as_str() {
        "refuse opens" => opens,
        "refuse clicks" => Kinds::ALL.without(opens),
        "refuse both" => Kinds::ALL,
        _ => return Ok(html::message(StatusCode::BAD_REQUEST, language, &words.bad_form)),
    };
    if app.limits.before_choice(asked.account, asked.message, true, now).is_err() {
        return Ok(html::message(StatusCode::TOO_MANY_REQUESTS, language, &words.too_often));
    }
    let shown = words.shown_for_address(&asked.address, sender.as_deref(), refused);
    let (doing, of) = (Arc::clone(app), asked.clone());
    let done = tokio::spawn(async move { act::confirm(&doing, &of, refused, &shown).await });
    done.await.map_err(|_| StoreError::Failed("it broke off".to_owned()))??;
    Ok(html::confirm(language, &asked.address, sender.as_deref(), Some(refused)))
}
