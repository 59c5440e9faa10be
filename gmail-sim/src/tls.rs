//! A certificate of its own for Google's hosts. A browser is told to take it by its key's hash or by ignoring errors.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the server needs, and what a browser can be told with `--ignore-certificate-errors-spki-list`.
pub(crate) struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    /// Base64 of the SHA-256 of the public key.
    pub(crate) spki: String,
}

const HOSTS: [&str; 4] = ["mail.google.com", "*.googleusercontent.com", "localhost", "127.0.0.1"];

#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("making the certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("setting up TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

pub(crate) fn identity() -> Result<Identity, TlsError> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(HOSTS.map(str::to_owned))?.self_signed(&key)?;
    let hash = aws_lc_rs_digest(&key.subject_public_key_info());
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Identity { config: Arc::new(config), spki: STANDARD.encode(hash) })
}

fn aws_lc_rs_digest(bytes: &[u8]) -> Vec<u8> {
    ::aws_lc_rs::digest::digest(&::aws_lc_rs::digest::SHA256, bytes).as_ref().to_vec()
}
