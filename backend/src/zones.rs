//! Zones of the IANA database, for the domain's [`Zone`]: the machine's, or the one in the program where it has none.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use waxwing_domain::civil::{Civil, offset_text, parse_offset};
use waxwing_domain::when::zone::{Fixed, Resolved, Zone, Zones};

/// A zone with its rules.
#[derive(Debug, Clone)]
pub struct IanaZone(TimeZone);

impl IanaZone {
    /// The zone of an IANA name, however its letters are cased.
    pub fn find(name: &str) -> Option<Self> {
        jiff::tz::db().get(name).ok().map(Self)
    }

    /// Its name, as the database writes it.
    pub fn name(&self) -> Option<&str> {
        self.0.iana_name()
    }
}

/// An instant that the library can hold; far beyond the years of mails.
fn timestamp(instant: i64) -> Timestamp {
    let end = if instant < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(instant).unwrap_or(end)
}

impl Zone for IanaZone {
    fn offset_at(&self, instant: i64) -> i32 {
        self.0.to_offset(timestamp(instant)).seconds()
    }

    fn resolve(&self, civil: Civil) -> Resolved {
        let wall = civil.seconds();
        let at = |offset: Offset| wall - i64::from(offset.seconds());
        // The same wall time in the library's terms: what clocks in UTC show.
        let datetime: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(SignedDuration::from_secs(wall))
            .unwrap_or(if wall < 0 { DateTime::MIN } else { DateTime::MAX });
        match self.0.to_ambiguous_timestamp(datetime).offset() {
            AmbiguousOffset::Unambiguous { offset } => Resolved::One(at(offset)),
            AmbiguousOffset::Gap { before, after } => Resolved::Gap { before: at(before), after: at(after) },
            AmbiguousOffset::Fold { before, after } => Resolved::Fold { earlier: at(before), later: at(after) },
        }
    }
}

/// All zones of the database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Iana;

impl Zones for Iana {
    fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>> {
        IanaZone::find(name).map(|zone| Box::new(zone) as Box<dyn Zone>)
    }
}

/// A zone, and its name as RFC 9557 writes it in brackets.
pub struct NamedZone {
    /// `Europe/Paris`, `+02:00`.
    pub name: String,
    /// Its rules.
    pub zone: Box<dyn Zone>,
}

impl std::fmt::Debug for NamedZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("NamedZone").field(&self.name).finish()
    }
}

impl NamedZone {
    /// Reads an IANA name or an offset (`+02:00`).
    pub fn read(text: &str) -> Option<Self> {
        if text.starts_with(['+', '-']) {
            let offset = parse_offset(text)?;
            return Some(Self { name: offset_text(offset), zone: Box::new(Fixed(offset)) });
        }
        let zone = IanaZone::find(text)?;
        Some(Self { name: zone.name().unwrap_or(text).to_owned(), zone: Box::new(zone) })
    }

    /// An instant as RFC 9557 writes it: `2026-11-24T09:00:00+01:00[Europe/Paris]`. `None` outside the years 1 to 9999.
    pub fn show(&self, instant: i64) -> Option<String> {
        let civil = self.zone.civil_at(instant)?;
        Some(format!("{civil}{}[{}]", offset_text(self.zone.offset_at(instant)), self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the domain finds out with offsets alone, as it must in the browser.
    struct OffsetsOnly(IanaZone);

    impl Zone for OffsetsOnly {
        fn offset_at(&self, instant: i64) -> i32 {
            self.0.offset_at(instant)
        }
    }

    #[test]
    fn offsets_alone_say_the_same_as_rules() {
        for name in
            ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Antarctica/Troll", "Asia/Tokyo"]
        {
            let zone = IanaZone::find(name).unwrap();
            let offsets = OffsetsOnly(zone.clone());
            // Every quarter of an hour of three years.
            for step in 0..3 * 365 * 96 {
                let civil = Civil::from_seconds(1_735_689_600 + step * 900).unwrap();
                assert_eq!(offsets.resolve(civil), zone.resolve(civil), "{name} {civil}");
            }
        }
    }

    #[test]
    fn names_and_offsets() {
        let show = |text: &str| NamedZone::read(text).and_then(|zone| zone.show(1_795_507_200));
        assert_eq!(show("europe/paris").as_deref(), Some("2026-11-24T09:00:00+01:00[Europe/Paris]"));
        assert_eq!(show("-02:00").as_deref(), Some("2026-11-24T06:00:00-02:00[-02:00]"));
        assert_eq!(show("UTC").as_deref(), Some("2026-11-24T08:00:00+00:00[UTC]"));
        for text in ["", "Europe/Nowhere", "+25:00", "../../etc/passwd", "+", "-é", "Europe/Paris\u{0}"] {
            assert!(NamedZone::read(text).is_none(), "{text:?}");
        }
        assert!(NamedZone::read("UTC").unwrap().show(i64::MAX).is_none());
    }
}
