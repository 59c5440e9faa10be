//! The master key, and what is sealed under it: the passwords and grants of mailboxes, and what a sign-in under way must keep.
//!
//! XChaCha20-Poly1305 with a random nonce. Sealed form: version (1 byte) ‖ nonce (24) ‖ ciphertext and tag. The associated data
//! names table, column and row, so that what was sealed for one row opens in no other.
//!
//! The key can be changed (`waxwing keys rotate`): the one to come lies beside it meanwhile, and opens too, so that a change that
//! was cut short leaves nothing closed. Only the one in force seals.
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
/// The name of the file with the key to come, while the key is changed.
pub const NEXT_KEY_FILE: &str = "master.key.next";
/// The environment variable that may hold the key to come.
pub const NEXT_KEY_ENV: &str = "WAXWING_MASTER_KEY_NEXT";

static MASTER_KEY: Kind = Kind {
    file: MASTER_KEY_FILE,
    name: "master key",
    lost: "without it the owners of all mailboxes have to sign in again",
    open: "whoever has it and the database can read the passwords of mailboxes",
};

static NEXT_KEY: Kind = Kind {
    file: NEXT_KEY_FILE,
    name: "master key to come",
    lost: "without it the owners of mailboxes that were sealed under it already have to sign in again",
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
    /// The key to come.
    next: Option<XChaCha20Poly1305>,
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
    pub fn load_or_create(data_dir: &Path, given: &Given, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let key = match &given.key {
            Some(text) => from_text(text, &MASTER_KEY, MASTER_KEY_ENV)?,
            None => MASTER_KEY.load_or_create(data_dir, entropy)?,
        };
        Ok(Self::with(key, next_key(data_dir, given)?))
    }

    /// The same, but a missing key is an error.
    pub fn load(data_dir: &Path, given: &Given) -> Result<Self, KeyError> {
        let key = match &given.key {
            Some(text) => from_text(text, &MASTER_KEY, MASTER_KEY_ENV)?,
            None => MASTER_KEY.load(data_dir)?,
        };
        Ok(Self::with(key, next_key(data_dir, given)?))
    }

    /// The key to come alone: of the environment or the data folder, where it is made when there is none.
    pub fn load_or_create_next(data_dir: &Path, given: &Given, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        match &given.next {
            Some(text) => from_text(text, &NEXT_KEY, NEXT_KEY_ENV),
            None => NEXT_KEY.load_or_create(data_dir, entropy),
        }
        .map(Self::from_bytes)
    }

    /// With a key that is already at hand.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::with(bytes, None)
    }

    fn with(mut bytes: [u8; 32], next: Option<[u8; 32]>) -> Self {
        let fingerprint = hex(&Sha256::new().chain_update(b"waxwing master key").chain_update(bytes).finalize()[..8]);
        let cipher = cipher_of(&mut bytes);
        Self(Some(Arc::new(Inner { cipher, fingerprint, next: next.map(|mut bytes| cipher_of(&mut bytes)) })))
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
        let open = |cipher: &XChaCha20Poly1305| {
            let payload = Payload { msg: sealed, aad: associated.as_bytes() };
            cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
        };
        open(&inner.cipher).or_else(|| inner.next.as_ref().and_then(open)).ok_or(SealError::DoesNotOpen)
    }
}

/// The keys that the environment gives, as text.
#[derive(Default)]
pub struct Given {
    /// The master key.
    pub key: Option<Zeroizing<String>>,
    /// The one to come.
    pub next: Option<Zeroizing<String>>,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").finish_non_exhaustive()
    }
}

impl Given {
    /// What this process was started with.
    pub fn from_env() -> Self {
        let read = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty()).map(Zeroizing::new);
        Self { key: read(MASTER_KEY_ENV), next: read(NEXT_KEY_ENV) }
    }
}

fn from_text(text: &str, kind: &'static Kind, given: &'static str) -> Result<[u8; 32], KeyError> {
    from_hex(text.trim().as_bytes()).ok_or(KeyError::Given { kind, given })
}

/// The key to come, while there is one.
fn next_key(data_dir: &Path, given: &Given) -> Result<Option<[u8; 32]>, KeyError> {
    if let Some(text) = &given.next {
        return from_text(text, &NEXT_KEY, NEXT_KEY_ENV).map(Some);
    }
    match NEXT_KEY.load(data_dir) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A cipher of a key, which is wiped.
fn cipher_of(bytes: &mut [u8; 32]) -> XChaCha20Poly1305 {
    let mut key = Key::from(*bytes);
    let cipher = XChaCha20Poly1305::new(&key);
    key.as_mut_slice().zeroize();
    bytes.zeroize();
    cipher
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
        let key = |text: &str| Given { key: Some(Zeroizing::new(text.to_owned())), next: None };
        let none = Given::default();
        let given = Seal::load_or_create(dir.path(), &key(&format!("{text}\n")), &SystemEntropy).unwrap();
        assert_eq!(given.fingerprint(), seal().fingerprint());
        assert!(!dir.path().join(MASTER_KEY_FILE).exists(), "no file is made beside it");
        for wrong in ["", "07", &"zz".repeat(32), &"07".repeat(33)] {
            let error = Seal::load(dir.path(), &key(wrong)).unwrap_err();
            assert!(matches!(error, KeyError::Given { .. }));
            assert!(wrong.is_empty() || !error.to_string().contains(wrong));
        }
        assert!(Seal::load(dir.path(), &none).unwrap_err().is_missing());
        let made = Seal::load_or_create(dir.path(), &none, &SystemEntropy).unwrap();
        assert_eq!(Seal::load(dir.path(), &none).unwrap().fingerprint(), made.fingerprint());
        assert!(!format!("{made:?}").contains(made.fingerprint().unwrap()));
    }

    #[test]
    fn the_key_to_come_opens_and_does_not_seal() {
        let dir = tempfile::tempdir().unwrap();
        let none = Given::default();
        let old = Seal::load_or_create(dir.path(), &none, &SystemEntropy).unwrap();
        let next = Seal::load_or_create_next(dir.path(), &none, &SystemEntropy).unwrap();
        assert_ne!(old.fingerprint(), next.fingerprint());
        let (before, after) = (old.seal(HERE, b"a", &SystemEntropy).unwrap(), next.seal(HERE, b"b", &SystemEntropy).unwrap());
        assert!(old.open(HERE, &after).is_err() && next.open(HERE, &before).is_err());
        let both = Seal::load(dir.path(), &none).unwrap();
        assert_eq!(both.fingerprint(), old.fingerprint());
        assert_eq!(both.open(HERE, &before).unwrap().as_slice(), b"a");
        assert_eq!(both.open(HERE, &after).unwrap().as_slice(), b"b");
        assert!(old.open(HERE, &both.seal(HERE, b"c", &SystemEntropy).unwrap()).is_ok());
        assert!(!format!("{:?}", Given { key: Some(Zeroizing::new("aaaa".to_owned())), next: None }).contains("aaaa"));
    }
}
