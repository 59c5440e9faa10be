//! How the connection to the backend is, as every answer or its lack tells.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::page::{Connection, Fault, FromWorker, Link, key};

use super::Worker;
use super::client::{CallError, Client};
use super::platform::Platform;
use crate::chrome::ApiError;
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;
use crate::chrome::vault::Vault;

/// How old "it worked" may get before it is written anew: not at every call, since everybody hears of each change.
const FRESH: i64 = 60_000;

/// Whether the backend can do this, one of [`waxwing_protocol::capability`].
pub(super) fn has(connection: &Connection, capability: &str) -> bool {
    connection.capabilities.iter().any(|name| name == capability)
}

/// The connection as it lies in the storage that content scripts can read.
pub(super) fn without_token(connection: &Connection) -> Connection {
    Connection { device_token: String::new(), ..connection.clone() }
}

impl<P: Platform> Worker<P> {
    /// The paired backend. A token that is nowhere any more is empty: the backend then refuses this device, and the user is told so.
    pub(super) async fn connection(&self) -> Result<Option<Connection>, ApiError> {
        let Some(mut connection): Option<Connection> = self.platform.local().get(key::CONNECTION).await? else {
            return Ok(None);
        };
        if connection.device_token.is_empty() {
            connection.device_token = self.token_of(connection.device).await?;
        }
        Ok(Some(connection))
    }

    async fn token_of(&self, device: Uuid) -> Result<String, ApiError> {
        if let Some((of, token)) = &*self.token.borrow()
            && *of == device
        {
            return Ok(token.clone());
        }
        let token = self.platform.vault().token(device).await?;
        if let Some(token) = &token {
            *self.token.borrow_mut() = Some((device, token.clone()));
        }
        Ok(token.unwrap_or_default())
    }

    /// Takes the token out of the storage that content scripts can read, where earlier versions kept it, and forgets the tokens
    /// of pairings that are over. What fails is tried again at the next start.
    pub(super) async fn hide_token(&self) -> Result<(), ApiError> {
        let _pass = self.link_gate.enter().await;
        let stored: Option<Connection> = self.platform.local().get(key::CONNECTION).await?;
        let vault = self.platform.vault();
        if let Some(connection) = &stored
            && !connection.device_token.is_empty()
        {
            vault.keep(connection.device, &connection.device_token).await?;
            self.platform.local().set(key::CONNECTION, &without_token(connection)).await?;
        }
        vault.forget_all_but(stored.map(|connection| connection.device)).await
    }

    /// The paired backend, unless it has refused this device.
    pub(super) async fn usable(&self) -> Result<Option<Connection>, ApiError> {
        let revoked = matches!(self.platform.local().get(key::LINK).await?, Some(Link::Revoked { .. }));
        if revoked { Ok(None) } else { self.connection().await }
    }

    /// Calls the backend, notes how the connection is by it.
    pub(super) async fn call<T>(
        self: &Rc<Self>,
        connection: &Connection,
        call: impl for<'c> AsyncFnOnce(Client<'c, P::Http>) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let answer = call(Client::new(self.platform.http(), connection)).await;
        self.note(connection, answer.as_ref().map(drop)).await;
        answer
    }

    /// Notes what a call says about the connection.
    pub(super) async fn note(self: &Rc<Self>, connection: &Connection, answer: Result<(), &CallError>) {
        let store = self.platform.local();
        let now = self.platform.system().now();
        let _pass = self.link_gate.enter().await;
        // An answer that was under way when the backend was changed says nothing about the new one.
        if !matches!(self.connection().await, Ok(Some(current)) if current.device == connection.device) {
            return;
        }
        let before: Option<Link> = store.get(key::LINK).await.ok().flatten();
        let after = match (answer, &before) {
            (_, Some(Link::Revoked { .. })) => return,
            (Err(error), before) if error.is_away() => match before {
                Some(Link::Down { since, .. }) => Link::Down { since: *since, fault: error.fault() },
                _ => Link::Down { since: now, fault: error.fault() },
            },
            (Err(error), _) if error.fault() == Fault::Revoked => Link::Revoked { since: now },
            // Any other answer is one of the backend's.
            (_, Some(Link::Up { at })) if (0..FRESH).contains(&(now - at)) => return,
            _ => Link::Up { at: now },
        };
        if before.as_ref() == Some(&after) || store.set(key::LINK, &after).await.is_err() {
            return;
        }
        match (&after, before) {
            (Link::Revoked { .. }, _) => self.end_stream(),
            (Link::Up { .. }, Some(Link::Down { .. })) => {
                // It is back: do not wait for the next alarm.
                self.hurry().await;
                self.start_stream();
                // Who asked meanwhile was told what was known here.
                self.forget_ticks();
            }
            (Link::Up { .. }, Some(Link::Up { .. })) => return,
            _ => {}
        }
        self.status_changed();
    }

    /// Tells the open pages to ask again.
    pub(super) fn status_changed(self: &Rc<Self>) {
        self.announce(FromWorker::StatusChanged);
    }

    /// Tells the open pages, without waiting for them.
    pub(super) fn announce(self: &Rc<Self>, news: FromWorker) {
        let worker = Rc::clone(self);
        self.platform.spawn(async move { worker.platform.announce(&news).await });
    }
}
