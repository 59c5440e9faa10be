//! The self-test: counts what was found, so that the popup can say which part is off when Gmail has changed.

use super::compose::Compose;
use super::selectors::Agreement;

/// What is missing and what the two ways of finding disagree on, over all composes that were examined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Parts that were not found.
    pub missing: Vec<&'static str>,
    /// Parts found in one way only, or found to be different things.
    pub disagree: Vec<&'static str>,
}

impl Findings {
    /// Adds what a compose shows. A part that was found once counts as known from then on: Gmail builds composes step by
    /// step, and the first look may be early.
    pub fn add(&mut self, compose: &Compose) {
        self.note(compose.examine());
    }

    /// Notes that a part was not found that is no part of a compose.
    pub fn missing(&mut self, name: &'static str) {
        self.note([(name, Agreement::Missing)]);
    }

    /// Notes what the two ways say of some parts.
    pub fn note(&mut self, parts: impl IntoIterator<Item = (&'static str, Agreement)>) {
        for (name, agreement) in parts {
            self.missing.retain(|other| *other != name);
            self.disagree.retain(|other| *other != name);
            match agreement {
                Agreement::Same => {}
                Agreement::Different => self.disagree.push(name),
                Agreement::Missing => self.missing.push(name),
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
        assert_eq!(findings.missing, ["body"]);
        assert_eq!(findings.disagree, ["send"]);
        findings.note([("body", Agreement::Same), ("send", Agreement::Missing)]);
        assert_eq!(findings.missing, ["send"]);
        assert!(findings.disagree.is_empty());
    }
}
