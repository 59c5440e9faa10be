//! Who pulls: a service account, by the key that Google handed out for it (RFC 7523: what it signs becomes an access token).
//!
//! What must hold: the key is read from its file each time it is needed, wiped afterwards, and in no error.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::json;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Trouble;
use zeroize::Zeroizing;

use super::super::google::Google;
use super::super::oauth;
use super::PushTrouble;

/// The right to pull and to acknowledge.
const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
/// What is signed is good for so many seconds: the longest that Google takes.
const LIFETIME: i64 = 3_600;
/// An access token is not used for its last so many milliseconds.
const SPARE: Millis = 60_000;
/// The longest a token is used.
const LONGEST: Millis = 60 * 60_000;
/// A key file is shorter than this.
const MAX_FILE: u64 = 64 * 1024;

/// The key, and the access token that it was exchanged for.
#[derive(Debug)]
pub(super) struct Key {
    path: PathBuf,
    token: tokio::sync::Mutex<Option<Access>>,
}

struct Access {
    token: Arc<Zeroizing<String>>,
    good_until: Millis,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access(…)")
    }
}

/// What is used of the file.
#[derive(Deserialize)]
struct KeyFile {
    #[serde(default)]
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    #[serde(default)]
    private_key: Zeroizing<String>,
}

impl Key {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, token: tokio::sync::Mutex::default() }
    }

    /// An access token.
    pub(super) async fn token(&self, google: &Google, now: Millis) -> Result<Arc<Zeroizing<String>>, PushTrouble> {
        let mut kept = self.token.lock().await;
        // One that claims to be good for much longer than it can be is not believed: the clock was moved back.
        if let Some(access) = kept.as_ref()
            && (now..=now.saturating_add(LONGEST)).contains(&access.good_until.saturating_sub(SPARE))
        {
            return Ok(Arc::clone(&access.token));
        }
        let file = read(&self.path).await.map_err(|why| PushTrouble::Key { path: self.path.clone(), why })?;
        let assertion = file.assertion(&google.endpoints.token, now.div_euclid(1_000));
        let assertion = assertion.map_err(|why| PushTrouble::Key { path: self.path.clone(), why: why.to_owned() })?;
        let granted = oauth::assert(google, &assertion).await.map_err(|error| match error.trouble {
            Trouble::GrantRevoked | Trouble::ClientRefused | Trouble::RightMissing => PushTrouble::KeyRefused,
            trouble => PushTrouble::Away(trouble),
        })?;
        let token = Arc::new(granted.access_token);
        let lifetime = Millis::from(granted.expires_in).saturating_mul(1_000).clamp(2 * SPARE, LONGEST);
        *kept = Some(Access { token: Arc::clone(&token), good_until: now.saturating_add(lifetime) });
        Ok(token)
    }

    /// This one was not taken.
    pub(super) async fn drop_token(&self, refused: &Arc<Zeroizing<String>>) {
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|access| Arc::ptr_eq(&access.token, refused)) {
            *kept = None;
        }
    }
}

async fn read(path: &Path) -> Result<KeyFile, String> {
    let said = |error: io::Error| error.to_string();
    let size = tokio::fs::metadata(path).await.map_err(said)?.len();
    if size > MAX_FILE {
        return Err("it is too long for a key".to_owned());
    }
    let bytes = Zeroizing::new(tokio::fs::read(path).await.map_err(said)?);
    // What serde says of it might repeat a part of it.
    serde_json::from_slice(&bytes).map_err(|_| "it is not the JSON file that Google hands out for a service account".to_owned())
}

impl KeyFile {
    /// Says who we are, for the token endpoint at `audience`.
    fn assertion(&self, audience: &str, now_secs: i64) -> Result<Zeroizing<String>, &'static str> {
        if !self.client_email.contains('@') {
            return Err("it names no service account (client_email)");
        }
        let body: Zeroizing<String> = Zeroizing::new(
            self.private_key.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("-----")).collect(),
        );
        let der = STANDARD.decode(body.as_bytes()).map(Zeroizing::new).map_err(|_| "its private key is not in PEM form")?;
        let key = RsaKeyPair::from_pkcs8(&der).map_err(|_| "its private key is no RSA key")?;
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.private_key_id });
        let claims = json!({
            "iss": self.client_email, "scope": SCOPE, "aud": audience, "iat": now_secs, "exp": now_secs.saturating_add(LIFETIME),
        });
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "its private key cannot sign")?;
        Ok(Zeroizing::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_key_is_said_without_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.json");
        assert!(read(&path).await.is_err());
        for (text, says) in [
            ("needle", "is not the JSON file"),
            ("[\"needle\"]", "no service account"),
            ("{\"private_key\":{\"needle\":1}}", "is not the JSON file"),
            ("{\"private_key\":\"needle\"}", "no service account"),
            ("{\"private_key\":\"needle!\",\"client_email\":\"a@b\"}", "not in PEM form"),
            ("{\"private_key\":\"-----BEGIN X-----\\nbmVlZGxl\\n\",\"client_email\":\"a@b\"}", "no RSA key"),
            (&format!("{{\"private_key\":\"{}\"}}", "n".repeat(70_000)), "too long"),
        ] {
            std::fs::write(&path, text).unwrap();
            let why = match read(&path).await {
                Ok(file) => file.assertion("x", 0).unwrap_err().to_owned(),
                Err(why) => why,
            };
            assert!(why.contains(says) && !why.contains("needle"), "{text}: {why}");
        }
    }
}
