//! C4: the same link a second time within a minute, from another network and another system than the person's click before
//! it: a gateway looks again at what was clicked. The first stays a person's.

use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    case.facts.repeats_a_person.then(|| finding(Label::Scanner, Confidence::Medium, ReasonId::Recheck))
}
