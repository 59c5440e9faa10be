//! Tokens: the name of a message in a pixel or link address, with a proof that it was minted for this account.
//!
//! A token is base64url (no padding, always 32 characters) of 24 bytes: `epoch (1) ‖ message (UUID, 16) ‖ mac (7)`, where
//! mac is the first 7 bytes of `HMAC-SHA256(mint key of that epoch, "open" ‖ message)`.
//!
//! What must hold: minting needs no network and checking needs no database. Checking takes the same time for every wrong
//! mac. No key is ever printed, and keys are wiped when they are dropped. Parsing and checking a token allocate nothing:
//! the backend does both for every pixel that is fetched.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _, Error as Base64Error};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

/// How many characters a token has.
pub const TOKEN_LEN: usize = 32;
/// How many bytes a token's mac has.
pub const TOKEN_MAC_LEN: usize = 7;
/// How many bytes a link's mac has; 16 characters of base64url.
pub const CLICK_MAC_LEN: usize = 12;

const TOKEN_BYTES: usize = 1 + 16 + TOKEN_MAC_LEN;
const CLICK_MAC_TEXT_LEN: usize = 16;
const SHA256_BLOCK: usize = 64;

/// The secret of a backend from which every mint key is derived. Kept for ever: links in mails outlive every rotation.
pub struct MintRoot([u8; 32]);

impl MintRoot {
    /// The root with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The mint key of an account in an epoch: `HKDF-SHA256(ikm = root, salt empty, info = "waxwing mint" ‖ 0 ‖ account ‖ 0 ‖
    /// epoch)`.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a constant length that HKDF-SHA256 can always give")]
    pub fn mint_key(&self, account: &str, epoch: u8) -> MintKey {
        let mut key = Zeroizing::new([0; 32]);
        let info: [&[u8]; 5] = [b"waxwing mint", &[0], account.as_bytes(), &[0], &[epoch]];
        Hkdf::<Sha256>::new(None, &self.0)
            .expand_multi_info(&info, key.as_mut_slice())
            .expect("32 bytes are far less than HKDF's limit of 255 blocks");
        MintKey::from_bytes(*key)
    }
}

impl Drop for MintRoot {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for MintRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MintRoot(…)")
    }
}

/// What a device mints with and a backend checks with: the key of one account in one epoch.
#[derive(Clone)]
pub struct MintKey {
    bytes: [u8; 32],
    // The keyed state, made once: cloning it saves half of the hashing of each check.
    hmac: Hmac<Sha256>,
}

impl MintKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        // HMAC pads a short key with zeros to the block; doing so here leaves no error that could not happen.
        let mut block = Zeroizing::new([0; SHA256_BLOCK]);
        block[..bytes.len()].copy_from_slice(&bytes);
        Self { bytes, hmac: Hmac::new((&*block).into()) }
    }

    /// Reads a key as it stands in the pairing answer: base64url of 32 bytes without padding.
    pub fn from_base64url(text: &str) -> Result<Self, KeyError> {
        // One byte of room tells a key that is too long from one that fits.
        let mut bytes = Zeroizing::new([0; 33]);
        match Base64UrlUnpadded::decode(text, bytes.as_mut_slice()) {
            Ok(read) if read.len() == 32 => {}
            Ok(_) | Err(Base64Error::InvalidLength) => return Err(KeyError::Length),
            Err(Base64Error::InvalidEncoding) => return Err(KeyError::Alphabet),
        }
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&bytes[..32]);
        Ok(Self::from_bytes(*key))
    }

    /// The key as it stands in the pairing answer. A secret: it goes there and nowhere else.
    pub fn to_base64url(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.bytes)
    }

    /// The mac of a link: base64url of the first 12 bytes of `HMAC-SHA256(key, "click" ‖ message ‖ target)`.
    pub(crate) fn click_mac(&self, message: Uuid, target: &str) -> String {
        let full = self.keyed(b"click", message).chain_update(target).finalize().into_bytes();
        Base64UrlUnpadded::encode_string(&full[..CLICK_MAC_LEN])
    }

    /// Checks a link's mac in constant time.
    pub(crate) fn verify_click_mac(&self, message: Uuid, target: &str, mac: &str) -> bool {
        let mut bytes = [0; CLICK_MAC_LEN];
        mac.len() == CLICK_MAC_TEXT_LEN
            && Base64UrlUnpadded::decode(mac, &mut bytes).is_ok_and(|read| read.len() == CLICK_MAC_LEN)
            && self.keyed(b"click", message).chain_update(target).verify_truncated_left(&bytes).is_ok()
    }

    /// The mac of a recipient's link: base64url of the first 12 bytes of `HMAC-SHA256(key, "consent" ‖ message)`.
    pub(crate) fn recipient_mac(&self, message: Uuid) -> String {
        let full = self.keyed(b"consent", message).finalize().into_bytes();
        Base64UrlUnpadded::encode_string(&full[..CLICK_MAC_LEN])
    }

    /// Checks a recipient's link's mac in constant time.
    pub(crate) fn verify_recipient_mac(&self, message: Uuid, mac: &str) -> bool {
        let mut bytes = [0; CLICK_MAC_LEN];
        mac.len() == CLICK_MAC_TEXT_LEN
            && Base64UrlUnpadded::decode(mac, &mut bytes).is_ok_and(|read| read.len() == CLICK_MAC_LEN)
            && self.keyed(b"consent", message).verify_truncated_left(&bytes).is_ok()
    }

    fn keyed(&self, purpose: &[u8], message: Uuid) -> Hmac<Sha256> {
        self.hmac.clone().chain_update(purpose).chain_update(message.as_bytes())
    }
}

// The hash state wipes itself (feature `zeroize` of its crates).
impl Drop for MintKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for MintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MintKey(…)")
    }
}

/// Why a text is not a mint key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It does not hold 32 bytes.
    #[error("a mint key holds 32 bytes")]
    Length,
    /// It is not base64url without padding.
    #[error("a mint key is base64url without padding")]
    Alphabet,
}

/// A token, parsed but not yet checked: see [`Token::verify`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// The epoch of the key that minted it.
    pub epoch: u8,
    /// The message.
    pub message: Uuid,
    /// The proof. Compare it only through [`Token::verify`].
    pub mac: [u8; TOKEN_MAC_LEN],
}

impl Token {
    /// Mints the token of a message. `epoch` must be the epoch that `key` belongs to.
    pub fn mint(key: &MintKey, epoch: u8, message: Uuid) -> Self {
        let full = key.keyed(b"open", message).finalize().into_bytes();
        let mut mac = [0; TOKEN_MAC_LEN];
        mac.copy_from_slice(&full[..TOKEN_MAC_LEN]);
        Self { epoch, message, mac }
    }

    /// Reads a token. This says nothing about who made it.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        Self::parse_bytes(text.as_bytes())
    }

    /// [`Token::parse`] for bytes as they came over the network.
    pub fn parse_bytes(text: &[u8]) -> Result<Self, TokenError> {
        if text.len() != TOKEN_LEN {
            return Err(TokenError::Length);
        }
        let mut bytes = [0; TOKEN_BYTES];
        // 32 characters are 24 bytes with no bits left over, so a token can be written in one way only.
        Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| TokenError::Alphabet)?;
        let mut message = [0; 16];
        message.copy_from_slice(&bytes[1..17]);
        let mut mac = [0; TOKEN_MAC_LEN];
        mac.copy_from_slice(&bytes[17..]);
        Ok(Self { epoch: bytes[0], message: Uuid::from_bytes(message), mac })
    }

    /// True when this token was minted with `key`. The caller picks the key by account and by [`Token::epoch`].
    pub fn verify(&self, key: &MintKey) -> bool {
        key.keyed(b"open", self.message).verify_truncated_left(&self.mac).is_ok()
    }

    /// The token's 32 ASCII characters.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "both lengths are constants")]
    pub fn encode(&self) -> [u8; TOKEN_LEN] {
        let mut bytes = [0; TOKEN_BYTES];
        bytes[0] = self.epoch;
        bytes[1..17].copy_from_slice(self.message.as_bytes());
        bytes[17..].copy_from_slice(&self.mac);
        let mut text = [0; TOKEN_LEN];
        Base64UrlUnpadded::encode(&bytes, &mut text).expect("24 bytes are 32 characters");
        text
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.encode()).map_err(|_| fmt::Error)?)
    }
}

// Whoever holds a token can make hits: a log may have the message, not the proof.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("epoch", &self.epoch).field("message", &self.message).finish_non_exhaustive()
    }
}

/// Why a text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It does not have 32 characters.
    #[error("a token has 32 characters")]
    Length,
    /// It is not base64url.
    #[error("a token is base64url")]
    Alphabet,
}

#[cfg(test)]
mod tests;
