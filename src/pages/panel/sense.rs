//! What was asked for, from what stands in the panel: a phrase or a picked time, and conditions. Pure.
//!
//! What must hold: the instant that is shown comes from [`waxwing_domain::schedule`], the same code that the backend resolves the
//! schedule with.

use waxwing_domain::civil::{Civil, Date, Time, Weekday};
use waxwing_domain::recur::{End, Frequency, Rule};
use waxwing_domain::schedule::{self, Due, NoDue};
use waxwing_domain::when::words::Language;
use waxwing_domain::when::zone::{Fixed, Zone, Zones};
use waxwing_domain::when::{Context, LANGUAGES, Meaning, Order, Place, Refusal, parse};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Late, Schedule, When};

/// A time that was picked instead of typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) struct Pick {
    /// What clocks show.
    pub(in crate::pages) wall: Civil,
    /// Where: an IANA name.
    pub(in crate::pages) zone: String,
}

/// How often it goes again, when that was chosen and not typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Every {
    Day,
    Weekday,
    Week,
    Month,
    Year,
}

impl Every {
    /// All of them, in the order in which they are offered.
    pub(in crate::pages) const ALL: [Self; 5] = [Self::Day, Self::Weekday, Self::Week, Self::Month, Self::Year];

    /// Its name, which is also the end of its words' key.
    pub(in crate::pages) const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::Day => Rule::every(1, Frequency::Daily),
            Self::Week => Rule::every(1, Frequency::Weekly),
            Self::Month => Rule::every(1, Frequency::Monthly),
            Self::Year => Rule::every(1, Frequency::Yearly),
            Self::Weekday => {
                let mut rule = Rule::every(1, Frequency::Weekly);
                rule.days = Weekday::ALL.into_iter().take(5).map(|day| (0, day)).collect();
                rule
            }
        }
    }
}

/// When what repeats ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::pages) enum Ends {
    #[default]
    Never,
    After(u32),
    On(Date),
    Answered,
}

/// What stands in the panel.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Asked<'a> {
    pub(in crate::pages) phrase: &'a str,
    pub(in crate::pages) pick: Option<&'a Pick>,
    /// The zone that a phrase is meant in.
    pub(in crate::pages) zone: &'a str,
    pub(in crate::pages) every: Option<Every>,
    pub(in crate::pages) ends: Ends,
    pub(in crate::pages) unless_answered: bool,
    pub(in crate::pages) late: Late,
    pub(in crate::pages) holidays: &'a [String],
}

/// What phrases are read by.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Clocks<'a> {
    pub(in crate::pages) now: Millis,
    pub(in crate::pages) zones: &'a dyn Zones,
    pub(in crate::pages) order: Option<Order>,
    pub(in crate::pages) languages: &'a [&'static Language],
    pub(in crate::pages) first_weekday: Weekday,
}

/// What was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) enum Sense {
    /// Nothing was asked for yet.
    Nothing,
    /// The phrase is refused.
    Refused(Refusal),
    /// No time follows from it.
    NoDue(NoDue),
    /// It goes then.
    Clear(Box<Clear>),
}

/// What will be asked of the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) struct Clear {
    pub(in crate::pages) schedule: Schedule,
    pub(in crate::pages) due: Due,
    /// The phrase itself says how often.
    pub(in crate::pages) typed_rule: bool,
}

impl Clocks<'_> {
    /// Reads a phrase that is meant in a zone.
    pub(in crate::pages) fn read(&self, phrase: &str, zone: &str) -> Result<Meaning, Refusal> {
        let home = self.zone(zone);
        let mut context = Context::new(self.now.div_euclid(1_000), &*home, self.zones);
        context.order = self.order;
        context.languages = self.languages;
        context.first_weekday = self.first_weekday;
        parse(phrase, &context)
    }

    /// A zone; UTC where it is not known.
    pub(in crate::pages) fn zone(&self, name: &str) -> Box<dyn Zone + '_> {
        self.zones.find(name).unwrap_or_else(|| Box::new(Fixed(0)))
    }

    /// What clocks in a zone show now.
    pub(in crate::pages) fn wall_now(&self, zone: &str) -> Option<Civil> {
        self.zone(zone).civil_at(self.now.div_euclid(1_000))
    }

    /// The instant at which clocks in a zone show that.
    pub(in crate::pages) fn instant(&self, wall: Civil, zone: &str) -> Millis {
        self.zone(zone).resolve(wall).instant().saturating_mul(1_000)
    }
}

/// The languages in the order in which they are tried: the user's first.
pub(in crate::pages) fn languages(tag: &str) -> Vec<&'static Language> {
    let mut languages = LANGUAGES.to_vec();
    if tag.starts_with("de") {
        languages.reverse();
    }
    languages
}

/// How dates stand in a locale, from how it writes 2 January 2003.
pub(in crate::pages) fn order_of(sample: &str) -> Option<Order> {
    let year = sample.find("2003").or_else(|| sample.find("03"))?;
    // The year's own digits must not be taken for the day's.
    let rest = sample.replacen("2003", "####", 1).replacen("03", "##", 1);
    let (day, month) = (rest.find('2')?, rest.find('1')?);
    Some(match (year < day, day < month) {
        (true, _) => Order::YearMonthDay,
        (false, true) => Order::DayMonthYear,
        (false, false) => Order::MonthDayYear,
    })
}

/// What was asked for.
pub(in crate::pages) fn sense(asked: &Asked<'_>, clocks: &Clocks<'_>) -> Sense {
    let when = match asked.pick {
        Some(pick) => Ok(When::At { wall: pick.wall.to_string(), zone: pick.zone.clone() }),
        None if asked.phrase.trim().is_empty() => return Sense::Nothing,
        None => clocks.read(asked.phrase, asked.zone).and_then(|meaning| when_of(&meaning, asked.zone)),
    };
    let when = match when {
        Ok(when) => when,
        Err(Refusal::Empty) => return Sense::Nothing,
        Err(refusal) => return Sense::Refused(refusal),
    };
    let typed_rule = matches!(when, When::Repeat { .. });
    let when = match asked.every {
        Some(every) => again(when, every, clocks),
        None => when,
    };
    let phrase = asked.pick.is_none().then(|| asked.phrase.trim().to_owned());
    let schedule = Schedule {
        when: ending(when, asked.ends),
        phrase,
        unless_answered: asked.unless_answered,
        late: asked.late,
        holidays: asked.holidays.to_vec(),
        remind: None,
    };
    match schedule::first(&schedule, clocks.now, clocks.zones) {
        Ok(due) => Sense::Clear(Box::new(Clear { schedule, due, typed_rule })),
        Err(none) => Sense::NoDue(none),
    }
}

/// What a meaning is on the wire. `home` is the zone it was read in.
fn when_of(meaning: &Meaning, home: &str) -> Result<When, Refusal> {
    let zone = match &meaning.first().place {
        Place::Home => home.to_owned(),
        Place::Named(name) => name.clone(),
        Place::Offset(seconds) => match (meaning, offset_zone(*seconds)) {
            // One instant needs no rules of a zone.
            (Meaning::At(moment), _) => {
                return Ok(When::Instant { at: moment.instant.saturating_mul(1_000), zone: home.to_owned() });
            }
            (_, Some(zone)) => zone,
            (_, None) => return Err(Refusal::UnknownZone(waxwing_domain::civil::offset_text(*seconds))),
        },
    };
    Ok(match meaning {
        Meaning::At(moment) if moment.exact => {
            When::Instant { at: moment.instant.saturating_mul(1_000), zone: home.to_owned() }
        }
        Meaning::At(moment) => When::At { wall: moment.wall.to_string(), zone },
        Meaning::Within(window) => When::Within {
            days: window.days.codes().split(',').map(str::to_owned).collect(),
            from: minutes(window.from),
            to: minutes(window.to),
            since: window.since.map(|date| date.to_string()),
            zone,
        },
        Meaning::Repeats(repeat) => When::Repeat {
            rule: repeat.rule.to_string(),
            start: repeat.first.wall.to_string(),
            zone,
            skip: Vec::new(),
            until_answered: false,
        },
    })
}

/// `09:00`.
pub(in crate::pages) fn minutes(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// The zone of the IANA database that never changes and is so far ahead; whole hours only. Its sign is the other way round.
fn offset_zone(seconds: i32) -> Option<String> {
    let hours = seconds / 3_600;
    (seconds % 3_600 == 0 && (-14..=12).contains(&-hours)).then(|| match hours {
        0 => "Etc/GMT".to_owned(),
        _ => format!("Etc/GMT{:+}", -hours),
    })
}

/// The same again and again, by a rule that was chosen.
fn again(when: When, every: Every, clocks: &Clocks<'_>) -> When {
    let (start, zone) = match when {
        When::At { wall, zone } => (wall, zone),
        When::Instant { at, zone } => match clocks.zone(&zone).civil_at(at.div_euclid(1_000)) {
            Some(wall) => (wall.to_string(), zone),
            None => return When::Instant { at, zone },
        },
        When::Repeat { start, zone, .. } => (start, zone),
        within @ When::Within { .. } => return within,
    };
    When::Repeat { rule: every.rule().to_string(), start, zone, skip: Vec::new(), until_answered: false }
}

/// The same with an end, where it repeats and says none itself.
fn ending(mut when: When, ends: Ends) -> When {
    if let When::Repeat { rule, until_answered, .. } = &mut when
        && let Ok(mut read) = rule.parse::<Rule>()
        && read.end == End::Never
    {
        match ends {
            Ends::Never => {}
            Ends::After(times) => read.end = End::Count(times.max(1)),
            Ends::On(date) => {
                if let Some(time) = Time::new(23, 59, 59) {
                    read.end = End::Wall(Civil { date, time });
                }
            }
            Ends::Answered => *until_answered = true,
        }
        *rule = read.to_string();
    }
    when
}

#[cfg(test)]
mod tests;
