//! What is known around the hits of messages when they are judged: the mail, the sender's own views and places.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::IgnoredAny;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::rollup::{Key, MAX_KEYS, asked};
use super::sql;
use super::{Result, Store};
use crate::account_id::AccountId;

/// What judging asks of a registered mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// When it was sent; `None` when Gmail itself sends it at some later time.
    pub sent_at: Option<Millis>,
    /// How many different links lead through us.
    pub links: u32,
    /// Several people have this same copy.
    pub shared: bool,
    /// The recipients' domain when they have only one.
    pub domain: Option<String>,
}

/// Where one of the account's own devices called from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub address: IpAddr,
    /// The user agent.
    pub agent: String,
    /// When it called first.
    pub first_at: Millis,
    /// When it called last.
    pub last_at: Millis,
}

/// What is counted of a mail's content. Other fields are passed over.
#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    recipients: Vec<IgnoredAny>,
}

pub(super) fn mails_of(keys: &[Key]) -> sql::Builder {
    let mut query = asked(keys);
    query.push(
        "SELECT m.id, m.account, m.sent_at, m.scheduled, m.links, m.domain, c.body FROM asked \
         CROSS JOIN messages m JOIN contents c ON c.message = m.seq WHERE m.account = asked.account AND m.id = asked.message",
    );
    query
}

pub(super) fn views_of(keys: &[Key]) -> sql::Builder {
    let mut query = asked(keys);
    query.push(
        "SELECT v.message, v.account, v.at FROM asked \
         CROSS JOIN own_views v WHERE v.message = asked.message AND v.account = asked.account",
    );
    query
}

impl Store {
    /// Those of these messages that are registered.
    pub async fn mails(&self, keys: &[Key]) -> Result<HashMap<Key, Mail>> {
        let mut found = HashMap::new();
        for keys in keys.chunks(MAX_KEYS) {
            for row in mails_of(keys).build().persistent(false).fetch_all(self.read()).await? {
                let (sent_at, scheduled): (Millis, bool) = (row.try_get(2)?, row.try_get(3)?);
                // A content that cannot be read keeps no hit from being judged.
                let content: Option<Counted> = serde_json::from_str(row.try_get(6)?).ok();
                let mail = Mail {
                    sent_at: (!scheduled).then_some(sent_at),
                    links: row.try_get(4)?,
                    shared: content.is_some_and(|content| content.recipients.len() > 1),
                    domain: row.try_get(5)?,
                };
                found.insert((row.try_get(0)?, id_from(row.try_get(1)?)?), mail);
            }
        }
        Ok(found)
    }

    /// When the sender had these messages on screen without the rule in force, oldest first.
    pub async fn own_views(&self, keys: &[Key]) -> Result<HashMap<Key, Vec<Millis>>> {
        let mut found: HashMap<Key, Vec<Millis>> = HashMap::new();
        for keys in keys.chunks(MAX_KEYS) {
            for row in views_of(keys).build().persistent(false).fetch_all(self.read()).await? {
                found.entry((row.try_get(0)?, id_from(row.try_get(1)?)?)).or_default().push(row.try_get(2)?);
            }
        }
        for views in found.values_mut() {
            views.sort_unstable();
        }
        Ok(found)
    }

    /// Where the devices of these accounts called from. Places are written only of addresses that are routed on the internet:
    /// behind an undeclared proxy everybody would be the sender.
    pub async fn own_places(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Vec<Place>>> {
        let mut found: HashMap<AccountId, Vec<Place>> = HashMap::new();
        for accounts in accounts.chunks(MAX_KEYS) {
            let mut query =
                sql::Builder::new("SELECT account, address, agent, first_at, last_at FROM own_places WHERE account IN (");
            let mut list = query.separated(", ");
            for account in accounts {
                list.push_bind(account.as_str());
            }
            query.push(")");
            for row in query.build().persistent(false).fetch_all(self.read()).await? {
                let address: &str = row.try_get(1)?;
                let Ok(address) = address.parse() else { continue };
                let place = Place { address, agent: row.try_get(2)?, first_at: row.try_get(3)?, last_at: row.try_get(4)? };
                found.entry(id_from(row.try_get(0)?)?).or_default().push(place);
            }
        }
        Ok(found)
    }
}
