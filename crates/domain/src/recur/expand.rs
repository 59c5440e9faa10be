//! The times that a rule gives: period by period (day, week, month, year), each as the set that RFC 5545's table makes of it.

use super::{End, Frequency, Rule};
use crate::civil::{Civil, Date, Time, Weekday, month_length};
use crate::when::zone::Zone;

/// So many periods without a time in a row, and there is none to come: "30 February" never is.
const MOST_EMPTY: u32 = 50_000;
/// So many times are looked at, wanted or not, and there is none to come: a rule may choose one of half a million in a year.
const MOST_LOOKED_AT: usize = 2_000_000;
/// A period without any costs its look too: about that of so many times.
const EMPTY: usize = 5;

/// The times of a rule, in order: wall times with their instants.
pub struct Occurrences<'a> {
    rule: &'a Rule,
    start: Civil,
    zone: &'a dyn Zone,
    period: i64,
    /// What is left of the period, last first.
    waiting: Vec<Civil>,
    given: u32,
    looked_at: usize,
    last_instant: Option<i64>,
    over: bool,
}

impl std::fmt::Debug for Occurrences<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Occurrences").field("rule", self.rule).field("period", &self.period).finish_non_exhaustive()
    }
}

impl Rule {
    /// The times that the rule gives from `start` on. Wall times that `zone` does not have, or has twice, are resolved after
    /// RFC 5545, 3.3.5. Some may be left out by the caller: they count all the same.
    pub fn occurrences<'a>(&'a self, start: Civil, zone: &'a dyn Zone) -> Occurrences<'a> {
        Occurrences {
            rule: self,
            start,
            zone,
            period: 0,
            waiting: Vec::new(),
            given: 0,
            looked_at: 0,
            last_instant: None,
            over: false,
        }
    }

    /// The dates of a period, in any order; `None` after the year 9999.
    fn dates(&self, start: Date, period: i64) -> Option<Vec<Date>> {
        let step = period.checked_mul(i64::from(self.interval))?;
        let dates = match self.frequency {
            Frequency::Daily => vec![start.plus_days(step)?],
            Frequency::Weekly => {
                let week = start.start_of_week(self.week_start)?.plus_days(step.checked_mul(7)?)?;
                let wanted: Vec<Weekday> =
                    if self.days.is_empty() { vec![start.weekday()] } else { self.days.iter().map(|(_, day)| *day).collect() };
                wanted.into_iter().filter_map(|day| week.plus_days(self.week_start.until(day))).collect()
            }
            Frequency::Monthly => {
                let first = start.first_of_month().plus_months(step)?;
                self.of_month(first, start)
            }
            Frequency::Yearly => {
                let year = i32::try_from(step.checked_add(i64::from(start.year()))?).ok()?;
                Date::new(year, 1, 1)?;
                self.of_year(year, start)
            }
        };
        Some(dates.into_iter().filter(|date| self.allows(*date)).collect())
    }

    /// The parts that only take dates away.
    fn allows(&self, date: Date) -> bool {
        let month = self.months.is_empty() || self.months.contains(&date.month());
        let length = i16::from(month_length(date.year(), date.month()));
        let day = i16::from(date.day());
        let is = |wanted: &i8| i16::from(*wanted) == day || i16::from(*wanted) == day - length - 1;
        let month_day = self.month_days.is_empty() || self.month_days.iter().any(is);
        let plain = self.days.iter().all(|(place, _)| *place == 0);
        let weekday = self.days.is_empty() || !plain || self.days.iter().any(|(_, day)| *day == date.weekday());
        month && month_day && weekday
    }

    fn of_month(&self, first: Date, start: Date) -> Vec<Date> {
        if !self.days.is_empty() && self.month_days.is_empty() {
            return self.weekdays(first, first.last_of_month());
        }
        let days = 1..=month_length(first.year(), first.month());
        let all = days.filter_map(|day| Date::new(first.year(), first.month(), day));
        all.filter(|date| !self.month_days.is_empty() || date.day() == start.day()).collect()
    }

    fn of_year(&self, year: i32, start: Date) -> Vec<Date> {
        let month = |month: u8| Date::new(year, month, 1).into_iter().flat_map(|first| self.of_month(first, start));
        if !self.days.is_empty() && self.month_days.is_empty() && self.months.is_empty() {
            return match (Date::new(year, 1, 1), Date::new(year, 12, 31)) {
                (Some(first), Some(last)) => self.weekdays(first, last),
                _ => Vec::new(),
            };
        }
        if !self.months.is_empty() {
            return self.months.iter().copied().flat_map(month).collect();
        }
        if self.month_days.is_empty() { month(start.month()).collect() } else { (1..=12).flat_map(month).collect() }
    }

    /// The weekdays that are wanted between two dates, or the nth of them.
    fn weekdays(&self, first: Date, last: Date) -> Vec<Date> {
        let mut dates = Vec::new();
        for (place, day) in &self.days {
            let begin = first.weekday().until(*day);
            let all = (0..).map_while(|week| first.plus_days(begin + week * 7).filter(|date| *date <= last));
            let all: Vec<Date> = all.collect();
            let at = usize::from(place.unsigned_abs());
            match place {
                0 => dates.extend(all),
                1.. => dates.extend(all.get(at - 1)),
                _ => dates.extend(all.len().checked_sub(at).and_then(|at| all.get(at))),
            }
        }
        dates
    }

    /// The times of day.
    fn times(&self, start: Time) -> Vec<Time> {
        let own = |list: &[u8], own: u8| if list.is_empty() { vec![own] } else { list.to_vec() };
        let minutes = own(&self.minutes, start.minute());
        let hours = own(&self.hours, start.hour());
        hours.iter().flat_map(|hour| minutes.iter().filter_map(|minute| Time::new(*hour, *minute, start.second()))).collect()
    }
}

impl Occurrences<'_> {
    /// The times of the next period that are not before the start, last first; `None` at the end of the calendar, or when too many
    /// were looked at.
    fn next_period(&mut self) -> Option<Vec<Civil>> {
        let dates = self.rule.dates(self.start.date, self.period)?;
        self.period += 1;
        let times = self.rule.times(self.start.time);
        self.looked_at = self.looked_at.saturating_add(dates.len().saturating_mul(times.len()).max(EMPTY));
        if self.looked_at > MOST_LOOKED_AT {
            return None;
        }
        let mut set: Vec<Civil> =
            dates.iter().flat_map(|date| times.iter().map(|time| Civil { date: *date, time: *time })).collect();
        set.sort_unstable();
        set.dedup();
        if !self.rule.positions.is_empty() {
            let count = set.len();
            let at = |place: &i16| {
                let far = usize::from(place.unsigned_abs());
                if *place > 0 { Some(far - 1) } else { count.checked_sub(far) }
            };
            let mut chosen: Vec<Civil> = self.rule.positions.iter().filter_map(|place| set.get(at(place)?).copied()).collect();
            chosen.sort_unstable();
            chosen.dedup();
            set = chosen;
        }
        set.retain(|civil| *civil >= self.start);
        set.reverse();
        Some(set)
    }

    /// Whether the rule ends before this time.
    fn is_over(&self, wall: Civil, instant: i64) -> bool {
        match self.rule.end {
            End::Never => false,
            End::Count(count) => self.given >= count,
            End::Instant(last) => instant > last,
            End::Wall(last) => wall > last,
        }
    }
}

impl Iterator for Occurrences<'_> {
    type Item = (Civil, i64);

    fn next(&mut self) -> Option<(Civil, i64)> {
        let mut empty = 0;
        while !self.over {
            let Some(wall) = self.waiting.pop() else {
                empty += 1;
                match self.next_period() {
                    Some(times) if empty <= MOST_EMPTY => self.waiting = times,
                    _ => self.over = true,
                }
                continue;
            };
            let instant = self.zone.resolve(wall).instant();
            if self.is_over(wall, instant) {
                self.over = true;
                break;
            }
            self.given += 1;
            // Clocks that go forward may make one instant of two wall times.
            if self.last_instant.is_none_or(|last| instant > last) {
                self.last_instant = Some(instant);
                return Some((wall, instant));
            }
        }
        None
    }
}
