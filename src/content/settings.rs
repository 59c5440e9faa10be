//! What the gate goes by: the paired backend and the user's default, as copies in memory, so that a send never waits for the
//! storage.

use serde_json::Value;
use waxwing_domain::mark::Minting;
use waxwing_domain::token::MintKey;
use waxwing_protocol::page::{Connection, Policy, key};

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

    fn from_connection(connection: Connection) -> Option<Self> {
        Some(Self {
            account: connection.account,
            tracking_url: connection.minting.tracking_url,
            epoch: connection.minting.epoch,
            key: MintKey::from_base64url(&connection.minting.mint_key).ok()?,
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
            settings.set(&name, Some(value));
        }
        settings
    }

    /// Takes over a change; false when it is none of ours. What an older or newer version wrote in another form counts as
    /// absent.
    pub fn set(&mut self, name: &str, value: Option<Value>) -> bool {
        match name {
            key::CONNECTION => {
                let connection = value.and_then(|value| serde_json::from_value(value).ok());
                self.mint = connection.and_then(Mint::from_connection);
            }
            key::POLICY => self.policy = value.and_then(|value| serde_json::from_value(value).ok()),
            _ => return false,
        }
        true
    }
}
