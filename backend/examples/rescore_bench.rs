//! How long it takes to judge a million stored hits again, on a running backend: `cargo run --release -p waxwing-backend
//! --example rescore_bench [HITS]`. Prints JSON lines for `./build.sh bench`.
//!
//! `fill` is what happens after an upgrade from a version without verdicts: every row is written. `rescore` is what happens
//! when lists change: every hit is judged again, and what came out otherwise is written.

use std::error::Error;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::app::Running;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::keys::Keys;
use waxwing_backend::lists::{self, StoredSet};
use waxwing_backend::store::sql;
use waxwing_backend::store::{Options, Store};
use waxwing_domain::verdict::lists::{Cidr, Set};
use waxwing_protocol::Millis;

#[path = "../tests/common/settings.rs"]
mod settings;

/// Hits of an ordinary message; one in a thousand has a hundred times as many.
const ORDINARY: u64 = 9;
const ACCOUNT: &str = "benchmrk";
const MINUTE: Millis = 60_000;

/// Agent, the headers that came with it, and where it comes from.
const VISITORS: [(&str, &str, Whence); 8] = [
    (
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        r#"{"accept-encoding":"gzip,deflate,br"}"#,
        Whence::Google,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
        r#"{"accept":"image/avif,image/webp,*/*","accept-language":"en-GB,en;q=0.9","sec-fetch-dest":"image","sec-fetch-mode":"no-cors"}"#,
        Whence::Anywhere,
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1",
        r#"{"accept":"image/webp,*/*","accept-language":"de-DE,de;q=0.9"}"#,
        Whence::V6,
    ),
    ("Mozilla/5.0", r#"{"accept":"*/*"}"#, Whence::Anywhere),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
        r#"{"accept":"image/webp,*/*"}"#,
        Whence::Anywhere,
    ),
    ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.16327; Pro)", r#"{"accept":"*/*"}"#, Whence::Anywhere),
    ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", r#"{"via":"http/1.1"}"#, Whence::Anywhere),
    ("python-requests/2.31.0", r#"{"accept":"*/*"}"#, Whence::Anywhere),
];

#[derive(Clone, Copy)]
enum Whence {
    Google,
    Anywhere,
    V6,
}

/// A small generator of numbers: the same on every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 16
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn v4(&mut self) -> Ipv4Addr {
        Ipv4Addr::from_bits(u32::try_from(self.next() & 0xffff_ffff).unwrap_or_default())
    }

    fn address(&mut self, whence: Whence) -> IpAddr {
        match whence {
            Whence::Google => IpAddr::V4(Ipv4Addr::new(66, 249, 88, u8::try_from(self.below(256)).unwrap_or_default())),
            Whence::Anywhere => IpAddr::V4(self.v4()),
            Whence::V6 => IpAddr::V6(Ipv6Addr::from_bits(u128::from(self.next()) << 80 | 0x2a02 << 112)),
        }
    }
}

/// Lists as long as the real ones.
fn lists(numbers: &mut Numbers, now: Millis) -> Result<Vec<StoredSet>, Box<dyn Error>> {
    let mut sets = Vec::new();
    for (name, v4, v6) in [("apple-proxy", 3_290, 10_455), ("amazon", 1_752, 2_107), ("microsoft", 457, 62)] {
        let mut blocks = Vec::new();
        for _ in 0..v4 {
            blocks.push(Cidr::parse(&format!("{}/20", numbers.v4()))?);
        }
        for _ in 0..v6 {
            blocks.push(Cidr::parse(&format!("{}/64", numbers.address(Whence::V6)))?);
        }
        let set = Set::named(name).ok_or("a set's name is not known")?;
        sets.push(StoredSet::new(set, now, "bench".to_owned(), blocks)?);
    }
    Ok(sets)
}

/// Hits as a version without verdicts left them: filed and counted, and nothing said of them.
async fn fill(store: &Store, hits: u64, now: Millis) -> Result<u64, Box<dyn Error>> {
    let account = AccountId::parse(ACCOUNT).ok_or("the account's id is none")?;
    store.account_named("bench", account, now).await?;
    let numbers = &mut Numbers(7);
    let (mut made, mut messages) = (0, 0);
    while made < hits {
        let mut tx = store.write().await?;
        let first = messages;
        let (mut of_message, mut raw) = (Vec::new(), Vec::new());
        while made < hits && raw.len() < 4_000 {
            messages += 1;
            let id = Uuid::from_u64_pair(numbers.next(), messages);
            let sent_at = now - 25 * 24 * 60 * MINUTE + i64::try_from(numbers.below(20 * 24 * 60))? * MINUTE;
            let count = if messages % 1_000 == 0 { 100 * ORDINARY } else { ORDINARY }.min(hits - made);
            of_message.push((id, sent_at, count));
            for _ in 0..count {
                made += 1;
                let click = numbers.below(5) == 0;
                let at = sent_at + 20_000 + i64::try_from(numbers.below(3 * 24 * 60))? * MINUTE;
                let (agent, headers, whence) = VISITORS[usize::try_from(numbers.below(8))?];
                raw.push((made, at, id, click, agent, headers, numbers.address(whence)));
            }
        }
        for chunk in raw.chunks(1_000) {
            let mut query =
                sql::Builder::new("INSERT INTO hits (id, at, account, message, kind, link, agent, address, headers) ");
            query.push_values(chunk, |row, (hit, at, id, click, agent, headers, address)| {
                row.push_bind(i64::try_from(*hit).unwrap_or_default()).push_bind(at).push_bind(ACCOUNT).push_bind(id);
                row.push_bind(i64::from(*click)).push_bind(click.then_some("https://example.org/a"));
                row.push_bind(agent).push_bind(address.to_string()).push_bind(headers);
            });
            query.build().persistent(false).execute(&mut *tx).await?;
            let mut query = sql::Builder::new("INSERT INTO message_hits (message, account, hit, repeat) ");
            query.push_values(chunk, |row, (hit, _, id, ..)| {
                row.push_bind(id).push_bind(ACCOUNT).push_bind(i64::try_from(*hit).unwrap_or_default()).push_bind(0);
            });
            query.build().persistent(false).execute(&mut *tx).await?;
        }
        for chunk in of_message.chunks(500) {
            let mut query = sql::Builder::new(
                "INSERT INTO messages (id, account, epoch, sent_at, scheduled, sender, state, registered_at, domain, links) ",
            );
            query.push_values(chunk, |row, (id, sent_at, _)| {
                row.push_bind(id).push_bind(ACCOUNT).push_bind(0).push_bind(sent_at).push_bind(0);
                row.push_bind("me@example.org").push_bind(4).push_bind(sent_at).push_bind("example.com").push_bind(1);
            });
            query.build().persistent(false).execute(&mut *tx).await?;
            let mut query = sql::Builder::new(
                "INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, seen, state) ",
            );
            query.push_values(chunk, |row, (id, _, count)| {
                let count = i64::try_from(*count).unwrap_or_default();
                row.push_bind(id).push_bind(ACCOUNT).push_bind(count).push_bind(count).push_bind(0).push_bind(0);
                row.push_bind(&[][..]).push_bind(4);
            });
            query.build().persistent(false).execute(&mut *tx).await?;
        }
        // In the order of registration, so from the first of this round on.
        let content = r#"{"subject":"Offer","recipients":[{"kind":"to","address":"ann@example.com"}],"links":[{"target":"https://example.org/a","text":"here"}]}"#;
        for sql in [
            "INSERT INTO contents (message, body, search) SELECT seq, $2, 'offer' FROM messages WHERE seq > $1",
            "INSERT INTO message_domains (account, domain, sent_at, message) SELECT account, domain, sent_at, seq FROM messages \
             WHERE seq > $1 AND $2 <> ''",
            "INSERT INTO cursors (name, position) SELECT 'roll_up', MAX(id) FROM hits WHERE $1 >= 0 AND $2 <> '' \
             ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        ] {
            sql::query(sql).bind(i64::try_from(first)?).bind(content).execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    Ok(messages)
}

#[expect(clippy::disallowed_methods, reason = "a measurement is the shell that reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// Waits until all is judged by the knowledge in force; says how long that took.
async fn judged(running: &Running) -> Result<Duration, Box<dyn Error>> {
    let start = now();
    while !running.app.store.outdated(running.app.knowledge.current().number, None, 1).await?.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(start.elapsed())
}

/// The peak of this process's resident memory in MiB; 0 where the system does not say.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

fn report(what: &str, hits: u64, messages: u64, took: Duration) -> std::io::Result<()> {
    writeln!(
        std::io::stdout(),
        r#"{{"bench":"{what}","hits":{hits},"messages":{messages},"seconds":{:.2},"rss_mib":{:.1}}}"#,
        took.as_secs_f64(),
        peak_mib()
    )
}

async fn measure(data_dir: &Path, hits: u64) -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let numbers = &mut Numbers(11);
    lists::save(data_dir, &lists(numbers, clock.now())?)?;
    let store = Store::open(&Options::new(data_dir, None)?).await?;
    let messages = fill(&store, hits, clock.now()).await?;
    let settings = settings::settings(data_dir, waxwing_backend::mailbox::options::Options::default());
    let running = Running::start(store, Keys::from_bytes([7; 32]), settings, clock.clone(), Arc::new(SystemEntropy)).await?;
    report("fill", hits, messages, judged(&running).await?)?;
    lists::save(data_dir, &lists(numbers, clock.now())?)?;
    if !running.app.knowledge.reload(&running.app.store, clock.now()).await? {
        return Err("newer lists were not taken over".into());
    }
    running.app.rescoring.wake();
    report("rescore", hits, messages, judged(&running).await?)?;
    running.stop().await;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let hits = std::env::args().nth(1).map_or(Ok(1_000_000), |hits| hits.parse())?;
    let dir = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(dir.path(), hits))
}
