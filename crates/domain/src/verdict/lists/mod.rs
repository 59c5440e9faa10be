//! What is known about addresses: who fetches, scans, hides people or rents out computers there.
//!
//! Short lists stand in the code as dated facts ([`Lists::built_in`]); long ones come from files that the operator
//! refreshes. What must hold: a list that is missing or old never turns a person into a machine, it only lowers
//! confidence.

mod cidr;
mod google;
mod ranges;
mod scanners;
mod sets;

use core::net::IpAddr;

pub use cidr::{Cidr, CidrError};
pub use ranges::Ranges;
pub use sets::{Role, SETS, Set};

/// Lists older than this lower confidence: 60 days, in milliseconds.
pub const STALE_AFTER_MS: i64 = 60 * 24 * 60 * 60 * 1000;

/// All lists, ready for look-ups. Building takes some milliseconds, looking up well under a microsecond.
#[derive(Clone, Debug)]
pub struct Lists {
    google_fetchers: Ranges,
    google_crawlers: Ranges,
    google_own: Ranges,
    scanners: Ranges,
    gateways: Ranges,
    relay: Option<Dated>,
    clouds: Option<Dated>,
    vpn: Option<Dated>,
    version: u64,
}

/// Ranges and when the oldest part of them was fetched.
#[derive(Clone, Debug)]
struct Dated {
    ranges: Ranges,
    fetched_at_ms: i64,
}

impl Dated {
    fn is_stale(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.fetched_at_ms) > STALE_AFTER_MS
    }
}

/// One named set of blocks, as it was stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Which of [`SETS`].
    pub set: &'static Set,
    /// When it was fetched or imported, milliseconds since 1970.
    pub fetched_at_ms: i64,
    /// The blocks.
    pub blocks: Vec<Cidr>,
}

/// Loopback, private, link-local, and carriers' translation: nobody is reached there from outside.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let shared = first == 100 && (64..128).contains(&second);
            address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified() || shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local() || address.is_unspecified()
        }
    }
}

/// Where an address belongs in Google's house.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Google {
    /// What fetches when a person asks: Gmail's image proxy.
    Fetcher,
    /// What fetches by itself: Gmail's fetch at delivery.
    Crawler,
    /// Any other address of Google's, rented out or not.
    Other,
    /// Not Google's.
    No,
}

/// How well a question about clouds or the relay can be answered.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Knowledge {
    /// There is no list.
    Missing,
    /// There is one, older than 60 days.
    Stale,
    /// There is one.
    Fresh,
}

/// What kind of address it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Whence {
    /// Of the open internet.
    Internet,
    /// Of a private network: whoever it belongs to stands between the visitor and us, such as a proxy that the operator has
    /// not declared. It says nothing of the visitor.
    Private,
    /// There was none to look up: nothing speaks for it and nothing against.
    Unknown,
}

/// What the lists say about one address.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// What kind of address it is.
    pub whence: Whence,
    /// Google's house.
    pub google: Google,
    /// The scanner whose network this is; no reader is there.
    pub scanner: Option<&'static str>,
    /// The mail-security vendor whose network this is; readers may be there.
    pub gateway: Option<&'static str>,
    /// Apple's Private Relay: people, and Apple Mail's loading in advance.
    pub relay: bool,
    /// Who rents out computers here, when this is no relay.
    pub cloud: Option<&'static str>,
    /// A VPN for people; also told in `cloud`.
    pub vpn: bool,
    /// How good the relay's list is.
    pub relay_list: Knowledge,
    /// How good the clouds' lists are.
    pub cloud_list: Knowledge,
}

impl Lists {
    /// What stands in the code, and no more.
    pub fn built_in() -> Self {
        Self::new(&[])
    }

    /// What stands in the code and the stored sets beside it. A stored list of Google's takes the place of the one in the
    /// code; of a set that comes twice, both are taken.
    pub fn new(stored: &[Stored]) -> Self {
        let of = |role: Role| {
            let sets: Vec<&Stored> =
                stored.iter().filter(|stored| stored.set.role == role && !stored.blocks.is_empty()).collect();
            let oldest = sets.iter().map(|stored| stored.fetched_at_ms).min()?;
            let blocks = sets.iter().flat_map(|stored| stored.blocks.iter().map(|block| (*block, stored.set.tag())));
            Some(Dated { ranges: Ranges::new(blocks), fetched_at_ms: oldest })
        };
        let or_facts = |role: Role, facts: &'static str| of(role).map_or_else(|| listed(facts, 0), |dated| dated.ranges);
        let mut lists = Self {
            google_fetchers: or_facts(Role::GoogleFetchers, google::FETCHERS),
            google_crawlers: or_facts(Role::GoogleCrawlers, google::CRAWLERS),
            google_own: listed(google::OWN, 0),
            scanners: vendors(scanners::CERTAIN),
            gateways: vendors(scanners::PROBABLE),
            relay: of(Role::Relay),
            clouds: of(Role::Cloud),
            vpn: of(Role::Vpn),
            version: 0,
        };
        lists.version = lists.fingerprint();
        lists
    }

    /// Names the state of the lists: the same blocks give the same number, on every machine.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Everything that the lists say about an address; `asn` is the number of its autonomous system, for callers that
    /// know it. `now_ms` tells how old the lists are.
    pub fn look_up(&self, address: Option<IpAddr>, asn: Option<u32>, now_ms: i64) -> Network {
        let state = |list: &Option<Dated>| match list {
            None => Knowledge::Missing,
            Some(list) if list.is_stale(now_ms) => Knowledge::Stale,
            Some(_) => Knowledge::Fresh,
        };
        let mut network = Network {
            whence: match address {
                None => Whence::Unknown,
                Some(address) if is_private(address) => Whence::Private,
                Some(_) => Whence::Internet,
            },
            google: Google::No,
            scanner: None,
            gateway: asn.and_then(gateway_of_asn),
            relay: false,
            cloud: None,
            vpn: false,
            relay_list: state(&self.relay),
            cloud_list: state(&self.clouds),
        };
        if let Some(address) = address {
            self.find(address, &mut network);
        }
        if network.cloud.is_none() && !network.relay {
            network.cloud = asn.and_then(cloud_of_asn);
        }
        network
    }

    fn find(&self, address: IpAddr, network: &mut Network) {
        let within = |list: &Option<Dated>| list.as_ref().and_then(|list| list.ranges.find(address));
        network.scanner = self.scanners.find(address).and_then(|tag| vendor(scanners::CERTAIN, tag));
        network.gateway =
            network.gateway.or_else(|| self.gateways.find(address).and_then(|tag| vendor(scanners::PROBABLE, tag)));
        network.relay = within(&self.relay).is_some();
        if network.relay {
            return;
        }
        let vpn = within(&self.vpn);
        network.vpn = vpn.is_some();
        network.cloud = vpn.or_else(|| within(&self.clouds)).and_then(Set::owner_of_tag);
        network.google = if self.google_fetchers.contains(address) {
            Google::Fetcher
        } else if self.google_crawlers.contains(address) {
            Google::Crawler
        } else if network.cloud == Some(GOOGLE) || self.google_own.contains(address) {
            Google::Other
        } else {
            Google::No
        };
        if network.google != Google::No {
            network.cloud = Some(GOOGLE);
        }
    }

    /// FNV-1a over every range of every list.
    fn fingerprint(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut eat = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        let always = [&self.google_fetchers, &self.google_crawlers, &self.google_own, &self.scanners, &self.gateways];
        let stored = [&self.relay, &self.clouds, &self.vpn].into_iter().map(|list| list.as_ref().map(|list| &list.ranges));
        for ranges in always.into_iter().map(Some).chain(stored) {
            eat(b"|");
            if let Some(ranges) = ranges {
                ranges.fingerprint(&mut eat);
            }
        }
        hash
    }
}

const GOOGLE: &str = "Google";

/// The blocks of a fact, which a test has read.
fn listed(facts: &'static str, tag: u8) -> Ranges {
    Ranges::new(facts.split_whitespace().filter_map(|text| Some((Cidr::parse(text).ok()?, tag))))
}

fn vendors(vendors: &'static [scanners::Vendor]) -> Ranges {
    Ranges::new((0_u8..).zip(vendors).flat_map(|(tag, vendor)| {
        vendor.blocks.split_whitespace().filter_map(move |text| Some((Cidr::parse(text).ok()?, tag)))
    }))
}

fn vendor(vendors: &'static [scanners::Vendor], tag: u8) -> Option<&'static str> {
    vendors.get(usize::from(tag)).map(|vendor| vendor.name)
}

fn gateway_of_asn(asn: u32) -> Option<&'static str> {
    let (_, index) = scanners::ASNS.iter().find(|(number, _)| *number == asn)?;
    scanners::PROBABLE.get(*index).map(|vendor| vendor.name)
}

fn cloud_of_asn(asn: u32) -> Option<&'static str> {
    scanners::CLOUD_ASNS.iter().find(|(number, _)| *number == asn).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests;
