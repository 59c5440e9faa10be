//! The rule that keeps this browser from loading its own account's pixels: the sender's own views are no opens.
//!
//! Measured: declarativeNetRequest sees what stands behind `#`, so the rule also meets Google's proxied address, which has the
//! pixel's address there. A colleague's pixels hold another account id and load.

use std::collections::BTreeSet;

use super::Worker;
use super::platform::Platform;
use crate::chrome::ApiError;
use crate::chrome::rules::{Action, BlockRule, Condition, Rules};

/// The rule's number.
const OWN_PIXELS: u32 = 1;

fn own_pixels(account: &str) -> BlockRule {
    BlockRule {
        id: OWN_PIXELS,
        priority: 1,
        action: Action { kind: "block".to_owned() },
        condition: Condition {
            url_filter: format!("/o/{account}/"),
            // Also when a page's script fetches the picture. Not `main_frame`: who opens the address itself means to.
            resource_types: ["image", "media", "xmlhttprequest", "other"].map(str::to_owned).to_vec(),
            is_url_filter_case_sensitive: true,
        },
    }
}

fn is_in_force(rules: &[BlockRule], account: &str) -> bool {
    let wanted = own_pixels(account);
    rules.iter().any(|rule| {
        // Chrome gives the types back in an order of its own.
        let types = |of: &BlockRule| of.condition.resource_types.iter().cloned().collect::<BTreeSet<_>>();
        rule.id == wanted.id
            && rule.action == wanted.action
            && rule.condition.url_filter == wanted.condition.url_filter
            && types(rule) == types(&wanted)
    })
}

impl<P: Platform> Worker<P> {
    /// Makes the rules what they have to be for this account, or for none.
    pub(super) async fn set_rules(&self, account: Option<&str>) -> Result<(), ApiError> {
        // An id that is not of our form could mean more than itself in a filter.
        let account = account.filter(|account| waxwing_domain::address::is_account_id(account));
        let rules = self.platform.rules();
        let current = rules.current().await?;
        let right = match account {
            Some(account) => current.len() == 1 && is_in_force(&current, account),
            None => current.is_empty(),
        };
        if right {
            return Ok(());
        }
        let old: Vec<u32> = current.iter().map(|rule| rule.id).collect();
        let new: Vec<BlockRule> = account.map(own_pixels).into_iter().collect();
        rules.replace(&old, &new).await
    }

    /// Whether the rule for this account is in force.
    pub(super) async fn are_own_pixels_blocked(&self, account: &str) -> bool {
        self.platform.rules().current().await.is_ok_and(|rules| is_in_force(&rules, account))
    }
}
