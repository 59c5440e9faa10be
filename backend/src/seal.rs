//! The master key, and what is sealed under it: the passwords and grants of mailboxes, and what a sign-in under way must keep.
//!
//! XChaCha20-Poly1305 with a random nonce. Sealed form: version (1 byte) ‖ nonce (24) ‖ ciphertext and tag. The associated data
//! names table, column and row, so that what was sealed for one row opens in no other.
//!
//! What must hold:
//! - The key and what was opened never reach a log, an error or `Debug`; both are wiped from memory when they are dropped.
//! - Without the key, or with another one, everything but mailboxes goes on: [`Seal`] then opens nothing, and says why.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

use crate::entropy::{self, Entropy};
use crate::secret_file::{KeyError, Kind, from_hex, hex};

/// The name of the file in the data folder.
pub const MASTER_KEY_FILE: &str = "master.key";
/// The environment variable that may hold the key in place of the file.
pub const MASTER_KEY_ENV: &str = "WAXWING_MASTER_KEY";

static MASTER_KEY: Kind = Kind {
    file: MASTER_KEY_FILE,
    name: "master key",
    lost: "without it the owners of all mailboxes have to sign in again",
    open: "whoever has it and the database can read the passwords of mailboxes",
};

/// The form that this version writes.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Where something sealed stands: it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row.
    pub row: Uuid,
}

impl Place<'_> {
    fn associated(&self) -> String {
        format!("{}:{}:{}", self.table, self.column, self.row)
    }
}

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// There is no master key.
    #[error("there is no master key")]
    NoKey,
    /// It was sealed under another key or for another row, or it was changed.
    #[error("it was sealed under another master key, or is damaged")]
    DoesNotOpen,
    /// The system gave no randomness.
    #[error("the system gave no randomness: {0}")]
    Entropy(#[from] std::io::Error),
}

/// Seals and opens. Cheap to clone.
#[derive(Clone, Default)]
pub struct Seal(Option<Arc<Inner>>);

struct Inner {
    cipher: XChaCha20Poly1305,
    fingerprint: String,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Seal(…)" } else { "Seal(none)" })
    }
}

impl Seal {
    /// Without a key: opens nothing and seals nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// The key from the environment when it is given there, or else from the data folder, where it is made when there is none.
    pub fn load_or_create(data_dir: &Path, given: Option<&str>, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        match given {
            Some(text) => Self::from_text(text),
            None => MASTER_KEY.load_or_create(data_dir, entropy).map(Self::from_bytes),
        }
    }

    /// The same, but a missing key is an error.
    pub fn load(data_dir: &Path, given: Option<&str>) -> Result<Self, KeyError> {
        match given {
            Some(text) => Self::from_text(text),
            None => MASTER_KEY.load(data_dir).map(Self::from_bytes),
        }
    }

    fn from_text(text: &str) -> Result<Self, KeyError> {
        let bytes = from_hex(text.trim().as_bytes()).ok_or(KeyError::Given { kind: &MASTER_KEY, given: MASTER_KEY_ENV })?;
        Ok(Self::from_bytes(bytes))
    }

    /// With a key that is already at hand.
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let mut key = Key::from(bytes);
        let cipher = XChaCha20Poly1305::new(&key);
        let fingerprint = hex(&Sha256::new().chain_update(b"waxwing master key").chain_update(bytes).finalize()[..8]);
        key.as_mut_slice().zeroize();
        bytes.zeroize();
        Self(Some(Arc::new(Inner { cipher, fingerprint })))
    }

    /// There is a key.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Names the key without giving it away.
    pub fn fingerprint(&self) -> Option<&str> {
        self.0.as_deref().map(|inner| inner.fingerprint.as_str())
    }

    /// Seals for a place.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        let inner = self.0.as_deref().ok_or(SealError::NoKey)?;
        let nonce: [u8; NONCE] = entropy::bytes(entropy)?;
        let associated = place.associated();
        let payload = Payload { msg: plain, aad: associated.as_bytes() };
        // It fails for texts of 256 GiB alone.
        let sealed = inner.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::DoesNotOpen)?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for a place.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let inner = self.0.as_deref().ok_or(SealError::NoKey)?;
        let (&version, rest) = sealed.split_first().ok_or(SealError::DoesNotOpen)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(SealError::DoesNotOpen)?;
        if version != VERSION {
            return Err(SealError::DoesNotOpen);
        }
        let associated = place.associated();
        let payload = Payload { msg: sealed, aad: associated.as_bytes() };
        inner.cipher.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| SealError::DoesNotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    const HERE: Place<'static> = Place { table: "mailboxes", column: "secret", row: Uuid::from_u128(1) };

    fn seal() -> Seal {
        Seal::from_bytes([7; 32])
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let sealed = seal().seal(HERE, b"needle", &SystemEntropy).unwrap();
        assert_eq!(seal().open(HERE, &sealed).unwrap().as_slice(), b"needle");
        assert!(!sealed.windows(6).any(|bytes| bytes == b"needle"));
        for place in [
            Place { row: Uuid::from_u128(2), ..HERE },
            Place { table: "grants_pending", ..HERE },
            Place { column: "config", ..HERE },
        ] {
            assert!(matches!(seal().open(place, &sealed), Err(SealError::DoesNotOpen)), "{place:?}");
        }
        assert!(matches!(Seal::from_bytes([8; 32]).open(HERE, &sealed), Err(SealError::DoesNotOpen)));
        assert!(matches!(Seal::none().open(HERE, &sealed), Err(SealError::NoKey)));
        assert!(matches!(Seal::none().seal(HERE, b"", &SystemEntropy), Err(SealError::NoKey)));
    }

    #[test]
    fn every_byte_counts() {
        let sealed = seal().seal(HERE, b"", &SystemEntropy).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal().open(HERE, &changed).is_err(), "byte {at}");
            assert!(seal().open(HERE, &sealed[..at]).is_err(), "cut at {at}");
        }
        let again = seal().seal(HERE, b"", &SystemEntropy).unwrap();
        assert_ne!(sealed, again, "each has a nonce of its own");
    }

    #[test]
    fn a_key_given_as_text() {
        let dir = tempfile::tempdir().unwrap();
        let text = "07".repeat(32);
        let given = Seal::load_or_create(dir.path(), Some(&format!("{text}\n")), &SystemEntropy).unwrap();
        assert_eq!(given.fingerprint(), seal().fingerprint());
        assert!(!dir.path().join(MASTER_KEY_FILE).exists(), "no file is made beside it");
        for wrong in ["", "07", &"zz".repeat(32), &"07".repeat(33)] {
            let error = Seal::load(dir.path(), Some(wrong)).unwrap_err();
            assert!(matches!(error, KeyError::Given { .. }));
            assert!(wrong.is_empty() || !error.to_string().contains(wrong));
        }
        assert!(Seal::load(dir.path(), None).unwrap_err().is_missing());
        let made = Seal::load_or_create(dir.path(), None, &SystemEntropy).unwrap();
        assert_eq!(Seal::load(dir.path(), None).unwrap().fingerprint(), made.fingerprint());
        assert!(!format!("{made:?}").contains(made.fingerprint().unwrap()));
    }
}
