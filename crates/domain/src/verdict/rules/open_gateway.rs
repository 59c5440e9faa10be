//! O14, and what comes from such a network later: vendors of mail security also run browsers for people, so the time after
//! sending has to say that it was the scanner.

use super::click_gateway::WINDOW_SECONDS;
use super::{Case, Confidence, Finding, Label, ReasonId, named};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let vendor = case.network.gateway?;
    Some(if case.sooner_than(WINDOW_SECONDS + 1) {
        named(Label::Scanner, Confidence::Medium, ReasonId::GatewayFast, vendor)
    } else {
        named(Label::Unknown, Confidence::Low, ReasonId::Gateway, vendor)
    })
}
