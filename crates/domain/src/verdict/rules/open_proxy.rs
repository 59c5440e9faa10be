//! O10: the image proxy of another mail provider, which fetches when somebody looks.

use super::super::agent::Agent;
use super::{Case, Finding, Label, ReasonId, named};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Agent::MailProxy { name, confidence } = case.agent else { return None };
    Some(named(Label::ImageProxy, confidence, ReasonId::ProxyOpen, name))
}
