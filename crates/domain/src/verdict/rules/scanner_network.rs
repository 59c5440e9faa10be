//! A8: a network in which nobody reads mail.

use super::{Case, Confidence, Finding, Label, ReasonId, named};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let vendor = case.network.scanner?;
    Some(named(Label::Scanner, Confidence::High, ReasonId::ScannerNetwork, vendor))
}
