//! Judging all hits of a message together: a burst shows only when its last hits have come, and a second look only beside
//! the first. Earlier hits get other verdicts by it.
//!
//! What must hold: the work grows no faster than sorting does, whatever a hostile sender of hits does, since a thousand hits
//! a second on one message are easily made.

use core::net::IpAddr;
use std::collections::HashMap;

use super::agent::{Client, System};
use super::{Burst, HitFacts, Kind, Label, Lists, Verdict, judge};

/// How long a burst lasts, in milliseconds.
const BURST_MS: i64 = 10_000;

/// How long after a person's click a gateway looks again, in milliseconds.
const RECHECK_MS: i64 = 60_000;

/// Of this many latest clicks of people on a link it is remembered whence they came.
const REMEMBERED: usize = 4;

/// The message that the hits belong to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mail {
    /// How many links in it lead through us, when that is known.
    pub links: Option<u32>,
    /// Several people have this same copy: clicks from several places are then nothing special.
    pub shared: bool,
}

/// Judges the hits of one message, in any order, and gives their verdicts in the same order. What `burst` and
/// `repeats_a_person` say already is kept, and more is found. Hits without a time are judged alone.
pub fn rejudge(hits: &[HitFacts<'_>], mail: Mail, lists: &Lists, now_ms: i64) -> Vec<Verdict> {
    let mut hits = hits.to_vec();
    find_bursts(&mut hits, mail);
    let mut order: Vec<usize> = (0..hits.len()).collect();
    order.sort_by_key(|index| hits[*index].at_ms);
    let mut people: HashMap<&str, Vec<(i64, Source, System)>> = HashMap::new();
    let mut verdicts: Vec<Option<Verdict>> = vec![None; hits.len()];
    for index in order {
        let hit = &mut hits[index];
        let click =
            (hit.kind == Kind::Click && !mail.shared).then_some((hit.link, hit.at_ms, hit.address.map(Source::network)));
        let Some((Some(link), Some(at), Some(network))) = click else {
            verdicts[index] = Some(judge(hit, lists, now_ms));
            continue;
        };
        let system = Client::of(hit.agent).system;
        let before = people.entry(link).or_default();
        hit.repeats_a_person |= before
            .iter()
            .any(|(earlier, whence, of)| at.saturating_sub(*earlier) < RECHECK_MS && *whence != network && *of != system);
        let verdict = judge(hit, lists, now_ms);
        if verdict.label == Label::Human {
            if before.len() == REMEMBERED {
                before.remove(0);
            }
            before.push((at, network, system));
        }
        verdicts[index] = Some(verdict);
    }
    verdicts.into_iter().flatten().collect()
}

/// Where hits come from, as far as it can be one visitor or one network.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Source {
    V4(u32),
    V6(u128),
}

impl Source {
    /// One visitor: an IPv4 address, or the /64 of an IPv6 line.
    fn visitor(address: IpAddr) -> Self {
        Self::cut(address, 32, 64)
    }

    /// One network: a /24, or a /48.
    fn network(address: IpAddr) -> Self {
        Self::cut(address, 24, 48)
    }

    fn cut(address: IpAddr, v4: u32, v6: u32) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(u32::from(address) >> (32 - v4)),
            IpAddr::V6(address) => Self::V6(u128::from(address) >> (128 - v6)),
        }
    }
}

/// Says of each hit how many links its source followed in ten seconds around it, counted up to three.
fn find_bursts(hits: &mut [HitFacts<'_>], mail: Mail) {
    let mut timed: Vec<(Source, i64, usize)> =
        hits.iter().enumerate().filter_map(|(index, hit)| Some((Source::visitor(hit.address?), hit.at_ms?, index))).collect();
    timed.sort_unstable();
    for visits in timed.chunk_by(|a, b| a.0 == b.0) {
        mark_bursts(hits, visits, mail);
    }
}

/// Slides a window of ten seconds over one source's hits. What a window shows holds for every hit in it; the marks are
/// kept as differences, so that a long window costs no more than a short one.
fn mark_bursts(hits: &mut [HitFacts<'_>], visits: &[(Source, i64, usize)], mail: Mail) {
    let mut window: HashMap<&str, u32> = HashMap::new();
    let (mut traps, mut from) = (0_u32, 0);
    let mut marks = vec![[0_i64; 3]; visits.len() + 1];
    for (to, (_, at, index)) in visits.iter().enumerate() {
        if let Some(link) = followed(&hits[*index]) {
            *window.entry(link).or_default() += 1;
        }
        traps += u32::from(hits[*index].trap);
        while at.saturating_sub(visits[from].1) > BURST_MS {
            let left = &hits[visits[from].2];
            if let Some(link) = followed(left)
                && let Some(count) = window.get_mut(link)
            {
                *count -= 1;
                if *count == 0 {
                    window.remove(link);
                }
            }
            traps -= u32::from(left.trap);
            from += 1;
        }
        for (mark, seen) in [window.len() >= 2, window.len() >= 3, traps > 0].into_iter().enumerate() {
            if seen {
                marks[from][mark] += 1;
                marks[to + 1][mark] -= 1;
            }
        }
    }
    let mut sum = [0_i64; 3];
    for ((_, _, index), mark) in visits.iter().zip(&marks) {
        for (sum, step) in sum.iter_mut().zip(mark) {
            *sum += step;
        }
        let hit = &mut hits[*index];
        let links = if sum[1] > 0 {
            3
        } else if sum[0] > 0 {
            2
        } else {
            u32::from(followed(hit).is_some())
        };
        hit.burst = Burst {
            links: hit.burst.links.max(links),
            links_total: hit.burst.links_total.or(mail.links),
            trap: hit.burst.trap || sum[2] > 0,
        };
    }
}

/// The link that a click followed.
fn followed<'a>(hit: &HitFacts<'a>) -> Option<&'a str> {
    hit.link.filter(|_| hit.kind == Kind::Click)
}
