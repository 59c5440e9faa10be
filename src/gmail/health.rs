//! The self-test: counts what was found, so that the popup can say which part is off when Gmail has changed.

use std::collections::BTreeSet;

use super::compose::Compose;
use super::selectors::Agreement;

/// What is missing and what the two ways of finding disagree on, over all composes that were examined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Parts that were not found.
    pub missing: BTreeSet<&'static str>,
    /// Parts found in one way only, or found to be different things.
    pub disagree: BTreeSet<&'static str>,
}

impl Findings {
    /// Adds what a compose shows. A part that was found once counts as known from then on: Gmail builds composes step by
    /// step, and the first look may be early.
    pub fn add(&mut self, compose: &Compose) {
        self.note(compose.examine());
    }

    fn note(&mut self, parts: impl IntoIterator<Item = (&'static str, Agreement)>) {
        for (name, agreement) in parts {
            self.missing.remove(name);
            self.disagree.remove(name);
            match agreement {
                Agreement::Same => {}
                Agreement::Different => drop(self.disagree.insert(name)),
                Agreement::Missing => drop(self.missing.insert(name)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_look_counts() {
        let mut findings = Findings::default();
        findings.note([("body", Agreement::Missing), ("send", Agreement::Different), ("compose", Agreement::Same)]);
        assert_eq!(findings.missing, BTreeSet::from(["body"]));
        assert_eq!(findings.disagree, BTreeSet::from(["send"]));
        findings.note([("body", Agreement::Same), ("send", Agreement::Missing)]);
        assert_eq!(findings.missing, BTreeSet::from(["send"]));
        assert!(findings.disagree.is_empty());
    }
}
