//! A9: the agent names a scanner, a crawler, a link preview or an HTTP library, or nothing that people use.

use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, named};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Agent::Software { name, confidence } = case.agent else { return None };
    let says_so = !name.is_empty() || confidence == Confidence::High;
    let reason = if says_so { ReasonId::NamesItself } else { ReasonId::Nameless };
    Some(named(Label::Scanner, confidence, reason, name))
}
