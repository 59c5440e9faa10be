//! The last 30 days: three figures, a chart and the same as a table.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use waxwing_domain::chart::{Chart, Column, bars};
use waxwing_protocol::api::{DayStats, Event, Period, Stats};
use waxwing_protocol::page::{Answer, Fault, FromWorker, ToWorker};

use super::frame::{bar, tabs};
use super::{PATIENCE, Popup, Route, Screen};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Href, Icon, Scope, Tag, el, icon_with, own_svg};
use crate::pages::text::{Value, count, day_of, number, rich, t, t_with};
use crate::pages::widgets::{button, empty, fault_words, fold, ghosts};

const DAYS: u16 = 30;

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let main = el(Tag::Main).class("screen-main");
    let root = el(Tag::Div).class("screen").child(&bar(popup)).child(&tabs(popup, &scope, Route::Stats)).child(&main);
    let view = Rc::new(View { main, scope: scope.clone() });
    let weak = Rc::downgrade(&view);
    Timeout::new(PATIENCE, move || {
        if let Some(view) = weak.upgrade().filter(|view| view.main.node().child_element_count() == 0) {
            view.main.fill([ghosts(3)]);
        }
    })
    .forget();
    view.load();
    let hear = move |news: &FromWorker| {
        if matches!(news, FromWorker::News { event: Event::Activity { .. } | Event::Reset }) {
            view.load();
        }
    };
    Screen { root, focus: None, scope, hear: Some(Box::new(hear)) }
}

struct View {
    main: El,
    scope: Scope,
}

impl View {
    fn load(self: &Rc<Self>) {
        let this = Rc::clone(self);
        spawn_local(async move {
            match ask(&ToWorker::Stats { days: DAYS, by: Period::Day }).await {
                Ok(Answer::Stats { stats }) => this.main.fill(draw(&stats)),
                Ok(_) => this.fail(&Fault::Internal { detail: "stats".to_owned() }),
                Err(fault) => this.fail(&fault),
            }
        });
    }

    fn fail(self: &Rc<Self>, fault: &Fault) {
        let weak = Rc::downgrade(self);
        let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
            if let Some(view) = weak.upgrade() {
                view.load();
            }
        });
        self.main.fill([empty(Some(Icon::NOLINK), rich("stats_failed", &[]), &fault_words(fault), &[again])]);
    }
}

fn draw(stats: &Stats) -> Vec<El> {
    if stats.sent == 0 {
        return vec![empty(Some(Icon::SEALED), rich("stats_none", &[]), &t("stats_none_says"), &[])];
    }
    let figure = |icon: Icon, class: &str, n: u32, words: String| {
        el(Tag::Div)
            .child(&icon_with(icon, class))
            .child(&el(Tag::P).class("ww-fig").text(&number(n)))
            .child(&el(Tag::P).class("ww-xs ww-2").text(&words))
    };
    let figures = el(Tag::Section)
        .class("ww-pad ww-figs")
        .set(Attr::AriaLabel, &t("stats_totals"))
        .child(&figure(Icon::MAIL, "ww-2", stats.sent, count("stats_sent", stats.sent, &[])))
        .child(&figure(Icon::OPENED, "s-opened", stats.opened, t("stats_opened")))
        .child(&figure(Icon::CLICKED, "s-clicked", stats.clicked, t("stats_clicked")));
    let known = el(Tag::A).href(&Href::Own("options.html#known")).in_tab().text(&t("help_known"));
    let words = el(Tag::P).class("ww-pad ww-xs ww-3 ww-end").children(rich("stats_doubt", &[Value::Element(known)]));
    vec![figures, figure_of(stats), words]
}

fn figure_of(stats: &Stats) -> El {
    // A label a week, counted back from today.
    let last = stats.days.len().saturating_sub(1);
    let labels: Vec<Option<String>> =
        stats.days.iter().enumerate().map(|(i, day)| ((last - i).is_multiple_of(7)).then(|| day_of(&day.date))).collect();
    let days: Vec<Day<'_>> = stats
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
    let summary = t_with("stats_summary", &[&number(stats.sent), &number(stats.opened), &number(stats.clicked)]);
    let svg = own_svg(&bars(&Chart { id: "days", title: &t("stats_title"), summary: &summary, columns: &days }));
    let key = |class: &str, words: &str| el(Tag::Span).child(&el(Tag::Span).class(class)).text(&t(words));
    let mut figure = el(Tag::Figure).class("ww-pad");
    if let Some(svg) = svg {
        figure = figure.child(&svg);
    }
    figure
        .child(
            &el(Tag::Figcaption)
                .class("legend")
                .child(&key("key key-sure", "stats_key_opened"))
                .child(&key("key key-sent", "stats_key_sent")),
        )
        .child(&fold(&t("as_table"), [table(&stats.days)]))
}

/// Days with something to say, newest first.
fn table(days: &[DayStats]) -> El {
    let head = ["stats_day", "stats_head_sent", "stats_head_opened", "stats_head_clicked"];
    let head = head
        .iter()
        .enumerate()
        .map(|(i, key)| el(Tag::Th).set(Attr::Scope, "col").class(if i == 0 { "" } else { "n" }).text(&t(key)));
    let rows = days.iter().rev().filter(|day| day.sent > 0).map(|day| {
        let cells = [day.sent, day.opened, day.clicked].map(|n| el(Tag::Td).class("n").text(&number(n)));
        el(Tag::Tr).child(&el(Tag::Th).set(Attr::Scope, "row").text(&day_of(&day.date))).children(cells)
    });
    el(Tag::Table)
        .class("ww-table ww-tight")
        .child(&el(Tag::Thead).child(&el(Tag::Tr).children(head)))
        .child(&el(Tag::Tbody).children(rows))
}
