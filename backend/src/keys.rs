//! The mint root: the secret that every mint key comes from, in a file of its own.
//!
//! What must hold: it is made once, atomically, readable only by its owner, and never overwritten; a file that others can
//! read is refused, since whoever has it can mint for everyone; its bytes never reach a log or an error.

use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use waxwing_domain::token::{MintKey, MintRoot};

use crate::account_id::AccountId;
use crate::entropy::Entropy;
use crate::secret_file::Kind;
pub use crate::secret_file::{KeyError, hex, permission_bits};

/// The name of the file in the data folder.
pub const MINT_ROOT_FILE: &str = "mint.root";

static MINT_ROOT: Kind = Kind {
    file: MINT_ROOT_FILE,
    name: "mint root",
    lost: "a new one would end tracking of every mail sent so far",
    open: "whoever has it can mint for everyone",
};

/// The mint root and what is derived from it.
pub struct Keys {
    root: MintRoot,
    proof: [u8; 32],
    page: [u8; 32],
    erasures: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Reads the mint root of a data folder, or makes it when there is none.
    pub fn load_or_create(data_dir: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        MINT_ROOT.load_or_create(data_dir, entropy).map(Self::from_bytes)
    }

    /// Reads the mint root of a data folder.
    pub fn load(data_dir: &Path) -> Result<Self, KeyError> {
        MINT_ROOT.load(data_dir).map(Self::from_bytes)
    }

    /// The keys of a root that is already at hand.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let proof = mac(&bytes, b"waxwing proof");
        let page = mac(&bytes, b"waxwing page");
        Self { root: MintRoot::from_bytes(bytes), proof, page, erasures: mac(&bytes, b"waxwing erasures") }
    }

    /// The mint key of an account in an epoch.
    pub fn mint_key(&self, account: AccountId, epoch: u8) -> MintKey {
        self.root.mint_key(account.as_str(), epoch)
    }

    /// The answer to a challenge that only a holder of this root can give: how `doctor` knows its own backend. Hexadecimal.
    pub fn prove(&self, challenge: &str) -> String {
        hex(&mac(&self.proof, challenge.as_bytes()))
    }

    /// Signs what stands in a form of ours, so that only who was shown it can send it. No device has this key.
    pub fn sign_form(&self, data: &[u8]) -> [u8; 32] {
        mac(&self.page, data)
    }

    /// Checks the first half of such a signature in constant time.
    pub fn is_form(&self, data: &[u8], signature: &[u8; 16]) -> bool {
        let mut different = 0;
        for (ours, theirs) in mac(&self.page, data).iter().zip(signature) {
            different |= ours ^ theirs;
        }
        different == 0
    }

    /// What stands in the place of somebody who was erased: whoever has this root can ask whether it was this name or address, and
    /// nobody can tell which it was.
    pub fn erased(&self, kind: &str, whom: &str) -> [u8; 32] {
        mac(&self.erasures, format!("{kind}\0{whom}").as_bytes())
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

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
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
