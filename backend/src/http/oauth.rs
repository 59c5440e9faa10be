//! `GET /oauth/google/callback`: where Google's page leads back to. A small page that asks whether the mailbox is to be
//! connected to the account that the sign-in began from. `POST` there is the yes: it connects, and says so, or what went wrong
//! and the way on.
//!
//! What must hold: nothing is connected by an address that is opened, since somebody else may have begun this sign-in and sent
//! its link; whoever owns the mailbox reads which account gets it, and says yes. The state fits a sign-in that began here, is
//! used up by the first yes or no that brings it, and only its account gets the mailbox. The code goes to Google and nowhere
//! else but into the form that this page has for it; nothing of what comes in the address is logged or shown.

mod words;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use url::form_urlencoded;
use uuid::Uuid;
use waxwing_protocol::api::{AccessAction, AccessReason, MailboxKind, Trouble};
use zeroize::Zeroizing;

pub(super) use self::words::Language;
use self::words::Said;
use super::{AppState, auth};
use crate::app::App;
use crate::mailbox::gmail::oauth::{self, Granted};
use crate::mailbox::gmail::{GmailConfig, GmailMailbox, GmailSecret};
use crate::mailbox::registry::{NoKeeper, NoLedger};
use crate::mailbox::{Ledger as _, MailboxError, Purpose};
use crate::seal::Place;
use crate::store::StoreError;
use crate::store::grants::PendingGrant;

/// The path. It is part of what an operator registers at Google.
pub const CALLBACK: &str = "/oauth/google/callback";
/// A state of ours, in base64url.
const STATE_LEN: usize = 43;
/// Google's codes have at most 256 bytes.
const MAX_CODE: usize = 1_024;
/// Bytes of the form: both of them, each character as `%XX`.
const FORM_LIMIT: usize = 8 * 1024;

/// The address that Google leads back to.
pub fn redirect_uri(app: &App) -> String {
    format!("{}{CALLBACK}", app.settings.public_url)
}

/// Where a verifier is sealed: its row has no id but the hash of the state, of which half is enough.
pub fn pending_place(state_hash: &[u8; 32]) -> Place<'static> {
    let mut row = [0; 16];
    row.copy_from_slice(&state_hash[..16]);
    Place { table: "grants_pending", column: "verifier", row: Uuid::from_bytes(row) }
}

/// Why no mailbox was connected.
#[derive(Debug)]
enum Failed {
    /// No such sign-in, or its answer came before.
    Unknown,
    /// It took longer than ten minutes.
    Expired,
    /// The person said no.
    Denied,
    /// Google said something else than yes or no.
    Refused,
    /// A right was left out.
    RightMissing,
    /// Google gave no lasting grant.
    NotLasting,
    /// A call to Google failed.
    Google(MailboxError),
    /// The backend cannot seal or store.
    Here,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a mailbox could not be connected");
        Self::Here
    }
}

impl From<MailboxError> for Failed {
    fn from(error: MailboxError) -> Self {
        match error.trouble {
            Trouble::RightMissing => Self::RightMissing,
            _ => Self::Google(error),
        }
    }
}

/// What Google's page sent along, and the form sends on.
#[derive(Default)]
struct Answer {
    state: Option<String>,
    code: Option<Zeroizing<String>>,
    error: Option<String>,
}

impl Answer {
    fn read(query: &[u8]) -> Self {
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query) {
            match name.as_ref() {
                "state" => answer.state = Some(value.into_owned()),
                "code" => answer.code = Some(Zeroizing::new(value.into_owned())),
                "error" => answer.error = Some(value.into_owned()),
                _ => {}
            }
        }
        answer
    }
}

/// Google leads back here: asks whether this mailbox is to be connected to that account.
pub async fn callback(State(app): AppState, method: Method, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = Language::of(&headers);
    // Whatever looks at addresses without opening them must not use one up.
    if method != Method::GET {
        return words::page(StatusCode::METHOD_NOT_ALLOWED, language, Said::Unknown, None);
    }
    match ask(&app, Answer::read(query.unwrap_or_default().as_bytes())).await {
        Ok(Question { account, state, code }) => words::question(language, &account, &state, &code),
        Err(failed) => told(language, &failed),
    }
}

/// The form of that page comes here: connects.
pub async fn agreed(State(app): AppState, headers: HeaderMap, body: Body) -> Response {
    let language = Language::of(&headers);
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let form = match Limited::new(body, FORM_LIMIT).collect().await {
        Ok(form) if is_form => Zeroizing::new(form.to_bytes().to_vec()),
        _ => return told(language, &Failed::Unknown),
    };
    match connect(&app, Answer::read(&form)).await {
        Ok((address, account)) => words::page(StatusCode::OK, language, Said::Connected, Some((&address, &account))),
        Err(failed) => told(language, &failed),
    }
}

/// The page for what went wrong.
fn told(language: Language, failed: &Failed) -> Response {
    tracing::info!(?failed, "a sign-in at Google led to no mailbox");
    let (status, said) = match failed {
        Failed::Unknown => (StatusCode::BAD_REQUEST, Said::Unknown),
        Failed::Expired => (StatusCode::BAD_REQUEST, Said::Expired),
        Failed::Denied => (StatusCode::OK, Said::Denied),
        Failed::Refused | Failed::NotLasting => (StatusCode::BAD_GATEWAY, Said::Refused),
        Failed::RightMissing => (StatusCode::OK, Said::RightMissing),
        Failed::Google(error) => match error.trouble {
            Trouble::ClientRefused => (StatusCode::BAD_GATEWAY, Said::ClientRefused),
            Trouble::GrantRevoked => (StatusCode::BAD_REQUEST, Said::Expired),
            _ => (StatusCode::BAD_GATEWAY, Said::GoogleAway),
        },
        Failed::Here => (StatusCode::SERVICE_UNAVAILABLE, Said::Here),
    };
    words::page(status, language, said, None)
}

/// What is asked before a mailbox is connected.
struct Question {
    /// The name of the account that would have it.
    account: String,
    state: String,
    code: Zeroizing<String>,
}

/// What to ask. A no at Google uses the sign-in up; a yes leaves it for the form.
async fn ask(app: &App, answer: Answer) -> Result<Question, Failed> {
    let (state, hash) = stated(answer.state)?;
    let now = app.clock.now();
    let pending = match answer.error {
        None => app.store.pending_grant(hash, now).await?,
        Some(_) => app.store.take_pending_grant(hash, now).await?,
    };
    let PendingGrant { account, expired, .. } = pending.ok_or(Failed::Unknown)?;
    if expired {
        return Err(Failed::Expired);
    }
    match answer.error.as_deref() {
        None => {}
        Some("access_denied") => return Err(Failed::Denied),
        Some(_) => return Err(Failed::Refused),
    }
    let code = coded(answer.code)?;
    let account = app.store.account(account).await?.ok_or(Failed::Unknown)?.name;
    Ok(Question { account, state, code })
}

/// A state of ours, and what it is known by.
fn stated(state: Option<String>) -> Result<(String, [u8; 32]), Failed> {
    let state = state.filter(|state| state.len() == STATE_LEN && state.is_ascii()).ok_or(Failed::Unknown)?;
    let hash = auth::hash(&state);
    Ok((state, hash))
}

/// A code as Google makes them: it stands in a form, and comes back as it was.
fn coded(code: Option<Zeroizing<String>>) -> Result<Zeroizing<String>, Failed> {
    let fits = |code: &str| !code.is_empty() && code.len() <= MAX_CODE && code.bytes().all(|b| b.is_ascii_graphic());
    code.filter(|code| fits(code)).ok_or(Failed::Refused)
}

/// The address of the mailbox that was connected, and the name of the account that has it now.
async fn connect(app: &App, answer: Answer) -> Result<(String, String), Failed> {
    let (_, hash) = stated(answer.state)?;
    let PendingGrant { account, verifier, expired } =
        app.store.take_pending_grant(hash, app.clock.now()).await?.ok_or(Failed::Unknown)?;
    if expired {
        return Err(Failed::Expired);
    }
    let code = coded(answer.code)?;
    let options = app.mailboxes.options();
    let verifier = options.seal.open(pending_place(&hash), &verifier).map_err(|_| Failed::Here)?;
    let verifier = std::str::from_utf8(&verifier).map_err(|_| Failed::Here)?;
    let account = app.store.account(account).await?.ok_or(Failed::Unknown)?;

    let granted = oauth::exchange(&options.google, &code, &redirect_uri(app), verifier).await?;
    if granted.lacks_a_right() {
        return Err(Failed::RightMissing);
    }
    let Granted { refresh_token, rights, .. } = granted;
    let secret = GmailSecret { refresh_token: refresh_token.ok_or(Failed::NotLasting)? };
    let sealed = Zeroizing::new(serde_json::to_vec(&secret).map_err(|_| Failed::Here)?);
    // Shows that the grant lasts, and whose mailbox it is.
    let mailbox = GmailMailbox::open(options.google.clone(), secret, NoKeeper::shared(), app.clock.clone());
    let address = mailbox.address(&NoLedger).await?;
    let rights = rights.unwrap_or_else(|| oauth::RIGHTS.iter().map(|&right| right.to_owned()).collect());
    let config = serde_json::to_string(&GmailConfig { rights }).map_err(|_| Failed::Here)?;
    let row = app.mailboxes.connect(account.id, &address, MailboxKind::Gmail, &config, &sealed).await?;
    app.limits.after_connecting(account.id);
    let purpose = Purpose { reason: AccessReason::Asked, scheduled: None, waiting: None };
    app.mailboxes.ledger(row.id, purpose).write(AccessAction::SignIn, true);
    tracing::info!(mailbox = %row.id, "a mailbox was connected by Gmail's API");
    Ok((address, account.name))
}
