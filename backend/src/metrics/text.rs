//! OpenMetrics 1.0 as text: families with their type and help, samples, `# EOF`.
//!
//! What must hold: names and labels are words of ours; whatever else would have to stand in a label does not belong here.

use std::fmt::Write as _;

use super::number::{Spread, Unit};

/// What is said to be sent.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A label and its value, both words of ours.
pub type Label<'a> = (&'static str, &'a str);

/// A page as it grows.
#[derive(Debug, Default)]
pub struct Text {
    page: String,
    family: &'static str,
}

impl Text {
    /// Counters that follow are of this family; `name` without `_total`.
    pub fn counters(&mut self, name: &'static str, help: &str) {
        self.family(name, "counter", help);
    }

    /// Levels that follow are of this family.
    pub fn levels(&mut self, name: &'static str, help: &str) {
        self.family(name, "gauge", help);
    }

    /// Histograms that follow are of this family.
    pub fn histograms(&mut self, name: &'static str, help: &str) {
        self.family(name, "histogram", help);
    }

    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.family = name;
        // Writing to a string does not fail, here and below.
        let _ = writeln!(self.page, "# TYPE {name} {kind}");
        if let Some(unit) = ["seconds", "bytes"].iter().find(|unit| name.ends_with(**unit)) {
            let _ = writeln!(self.page, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.page, "# HELP {name} {help}");
    }

    /// A counter of the family.
    pub fn counter(&mut self, labels: &[Label<'_>], value: u64) {
        self.sample("_total", labels, None);
        let _ = writeln!(self.page, " {value}");
    }

    /// A level of the family.
    pub fn level(&mut self, labels: &[Label<'_>], value: i64) {
        self.sample("", labels, None);
        let _ = writeln!(self.page, " {value}");
    }

    /// A level of time, in seconds, given in milliseconds.
    pub fn seconds(&mut self, labels: &[Label<'_>], millis: i64) {
        self.sample("", labels, None);
        let sign = if millis < 0 { "-" } else { "" };
        let _ = writeln!(self.page, " {sign}{}", decimal(millis.unsigned_abs(), Unit::Millis));
    }

    /// A histogram of the family.
    pub fn histogram(&mut self, labels: &[Label<'_>], spread: &Spread) {
        let bounds = spread.bounds.iter().map(|bound| decimal(*bound, spread.unit)).chain(["+Inf".to_owned()]);
        for (bound, below) in bounds.zip(&spread.below) {
            self.sample("_bucket", labels, Some(&bound));
            let _ = writeln!(self.page, " {below}");
        }
        self.sample("_count", labels, None);
        let _ = writeln!(self.page, " {}", spread.count());
        self.sample("_sum", labels, None);
        let _ = writeln!(self.page, " {}", decimal(spread.sum, spread.unit));
    }

    fn sample(&mut self, suffix: &str, labels: &[Label<'_>], bound: Option<&str>) {
        self.page.push_str(self.family);
        self.page.push_str(suffix);
        let mut before = '{';
        for (name, value) in labels.iter().copied().chain(bound.map(|bound| ("le", bound))) {
            let _ = write!(self.page, "{before}{name}=\"");
            for c in value.chars() {
                match c {
                    '\\' => self.page.push_str("\\\\"),
                    '"' => self.page.push_str("\\\""),
                    '\n' => self.page.push_str("\\n"),
                    c => self.page.push(c),
                }
            }
            self.page.push('"');
            before = ',';
        }
        if before == ',' {
            self.page.push('}');
        }
    }

    /// The whole page.
    pub fn finish(mut self) -> String {
        self.page.push_str("# EOF\n");
        self.page
    }
}

/// A whole number of a unit as it is shown: with a point, as bounds of OpenMetrics want it, where it is time.
fn decimal(value: u64, unit: Unit) -> String {
    let places = unit.places();
    if places == 0 {
        return format!("{value}.0");
    }
    let one = 10_u64.pow(places);
    let text = format!("{}.{:0width$}", value / one, value % one, width = places as usize);
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::number::Histogram;
    use super::*;

    #[test]
    fn decimals() {
        for (value, unit, want) in [
            (0, Unit::Micros, "0.0"),
            (250, Unit::Micros, "0.00025"),
            (1_500_000, Unit::Micros, "1.5"),
            (60_000, Unit::Millis, "60.0"),
            (64, Unit::Things, "64.0"),
        ] {
            assert_eq!(decimal(value, unit), want);
        }
    }

    #[test]
    fn a_page() {
        let mut text = Text::default();
        text.counters("a", "Things.");
        text.counter(&[("kind", "x\"y\\z\n")], 3);
        text.levels("b_seconds", "Time.");
        text.seconds(&[], -1_500);
        let histogram = Histogram::new(Unit::Micros, &[100, 1_000]);
        histogram.observe(150);
        text.histograms("c_seconds", "More time.");
        text.histogram(&[("k", "v")], &histogram.read());
        let want = "# TYPE a counter\n# HELP a Things.\na_total{kind=\"x\\\"y\\\\z\\n\"} 3\n\
                    # TYPE b_seconds gauge\n# UNIT b_seconds seconds\n# HELP b_seconds Time.\nb_seconds -1.5\n\
                    # TYPE c_seconds histogram\n# UNIT c_seconds seconds\n# HELP c_seconds More time.\n\
                    c_seconds_bucket{k=\"v\",le=\"0.0001\"} 0\nc_seconds_bucket{k=\"v\",le=\"0.001\"} 1\n\
                    c_seconds_bucket{k=\"v\",le=\"+Inf\"} 1\nc_seconds_count{k=\"v\"} 1\nc_seconds_sum{k=\"v\"} 0.00015\n# EOF\n";
        assert_eq!(text.finish(), want);
    }
}
