//! A5: any method but GET asks about an address without wanting what is there.

use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let method = case.facts.method;
    let asked_only = !method.is_empty() && !method.eq_ignore_ascii_case("GET");
    asked_only.then(|| finding(Label::Scanner, Confidence::High, ReasonId::NotFetched))
}
