//! Why a phrase is refused, and what can be pressed instead: the same in the panel and in the popup's field for another time.
//!
//! What must hold: a way leads to exactly the time that its words name.

use waxwing_domain::civil::{Civil, Date};
use waxwing_domain::when::{Order, Reading, Refusal};
use waxwing_protocol::Millis;
use web_sys::Node;

use super::sense::{Clocks, Pick};
use super::suggest::MORNING;
use crate::pages::text::{Value, clock_of, long_day, rich, short_day, t_with, weekday};

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
            Refusal::TwoReadings { one, other } => {
                let ways = [*one, *other].map(|reading| self.way(reading, today));
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
    fn way(&self, reading: Reading, today: Option<Date>) -> Way {
        let pick = Pick { wall: self.wall_of(reading), zone: self.zone.to_owned() };
        Way { words: reading_words(reading, today), instead: Instead::Pick(pick) }
    }

    /// The wall time of a reading, with the time of day that the phrase says. The refusal does not name it where only the day
    /// differs, so it is found by reading the phrase as others do: by every order of dates, and on the days before, on one of
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
