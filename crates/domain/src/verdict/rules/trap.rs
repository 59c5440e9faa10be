//! A7: a link that no person can see was followed, by this hit or by the same source within ten seconds. Waxwing makes no
//! such links; data from elsewhere may have them.

use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    (case.facts.trap || case.facts.burst.trap).then(|| finding(Label::Scanner, Confidence::High, ReasonId::Trap))
}
