//! A1: the sender's own session came with the request. Waxwing sets no cookies; data from elsewhere may have them.

use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    case.facts.own.session.then(|| finding(Label::Own, Confidence::High, ReasonId::OwnSession))
}
