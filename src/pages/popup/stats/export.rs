//! What is on the screen, as a file for a spreadsheet: days as ISO dates, numbers as plain digits, certain and possible opens
//! in columns of their own.

use waxwing_domain::csv::{Cell, csv};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Period, Stats};

use super::span::Span;
use super::table::Counts;
use crate::pages::dom::download;
use crate::pages::text::{iso_day, t};
use crate::pages::widgets::trust_words;

/// Hands the file over. False when the browser refuses.
pub(super) fn save(span: Span, stats: &Stats, now: Millis) -> bool {
    let name = format!("waxwing-{}-{}-days.csv", iso_day(now), span.days);
    download(&name, "text/csv;charset=utf-8", &csv(&tables(stats)))
}

fn tables(stats: &Stats) -> Vec<Vec<Vec<Cell>>> {
    let answers = stats.answered.is_some();
    let first = if stats.by == Period::Week { "stats_week_from" } else { "stats_day" };
    let mut periods = vec![head(first, answers)];
    periods.extend(stats.days.iter().rev().filter(|day| day.sent > 0).map(|day| row(&day.date, day.into(), answers)));
    let mut tables = vec![periods];
    if !stats.domains.is_empty() {
        let mut table = vec![head("stats_head_domain", answers)];
        table[0].extend([Cell::from(t("stats_head_judged")), t("trust_title").into()]);
        table.extend(stats.domains.iter().map(|domain| {
            let mut row = row(&domain.domain, domain.into(), answers);
            row.extend([Cell::from(domain.trust.mails), trust_words(&domain.trust).into()]);
            row
        }));
        tables.push(table);
    }
    tables
}

fn head(first: &str, answers: bool) -> Vec<Cell> {
    let keys = [first, "stats_head_sent"].into_iter().chain(answers.then_some("stats_head_answered"));
    let keys = keys.chain(["stats_head_clicked", "stats_head_opened_certain", "stats_head_possible"]);
    keys.map(|key| Cell::from(t(key))).collect()
}

fn row(name: &str, counts: Counts, answers: bool) -> Vec<Cell> {
    let Counts { sent, answered, clicked, opened, possible } = counts;
    let answered = answers.then(|| Cell::from(answered));
    [Cell::from(name), sent.into()].into_iter().chain(answered).chain([clicked, opened, possible].map(Cell::from)).collect()
}
