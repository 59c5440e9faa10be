//! How far a mailbox was looked through, and the searches that find mails of people.
//!
//! What must hold: a mark is small, whatever came in; one that cannot be read is none. What stands in a search are addresses and nothing
//! that Gmail would take for anything else.

use serde::{Deserialize, Serialize};
use waxwing_protocol::Millis;

use super::super::watching::Mark;

/// A search of this many characters is not made longer.
const LONGEST_SEARCH: usize = 1_400;
/// Mails outside of what is followed that searches are asked for again.
const MOST_UNSEEN: usize = 500;
/// For so long: a search may find a mail later than the history tells it.
pub(super) const LATE: Millis = 5 * 60_000;

/// How far a mailbox was looked through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reached {
    /// The history's number up to which all was seen, as a decimal text.
    pub(super) history: String,
    /// When that was.
    pub(super) at: Millis,
    /// Mails outside of conversations that are followed, of which no search has said yet that they are from somebody who is waited for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unseen: Vec<Unseen>,
    /// A look around that is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) around: Option<Around>,
}

/// A mail of which nothing is known but that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unseen {
    /// Its id.
    pub(super) id: String,
    /// It came after this: seconds since 1970.
    pub(super) after: i64,
    /// Asked for until then.
    pub(super) until: Millis,
}

/// Where a look around is. First all mails are gone through for conversations, then those of people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Around {
    /// From here on: seconds since 1970.
    pub(super) after: i64,
    /// The next page of what is gone through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<String>,
    /// Mails of it that were gone through.
    #[serde(default)]
    pub(super) gone_through: usize,
    /// The search for people that is asked; absent while all mails are gone through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) search: Option<usize>,
    /// How many such searches there were: when that changed they begin anew.
    #[serde(default)]
    pub(super) searches: usize,
}

impl Reached {
    /// `None`: it is another kind's, or broken.
    pub(super) fn read(mark: &Mark) -> Option<Self> {
        let reached: Self = serde_json::from_value(mark.0.clone()).ok()?;
        is_number(&reached.history).then_some(reached)
    }

    /// For keeping, with the newest of what no search has told.
    pub(super) fn mark(mut self, now: Millis) -> Mark {
        self.unseen.retain(|it| (now..=now.saturating_add(LATE)).contains(&it.until));
        let too_many = self.unseen.len().saturating_sub(MOST_UNSEEN);
        self.unseen.drain(..too_many);
        // What holds texts and numbers alone can always be written.
        Mark(serde_json::to_value(self).unwrap_or_default())
    }
}

/// A number of the history.
pub(super) fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An id of a mail or a conversation.
pub(super) fn is_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What finds mails of these people, and of mail servers: as many searches as are needed, always the same for the same people.
pub(super) fn searches(people: &[String]) -> Vec<String> {
    let mut terms: Vec<String> = people.iter().filter_map(|person| term(person)).collect();
    terms.sort_unstable();
    terms.dedup();
    let servers = ["from:mailer-daemon", "from:postmaster", "from:\"mail delivery\""].map(str::to_owned);
    let mut searches: Vec<String> = Vec::new();
    let mut current = String::new();
    for term in servers.into_iter().chain(terms) {
        if !current.is_empty() && current.len() + term.len() >= LONGEST_SEARCH {
            searches.push(format!("{{{current}}}"));
            current.clear();
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&term);
    }
    searches.push(format!("{{{current}}}"));
    searches
}

/// Gmail compares addresses word by word: `from:ann@acme.example` would not find `ann+sales@acme.example`, the name and the domain
/// for themselves find both. Of what else they find (another Ann of Acme) the header says that it is somebody else.
fn term(person: &str) -> Option<String> {
    let (local, domain) = person.trim().rsplit_once('@')?;
    let local = local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(local);
    let is_plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let has_words = |text: &str| text.chars().any(char::is_alphanumeric);
    let is_domain = has_words(domain) && domain.chars().all(is_plain) && !domain.starts_with('-');
    if !is_domain || person.len() > 320 {
        return None;
    }
    if local.is_empty() {
        return Some(format!("from:{domain}"));
    }
    // Whatever separates words does so for Gmail, too.
    let words: String = local.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    let words: Vec<&str> =
        words.split_whitespace().map(|word| word.trim_start_matches('-')).filter(|it| has_words(it)).collect();
    (!words.is_empty()).then(|| format!("from:({} {domain})", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_become_searches() {
        let one = |person: &str| term(person);
        for (person, want) in [
            ("ann@acme.example", Some("from:(ann acme.example)")),
            (" ann+sales@acme.example ", Some("from:(ann acme.example)")),
            ("b.o.b@gmail.com", Some("from:(b.o.b gmail.com)")),
            ("@acme.example", Some("from:acme.example")),
            ("o'neill@acme.example", Some("from:(o neill acme.example)")),
            ("+x@acme.example", Some("from:(x acme.example)")),
            ("mü@käse.example", Some("from:(mü käse.example)")),
            // What would be something else in a search.
            ("a} in:trash {b@acme.example", Some("from:(a in trash b acme.example)")),
            ("-in:inbox@acme.example", Some("from:(in inbox acme.example)")),
            ("\"a b\"@acme.example", Some("from:(a b acme.example)")),
            ("a@acme.example} {", None),
            ("a@-acme.example", None),
            ("a@", None),
            ("***@acme.example", None),
            ("nobody", None),
            ("", None),
        ] {
            assert_eq!(one(person).as_deref(), want, "{person}");
        }
    }

    #[test]
    fn searches_are_short_and_the_same_for_the_same_people() {
        assert_eq!(searches(&[]), ["{from:mailer-daemon from:postmaster from:\"mail delivery\"}"]);
        let mut people: Vec<String> = (0..1_000).map(|n| format!("person{n}@company{}.example", n % 7)).collect();
        let all = searches(&people);
        assert!(all.len() < 40 && all.iter().all(|it| it.len() <= LONGEST_SEARCH + 2), "{}", all.len());
        let found: usize = all.iter().map(|it| it.matches("from:(").count()).sum();
        assert_eq!(found, 1_000);
        people.reverse();
        people.push(people[0].clone());
        assert_eq!(searches(&people), all);
    }

    #[test]
    fn a_mark_stays_small_and_a_broken_one_is_none() {
        let unseen = |n: i64| Unseen { id: format!("{n:x}"), after: 0, until: 1_000 + n };
        let reached = Reached {
            history: "12".to_owned(),
            at: 1_000,
            unseen: (0..2_000).map(unseen).collect(),
            around: Some(Around::default()),
        };
        let mark = reached.mark(1_500);
        let read = Reached::read(&mark).unwrap();
        assert_eq!((read.unseen.len(), read.unseen[0].until), (MOST_UNSEEN, 2_500));
        // What was asked for long enough goes; so does what a clock that was moved back would keep for ever.
        assert!(Reached::read(&read.clone().mark(4_000)).unwrap().unseen.is_empty());
        assert!(Reached::read(&read.mark(-LATE)).unwrap().unseen.is_empty());
        for broken in [
            serde_json::json!(null),
            serde_json::json!({}),
            serde_json::json!({ "history": "", "at": 1 }),
            serde_json::json!({ "history": "1x", "at": 1 }),
            serde_json::json!({ "history": 12, "at": 1 }),
            serde_json::json!({ "uidvalidity": 3 }),
        ] {
            assert_eq!(Reached::read(&Mark(broken.clone())), None, "{broken}");
        }
    }
}
