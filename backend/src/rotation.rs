//! Changing the master key: all that is sealed is opened and sealed anew under the key to come, which then takes the other's place.
//!
//! ```text
//! the key to come is made ─► each value: opened, sealed anew, put back ─► all open under it ─► it is the master key
//! ```
//!
//! What must hold:
//! - It may be cut short anywhere and begun again: what is done stays done, and the backend opens values of both keys meanwhile
//!   ([`Seal`]).
//! - The key takes the other's place only when nothing is left that it does not open, but for what neither key opens: that was
//!   lost before, and is told.
//! - No backend runs meanwhile: it would seal under the key that goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::entropy::Entropy;
use crate::seal::{MASTER_KEY_FILE, NEXT_KEY_FILE, Seal, SealError};
use crate::store::sealed::SEALED;
use crate::store::{Store, StoreError};

/// Why it was not done, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key, or no randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Values were sealed meanwhile, which a backend does that runs.
    #[error("something was sealed meanwhile: a backend runs on this database. Stop it, and run this again; nothing is lost")]
    Changing,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Sealed anew now.
    pub anew: u64,
    /// Sealed under the new key already.
    pub before: u64,
    /// Opened by neither.
    pub lost: u64,
}

/// Seals everything anew. `old` opens what stands there, `new` seals.
pub async fn seal_anew(store: &Store, old: &Seal, new: &Seal, entropy: &dyn Entropy) -> Result<Sealed, RotationError> {
    let mut done = Sealed::default();
    for column in SEALED {
        for value in store.sealed(*column).await? {
            let place = value.place();
            if new.open(place, &value.value).is_ok() {
                done.before += 1;
                continue;
            }
            match old.open(place, &value.value) {
                Ok(plain) => {
                    let sealed = new.seal(place, &plain, entropy)?;
                    if !store.replace_sealed(&value, &sealed).await? {
                        return Err(RotationError::Changing);
                    }
                    done.anew += 1;
                }
                Err(SealError::DoesNotOpen) => done.lost += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(done)
}

/// Puts the key to come in the place of the master key. The old one stays beside it under a name of its own, which is given,
/// since backups of before need it.
pub fn replace_file(data_dir: &Path, old: &Seal) -> io::Result<PathBuf> {
    let (current, next) = (data_dir.join(MASTER_KEY_FILE), data_dir.join(NEXT_KEY_FILE));
    let kept = data_dir.join(format!("{MASTER_KEY_FILE}.{}", old.fingerprint().unwrap_or("old")));
    match fs::hard_link(&current, &kept) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    fs::rename(&next, &current)?;
    crate::secret_file::sync_dir(&current)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use crate::seal::Given;

    #[test]
    fn the_new_key_takes_the_place_and_the_old_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let none = Given::default();
        let old = Seal::load_or_create(dir.path(), &none, &SystemEntropy).unwrap();
        let new = Seal::load_or_create_next(dir.path(), &none, &SystemEntropy).unwrap();
        let kept = replace_file(dir.path(), &old).unwrap();
        assert_eq!(Seal::load(dir.path(), &none).unwrap().fingerprint(), new.fingerprint());
        assert!(!dir.path().join(NEXT_KEY_FILE).exists());
        fs::copy(&kept, dir.path().join("again")).unwrap();
        fs::rename(kept, dir.path().join(MASTER_KEY_FILE)).unwrap();
        assert_eq!(Seal::load(dir.path(), &none).unwrap().fingerprint(), old.fingerprint());
        // With no key to come nothing is replaced.
        assert!(replace_file(dir.path(), &old).is_err());
        assert_eq!(Seal::load(dir.path(), &none).unwrap().fingerprint(), old.fingerprint());
    }
}
