//! Figures, chart and what stands below them.

use waxwing_domain::chart::{Chart, Column, Sign, answers_a_mark, bars, label_step, sign};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Period, Stats};

use super::span::Span;
use super::{domains, table};
use crate::pages::dom::{Attr, El, Href, Icon, Tag, el, icon_with, own_svg};
use crate::pages::text::{Value, count, day_of, number, rich, t, t_with, within};
use crate::pages::widgets::{empty, fold};

/// The id of the chart, and what its hatch is known by.
const CHART: &str = "totals";

/// Everything below the choice.
pub(super) fn draw(span: Span, stats: &Stats, now: Millis) -> Vec<El> {
    if stats.sent == 0 {
        let title = rich("stats_none", &[Value::Own(span.words())]);
        return vec![empty(Some(Icon::SEALED), title, &t("stats_none_says"), &[])];
    }
    let known = el(Tag::A).href(&Href::Own("options.html#known")).in_tab().text(&t("help_known"));
    let words = el(Tag::P).class("ww-pad ww-xs ww-3 ww-end ww-rule").children(rich("stats_doubt", &[Value::Element(known)]));
    let mut all = vec![figures(span, stats), chart(span, stats, now)];
    all.extend(domains::section(stats));
    all.push(words);
    all
}

fn figures(span: Span, stats: &Stats) -> El {
    let figure = |icon: Icon, class: &str, n: String, words: &str| {
        el(Tag::Div)
            .child(&icon_with(icon, class))
            .child(&el(Tag::P).class("ww-fig").text(&n))
            .child(&el(Tag::P).class("ww-xs ww-2").text(words))
    };
    let answered = stats.answered.map(|answered| figure(Icon::ANSWERED, "s-answered", number(answered), &t("stats_answered")));
    let opened = if stats.possible > 0 { "stats_opened_range" } else { "stats_opened" };
    let figures = el(Tag::Div)
        .class("ww-figs")
        .children(answered)
        .child(&figure(Icon::CLICKED, "s-clicked", number(stats.clicked), &t("stats_clicked")))
        .child(&figure(Icon::OPENED, "s-opened", table::range(stats.opened, stats.possible), &t(opened)));
    let sent = el(Tag::P).class("ww-s ww-2").text(&count("stats_sent", stats.sent, &[]));
    // One answer is no half of any.
    let time = stats.answer_time.filter(|_| stats.answered.is_some_and(|answered| answered > 1));
    let time = time.map(|time| el(Tag::P).class("ww-s ww-2").text(&t_with("stats_answer_time", &[&within(time)])));
    let machines = (stats.machines > 0).then(|| {
        el(Tag::P)
            .class("ww-s ww-2 ww-sign")
            .child(&el(Tag::Span).class("s-machines").child(&icon_with(Icon::MACHINES, "")))
            .child(&el(Tag::Span).text(&count("stats_machines", stats.machines, &[])))
    });
    el(Tag::Section)
        .class("ww-pad ww-stack ww-stack-2")
        .set(Attr::AriaLabel, &t_with("stats_totals", &[&span.words()]))
        .child(&sent)
        .child(&figures)
        .children(time)
        .children(machines)
}

fn chart(span: Span, stats: &Stats, now: Millis) -> El {
    // Counted back from the running day or week.
    let step = label_step(stats.days.len(), stats.by == Period::Day);
    let last = stats.days.len().saturating_sub(1);
    let labels: Vec<Option<String>> =
        stats.days.iter().enumerate().map(|(i, day)| (last - i).is_multiple_of(step).then(|| day_of(&day.date))).collect();
    let columns: Vec<Column<'_>> = stats
        .days
        .iter()
        .zip(&labels)
        .map(|(day, label)| Column {
            sent: day.sent,
            opened: day.opened,
            possible: day.possible,
            answered: day.answered,
            label: label.as_deref(),
        })
        .collect();
    let title = t_with("stats_title", &[&span.words()]);
    let most = stats.opened.saturating_add(stats.possible);
    let mut summary =
        t_with("stats_summary", &[&number(stats.sent), &number(stats.clicked), &number(stats.opened), &number(most)]);
    if let Some(answered) = stats.answered {
        summary = format!("{} {summary}", count("stats_summary_answered", answered, &[]));
    }
    let drawn = own_svg(&bars(&Chart { id: CHART, title: &title, summary: &summary, columns: &columns }));
    let possible = columns.iter().any(|column| column.possible > 0);
    let mut below = vec![legend(&columns, possible)];
    if possible {
        below.push(el(Tag::P).class("ww-hint").text(&t("stats_possible_says")));
    }
    let mut inside = vec![table::periods(stats, now)];
    if stats.answered.is_none() {
        inside.push(el(Tag::P).class("ww-hint").text(&t("stats_no_answers")));
    }
    below.push(fold(&t("as_table"), inside));
    if !stats.domains.is_empty() {
        below.push(fold(&t("stats_by_domain"), domains::table(stats)));
    }
    let figure = el(Tag::Figure).class("ww-pad");
    figure.children(drawn).children(below)
}

fn legend(columns: &[Column<'_>], possible: bool) -> El {
    let unit = answers_a_mark(columns);
    let answered = columns.iter().any(|column| column.answered.unwrap_or(0) > 0).then(|| {
        let words = if unit == 1 { t("stats_key_answered") } else { t_with("stats_key_answered_each", &[&number(unit)]) };
        (Sign::Answered, words)
    });
    let signs = answered
        .into_iter()
        .chain([(Sign::Opened, t("stats_key_opened"))])
        .chain(possible.then(|| (Sign::Possible, t("stats_key_possible"))))
        .chain([(Sign::Sent, t("stats_key_sent"))]);
    el(Tag::Figcaption)
        .class("legend")
        .children(signs.map(|(which, words)| el(Tag::Span).children(own_svg(&sign(which, CHART))).text(&words)))
}
