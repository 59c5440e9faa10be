//! `GET /oauth/google/callback`: where Google's page leads back to. A small page that says that the mailbox is connected, or
//! what went wrong and the way on.
//!
//! What must hold: the state fits a sign-in that began here, is used up by the first who brings it, and only its account gets
//! the mailbox; the code goes to Google and nowhere else; nothing of what comes in the address is logged or shown.

mod words;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use url::form_urlencoded;
use uuid::Uuid;
use waxwing_protocol::api::{AccessAction, AccessReason, MailboxKind, Trouble};
use zeroize::Zeroizing;

use self::words::{Language, Said};
use super::{AppState, auth};
use crate::app::App;
use crate::mailbox::gmail::oauth::{self, Granted};
use crate::mailbox::gmail::{GmailConfig, GmailMailbox, GmailSecret};
use crate::mailbox::registry::{NoKeeper, NoLedger};
use crate::mailbox::{Ledger as _, MailboxError, Purpose};
use crate::seal::Place;
use crate::store::StoreError;
use crate::store::mailboxes::PendingGrant;

/// The path. It is part of what an operator registers at Google.
pub const CALLBACK: &str = "/oauth/google/callback";
/// A state of ours, in base64url.
const STATE_LEN: usize = 43;
/// Google's codes are far shorter.
const MAX_CODE: usize = 2_048;

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

/// What Google's page sent along.
#[derive(Default)]
struct Answer {
    state: Option<String>,
    code: Option<Zeroizing<String>>,
    error: Option<String>,
}

impl Answer {
    fn read(query: &str) -> Self {
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
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

/// Google leads back here.
pub async fn callback(State(app): AppState, method: Method, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = Language::of(&headers);
    // Whatever looks at addresses without opening them must not use one up.
    if method != Method::GET {
        return words::page(StatusCode::METHOD_NOT_ALLOWED, language, Said::Unknown, None);
    }
    let answer = Answer::read(query.as_deref().unwrap_or_default());
    let failed = match connect(&app, answer).await {
        Ok((address, account)) => {
            return words::page(StatusCode::OK, language, Said::Connected, Some((&address, &account)));
        }
        Err(failed) => failed,
    };
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

/// The address of the mailbox that was connected, and the name of the account that has it now.
async fn connect(app: &App, answer: Answer) -> Result<(String, String), Failed> {
    let state = answer.state.filter(|state| state.len() == STATE_LEN && state.is_ascii()).ok_or(Failed::Unknown)?;
    let hash = auth::hash(&state);
    let PendingGrant { account, verifier, expired } =
        app.store.take_pending_grant(hash, app.clock.now()).await?.ok_or(Failed::Unknown)?;
    if expired {
        return Err(Failed::Expired);
    }
    match answer.error.as_deref() {
        None => {}
        Some("access_denied") => return Err(Failed::Denied),
        Some(_) => return Err(Failed::Refused),
    }
    let code = answer.code.filter(|code| !code.is_empty() && code.len() <= MAX_CODE).ok_or(Failed::Refused)?;
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
    let purpose = Purpose { reason: AccessReason::Asked, scheduled: None };
    app.mailboxes.ledger(row.id, purpose).write(AccessAction::SignIn, true);
    tracing::info!(mailbox = %row.id, "a mailbox was connected by Gmail's API");
    Ok((address, account.name))
}
