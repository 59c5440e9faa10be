//! The totals as tables. Opens read "2–3": certain to possible.

use waxwing_protocol::Millis;
use waxwing_protocol::api::{DayStats, DomainStats, Period, Stats};

use crate::pages::dom::{Attr, El, Tag, el};
use crate::pages::text::{day_of, day_of_long, number, t, t_with};

/// What a row counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) sent: u32,
    /// `None` where it is not known.
    pub(super) answered: Option<u32>,
    pub(super) clicked: u32,
    pub(super) opened: u32,
    pub(super) possible: u32,
}

impl From<&DayStats> for Counts {
    fn from(day: &DayStats) -> Self {
        let DayStats { sent, answered, opened, possible, clicked, .. } = *day;
        Self { sent, answered, clicked, opened, possible }
    }
}

impl From<&DomainStats> for Counts {
    fn from(domain: &DomainStats) -> Self {
        let DomainStats { sent, answered, opened, possible, clicked, .. } = *domain;
        Self { sent, answered, clicked, opened, possible }
    }
}

/// Opens as a number, or as a range where more is possible.
pub(super) fn range(certain: u32, possible: u32) -> String {
    match possible {
        0 => number(certain),
        possible => t_with("stats_range", &[&number(certain), &number(certain.saturating_add(possible))]),
    }
}

/// Days or weeks with something to say, newest first.
pub(super) fn periods(stats: &Stats, now: Millis) -> El {
    let head = if stats.by == Period::Week { "stats_week" } else { "stats_day" };
    let rows = stats.days.iter().rev().filter(|day| day.sent > 0).map(|day| {
        let name = el(Tag::Th).set(Attr::Scope, "row").text(&name(day, stats.by, now));
        row(&name, day.into(), stats.answered.is_some())
    });
    table(&t(head), stats.answered.is_some(), rows)
}

fn name(day: &DayStats, by: Period, now: Millis) -> String {
    let long = day_of_long(&day.date, now);
    // Every week begins on a Monday; the year is worth its room when it is another.
    let short = by == Period::Week && long.contains(&day_of(&day.date)) && !long.ends_with(|c: char| c.is_ascii_digit());
    if short { day_of(&day.date) } else { long }
}

/// One row.
pub(super) fn row(name: &El, counts: Counts, answers: bool) -> El {
    let cell = |text: &str| el(Tag::Td).class("n").text(text);
    el(Tag::Tr)
        .child(name)
        .child(&cell(&number(counts.sent)))
        .children(answers.then(|| cell(&counts.answered.map(number).unwrap_or_default())))
        .child(&cell(&number(counts.clicked)))
        .child(&cell(&range(counts.opened, counts.possible)))
}

/// A table with its head.
pub(super) fn table(first: &str, answers: bool, rows: impl IntoIterator<Item = El>) -> El {
    let head = |words: &str, class: &str| el(Tag::Th).set(Attr::Scope, "col").class(class).text(words);
    let columns = heads(answers);
    el(Tag::Table)
        .class("ww-table ww-tight")
        .child(
            &el(Tag::Thead)
                .child(&el(Tag::Tr).child(&head(first, "")).children(columns.into_iter().map(|key| head(&t(key), "n")))),
        )
        .child(&el(Tag::Tbody).children(rows))
}

/// The keys of the columns behind the first one.
fn heads(answers: bool) -> Vec<&'static str> {
    let answered = answers.then_some("stats_head_answered");
    ["stats_head_sent"].into_iter().chain(answered).chain(["stats_head_clicked", "stats_head_opened"]).collect()
}
