//! From a city or a name that somebody typed to a zone.

use waxwing_domain::when::{Meaning, Place};

use super::sense::Clocks;

/// The zone that was meant: a name of the IANA database, the city in one, or a place that phrases know. `None` when it is none
/// of them.
pub(super) fn zone_of(typed: &str, names: &[String], clocks: &Clocks<'_>) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let wanted = typed.replace(' ', "_");
    let whole = names.iter().find(|name| name.eq_ignore_ascii_case(&wanted));
    let city = || {
        let is_it = |name: &&String| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&wanted));
        names.iter().find(is_it)
    };
    if let Some(name) = whole.or_else(city) {
        return Some(name.clone());
    }
    // Names that only the browser's older lists have are found by asking for a time there.
    match clocks
        .read(&format!("2999-01-01 12:00 in {typed}"), "UTC")
        .or_else(|_| clocks.read(&format!("2999-01-01 12:00 {typed}"), "UTC"))
    {
        Ok(Meaning::At(moment)) => match moment.place {
            Place::Named(name) => Some(name),
            Place::Home | Place::Offset(_) => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use waxwing_domain::civil::Weekday;
    use waxwing_domain::when::LANGUAGES;
    use waxwing_domain::when::zone::{Fixed, Zone, Zones};

    use super::*;

    struct Any;

    impl Zones for Any {
        fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>> {
            name.contains('/').then(|| Box::new(Fixed(3_600)) as Box<dyn Zone>)
        }
    }

    #[test]
    fn cities_and_names_are_found() {
        let names = ["Asia/Tokyo", "America/Argentina/Buenos_Aires", "Europe/Oslo"].map(str::to_owned);
        let clocks =
            Clocks { now: 1_795_426_800_000, zones: &Any, order: None, languages: LANGUAGES, first_weekday: Weekday::Monday };
        for (typed, expected) in [
            ("Tokyo", Some("Asia/Tokyo")),
            (" asia/tokyo ", Some("Asia/Tokyo")),
            ("buenos aires", Some("America/Argentina/Buenos_Aires")),
            // Not among the browser's names, but phrases know it.
            ("San Francisco", Some("America/Los_Angeles")),
            ("München", Some("Europe/Berlin")),
            ("nowhere", None),
            ("", None),
            ("12:00", None),
            ("tomorrow", None),
            ("utc+2", None),
            ("\u{202e}x", None),
        ] {
            assert_eq!(zone_of(typed, &names, &clocks).as_deref(), expected, "{typed}");
        }
    }
}
