//! The hits of a mail as a timeline: repeats folded, the looks of one machine grouped, links counted.

use std::collections::HashMap;

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Hit, HitKind, Label, Link, MessageDetail};

/// Looks of machines that follow each other within this belong together: ten minutes.
const TOGETHER: Millis = 10 * 60_000;

/// A hit that counts by itself, with what is folded into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The hit.
    pub(crate) hit: Hit,
    /// The hits that repeat it, newest first.
    pub(crate) repeats: Vec<Hit>,
}

impl Entry {
    /// The numbers of the hit and of all its repeats.
    pub(crate) fn ids(&self) -> Vec<i64> {
        std::iter::once(self.hit.id).chain(self.repeats.iter().map(|hit| hit.id)).collect()
    }
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// One hit.
    One(Entry),
    /// Looks of machines with the same verdict, newest first; at least two.
    Many(Vec<Entry>),
}

impl Line {
    /// The newest entry: the line stands at its time.
    pub(crate) fn newest(&self) -> Option<&Entry> {
        match self {
            Self::One(entry) => Some(entry),
            Self::Many(entries) => entries.first(),
        }
    }

    /// What tells lines apart: the number of the oldest hit, which stays when newer ones join.
    pub(crate) fn key(&self) -> i64 {
        match self {
            Self::One(entry) => entry.hit.id,
            Self::Many(entries) => entries.last().map_or(0, |entry| entry.hit.id),
        }
    }

    /// How many hits it stands for.
    pub(crate) fn hits(&self) -> u32 {
        let of = |entry: &Entry| entry.repeats.len() + 1;
        let all = match self {
            Self::One(entry) => of(entry),
            Self::Many(entries) => entries.iter().map(of).sum(),
        };
        u32::try_from(all).unwrap_or(u32::MAX)
    }
}

/// True when the backend judges hits: an older one gives them without a verdict.
pub(crate) fn is_judged(detail: &MessageDetail) -> bool {
    detail.judged_by.is_some() || detail.hits.iter().any(|hit| hit.verdict.is_some())
}

/// True while others of the same burst may still turn this click into a machine's.
pub(crate) fn is_checking(hit: &Hit, now: Millis) -> bool {
    hit.correction.is_none()
        && hit.verdict.as_ref().is_some_and(|verdict| {
            verdict.checking_until.is_some_and(|until| until > now)
                && !matches!(verdict.label, Label::Scanner | Label::Prefetch | Label::Own)
        })
}

/// Folds repeats into the hit that they repeat: the latest one before of the same kind, link, agent and label. Takes and gives
/// newest first. A repeat whose hit is not in the list (there were too many) stands for itself.
pub(crate) fn fold(hits: &[Hit]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(hits.len());
    let mut latest: HashMap<_, usize> = HashMap::new();
    for hit in hits.iter().rev() {
        let said = hit.correction.is_some();
        let same = (hit.kind == HitKind::Click, hit.link.as_deref(), hit.agent.as_deref(), hit.label(), said);
        match latest.get(&same) {
            Some(&at) if hit.repeat => entries[at].repeats.insert(0, hit.clone()),
            _ => {
                latest.insert(same, entries.len());
                entries.push(Entry { hit: hit.clone(), repeats: Vec::new() });
            }
        }
    }
    entries.reverse();
    entries
}

/// The lines of the timeline, newest first: what machines did one after the other for the same reason is one line.
pub(crate) fn lines(hits: &[Hit]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for entry in fold(hits) {
        match lines.last_mut() {
            Some(Line::Many(entries)) if entries.last().is_some_and(|last| belong(last, &entry)) => entries.push(entry),
            Some(line @ Line::One(_)) => {
                let Line::One(last) = line else { continue };
                if belong(last, &entry) {
                    *line = Line::Many(vec![last.clone(), entry]);
                } else {
                    lines.push(Line::One(entry));
                }
            }
            _ => lines.push(Line::One(entry)),
        }
    }
    lines
}

fn belong(newer: &Entry, older: &Entry) -> bool {
    let (newer, older) = (&newer.hit, &older.hit);
    let (Some(verdict), Some(other)) = (&newer.verdict, &older.verdict) else { return false };
    matches!(verdict.label, Label::Scanner | Label::Prefetch)
        && newer.correction.is_none()
        && older.correction.is_none()
        && (verdict.label, verdict.confidence, &verdict.reason, &verdict.name)
            == (other.label, other.confidence, &other.reason, &other.name)
        && newer.at.saturating_sub(older.at) <= TOGETHER
}

/// How often a link was followed, repeats folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LinkCount {
    /// Where it goes.
    pub(crate) target: String,
    /// By people; from backends that do not judge, by whomever.
    pub(crate) people: u32,
    /// By machines.
    pub(crate) machines: u32,
    /// By what cannot be told.
    pub(crate) unknown: u32,
    /// Just now, and others of the same burst may still follow.
    pub(crate) checking: u32,
}

/// Clicks for each link of the mail, in the mail's order, each target once. A target that was followed and is not in the mail
/// (it was registered later, or by another device) comes last. The sender's own clicks are not counted.
pub(crate) fn count_links(links: &[Link], hits: &[Hit], now: Millis) -> Vec<LinkCount> {
    let mut counts: Vec<LinkCount> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    let clicked =
        hits.iter().rev().filter(|hit| hit.kind == HitKind::Click).filter_map(|hit| Some((hit.link.as_deref()?, Some(hit))));
    for (target, hit) in links.iter().map(|link| (link.target.as_str(), None)).chain(clicked) {
        let at = *index.entry(target).or_insert_with(|| {
            counts.push(LinkCount { target: target.to_owned(), ..LinkCount::default() });
            counts.len() - 1
        });
        let Some(hit) = hit.filter(|hit| !hit.repeat) else { continue };
        let count = &mut counts[at];
        match hit.label() {
            _ if is_checking(hit, now) => count.checking += 1,
            None | Some(Label::Human | Label::ImageProxy) => count.people += 1,
            Some(Label::Scanner | Label::Prefetch) => count.machines += 1,
            Some(Label::Unknown) => count.unknown += 1,
            Some(Label::Own) => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Claim, Confidence, Correction, Hit, HitKind, Label, Link, Verdict};

    use super::{Line, count_links, fold, is_checking, lines};

    fn hit(id: i64, kind: HitKind, link: Option<&str>, agent: &str, repeat: bool) -> Hit {
        Hit {
            id,
            at: id * 1000,
            kind,
            link: link.map(Into::into),
            agent: Some(agent.into()),
            address: "192.0.2.1".into(),
            repeat,
            ..Hit::default()
        }
    }

    fn judged(mut hit: Hit, label: Label, reason: &str) -> Hit {
        hit.verdict =
            Some(Verdict { label, confidence: Confidence::High, reason: reason.into(), name: None, checking_until: None });
        hit
    }

    fn said(mut hit: Hit, claim: Claim) -> Hit {
        hit.correction = Some(Correction { claim, at: 0, rule: None });
        hit
    }

    #[test]
    fn repeats_fold_into_what_they_repeat() {
        let hits = [
            hit(6, HitKind::Open, None, "b", false),
            hit(5, HitKind::Open, None, "a", true),
            hit(4, HitKind::Click, Some("https://x.example"), "a", false),
            hit(3, HitKind::Open, None, "a", true),
            hit(2, HitKind::Open, None, "a", false),
            hit(1, HitKind::Click, Some("https://x.example"), "a", true),
        ];
        let shown: Vec<Vec<i64>> = fold(&hits).iter().map(super::Entry::ids).collect();
        assert_eq!(shown, [vec![6], vec![4], vec![2, 5, 3], vec![1]]);
    }

    #[test]
    fn repeats_fold_within_their_class_only() {
        let open = |id, repeat| hit(id, HitKind::Open, None, "a", repeat);
        let hits = [
            said(judged(open(5, true), Label::ImageProxy, "reason_gmail_open"), Claim::Me),
            said(judged(open(4, false), Label::ImageProxy, "reason_gmail_open"), Claim::Me),
            judged(open(3, true), Label::ImageProxy, "reason_gmail_open"),
            judged(open(2, false), Label::Own, "reason_own_view"),
            judged(open(1, false), Label::ImageProxy, "reason_gmail_open"),
        ];
        let shown: Vec<Vec<i64>> = fold(&hits).iter().map(super::Entry::ids).collect();
        assert_eq!(shown, [vec![4, 5], vec![2], vec![1, 3]]);
    }

    #[test]
    fn what_machines_did_at_once_is_one_line() {
        let click = |id, label, reason| judged(hit(id, HitKind::Click, Some("https://x.example"), "a", false), label, reason);
        let mut late = click(900, Label::Scanner, "reason_burst");
        late.at = 900_000;
        let hits = [
            late,
            click(8, Label::Scanner, "reason_burst"),
            click(7, Label::Scanner, "reason_burst"),
            said(click(6, Label::Scanner, "reason_burst"), Claim::Person),
            click(5, Label::Scanner, "reason_burst"),
            click(4, Label::Scanner, "reason_scanner_network"),
            click(3, Label::Human, "reason_navigation"),
            click(2, Label::Human, "reason_navigation"),
            click(1, Label::Prefetch, "reason_apple_privacy"),
        ];
        let shown: Vec<(i64, u32, bool)> =
            lines(&hits).iter().map(|line| (line.key(), line.hits(), matches!(line, Line::Many(_)))).collect();
        let one = |id| (id, 1, false);
        assert_eq!(shown, [one(900), (7, 2, true), one(6), one(5), one(4), one(3), one(2), one(1)]);
    }

    #[test]
    fn links_are_counted_in_the_mails_order_and_by_who_followed_them() {
        let links: Vec<Link> = ["https://b.example", "https://a.example", "https://b.example"]
            .map(|target| Link { target: target.into(), text: String::new() })
            .into();
        let a = |id, repeat| hit(id, HitKind::Click, Some("https://a.example"), "a", repeat);
        let mut checked = judged(a(9, false), Label::Human, "reason_navigation");
        checked.verdict.as_mut().unwrap().checking_until = Some(20_000);
        assert!(is_checking(&checked, 19_999) && !is_checking(&checked, 20_000));
        let hits = [
            checked,
            judged(a(8, false), Label::Own, "reason_own_session"),
            judged(a(7, false), Label::Unknown, "reason_not_enough"),
            judged(a(6, false), Label::Scanner, "reason_burst"),
            said(judged(a(5, false), Label::Scanner, "reason_burst"), Claim::Person),
            hit(4, HitKind::Click, Some("https://c.example"), "a", false),
            a(2, true),
            a(1, false),
        ];
        let shown: Vec<(String, [u32; 4])> = count_links(&links, &hits, 10_000)
            .into_iter()
            .map(|link| (link.target, [link.people, link.machines, link.unknown, link.checking]))
            .collect();
        let expected =
            [("https://b.example", [0; 4]), ("https://a.example", [2, 1, 1, 1]), ("https://c.example", [1, 0, 0, 0])];
        assert_eq!(shown, expected.map(|(target, counts)| (target.to_owned(), counts)));
    }
}
