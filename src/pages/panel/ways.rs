//! Why a phrase is refused, and what can be pressed instead: the same in the panel and in the popup's field for another time.
//!
//! What must hold: a way leads to exactly the time that its words name.

use waxwing_domain::civil::{Civil, Date};
use waxwing_domain::when::zone::{Fixed, Zone as _};
use waxwing_domain::when::{Order, Place, Reading, Refusal};
use waxwing_protocol::Millis;
use web_sys::Node;

use super::sense::{Clocks, Pick};
use super::suggest::MORNING;
use crate::pages::text::{Value, clock_of, long_day, place as place_name, rich, short_day, t_with, weekday};

const DAY: Millis = 24 * 60 * 60 * 1_000;

/// What stands in the field when a way was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) enum Instead {
    /// This phrase.
    Phrase(String),
    /// This time.
    Pick(Pick),
}

/// What can be pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) struct Way {
    /// Its words.
    pub(in crate::pages) words: String,
    /// What it leads to.
    pub(in crate::pages) instead: Instead,
}

impl Way {
    /// The class of its button: of two readings each is a button, a word that may have been meant is a plain one.
    pub(in crate::pages) const fn class(&self) -> &'static str {
        match self.instead {
            Instead::Phrase(_) => "ww-link ww-s",
            Instead::Pick(_) => "ww-btn",
        }
    }
}

/// A phrase that was refused, and what it was read by.
pub(in crate::pages) struct Refused<'a> {
    pub(in crate::pages) phrase: &'a str,
    /// The zone that it is meant in.
    pub(in crate::pages) zone: &'a str,
    pub(in crate::pages) clocks: Clocks<'a>,
    /// An instant as the page writes it.
    pub(in crate::pages) moment: &'a dyn Fn(Millis) -> String,
}

impl Refused<'_> {
    /// Why, and the ways on.
    pub(in crate::pages) fn words(&self, refusal: &Refusal) -> (Vec<Node>, Vec<Way>) {
        let today = self.clocks.wall_now(self.zone).map(|now| now.date);
        let words = match refusal {
            Refusal::NotUnderstood { word, suggestion } => {
                let way = suggestion.and_then(|known| self.instead(word, known));
                return (rich("refuse_not_understood", &[Value::Foreign(word.clone())]), way.into_iter().collect());
            }
            Refusal::TwoReadings { one, other, place } => {
                let ways = [*one, *other].map(|reading| self.way(reading, place, today));
                return (rich("refuse_two", &[]), ways.into());
            }
            Refusal::Past(reading) => rich("refuse_past", &[Value::Own(reading_words(*reading, today))]),
            Refusal::OtherWeekday(date) => {
                let day = weekday(date.weekday(), false);
                let date = today.map_or_else(String::new, |today| short_day(*date, today));
                rich("refuse_weekday", &[Value::Own(date), Value::Own(day)])
            }
            Refusal::UnknownZone(name) => rich("refuse_zone", &[Value::Foreign(name.clone())]),
            Refusal::Empty | Refusal::Incomplete => rich("refuse_incomplete", &[]),
            Refusal::TooLong => rich("refuse_too_long", &[]),
            Refusal::Twice => rich("refuse_twice", &[]),
            Refusal::NoSuchDate => rich("refuse_no_date", &[]),
            Refusal::NoSuchTime => rich("refuse_no_time", &[]),
            Refusal::TooFar => rich("refuse_too_far", &[]),
        };
        (words, Vec::new())
    }

    /// The phrase with the nearest known word in the place of the one that is not, and what it then means.
    fn instead(&self, word: &str, known: &str) -> Option<Way> {
        let phrase = self.phrase.replacen(word, known, 1);
        let meaning = self.clocks.read(&phrase, self.zone).ok()?;
        let at = meaning.first().instant.saturating_mul(1_000);
        let words = t_with("refuse_instead", &[&(self.moment)(at)]);
        Some(Way { words, instead: Instead::Phrase(phrase) })
    }

    /// One of two readings.
    fn way(&self, reading: Reading, place: &Place, today: Option<Date>) -> Way {
        let pick = self.pick(reading, place);
        let words = match place {
            Place::Home => reading_words(reading, today),
            Place::Named(name) => t_with("sched_there", &[&reading_words(reading, today), &place_name(name)]),
            // Nobody lives in an offset: by the user's clocks.
            Place::Offset(_) => reading_words(Reading { date: pick.wall.date, time: Some(pick.wall.time) }, today),
        };
        Way { words, instead: Instead::Pick(pick) }
    }

    /// The time that a reading names, on the clocks that it is meant by.
    fn pick(&self, reading: Reading, place: &Place) -> Pick {
        let wall = self.wall_of(reading);
        let home = self.zone.to_owned();
        match place {
            Place::Home => Pick { wall, zone: home },
            Place::Named(name) => Pick { wall, zone: name.clone() },
            Place::Offset(seconds) => {
                let here = self.clocks.zone(self.zone).civil_at(Fixed(*seconds).resolve(wall).instant());
                Pick { wall: here.unwrap_or(wall), zone: home }
            }
        }
    }

    /// The wall time of a reading, with the time of day that the phrase says. The refusal does not name it where it is over on one
    /// of the days, so it is found by reading the phrase as others do: by every order of dates, and on the days before, on one of
    /// which each "next Tuesday" is clear.
    fn wall_of(&self, reading: Reading) -> Civil {
        let read = |clocks: Clocks<'_>| Some(clocks.read(self.phrase, self.zone).ok()?.first().wall);
        let by_order = || {
            let orders = [Order::DayMonthYear, Order::MonthDayYear, Order::YearMonthDay].into_iter();
            orders.filter_map(|order| read(Clocks { order: Some(order), ..self.clocks })).find(|wall| wall.date == reading.date)
        };
        let by_day = || (1..=7).find_map(|days| read(Clocks { now: self.clocks.now - days * DAY, ..self.clocks }));
        let said = || by_order().or_else(by_day).map(|wall| wall.time);
        Civil { date: reading.date, time: reading.time.or_else(said).unwrap_or(MORNING) }
    }
}

/// `Tuesday 24 November`, with its time where that is what differs.
fn reading_words(reading: Reading, today: Option<Date>) -> String {
    let same_year = today.is_none_or(|today| today.year() == reading.date.year());
    let day = match today {
        Some(today) if !same_year => short_day(reading.date, today),
        _ => long_day(reading.date),
    };
    match reading.time {
        Some(time) => t_with("when_day", &[&day, &clock_of(Civil { date: reading.date, time })]),
        None => day,
    }
}

#[cfg(test)]
mod tests {
    use waxwing_domain::when::Refusal;
    use waxwing_domain::when::zone::{Fixed, Zone, Zones};

    use super::super::sense::{Clocks, languages};
    use super::Refused;
    use waxwing_domain::civil::Weekday;

    /// So far ahead of UTC, always.
    struct Ahead;

    impl Zones for Ahead {
        fn find(&self, name: &str) -> Option<Box<dyn Zone + '_>> {
            let hours =
                [("Europe/Oslo", 1), ("Pacific/Auckland", 13), ("Asia/Tokyo", 9)].into_iter().find(|it| it.0 == name)?.1;
            Some(Box::new(Fixed(hours * 3_600)))
        }
    }

    #[test]
    fn each_of_two_readings_leads_to_the_time_that_was_said_by_the_clocks_that_were_meant() {
        // Monday, 23 November 2026, 15:52 in Oslo; Tuesday in Auckland.
        let now = 1_795_445_520_000;
        for (phrase, zone, expected) in [
            ("tomorrow 10am in Auckland", "Pacific/Auckland", ["2026-11-24T10:00:00", "2026-11-25T10:00:00"]),
            ("01/02 at 5pm", "Europe/Oslo", ["2027-01-02T17:00:00", "2027-02-01T17:00:00"]),
            ("01/02 at 5pm in Tokyo", "Asia/Tokyo", ["2027-01-02T17:00:00", "2027-02-01T17:00:00"]),
            // By the clocks of an offset, shown on one's own.
            ("01/02 17:00 +0300", "Europe/Oslo", ["2027-01-02T15:00:00", "2027-02-01T15:00:00"]),
            // Over on the first of both: the time is that of the other.
            ("this monday 07:00", "Europe/Oslo", ["2026-11-23T07:00:00", "2026-11-30T07:00:00"]),
        ] {
            let clocks =
                Clocks { now, zones: &Ahead, order: None, languages: &languages("en"), first_weekday: Weekday::Monday };
            let refused = Refused { phrase, zone: "Europe/Oslo", clocks, moment: &|_| String::new() };
            let Err(Refusal::TwoReadings { one, other, place }) = clocks.read(phrase, "Europe/Oslo") else {
                panic!("{phrase}: {:?}", clocks.read(phrase, "Europe/Oslo"))
            };
            let picks = [one, other].map(|reading| refused.pick(reading, &place));
            assert_eq!(picks.each_ref().map(|pick| pick.wall.to_string()), expected, "{phrase}");
            assert!(picks.iter().all(|pick| pick.zone == zone), "{phrase}: {picks:?}");
        }
    }
}
