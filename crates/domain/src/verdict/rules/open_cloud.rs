//! O13: from a data centre: a web mail's proxy, somebody's rented desktop or a scanner.

use super::{Case, Confidence, Finding, Label, ReasonId, named};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let owner = case.network.cloud?;
    Some(named(Label::Unknown, Confidence::Low, ReasonId::CloudOpen, owner))
}
