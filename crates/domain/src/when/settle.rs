//! From what a phrase says to what it means: the day, the time on it, the instant. Here is where nothing may be past.

use super::clocks::hour_in;
use super::lex::Token;
use super::parse::{Clock, Day, Place as SaidPlace, Said, Walk, Which};
use super::periods::nth_of_month;
use super::words::Part;
use super::zone::{Fixed, Zone};
use super::{Context, Meaning, Moment, Place, Reading, Refusal, TimeFrom};
use crate::civil::{Civil, Date, Time, Weekday};

/// How many years to look ahead for a day: 29 February may be eight years away.
const YEARS: i32 = 9;

/// What the tokens mean; or how many were understood, and why not.
pub(super) fn meaning(phrase: &str, tokens: &[Token], context: &Context<'_>) -> Result<Meaning, (usize, Refusal)> {
    let count = tokens.len();
    let home = context.home.civil_at(context.now).ok_or((0, Refusal::TooFar))?;
    let read = |today: Date| {
        let mut walk = Walk::new(phrase, tokens, context, today);
        match walk.read() {
            Ok(()) => Ok(walk.said),
            Err(refusal) => Err((walk.at, refusal)),
        }
    };
    let said = read(home.date)?;
    let Some(place) = said.place.clone() else {
        let settling = Settling { context, zone: context.home, now: home, today: home.date, place: Place::Home };
        return settling.meaning(&said).map_err(|refusal| (count, refusal));
    };
    elsewhere(&place, context, |zone, kept| {
        let now = zone.civil_at(context.now).ok_or(Refusal::TooFar)?;
        let here = Settling { context, zone, now, today: home.date, place: kept.clone() }.meaning(&said);
        if now.date == home.date {
            return here;
        }
        // It is another day there: whose tomorrow is meant?
        let there = read(now.date).map_err(|(_, refusal)| refusal)?;
        let there = Settling { context, zone, now, today: now.date, place: kept }.meaning(&there);
        match (here, there) {
            (Ok(here), Ok(there)) if here.first().instant != there.first().instant => {
                Err(Refusal::two(reading(here.first().wall), reading(there.first().wall)))
            }
            (here, there) => there.or(here),
        }
    })
    .map_err(|refusal| (count, refusal))
}

/// Settles in another zone.
fn elsewhere(
    place: &SaidPlace,
    context: &Context<'_>,
    settle: impl Fn(&dyn Zone, Place) -> Result<Meaning, Refusal>,
) -> Result<Meaning, Refusal> {
    let settle = |zone: &dyn Zone, place: Place| settle(zone, place.clone()).map_err(|refusal| refusal.there(&place));
    match place {
        SaidPlace::Offset(seconds) => settle(&Fixed(*seconds), Place::Offset(*seconds)),
        SaidPlace::Named(name) => {
            let zone = context.zones.find(name).ok_or_else(|| Refusal::UnknownZone(name.clone()))?;
            settle(zone.as_ref(), Place::Named(name.clone()))
        }
        SaidPlace::Abbreviated(name, seconds) => {
            let said = settle(&Fixed(*seconds), Place::Offset(*seconds))?;
            let Some(zone) = context.zones.find(name) else { return Ok(said) };
            let shown = settle(zone.as_ref(), Place::Named((*name).to_owned()))?;
            let (one, other) = (said.first().instant, shown.first().instant);
            if one == other {
                return Ok(shown);
            }
            // PST in July: what clocks show there is not what was said.
            let here = |instant: i64| context.home.civil_at(instant).map(reading).ok_or(Refusal::TooFar);
            Err(Refusal::two(here(one)?, here(other)?))
        }
    }
}

pub(super) fn reading(civil: Civil) -> Reading {
    Reading { date: civil.date, time: Some(civil.time) }
}

pub(super) fn day_reading(date: Date) -> Reading {
    Reading { date, time: None }
}

/// A day as it was found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found {
    /// This one.
    Day(Date),
    /// Either, and both are as good.
    Either(Date, Date),
}

pub(super) struct Settling<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) zone: &'a dyn Zone,
    /// What clocks at the place show.
    pub(super) now: Civil,
    /// The day that "today" means.
    pub(super) today: Date,
    place: Place,
}

impl Settling<'_> {
    fn meaning(&self, said: &Said) -> Result<Meaning, Refusal> {
        if said.again.is_some() || said.hours.is_some() || said.since {
            return self.again(said);
        }
        let moment = if let Some(span) = said.span {
            self.span(said, span)?
        } else if let Some((count, weekday)) = said.counted {
            if said.day.is_some() || said.weekday.is_some() || said.week.is_some() {
                return Err(Refusal::Twice);
            }
            let date = self.counted(said, count, weekday)?;
            self.on(date, said)?
        } else if said.now || (said.asap && said.day.is_none() && said.weekday.is_none() && said.week.is_none()) {
            if said.day.is_some() || said.weekday.is_some() || said.clock.is_some() || said.part.is_some() {
                return Err(Refusal::Twice);
            }
            self.exactly(self.context.now)?
        } else {
            match self.date(said, false)? {
                Some(Found::Day(date)) => self.on(date, said)?,
                Some(Found::Either(one, other)) => return Err(self.either(one, other, said)),
                None => self.next_time(said)?,
            }
        };
        Ok(Meaning::At(self.not_past(moment)?))
    }

    /// Two days that are as good, each with the time that was said for it: whoever picks one must not lose that.
    fn either(&self, one: Date, other: Date, said: &Said) -> Refusal {
        let timed = said.clock.is_some() || said.part.is_some();
        let with_time = |date| self.on(date, said).ok().filter(|_| timed).map(|moment| reading(moment.wall));
        match (with_time(one), with_time(other)) {
            (Some(one), Some(other)) => Refusal::two(one, other),
            // Where the time itself is unclear, or over on one of them, the days alone are what can be said.
            _ => Refusal::two(day_reading(one), day_reading(other)),
        }
    }

    pub(super) fn not_past(&self, moment: Moment) -> Result<Moment, Refusal> {
        if moment.instant < self.context.now { Err(Refusal::Past(reading(moment.wall))) } else { Ok(moment) }
    }

    /// An instant, whatever clocks show.
    pub(super) fn exactly(&self, instant: i64) -> Result<Moment, Refusal> {
        let wall = self.zone.civil_at(instant).ok_or(Refusal::TooFar)?;
        Ok(Moment { instant, wall, place: self.place.clone(), exact: true, time: TimeFrom::Now })
    }

    pub(super) fn at(&self, wall: Civil, time: TimeFrom) -> Moment {
        let instant = self.zone.resolve(wall).instant();
        Moment { instant, wall, place: self.place.clone(), exact: false, time }
    }

    /// The next such weekday, not today.
    pub(super) fn after_today(&self, weekday: Weekday) -> Result<Date, Refusal> {
        let days = self.today.weekday().until(weekday);
        self.today.plus_days(if days == 0 { 7 } else { days }).ok_or(Refusal::TooFar)
    }

    /// The day that was said, if one was. `past`: it may be over, since something counts from it.
    pub(super) fn date(&self, said: &Said, past: bool) -> Result<Option<Found>, Refusal> {
        let found = match (said.day, said.week, said.weekday) {
            (Some(day), None, weekday) => {
                let fits = |date: Date| weekday.is_none_or(|(weekday, _)| weekday == date.weekday());
                match self.day(day, past)? {
                    Found::Day(date) if !fits(date) => return Err(Refusal::OtherWeekday(date)),
                    // Of two dates the weekday may be that of one.
                    Found::Either(one, other) => match (fits(one), fits(other)) {
                        (true, true) => Found::Either(one, other),
                        (true, false) => Found::Day(one),
                        (false, true) => Found::Day(other),
                        (false, false) => return Err(Refusal::OtherWeekday(one)),
                    },
                    found @ Found::Day(_) => found,
                }
            }
            (None, Some(week), Some((weekday, Which::Plain))) => {
                let start = self.today.start_of_week(self.context.first_weekday);
                let into = self.context.first_weekday.until(weekday);
                Found::Day(start.and_then(|start| start.plus_days(7 * week + into)).ok_or(Refusal::TooFar)?)
            }
            (Some(_), Some(_), _) | (None, Some(_), Some(_)) => return Err(Refusal::Twice),
            (None, Some(0), None) => return Err(Refusal::Incomplete),
            (None, Some(week), None) => {
                let start = self.today.start_of_week(self.context.first_weekday).and_then(|start| {
                    // Weeks of work begin on Monday, wherever calendars begin theirs.
                    start.plus_days(7 * week + self.context.first_weekday.until(Weekday::Monday))
                });
                Found::Day(start.ok_or(Refusal::TooFar)?)
            }
            (None, None, Some((weekday, which))) => self.weekday(weekday, which)?,
            (None, None, None) => return Ok(None),
        };
        match found {
            Found::Day(date) if date < self.today && !past => Err(Refusal::Past(day_reading(date))),
            found => Ok(Some(found)),
        }
    }

    fn weekday(&self, weekday: Weekday, which: Which) -> Result<Found, Refusal> {
        let nearest = self.after_today(weekday)?;
        match which {
            Which::This if self.today.weekday() == weekday => Ok(Found::Either(self.today, nearest)),
            Which::Plain | Which::Coming | Which::This => Ok(Found::Day(nearest)),
            Which::Next => {
                let first = self.context.first_weekday;
                let start = self.today.start_of_week(first).and_then(|start| start.plus_days(7 + first.until(weekday)));
                let of_next_week = start.ok_or(Refusal::TooFar)?;
                Ok(if nearest == of_next_week { Found::Day(nearest) } else { Found::Either(nearest, of_next_week) })
            }
        }
    }

    fn day(&self, day: Day, past: bool) -> Result<Found, Refusal> {
        let today = self.today;
        let of_years = |find: &dyn Fn(i32) -> Option<Date>| {
            let found = (0..YEARS).filter_map(|years| find(today.year() + years)).find(|date| *date >= today);
            found.map(Found::Day).ok_or(Refusal::NoSuchDate)
        };
        match day {
            Day::Exact(date) => Ok(Found::Day(date)),
            Day::Either(one, other) => Ok(Found::Either(one, other)),
            Day::FromToday(days) => {
                let date = today.plus_days(days).ok_or(Refusal::TooFar)?;
                if days < 0 && !past { Err(Refusal::Past(day_reading(date))) } else { Ok(Found::Day(date)) }
            }
            Day::OfYear(month, day) => of_years(&|year| Date::new(year, month, day)),
            Day::Easter => of_years(&Date::easter),
            Day::NthOfYear(place, weekday, month) => {
                of_years(&|year| Date::new(year, month, 1).and_then(|first| nth_of_month(first, place, weekday)))
            }
            Day::Month(month) if month == today.month() => {
                let next = Date::new(today.year() + 1, month, 1).ok_or(Refusal::TooFar)?;
                Ok(Found::Either(today, next))
            }
            Day::Month(month) => of_years(&|year| Date::new(year, month, 1)),
            Day::OfMonth(day) => {
                let months = (0..12).filter_map(|months| today.first_of_month().plus_months(months));
                let mut dates = months.filter_map(|first| Date::new(first.year(), first.month(), day));
                dates.find(|date| *date >= today).map(Found::Day).ok_or(Refusal::NoSuchDate)
            }
        }
    }

    pub(super) fn part_time(&self, part: Part) -> Time {
        let hours = self.context.hours;
        match part {
            Part::Morning => hours.morning,
            Part::Afternoon => hours.afternoon,
            Part::Evening => hours.evening,
            Part::Night => hours.night,
            Part::EndOfDay => hours.end_of_day,
        }
    }

    /// On a day, at the time that was said, or at the one that is meant then.
    pub(super) fn on(&self, date: Date, said: &Said) -> Result<Moment, Refusal> {
        if let Some(clock) = said.clock {
            let wall = self.clock_on(date, clock, said)?;
            return Ok(self.at(wall, TimeFrom::Said));
        }
        if let Some(part) = said.part {
            return Ok(self.at(Civil { date, time: self.part_time(part) }, TimeFrom::Default));
        }
        let hours = self.context.hours;
        let times = [hours.morning, Time::hour_sharp(12), hours.afternoon, hours.evening, hours.night];
        let moments = times.map(|time| self.at(Civil { date, time }, TimeFrom::Default));
        let ahead = |moment: &Moment| date > self.now.date || moment.instant > self.context.now;
        moments.into_iter().find(ahead).ok_or(Refusal::Past(day_reading(date)))
    }

    /// The readings of a clock, as days to add and a time.
    pub(super) fn readings(clock: Clock, said: &Said) -> Result<Vec<(i64, Time)>, Refusal> {
        let time = |hour: u8| Time::new(hour, clock.minute, clock.second).ok_or(Refusal::NoSuchTime);
        if clock.hour == 24 {
            return Ok(vec![(1, Time::MIDNIGHT)]);
        }
        match said.part {
            Some(part) if clock.open && part != Part::EndOfDay => {
                let (days, hour) = hour_in(part, clock.hour).ok_or(Refusal::NoSuchTime)?;
                Ok(vec![(days, time(hour)?)])
            }
            Some(part) => {
                let fits = match part {
                    Part::Morning => clock.hour < 13,
                    Part::Afternoon => (12..19).contains(&clock.hour),
                    Part::Evening => clock.hour >= 16,
                    Part::Night => clock.hour >= 18 || clock.hour < 7,
                    Part::EndOfDay => false,
                };
                if fits { Ok(vec![(0, time(clock.hour)?)]) } else { Err(Refusal::Twice) }
            }
            None if clock.open && clock.hour < 12 => Ok(vec![(0, time(clock.hour)?), (0, time(clock.hour + 12)?)]),
            None => Ok(vec![(0, time(clock.hour)?)]),
        }
    }

    /// A time on a day.
    fn clock_on(&self, date: Date, clock: Clock, said: &Said) -> Result<Civil, Refusal> {
        let plus = |days: i64| date.plus_days(days).ok_or(Refusal::TooFar);
        if said.midnight {
            let (start, end) = (Civil { date, time: Time::MIDNIGHT }, Civil { date: plus(1)?, time: Time::MIDNIGHT });
            let only_end = self.at(start, TimeFrom::Said).instant < self.context.now || said.tonight;
            return match (said.midnight_first, only_end) {
                (_, true) => Ok(end),
                (true, false) => Ok(start),
                (false, false) => Err(Refusal::two(reading(start), reading(end))),
            };
        }
        let mut walls = Vec::with_capacity(2);
        for (days, time) in Self::readings(clock, said)? {
            walls.push(Civil { date: plus(days)?, time });
        }
        // The small hours of a night belong to the day after.
        if said.part == Some(Part::Night) && !clock.open && clock.hour < 7 {
            let (start, end) = (walls[0], Civil { date: plus(1)?, time: walls[0].time });
            let tonight = said.tonight && self.now.time < Time::hour_sharp(6) && start >= self.now;
            return match (said.tonight, tonight) {
                (true, true) => Ok(start),
                (true, false) => Ok(end),
                _ => Err(Refusal::two(reading(start), reading(end))),
            };
        }
        let (earliest, latest) = (walls.first().copied(), walls.last().copied());
        let ahead: Vec<Civil> =
            walls.into_iter().filter(|wall| self.at(*wall, TimeFrom::Said).instant >= self.context.now).collect();
        match (ahead.as_slice(), earliest, latest) {
            ([], _, Some(latest)) => Err(Refusal::Past(reading(latest))),
            ([one], ..) => Ok(*one),
            // Nobody writes at three in the morning, and few mean 8 in the evening without saying so.
            ([one, _], ..) if clock.hour >= 7 => Ok(*one),
            ([one, other], ..) => Err(Refusal::two(reading(*one), reading(*other))),
            _ => Err(Refusal::NoSuchTime),
        }
    }

    /// A time of day without a day: the next one.
    pub(super) fn next_time(&self, said: &Said) -> Result<Moment, Refusal> {
        let times = match (said.clock, said.part) {
            (Some(clock), _) => Self::readings(clock, said)?.into_iter().map(|(_, time)| time).collect(),
            (None, Some(part)) => vec![self.part_time(part)],
            (None, None) => return Err(Refusal::Incomplete),
        };
        let from = if said.clock.is_some() { TimeFrom::Said } else { TimeFrom::Default };
        let mut moments = Vec::with_capacity(2);
        for time in times {
            // Elsewhere it may be yesterday or tomorrow already.
            let days = (-1..=2).filter_map(|days| self.now.date.plus_days(days));
            let next = days.map(|date| self.at(Civil { date, time }, from)).find(|moment| moment.instant >= self.context.now);
            moments.push(next.ok_or(Refusal::TooFar)?);
        }
        let hour = said.clock.map_or(0, |clock| clock.hour);
        let bare = said.clock.is_some_and(|clock| clock.bare);
        match moments.as_slice() {
            [one] => Ok(one.clone()),
            // With its minutes, 9:30 is the time of a clock with 24 hours.
            [one, other] if hour >= 7 && (!bare || one.instant < other.instant) => Ok(one.clone()),
            [one, other] => Err(Refusal::two(reading(one.wall), reading(other.wall))),
            _ => Err(Refusal::Incomplete),
        }
    }
}
