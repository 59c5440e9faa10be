//! The roll-up: from the judged hits of one message to its opens and clicks, and to what is known of it.
//!
//! Each hit counts in its [`Class`]. A hit is a *repeat* when the same agent in the same network did the same thing (for
//! clicks: on the same link) in the same class at most [`REPEAT_WITHIN`] before or after a hit that counted; of a mail
//! provider's proxy, which has many addresses, the provider stands for agent and network. Repeats are kept as hits and counted
//! as hits, not as opens or clicks. The window hangs on the hit that counted and does not slide: a client that reloads all day
//! counts again.
//!
//! A person's click counts as one only once it is settled; until then it is being checked.
//!
//! What must hold: hits may come in any order; times are the hits' own; no class changes what is counted in another; the
//! state is small, whatever is thrown at it. What is remembered of agents is a hash and a time, for the [`MAX_SEEN`] latest of
//! them: with more at once a repeat may count.

use sha2::{Digest as _, Sha256};

use crate::alike;
pub use crate::verdict::Kind;
use crate::verdict::Label;

/// Two hits closer than this, in milliseconds, are one.
pub const REPEAT_WITHIN: i64 = 30_000;
/// An open after this much silence, in milliseconds, is one *again*: three days.
pub const AGAIN_AFTER: i64 = 3 * 24 * 60 * 60 * 1000;
/// How many agents are remembered.
pub const MAX_SEEN: usize = 16;

/// As what a hit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Somebody at the recipient's side.
    Person,
    /// A machine that looks at mail, links or pages.
    Scanner,
    /// Loaded in advance, Apple's left out.
    Prefetch,
    /// Apple's mail program, which loads pictures by itself, read or not.
    Apple,
    /// The sender.
    Own,
    /// It cannot be told.
    Unknown,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 6] = [Self::Person, Self::Scanner, Self::Prefetch, Self::Apple, Self::Own, Self::Unknown];

    /// The class of a hit with the label that counts; `apple`: it is the verdict's, and its reason is Apple's privacy.
    pub const fn of(kind: Kind, label: Label, apple: bool) -> Self {
        match (label, kind) {
            (Label::Human, _) | (Label::ImageProxy, Kind::Open) => Self::Person,
            // No proxy follows links for people.
            (Label::ImageProxy, Kind::Click) | (Label::Unknown, _) => Self::Unknown,
            (Label::Prefetch, _) if apple => Self::Apple,
            (Label::Prefetch, _) => Self::Prefetch,
            (Label::Scanner, _) => Self::Scanner,
            (Label::Own, _) => Self::Own,
        }
    }
}

/// One judged hit of a message.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    /// When it came: milliseconds since 1970.
    pub at: i64,
    /// Pixel or link.
    pub kind: Kind,
    /// The user agent as sent; empty when there was none.
    pub agent: &'a str,
    /// The address it came from, or its network.
    pub address: &'a str,
    /// The target of the link; `None` for the pixel.
    pub link: Option<&'a str>,
    /// As what it counts.
    pub class: Class,
    /// No other hit will change that any more, as far as time alone tells.
    pub settled: bool,
}

/// How [`RollUp::apply`] counted a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// As the first of its kind for half a minute.
    Fresh,
    /// As a hit only.
    Repeat,
}

/// The strongest thing that is known of a message. The order is that of strength.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nothing came but perhaps the sender's own views.
    #[default]
    Unopened,
    /// Scanners or prefetches alone.
    Machines,
    /// Apple's mail program: opened or not, nobody can tell.
    Apple,
    /// Something came, and it cannot be told what.
    Unclear,
    /// Somebody at the recipient's side loaded the pictures.
    Opened,
    /// A person followed a link.
    Clicked,
}

/// What came of a message. The names are those of the API's `Activity`; times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// Pixel hits of people, without repeats.
    pub opens: u32,
    /// The same with repeats.
    pub open_hits: u32,
    /// Settled link hits of people, without repeats.
    pub clicks: u32,
    /// The same with repeats.
    pub click_hits: u32,
    /// Hits of scanners and prefetches, Apple's left out.
    pub machine_hits: u32,
    /// Hits of Apple's mail program.
    pub apple_hits: u32,
    /// The sender's own.
    pub own_hits: u32,
    /// Hits that cannot be told.
    pub unknown_hits: u32,
    /// People's link hits that are not settled.
    pub checking: u32,
    /// The earliest pixel hit of people.
    pub first_open_at: Option<i64>,
    /// The latest pixel hit of people, repeats included.
    pub last_open_at: Option<i64>,
    /// The earliest settled link hit of people.
    pub first_click_at: Option<i64>,
    /// The latest settled link hit of people, repeats included.
    pub last_click_at: Option<i64>,
    /// The target of the latest settled link hit of people.
    pub last_click_target: Option<String>,
    /// The latest open that came at least [`AGAIN_AFTER`] after the one before. An open that comes late, into that silence,
    /// does not shorten it.
    pub again_at: Option<i64>,
    /// How long that silence was, in milliseconds.
    pub again_after: Option<i64>,
    /// The first hit but the sender's own.
    pub touched_at: Option<i64>,
    /// The pixel was loaded in advance, by others than Apple.
    pub prefetched: bool,
    /// A scanner followed a link.
    pub followed: bool,
}

impl Activity {
    /// The strongest thing that is known.
    pub fn state(&self) -> State {
        match self {
            Self { clicks: 1.., .. } => State::Clicked,
            Self { opens: 1.., .. } => State::Opened,
            Self { unknown_hits: 1.., .. } => State::Unclear,
            Self { apple_hits: 1.., .. } => State::Apple,
            Self { machine_hits: 1.., .. } => State::Machines,
            _ => State::Unopened,
        }
    }

    /// How many hits were counted.
    pub fn hits(&self) -> u64 {
        let counts = [
            self.open_hits,
            self.click_hits,
            self.machine_hits,
            self.apple_hits,
            self.own_hits,
            self.unknown_hits,
            self.checking,
        ];
        counts.into_iter().map(u64::from).sum()
    }
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
        let a = &mut self.activity;
        if hit.class != Class::Own {
            a.touched_at = Some(a.touched_at.map_or(hit.at, |first| first.min(hit.at)));
        }
        match (hit.class, hit.kind) {
            (Class::Person, Kind::Open) => open(a, hit, counted),
            (Class::Person, Kind::Click) if hit.settled => click(a, hit, counted),
            (Class::Person, Kind::Click) => more(&mut a.checking),
            (Class::Scanner, kind) => {
                more(&mut a.machine_hits);
                a.followed |= kind == Kind::Click;
            }
            (Class::Prefetch, kind) => {
                more(&mut a.machine_hits);
                a.prefetched |= kind == Kind::Open;
            }
            (Class::Apple, _) => more(&mut a.apple_hits),
            (Class::Own, _) => more(&mut a.own_hits),
            (Class::Unknown, _) => more(&mut a.unknown_hits),
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

fn open(a: &mut Activity, hit: &Hit<'_>, counted: Counted) {
    more(&mut a.open_hits);
    if counted == Counted::Fresh {
        more(&mut a.opens);
        let silence = a.last_open_at.map_or(0, |last| hit.at.saturating_sub(last));
        // Later than the last open, and so later than the last `again`.
        if silence >= AGAIN_AFTER {
            a.again_at = Some(hit.at);
            a.again_after = Some(silence);
        }
    }
    widen(&mut a.first_open_at, &mut a.last_open_at, hit.at);
}

fn click(a: &mut Activity, hit: &Hit<'_>, counted: Counted) {
    more(&mut a.click_hits);
    if counted == Counted::Fresh {
        more(&mut a.clicks);
    }
    // Of two in the same millisecond the same one, whichever came first.
    let latest = (a.last_click_at, a.last_click_target.as_deref());
    if a.click_hits == 1 || (Some(hit.at), hit.link) > latest {
        a.last_click_target = hit.link.map(str::to_owned);
    }
    widen(&mut a.first_click_at, &mut a.last_click_at, hit.at);
}

fn more(count: &mut u32) {
    *count = count.saturating_add(1);
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

/// The same for the same doing of the same agent in the same network and class; the same on every machine, since it is stored.
fn who(hit: &Hit<'_>) -> [u8; 8] {
    let network = alike::network(hit.address);
    let proxy = alike::proxy(hit.agent);
    let (source, agent) = match proxy {
        Some(provider) => ("", provider),
        // What is no address stands for itself.
        None => (network.as_deref().unwrap_or(hit.address), hit.agent),
    };
    let mut hash = Sha256::new();
    // Each part with its length, so that none can pass for another's.
    for part in [source, agent, hit.link.unwrap_or_default()] {
        // As 64 bits everywhere: `usize` is narrower on wasm32.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let checking = hit.kind == Kind::Click && !hit.settled;
    let class = match hit.class {
        Class::Person => 0,
        Class::Scanner => 1,
        Class::Prefetch => 2,
        Class::Apple => 3,
        Class::Own => 4,
        Class::Unknown => 5,
    };
    // What is being checked may yet go: a settled click is no repeat of it.
    hash.update([u8::from(hit.kind == Kind::Click), class, u8::from(checking), u8::from(proxy.is_some())]);
    let full = hash.finalize();
    core::array::from_fn(|i| full[i])
}

#[cfg(test)]
mod tests;
