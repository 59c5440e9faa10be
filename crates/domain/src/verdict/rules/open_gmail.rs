//! O6 to O9: Gmail's image proxy fetches when somebody looks. Anybody can say its agent, and Google's clouds are rented out,
//! so only the addresses of Google's user-triggered fetchers confirm it.

use super::super::agent::Agent;
use super::super::lists::{Google, Whence};
use super::{Case, Confidence, Finding, Label, ReasonId, finding};

/// Sooner than this after sending, Gmail itself may have looked.
const FAST_SECONDS: i64 = 10;

/// The sender looked at the message within a day of the hit: elsewhere, without the extension, it may have been the sender
/// again.
const OWN_VIEWS_MS: u64 = 24 * 60 * 60 * 1000;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    if case.agent != Agent::GmailProxy {
        return None;
    }
    Some(match case.network.google {
        // Through a proxy that the operator has not declared, all hits come from its address: it is most likely Gmail.
        Google::No if case.network.whence == Whence::Private => {
            finding(Label::ImageProxy, Confidence::Low, ReasonId::GmailUnconfirmed)
        }
        Google::No if case.network.whence == Whence::Internet => {
            finding(Label::Unknown, Confidence::Low, ReasonId::GmailPretended)
        }
        Google::Crawler | Google::Other => finding(Label::ImageProxy, Confidence::Low, ReasonId::GmailUnconfirmed),
        Google::Fetcher | Google::No => {
            let own_views = case.facts.own.since_view_ms.is_some_and(|since| since.unsigned_abs() <= OWN_VIEWS_MS);
            if case.sooner_than(FAST_SECONDS) {
                finding(Label::ImageProxy, Confidence::Medium, ReasonId::GmailOpenFast)
            } else if own_views {
                finding(Label::ImageProxy, Confidence::Medium, ReasonId::GmailOpenOwnViews)
            } else {
                finding(Label::ImageProxy, Confidence::High, ReasonId::GmailOpen)
            }
        }
    })
}
