//! What the gate goes by: the paired backend and the user's default, as copies in memory, so that a send never waits for the
//! storage.

use serde_json::Value;
use waxwing_domain::mark::Minting;
use waxwing_domain::token::MintKey;
use waxwing_protocol::page::{Policy, key};

use crate::chrome::storage::{Area, Storage as _};

/// The copies.
#[derive(Debug, Default)]
pub struct Settings {
    /// False until the storage has answered.
    pub loaded: bool,
    /// How to mint; `None` when no backend is paired.
    pub mint: Option<Mint>,
    /// The default; `None` until the user chose.
    pub policy: Option<Policy>,
}

/// How this browser mints.
#[derive(Debug)]
pub struct Mint {
    /// The account's public id.
    pub account: String,
    /// Where pixels and links point to.
    pub tracking_url: String,
    /// The epoch of the key.
    pub epoch: u8,
    key: MintKey,
}

impl Mint {
    /// What [`waxwing_domain::mark::mark`] needs, for one message.
    pub fn of(&self, message: uuid::Uuid) -> Minting<'_> {
        Minting { tracking_url: &self.tracking_url, account: &self.account, key: &self.key, epoch: self.epoch, message }
    }

    /// Reads the few fields of a [`waxwing_protocol::page::Connection`] that a tab needs: no token comes into Gmail's tab,
    /// nor the code to read everything else.
    fn from_connection(connection: &Value) -> Option<Self> {
        let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        let minting = connection.get("minting")?;
        Some(Self {
            account: text(connection, "account")?,
            tracking_url: text(minting, "tracking_url")?,
            epoch: u8::try_from(minting.get("epoch")?.as_u64()?).ok()?,
            key: MintKey::from_base64url(&text(minting, "mint_key")?).ok()?,
        })
    }
}

/// The names that [`Settings::set`] reads.
const NAMES: [&str; 2] = [key::CONNECTION, key::POLICY];

impl Settings {
    /// Reads the storage.
    pub async fn load() -> Self {
        let mut settings = Self { loaded: true, ..Self::default() };
        // A storage that cannot be read is one in which nothing is paired.
        let values = Area::Local.read(&NAMES.map(str::to_owned)).await.unwrap_or_default();
        for (name, value) in values {
            settings.set(&name, Some(&value));
        }
        settings
    }

    /// Takes over a change; false when it is none of ours. What an older or newer version wrote in another form counts as
    /// absent.
    pub fn set(&mut self, name: &str, value: Option<&Value>) -> bool {
        match name {
            key::CONNECTION => {
                self.mint = value.and_then(Mint::from_connection);
            }
            key::POLICY => {
                self.policy = match value.and_then(Value::as_str) {
                    Some("every") => Some(Policy::Every),
                    Some("ask") => Some(Policy::Ask),
                    Some("agreed") => Some(Policy::Agreed),
                    _ => None,
                }
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;
    use waxwing_protocol::api;
    use waxwing_protocol::page::Connection;

    use super::*;

    /// What is read by hand here is what the protocol writes.
    #[test]
    fn the_protocols_own_values_are_read() {
        let connection = Connection {
            server: "https://backend.example".to_owned(),
            account: "abcdefgh".to_owned(),
            account_name: "Ana".to_owned(),
            device: Uuid::nil(),
            device_token: "secret".to_owned(),
            minting: api::Minting {
                tracking_url: "https://track.example".to_owned(),
                epoch: 7,
                mint_key: MintKey::from_bytes([3; 32]).to_base64url(),
            },
            capabilities: Vec::new(),
            paired_at: 0,
        };
        let mut settings = Settings::default();
        assert!(settings.set(key::CONNECTION, serde_json::to_value(connection).ok().as_ref()));
        let mint = settings.mint.as_ref().expect("a connection can mint");
        assert_eq!((mint.account.as_str(), mint.tracking_url.as_str(), mint.epoch), ("abcdefgh", "https://track.example", 7));
        for policy in [Policy::Every, Policy::Ask, Policy::Agreed] {
            assert!(settings.set(key::POLICY, serde_json::to_value(policy).ok().as_ref()));
            assert_eq!(settings.policy, Some(policy));
        }
    }

    #[test]
    fn what_is_absent_or_of_another_form_counts_as_absent() {
        let mut settings = Settings::default();
        for value in [None, Some(json!(1)), Some(json!({"account": "a"})), Some(json!({"account": 1, "minting": []}))] {
            assert!(settings.set(key::CONNECTION, value.as_ref()));
            assert!(settings.mint.is_none(), "{value:?}");
            assert!(settings.set(key::POLICY, value.as_ref()));
            assert_eq!(settings.policy, None);
        }
        assert!(!settings.set("link", None));
    }
}
