//! Reads a page of numbers again, for `waxwing doctor`.
//!
//! What must hold: what answers may be anything; a page that is not of the form is said to be none, and nothing of it is repeated.

/// The longest page that is read, in bytes.
pub const MOST: usize = 1024 * 1024;

/// The samples of a page.
#[derive(Debug, Default)]
pub struct Samples(Vec<Sample>);

#[derive(Debug)]
struct Sample {
    name: String,
    /// As they stand between the braces.
    labels: String,
    value: f64,
}

impl Samples {
    /// Reads a page. `None`: it is none.
    pub fn parse(page: &str) -> Option<Self> {
        let lines = page.strip_suffix("# EOF\n")?.lines().filter(|line| !line.starts_with('#'));
        lines.map(sample).collect::<Option<Vec<_>>>().map(Self)
    }

    /// All samples of a name together whose labels are among others these, each as `name="value"`. 0 when there are none.
    pub fn sum(&self, name: &str, with: &[&str]) -> f64 {
        let fits = |sample: &&Sample| {
            sample.name == name && with.iter().all(|wanted| sample.labels.split(',').any(|label| label == *wanted))
        };
        self.0.iter().filter(fits).map(|sample| sample.value).sum()
    }

    /// Whether there is a sample of a name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|sample| sample.name == name)
    }
}

fn sample(line: &str) -> Option<Sample> {
    let (what, value) = line.rsplit_once(' ')?;
    let (name, labels) = match what.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (what, ""),
    };
    let well_named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let value = value.parse().ok()?;
    well_named.then(|| Sample { name: name.to_owned(), labels: labels.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_added_up_by_name_and_label() {
        let page = "# TYPE a counter\na_total{k=\"x\",l=\"1\"} 2\na_total{k=\"y\",l=\"1\"} 3.5\nb 1\n# EOF\n";
        let samples = Samples::parse(page).unwrap();
        for (name, with, want) in [
            ("a_total", &[][..], 5.5),
            ("a_total", &["k=\"x\""], 2.0),
            ("a_total", &["l=\"1\""], 5.5),
            ("b", &[], 1.0),
            ("c", &[], 0.0),
        ] {
            assert!((samples.sum(name, with) - want).abs() < 1e-9, "{name} {with:?}");
        }
        assert!(samples.has("b") && !samples.has("c"));
    }

    #[test]
    fn what_is_no_page_is_none() {
        for page in
            ["", "<html># EOF\n", "a 1\n", "a\n# EOF\n", "a{k=\"v\" 1\n# EOF\n", "a x\n# EOF\n", "ä 1\n# EOF\n", " 1\n# EOF\n"]
        {
            assert!(Samples::parse(page).is_none(), "{page:?}");
        }
    }
}
