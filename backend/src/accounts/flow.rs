//! One sign-in at a provider: state, nonce and PKCE's verifier, all of them derived from what the browser's cookie holds, so that an answer
//! fits to no other browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use waxwing_protocol::Millis;

use super::secret::CookieSecret;

/// How long somebody may take at the provider.
pub const PATIENCE: Millis = 10 * 60 * 1000;

/// See the file's head.
#[derive(Debug)]
pub struct Flow(CookieSecret);

impl Flow {
    /// Of a browser.
    pub fn of(secret: CookieSecret) -> Self {
        Self(secret)
    }

    /// What the provider sends back.
    pub fn state(&self) -> String {
        self.0.derive("sign-in state")
    }

    /// Whether this is what was sent.
    pub fn is_state(&self, state: &str) -> bool {
        self.0.fits("sign-in state", state)
    }

    /// What the ID token has to hold.
    pub fn nonce(&self) -> String {
        self.0.derive("sign-in nonce")
    }

    /// What only this sign-in can show.
    pub fn verifier(&self) -> String {
        self.0.derive("sign-in verifier")
    }

    /// What is shown of the verifier before (S256).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()))
    }
}
