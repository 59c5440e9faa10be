//! Signing in at the provider: away to it, and back.
//!
//! What must hold: only the browser that began a sign-in can end it, once and within ten minutes; an answer that does not fit changes
//! nothing. The session's cookie is `Strict`, so that the page which ends it leads on by itself: what a foreign site leads to would
//! not bring it along.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::super::peer::{Peer, client_address};
use super::super::problem::ApiError;
use super::super::{AppState, auth};
use super::ROOT;
use super::guard::{Cookie, failed, form, nothing};
use super::shell::{esc, leading_on};
use super::sign_in::{begin as begin_session, page_for};
use super::words::Language;
use crate::account_id::AccountId;
use crate::accounts::flow::{Flow, PATIENCE};
use crate::accounts::id_token::{Refused, Said};
use crate::accounts::oidc::{Failed, Provider};
use crate::accounts::secret::CookieSecret;
use crate::app::App;
use crate::pairing;
use crate::store::invitations::Joined;

/// Longer codes are nobody's.
const MAX_CODE: usize = 4_096;

/// Where the provider leads back to.
pub fn redirect_uri(app: &App) -> String {
    format!("{}{ROOT}/signed-in", app.settings.public_url)
}

/// `POST /account/provider`: away to the provider.
pub async fn begin(
    State(app): AppState,
    axum::Extension(Peer(peer)): axum::Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let language = Language::of(&headers, None);
    let Some(provider) = app.settings.sign_in.as_ref() else { return nothing(&app, language) };
    let form = match form(&app, &headers, body).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let (now, address) = (app.clock.now(), client_address(peer, &headers, &app.settings.trusted_proxies));
    if let Err(error) = app.limits.before_sign_in(address, now) {
        return failed(&app, language, &error);
    }
    let invitation = match form.get("invitation").trim() {
        "" => None,
        typed => match pairing::normalise(typed) {
            Some(code) => Some(auth::hash(&code)),
            None => return refused(&app, language, Wrong::NotInvited),
        },
    };
    match away(&app, provider, invitation).await {
        Ok((to, secret)) => {
            let name = esc(&provider.options.name);
            let (on, link) = (language.say("On to", "Weiter zu"), esc(&to));
            let body = format!("<main class=\"slip\"><h1>{on} {name}</h1><p><a href=\"{link}\">{on} {name}</a></p></main>\n");
            let mut response = leading_on(&app, language, on, &to, &body);
            Cookie::SignIn.put(&app, &mut response, Some(&secret));
            response
        }
        Err(Wrong::Here(error)) => failed(&app, language, &error),
        Err(wrong) => refused(&app, language, wrong),
    }
}

async fn away(app: &App, provider: &Provider, invitation: Option<[u8; 32]>) -> Result<(String, CookieSecret), Wrong> {
    let (secret, now) = (CookieSecret::new(app.entropy.as_ref()).map_err(ApiError::from)?, app.clock.now());
    let again = CookieSecret::read(secret.reveal()).ok_or(Wrong::Here(ApiError::Internal))?;
    let flow = Flow::of(again);
    let to = provider.authorization(&flow, &redirect_uri(app), now).await?;
    app.store.begin_sign_in(auth::hash(&flow.state()), invitation, now, now + PATIENCE).await.map_err(ApiError::from)?;
    Ok((to, secret))
}

/// Why nobody was signed in.
#[derive(Debug)]
enum Wrong {
    /// No such sign-in in this browser, or it is over.
    Unknown,
    /// They said no.
    Denied,
    /// The provider or its answer.
    Provider(Failed),
    /// Nobody asked them in.
    NotInvited,
    /// The server.
    Here(ApiError),
}

impl From<Failed> for Wrong {
    fn from(failed: Failed) -> Self {
        Self::Provider(failed)
    }
}

impl From<ApiError> for Wrong {
    fn from(error: ApiError) -> Self {
        Self::Here(error)
    }
}

/// `GET /account/signed-in`: back from the provider.
pub async fn end(State(app): AppState, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = Language::of(&headers, None);
    let Some(provider) = app.settings.sign_in.as_ref() else { return nothing(&app, language) };
    let mut response = match come_back(&app, provider, &headers, query.unwrap_or_default().as_bytes()).await {
        Ok(secret) => {
            let (title, root) = (language.say("Signed in", "Angemeldet"), format!("{}{ROOT}", app.settings.public_url));
            let to = esc(&root);
            let link = language.say("To your account", "Zum Konto");
            let body = format!("<main class=\"slip\"><h1>{title}</h1><p><a href=\"{to}\">{link}</a></p></main>\n");
            let mut response = leading_on(&app, language, title, &root, &body);
            Cookie::Session.put(&app, &mut response, Some(&secret));
            response
        }
        // A sign-in of this browser may still be under way: whoever leads it here with an answer of theirs does not end that.
        Err(Wrong::Unknown) => return refused(&app, language, Wrong::Unknown),
        Err(Wrong::Here(error)) => failed(&app, language, &error),
        Err(wrong) => refused(&app, language, wrong),
    };
    Cookie::SignIn.put(&app, &mut response, None);
    response
}

async fn come_back(app: &App, provider: &Provider, headers: &HeaderMap, query: &[u8]) -> Result<CookieSecret, Wrong> {
    let (mut state, mut code, mut error, mut issuer) = (None, None, None, None);
    for (name, value) in form_urlencoded::parse(query) {
        let place = match name.as_ref() {
            "state" => &mut state,
            "code" => &mut code,
            "error" => &mut error,
            "iss" => &mut issuer,
            _ => continue,
        };
        // RFC 6749, section 3.1: none of them stands there twice.
        if place.replace(Zeroizing::new(value.into_owned())).is_some() {
            return Err(Wrong::Unknown);
        }
    }
    let state = state.ok_or(Wrong::Unknown)?;
    let mut flows = Cookie::SignIn.all(app, headers).into_iter().map(Flow::of);
    let flow = flows.find(|flow| flow.is_state(&state)).ok_or(Wrong::Unknown)?;
    let now = app.clock.now();
    let taken = app.store.take_sign_in(auth::hash(&state), now).await.map_err(ApiError::from)?;
    let invitation = taken.ok_or(Wrong::Unknown)?;
    if issuer.is_some_and(|issuer| !provider.is_issuer(&issuer)) {
        return Err(Wrong::Provider(Failed::Token(Refused::Issuer)));
    }
    match error.as_ref().map(|error| error.as_str()) {
        None => {}
        Some("access_denied") => return Err(Wrong::Denied),
        Some(_) => return Err(Wrong::Provider(Failed::Odd)),
    }
    let code = code.filter(|code| !code.is_empty() && code.len() <= MAX_CODE).ok_or(Wrong::Provider(Failed::Odd))?;
    let said = provider.redeem(&flow, &code, &redirect_uri(app), now).await?;
    let account = account(app, provider, &said, invitation).await?;
    Ok(begin_session(app, headers, account).await?)
}

/// The account of whom the provider vouches for.
async fn account(app: &App, provider: &Provider, said: &Said, invitation: Option<[u8; 32]>) -> Result<AccountId, Wrong> {
    let (vouched, now) = (&said.vouched, app.clock.now());
    let known = app.store.account_of(&vouched.issuer, &vouched.subject).await.map_err(ApiError::from)?;
    if let Some(account) = known {
        app.store.vouch(account, vouched).await.map_err(ApiError::from)?;
        return Ok(account);
    }
    let fresh = AccountId::random(app.entropy.as_ref()).map_err(ApiError::from)?;
    let open = provider.options.admit.lets_in(said);
    match app.store.join(vouched, invitation, open, fresh, now).await.map_err(ApiError::from)? {
        Joined::Account(account) => Ok(account),
        Joined::NotInvited => Err(Wrong::NotInvited),
    }
}

/// The page to sign in on, with what went wrong. What the provider said is not shown.
fn refused(app: &App, language: Language, wrong: Wrong) -> Response {
    tracing::info!(?wrong, "nobody was signed in");
    if !matches!(wrong, Wrong::Denied | Wrong::Here(_) | Wrong::Provider(Failed::Away)) {
        app.not_let_in.sign_in();
    }
    let say = |english, german| language.say(english, german);
    let (status, text) = match wrong {
        Wrong::Unknown => (
            StatusCode::BAD_REQUEST,
            say(
                "This sign-in did not begin in this browser, or it is over. Begin again here.",
                "Diese Anmeldung hat nicht in diesem Browser begonnen, oder sie ist vorbei. Beginne hier noch einmal.",
            ),
        ),
        Wrong::Denied => {
            (StatusCode::OK, say("You said no. Nothing was changed.", "Du hast abgelehnt. Nichts wurde geändert."))
        }
        Wrong::NotInvited => (
            StatusCode::FORBIDDEN,
            say(
                "There is no account for you here, and no invitation. Ask whoever runs this server for one.",
                "Hier gibt es kein Konto für dich und keine Einladung. Bitte darum, wer diesen Server betreibt.",
            ),
        ),
        Wrong::Provider(Failed::Away) => (
            StatusCode::BAD_GATEWAY,
            say(
                "The provider does not answer. Try again later.",
                "Der Anbieter antwortet nicht. Versuche es später noch einmal.",
            ),
        ),
        Wrong::Provider(Failed::Token(Refused::Address)) => (
            StatusCode::FORBIDDEN,
            say(
                "The provider has not confirmed your address. Confirm it there, then sign in again.",
                "Der Anbieter hat deine Adresse nicht bestätigt. Bestätige sie dort und melde dich dann an.",
            ),
        ),
        Wrong::Provider(Failed::Token(Refused::Time)) => (
            StatusCode::BAD_GATEWAY,
            say(
                "The answer is out of time. The clocks of this server and of the provider differ.",
                "Die Antwort passt nicht zur Zeit. Die Uhren dieses Servers und des Anbieters gehen auseinander.",
            ),
        ),
        Wrong::Provider(_) => (
            StatusCode::BAD_GATEWAY,
            say(
                "The provider's answer is not believed. Nothing was changed. Begin again here.",
                "Der Antwort des Anbieters wird nicht geglaubt. Nichts wurde geändert. Beginne hier noch einmal.",
            ),
        ),
        Wrong::Here(error) => return failed(app, language, &error),
    };
    page_for(app, status, language, Some(text))
}
