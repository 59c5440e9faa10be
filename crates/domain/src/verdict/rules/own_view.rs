//! A2: the sender had this message on screen within five seconds of the hit, and a mail provider's proxy or the sender's
//! own address fetched it.
//!
//! The signal comes only from browsers in which the blocking rule was not active at that moment: with the rule active such a
//! hit is the recipient's. Nothing else is swallowed: "the next hit" may be anybody's.

use super::super::agent::Agent;
use super::super::lists::{Google, Whence};
use super::{Case, Confidence, Finding, Label, ReasonId, finding, own_network};

/// How far from the view a hit may be, in milliseconds, before or after.
const NEAR_MS: u64 = 5_000;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let since = case.facts.own.since_view_ms?;
    let near = since.unsigned_abs() <= NEAR_MS;
    let fetched = through_a_proxy(case) || own_network::is_own_address(case);
    (near && fetched).then(|| finding(Label::Own, Confidence::High, ReasonId::OwnView))
}

/// A proxy that is not known to be pretended.
fn through_a_proxy(case: &Case<'_>) -> bool {
    let pretended =
        case.agent == Agent::GmailProxy && case.network.whence == Whence::Internet && case.network.google == Google::No;
    case.agent.is_proxy() && !pretended
}
