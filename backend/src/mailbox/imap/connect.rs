//! Connecting a mailbox: each step is tried and told, and the first that fails is the last.

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig;
use waxwing_protocol::api::{ConnectImap, ConnectStep, ConnectStepKind, Trouble};

use super::super::{MailboxError, said, smtp};
use super::folders::{self, Folders};
use super::providers::{Servers, password, servers};
use super::session::{Limits, Session};
use super::{ImapConfig, ImapSecret};

/// Somebody waits for the test.
const PATIENCE: Duration = Duration::from_secs(20);

/// What there is to go through, with what each step gave.
struct Steps {
    gone: Vec<ConnectStep>,
    /// Name and password, once they are told to a server: what it says from then on must not repeat them.
    told: Option<(String, String)>,
}

impl Steps {
    fn after<T>(&mut self, step: ConnectStepKind, result: Result<T, MailboxError>) -> Option<T> {
        let (value, error) = match result {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        };
        let error = match &self.told {
            Some((user, password)) => error.map(|error| said::without_password(error, user, password)),
            None => error,
        };
        let said = error.as_ref().and_then(|error| error.said.clone());
        self.gone.push(ConnectStep { step, trouble: error.map(|error| error.trouble), said });
        value
    }
}

/// Tries to connect. The steps that were gone; the mailbox's configuration when all went well.
pub async fn connect(ask: &ConnectImap, tls: &Arc<ClientConfig>) -> (Vec<ConnectStep>, Option<ImapConfig>) {
    connect_within(ask, tls, PATIENCE).await
}

/// The same with a time limit of one's own, for each thing that is waited for.
pub async fn connect_within(
    ask: &ConnectImap,
    tls: &Arc<ClientConfig>,
    limit: Duration,
) -> (Vec<ConnectStep>, Option<ImapConfig>) {
    let mut steps = Steps { gone: Vec::new(), told: None };
    let config = through(ask, tls, limit, &mut steps).await;
    (steps.gone, config)
}

async fn through(ask: &ConnectImap, tls: &Arc<ClientConfig>, limit: Duration, steps: &mut Steps) -> Option<ImapConfig> {
    use ConnectStepKind as Kind;
    let known = match servers(ask) {
        Some(Servers::At { imap, smtp }) => Ok((imap, smtp)),
        Some(Servers::NoPassword) => Err(MailboxError::new(Trouble::NotOffered)),
        None => Err(MailboxError::new(Trouble::Unreachable)),
    };
    let (imap, submission) = match known {
        Ok(servers) => servers,
        Err(error) => return steps.after(Kind::Imap, Err(error)),
    };
    let user = ask.user.clone().filter(|user| !user.is_empty()).unwrap_or_else(|| ask.address.trim().to_owned());
    let secret = password(&imap, &ask.password);

    let mut session = steps.after(Kind::Imap, Session::reach(&imap, tls, Limits::all(limit)).await)?;
    steps.told = Some((user.clone(), secret.clone()));
    steps.after(Kind::ImapSignIn, session.sign_in(&user, &secret).await)?;
    let gmail = session.is_gmail();
    let folders = steps.after(Kind::Folders, find_folders(&mut session).await)?;
    session.log_out().await;

    let reached = smtp::Session::open(&submission, tls, smtp::Limits::all(limit)).await;
    let mut session = steps.after(Kind::Smtp, reached)?;
    steps.after(Kind::SmtpSignIn, session.sign_in(&user, &secret).await)?;
    session.quit().await;

    let address = ask.address.trim().to_lowercase();
    Some(ImapConfig { address, user, imap, smtp: submission, folders, gmail })
}

async fn find_folders(session: &mut Session) -> Result<Folders, MailboxError> {
    folders::find(session).await?.ok_or_else(|| MailboxError::new(Trouble::NoDrafts))
}

impl ImapSecret {
    /// The secret that is sealed for a mailbox that was connected.
    pub fn of(ask: &ConnectImap, config: &ImapConfig) -> Self {
        Self { password: password(&config.imap, &ask.password) }
    }
}
