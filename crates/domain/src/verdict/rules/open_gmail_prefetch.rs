//! O1 to O3: Gmail loads the pictures of a mail when it is delivered to an open session, with an agent of its own and from
//! Google's special crawlers.

use super::super::agent::Agent;
use super::super::lists::{Google, Whence};
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    if case.agent != Agent::GmailPrefetch {
        return None;
    }
    Some(match case.network.google {
        Google::Crawler => finding(Label::Prefetch, Confidence::High, ReasonId::GmailPrefetch),
        Google::No if case.network.whence == Whence::Private => {
            finding(Label::Prefetch, Confidence::Medium, ReasonId::GmailPrefetch)
        }
        // Without an address nothing speaks against what the agent says.
        Google::No if case.network.whence == Whence::Unknown => {
            finding(Label::Prefetch, Confidence::High, ReasonId::GmailPrefetch)
        }
        Google::Fetcher | Google::Other => finding(Label::Prefetch, Confidence::Medium, ReasonId::GmailPrefetch),
        Google::No => finding(Label::Unknown, Confidence::Low, ReasonId::GmailPrefetchElsewhere),
    })
}
