//! C3: a computer in a data centre follows a link within a minute of sending. VPNs for people are not meant.

use super::super::lists::Knowledge;
use super::{Case, Confidence, Finding, Label, ReasonId, named};

const WINDOW_SECONDS: i64 = 60;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let owner = case.network.cloud.filter(|_| !case.network.vpn && case.sooner_than(WINDOW_SECONDS))?;
    let stale = case.network.cloud_list == Knowledge::Stale;
    let confidence = if stale { Confidence::Low } else { Confidence::Medium };
    Some(named(Label::Scanner, confidence, ReasonId::CloudFast, owner))
}
