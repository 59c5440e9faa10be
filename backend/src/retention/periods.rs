//! For how long each rule keeps, as the operator chose: `[retention]` in `waxwing.toml`, in days, never more than the rule has.

use std::collections::BTreeMap;

use waxwing_protocol::Millis;

use super::DAY;
use super::rules::{RULES, Rule};
use crate::config::ConfigError;

/// See the file's head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Periods(BTreeMap<&'static str, u32>);

impl Periods {
    /// Checks what stands in the file.
    pub fn checked(chosen: &BTreeMap<String, u32>) -> Result<Self, ConfigError> {
        let wrong = |why: String| ConfigError::Value { name: "[retention]", why };
        let mut periods = BTreeMap::new();
        for (name, days) in chosen {
            let Some(rule) = Rule::named(name) else {
                let names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
                return Err(wrong(format!("{name:?} is not one of {}", names.join(", "))));
            };
            if *days == 0 || *days > rule.days {
                return Err(wrong(format!(
                    "{name} = {days} is not a number of days from 1 to {}: it may only be shortened",
                    rule.days
                )));
            }
            periods.insert(rule.name, *days);
        }
        Ok(Self(periods))
    }

    /// These, and shorter ones that an admin chose. What is longer, or of no rule of this version, counts for nothing.
    #[must_use]
    pub fn and(&self, chosen: &BTreeMap<String, u32>) -> Self {
        let shorter = RULES.iter().filter_map(|rule| {
            let days = chosen.get(rule.name).copied().filter(|days| *days > 0)?;
            (days < self.days(rule)).then_some((rule.name, days))
        });
        let mut periods = self.clone();
        periods.0.extend(shorter);
        periods
    }

    /// How many days a rule keeps.
    #[must_use]
    pub fn days(&self, rule: &Rule) -> u32 {
        self.0.get(rule.name).copied().unwrap_or(rule.days).min(rule.days)
    }

    /// The same in milliseconds.
    #[must_use]
    pub fn of(&self, rule: &Rule) -> Millis {
        Millis::from(self.days(rule)) * DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_shortens_what_the_file_says() {
        let file = Periods::checked(&BTreeMap::from([("events".to_owned(), 5)])).unwrap();
        for (name, days, want) in
            [("events", 3, 3), ("events", 6, 5), ("events", 0, 5), ("sessions", 3, 5), ("of no rule", 1, 5)]
        {
            let both = file.and(&BTreeMap::from([(name.to_owned(), days)]));
            assert_eq!(both.days(Rule::named("events").unwrap()), want, "{name} {days}");
        }
    }

    #[test]
    fn periods_may_only_be_shortened() {
        let chosen = |name: &str, days| BTreeMap::from([(name.to_owned(), days)]);
        let events = Rule::named("events").unwrap();
        assert_eq!(Periods::default().days(events), 7);
        assert_eq!(Periods::checked(&chosen("events", 3)).unwrap().days(events), 3);
        assert_eq!(Periods::checked(&chosen("events", 7)).unwrap().of(events), 7 * DAY);
        for (name, days) in [("events", 8), ("events", 0), ("evnts", 1), ("", 1)] {
            let error = Periods::checked(&chosen(name, days)).unwrap_err();
            assert!(error.to_string().contains("[retention]"), "{error}");
        }
    }
}
