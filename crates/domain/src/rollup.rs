//! The roll-up: from the raw hits of one message to its opens and clicks.
//!
//! A hit is a *repeat* when the same agent in the same network did the same thing (for clicks: on the same link) at most
//! [`REPEAT_WITHIN`] before or after a hit that counted. Repeats are kept as hits and counted as hits, not as opens or
//! clicks. The window hangs on the hit that counted and does not slide: a client that reloads all day counts again.
//!
//! What must hold: hits may come in any order; times are the hits' own; the state is small, whatever is thrown at it. What
//! is remembered of agents is a hash and a time, for the [`MAX_SEEN`] latest of them: with more at once a repeat may count.

use core::net::IpAddr;

use sha2::{Digest as _, Sha256};

/// Two hits closer than this, in milliseconds, are one.
pub const REPEAT_WITHIN: i64 = 30_000;
/// How many agents are remembered.
pub const MAX_SEEN: usize = 16;

/// What a hit was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The pixel was fetched.
    Open,
    /// A link was followed.
    Click,
}

/// One raw hit of a message.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    /// When it came: milliseconds since 1970.
    pub at: i64,
    /// Pixel or link.
    pub kind: Kind,
    /// The user agent as sent; empty when there was none.
    pub agent: &'a str,
    /// The address it came from.
    pub address: &'a str,
    /// The target of the link; `None` for the pixel.
    pub link: Option<&'a str>,
}

/// How [`RollUp::apply`] counted a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// As an open or a click.
    Fresh,
    /// As a hit only.
    Repeat,
}

/// What came of a message. The names are those of the API's `Activity`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// Pixel hits without repeats.
    pub opens: u32,
    /// Pixel hits.
    pub open_hits: u32,
    /// Link hits without repeats.
    pub clicks: u32,
    /// Link hits.
    pub click_hits: u32,
    /// The earliest pixel hit, in milliseconds since 1970, as all times here.
    pub first_open_at: Option<i64>,
    /// The latest pixel hit, repeats included.
    pub last_open_at: Option<i64>,
    /// The earliest link hit.
    pub first_click_at: Option<i64>,
    /// The latest link hit, repeats included.
    pub last_click_at: Option<i64>,
    /// The target of the latest link hit.
    pub last_click_target: Option<String>,
}

/// The fold of a message's hits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RollUp {
    /// The result so far.
    pub activity: Activity,
    seen: Vec<Seen>,
}

/// Who did what, and when it counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    who: [u8; 8],
    at: i64,
}

const SEEN_BYTES: usize = 16;

impl RollUp {
    /// The fold as it was stored: the activity and [`RollUp::seen_bytes`]. Bytes that are not of that form are taken as
    /// nothing seen: then a repeat may count once more, and nothing else is lost.
    pub fn from_parts(activity: Activity, seen: &[u8]) -> Self {
        let (entries, rest) = seen.as_chunks::<SEEN_BYTES>();
        let seen = if rest.is_empty() && entries.len() <= MAX_SEEN {
            entries.iter().map(Seen::from_bytes).collect()
        } else {
            Vec::new()
        };
        Self { activity, seen }
    }

    /// What is remembered of agents, to be stored beside the activity: at most 256 bytes.
    pub fn seen_bytes(&self) -> Vec<u8> {
        self.seen.iter().flat_map(|seen| seen.to_bytes()).collect()
    }

    /// Counts one more hit.
    pub fn apply(&mut self, hit: &Hit<'_>) -> Counted {
        let counted = self.recognise(hit);
        let fresh = u32::from(counted == Counted::Fresh);
        let a = &mut self.activity;
        match hit.kind {
            Kind::Open => {
                a.open_hits = a.open_hits.saturating_add(1);
                a.opens = a.opens.saturating_add(fresh);
                widen(&mut a.first_open_at, &mut a.last_open_at, hit.at);
            }
            Kind::Click => {
                a.click_hits = a.click_hits.saturating_add(1);
                a.clicks = a.clicks.saturating_add(fresh);
                widen(&mut a.first_click_at, &mut a.last_click_at, hit.at);
                if a.last_click_at == Some(hit.at) {
                    a.last_click_target = hit.link.map(str::to_owned);
                }
            }
        }
        counted
    }

    fn recognise(&mut self, hit: &Hit<'_>) -> Counted {
        let who = who(hit);
        let near = |seen: &Seen| seen.who == who && seen.at.abs_diff(hit.at) <= REPEAT_WITHIN.unsigned_abs();
        if self.seen.iter().any(near) {
            return Counted::Repeat;
        }
        // An entry for each window, not for each agent: a late hit must still find the window it falls into.
        self.seen.push(Seen { who, at: hit.at });
        if self.seen.len() > MAX_SEEN
            && let Some(oldest) = (0..self.seen.len()).min_by_key(|&i| self.seen[i].at)
        {
            self.seen.remove(oldest);
        }
        Counted::Fresh
    }
}

impl Seen {
    fn from_bytes(bytes: &[u8; SEEN_BYTES]) -> Self {
        let (mut who, mut at) = ([0; 8], [0; 8]);
        who.copy_from_slice(&bytes[..8]);
        at.copy_from_slice(&bytes[8..]);
        Self { who, at: i64::from_le_bytes(at) }
    }

    fn to_bytes(self) -> [u8; SEEN_BYTES] {
        let mut bytes = [0; SEEN_BYTES];
        bytes[..8].copy_from_slice(&self.who);
        bytes[8..].copy_from_slice(&self.at.to_le_bytes());
        bytes
    }
}

fn widen(first: &mut Option<i64>, last: &mut Option<i64>, at: i64) {
    *first = Some(first.map_or(at, |first| first.min(at)));
    *last = Some(last.map_or(at, |last| last.max(at)));
}

/// The same for the same doing of the same agent in the same network; the same on every machine, since it is stored.
fn who(hit: &Hit<'_>) -> [u8; 8] {
    let mut hash = Sha256::new();
    // Each part with its length, so that none can pass for another's.
    for part in [network(hit.address).as_str(), hit.agent, hit.link.unwrap_or_default()] {
        // As 64 bits everywhere: `usize` is narrower on wasm32.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update([u8::from(hit.kind == Kind::Click)]);
    let full = hash.finalize();
    core::array::from_fn(|i| full[i])
}

/// The /24 of an IPv4 address, the /48 of an IPv6 address: a household or a proxy's pool. What is no address stands for
/// itself.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}")
        }
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests;
