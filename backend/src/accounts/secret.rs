//! What a browser's cookie holds: 32 random bytes. Everything else that has to fit to it is derived, so that nothing secret is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::entropy::{self, Entropy};

/// The length of one as text.
const LEN: usize = 43;

/// See the file's head.
pub struct CookieSecret(Zeroizing<String>);

impl std::fmt::Debug for CookieSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CookieSecret(…)")
    }
}

impl CookieSecret {
    /// A new one.
    pub fn new(entropy: &dyn Entropy) -> std::io::Result<Self> {
        let bytes = Zeroizing::new(entropy::bytes::<32>(entropy)?);
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))))
    }

    /// One that came back. `None`: it is not of the form.
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == LEN && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// As it stands in the cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What it is stored as.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Text of 43 letters for one purpose, which tells nothing of the secret or of the others.
    pub fn derive(&self, purpose: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }

    /// Whether `text` is what is derived for this purpose, in a time that does not tell how far it fits.
    pub fn fits(&self, purpose: &str, text: &str) -> bool {
        self.derive(purpose).as_bytes().ct_eq(text.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn what_is_derived_differs_by_purpose_and_secret() {
        let (one, other) = (CookieSecret::new(&SystemEntropy).unwrap(), CookieSecret::new(&SystemEntropy).unwrap());
        assert!(one.fits("form", &one.derive("form")));
        for wrong in [one.derive("state"), other.derive("form"), String::new(), one.reveal().to_owned()] {
            assert!(!one.fits("form", &wrong));
        }
        assert_eq!(CookieSecret::read(one.reveal()).unwrap().hash(), one.hash());
        for wrong in ["", "short", &"é".repeat(22), &"a".repeat(44), &" ".repeat(43)] {
            assert!(CookieSecret::read(wrong).is_none());
        }
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
