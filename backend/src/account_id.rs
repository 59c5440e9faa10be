//! The public id of an account, as it stands in addresses: small enough to be copied around on the hot path.

use std::fmt;

use waxwing_domain::address::is_account_id;

use crate::entropy::{self, Entropy};

/// How many characters a new id gets: 36^8, and made only by the operator.
const LEN: usize = 8;
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// 6 to 16 lower-case letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId {
    // Padded with NUL, which no id holds.
    bytes: [u8; 16],
}

impl AccountId {
    /// Reads an id.
    pub fn parse(text: &str) -> Option<Self> {
        is_account_id(text).then(|| {
            let mut bytes = [0; 16];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            Self { bytes }
        })
    }

    /// A new random id.
    pub fn random(entropy: &dyn Entropy) -> std::io::Result<Self> {
        let text = entropy::text(entropy, ALPHABET, LEN)?;
        Self::parse(&text).ok_or_else(|| std::io::Error::other("the alphabet of account ids is not that of accounts"))
    }

    /// The id's bytes, filled up with NUL.
    pub fn padded(&self) -> &[u8; 16] {
        &self.bytes
    }

    /// An id from its bytes, filled up with NUL.
    pub fn from_padded(bytes: [u8; 16]) -> Option<Self> {
        let len = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        let parsed = Self::parse(std::str::from_utf8(&bytes[..len]).ok()?)?;
        (parsed.bytes == bytes).then_some(parsed)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        let len = self.bytes.iter().position(|b| *b == 0).unwrap_or(self.bytes.len());
        // Only ASCII gets in.
        std::str::from_utf8(&self.bytes[..len]).unwrap_or_default()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn ids_are_read_back_as_they_were() {
        for text in ["abc123", "0123456789abcdef"] {
            let id = AccountId::parse(text).unwrap();
            assert_eq!(id.as_str(), text);
            assert_eq!(AccountId::from_padded(*id.padded()), Some(id));
        }
        for text in ["", "abc", "ABCDEF", "abc/../", "0123456789abcdefg", "abcdé1"] {
            assert_eq!(AccountId::parse(text), None, "{text}");
        }
        for bytes in [[0; 16], *b"abc123\0\0x\0\0\0\0\0\0\0", [0xff; 16]] {
            assert_eq!(AccountId::from_padded(bytes), None, "{bytes:?}");
        }
        assert_eq!(AccountId::random(&SystemEntropy).unwrap().as_str().len(), LEN);
    }
}
