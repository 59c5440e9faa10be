//! The way in: by a pairing code, or at the provider that the operator chose.
//!
//! What must hold: wrong codes are counted by network and overall, together with those of `POST /pair`; a code works once, whichever of
//! the two takes it.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use uuid::Uuid;

use super::super::peer::{Peer, client_address};
use super::super::problem::ApiError;
use super::super::{AppState, auth};
use super::ROOT;
use super::guard::{Cookie, failed, form};
use super::shell::{back, esc, page};
use super::words::Language;
use crate::account_id::AccountId;
use crate::accounts::secret::CookieSecret;
use crate::app::App;
use crate::entropy;
use crate::hits::headers::agent;
use crate::pairing;
use crate::store::codes::Redeemed;
use crate::store::sessions::{NewSession, Way};

/// A browser's name is cut to this many letters.
const MAX_AGENT: usize = 120;

/// The page, with what went wrong.
pub fn page_for(app: &App, status: StatusCode, language: Language, wrong: Option<&str>) -> Response {
    let say = |english, german| language.say(english, german);
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    let wrong = wrong.map(|text| format!("<p class=\"bad\" role=\"alert\">{}</p>", esc(text))).unwrap_or_default();
    let provider = app.settings.sign_in.as_ref().map(|provider| {
        let (with, name) = (say("Sign in with", "Anmelden mit"), esc(&provider.options.name));
        let label = say("Invitation code, if you were given one", "Einladungscode, falls du einen hast");
        format!(
            "<form method=\"post\" action=\"{root}/provider\"><label>{label}\
             <input name=\"invitation\" maxlength=\"40\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\"></label>\
             <button class=\"main\">{with} {name}</button></form>"
        )
    });
    let body = format!(
        "<main class=\"slip\"><h1>{title}</h1>{wrong}{provider}\
         <form method=\"post\" action=\"{root}/code\"><label>{code}\
         <input name=\"code\" required maxlength=\"40\" autocomplete=\"one-time-code\" autocapitalize=\"characters\" spellcheck=\"false\"></label>\
         <p class=\"quiet\">{hint}</p><button{main}>{go}</button></form></main>\n",
        title = say("Sign in to your account", "Am Konto anmelden"),
        main = if provider.is_some() { "" } else { " class=\"main\"" },
        provider = provider.unwrap_or_default(),
        code = say("Pairing code", "Kopplungscode"),
        hint = say("The server prints one with “waxwing pair”.", "Der Server gibt mit „waxwing pair“ einen aus."),
        go = say("Sign in", "Anmelden"),
    );
    page(app, status, language, say("Sign in", "Anmelden"), &body)
}

/// `POST /account/code`: a code becomes a session.
pub async fn by_code(
    State(app): AppState,
    axum::Extension(Peer(peer)): axum::Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let language = Language::of(&headers, None);
    let form = match form(&app, &headers, body).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let (now, address) = (app.clock.now(), client_address(peer, &headers, &app.settings.trusted_proxies));
    if let Err(error) = app.limits.before_pairing(address, now) {
        return failed(&app, language, &error);
    }
    let cookie = match NewCookie::of(&app, &headers) {
        Ok(cookie) => cookie,
        Err(error) => return failed(&app, language, &error),
    };
    let taken = match pairing::normalise(form.get("code")) {
        None => Ok(Redeemed::Unknown),
        // The one that a browser asked for, or one that pairs, as an operator has.
        Some(code) => match app.store.sign_in(auth::sign_in_hash(&code), &cookie.session(), Way::Code, now).await {
            Ok(Redeemed::Unknown) => app.store.sign_in(auth::hash(&code), &cookie.session(), Way::Operator, now).await,
            taken => taken,
        },
    };
    let wrong = match taken {
        Ok(Redeemed::Good(_)) => {
            app.limits.after_pairing(address);
            let mut response = back(&app, ROOT);
            Cookie::Session.put(&app, &mut response, Some(&cookie.begun()));
            return response;
        }
        Ok(Redeemed::Unknown) => language.say("There is no such code.", "Diesen Code gibt es nicht."),
        Ok(Redeemed::Expired) => {
            language.say("This code has expired. Make a new one.", "Dieser Code ist abgelaufen. Lass einen neuen machen.")
        }
        Ok(Redeemed::Used) => language
            .say("This code was used before. Make a new one.", "Dieser Code wurde schon benutzt. Lass einen neuen machen."),
        Ok(Redeemed::Suspended) => language.say("This account is suspended.", "Dieses Konto ist gesperrt."),
        Err(error) => return failed(&app, language, &error.into()),
    };
    page_for(&app, StatusCode::FORBIDDEN, language, Some(app.not_let_in.code(wrong)))
}

/// What a session of this browser would be, once it begins.
struct NewCookie {
    secret: CookieSecret,
    id: Uuid,
    agent: String,
    before: Vec<[u8; 32]>,
}

impl NewCookie {
    fn of(app: &App, headers: &HeaderMap) -> Result<Self, ApiError> {
        let agent = agent(headers).unwrap_or_default().chars().filter(|c| !c.is_control()).take(MAX_AGENT).collect();
        let before = Cookie::Session.all(app, headers).iter().map(CookieSecret::hash).collect();
        Ok(Self { secret: CookieSecret::new(app.entropy.as_ref())?, id: entropy::uuid(app.entropy.as_ref())?, agent, before })
    }

    fn session(&self) -> NewSession<'_> {
        NewSession { hash: self.secret.hash(), id: self.id, agent: &self.agent, before: &self.before }
    }

    /// What the browser's cookie has to hold, now that it began.
    fn begun(self) -> CookieSecret {
        tracing::info!(session = %self.id, "somebody signed in to the account's page");
        self.secret
    }
}

/// Begins a session of this browser, which a provider sent; what its cookie has to hold.
pub async fn begin(app: &App, headers: &HeaderMap, account: AccountId) -> Result<CookieSecret, ApiError> {
    let cookie = NewCookie::of(app, headers)?;
    app.store.begin_session(&cookie.session(), account, Way::Provider, app.clock.now()).await?;
    Ok(cookie.begun())
}
