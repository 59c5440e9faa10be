//! What the operator chose for mailboxes, and how a stored row becomes a mailbox.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use futures_util::future::{BoxFuture, FutureExt as _};
use rustls_platform_verifier::BuilderVerifierExt as _;
use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{self, ClientConfig};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, ConnectImap, ConnectStep, ConnectStepKind, MailServers, MailboxKind, Trouble};

use super::gmail::{self, GmailConfig, GmailMailbox, GmailSecret, Google};
use super::imap::{ImapConfig, ImapSecret, ImapSmtp};
use super::registry::{Mailboxes, Vault};
use super::{Ledger, Mailbox, MailboxError, imap};
use crate::seal::Seal;
use crate::store::mailboxes::StoredMailbox;

/// What the operator chose for mailboxes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Seals secrets.
    pub seal: Seal,
    /// Google: its endpoints and the operator's client there.
    pub google: Arc<Google>,
    /// Certificates that mail servers may show besides those that this machine trusts.
    pub mail_ca: Arc<Vec<CertificateDer<'static>>>,
    /// Made when first needed: certificates of this machine are read then.
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
    fakes: Fakes,
}

/// Mailboxes in the place of those that rows describe, by their address.
#[derive(Clone, Default)]
struct Fakes(Arc<HashMap<String, Arc<dyn Mailbox>>>);

impl std::fmt::Debug for Fakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fakes").field(&self.0.len()).finish()
    }
}

impl Options {
    /// With these.
    pub fn new(seal: Seal, google: Google, mail_ca: Vec<CertificateDer<'static>>) -> Self {
        Self { seal, google: Arc::new(google), mail_ca: Arc::new(mail_ca), tls: Arc::default(), fakes: Fakes::default() }
    }

    /// With mailboxes in the place of those that rows of these addresses (in lower case) describe, from their first call on: for
    /// tests and measurements.
    #[must_use]
    pub fn with_fakes(mut self, fakes: impl IntoIterator<Item = (String, Arc<dyn Mailbox>)>) -> Self {
        self.fakes = Fakes(Arc::new(fakes.into_iter().collect()));
        self
    }

    /// How mail servers' certificates are checked: as this machine does, and by the operator's own authorities.
    pub fn tls(&self) -> Result<Arc<ClientConfig>, MailboxError> {
        if let Some(tls) = self.tls.get() {
            return Ok(Arc::clone(tls));
        }
        let tls = client_config(&self.mail_ca).map_err(|error| {
            tracing::error!(%error, "this machine's certificates cannot be read: mail servers cannot be checked");
            MailboxError::new(Trouble::Certificate)
        })?;
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(tls))))
    }

    /// The mailbox of a row. What is stored and cannot be read is like a lost key: its owner connects it anew.
    pub(super) fn open(
        &self,
        row: &StoredMailbox,
        secret: &[u8],
        mailboxes: &Mailboxes,
    ) -> Result<Arc<dyn Mailbox>, MailboxError> {
        if let Some(fake) = self.fakes.0.get(&row.address) {
            return Ok(Arc::clone(fake));
        }
        Ok(match row.kind {
            MailboxKind::Imap => {
                let (config, secret): (ImapConfig, ImapSecret) = (read(row.config.as_bytes())?, read(secret)?);
                Arc::new(ImapSmtp::open(config, secret, self.tls()?))
            }
            MailboxKind::Gmail => Arc::new(self.gmail(row, read(secret)?, mailboxes)),
        })
    }

    fn gmail(&self, row: &StoredMailbox, secret: GmailSecret, mailboxes: &Mailboxes) -> GmailMailbox {
        let keeper = KeepGrant { vault: mailboxes.vault(), id: row.id, connected_at: row.connected_at };
        GmailMailbox::open(Arc::clone(&self.google), secret, Arc::new(keeper), mailboxes.clock()).of(&row.address)
    }

    /// Goes the steps of connecting with what is stored.
    pub async fn test(
        &self,
        row: &StoredMailbox,
        secret: &[u8],
        mailboxes: &Mailboxes,
        ledger: &dyn Ledger,
    ) -> Vec<ConnectStep> {
        let failed = |step, error: MailboxError| ConnectStep { step, trouble: Some(error.trouble), said: error.said };
        match row.kind {
            MailboxKind::Imap => {
                let stored = read(row.config.as_bytes()).and_then(|config| Ok((config, read(secret)?, self.tls()?)));
                let (config, secret, tls): (ImapConfig, ImapSecret, _) = match stored {
                    Ok(stored) => stored,
                    Err(error) => return vec![failed(ConnectStepKind::Imap, error)],
                };
                let ImapConfig { address, user, imap, smtp, .. } = config;
                let ask =
                    ConnectImap { address, password: secret.password, user: Some(user), imap: Some(imap), smtp: Some(smtp) };
                let (steps, connected) = imap::connect(&ask, &tls).await;
                ledger.write(AccessAction::SignIn, connected.is_some());
                steps
            }
            MailboxKind::Gmail => {
                let step = ConnectStepKind::Gmail;
                let mailbox = match read(secret) {
                    Ok(secret) => self.gmail(row, secret, mailboxes),
                    Err(error) => return vec![failed(step, error)],
                };
                match mailbox.address(ledger).await {
                    Ok(address) if address == row.address => vec![ConnectStep { step, trouble: None, said: None }],
                    Ok(_) => vec![failed(step, MailboxError::new(Trouble::Protocol))],
                    Err(error) => vec![failed(step, error)],
                }
            }
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, MailboxError> {
    serde_json::from_slice(json).map_err(|_| MailboxError::new(Trouble::KeyLost))
}

fn client_config(more: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    if more.is_empty() {
        return Ok(builder.with_platform_verifier()?.with_no_client_auth());
    }
    let verifier = Verifier::new_with_extra_roots(more.iter().cloned(), provider)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// Reads the certificates of a PEM file: at least one.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?.collect();
    match found {
        Ok(found) if found.is_empty() => Err("it holds no certificate in PEM form".to_owned()),
        Ok(found) => Ok(found),
        Err(error) => Err(error.to_string()),
    }
}

/// The rights that a mailbox's grant holds.
pub(super) fn rights(row: &StoredMailbox) -> Vec<String> {
    match row.kind {
        MailboxKind::Imap => Vec::new(),
        MailboxKind::Gmail => serde_json::from_str::<GmailConfig>(&row.config).unwrap_or_default().rights,
    }
}

/// How a mailbox is reached by IMAP and SMTP.
pub(super) fn servers(row: &StoredMailbox) -> Option<MailServers> {
    match row.kind {
        MailboxKind::Imap => {
            let imap::ImapConfig { user, imap, smtp, .. } = serde_json::from_str(&row.config).ok()?;
            Some(MailServers { user, imap, smtp })
        }
        MailboxKind::Gmail => None,
    }
}

/// Keeps a grant that Google replaced.
struct KeepGrant {
    vault: Vault,
    id: Uuid,
    connected_at: Millis,
}

impl gmail::Keeper for KeepGrant {
    fn keep<'a>(&'a self, refresh_token: &'a str) -> BoxFuture<'a, ()> {
        async move {
            let secret = GmailSecret { refresh_token: refresh_token.to_owned().into() };
            self.vault.keep(self.id, self.connected_at, &secret).await;
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    #[tokio::test]
    async fn an_authority_of_the_operators_own_is_trusted_and_no_other() {
        let ca_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(params, ca_key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(server));
            while let Ok((stream, _)) = listener.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        std::fs::write(&file, ca.pem()).unwrap();
        let reach = async |mail_ca| {
            let options = Options::new(Seal::none(), Google::default(), mail_ca);
            let connector = TlsConnector::from(options.tls().unwrap());
            let stream = TcpStream::connect(address).await.unwrap();
            connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.map(drop)
        };
        reach(certificates(&file).unwrap()).await.unwrap();
        let refused = reach(Vec::new()).await.unwrap_err();
        assert!(refused.to_string().contains("certificate"), "{refused}");
    }

    #[test]
    fn what_is_no_file_of_certificates() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        assert!(certificates(&file).is_err());
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&file, text).unwrap();
            assert!(certificates(&file).is_err(), "{text}");
        }
    }
}
