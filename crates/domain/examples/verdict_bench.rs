//! How long a verdict takes, with lists as long as the real ones: `cargo run --release -p waxwing-domain --example
//! verdict_bench`. Prints JSON lines for `./build.sh bench`.

use std::hint::black_box;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use waxwing_domain::verdict::lists::{Cidr, Set, Stored};
use waxwing_domain::verdict::{Headers, HitFacts, Kind, Lists, Mail, judge, rejudge};

const HITS: u32 = 1_000_000;
const NOW: i64 = 1_800_000_000_000;

const AGENTS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.16327; Pro)",
    "Mozilla/5.0 (compatible; Example/1.0; +https://example.org/robot.html)",
    "python-requests/2.31.0",
];

/// A small generator of numbers: the same on every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 16
    }

    fn bits(&mut self) -> u32 {
        u32::try_from(self.next() & 0xffff_ffff).unwrap_or_default()
    }
}

fn set(name: &str, v4: u32, v6: u32, numbers: &mut Numbers) -> Option<Stored> {
    let mut blocks = Vec::new();
    for _ in 0..v4 {
        blocks.extend(Cidr::parse(&format!("{}/24", Ipv4Addr::from(numbers.bits()))));
    }
    for _ in 0..v6 {
        let address = Ipv6Addr::from(u128::from(numbers.next()) << 80 | 0x2a02_u128 << 112);
        blocks.extend(Cidr::parse(&format!("{address}/64")));
    }
    Some(Stored { set: Set::named(name)?, fetched_at_ms: NOW, blocks })
}

#[expect(clippy::disallowed_methods, reason = "a measurement is the shell that reads the clock")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn report(what: &str, took: Duration, count: u32) {
    let each = took.as_secs_f64() * 1e6 / f64::from(count.max(1));
    let _ = writeln!(
        std::io::stdout(),
        r#"{{"bench":"{what}","count":{count},"us_each":{each:.3},"s":{:.3}}}"#,
        took.as_secs_f64()
    );
}

fn main() {
    let numbers = &mut Numbers(7);
    let sets: Vec<Stored> =
        [("apple-proxy", 3_290, 10_455), ("amazon", 1_752, 2_107), ("microsoft", 457, 62), ("github", 4_063, 1_456)]
            .into_iter()
            .filter_map(|(name, v4, v6)| set(name, v4, v6, numbers))
            .collect();
    let mut lists = Lists::built_in();
    report("lists_build", timed(|| lists = Lists::new(&sets)), 1);

    let addresses: Vec<IpAddr> = (0..4096)
        .map(|index| match index % 4 {
            0 => IpAddr::V6(Ipv6Addr::from(u128::from(numbers.next()) << 80)),
            1 => IpAddr::V4(Ipv4Addr::new(66, 249, 88, 9)),
            _ => IpAddr::V4(Ipv4Addr::from(numbers.bits())),
        })
        .collect();
    let headers = Headers::from_pairs([
        ("accept", "image/avif,image/webp,*/*"),
        ("accept-language", "en"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-user", "?1"),
    ]);
    let hits: Vec<HitFacts<'_>> = AGENTS
        .iter()
        .cycle()
        .zip(addresses.iter().cycle())
        .zip(0_i64..)
        .take(4096)
        .map(|((agent, address), index)| HitFacts {
            kind: if index % 3 == 0 { Kind::Click } else { Kind::Open },
            agent: agent.as_bytes(),
            address: Some(*address),
            link: Some("https://example.org/"),
            headers,
            at_ms: Some(NOW + index * 500),
            since_send_ms: Some(index * 1000),
            ..HitFacts::default()
        })
        .collect();

    // The tables are made at the first verdict.
    black_box(judge(&hits[0], &lists, NOW));
    let judged = timed(|| {
        for hit in hits.iter().cycle().take(HITS as usize) {
            black_box(judge(black_box(hit), &lists, NOW));
        }
    });
    report("verdict", judged, HITS);

    let rounds = HITS / 20;
    let again = timed(|| {
        for message in hits.chunks_exact(20).cycle().take(rounds as usize) {
            black_box(rejudge(black_box(message), Mail::default(), &lists, NOW));
        }
    });
    report("rejudge_in_messages_of_20", again, rounds * 20);

    let long = vec![b'a'; 65_536];
    let hostile = HitFacts { agent: &long, ..hits[0] };
    let hostile = timed(|| {
        for _ in 0..10_000 {
            black_box(judge(black_box(&hostile), &lists, NOW));
        }
    });
    report("verdict_of_64_kb_agent", hostile, 10_000);
}
