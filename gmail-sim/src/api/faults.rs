//! What goes wrong with the REST API and the token endpoint, as a test ordered it.

use serde::{Deserialize, Serialize};

use super::errors::ApiError;
use crate::ids::Random;
use crate::world::World;

/// One order. The first that fits a call and is due is carried out; see `README.md`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Rule {
    /// `drafts.send`, `token`, `revoke`, …, `drafts.*`, or `*`.
    method: String,
    /// Refused with this status, and nothing happens.
    error: Option<u16>,
    /// It happens, and is answered with this status all the same.
    error_after_effect: Option<u16>,
    /// Google's word for either; the status's usual one if absent.
    reason: Option<String>,
    /// Seconds, as a header of either.
    retry_after: Option<u32>,
    /// The connection closes, and nothing happens.
    drop_before_effect: bool,
    /// It happens, and the connection closes.
    drop_after_effect: bool,
    /// Milliseconds before it happens; it happens also when the caller did not wait.
    delay_ms: u64,
    /// Milliseconds between the effect and the answer.
    hang_ms: u64,
    /// For so many calls; for all, if absent.
    times: Option<u64>,
    /// Every nth call that fits.
    every: Option<u64>,
    /// With this probability, 0 to 1, by chance that is the same for the same seed.
    probability: Option<f64>,
    seed: u64,
    /// Calls that fitted, and how many of them it was carried out for.
    #[serde(skip_deserializing)]
    seen: u64,
    #[serde(skip_deserializing)]
    hit: u64,
}

/// What is to go wrong with one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) ordered: bool,
    pub(crate) error: Option<ApiError>,
    pub(crate) error_after: Option<ApiError>,
    pub(crate) drop_before: bool,
    pub(crate) drop_after: bool,
    pub(crate) delay_ms: u64,
    pub(crate) hang_ms: u64,
}

impl Rule {
    fn fits(&self, method: &str) -> bool {
        self.method == "*" || self.method == method || self.method.strip_suffix('*').is_some_and(|it| method.starts_with(it))
    }

    /// Whether this call is one of those; counts it.
    fn due(&mut self) -> bool {
        self.seen += 1;
        let left = self.times.is_none_or(|times| self.hit < times);
        let turn = self.every.is_none_or(|every| every > 0 && self.seen.is_multiple_of(every));
        let mut chance = Random::new(self.seed.wrapping_mul(0x9E37_79B9) ^ self.seen);
        let due = left && turn && self.probability.is_none_or(|it| chance.happens(it));
        self.hit += u64::from(due);
        due
    }
}

impl World {
    /// What is to go wrong with a call of this method.
    pub(crate) fn plan(&mut self, method: &str) -> Plan {
        let Some(rule) = self.faults.api.iter_mut().find_map(|rule| (rule.fits(method) && rule.due()).then_some(&*rule)) else {
            return Plan::default();
        };
        let error = |status: Option<u16>| status.map(|it| ApiError::ordered(it, rule.reason.as_deref(), rule.retry_after));
        Plan {
            ordered: true,
            error: error(rule.error),
            error_after: error(rule.error_after_effect),
            drop_before: rule.drop_before_effect,
            drop_after: rule.drop_after_effect,
            delay_ms: rule.delay_ms,
            hang_ms: rule.hang_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hits(rule: &serde_json::Value, calls: &[&str]) -> Vec<bool> {
        let mut world = World::new(1);
        world.faults.api = vec![serde_json::from_value(rule.clone()).unwrap()];
        calls.iter().map(|method| world.plan(method).ordered).collect()
    }

    #[test]
    fn a_rule_hits_the_calls_that_it_names() {
        let calls = ["drafts.send", "drafts.get", "token", "drafts.send", "drafts.send"];
        assert_eq!(
            hits(&json!({ "method": "drafts.send", "error": 503, "times": 2 }), &calls),
            [true, false, false, true, false]
        );
        assert_eq!(hits(&json!({ "method": "drafts.*", "every": 2 }), &calls), [false, true, false, false, true]);
        assert_eq!(hits(&json!({ "method": "*", "probability": 0 }), &calls), [false; 5]);
        assert_eq!(hits(&json!({ "method": "*", "probability": 1 }), &calls), [true; 5]);
        let some = json!({ "method": "*", "probability": 0.3, "seed": 7 });
        let many = ["drafts.send"; 1000];
        let hit = hits(&some, &many);
        assert_eq!(hit, hits(&some, &many));
        assert!((200..400).contains(&hit.iter().filter(|it| **it).count()));
        assert!(serde_json::from_value::<Rule>(json!({ "method": "*", "eror": 1 })).is_err());
    }
}
