//! The mint root: the secret that every mint key comes from, in a file of its own.
//!
//! What must hold: it is made once, atomically, readable only by its owner, and never overwritten; a file that others can
//! read is refused, since whoever has it can mint for everyone; its bytes never reach a log or an error.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use waxwing_domain::token::{MintKey, MintRoot};

use crate::account_id::AccountId;
use crate::entropy::{self, Entropy};

/// The name of the file in the data folder.
pub const MINT_ROOT_FILE: &str = "mint.root";

/// The mint root and what is derived from it.
pub struct Keys {
    root: MintRoot,
    proof: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// Why there is no mint root.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the mint root {path} cannot be read or made: {source}", path = path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It does not hold 64 hexadecimal digits.
    #[error(
        "the mint root {path} is damaged: it should hold 64 hexadecimal digits. Bring it back from your backup; a new one \
         would end tracking of every mail sent so far",
        path = path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// Others can read it.
    #[error(
        "the mint root {path} can be read by others (mode {mode:o}): whoever has it can mint for everyone. Run: chmod 600 \
         {path}",
        path = path.display()
    )]
    TooOpen {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl Keys {
    /// Reads the mint root of a data folder, or makes it when there is none.
    pub fn load_or_create(data_dir: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let path = data_dir.join(MINT_ROOT_FILE);
        match Self::load(data_dir) {
            Err(KeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        create(&path, entropy).map_err(|source| KeyError::Io { path, source })?;
        // Read back what is there now: another process may have been first.
        Self::load(data_dir)
    }

    /// Reads the mint root of a data folder.
    pub fn load(data_dir: &Path) -> Result<Self, KeyError> {
        let path = data_dir.join(MINT_ROOT_FILE);
        let io = |source| KeyError::Io { path: path.clone(), source };
        let mode = permission_bits(&path).map_err(io)?;
        if mode & 0o077 != 0 {
            return Err(KeyError::TooOpen { path, mode });
        }
        let text = fs::read(&path).map_err(io)?;
        let bytes = from_hex(text.trim_ascii()).ok_or(KeyError::Damaged { path })?;
        Ok(Self::from_bytes(bytes))
    }

    /// The keys of a root that is already at hand.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let proof = mac(&bytes, b"waxwing proof");
        Self { root: MintRoot::from_bytes(bytes), proof }
    }

    /// The mint key of an account in an epoch.
    pub fn mint_key(&self, account: AccountId, epoch: u8) -> MintKey {
        self.root.mint_key(account.as_str(), epoch)
    }

    /// The answer to a challenge that only a holder of this root can give: how `doctor` knows its own backend. Hexadecimal.
    pub fn prove(&self, challenge: &str) -> String {
        hex(&mac(&self.proof, challenge.as_bytes()))
    }

    /// Names this root without giving it away, to remember which one was backed up.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.proof)[..8])
    }
}

fn mac(key: &[u8; 32], data: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let keyed = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    keyed.chain_update(data).finalize().into_bytes().into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn from_hex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Writes the root beside its place and links it there, which fails when something is there already: it appears whole or not
/// at all, and is never overwritten.
fn create(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let root: [u8; 32] = entropy::bytes(entropy)?;
    let beside = path.with_extension(format!("root.{}", hex(&entropy::bytes::<8>(entropy)?)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let written = writeln!(file, "{}", hex(&root)).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&beside, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    fs::remove_file(&beside)?;
    linked?;
    sync_dir(path)
}

#[cfg(unix)]
fn sync_dir(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
}

#[cfg(not(unix))]
fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The permission bits of a file; 0 where the platform has none.
#[cfg(unix)]
pub fn permission_bits(path: &Path) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// The permission bits of a file; 0 where the platform has none.
#[cfg(not(unix))]
pub fn permission_bits(path: &Path) -> io::Result<u32> {
    fs::metadata(path).map(|_| 0)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn it_is_made_once_and_only_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::load_or_create(dir.path(), &SystemEntropy).unwrap();
        let again = Keys::load_or_create(dir.path(), &SystemEntropy).unwrap();
        assert_eq!(first.prove("x"), again.prove("x"));
        assert_ne!(first.prove("x"), first.prove("y"));
        assert_eq!(permission_bits(&dir.path().join(MINT_ROOT_FILE)).unwrap(), 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing left beside it");
    }

    #[test]
    fn creating_never_overwrites() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(MINT_ROOT_FILE);
        create(&path, &SystemEntropy).unwrap();
        let before = fs::read(&path).unwrap();
        create(&path, &SystemEntropy).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn damaged_and_open_files_are_refused_and_not_named_by_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(MINT_ROOT_FILE);
        for content in ["", "abcd", &"z".repeat(64), &"a".repeat(66)] {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(Keys::load_or_create(dir.path(), &SystemEntropy), Err(KeyError::Damaged { .. })), "{content}");
            assert_eq!(fs::read_to_string(&path).unwrap(), *content, "left as it is");
        }
        fs::write(&path, "a".repeat(64)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Keys::load(dir.path()).unwrap_err();
        assert!(matches!(refused, KeyError::TooOpen { mode: 0o640, .. }));
        assert!(!refused.to_string().contains("aaaa"));
    }
}
