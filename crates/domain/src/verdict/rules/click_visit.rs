//! C9: a browser without all of a navigation's headers, as old ones are, or through Apple's relay.

use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let browser = matches!(case.agent, Agent::Browser | Agent::BareWebKit | Agent::MailProgram(_));
    let reason = if case.network.relay { ReasonId::RelayVisit } else { ReasonId::BrowserVisit };
    (browser && case.at_home()).then(|| finding(Label::Human, case.unless_cloud(Confidence::Medium), reason))
}
