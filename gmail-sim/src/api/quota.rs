//! Quota units an account used in the last minute.

use std::collections::{HashMap, VecDeque};

const MINUTE: i64 = 60_000;

#[derive(Debug, Default)]
pub(crate) struct Quota {
    used: HashMap<String, (VecDeque<(i64, u32)>, u32)>,
}

impl Quota {
    /// Takes the units of a call. False: they are used up, and the call is refused. `limit` 0: there is none.
    pub(crate) fn take(&mut self, account: &str, units: u32, limit: u32, now: i64) -> bool {
        if limit == 0 {
            return true;
        }
        let (calls, sum) = self.used.entry(account.to_owned()).or_default();
        while let Some((_, units)) = calls.pop_front_if(|(at, _)| *at <= now - MINUTE) {
            *sum -= units;
        }
        if *sum + units > limit {
            return false;
        }
        calls.push_back((now, units));
        *sum += units;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_back_after_a_minute() {
        let mut quota = Quota::default();
        assert!(quota.take("a", 100, 250, 0) && quota.take("a", 100, 250, 1_000));
        assert!(!quota.take("a", 100, 250, 59_999));
        assert!(quota.take("b", 100, 250, 59_999));
        assert!(quota.take("a", 100, 250, 60_000));
        assert!(!quota.take("a", 100, 250, 60_500) && quota.take("a", 100, 250, 61_000));
        assert!(quota.take("a", 1_000_000, 0, 61_000));
    }
}
