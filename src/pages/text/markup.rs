//! The little marks inside a message: `*strong*`, `` `code` `` and holes for values.

/// How a run looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As the text around it.
    Plain,
    /// Between stars.
    Strong,
    /// Between backticks.
    Code,
}

/// What a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What<'a> {
    /// Words of the message.
    Text(&'a str),
    /// The value of that index.
    Value(usize),
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run<'a> {
    /// How it looks.
    pub(super) style: Style,
    /// What it is.
    pub(super) what: What<'a>,
}

// From the private use area, so that no translation holds them by accident.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// What is given to the browser in place of the value of that index.
pub(super) fn hole(index: usize) -> String {
    format!("{OPEN}{index}{CLOSE}")
}

/// Takes a message apart.
pub(super) fn runs(message: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut style = Style::Plain;
    let mut rest = message;
    while let Some(at) = rest.find(['*', '`', OPEN]) {
        let (before, marked) = rest.split_at(at);
        push(&mut runs, style, before);
        let mut chars = marked.chars();
        let mark = chars.next();
        rest = chars.as_str();
        match mark {
            Some('*') => style = if style == Style::Strong { Style::Plain } else { Style::Strong },
            Some('`') => style = if style == Style::Code { Style::Plain } else { Style::Code },
            _ => {
                if let Some((index, after)) = rest.split_once(CLOSE) {
                    if let Ok(index) = index.parse() {
                        runs.push(Run { style, what: What::Value(index) });
                    }
                    rest = after;
                }
            }
        }
    }
    push(&mut runs, style, rest);
    runs
}

fn push<'a>(runs: &mut Vec<Run<'a>>, style: Style, text: &'a str) {
    if !text.is_empty() {
        runs.push(Run { style, what: What::Text(text) });
    }
}

#[cfg(test)]
mod tests {
    use super::{Style, What, hole, runs};

    fn shown(message: &str) -> String {
        runs(message)
            .into_iter()
            .map(|run| {
                let what = match run.what {
                    What::Text(text) => text.to_owned(),
                    What::Value(index) => format!("<{index}>"),
                };
                match run.style {
                    Style::Plain => what,
                    Style::Strong => format!("[{what}]"),
                    Style::Code => format!("({what})"),
                }
            })
            .collect()
    }

    #[test]
    fn messages_come_apart() {
        let (zero, one) = (hole(0), hole(1));
        for (message, expected) in [
            (String::new(), ""),
            ("Sent".to_owned(), "Sent"),
            ("*Sent.* It waits".to_owned(), "[Sent.] It waits"),
            (format!("*Opened* {zero}, last {one}"), "[Opened] <0>, last <1>"),
            (format!("*No connection since {zero}.* As of then"), "[No connection since ][<0>][.] As of then"),
            ("From `waxwing pair` there".to_owned(), "From (waxwing pair) there"),
            ("a mark left *open".to_owned(), "a mark left [open]"),
            ("\u{e000}x\u{e001}y".to_owned(), "y"),
            ("\u{e000}0".to_owned(), "0"),
        ] {
            assert_eq!(shown(&message), expected, "{message:?}");
        }
    }
}
