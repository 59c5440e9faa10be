//! Where an account's own devices call from. A direct hit from there, by the same kind of browser, is most likely the
//! sender's own.
//!
//! What must hold: only addresses that are one place in the whole internet count. Behind a proxy that was not declared, or in
//! a network of their own, all readers have one address with the sender, and all would be "you". What a device says of
//! itself costs a bounded space, whatever it says.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use waxwing_protocol::Millis;

use crate::account_id::AccountId;
use crate::app::told_to_stop;
use crate::store::Store;
use crate::store::own::{MAX_PLACES, SeenPlace};

/// A place that is known is written down at most this often, in milliseconds.
const AGAIN: Millis = 60 * 60 * 1_000;
/// New places are collected for as long before they are written.
const COLLECT: Duration = Duration::from_millis(500);
/// Between two tries after the database refused.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// A place in memory.
#[derive(Debug)]
struct Place {
    address: IpAddr,
    agent: String,
    first_at: Millis,
    last_at: Millis,
    /// The newest time that is written down.
    written_at: Option<Millis>,
}

impl Place {
    fn is_due(&self) -> bool {
        self.written_at.is_none_or(|at| self.last_at.saturating_sub(at) >= AGAIN)
    }
}

/// The places of all accounts since the start, and which of them are to be written down.
#[derive(Debug, Default)]
pub struct Places {
    of: Mutex<HashMap<AccountId, Vec<Place>>>,
    due: Notify,
}

impl Places {
    /// A device of the account called.
    pub fn note(&self, account: AccountId, address: IpAddr, agent: &str, now: Millis) {
        if !is_global(address) || agent.is_empty() {
            return;
        }
        let address = line(address);
        let mut of = self.lock();
        let places = of.entry(account).or_default();
        let known = places.iter().position(|place| place.address == address && place.agent == agent);
        let index = known.unwrap_or_else(|| {
            if places.len() >= MAX_PLACES {
                let oldest = (0..places.len()).min_by_key(|index| places[*index].last_at).unwrap_or_default();
                places.swap_remove(oldest);
            }
            places.push(Place { address, agent: agent.to_owned(), first_at: now, last_at: now, written_at: None });
            places.len() - 1
        });
        let place = &mut places[index];
        place.last_at = place.last_at.max(now);
        if place.is_due() {
            drop(of);
            self.due.notify_one();
        }
    }

    /// What is to be written down. Say [`Places::written`] when it is.
    fn due(&self) -> Vec<SeenPlace> {
        let of = self.lock();
        let places = of.iter().flat_map(|(account, places)| places.iter().map(move |place| (*account, place)));
        places
            .filter(|(_, place)| place.is_due())
            .map(|(account, place)| SeenPlace {
                account,
                address: place.address,
                agent: place.agent.clone(),
                first_at: place.first_at,
                last_at: place.last_at,
            })
            .collect()
    }

    fn written(&self, places: &[SeenPlace]) {
        let mut of = self.lock();
        for seen in places {
            let known = of.get_mut(&seen.account).into_iter().flatten();
            for place in known.filter(|place| place.address == seen.address && place.agent == seen.agent) {
                place.written_at = Some(seen.last_at);
                // Should retention take the row away, a later one begins when it was seen again.
                place.first_at = seen.last_at;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Vec<Place>>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands for an address: of IPv6 the first 64 bits, since devices change the rest every day and would fill all the room
/// there is with one line.
fn line(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// Writes places down soon after they were first seen, until `stop`; then once more.
pub async fn run(store: &Store, places: &Places, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = places.due.notified() => {}
            () = told_to_stop(&mut stop) => {}
        }
        if !*stop.borrow() {
            // A page that loads calls several times; and whoever makes up agents makes us write no more often than this.
            tokio::select! {
                () = tokio::time::sleep(COLLECT) => {}
                () = told_to_stop(&mut stop) => {}
            }
        }
        let due = places.due();
        if !due.is_empty() {
            match store.note_places(&due).await {
                Ok(()) => places.written(&due),
                Err(error) => {
                    tracing::warn!(%error, "where devices called from could not be written down yet");
                    places.due.notify_one();
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE_AFTER_FAILURE) => {}
                        () = told_to_stop(&mut stop) => {}
                    }
                }
            }
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// True when the address is one place in the whole internet, as far as its form can tell. Networks for documentation count as
/// such, so that examples and tests behave like the real thing; nobody calls from there.
pub fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

/// By IANA's registry of special addresses.
fn is_global_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        // This network; private; loopback; multicast, reserved and broadcast.
        [0 | 10 | 127 | 224..=255, ..]
        // Carriers' NAT; link-local; private.
        | [100, 64..=127, ..] | [169, 254, ..] | [172, 16..=31, ..]
        // Protocols; private; benchmarks.
        | [192, 0, 0, _] | [192, 168, ..] | [198, 18 | 19, ..]
    )
}

/// What is given out to networks is `2000::/3`; within it, what carries an IPv4 address is as global as that.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_global_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // Protocols: Teredo, ORCHID, benchmarks.
        [0x2001, 0..=0x1ff, ..] => false,
        // Translated by NAT64; 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;
