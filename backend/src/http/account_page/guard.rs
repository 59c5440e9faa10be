//! Who is signed in, and whether a form comes from this page: the cookie of the session, the origin of the request, and a token in the form.
//!
//! What must hold: the cookie is `HttpOnly`, `SameSite=Strict`, over TLS `Secure` (by its `__Secure-` name too), and bound to [`ROOT`], so
//! that it never goes to the paths of pixels and links (`__Host-` would send it everywhere). A form counts only when the browser says
//! that it comes from this origin and when it holds what only this session's pages hold. A cookie that another host of the domain gave the
//! browser beside ours changes nothing, unless it is a session of somebody else: then nobody is signed in.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::super::problem::ApiError;
use super::ROOT;
use super::shell::{back, esc, page};
use super::words::Language;
use crate::accounts::secret::CookieSecret;
use crate::app::App;
use crate::store::people::Person;
use crate::store::sessions::{Session, Way};

/// The session's cookie, and the one of a sign-in that is under way.
const SESSION: &str = "waxwing-session";
const SIGN_IN: &str = "waxwing-sign-in";
/// So many cookies of one name are looked at.
const MAX_COOKIES: usize = 8;
/// Bytes of a form.
const FORM_LIMIT: usize = 8 * 1024;

/// Somebody who is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Their session.
    pub session: Session,
    /// Who.
    pub person: Person,
    /// What forms of theirs hold.
    pub token: String,
    /// Their language.
    pub language: Language,
    /// What their cookie holds.
    secret: CookieSecret,
}

impl SignedIn {
    /// True unless a browser's own code let them in: whoever stole that browser's token could pair another one, which would outlive it.
    pub fn may_pair(&self) -> bool {
        self.session.way != Way::Code
    }
}

/// A form that was sent by somebody who is signed in.
#[derive(Debug)]
pub struct Posted {
    /// By whom.
    pub by: SignedIn,
    /// What stands in it.
    pub form: Form,
}

/// The fields of a form.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// A field; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value.as_str())
    }
}

/// Which of the two cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session's, for 12 hours.
    Session,
    /// A sign-in's, for 10 minutes. The provider leads back from its own site, so it is `Lax`.
    SignIn,
}

impl Cookie {
    fn name(self, app: &App) -> String {
        let prefix = if app.settings.public_url.starts_with("https:") { "__Secure-" } else { "" };
        format!("{prefix}{}", if self == Self::Session { SESSION } else { SIGN_IN })
    }

    /// What the browser brought: of one name there may be several, since another host of the domain can give it some too.
    pub fn all(self, app: &App, headers: &HeaderMap) -> Vec<CookieSecret> {
        let name = self.name(app);
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(one, _)| *one == name).filter_map(|(_, value)| CookieSecret::read(value)).take(MAX_COOKIES).collect()
    }

    /// Gives the browser this one, or takes it back.
    pub fn put(self, app: &App, response: &mut Response, secret: Option<&CookieSecret>) {
        let prefix =
            Url::parse(&app.settings.public_url).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default();
        let (same_site, age) = if self == Self::Session { ("Strict", 12 * 60 * 60) } else { ("Lax", 600) };
        let secure = if app.settings.public_url.starts_with("https:") { "; Secure" } else { "" };
        let (value, age) = secret.map_or(("", 0), |secret| (secret.reveal(), age));
        let name = self.name(app);
        let cookie = format!("{name}={value}; Path={prefix}{ROOT}; Max-Age={age}; HttpOnly; SameSite={same_site}{secure}");
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

/// Who is signed in in this browser.
pub async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, ApiError> {
    let mut found: Option<(CookieSecret, Session)> = None;
    for secret in Cookie::Session.all(app, headers) {
        let Some(session) = app.store.session(secret.hash(), app.clock.now()).await? else { continue };
        // Nobody can tell which of two accounts is meant.
        if found.as_ref().is_some_and(|(_, other)| other.account != session.account) {
            return Ok(None);
        }
        found.get_or_insert((secret, session));
    }
    let Some((secret, session)) = found else { return Ok(None) };
    let Some(person) = app.store.person(session.account).await? else { return Ok(None) };
    let language = Language::of(headers, person.language.as_deref());
    Ok(Some(SignedIn { session, person, token: secret.derive("form"), language, secret }))
}

/// True when the browser says that a page of this origin sent it. One that says nothing of the kind is believed by its `Origin`.
fn is_own(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let own = Url::parse(&app.settings.public_url).map(|url| url.origin().ascii_serialization());
    match (text(ORIGIN.as_str()), own) {
        (Some(origin), Ok(own)) => origin == own,
        _ => false,
    }
}

/// A form of a page of ours, whoever sent it.
pub async fn form(app: &App, headers: &HeaderMap, body: Body) -> Result<Form, Response> {
    let language = Language::of(headers, None);
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !is_own(app, headers) || !is_form {
        return Err(foreign(app, language));
    }
    let Ok(body) = Limited::new(body, FORM_LIMIT).collect().await else { return Err(foreign(app, language)) };
    let body = Zeroizing::new(body.to_bytes().to_vec());
    let fields = form_urlencoded::parse(&body);
    Ok(Form(fields.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect()))
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let form = form(app, headers, body).await?;
        let by = match signed_in(app, headers).await {
            Ok(Some(by)) => by,
            Ok(None) => return Err(back(app, ROOT)),
            Err(error) => return Err(failed(app, Language::of(headers, None), &error)),
        };
        if by.secret.fits("form", form.get("token")) { Ok(Self { by, form }) } else { Err(foreign(app, by.language)) }
    }
}

/// A page that says one thing and leads back.
pub fn told(app: &App, status: StatusCode, language: Language, title: &str, text: &str) -> Response {
    let (heading, text, back) = (esc(title), esc(text), language.say("To your account", "Zum Konto"));
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    let body = format!("<main class=\"slip\"><h1>{heading}</h1><p>{text}</p><p><a href=\"{root}\">{back}</a></p></main>\n");
    page(app, status, language, title, &body)
}

fn foreign(app: &App, language: Language) -> Response {
    told(
        app,
        StatusCode::FORBIDDEN,
        language,
        language.say("This form does not count", "Dieses Formular zählt nicht"),
        language.say(
            "It did not come from your account's page, or the page is from an earlier sign-in. Nothing was changed.",
            "Es kam nicht von der Seite des Kontos, oder die Seite stammt aus einer früheren Anmeldung. Nichts wurde geändert.",
        ),
    )
}

/// What is not there, or is not theirs.
pub fn nothing(app: &App, language: Language) -> Response {
    told(
        app,
        StatusCode::NOT_FOUND,
        language,
        language.say("There is nothing here", "Hier ist nichts"),
        language.say("It is gone already, or was never there.", "Es ist schon weg oder war nie da."),
    )
}

/// The page for what failed here.
pub fn failed(app: &App, language: Language, error: &ApiError) -> Response {
    let (status, title, text) = match error {
        ApiError::NotFound => return nothing(app, language),
        ApiError::RateLimited { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            language.say("Too many attempts", "Zu viele Versuche"),
            language.say("Wait for a minute, then try again.", "Warte eine Minute und versuche es dann noch einmal."),
        ),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            language.say("That did not work", "Das ging nicht"),
            language.say(
                "The server could not do it just now. Try again in a moment.",
                "Der Server konnte das gerade nicht. Versuche es gleich noch einmal.",
            ),
        ),
    };
    told(app, status, language, title, text)
}
