//! The sentences of own mails: what `told` decides, with words, times and links put in.
//!
//! What must hold: what is foreign (a link's target, a name from the backend) goes in as text that cannot turn the direction of
//! the words around it, and reaches the page as text alone.

use waxwing_domain::address::display_target;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Confidence, Label};

use super::items::Item;
use super::read::{OwnHit, OwnMail};
pub(super) use super::when::moment;
use super::when::{age, count, words};
use crate::told::{self, Hole, State};

/// The longest name of a provider or a filter that is shown, in characters.
const LONGEST_NAME: usize = 40;

/// The sentence of a mail: `*marked*` words are its beginning, said strongly.
pub(super) fn sentence(mail: &OwnMail, now: Millis) -> String {
    let parts = told::sentence(mail.told(), now);
    parts
        .iter()
        .map(|part| {
            let values: Vec<String> = part
                .values
                .iter()
                .map(|hole| match hole {
                    Hole::At(at) => moment(*at, now),
                    Hole::Age(at) => age(*at, now),
                    Hole::Link(target) => isolated(&display_target(target)),
                })
                .collect();
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            match part.count {
                Some(n) => count(part.key, n, &values),
                None => words(part.key, &values),
            }
        })
        .collect()
}

/// The same without marks.
pub(super) fn plain(sentence: &str) -> String {
    sentence.replace('*', "")
}

/// What a tooltip says below the sentence: what else came of the mail, quietest last.
pub(super) fn more(mail: &OwnMail, now: Millis, mails: usize) -> Vec<String> {
    let activity = &mail.activity;
    let mut lines = Vec::new();
    if let (State::Clicked | State::Answered, Some(at)) = (told::state(mail.told()), activity.last_open_at) {
        lines.push(words("tick_opened", &[&moment(at, now)]));
    }
    for (key, n) in [
        ("tick_machines", activity.machine_hits),
        ("tick_apple", activity.apple_hits),
        ("tick_own", activity.own_hits),
        ("tick_unknown", activity.unknown_hits),
    ] {
        if n > 0 {
            lines.push(count(key, n, &[]));
        }
    }
    if mails > 1 {
        lines.push(count("tick_newest", u32::try_from(mails).unwrap_or(u32::MAX), &[]));
    }
    lines
}

/// What a line of the list is called.
pub(super) fn title(item: &Item<'_>) -> String {
    let hit = item.hit;
    if item.machines > 1 {
        return match item.look {
            told::Look::Apple => count("line_apple", item.machines, &[]),
            _ => count("line_machines", item.machines, &[]),
        };
    }
    if item.checking {
        return words("told_checking", &[]);
    }
    let Some(label) = hit.label() else { return words("hit_new", &[]) };
    let verdict = hit.verdict.as_ref().filter(|_| hit.correction.is_none());
    let title = told::title(hit.kind, label, verdict);
    match title.name {
        Some(name) => words(title.key, &[&name_of(name)]),
        None => words(title.key, &[]),
    }
}

/// Why a hit is called that: the link, the reason, and that it does not count. Machines that stand together followed many.
pub(super) fn why(item: &Item<'_>) -> String {
    let link = item.hit.link.iter().filter(|_| item.machines < 2);
    let mut said: Vec<String> = link.map(|link| words("hit_link", &[&isolated(&display_target(link))])).collect();
    said.extend(item.reasons.iter().filter_map(|hit| reason(hit)));
    if item.repeats > 0 {
        said.push(count("hit_repeats", item.repeats, &[]));
    }
    let label = item.hit.label().unwrap_or(Label::Unknown);
    if !told::is_counted(label) && label != Label::Unknown {
        said.push(words("line_not_counted", &[]));
    }
    let mut why = String::new();
    for part in &said {
        why.push_str(part);
        why.push(' ');
    }
    why
}

fn reason(hit: &OwnHit) -> Option<String> {
    if let Some(correction) = hit.correction {
        return Some(words(told::claimed_reason(correction.claim, correction.rule.is_some()), &[]));
    }
    let verdict = hit.verdict.as_ref()?;
    let key = told::reason_key(verdict)?;
    let name = verdict.name.as_deref().map(name_of).unwrap_or_default();
    let said = words(&key, &[&name]);
    // A newer backend may give reasons that there are no words for here.
    Some(if said == *key { words("reason_unheard", &[]) } else { said })
}

/// How sure that is: the words, and the class that draws the bars; nothing of what the user said.
pub(super) fn confidence(hit: &OwnHit) -> Option<(String, &'static str)> {
    let verdict = hit.verdict.as_ref().filter(|_| hit.correction.is_none())?;
    let (key, bars) = match verdict.confidence {
        Confidence::Low => ("conf_low", "ww-bars b1"),
        Confidence::Medium => ("conf_medium", "ww-bars b2"),
        Confidence::High => ("conf_high", "ww-bars b3"),
    };
    Some((words(key, &[]), bars))
}

/// When, of a line.
pub(super) fn at(hit: &OwnHit, now: Millis) -> String {
    moment(hit.at, now)
}

fn name_of(name: &str) -> String {
    let shown: String = name.chars().filter(|c| !turns_text(*c)).take(LONGEST_NAME).collect();
    isolated(&shown)
}

/// Between the marks that keep it from turning the text around it.
fn isolated(text: &str) -> String {
    let inner: String = text.chars().filter(|c| !turns_text(*c)).collect();
    format!("\u{2068}{inner}\u{2069}")
}

fn turns_text(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{isolated, name_of, plain};

    #[test]
    fn foreign_text_turns_nothing_around_it() {
        for (text, expected) in [
            ("quinta.example/rooms", "\u{2068}quinta.example/rooms\u{2069}"),
            ("a\u{202e}b\u{2069}c\n", "\u{2068}abc\u{2069}"),
            ("", "\u{2068}\u{2069}"),
            ("<b>", "\u{2068}<b>\u{2069}"),
        ] {
            assert_eq!(isolated(text), expected, "{text:?}");
        }
        assert_eq!(name_of(&"ä".repeat(500)).chars().count(), 42);
    }

    #[test]
    fn marks_are_taken_out() {
        assert_eq!(plain("*Opened* at least once"), "Opened at least once");
    }
}
