//! Who may answer in a new conversation, asked of the server without reading anything: searches by the sender, whose hits are
//! then looked at one field at a time.
//!
//! What must hold: no address can end the search that it stands in, and a search stays short however many are asked for.

use std::collections::BTreeSet;

use waxwing_domain::answers;

use super::super::watching::Followed;

/// Providers that ignore dots: what was kept of an address there is not how it is written.
const WITHOUT_DOTS: &[&str] = &["gmail.com", "googlemail.com"];
/// Criteria in one search, and bytes: servers refuse what is too long or too deep.
const MOST_KEYS: usize = 64;
const MOST_BYTES: usize = 4_000;

/// What servers write notices of what was not delivered from.
pub(super) const DAEMONS: &[&str] =
    &["FROM \"mailer-daemon\"", "FROM \"postmaster\"", "FROM \"mail delivery\"", "FROM \"microsoftexchange\""];
/// What else marks such notices. Not every server looks into any header, so these come alone.
pub(super) const REPORTS: &[&str] = &["HEADER Content-Type \"delivery-status\"", "HEADER X-Failed-Recipients \"@\""];

/// Searches that find, among others, all mails of these people.
pub(super) fn searches(people: &[String]) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for person in people {
        let Some((local, domain)) = person.rsplit_once('@') else { continue };
        // Another character set would have to be known to the server.
        let is_plain = |text: &str| {
            (1..=254).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
        };
        if !is_plain(domain) || !(local.is_empty() || is_plain(local)) {
            continue;
        }
        let name = local.split('+').next().unwrap_or_default();
        if WITHOUT_DOTS.contains(&domain) {
            keys.extend(WITHOUT_DOTS.iter().map(|domain| format!("FROM \"@{domain}\"")));
        } else if name.is_empty() {
            keys.insert(format!("FROM \"{domain}\""));
        } else {
            // Apart, for what may stand between them.
            keys.insert(format!("(FROM \"{name}\" FROM \"@{domain}\")"));
        }
    }
    let mut searches = Vec::new();
    let mut chunk: Vec<String> = Vec::new();
    let mut bytes = 0;
    for key in keys {
        if chunk.len() >= MOST_KEYS || bytes + key.len() > MOST_BYTES && !chunk.is_empty() {
            searches.push(any(&chunk));
            (chunk, bytes) = (Vec::new(), 0);
        }
        bytes += key.len() + " OR".len();
        chunk.push(key);
    }
    if !chunk.is_empty() {
        searches.push(any(&chunk));
    }
    searches
}

/// One criterion that holds where any of these does. Halved again and again, so that it is not deep.
pub(super) fn any<S: AsRef<str>>(keys: &[S]) -> String {
    match keys {
        [] => "NOT ALL".to_owned(),
        [one] => one.as_ref().to_owned(),
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            format!("OR {} {}", any(left), any(right))
        }
    }
}

/// Whether one of these senders is waited for.
pub(super) fn are_waited_for(from: &[String], followed: &dyn Followed) -> bool {
    let people = followed.people();
    from.iter().any(|from| {
        let (person, company) = (answers::person(from), answers::company(from));
        people.iter().any(|it| match it.strip_prefix('@') {
            Some(domain) => company.as_deref() == Some(domain),
            None => it == from || person.is_some() && answers::person(it) == person,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct People(Vec<String>);

    impl Followed for People {
        fn has_thread(&self, _: &str) -> bool {
            false
        }
        fn has_id(&self, _: &str) -> bool {
            false
        }
        fn people(&self) -> &[String] {
            &self.0
        }
    }

    fn people(people: &[&str]) -> People {
        People(people.iter().map(|it| (*it).to_owned()).collect())
    }

    #[test]
    fn searches_find_aliases_and_companies() {
        let asked = people(&["ann+x@acme.example", "bobsmith@gmail.com", "@firm.example", "no address", "ü@x.example"]);
        assert_eq!(
            searches(asked.people()),
            [
                "OR OR (FROM \"ann\" FROM \"@acme.example\") FROM \"@gmail.com\" OR FROM \"@googlemail.com\" FROM \"firm.example\""
            ]
        );
        assert!(searches(&[]).is_empty());
        let asked = people(&["ann@acme.example", "bobsmith@gmail.com", "@firm.example"]);
        for (from, waited) in [
            ("ann@acme.example", true),
            ("ann+news@acme.example", true),
            ("joann@acme.example", false),
            ("Bob.Smith@googlemail.com", true),
            ("eve@gmail.com", false),
            ("anybody@mail.firm.example", true),
            ("anybody@notfirm.example", false),
            ("", false),
        ] {
            assert_eq!(are_waited_for(&[from.to_lowercase()], &asked), waited, "{from}");
        }
    }

    #[test]
    fn searches_are_short_and_shallow() {
        let many: Vec<String> = (0..1_000).map(|n| format!("someone-{n}@company-{n}.example")).collect();
        let searches = searches(&many);
        assert!(searches.len() >= 1_000 / MOST_KEYS);
        for search in &searches {
            assert!(search.len() < MOST_BYTES + 500, "{}", search.len());
        }
        let found: usize = searches.iter().map(|search| search.matches('(').count()).sum();
        assert_eq!(found, 1_000);
        // An address that would end the search is not asked for.
        assert!(super::searches(&["a\"b\r\nW9 LOGOUT@x.example".to_owned(), "a\\@x.example".to_owned()]).is_empty());
        assert!(super::searches(&[format!("a@{}", "x".repeat(5_000))]).is_empty());
    }
}
