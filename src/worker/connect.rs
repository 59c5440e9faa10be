//! Pairing with a backend and parting from it.

use std::rc::Rc;

use waxwing_protocol::api::PairRequest;
use waxwing_protocol::page::{Connection, Fault, Link, key};

use super::address::normalise;
use super::client::Client;
use super::link::without_token;
use super::platform::Platform;
use super::{Worker, internal};
use crate::chrome::storage::{Storage, Values};
use crate::chrome::system::Clock;
use crate::chrome::vault::Vault;

/// No code is longer.
const LONGEST_CODE: usize = 100;
/// What belongs to one pairing and goes with it.
const OF_A_PAIRING: [&str; 16] = [
    key::CONNECTION,
    key::LINK,
    key::CACHED_LIST,
    key::LAST_EVENT,
    key::UNSEEN,
    key::HELD_NEWS,
    key::POLLED_NEWS,
    key::OUTBOX_PAUSE,
    key::SCHEDULED,
    key::CACHED_SCHEDULED,
    key::REMINDERS,
    key::CACHED_WAITING,
    key::HELD_NEEDS,
    key::CONSENT,
    key::CONSENT_PEOPLE,
    key::LINE_UNSENT,
];

impl<P: Platform> Worker<P> {
    /// Pairs. Until the backend has said yes nothing changes.
    pub(super) async fn connect(self: &Rc<Self>, typed: &str, code: &str) -> Result<(), Fault> {
        let server = normalise(typed)?;
        let request = PairRequest { code: code.chars().take(LONGEST_CODE).collect(), device: self.platform.device_name() };
        let client = Client::unpaired(self.platform.http(), &server);
        let paired = client.pair(&request).await.map_err(|error| error.fault())?;
        if !waxwing_domain::address::is_account_id(&paired.account.id) {
            return Err(Fault::NotWaxwing);
        }
        let now = self.platform.system().now();
        let connection = Connection {
            server,
            account: paired.account.id,
            account_name: paired.account.name,
            device: paired.device,
            device_token: paired.device_token,
            minting: paired.minting,
            capabilities: paired.capabilities,
            paired_at: now,
        };
        self.end_stream();
        self.recent.take();
        {
            let _passes = (self.link_gate.enter().await, self.list_gate.enter().await);
            let stored = without_token(&connection);
            let vault = self.platform.vault();
            vault.keep(connection.device, &connection.device_token).await.map_err(internal)?;
            // In one step, so that nobody sees the old link with the new connection; the rest of the old pairing goes first.
            self.platform
                .local()
                .remove(&OF_A_PAIRING[2..].iter().map(ToString::to_string).collect::<Vec<_>>())
                .await
                .map_err(internal)?;
            let values = [
                (key::CONNECTION.to_owned(), serde_json::to_value(&stored)),
                (key::LINK.to_owned(), serde_json::to_value(Link::Up { at: now })),
            ];
            let values =
                values.into_iter().map(|(name, value)| Ok((name, value?))).collect::<Result<Values, serde_json::Error>>();
            self.platform.local().write(values.map_err(internal)?).await.map_err(internal)?;
            // If it fails the next start tries again.
            let _ = vault.forget_all_but(Some(connection.device)).await;
        }
        self.outbox().unpark().await.map_err(internal)?;
        self.resume().await;
        self.forget_ticks();
        self.status_changed();
        Ok(())
    }

    /// Parts, and has the backend revoke this device: whoever copied its token holds nothing. What is in the outbox goes before,
    /// since links of mails that were never registered end with the device; what cannot go stays for the same account's next
    /// pairing.
    pub(super) async fn disconnect(self: &Rc<Self>, anyway: bool) -> Result<(), Fault> {
        if let Some(connection) = self.usable().await.map_err(internal)? {
            self.flush().await;
            let own = connection.device;
            let told = self.call(&connection, async |client: Client<'_, P::Http>| client.revoke_device(own).await).await;
            if let Err(fault) = told.map_err(|error| error.fault())
                // Revoked already, by another device or by a call whose answer was lost.
                && !matches!(fault, Fault::Revoked | Fault::NotFound)
                && !anyway
            {
                return Err(fault);
            }
        }
        self.end_stream();
        self.recent.take();
        {
            let _passes = (self.link_gate.enter().await, self.list_gate.enter().await);
            self.platform.local().remove(&OF_A_PAIRING.map(str::to_owned)).await.map_err(internal)?;
            self.token.take();
            // If it fails the next start tries again.
            let _ = self.platform.vault().forget_all_but(None).await;
        }
        self.resume().await;
        self.forget_ticks();
        self.status_changed();
        Ok(())
    }

    /// Brings everything into the state that the storage says: after a start, after pairing and parting.
    pub(super) async fn resume(self: &Rc<Self>) {
        // Each part on its own: what fails is seen in the status and tried again at the next start.
        let _ = self.hide_token().await;
        let connection = self.connection().await.ok().flatten();
        let _ = self.set_rules(connection.as_ref().map(|connection| connection.account.as_str())).await;
        self.show_badge(self.unseen().await.unwrap_or(0)).await;
        self.arm(connection.is_some()).await;
        if connection.is_some() {
            self.kick();
            self.start_stream();
            self.tell_soon();
        }
    }
}
