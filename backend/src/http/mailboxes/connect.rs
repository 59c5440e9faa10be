//! `POST /mailboxes`: connects a mailbox by IMAP and SMTP. Each step is tried and told; it is stored only when all went well.
//!
//! Twice, or an address that was disconnected: the same mailbox with the new password. What fails counts against a limit, so
//! that nobody guesses passwords through this backend.

use axum::extract::State;
use waxwing_protocol::api::{AccessAction, ConnectImap, Connecting, MailServer, MailboxKind, Problem, Trouble};
use zeroize::Zeroizing;

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::problem::ApiError;
use super::ASKED;
use crate::mailbox::Ledger as _;
use crate::mailbox::imap::{self, ImapSecret};

/// Bytes of the body.
pub const LIMIT: usize = 16 * 1024;
/// Characters of an address, as RFC 5321 allows them.
const MAX_ADDRESS: usize = 320;
const MAX_PASSWORD: usize = 1_000;
const MAX_HOST: usize = 253;

/// Connects a mailbox.
#[utoipa::path(
    post, path = "/api/v1/mailboxes", tag = "mailboxes", request_body = ConnectImap,
    responses(
        (status = 200, description = "The steps that were gone; the mailbox, when all of them went well.", body = Connecting),
        (status = 400, description = "Not of the form.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate-limited`: too many tries.", body = Problem, content_type = "application/problem+json"),
        (status = 502, description = "`mailbox`: the backend has no master key.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn connect(
    State(app): AppState,
    Device(caller): Device,
    JsonBody(mut ask): JsonBody<ConnectImap, LIMIT>,
) -> Result<Json<Connecting>, ApiError> {
    check(&mut ask)?;
    let account = caller.account.id;
    let options = app.mailboxes.options();
    if !options.seal.is_there() {
        return Err(ApiError::Mailbox(Trouble::KeyLost));
    }
    app.limits.before_connecting(account, app.clock.now())?;
    let tls = options.tls().map_err(|error| ApiError::Mailbox(error.trouble))?;
    let (steps, config) = imap::connect(&ask, &tls).await;
    let Some(config) = config else { return Ok(Json(Connecting { steps, mailbox: None })) };
    app.limits.after_connecting(account);
    let secret = ImapSecret::of(&ask, &config);
    let secret = Zeroizing::new(serde_json::to_vec(&secret).map_err(|_| ApiError::Internal)?);
    let config = serde_json::to_string(&config).map_err(|_| ApiError::Internal)?;
    let row = app.mailboxes.connect(account, &ask.address, MailboxKind::Imap, &config, &secret).await?;
    app.mailboxes.ledger(row.id, ASKED).write(AccessAction::SignIn, true);
    tracing::info!(mailbox = %row.id, "a mailbox was connected by IMAP and SMTP");
    Ok(Json(Connecting { steps, mailbox: Some(app.mailboxes.view(&row).await?) }))
}

/// What could never be right is not tried.
fn check(ask: &mut ConnectImap) -> Result<(), ApiError> {
    ask.address = ask.address.trim().to_lowercase();
    let one_line = |text: &str, max: usize| text.chars().count() <= max && !text.chars().any(char::is_control);
    let parts = ask.address.rsplit_once('@');
    let whole = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if !whole || !one_line(&ask.address, MAX_ADDRESS) || ask.address.contains(char::is_whitespace) {
        return Err(ApiError::BadRequest("address is not a mail address"));
    }
    if ask.password.trim().is_empty() || !one_line(&ask.password, MAX_PASSWORD) {
        return Err(ApiError::BadRequest("password is empty, too long, or has line breaks"));
    }
    if ask.user.as_ref().is_some_and(|user| !one_line(user, MAX_ADDRESS)) {
        return Err(ApiError::BadRequest("user is too long or has line breaks"));
    }
    for server in [&mut ask.imap, &mut ask.smtp].into_iter().flatten() {
        check_server(server)?;
    }
    Ok(())
}

fn check_server(server: &mut MailServer) -> Result<(), ApiError> {
    server.host = server.host.trim().trim_end_matches('.').to_lowercase();
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    if server.host.is_empty() || server.host.len() > MAX_HOST || !server.host.bytes().all(fits) || server.port == 0 {
        return Err(ApiError::BadRequest("a server needs a host's name and a port"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::MailTls;

    use super::*;

    fn ask(address: &str, password: &str, host: Option<(&str, u16)>) -> ConnectImap {
        let server = host.map(|(host, port)| MailServer { host: host.to_owned(), port, tls: MailTls::Implicit });
        ConnectImap { address: address.to_owned(), password: password.to_owned(), user: None, imap: server, smtp: None }
    }

    #[test]
    fn what_cannot_be_right_is_refused() {
        let mut good = ask(" Ann@Example.org ", "p w", Some(("IMAP.example.org.", 993)));
        check(&mut good).unwrap();
        assert_eq!((good.address.as_str(), good.imap.unwrap().host.as_str()), ("ann@example.org", "imap.example.org"));
        for mut bad in [
            ask("ann", "p", None),
            ask("@example.org", "p", None),
            ask("ann@", "p", None),
            ask("ann@example.org\r\nA1 LOGOUT", "p", None),
            ask("a b@example.org", "p", None),
            ask(&format!("{}@example.org", "a".repeat(400)), "p", None),
            ask("ann@example.org", " ", None),
            ask("ann@example.org", "p\r\nQUIT", None),
            ask("ann@example.org", &"p".repeat(2_000), None),
            ask("ann@example.org", "p", Some(("", 993))),
            ask("ann@example.org", "p", Some(("imap.example.org", 0))),
            ask("ann@example.org", "p", Some(("imap.example.org/x", 993))),
            ask("ann@example.org", "p", Some(("user@imap", 993))),
        ] {
            assert!(check(&mut bad).is_err(), "{}", bad.address);
        }
    }
}
