//! In which country an address is, as far as its domain tells.
//!
//! A domain under a country's own top level (`acme.fr`) is in that country. Some of these are sold as if they were none (`.io`,
//! `.ai`, `.me`): they tell nothing. What the user says of a domain goes before all of it.

use waxwing_protocol::api::DomainCountry;

use super::person::{Letters, Tables, ascii_domain};

/// Top levels of countries that are used all over the world. As one text: a tab loads less for it.
const GENERIC: &str = "ac ai bz cc cd co dj fm gg io la ly me ms nu sc sh so st to tv vc ws eu su";
/// Top levels that are not the code of their country: overseas parts, whose law is the country's, regions and cities. These are
/// France's,
const FRENCH: &str = "re gp mq gf yt pm nc pf wf tf paris alsace bzh corsica ovh";
/// and this one is Great Britain's.
const BRITISH: &str = "uk";

/// The country's code of a domain, `FR`. `own` is what the user says; the longest domain in it that fits counts.
pub fn country(domain: &str, own: &[DomainCountry]) -> Option<String> {
    country_by(&Tables, domain, own)
}

/// [`country`] by other letters.
pub(super) fn country_by(letters: &impl Letters, domain: &str, own: &[DomainCountry]) -> Option<String> {
    let domain = ascii_domain(letters, domain)?;
    let said = own.iter().filter(|entry| is_within(letters, &domain, &entry.domain) && is_country(&entry.country));
    if let Some(entry) = said.max_by_key(|entry| entry.domain.len()) {
        return Some(entry.country.to_ascii_uppercase());
    }
    let top = domain.rsplit('.').next().filter(|top| top.len() < domain.len())?;
    let is_of = |list: &str| list.split(' ').any(|one| one == top);
    if is_of(FRENCH) {
        return Some("FR".to_owned());
    }
    if top == BRITISH {
        return Some("GB".to_owned());
    }
    (is_country(top) && !is_of(GENERIC)).then(|| top.to_ascii_uppercase())
}

/// True for what can be a country's code: two letters.
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic())
}

/// True when `domain` (in its normal form) is `above`, or below it.
pub(super) fn is_within(letters: &impl Letters, domain: &str, above: &str) -> bool {
    let Some(above) = ascii_domain(letters, above) else { return false };
    domain.strip_suffix(&above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_of_domains() {
        let own = [("acme.com", "FR"), ("de.acme.com", "de"), ("odd.example", "France"), ("ÜBER.example", "at")]
            .map(|(domain, country)| DomainCountry { domain: domain.to_owned(), country: country.to_owned() });
        for (domain, expected) in [
            ("acme.fr", Some("FR")),
            ("ACME.FR.", Some("FR")),
            ("a.b.it", Some("IT")),
            ("acme.co.uk", Some("GB")),
            ("mairie.paris", Some("FR")),
            ("acme.re", Some("FR")),
            ("acme.io", None),
            ("acme.org", None),
            ("acme.eu", None),
            ("fr", None),
            ("", None),
            ("acme.com", Some("FR")),
            ("mail.acme.com", Some("FR")),
            ("x.de.acme.com", Some("DE")),
            ("notacme.com", None),
            ("odd.example", None),
            ("über.example", Some("AT")),
        ] {
            assert_eq!(country(domain, &own).as_deref(), expected, "{domain}");
        }
    }
}
