//! The hits of a mail as they are listed under it: repeats folded, machines in one line. Pure.
//!
//! What must hold: nothing is left out without being counted, and what the user has said something of stands alone, so that
//! it can be taken back.

use waxwing_protocol::Millis;
use waxwing_protocol::api::{HitKind, Label};

use super::read::OwnHit;
use crate::told::{self, Look};

/// How many lines are shown.
pub(super) const MOST: usize = 12;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item<'a> {
    /// The newest hit of the line.
    pub(super) hit: &'a OwnHit,
    /// How it looks.
    pub(super) look: Look,
    /// How many hits it stands for, if they are machines of one sort.
    pub(super) machines: u32,
    /// How many repeats are folded into it.
    pub(super) repeats: u32,
    /// The reasons in it, each once, at most three.
    pub(super) reasons: Vec<&'a OwnHit>,
    /// A click whose burst may still follow.
    pub(super) checking: bool,
}

/// The lines, newest first, and how many hits are in none of them.
pub(super) fn items(hits: &[OwnHit], now: Millis) -> (Vec<Item<'_>>, u32) {
    let mut items: Vec<Item<'_>> = Vec::new();
    // Newest first: a repeat comes before what it repeats.
    let mut repeats: Vec<&OwnHit> = Vec::new();
    let mut left_out = 0;
    for hit in hits {
        let look = look(hit);
        let alone = hit.correction.is_some();
        if let Some(group) = group(look).filter(|_| !alone) {
            if let Some(item) = items.iter_mut().find(|item| item.machines > 0 && self::group(item.look) == Some(group)) {
                item.machines += 1;
                if item.reasons.len() < 3 && item.reasons.iter().all(|other| reason(other) != reason(hit)) {
                    item.reasons.push(hit);
                }
                continue;
            }
        } else if hit.repeat && !alone {
            repeats.push(hit);
            continue;
        }
        if items.len() >= MOST {
            left_out += 1;
            continue;
        }
        let before = repeats.len();
        repeats.retain(|other| (other.kind, other.label()) != (hit.kind, hit.label()));
        items.push(Item {
            hit,
            look,
            machines: u32::from(!alone && group(look).is_some()),
            repeats: u32::try_from(before - repeats.len()).unwrap_or(u32::MAX),
            reasons: vec![hit],
            checking: hit.kind == HitKind::Click
                && look == Look::Person
                && hit.verdict.as_ref().and_then(|verdict| verdict.checking_until).is_some_and(|until| until > now),
        });
    }
    (items, left_out + u32::try_from(repeats.len()).unwrap_or(u32::MAX))
}

/// How a hit looks. One that was not judged yet cannot be told.
fn look(hit: &OwnHit) -> Look {
    told::look(hit.label().unwrap_or(Label::Unknown), reason(hit))
}

fn reason(hit: &OwnHit) -> Option<&str> {
    hit.verdict.as_ref().map(|verdict| verdict.reason.as_str())
}

/// What stands in one line: Apple's loads, and all other machines.
const fn group(look: Look) -> Option<bool> {
    match look {
        Look::Apple => Some(true),
        Look::Prefetch | Look::Scanner => Some(false),
        Look::Person | Look::Proxy | Look::Own | Look::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Claim, Confidence, Correction, Verdict};

    use super::*;

    fn hit(id: i64, label: Label, reason: &str) -> OwnHit {
        OwnHit {
            id,
            at: id,
            kind: HitKind::Open,
            link: None,
            repeat: false,
            verdict: Some(Verdict {
                label,
                confidence: Confidence::High,
                reason: reason.to_owned(),
                name: None,
                checking_until: None,
            }),
            correction: None,
        }
    }

    fn lines(hits: &[OwnHit]) -> Vec<(i64, Look, u32, u32, usize)> {
        let (items, _) = items(hits, 0);
        items.iter().map(|item| (item.hit.id, item.look, item.machines, item.repeats, item.reasons.len())).collect()
    }

    #[test]
    fn machines_stand_in_one_line_and_apple_in_another() {
        let hits = [
            hit(9, Label::Scanner, "reason_burst"),
            hit(8, Label::ImageProxy, "reason_gmail_open"),
            hit(7, Label::Prefetch, "reason_apple_privacy"),
            hit(6, Label::Scanner, "reason_burst"),
            hit(5, Label::Prefetch, "reason_gmail_prefetch"),
            hit(4, Label::Prefetch, "reason_apple_privacy"),
        ];
        assert_eq!(lines(&hits), [(9, Look::Scanner, 3, 0, 2), (8, Look::Proxy, 0, 0, 1), (7, Look::Apple, 2, 0, 1)]);
    }

    #[test]
    fn repeats_are_folded_into_what_they_repeat() {
        let repeat = |id| OwnHit { repeat: true, ..hit(id, Label::ImageProxy, "reason_gmail_open") };
        let hits = [
            repeat(9),
            hit(8, Label::Own, "reason_own_view"),
            repeat(7),
            hit(6, Label::ImageProxy, "reason_gmail_open"),
            repeat(5),
        ];
        assert_eq!(lines(&hits), [(8, Look::Own, 0, 0, 1), (6, Look::Proxy, 0, 2, 1)]);
        assert_eq!(items(&hits, 0).1, 1, "one whose original is not here");
    }

    #[test]
    fn what_was_corrected_stands_alone() {
        let said = |id, claim| OwnHit {
            correction: Some(Correction { claim, at: 0, rule: None }),
            repeat: true,
            ..hit(id, Label::ImageProxy, "reason_gmail_open")
        };
        let hits = [said(9, Claim::Machine), said(8, Claim::Me), hit(7, Label::Scanner, "reason_burst")];
        assert_eq!(lines(&hits), [(9, Look::Scanner, 0, 0, 1), (8, Look::Own, 0, 0, 1), (7, Look::Scanner, 1, 0, 1)]);
    }

    #[test]
    fn clicks_are_checked_until_their_time() {
        let mut click = OwnHit { kind: HitKind::Click, ..hit(1, Label::Human, "reason_browser_click") };
        click.verdict.as_mut().expect("judged").checking_until = Some(50);
        let hits = [click, OwnHit { verdict: None, ..hit(0, Label::Human, "") }];
        assert!(items(&hits, 49).0[0].checking);
        assert!(!items(&hits, 50).0[0].checking);
        assert_eq!(items(&hits, 0).0[1].look, Look::Unknown);
    }

    #[test]
    fn many_are_cut_and_counted() {
        let hits: Vec<OwnHit> = (0..500).rev().map(|id| hit(id, Label::ImageProxy, "reason_gmail_open")).collect();
        let (items, left_out) = items(&hits, 0);
        assert_eq!((items.len(), left_out), (MOST, 500 - 12));
    }
}
