//! The hits of a mail as a timeline: repeats folded, links counted.

use std::collections::HashMap;

use waxwing_protocol::api::{Hit, HitKind, Link};

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The hit that counts.
    pub(crate) hit: Hit,
    /// What the counts fold into it: how often it came again.
    pub(crate) repeats: u32,
}

/// Folds repeats into the hit that they repeat: the latest one before of the same kind, link and agent. Takes and gives
/// newest first. A repeat whose hit is not in the list (there were too many) stands for itself.
pub(crate) fn fold(hits: &[Hit]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(hits.len());
    let mut latest: HashMap<(bool, Option<&str>, Option<&str>), usize> = HashMap::new();
    for hit in hits.iter().rev() {
        let same = (hit.kind == HitKind::Click, hit.link.as_deref(), hit.agent.as_deref());
        match latest.get(&same) {
            Some(&at) if hit.repeat => entries[at].repeats += 1,
            _ => {
                latest.insert(same, entries.len());
                entries.push(Entry { hit: hit.clone(), repeats: 0 });
            }
        }
    }
    entries.reverse();
    entries
}

/// How often a link was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkCount {
    /// Where it goes.
    pub(crate) target: String,
    /// Clicks, repeats folded.
    pub(crate) clicks: u32,
}

/// Clicks for each link of the mail, in the mail's order, each target once. A target that was followed and is not in the mail
/// (it was registered later, or by another device) comes last.
pub(crate) fn count_links(links: &[Link], hits: &[Hit]) -> Vec<LinkCount> {
    let mut counts: Vec<LinkCount> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    let clicked =
        hits.iter().rev().filter(|hit| hit.kind == HitKind::Click).filter_map(|hit| Some((hit.link.as_deref()?, !hit.repeat)));
    for (target, counts_as_click) in links.iter().map(|link| (link.target.as_str(), false)).chain(clicked) {
        let at = *index.entry(target).or_insert_with(|| {
            counts.push(LinkCount { target: target.to_owned(), clicks: 0 });
            counts.len() - 1
        });
        counts[at].clicks += u32::from(counts_as_click);
    }
    counts
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Hit, HitKind, Link};

    use super::{count_links, fold};

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
        let shown: Vec<(i64, u32)> = fold(&hits).iter().map(|entry| (entry.hit.id, entry.repeats)).collect();
        assert_eq!(shown, [(6, 0), (4, 0), (2, 2), (1, 0)]);
    }

    #[test]
    fn links_are_counted_in_the_mails_order() {
        let links: Vec<Link> = ["https://b.example", "https://a.example", "https://b.example"]
            .map(|target| Link { target: target.into(), text: String::new() })
            .into();
        let hits = [
            hit(4, HitKind::Click, Some("https://a.example"), "a", false),
            hit(3, HitKind::Click, Some("https://c.example"), "a", false),
            hit(2, HitKind::Click, Some("https://a.example"), "a", true),
            hit(1, HitKind::Click, Some("https://a.example"), "a", false),
        ];
        let shown: Vec<(String, u32)> = count_links(&links, &hits).into_iter().map(|link| (link.target, link.clicks)).collect();
        let expected = [("https://b.example", 0), ("https://a.example", 2), ("https://c.example", 1)];
        assert_eq!(shown, expected.map(|(target, clicks)| (target.to_owned(), clicks)));
    }
}
