//! Which days the totals are of, and how they are cut.

use waxwing_protocol::api::Period;

use crate::pages::dom::{Attr, El, Scope, Tag, el};
use crate::pages::text::t;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The last so many days, today included.
    pub(super) days: u16,
    /// A row a day or a week.
    pub(super) by: Period,
}

const DAYS: [(u16, &str); 4] = [(7, "stats_days_7"), (30, "stats_days_30"), (90, "stats_days_90"), (365, "stats_days_365")];

/// What is shown first.
const FIRST: u16 = 30;

/// From here on a bar a day would be too thin to tell apart.
const WEEKS_FROM: u16 = 90;

impl Span {
    /// The days, cut as suits their number.
    pub(super) const fn of(days: u16) -> Self {
        Self { days, by: if days >= WEEKS_FROM { Period::Week } else { Period::Day } }
    }

    /// Its words: "Last 30 days".
    pub(super) fn words(self) -> String {
        let key = DAYS.iter().find(|(days, _)| *days == self.days).map_or(DAYS[1].1, |(_, key)| key);
        t(key)
    }
}

/// The two choices.
pub(super) struct Chooser {
    root: El,
    days: El,
    by: El,
}

impl Chooser {
    /// Says nothing of the choice itself: `chosen` asks for it.
    pub(super) fn new(scope: &Scope, chosen: impl Fn() + Clone + 'static) -> Self {
        let option = |value: &str, words: &str| el(Tag::Option).set(Attr::Value, value).text(words);
        let days = el(Tag::Select)
            .class("ww-select")
            .set(Attr::AriaLabel, &t("stats_days"))
            .children(DAYS.map(|(days, key)| option(&days.to_string(), &t(key))));
        let by = el(Tag::Select)
            .class("ww-select")
            .set(Attr::AriaLabel, &t("stats_by"))
            .children([option("day", &t("stats_by_day")), option("week", &t("stats_by_week"))]);
        let root = el(Tag::Div).class("ww-row-btns").child(&days).child(&by);
        let this = Self { root, days, by };
        this.days.set_value(&FIRST.to_string());
        this.cut();
        let (days, by, heard) = (this.days.clone(), this.by.clone(), chosen.clone());
        scope.listen(this.days.node(), "change", move |_| {
            cut(&days, &by);
            heard();
        });
        scope.listen(this.by.node(), "change", move |_| chosen());
        this
    }

    /// The element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// What is chosen.
    pub(super) fn span(&self) -> Span {
        let by = if self.by.value() == "week" { Period::Week } else { Period::Day };
        Span { days: chosen_days(&self.days), by }
    }

    fn cut(&self) {
        cut(&self.days, &self.by);
    }
}

fn chosen_days(days: &El) -> u16 {
    days.value().parse().unwrap_or(FIRST)
}

/// Another number of days brings its own cut along.
fn cut(days: &El, by: &El) {
    by.set_value(match Span::of(chosen_days(days)).by {
        Period::Day => "day",
        Period::Week => "week",
    });
}
