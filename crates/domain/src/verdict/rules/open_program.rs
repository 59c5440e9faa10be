//! O11: a mail program on the reader's device. Most load pictures only when asked to, or for senders that are trusted.

use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, finding, named};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let confidence = case.unless_cloud(Confidence::Medium);
    match case.agent {
        _ if !case.at_home() => None,
        Agent::MailProgram(program) => Some(named(Label::Human, confidence, ReasonId::ProgramOpen, program.name)),
        Agent::BareWebKit => Some(finding(Label::Human, confidence, ReasonId::WebKitOpen)),
        _ => None,
    }
}
