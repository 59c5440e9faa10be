//! C2 and C7: a click from the network of a mail-security vendor, or later from a data centre.

use super::{Case, Confidence, Finding, Label, ReasonId, named};

/// Scanners follow links within this time after sending, in seconds.
pub(super) const WINDOW_SECONDS: i64 = 120;

/// C2: from a vendor, right after delivery.
pub(super) fn right_away(case: &Case<'_>) -> Option<Finding> {
    let vendor = case.network.gateway.filter(|_| case.sooner_than(WINDOW_SECONDS + 1))?;
    Some(named(Label::Scanner, Confidence::Medium, ReasonId::GatewayFast, vendor))
}

/// C7: from a vendor or a data centre, later: a person behind a gateway, a VPN, or a scanner that looks again.
pub(super) fn later(case: &Case<'_>) -> Option<Finding> {
    let owner = case.network.gateway.or(case.network.cloud)?;
    Some(named(Label::Unknown, Confidence::Low, ReasonId::Gateway, owner))
}
