//! Times of day: "9am", "quarter past 8", "15h20", "halb zehn", "9 Uhr 30", and windows: "within 9-17".

use super::lex::folded;
use super::parse::{Clock, Day, Walk, put};
use super::words::{Part, Unit, Word};
use super::{Reading, Refusal};
use crate::civil::{Date, Time};

/// Before or after noon, as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

/// Makes a time of its numbers. `leading_zero`: the hour was written with two digits though one would do.
fn clock(hour: u32, minute: u32, second: Option<u32>, half: Option<Half>, leading_zero: bool) -> Option<Clock> {
    let small = |value: u32, most: u32| u8::try_from(value).ok().filter(|_| value <= most);
    let (minute, seconds) = (small(minute, 59)?, small(second.unwrap_or(0), 59)?);
    let hour = match (half, small(hour, 24)?) {
        (Some(Half::Am), 12) => 0,
        (Some(Half::Am), 13..) | (Some(Half::Pm), 0) => return None,
        (Some(Half::Pm), hour @ ..12) => hour + 12,
        (_, hour) => hour,
    };
    if hour == 24 && (minute > 0 || seconds > 0) {
        return None;
    }
    let open = half.is_none() && (1..=12).contains(&hour) && !leading_zero;
    Some(Clock { hour, minute, second: seconds, seconds_said: second.is_some(), open, bare: false })
}

impl Walk<'_> {
    /// A time of day, with what leads to it.
    pub(super) fn clock(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        let lead = self.clock_lead();
        let day = self.said.day.is_some() || self.said.weekday.is_some() || self.said.week.is_some();
        let strong = lead || self.said.part.is_some();
        let midnight = self.word(0) == Some(Word::Midnight);
        let Some(clock) = self.attempt(|walk| walk.plain_clock(strong, day)) else {
            let numbers =
                self.int(0).is_some_and(|(_, digits)| digits <= 2) && self.sign(1) == Some(':') && self.int(2).is_some();
            if numbers && self.is_glued(1) && self.is_glued(2) {
                return Err(Refusal::NoSuchTime);
            }
            self.at = before;
            return Ok(false);
        };
        if midnight {
            self.said.midnight = true;
            self.said.midnight_first = !day;
        }
        if clock.bare && !strong {
            self.hour_or_day(clock.hour)?;
        }
        put(&mut self.said.clock, clock)?;
        self.offset()?;
        Ok(true)
    }

    /// "friday 11" is Friday at 11, unless the next 11th is a Friday.
    fn hour_or_day(&self, hour: u8) -> Result<(), Refusal> {
        let (Some((weekday, _)), None) = (self.said.weekday, self.said.day) else { return Ok(()) };
        let months = (0..3).filter_map(|months| self.today.first_of_month().plus_months(months));
        let mut dates =
            months.filter_map(|first| Date::new(first.year(), first.month(), hour)).filter(|date| *date >= self.today);
        let (Some(date), Some(time)) = (dates.next(), Time::new(hour, 0, 0)) else { return Ok(()) };
        if date.weekday() != weekday {
            return Ok(());
        }
        let days = self.today.weekday().until(weekday);
        let next = self.today.plus_days(if days == 0 { 7 } else { days }).ok_or(Refusal::TooFar)?;
        Err(Refusal::two(Reading { date: next, time: Some(time) }, Reading { date, time: None }))
    }

    /// "at", "@", "around", "after", "the": whether one stood there.
    fn clock_lead(&mut self) -> bool {
        let before = self.at;
        loop {
            let lead = matches!(self.word(0), Some(Word::At | Word::About | Word::After)) || self.sign(0) == Some('@');
            let article = matches!(self.word(0), Some(Word::The | Word::This | Word::Next | Word::Within))
                && matches!(self.word(1), Some(Word::Noon | Word::Midnight | Word::One | Word::Unit(Unit::Quarter)));
            if !lead && !article {
                return self.at > before;
            }
            self.at += 1;
        }
    }

    fn plain_clock(&mut self, strong: bool, day: bool) -> Option<Clock> {
        match self.word(0) {
            Some(Word::Noon) => {
                self.at += 1;
                return Some(Clock::sharp(12));
            }
            Some(Word::Midnight) => {
                self.at += 1;
                return Some(Clock::sharp(0));
            }
            _ => {}
        }
        if let Some(clock) = self.attempt(Self::relative_clock) {
            return Some(clock);
        }
        if self.int(0).is_some() { self.digits(strong, day) } else { self.spelled(strong) }
    }

    /// "quarter past 3pm", "20 minutes to eight", "half past 7", "halb zehn", "Viertel vor 3".
    fn relative_clock(&mut self) -> Option<Clock> {
        if self.skip(Word::HalfTo) {
            return self.shifted(-30);
        }
        if self.skip(Word::ThreeQuartersTo) {
            return self.shifted(-15);
        }
        let minutes = if self.skip(Word::Half) {
            30
        } else {
            let article = self.word(0) == Some(Word::One) && self.word(1) == Some(Word::Unit(Unit::Quarter));
            self.at += usize::from(article);
            if self.skip(Word::Unit(Unit::Quarter)) {
                15
            } else {
                let minutes = i32::try_from(self.number()?).ok()?;
                self.skip(Word::Unit(Unit::Minute));
                minutes
            }
        };
        // Past five o'clock minutes are no longer said so.
        if !(1..=59).contains(&minutes) {
            return None;
        }
        match self.word(0)? {
            Word::Past | Word::After => {
                self.at += 1;
                self.shifted(minutes)
            }
            Word::To | Word::Before => {
                self.at += 1;
                self.shifted(-minutes)
            }
            _ => None,
        }
    }

    /// The hour here, moved by minutes.
    fn shifted(&mut self, minutes: i32) -> Option<Clock> {
        // "5 vor halb zehn"
        let base = if self.skip(Word::HalfTo) {
            self.shifted(-30)?
        } else if self.skip(Word::Noon) {
            Clock::sharp(12)
        } else if self.skip(Word::Midnight) {
            Clock::sharp(0)
        } else {
            let (hour, digits) = match self.int(0) {
                Some((hour, digits)) if digits <= 2 => {
                    self.at += 1;
                    (hour, digits)
                }
                Some(_) => return None,
                None => (self.number()?, 1),
            };
            if self.is_glued(0) && matches!(self.sign(0), Some(':' | '.')) && self.is_glued(1) && self.int(1).is_some() {
                let zero = self.int(1) == Some((0, 2));
                self.at += 2;
                if !zero {
                    return None;
                }
            }
            if self.is_glued(0) {
                self.skip(Word::Unit(Unit::Hour));
            }
            self.skip(Word::OClock);
            let half = self.half();
            clock(hour, 0, None, half, digits == 2 && hour < 10)?
        };
        let total = (i32::from(base.hour) * 60 + i32::from(base.minute) + minutes).rem_euclid(24 * 60);
        let mut hour = u8::try_from(total / 60).ok()?;
        if base.open && hour > 12 {
            hour -= 12;
        }
        if base.open && hour == 0 {
            hour = 12;
        }
        Some(Clock { hour, minute: u8::try_from(total % 60).ok()?, bare: base.open, ..base })
    }

    /// A time in digits.
    fn digits(&mut self, strong: bool, day: bool) -> Option<Clock> {
        let (hour, digits) = self.int(0)?;
        let glued_int = |walk: &Self, ahead: usize| if walk.is_glued(ahead) { walk.int(ahead) } else { None };
        let zero = digits == 2 && hour < 10;
        let sign = self.sign(1).filter(|_| self.is_glued(1));
        if sign == Some(':') {
            let (minute, 1..=2) = glued_int(self, 2)? else { return None };
            self.at += 3;
            let second = self.seconds();
            let half = self.half();
            let uhr = self.skip(Word::OClock);
            return clock(hour, minute, second, half.or_else(|| self.half()), zero || uhr);
        }
        if sign == Some('.')
            && let Some((minute, 2)) = glued_int(self, 2)
            && !(self.sign(3) == Some('.') && glued_int(self, 4).is_some())
        {
            self.at += 3;
            let half = self.half();
            let uhr = self.skip(Word::OClock);
            let offset = matches!(self.sign(0), Some('+' | '-')) && self.is_glued(0);
            return if half.is_some() || uhr || offset || strong { clock(hour, minute, None, half, zero || uhr) } else { None };
        }
        if self.is_glued(1) && self.word(1) == Some(Word::Unit(Unit::Hour)) {
            if let Some((minute, 2)) = glued_int(self, 2) {
                self.at += 3;
                return clock(hour, minute, None, None, true);
            }
            if strong || day {
                self.at += 2;
                return clock(hour, 0, None, None, true);
            }
            return None;
        }
        self.at += 1;
        if self.is_glued(0) && folded(self.text(0)) == "ish" {
            self.at += 1;
        }
        if let Some(half) = self.half() {
            return if digits > 2 {
                clock(hour / 100, hour % 100, None, Some(half), false)
            } else {
                clock(hour, 0, None, Some(half), false)
            };
        }
        if digits > 2 {
            return if (strong || day) && digits == 4 && !day_with_year(self) {
                clock(hour / 100, hour % 100, None, None, true)
            } else {
                None
            };
        }
        self.hour_alone(hour, zero, strong || day)
    }

    /// An hour without minutes, which is one because something says so.
    fn hour_alone(&mut self, hour: u32, zero: bool, certain: bool) -> Option<Clock> {
        if self.skip(Word::OClock) {
            // "9 Uhr 30"
            if let Some((minute @ 0..=59, 2)) = self.int(0)
                && !(self.is_glued(1) && self.sign(1).is_some())
            {
                self.at += 1;
                return clock(hour, minute, None, None, true);
            }
            let half = self.half();
            return clock(hour, 0, None, half, zero).map(|clock| Clock { bare: true, ..clock });
        }
        // "9 tomorrow", "8 in the evening"
        let of_part = matches!(self.word(0), Some(Word::OfPart(_) | Word::Day(_)))
            || (self.word(0) == Some(Word::This) && matches!(self.word(1), Some(Word::Part(_))));
        let dated = self.is_glued(0) && matches!(self.sign(0), Some('/' | '-' | '.' | ':'));
        if (certain && !dated) || of_part {
            return clock(hour, 0, None, None, zero).map(|clock| Clock { bare: true, ..clock });
        }
        None
    }

    /// A time in words: "ten thirty am", "eight".
    fn spelled(&mut self, strong: bool) -> Option<Clock> {
        let Some(Word::Number(_) | Word::Tens(20)) = self.word(0) else { return None };
        let hour = self.number().filter(|hour| *hour <= 24)?;
        let joint = usize::from(self.sign(0) == Some('-'));
        let minutes = self.attempt(|walk| {
            walk.at += joint;
            let minutes =
                if walk.int(0).is_none() && !matches!(walk.word(0), Some(Word::One)) { walk.number()? } else { return None };
            (10..60).contains(&minutes).then_some(minutes)
        });
        if let Some(half) = self.half() {
            return clock(hour, minutes.unwrap_or(0), None, Some(half), false);
        }
        if let Some(minutes) = minutes {
            return if strong { clock(hour, minutes, None, None, false) } else { None };
        }
        self.hour_alone(hour, false, strong)
    }

    /// `:57` and a fraction, which is cut off.
    fn seconds(&mut self) -> Option<u32> {
        if !(self.is_glued(0) && self.is_glued(1) && self.sign(0) == Some(':')) {
            return None;
        }
        let (second, 2) = self.int(1)? else { return None };
        self.at += 2;
        if matches!(self.sign(0), Some('.' | ',')) && self.is_glued(0) && self.is_glued(1) && self.int(1).is_some() {
            self.at += 2;
        }
        Some(second)
    }

    /// am, pm, a.m., p, "p m".
    fn half(&mut self) -> Option<Half> {
        match self.word(0) {
            Some(Word::Am) => {
                self.at += 1;
                return Some(Half::Am);
            }
            Some(Word::Pm) => {
                self.at += 1;
                return Some(Half::Pm);
            }
            _ => {}
        }
        self.attempt(|walk| {
            let half = match folded(walk.text(0)).as_str() {
                "a" => Half::Am,
                "p" => Half::Pm,
                _ => return None,
            };
            let glued = walk.is_glued(0);
            walk.at += 1;
            let dot = walk.is_glued(0) && walk.skip_sign('.');
            let m = folded(walk.text(0)) == "m" && (walk.is_glued(0) || !dot);
            if m {
                walk.at += 1;
                if walk.is_glued(0) {
                    walk.skip_sign('.');
                }
            }
            (glued || dot || m).then_some(half)
        })
    }

    /// Minutes past an hour look like a span; they are a time of day.
    pub(super) fn clock_with_span(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        self.clock_lead();
        let Some(clock) = self.attempt(Self::relative_clock) else {
            self.at = before;
            return Ok(false);
        };
        put(&mut self.said.clock, clock)?;
        Ok(true)
    }

    /// A window of the day: "9-17", "9 to 5pm", "between 9 and 17", "8:30-12:00 Uhr".
    pub(super) fn hours(&mut self) -> Result<bool, Refusal> {
        let before = self.at;
        let lead = matches!(self.word(0), Some(Word::Within | Word::From));
        self.at += usize::from(lead);
        let window = self.attempt(|walk| {
            let from = walk.window_hour()?;
            let joint = walk.sign(0) == Some('-')
                || walk.sign(0) == Some('–')
                || matches!(walk.word(0), Some(Word::To | Word::Until))
                || (lead && walk.word(0) == Some(Word::And));
            if !joint {
                return None;
            }
            walk.at += 1;
            let to = walk.window_hour()?;
            let dated = walk.is_glued(0) && matches!(walk.sign(0), Some('-' | '/' | '.'));
            if dated { None } else { Some((from, to)) }
        });
        let Some((from, to)) = window else {
            self.at = before;
            return Ok(false);
        };
        // "9-5" is office hours.
        let end = if to.open && to.hour < from.hour && to.hour < 12 { to.hour + 12 } else { to.hour };
        let time = |hour: u8, clock: Clock| if hour == 24 { Time::new(23, 59, 59) } else { Time::new(hour, clock.minute, 0) };
        let (Some(from), Some(to)) = (time(from.hour, from), time(end, to)) else { return Err(Refusal::NoSuchTime) };
        if from >= to {
            return Err(Refusal::NoSuchTime);
        }
        put(&mut self.said.hours, (from, to))?;
        Ok(true)
    }

    /// A time at one end of a window.
    fn window_hour(&mut self) -> Option<Clock> {
        let (hour, digits) = self.int(0)?;
        if digits > 2 {
            return None;
        }
        self.at += 1;
        let minute = match (self.sign(0), self.int(1)) {
            (Some(':'), Some((minute, 2))) if self.is_glued(0) && self.is_glued(1) => {
                self.at += 2;
                minute
            }
            _ => 0,
        };
        let half = self.half();
        self.skip(Word::OClock);
        clock(hour, minute, None, half, false)
    }
}

/// Whether a day without its year was said last, so that four digits may be the year.
fn day_with_year(walk: &Walk<'_>) -> bool {
    matches!(walk.said.day, Some(Day::OfYear(..) | Day::Month(_) | Day::Easter | Day::NthOfYear(..)))
}

/// Hours of a part of the day in which 1 to 12 are meant, as the hour that 12-hour clocks show; `None` where they are not.
pub(super) fn hour_in(part: Part, hour: u8) -> Option<(i64, u8)> {
    match (part, hour) {
        (Part::Morning, 1..=11) => Some((0, hour)),
        (Part::Afternoon, 12) => Some((0, 12)),
        (Part::Afternoon, 1..=6) | (Part::Evening, 4..=11) | (Part::Night, 6..=11) => Some((0, hour + 12)),
        (Part::Night | Part::Evening, 12) => Some((1, 0)),
        (Part::Night, 1..=5) => Some((1, hour)),
        _ => None,
    }
}
