//! C1: one source followed three links of a message within ten seconds, or all of at least two. What the same source did in
//! these seconds besides, such as loading the pixel, is the same machine's.

use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

/// That many links in ten seconds are no person's.
const MANY: u32 = 3;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let burst = case.facts.burst;
    let all = burst.links >= 2 && burst.links_total.is_some_and(|total| burst.links >= total);
    // What fetches for many people may share an address with somebody's gateway.
    let shared = case.agent.is_proxy() || matches!(case.agent, Agent::GmailPrefetch | Agent::ApplePrivate);
    ((burst.links >= MANY || all) && !shared).then(|| finding(Label::Scanner, Confidence::High, ReasonId::Burst))
}
