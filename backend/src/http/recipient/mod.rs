//! `GET /r/{account}/{token}/{mac}`: what is tracked in a mail, for whoever got it; `POST` there refuses, erases, or asks for a mail
//! that confirms what is to hold for all mails to an address. `/r/m/{code}` is where that mail leads ([`confirm`]).
//!
//! What must hold:
//! - A GET changes nothing, whoever fetches it: what changes is a POST of a form that this page showed within a day ([`slip`]).
//! - Links that are not ours (cut, forged, another account's, of an old epoch and no registered mail) lead to one and the same page,
//!   404: nothing is changed, and nothing is learned of whether there is such a mail.
//! - The link proves that its holder has that mail. It may have been passed on: so the page shows who sent the mail, how often
//!   something was stored and on which day last; not the subject, not who else got it, no address, no time of day.
//! - It needs no script, no cookie and nothing from elsewhere, and leads on without a referrer.

mod confirm;
mod html;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use url::form_urlencoded;
use uuid::Uuid;
use waxwing_domain::address::parse_recipient_path;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;

use self::html::Notice;
use self::words::{Language, words};
use super::pixel::with_status;
use crate::account_id::AccountId;
use crate::app::App;
use crate::consent::act;
use crate::consent::letter::{self, Sent};
use crate::consent::slip::{self, May};
use crate::store::Result;
use crate::store::consent::refusals::ByLink;

/// Bytes of a form.
const FORM: usize = 8 * 1024;
/// How long a form may take to come.
const PATIENCE: Duration = Duration::from_secs(15);

/// True for a path that is answered here. A proxy may have left the tracking URL's own path in front.
pub fn is_recipient(path: &str) -> bool {
    path.starts_with("/r/") || parse_recipient_path(path).is_some() || confirm::code(path).is_some()
}

/// Answers.
pub async fn answer(app: &Arc<App>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let language = Language::of(&parts.headers, parts.uri.query());
    let form = match parts.method {
        Method::GET | Method::HEAD => None,
        Method::POST => {
            let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            let read = tokio::time::timeout(PATIENCE, Limited::new(body, FORM).collect()).await;
            match read {
                Ok(Ok(bytes)) if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") => {
                    Some(Form::read(&bytes.to_bytes()))
                }
                _ => return html::message(StatusCode::BAD_REQUEST, language, &words(language).bad_form),
            }
        }
        _ => return with_status(StatusCode::METHOD_NOT_ALLOWED, ALLOW, HeaderValue::from_static("GET, HEAD, POST")),
    };
    let path = parts.uri.path();
    let answer = match confirm::code(path) {
        Some(code) => confirm::answer(app, language, code, form).await,
        None => of_mail(app, language, path, form).await,
    };
    answer.unwrap_or_else(|error| {
        tracing::error!(%error, "a recipient's page failed");
        let mut away = html::message(StatusCode::SERVICE_UNAVAILABLE, language, &words(language).away);
        away.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        away
    })
}

/// What came in a form. Fields that are not ours are passed over.
#[derive(Debug, Default)]
struct Form {
    proof: String,
    does: String,
    keep: String,
    erase: bool,
    address: String,
}

impl Form {
    fn read(bytes: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            match name.as_ref() {
                "page" => form.proof = value.into_owned(),
                "do" => form.does = value.into_owned(),
                "keep" => form.keep = value.into_owned(),
                "erase" => form.erase = true,
                "address" => form.address = value.into_owned(),
                _ => {}
            }
        }
        form
    }
}

/// What a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Refuse these, perhaps none, and perhaps erase.
    Refuse(Kinds, bool),
    /// Take back that these were refused.
    TakeBack(Kinds),
    /// Send a mail to the address.
    Letter,
}

impl Asks {
    fn read(form: &Form) -> Option<Self> {
        match form.does.as_str() {
            "refuse" => {
                let refused = match form.keep.as_str() {
                    "both" => Kinds::NONE,
                    "clicks" => Kinds { opens: true, clicks: false },
                    "opens" => Kinds { opens: false, clicks: true },
                    "none" => Kinds::ALL,
                    _ => return None,
                };
                // What is erased is not to come again.
                Some(Self::Refuse(if form.erase { Kinds::ALL } else { refused }, form.erase))
            }
            "back opens" => Some(Self::TakeBack(Kinds { opens: true, clicks: false })),
            "back clicks" => Some(Self::TakeBack(Kinds { opens: false, clicks: true })),
            "back both" => Some(Self::TakeBack(Kinds::ALL)),
            "letter" => Some(Self::Letter),
            _ => None,
        }
    }

    /// `refused_at`: when somebody refused last.
    const fn may(self, refused_at: Millis) -> May {
        match self {
            Self::TakeBack(kinds) => May::TakeBack(kinds, refused_at),
            Self::Refuse(..) | Self::Letter => May::Refuse,
        }
    }
}

async fn of_mail(app: &Arc<App>, language: Language, path: &str, form: Option<Form>) -> Result<Response> {
    let link = parse_recipient_path(path);
    let owner = match &link {
        Some((account, token, mac)) => app.gate.admit_recipient(&app.store, account, token, mac).await?,
        None => None,
    };
    // Of an account that was erased nothing is stored any more, and nothing new is.
    let owner = owner.filter(|account| !app.gate.closed.is_gone(*account));
    let (Some(account), Some((_, token, _))) = (owner, link) else {
        return Ok(html::message(StatusCode::NOT_FOUND, language, &words(language).unknown));
    };
    let message = token.message;
    let of = (account, message);
    let Some(form) = form else { return show(app, language, of, Notice::None, None).await };
    let Some(asks) = Asks::read(&form) else {
        return Ok(html::message(StatusCode::BAD_REQUEST, language, &words(language).bad_form));
    };
    let now = app.clock.now();
    let seen = app.store.seen_by_recipient(account, message).await?;
    let refused_at = seen.refused_at.unwrap_or(Millis::MIN);
    if !slip::is_good(app.gate.keys(), account, message, asks.may(refused_at), &form.proof, now) {
        return show(app, language, of, Notice::TooOld, None).await;
    }
    if app.limits.before_choice(account, message, seen.sender.is_some(), now).is_err() {
        return Ok(html::message(StatusCode::TOO_MANY_REQUESTS, language, &words(language).too_often));
    }
    let mut at = None;
    let notice = match asks {
        Asks::Letter => match letter::send(app, account, message, &form.address).await? {
            Sent::Perhaps => Notice::LetterSent,
            Sent::NoAddress => Notice::NoAddress,
            Sent::NoMailbox => Notice::NoMailbox,
        },
        Asks::Refuse(kinds, _) if !kinds.any() => Notice::Unchanged,
        Asks::Refuse(kinds, erase) => {
            let shown = words(language).shown_refusal(kinds);
            let done = do_it(app, of, (kinds, true, erase), None, shown).await?;
            at = done.map(|(_, at)| at);
            // What another one refused meanwhile is not theirs to take back.
            Notice::Refused { new: done.map_or(Kinds::NONE, |(before, _)| kinds.without(before)), erased: erase }
        }
        Asks::TakeBack(kinds) => {
            let shown = words(language).taken_back.to_owned();
            // Between the look and this somebody may have refused again.
            match do_it(app, of, (kinds, false, false), Some(refused_at), shown).await? {
                Some(_) => Notice::TakenBack,
                None => Notice::TooOld,
            }
        }
    };
    show(app, language, of, notice, at).await
}

/// To its end, also when whoever asked hangs up: half of it would leave what was to be erased.
async fn do_it(
    app: &Arc<App>,
    (account, message): (AccountId, Uuid),
    (kinds, refused, erase): (Kinds, bool, bool),
    of: Option<Millis>,
    shown: String,
) -> Result<Option<(Kinds, Millis)>> {
    let app = Arc::clone(app);
    let doing = tokio::spawn(async move {
        act::say_by_link(&app, account, message, &ByLink { kinds, refused, of, erase, shown: &shown }).await
    });
    match doing.await {
        Ok(done) => done,
        Err(_) => Err(crate::store::StoreError::Failed("it broke off".to_owned())),
    }
}

/// `at`: the instant of what was just refused.
async fn show(
    app: &App,
    language: Language,
    (account, message): (AccountId, Uuid),
    notice: Notice,
    at: Option<Millis>,
) -> Result<Response> {
    let seen = app.store.seen_by_recipient(account, message).await?;
    let now = app.clock.now();
    let keys = app.gate.keys();
    let proof = slip::make(keys, account, message, May::Refuse, now);
    let back = match (notice, at) {
        (Notice::Refused { new, .. }, Some(at)) if new.any() && !seen.deleted => {
            Some((new, slip::make(keys, account, message, May::TakeBack(new, at), now)))
        }
        _ => None,
    };
    Ok(html::page(language, &html::Shown { seen: &seen, notice, proof: &proof, back, now }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let asks = |text: &str| Asks::read(&Form::read(text.as_bytes()));
        let opens = Kinds { opens: true, clicks: false };
        for (text, want) in [
            ("", None),
            ("do=refuse", None),
            ("do=refuse&keep=x", None),
            ("do=refuse&keep=both", Some(Asks::Refuse(Kinds::NONE, false))),
            ("do=refuse&keep=clicks", Some(Asks::Refuse(opens, false))),
            ("do=refuse&keep=none&other=1", Some(Asks::Refuse(Kinds::ALL, false))),
            ("do=refuse&keep=clicks&erase=1", Some(Asks::Refuse(Kinds::ALL, true))),
            ("do=back+opens", Some(Asks::TakeBack(opens))),
            ("do=letter&address=a%40b", Some(Asks::Letter)),
            ("do=REFUSE&keep=none", None),
            ("%%%=&&&do", None),
        ] {
            assert_eq!(asks(text), want, "{text}");
        }
    }

    #[test]
    fn paths() {
        let code = "A".repeat(32);
        for (path, want) in [
            ("/r/", true),
            ("/r/x", true),
            (&*format!("/sub/r/m/{code}"), true),
            ("/r", false),
            ("/rx/", false),
            ("/c/x", false),
        ] {
            assert_eq!(is_recipient(path), want, "{path}");
        }
    }
}
