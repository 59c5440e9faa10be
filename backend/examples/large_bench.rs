//! Fills a data folder as a large account's would be: `cargo run --release -p waxwing-backend --example large_bench DIR [MESSAGES]
//! [HITS]`, a million messages with ten hits each unless told. A second account has a hundred messages, and one message of the large
//! one has a tenth of a million hits more (fewer in a smaller folder). Prints a JSON line for `./build.sh bench`, which then runs the
//! backend on it.
//!
//! What stands there is what the backend would have written: every table that a registration, the roll-up and the verdicts write has
//! its rows. Triggers keep totals and the index to search by, as always.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::json;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::store::sql::{self, AssertSqlSafe};
use waxwing_backend::store::{DATABASE_FILE, Options, Store};
use waxwing_protocol::Millis;

const LARGE: &str = "aaaaaa";
const SMALL: &str = "bbbbbb";
/// Messages of the small account.
const FEW: i64 = 100;
/// Messages of one transaction, and of one block of hits: those of a block come mixed, as mails of the same days are opened.
const TRANSACTION: i64 = 50_000;
const BLOCK: i64 = 1_000;
const DAY: Millis = 24 * 60 * 60 * 1_000;
/// The oldest message was sent so long ago.
const AGE: Millis = 400 * DAY;
/// A word in the subject of one message alone, and one in every tenth.
const RARE: &str = "zeppelinflug";
const COMMON: &str = "quarterly";

const SYLLABLES: [&str; 16] = ["an", "be", "co", "da", "er", "fi", "go", "hu", "in", "ko", "la", "mi", "no", "pu", "re", "sta"];

/// Agent, headers.
const VISITORS: [(&str, &str); 5] = [
    (
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        r#"{"accept-encoding":"gzip,deflate,br"}"#,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
        r#"{"accept":"image/avif,image/webp,*/*","accept-language":"en-GB,en;q=0.9","sec-fetch-dest":"image","sec-fetch-mode":"no-cors"}"#,
    ),
    ("Mozilla/5.0", r#"{"accept":"*/*"}"#),
    ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.16327; Pro)", r#"{"accept":"*/*"}"#),
    ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", r#"{"via":"http/1.1"}"#),
];

/// A small generator of numbers: the same on every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap_or(1)).unwrap_or_default()
    }

    /// Few small ones often, large ones seldom, as correspondents are.
    fn skewed(&mut self, limit: usize) -> usize {
        let within = self.below(limit) + 1;
        self.below(within)
    }
}

fn word(number: usize) -> String {
    let (first, second, third) = (number % 16, number / 16 % 16, number / 256 % 16);
    format!("{}{}{}", SYLLABLES[first], SYLLABLES[second], if third == 0 { "" } else { SYLLABLES[third] })
}

struct Mail {
    seq: i64,
    id: Uuid,
    account: &'static str,
    sent_at: Millis,
    state: i64,
    domain: String,
    body: String,
    search: String,
}

fn mail(numbers: &mut Numbers, seq: i64, account: &'static str, sent_at: Millis) -> Mail {
    let mut subject = (0..4).map(|_| word(numbers.skewed(4_096))).collect::<Vec<_>>().join(" ");
    if seq == 1 {
        subject = format!("{subject} {RARE}");
    } else if seq % 10 == 0 {
        subject = format!("{subject} {COMMON}");
    }
    let person = numbers.skewed(50_000);
    let (name, domain) =
        (format!("{} {}", word(person), word(person / 7)), format!("{}{}.example", word(person / 10), person / 10));
    let address = format!("{}.{person}@{domain}", word(person));
    let search = format!("{subject}\n{address}\n{name}");
    let body = json!({
        "subject": subject,
        "recipients": [{"kind": "to", "address": address, "name": name}],
        "links": [{"target": "https://example.org/offers/autumn", "text": "the offer"}],
    });
    let state = [0, 1, 1, 2, 3, 4, 4, 4, 5, 6][numbers.below(10)];
    let id =
        Uuid::from_u64_pair(numbers.next() << 16 | numbers.next() & 0xffff, numbers.next() << 16 | numbers.next() & 0xffff);
    Mail { seq, id, account, sent_at, state, domain, body: body.to_string(), search }
}

async fn messages(store: &Store, count: i64, now: Millis) -> Result<(), Box<dyn Error>> {
    let numbers = &mut Numbers(7);
    let all: Vec<i64> = (1..=count + FEW).collect();
    for round in all.chunks(usize::try_from(TRANSACTION)?) {
        let mut tx = store.write().await?;
        // Few rows: the driver looks each parameter up among all of its statement's.
        for chunk in round.chunks(50) {
            let mails: Vec<_> = chunk
                .iter()
                .map(|seq| {
                    let account = if *seq > count { SMALL } else { LARGE };
                    let age = if *seq > count { (count + FEW - seq) * DAY / 4 } else { AGE - AGE / count * seq };
                    let within = i64::try_from(numbers.below(60_000)).unwrap_or_default();
                    mail(numbers, *seq, account, now - DAY - age - within)
                })
                .collect();
            let mut query = sql::Builder::new(
                "INSERT INTO messages (seq, id, account, epoch, sent_at, scheduled, sender, draft, thread, legacy_thread, \
                 legacy_message, rfc_id, state, clicked, registered_at, domain, links, answered_at) ",
            );
            query.push_values(&mails, |row, mail| {
                row.push_bind(mail.seq).push_bind(mail.id).push_bind(mail.account).push_bind(0).push_bind(mail.sent_at);
                row.push_bind(0).push_bind("me@example.org").push_bind("msg-a:r1234567890123456789");
                row.push_bind(format!("thread-a:r{:019}", mail.seq)).push_bind(format!("{:016x}", mail.seq / 2));
                row.push_bind(format!("{:016x}", mail.seq)).push_bind(format!("<{}@mail.gmail.com>", mail.id));
                row.push_bind(mail.state).push_bind(i64::from(mail.state == 5)).push_bind(mail.sent_at + 1_000);
                row.push_bind(&mail.domain)
                    .push_bind(1)
                    .push_bind((mail.state == 6).then(|| mail.sent_at + mail.seq * 7_919 % (5 * DAY)));
            });
            query.build().execute(&mut *tx).await?;
            let mut query = sql::Builder::new("INSERT INTO contents (message, body, search) ");
            query.push_values(&mails, |row, mail| {
                row.push_bind(mail.seq).push_bind(&mail.body).push_bind(&mail.search);
            });
            query.build().execute(&mut *tx).await?;
            let mut query = sql::Builder::new("INSERT INTO message_domains (account, domain, sent_at, message) ");
            query.push_values(&mails, |row, mail| {
                row.push_bind(mail.account).push_bind(&mail.domain).push_bind(mail.sent_at).push_bind(mail.seq);
            });
            query.build().execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The hits, each message's `each`, and what follows from them. Of one block the first hits of all its messages come first, then
/// the second ones: hit number = block · size · each + turn · size + place.
async fn hits(store: &Store, messages: i64, each: i64, many: i64) -> Result<(), Box<dyn Error>> {
    let all = messages + FEW;
    let visitors = VISITORS.map(|(agent, headers)| format!("('{agent}', '{headers}')")).join(", ");
    let mut first = 0;
    while first < all {
        let last = (first + TRANSACTION).min(all);
        let mut tx = store.write().await?;
        let statement = format!(
            "WITH RECURSIVE turn (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM turn WHERE k + 1 < {each}), \
             block (b) AS (SELECT {first} / {BLOCK} UNION ALL SELECT b + 1 FROM block WHERE (b + 1) * {BLOCK} < {last}), \
             visitor (n, agent, headers) AS (SELECT row_number() OVER () - 1, column1, column2 FROM (VALUES {visitors})) \
             INSERT INTO hits (id, at, account, message, kind, link, agent, address, headers) \
             SELECT b * {BLOCK} * {each} + k * {BLOCK} + m.seq - b * {BLOCK}, m.sent_at + 20000 + (k * k + m.seq % 97) * 600000, \
             m.account, m.id, m.state = 5 AND k % 3 = 2, \
             CASE WHEN m.state = 5 AND k % 3 = 2 THEN 'https://example.org/offers/autumn' END, v.agent, \
             (11 + m.seq % 180) || '.' || (m.seq / 180 % 250) || '.' || k || '.0', v.headers \
             FROM block CROSS JOIN turn CROSS JOIN messages m CROSS JOIN visitor v \
             WHERE m.seq > b * {BLOCK} AND m.seq <= MIN((b + 1) * {BLOCK}, {last}) AND v.n = (m.seq + k) % 5"
        );
        sql::query(AssertSqlSafe(statement)).persistent(false).execute(&mut *tx).await?;
        tx.commit().await?;
        first = last;
    }
    let many_from = (all + BLOCK) * each;
    let filed = |with: &str| {
        format!(
            "WITH RECURSIVE turn (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM turn WHERE k + 1 < {each}) \
             INSERT INTO message_hits (message, account, hit, repeat, label, confidence, reason, settled) \
             SELECT m.id, m.account, (m.seq - 1) / {BLOCK} * {BLOCK} * {each} + k * {BLOCK} + (m.seq - 1) % {BLOCK} + 1, k > 6, \
             CASE WHEN m.state >= 4 THEN 1 WHEN m.state = 2 THEN 3 WHEN m.state = 3 THEN 5 ELSE 4 END, 1, 'gmail-proxy', 1 \
             FROM (SELECT id, account, seq, state FROM messages ORDER BY {with}) m CROSS JOIN turn"
        )
    };
    let statements = [
        // In the order of their keys, so that the pages of the tables are filled one after the other.
        filed("id, account"),
        "INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, machine_hits, apple_hits, unknown_hits, \
         first_open_at, last_open_at, first_click_at, last_click_at, touched_at, seen, state, judged) \
         SELECT id, account, state >= 4, (state >= 4) * 3, state = 5, state = 5, state = 1, state = 2, state = 3, \
         CASE WHEN state >= 4 THEN sent_at + 20000 END, CASE WHEN state >= 4 THEN sent_at + 3600000 END, \
         CASE WHEN state = 5 THEN sent_at + 20000 END, CASE WHEN state = 5 THEN sent_at + 20000 END, \
         CASE WHEN state > 0 THEN sent_at + 20000 END, zeroblob(32), MIN(state, 5), 1000000000 \
         FROM messages ORDER BY id, account"
            .to_owned(),
        // Of the last week, as retention leaves them.
        "INSERT INTO events (account, at, message, topic, data) SELECT account, sent_at, id, 'message', \
         '{\"event\":\"message\",\"message\":\"00000000-0000-4000-8000-000000000000\"}' FROM messages \
         WHERE sent_at > (SELECT MAX(sent_at) FROM messages) - 518400000"
            .to_owned(),
        format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {many}) \
             INSERT INTO hits (id, at, account, message, kind, agent, address, headers) \
             SELECT {many_from} + n, m.sent_at + 86400000 + n, m.account, m.id, 0, 'Mozilla/5.0', '203.0.113.0', '{{}}' \
             FROM n CROSS JOIN messages m WHERE m.seq = 2"
        ),
        format!(
            "INSERT INTO message_hits (message, account, hit, repeat, label, confidence, reason, settled) \
             SELECT message, account, id, 1, 4, 1, 'gmail-proxy', 1 FROM hits WHERE id > {many_from}"
        ),
        "INSERT INTO cursors (name, position) SELECT name, MAX(h.id) FROM hits h CROSS JOIN (SELECT 'roll_up' AS name UNION ALL \
         SELECT 'shorten') GROUP BY name"
            .to_owned(),
    ];
    for statement in statements {
        let mut tx = store.write().await?;
        sql::query(AssertSqlSafe(statement)).persistent(false).execute(&mut *tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement is the shell that reads the clock")]
fn instant() -> Instant {
    Instant::now()
}

async fn fill(dir: &Path, count: i64, each: i64) -> Result<(), Box<dyn Error>> {
    let start = instant();
    let now = SystemClock.now();
    std::fs::create_dir_all(dir)?;
    let store = Store::open(&Options::new(dir, None)?).await?;
    for (name, id) in [("large", LARGE), ("small", SMALL)] {
        store.account_named(name, AccountId::parse(id).ok_or("the account's id is none")?, now).await?;
    }
    // Nobody needs this folder when it is cut short.
    for pragma in ["PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000"] {
        sql::query(AssertSqlSafe(pragma)).execute(store.writer()).await?;
    }
    messages(&store, count, now).await?;
    let many = (count / 10).max(1);
    let registered = start.elapsed();
    hits(&store, count, each, many).await?;
    let (stored, one): (i64, Uuid) =
        sql::query_as("SELECT (SELECT COUNT(*) FROM message_hits), id FROM messages WHERE seq = 2")
            .fetch_one(store.writer())
            .await?;
    store.close().await;
    let line = json!({
        "bench": "large",
        "messages": count,
        "hits": stored,
        "seconds": start.elapsed().as_secs_f64(),
        "registering_seconds": registered.as_secs_f64(),
        "bytes": std::fs::metadata(dir.join(DATABASE_FILE))?.len(),
        "large": LARGE,
        "small": SMALL,
        "rare": RARE,
        "common": COMMON,
        "many": {"message": one, "hits": many + each},
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, or: i64| args.get(at).map_or(Ok(or), |text| text.parse::<i64>());
    let dir = args.first().ok_or("which folder?")?;
    let count = number(1, 1_000_000)?;
    let each = number(2, 10 * count)? / count;
    if count < 2 || each < 1 {
        return Err("two messages and a hit each at least".into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(fill(Path::new(dir), count, each))
}
