//! The decision table: which rule decides a hit.
//!
//! To add a rule: write its file, put it in its place in one of the lists below, give its reason an entry in the catalogue,
//! raise [`RULES_VERSION`](super::RULES_VERSION). A rule looks at the case and says what it finds, or nothing; it may rely
//! on all rules before it having found nothing.

mod burst;
mod click_cloud;
mod click_fast;
mod click_gateway;
mod click_navigation;
mod click_probe;
mod click_recheck;
mod click_visit;
mod loaded_ahead;
mod method;
mod old_browser;
mod open_apple;
mod open_browser;
mod open_cloud;
mod open_gateway;
mod open_gmail;
mod open_gmail_prefetch;
mod open_program;
mod open_proxy;
mod own_network;
mod own_session;
mod own_view;
mod scanner_network;
mod software;
mod trap;

use super::agent::Agent;
use super::lists::{Knowledge, Network, Whence};
use super::{Confidence, HitFacts, Kind, Label, Lists, Reason, ReasonId};

/// What a rule says.
pub(super) struct Finding {
    pub(super) label: Label,
    pub(super) confidence: Confidence,
    pub(super) reason: Reason,
}

/// A rule.
type Rule = fn(&Case<'_>) -> Option<Finding>;

/// For every hit: the sender first, then what many hits together say, then what a single one says of itself.
const ANY: &[Rule] = &[
    own_session::find,
    own_view::find,
    own_network::same_browser,
    trap::find,
    burst::find,
    own_network::other_client,
    method::find,
    loaded_ahead::find,
    scanner_network::find,
    software::find,
];

/// For pixels.
const OPENS: &[Rule] = &[
    open_gmail_prefetch::find,
    open_apple::find,
    open_gmail::find,
    open_proxy::find,
    open_gateway::find,
    open_cloud::find,
    open_program::find,
    old_browser::find,
    open_browser::find,
];

/// For links.
const CLICKS: &[Rule] = &[
    click_gateway::right_away,
    click_cloud::find,
    click_recheck::find,
    click_probe::find,
    click_fast::find,
    click_gateway::later,
    old_browser::find,
    click_navigation::find,
    click_visit::find,
];

/// The first finding.
pub(super) fn decide(case: &Case<'_>) -> Finding {
    let of_kind = match case.facts.kind {
        Kind::Open => OPENS,
        Kind::Click => CLICKS,
    };
    let found = ANY.iter().chain(of_kind).find_map(|rule| rule(case));
    found.unwrap_or_else(|| finding(Label::Unknown, Confidence::Low, ReasonId::NotEnough))
}

/// A hit with everything looked up that rules ask for.
pub(super) struct Case<'a> {
    pub(super) facts: &'a HitFacts<'a>,
    pub(super) agent: Agent,
    pub(super) network: Network,
    /// From sending to the hit, in milliseconds, never negative; `None` when it is not known or the clocks disagree too much.
    pub(super) since_send_ms: Option<i64>,
}

/// Clocks of a browser and a server that differ by less than this still say that a hit came right after sending.
const SKEW_MS: i64 = 300_000;

impl<'a> Case<'a> {
    pub(super) fn new(facts: &'a HitFacts<'a>, lists: &Lists, now_ms: i64) -> Self {
        Self {
            facts,
            agent: Agent::of(facts.agent),
            network: lists.look_up(facts.address, facts.asn, now_ms),
            since_send_ms: facts.since_send_ms.filter(|since| *since > -SKEW_MS).map(|since| since.max(0)),
        }
    }

    /// Less than this many seconds after sending, as far as is known.
    fn sooner_than(&self, seconds: i64) -> bool {
        self.since_send_ms.is_some_and(|since| since < seconds * 1000)
    }

    /// No network of machines, as far as is known. Apple's relay is one of people.
    fn at_home(&self) -> bool {
        self.network.cloud.is_none() && self.network.gateway.is_none() && self.network.scanner.is_none()
    }

    /// How sure "a person" can be when it rests on the address being in no data centre.
    fn unless_cloud(&self, confidence: Confidence) -> Confidence {
        match self.network.cloud_list {
            _ if self.network.whence == Whence::Private => confidence.min(Confidence::Medium),
            _ if self.network.whence == Whence::Unknown || self.network.relay => confidence,
            Knowledge::Fresh => confidence,
            Knowledge::Stale => confidence.min(Confidence::Medium),
            Knowledge::Missing => confidence.lowered(),
        }
    }
}

/// A finding whose reason has no name.
fn finding(label: Label, confidence: Confidence, id: ReasonId) -> Finding {
    Finding { label, confidence, reason: Reason::of(id) }
}

/// A finding with a name in its reason.
fn named(label: Label, confidence: Confidence, id: ReasonId, name: &'static str) -> Finding {
    Finding { label, confidence, reason: Reason { id, name } }
}
