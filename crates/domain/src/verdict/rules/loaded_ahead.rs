//! A6: the browser says that it loads in advance (`Sec-Purpose` and its elders).

use super::{Case, Confidence, Finding, Label, ReasonId, finding};

const AHEAD: [&str; 3] = ["prefetch", "preview", "prerender"];

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let says = |value: &str| {
        let value = value.to_ascii_lowercase();
        AHEAD.iter().any(|word| value.contains(word))
    };
    let ahead = case.facts.headers.purposes.into_iter().flatten().any(says);
    ahead.then(|| finding(Label::Prefetch, Confidence::High, ReasonId::LoadedAhead))
}
