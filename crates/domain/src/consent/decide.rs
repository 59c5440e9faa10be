//! What is tracked in a mail to these people, and why.

use waxwing_protocol::api::{ConsentSettings, ConsentState, Policy, RuleOf};

use super::person::{Letters, Tables, exact_by};
use super::place::{country_by, is_within};
use super::{Said, exact};

/// Countries whose law asks for prior consent to tracking one person's opens, also at work (CNIL 2026-042; Garante 284/2026):
/// "only who agreed" unless the user made a rule for them.
const ONLY_WHO_AGREED: &[&str] = &["FR", "IT"];

/// What becomes of one kind of tracking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is tracked.
    Track,
    /// It is tracked if the writer says so for this mail.
    Ask,
    /// It is not.
    No,
}

/// Whose rule it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum By {
    /// The user's choice for everybody.
    Choice,
    /// The user's rule for this domain.
    Domain(String),
    /// The rule for this country, by its code: the user's, or that which holds by itself.
    Country(String),
}

/// Why it is so for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Refused: nothing else counts.
    Refused,
    /// Nothing was chosen yet.
    NotChosen,
    /// Only who agreed, and this one did not.
    NotAgreed(By),
    /// The writer is asked for each mail.
    Asks(By),
    /// This one agreed.
    Agreed,
    /// Every mail is tracked.
    Allowed(By),
}

impl Reason {
    /// What it comes to.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Refused | Self::NotChosen | Self::NotAgreed(_) => Outcome::No,
            Self::Asks(_) => Outcome::Ask,
            Self::Agreed | Self::Allowed(_) => Outcome::Track,
        }
    }
}

/// Why it is so for a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientReason {
    /// The address as the mail has it.
    pub address: String,
    /// Opens.
    pub opens: Reason,
    /// Clicks.
    pub clicks: Reason,
}

/// What is tracked in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Opens: the strictest of what its recipients come to.
    pub opens: Outcome,
    /// Clicks, likewise.
    pub clicks: Outcome,
    /// For each recipient, in the order of the mail; the sender's own address is none.
    pub why: Vec<RecipientReason>,
}

impl Decision {
    /// True when one of several recipients alone keeps the others from being tracked: sent apart, it would be otherwise.
    pub fn apart_would_differ(&self) -> bool {
        let differ = |of: fn(&RecipientReason) -> &Reason| {
            let mut outcomes = self.why.iter().map(|why| of(why).outcome());
            let first = outcomes.next();
            outcomes.any(|outcome| Some(outcome) != first)
        };
        differ(|why| &why.opens) || differ(|why| &why.clicks)
    }
}

/// Decides. `said` is what an address said ([`Book::said`](super::Book::said)). Without recipients the choice for everybody counts.
pub fn decide<'a>(
    settings: &ConsentSettings,
    sender: &str,
    recipients: impl IntoIterator<Item = &'a str>,
    said: impl Fn(&str) -> Said,
) -> Decision {
    let own = exact(sender);
    let why: Vec<RecipientReason> = recipients
        .into_iter()
        .filter(|address| own.is_none() || exact(address) != own)
        .map(|address| {
            let said = said(address);
            let rule = rule(&Tables, settings, address, |whose| By::from(whose));
            RecipientReason {
                address: address.to_owned(),
                opens: reason(rule.clone(), said.opens),
                clicks: reason(rule, said.clicks),
            }
        })
        .collect();
    let nobody = without_recipients(settings);
    let strictest = |of: fn(&RecipientReason) -> &Reason| why.iter().map(|why| of(why).outcome()).max().unwrap_or(nobody);
    Decision { opens: strictest(|why| &why.opens), clicks: strictest(|why| &why.clicks), why }
}

/// What one kind of tracking comes to for one recipient, who said this to it. [`decide`] without its reasons: all that a send gate
/// needs.
pub fn outcome_for(letters: &impl Letters, settings: &ConsentSettings, address: &str, said: ConsentState) -> Outcome {
    comes_to(rule(letters, settings, address, |_| ()).map(|(policy, ())| policy), said)
}

/// What a mail without recipients comes to.
pub fn without_recipients(settings: &ConsentSettings) -> Outcome {
    comes_to(settings.policy, ConsentState::Unknown)
}

/// What holds for an address, before it is asked what it said: the rule of its domain, of its country, or the choice.
fn rule<B>(
    letters: &impl Letters,
    settings: &ConsentSettings,
    address: &str,
    by: impl Fn(Whose<'_>) -> B,
) -> Option<(Policy, B)> {
    let choice = settings.policy?;
    let exact = exact_by(letters, address);
    let Some((_, domain)) = exact.as_deref().and_then(|exact| exact.rsplit_once('@')) else {
        return Some((choice, by(Whose::Choice)));
    };
    let of_domain = settings.rules.iter().filter_map(|rule| match &rule.of {
        RuleOf::Domain(of) if is_within(letters, domain, of) => Some((of, rule.policy)),
        _ => None,
    });
    if let Some((of, policy)) = of_domain.max_by_key(|(of, _)| of.len()) {
        return Some((policy, by(Whose::Domain(of))));
    }
    let Some(country) = country_by(letters, domain, &settings.countries) else { return Some((choice, by(Whose::Choice))) };
    let own = settings.rules.iter().find_map(|rule| match &rule.of {
        RuleOf::Country(of) if of.eq_ignore_ascii_case(&country) => Some(rule.policy),
        _ => None,
    });
    let preset = ONLY_WHO_AGREED.contains(&country.as_str()).then_some(Policy::Agreed);
    Some(own.or(preset).map_or_else(|| (choice, by(Whose::Choice)), |policy| (policy, by(Whose::Country(&country)))))
}

/// Whose rule it is, as long as it is looked at.
enum Whose<'a> {
    Choice,
    Domain(&'a str),
    Country(&'a str),
}

impl From<Whose<'_>> for By {
    fn from(whose: Whose<'_>) -> Self {
        match whose {
            Whose::Choice => Self::Choice,
            Whose::Domain(of) => Self::Domain(of.to_owned()),
            Whose::Country(code) => Self::Country(code.to_owned()),
        }
    }
}

fn comes_to(policy: Option<Policy>, said: ConsentState) -> Outcome {
    reason(policy.map(|policy| (policy, By::Choice)), said).outcome()
}

fn reason(rule: Option<(Policy, By)>, said: ConsentState) -> Reason {
    match (said, rule) {
        (ConsentState::Refused, _) => Reason::Refused,
        (_, None) => Reason::NotChosen,
        // The writer wants to be asked, whoever agreed.
        (_, Some((Policy::Ask, by))) => Reason::Asks(by),
        (ConsentState::Agreed, Some(_)) => Reason::Agreed,
        (ConsentState::Unknown, Some((Policy::Every, by))) => Reason::Allowed(by),
        (ConsentState::Unknown, Some((Policy::Agreed, by))) => Reason::NotAgreed(by),
    }
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{ConsentRule, DomainCountry};

    use super::*;
    use Outcome::{Ask, No, Track};

    fn settings(policy: Option<Policy>) -> ConsentSettings {
        let rule = |of, policy| ConsentRule { of, policy };
        ConsentSettings {
            policy,
            rules: vec![
                rule(RuleOf::Domain("partner.example".to_owned()), Policy::Every),
                rule(RuleOf::Domain("legal.partner.example".to_owned()), Policy::Agreed),
                rule(RuleOf::Country("de".to_owned()), Policy::Ask),
            ],
            countries: vec![DomainCountry { domain: "paris.example".to_owned(), country: "FR".to_owned() }],
            ..ConsentSettings::default()
        }
    }

    fn said(address: &str) -> Said {
        let (opens, clicks) = match address.split('@').next() {
            Some("no") => (ConsentState::Refused, ConsentState::Refused),
            Some("nopix") => (ConsentState::Refused, ConsentState::Unknown),
            Some("yes") => (ConsentState::Agreed, ConsentState::Agreed),
            _ => Default::default(),
        };
        Said { opens, clicks, ..Said::default() }
    }

    #[test]
    fn who_is_tracked() {
        for (policy, to, opens, clicks) in [
            (Some(Policy::Every), &["a@x.example"][..], Track, Track),
            (Some(Policy::Ask), &["a@x.example"], Ask, Ask),
            (Some(Policy::Agreed), &["a@x.example"], No, No),
            (None, &["yes@x.example"], No, No),
            (Some(Policy::Agreed), &["yes@x.example"], Track, Track),
            (Some(Policy::Ask), &["yes@x.example"], Ask, Ask),
            (Some(Policy::Every), &["no@x.example"], No, No),
            (Some(Policy::Every), &["nopix@x.example"], No, Track),
            // One who refuses ends it for all, one who must be asked too.
            (Some(Policy::Every), &["a@x.example", "yes@x.example", "nopix@x.example"], No, Track),
            (Some(Policy::Every), &["a@x.example", "b@acme.de"], Ask, Ask),
            (Some(Policy::Agreed), &["yes@x.example", "a@x.example"], No, No),
            // Countries and domains.
            (Some(Policy::Every), &["a@acme.fr"], No, No),
            (Some(Policy::Every), &["a@acme.it"], No, No),
            (Some(Policy::Every), &["yes@acme.it"], Track, Track),
            (Some(Policy::Every), &["a@paris.example"], No, No),
            (Some(Policy::Agreed), &["a@partner.example"], Track, Track),
            (Some(Policy::Agreed), &["a@sub.partner.example"], Track, Track),
            (Some(Policy::Every), &["a@x.legal.partner.example"], No, No),
            (Some(Policy::Every), &["no@partner.example"], No, No),
            // The sender is nobody's recipient.
            (Some(Policy::Every), &["ME@x.example", "a@x.example"], Track, Track),
            (Some(Policy::Agreed), &["me@x.example"], No, No),
            (Some(Policy::Every), &[], Track, Track),
            (Some(Policy::Every), &["not an address"], Track, Track),
            (Some(Policy::Agreed), &["not an address"], No, No),
        ] {
            let decision = decide(&settings(policy), "me@x.example", to.iter().copied(), said);
            assert_eq!((decision.opens, decision.clicks), (opens, clicks), "{policy:?} {to:?}");
        }
    }

    #[test]
    fn why_is_said_for_each() {
        let to = ["a@x.example", "no@acme.fr", "b@acme.fr", "c@partner.example", "d@acme.de"];
        let decision = decide(&settings(Some(Policy::Every)), "", to, said);
        let why: Vec<_> = decision.why.iter().map(|why| (why.address.as_str(), &why.opens)).collect();
        assert_eq!(
            why,
            [
                ("a@x.example", &Reason::Allowed(By::Choice)),
                ("no@acme.fr", &Reason::Refused),
                ("b@acme.fr", &Reason::NotAgreed(By::Country("FR".to_owned()))),
                ("c@partner.example", &Reason::Allowed(By::Domain("partner.example".to_owned()))),
                ("d@acme.de", &Reason::Asks(By::Country("DE".to_owned()))),
            ]
        );
        assert!(decision.apart_would_differ());
        assert!(!decide(&settings(Some(Policy::Every)), "", ["a@x.example", "b@x.example"], said).apart_would_differ());
    }

    #[test]
    fn a_rule_of_ones_own_goes_before_what_a_country_has_by_itself() {
        let mut settings = settings(Some(Policy::Ask));
        assert_eq!(decide(&settings, "", ["a@acme.fr"], said).opens, No);
        settings.rules.push(ConsentRule { of: RuleOf::Country("FR".to_owned()), policy: Policy::Every });
        assert_eq!(decide(&settings, "", ["a@acme.fr"], said).opens, Track);
    }
}
