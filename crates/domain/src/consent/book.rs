//! What is known of people, held in memory: a browser's send gate asks it without waiting.

use std::collections::{BTreeMap, BTreeSet};

use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentState, Kinds, Person};

use super::{ASK_AGAIN_AFTER, exact, root};

/// People by their addresses.
#[derive(Debug, Clone, Default)]
pub struct Book {
    people: BTreeMap<String, Person>,
    /// The addresses of which something is known, by what all forms of them have in common.
    forms: BTreeMap<String, BTreeSet<String>>,
}

/// What an address said, by all that is known of it and its other forms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Said {
    /// To opens.
    pub opens: ConsentState,
    /// To clicks.
    pub clicks: ConsentState,
    /// When the last refusal came.
    pub refused_at: Option<Millis>,
    /// When it was last asked.
    pub asked_at: Option<Millis>,
}

impl Said {
    /// What is refused.
    pub fn refused(self) -> Kinds {
        Kinds { opens: self.opens == ConsentState::Refused, clicks: self.clicks == ConsentState::Refused }
    }
}

impl Book {
    /// With what is known of these.
    pub fn new(people: impl IntoIterator<Item = Person>) -> Self {
        let mut book = Self::default();
        for person in people {
            book.apply(person);
        }
        book
    }

    /// Takes over how a person stands now.
    pub fn apply(&mut self, person: Person) {
        // What is no address says nothing of anybody.
        let Some(root) = root(&person.address) else { return };
        self.forms.entry(root).or_default().insert(person.address.clone());
        self.people.insert(person.address.clone(), person);
    }

    /// Everybody of whom something is known, by address.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// What this address said. What is no address said nothing.
    pub fn said(&self, address: &str) -> Said {
        let mut said = Said::default();
        let (Some(exact), Some(root)) = (exact(address), root(address)) else { return said };
        for person in self.forms.get(&root).into_iter().flatten().filter_map(|form| self.people.get(form)) {
            let own = person.address == exact;
            if person.opens == ConsentState::Refused || person.clicks == ConsentState::Refused {
                said.refused_at = said.refused_at.max(Some(person.at));
            }
            said.asked_at = said.asked_at.max(person.asked_at);
            for (known, says) in [(&mut said.opens, person.opens), (&mut said.clicks, person.clicks)] {
                if says == ConsentState::Refused || (own && *known != ConsentState::Refused) {
                    *known = says;
                }
            }
        }
        said
    }
}

/// Whether the line may stand in a mail to somebody: not within six months after a refusal. To all others it is in each tracked mail:
/// it says what the mail does, and is the way to refuse it.
pub fn may_ask(said: Said, now: Millis) -> bool {
    said.refused_at.is_none_or(|at| now.saturating_sub(at) >= ASK_AGAIN_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConsentState::{Agreed, Refused, Unknown};

    fn person(address: &str, opens: ConsentState, clicks: ConsentState, at: Millis) -> Person {
        Person { address: address.to_owned(), opens, opens_source: None, clicks, clicks_source: None, at, asked_at: None }
    }

    #[test]
    fn a_refusal_covers_all_forms_and_an_agreement_one() {
        let mut book = Book::new([
            person("ann@acme.example", Refused, Unknown, 5),
            person("ann+news@acme.example", Agreed, Agreed, 6),
            person("bob@acme.example", Agreed, Agreed, 7),
            person("c.a.t+x@gmail.com", Refused, Refused, 8),
            person("nonsense", Refused, Refused, 9),
        ]);
        for (address, opens, clicks) in [
            ("ANN@acme.example", Refused, Unknown),
            ("ann+News@acme.example", Refused, Agreed),
            ("ann+other@acme.example", Refused, Unknown),
            ("bob@acme.example", Agreed, Agreed),
            ("bob+x@acme.example", Unknown, Unknown),
            ("cat@googlemail.com", Refused, Refused),
            ("dan@acme.example", Unknown, Unknown),
            ("nonsense", Unknown, Unknown),
            ("", Unknown, Unknown),
        ] {
            let said = book.said(address);
            assert_eq!((said.opens, said.clicks), (opens, clicks), "{address}");
        }
        assert_eq!(book.people().count(), 4);
        // Taken back.
        book.apply(person("ann@acme.example", Unknown, Unknown, 9));
        assert_eq!(book.said("ann+news@acme.example").opens, Agreed);
        assert_eq!(book.said("ann@acme.example").refused(), Kinds::NONE);
    }

    #[test]
    fn nobody_is_asked_again_for_six_months() {
        let refused = Said { refused_at: Some(1_000), ..Said::default() };
        let asked = Said { asked_at: Some(1_000), ..Said::default() };
        for (said, now, expected) in [
            (Said::default(), 0, true),
            (refused, 1_000, false),
            (refused, 1_000 + ASK_AGAIN_AFTER - 1, false),
            (refused, 1_000 + ASK_AGAIN_AFTER, true),
            // Who was told and said nothing is told with each mail.
            (asked, 1_001, true),
            // A clock that was set back.
            (refused, 0, false),
        ] {
            assert_eq!(may_ask(said, now), expected, "{said:?} {now}");
        }
    }
}
