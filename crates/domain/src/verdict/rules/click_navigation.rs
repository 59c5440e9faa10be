//! C8: a browser that was told by a person to go there. `Sec-Fetch-User` is only sent after a key or a click; a driven
//! browser can send it too, which is why bursts and data centres come first. Apple's relay hides too much for this.

use super::super::Headers;
use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let headers = &case.facts.headers;
    let told = headers.sec_fetch_mode.is_some_and(|mode| mode.trim().eq_ignore_ascii_case("navigate"))
        && headers.sec_fetch_user.is_some_and(|user| user.trim() == "?1")
        && Headers::says(headers.accept_language);
    let browser = matches!(case.agent, Agent::Browser | Agent::BareWebKit | Agent::MailProgram(_));
    (told && browser && case.at_home() && !case.network.relay)
        .then(|| finding(Label::Human, case.unless_cloud(Confidence::High), ReasonId::Navigation))
}
