//! O4 and O5: Apple Mail with privacy protection loads everything through the Private Relay, read or not, whenever the device
//! likes. The relay's list changes weekly: not being in it only lowers confidence.

use super::super::agent::Agent;
use super::super::lists::{Knowledge, Whence};
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    if case.agent != Agent::ApplePrivate {
        return None;
    }
    let network = &case.network;
    let sure = network.whence == Whence::Unknown || (network.relay && network.relay_list == Knowledge::Fresh);
    let confidence = if sure { Confidence::High } else { Confidence::Medium };
    Some(finding(Label::Prefetch, confidence, ReasonId::ApplePrivacy))
}
