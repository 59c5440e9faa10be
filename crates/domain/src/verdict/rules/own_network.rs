//! A3 and A4: a direct load from the sender's own address of late, with the sender's browser or with another.

use super::super::Own;
use super::super::agent::{Agent, Client};
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

/// A3: the same browser on the same system. Colleagues may share both, hence medium.
pub(super) fn same_browser(case: &Case<'_>) -> Option<Finding> {
    let direct = case.agent == Agent::Browser;
    (direct && is_own_address(case) && is_own_browser(case))
        .then(|| finding(Label::Own, Confidence::Medium, ReasonId::OwnBrowser))
}

/// A4: anything else from there.
pub(super) fn other_client(case: &Case<'_>) -> Option<Finding> {
    is_own_address(case).then(|| finding(Label::Unknown, Confidence::Low, ReasonId::OwnNetwork))
}

/// Whether the hit came from an address that the sender used of late.
pub(super) fn is_own_address(case: &Case<'_>) -> bool {
    let Some(address) = case.facts.address else { return false };
    case.facts.own.addresses.iter().any(|own| Own::same_line(address, *own))
}

/// When the sender's agents are not known, any browser that the extension runs in may be the sender's.
fn is_own_browser(case: &Case<'_>) -> bool {
    let client = Client::of(case.facts.agent);
    match case.facts.own.agents {
        [] => client.runs_the_extension(),
        agents => agents.iter().any(|agent| Client::of(agent.as_bytes()) == client),
    }
}
