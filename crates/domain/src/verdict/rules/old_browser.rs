//! A browser that cannot be, or that only gateways still pretend to be. Weak: some companies never update.

use super::super::agent::Agent;
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    (case.agent == Agent::Impossible).then(|| finding(Label::Scanner, Confidence::Low, ReasonId::OldBrowser))
}
