//! C6: faster after sending than people click, from where people are.

use super::{Case, Confidence, Finding, Label, ReasonId, finding};

const FAST_SECONDS: i64 = 5;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    case.sooner_than(FAST_SECONDS).then(|| finding(Label::Unknown, Confidence::Low, ReasonId::ClickFast))
}
