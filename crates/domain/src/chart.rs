//! Charts as SVG: what was sent each day or week, what of it was opened for certain or possibly, and what was answered.
//!
//! What must hold: the same figures give the same string. There is no style in it, only classes (`c-sent`, `c-sure`,
//! `c-poss`, `c-maybe`, `c-ans`, `c-grid`, `c-lab`; the stylesheet colours them, also in forced colours), since the pages'
//! CSP forbids inline style. It is well-formed XML, so that a page can parse it without treating it as HTML; every text
//! comes in from outside and is escaped. It has a title and a summary for screen readers; the page shows the same figures as
//! a table.
//!
//! The measures are those of the mock-up: 352 wide, bars 0.71 of their slot, two grid lines above the base line, up to three
//! diamonds below it.

mod svg;

use svg::{Svg, Tenths};

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'a> {
    /// Makes the ids in the SVG unique in the page: letters, digits, `-` and `_`; everything else is left out.
    pub id: &'a str,
    /// The name of the chart, e.g. "Mails of the last 30 days".
    pub title: &'a str,
    /// What a glance at it says, e.g. "49 mails sent; 25 opened."
    pub summary: &'a str,
    /// The days or weeks, oldest first.
    pub columns: &'a [Column<'a>],
}

/// One day or week of a [`Chart`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Column<'a> {
    /// Mails sent: an outline.
    pub sent: u32,
    /// Of these, opened for certain: solid. Never drawn higher than `sent`.
    pub opened: u32,
    /// Of these, possibly opened, beside `opened`: hatched, on top of it. Both together are never drawn higher than `sent`.
    pub possible: u32,
    /// Of these, answered: diamonds below. `None` where nobody looks for answers.
    pub answered: Option<u32>,
    /// A label below, e.g. "9 Nov". Not every column should have one: about five fit, see [`label_step`].
    pub label: Option<&'a str>,
}

/// A sign of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A diamond.
    Answered,
    /// Solid.
    Opened,
    /// Hatched.
    Possible,
    /// An outline.
    Sent,
}

// All measures in tenths of a unit: whole numbers are the same on every machine.
const WIDTH: u64 = 3_520;
const TOP: u64 = 260;
const BASE: u64 = 1_220;
const BELOW_TOP_OF_VIEW: u64 = 140;
/// Where the first diamond begins, and how far apart they are.
const MARKS: u64 = 1_270;
const MARK: u64 = 70;
const MOST_MARKS: u32 = 3;
/// Where labels stand without diamonds, and below the first one.
const LABEL_LINE: u64 = 1_380;
const LABEL_LINE_BELOW_MARK: u64 = 1_490;
const BELOW_LABEL_LINE: u64 = 60;
const DIGIT: u64 = 65;
/// Labels nearer than this to an edge would be cut if they stood in the middle of their day.
const LABEL_MARGIN: u64 = 200;

/// Draws the chart. An empty list gives the grid alone.
pub fn bars(chart: &Chart<'_>) -> String {
    let id = clean(chart.id);
    let most = chart.columns.iter().map(|column| column.sent.max(column.opened)).max().unwrap_or(0);
    let ceiling = ceiling(most);
    let left = 115 + DIGIT * ceiling.to_string().len() as u64;
    let unit = answers_a_mark(chart.columns);
    let marks = chart.columns.iter().map(|column| column.marks(unit)).max().unwrap_or(0);
    let label_line = match marks {
        0 => LABEL_LINE,
        marks => LABEL_LINE_BELOW_MARK + u64::from(marks - 1) * MARK,
    };

    let mut svg = Svg::with_capacity(600 + chart.columns.len() * 240);
    svg.raw(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 {} {} {}" role="img" aria-labelledby="{id}-t {id}-d"><title id="{id}-t">"#,
        Tenths(BELOW_TOP_OF_VIEW),
        Tenths(WIDTH),
        Tenths(label_line + BELOW_LABEL_LINE - BELOW_TOP_OF_VIEW),
    ));
    svg.text(chart.title);
    svg.raw(&format!(r#"</title><desc id="{id}-d">"#));
    svg.text(chart.summary);
    svg.raw("</desc>");
    if chart.columns.iter().any(|column| column.possible > 0) {
        svg.hatch(&id);
    }

    for (value, y) in [(0, BASE), (ceiling / 2, u64::midpoint(TOP, BASE)), (ceiling, TOP)] {
        let (line, baseline) = (Tenths(y + 5), Tenths(y + 40));
        svg.raw(&format!(r#"<line class="c-grid" x1="{}" x2="{}" y1="{line}" y2="{line}"/>"#, Tenths(left), Tenths(WIDTH)));
        svg.raw(&format!(r#"<text class="c-lab" x="{}" y="{baseline}" text-anchor="end">{value}</text>"#, Tenths(left - 60)));
    }

    let count = chart.columns.len().max(1) as u64;
    let slot = |i: u64| left + (WIDTH - left) * i / count;
    let width = ((WIDTH - left) * 71 / (100 * count)).clamp(5, 400);
    let height = |value: u32| (BASE - TOP) * u64::from(value) / u64::from(ceiling);
    for (i, column) in (0..).zip(chart.columns) {
        let middle = u64::midpoint(slot(i), slot(i + 1));
        let sure = column.opened.min(column.sent);
        let maybe = column.possible.min(column.sent - sure);
        let x = middle - width / 2;
        if column.sent > 0 {
            svg.rect("c-sent", [x, BASE - height(column.sent), width, height(column.sent)]);
        }
        if sure > 0 {
            svg.rect("c-sure", [x, BASE - height(sure), width, height(sure)]);
        }
        if maybe > 0 {
            let top = height(sure + maybe);
            svg.hatched(&id, [x, BASE - top, width, top - height(sure)]);
        }
        for mark in 0..u64::from(column.marks(unit)) {
            svg.diamond(middle, MARKS + mark * MARK);
        }
        if let Some(label) = column.label {
            let (x, anchor) = match middle {
                x if x + LABEL_MARGIN > WIDTH => (WIDTH, "end"),
                x => (x, "middle"),
            };
            svg.raw(&format!(r#"<text class="c-lab" x="{}" y="{}" text-anchor="{anchor}">"#, Tenths(x), Tenths(label_line)));
            svg.text(label);
            svg.raw("</text>");
        }
    }
    svg.end()
}

/// How many answers one diamond of the chart stands for, the last of a column perhaps for fewer: 1, unless a column has more
/// than three; then 2, 5, 10, 20 and so on. The legend says so.
pub fn answers_a_mark(columns: &[Column<'_>]) -> u32 {
    let most = columns.iter().filter_map(|column| column.answered).max().unwrap_or(0);
    let mut unit: u32 = 1;
    // 1, 2, 5, 10, 20, 50: in turn twice, two and a half times, and twice as much.
    while most.div_ceil(unit) > MOST_MARKS {
        let leading = unit.to_string().starts_with('2');
        unit = if leading { unit / 2 * 5 } else { unit.saturating_mul(2) };
    }
    unit
}

impl Column<'_> {
    fn marks(&self, unit: u32) -> u32 {
        self.answered.unwrap_or(0).div_ceil(unit)
    }
}

/// Every how many columns there is room for a label, in a wide font too: at most five in all, or seven of wide columns; whole weeks apart
/// where the columns are days.
pub fn label_step(columns: usize, days: bool) -> usize {
    // The last label stands at the edge and comes nearer to the one before, unless the columns are wide.
    if columns <= 7 {
        return 1;
    }
    let steps: &[usize] = if days { &[7, 14, 21, 28, 63, 91] } else { &[2, 3, 4, 6, 9, 13] };
    steps.iter().copied().find(|step| columns <= step * 5).unwrap_or_else(|| columns.div_ceil(5))
}

/// A sign of the legend, decoration beside its word. `id` is the chart's: both are in the same page.
pub fn sign(which: Sign, id: &str) -> String {
    let mut svg = Svg::with_capacity(200);
    svg.raw(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" aria-hidden="true">"#);
    match which {
        Sign::Answered => svg.raw(r#"<path class="c-ans" d="M5 1l4 4-4 4-4-4Z"/>"#),
        Sign::Opened => svg.rect("c-sure", [0, 0, 100, 100]),
        Sign::Possible => svg.hatched(&clean(id), [0, 0, 100, 100]),
        Sign::Sent => svg.rect("c-sent", [4, 4, 92, 92]),
    }
    svg.end()
}

/// A bar that is filled to `share` thousandths, decoration beside a sentence that says the same. More than 1,000 is full.
pub fn meter(share: u32) -> String {
    let mut svg = Svg::with_capacity(260);
    svg.raw(r#"<svg xmlns="http://www.w3.org/2000/svg" class="meter" viewBox="0 0 352 6" preserveAspectRatio="none" aria-hidden="true">"#);
    svg.raw(r#"<rect class="m-bg" width="352" height="6" rx="3"/>"#);
    let filled = WIDTH * u64::from(share.min(1_000)) / 1_000;
    if filled > 0 {
        svg.raw(&format!(r#"<rect class="m-yes" width="{}" height="6" rx="3"/>"#, Tenths(filled)));
    }
    svg.end()
}

fn clean(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// The value of the highest grid line: at least `most`, at least 2, even, so that the middle line has a whole number too; up
/// to 10 the next even number, from there on 2, 4, 6, 8 or 10 times a power of ten.
fn ceiling(most: u32) -> u32 {
    let mut step: u32 = 2;
    while u64::from(step) * 5 < u64::from(most) {
        step = step.saturating_mul(10);
    }
    // The largest value has no even ceiling above it within `u32`: the bar then reaches the line.
    most.div_ceil(step).max(1).saturating_mul(step)
}

#[cfg(test)]
mod tests;
