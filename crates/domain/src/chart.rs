//! Charts as SVG: what was sent each day, and what of it was opened.
//!
//! What must hold: the same figures give the same string. There is no style in it, only classes (`c-sent`, `c-sure`,
//! `c-grid`, `c-lab`; the stylesheet colours them), since the pages' CSP forbids inline style. It is well-formed XML, so that
//! a page can parse it without treating it as HTML; every text comes in from outside and is escaped. It has a title and a
//! summary for screen readers; the page shows the same figures as a table.
//!
//! The measures are those of the mock-up: 352 wide, bars 0.71 of their slot, two grid lines above the base line.

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'a> {
    /// Makes the ids in the SVG unique in the page: letters, digits, `-` and `_`; everything else is left out.
    pub id: &'a str,
    /// The name of the chart, e.g. "Mails of the last 30 days".
    pub title: &'a str,
    /// What a glance at it says, e.g. "49 mails sent; 25 opened."
    pub summary: &'a str,
    /// The days, oldest first.
    pub days: &'a [Day<'a>],
}

/// One day of a [`Chart`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day<'a> {
    /// Mails sent.
    pub sent: u32,
    /// Of these, opened; never drawn higher than `sent`.
    pub opened: u32,
    /// A label below the day, e.g. "9 Nov". Not every day should have one: about every seventh fits.
    pub label: Option<&'a str>,
}

// All measures in tenths of a unit: whole numbers are the same on every machine.
const WIDTH: u64 = 3_520;
const TOP: u64 = 260;
const BASE: u64 = 1_220;
const BELOW_TOP_OF_VIEW: u64 = 140;
const LABEL_LINE: u64 = 1_380;
const BOTTOM: u64 = 1_440;
const DIGIT: u64 = 65;
/// Labels nearer than this to an edge would be cut if they stood in the middle of their day.
const LABEL_MARGIN: u64 = 200;

/// Draws the chart. An empty list gives the grid alone.
pub fn bars(chart: &Chart<'_>) -> String {
    let id: String = chart.id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let most = chart.days.iter().map(|day| day.sent.max(day.opened)).max().unwrap_or(0);
    let ceiling = ceiling(most);
    let left = 115 + DIGIT * ceiling.to_string().len() as u64;

    let mut svg = Svg(String::with_capacity(600 + chart.days.len() * 160));
    svg.raw(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 {} {} {}" role="img" aria-labelledby="{id}-t {id}-d"><title id="{id}-t">"#,
        Tenths(BELOW_TOP_OF_VIEW),
        Tenths(WIDTH),
        Tenths(BOTTOM - BELOW_TOP_OF_VIEW),
    ));
    svg.text(chart.title);
    svg.raw(&format!(r#"</title><desc id="{id}-d">"#));
    svg.text(chart.summary);
    svg.raw("</desc>");

    for (value, y) in [(0, BASE), (ceiling / 2, u64::midpoint(TOP, BASE)), (ceiling, TOP)] {
        let (line, baseline) = (Tenths(y + 5), Tenths(y + 40));
        svg.raw(&format!(r#"<line class="c-grid" x1="{}" x2="{}" y1="{line}" y2="{line}"/>"#, Tenths(left), Tenths(WIDTH)));
        svg.raw(&format!(r#"<text class="c-lab" x="{}" y="{baseline}" text-anchor="end">{value}</text>"#, Tenths(left - 60)));
    }

    let count = chart.days.len().max(1) as u64;
    let slot = |i: u64| left + (WIDTH - left) * i / count;
    let width = ((WIDTH - left) * 71 / (100 * count)).clamp(5, 400);
    for (i, day) in (0..).zip(chart.days) {
        let middle = u64::midpoint(slot(i), slot(i + 1));
        for (class, value) in [("c-sent", day.sent), ("c-sure", day.opened.min(day.sent))] {
            let height = (BASE - TOP) * u64::from(value) / u64::from(ceiling);
            if value > 0 {
                svg.raw(&format!(
                    r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}" rx="1"/>"#,
                    Tenths(middle - width / 2),
                    Tenths(BASE - height),
                    Tenths(width),
                    Tenths(height),
                ));
            }
        }
        if let Some(label) = day.label {
            let (x, anchor) = match middle {
                x if x + LABEL_MARGIN > WIDTH => (WIDTH, "end"),
                x => (x, "middle"),
            };
            let y = Tenths(LABEL_LINE);
            svg.raw(&format!(r#"<text class="c-lab" x="{}" y="{y}" text-anchor="{anchor}">"#, Tenths(x)));
            svg.text(label);
            svg.raw("</text>");
        }
    }
    svg.raw("</svg>");
    svg.0
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

/// A length, printed with its one decimal.
#[derive(Clone, Copy)]
struct Tenths(u64);

impl core::fmt::Display for Tenths {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            tenth => write!(f, "{}.{tenth}", self.0 / 10),
        }
    }
}

struct Svg(String);

impl Svg {
    /// Markup of ours.
    fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// Text of others: escaped, and without what XML 1.0 cannot hold.
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                '\t' | '\n' | '\r' => self.raw(" "),
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
                c => self.0.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests;
