//! C5: a click without an agent, or Office's own check that a link exists.

use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let probe = match case.agent {
        Agent::Empty => true,
        Agent::MailProgram(program) => program.office,
        _ => false,
    };
    probe.then(|| finding(Label::Scanner, Confidence::Medium, ReasonId::LinkProbe))
}
