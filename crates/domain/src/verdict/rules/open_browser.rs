//! O12: a browser that asks for a picture in somebody's language, not right after sending.

use super::super::Headers;
use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

/// Sooner than this after sending, nobody has read.
const FAST_SECONDS: i64 = 3;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let headers = &case.facts.headers;
    let picture = headers.accept.is_some_and(|accept| accept.contains("image/") || accept.contains("*/*"))
        || headers.sec_fetch_dest == Some("image");
    let reader = case.agent == Agent::Browser && picture && Headers::says(headers.accept_language);
    (reader && case.at_home() && !case.sooner_than(FAST_SECONDS))
        .then(|| finding(Label::Human, case.unless_cloud(Confidence::Medium), ReasonId::BrowserOpen))
}
