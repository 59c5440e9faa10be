//! What follows from other tables (totals, the index to search by) against what counting and reading from scratch gives, over
//! random changes.

use std::collections::BTreeMap;

use tempfile::TempDir;
use uuid::Uuid;
use waxwing_domain::rollup::Activity;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, GmailIds, PutMessage, Recipient, RecipientKind};

use super::messages::{self, Filter};
use super::stats::Span;
use super::{Store, plans, rollup, sql};
use crate::account_id::AccountId;

const START: Millis = 1_795_334_400_000;
const HOUR: Millis = 3_600_000;
const WORDS: [&str; 12] =
    ["offer", "offers", "quarterly", "numbers", "übergabe", "日本語訳", "a\"b*c", "x OR y", "100%_off", "re:", "ann", "it's"];

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn instant(&mut self) -> Millis {
        let hours = i64::try_from(self.below(24 * 80)).unwrap();
        // On the hour, on the half, and anywhere.
        let within = [0, HOUR / 2, i64::try_from(self.below(3_600_000)).unwrap()][self.below(3)];
        START - hours * HOUR + within
    }
}

fn mail(numbers: &mut Numbers) -> PutMessage {
    let words: Vec<_> = (0..=numbers.below(4)).map(|_| WORDS[numbers.below(WORDS.len())]).collect();
    let recipients = (0..=numbers.below(3)).map(|_| Recipient {
        kind: RecipientKind::To,
        address: format!("Ann@D{}.example", numbers.below(30)),
        name: Some(WORDS[numbers.below(WORDS.len())].to_owned()),
    });
    let recipients = recipients.collect();
    PutMessage {
        epoch: 0,
        sent_at: numbers.instant(),
        scheduled: false,
        sender: "me@example.org".to_owned(),
        gmail: GmailIds::default(),
        content: Content { subject: words.join(" "), recipients, links: Vec::new() },
        tracks: waxwing_protocol::api::Tracks::default(),
    }
}

async fn change(store: &Store, account: AccountId, known: &mut Vec<Uuid>, numbers: &mut Numbers) {
    let any = (!known.is_empty()).then(|| numbers.below(known.len().max(1)));
    match (numbers.below(10), any) {
        (0, Some(at)) => {
            let id = known.swap_remove(at);
            store.delete_message(account, id, START, || {}).await.unwrap();
        }
        // It is told again, of another time and to more people.
        (1, Some(at)) => {
            store.put_message(account, known[at], &mail(numbers), START).await.unwrap();
        }
        (2, Some(at)) => {
            let mut tx = store.write().await.unwrap();
            sql::query("UPDATE messages SET answered_at = $3, state = $4 WHERE account = $1 AND id = $2")
                .bind(account.as_str())
                .bind(known[at])
                .bind(START)
                .bind(rollup::ANSWERED)
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        (3..=6, Some(at)) => {
            let one = |on: usize| u32::from(on == 0);
            let activity = Activity {
                opens: one(numbers.below(2)),
                clicks: one(numbers.below(3)),
                machine_hits: one(numbers.below(2)),
                apple_hits: one(numbers.below(2)),
                unknown_hits: one(numbers.below(2)),
                ..Activity::default()
            };
            let mut tx = store.write().await.unwrap();
            rollup::set_state(&mut tx, (known[at], account), &activity).await.unwrap();
            tx.commit().await.unwrap();
        }
        _ => {
            let id = Uuid::from_u64_pair(
                7,
                u64::try_from(known.len()).unwrap() << 32 | u64::try_from(numbers.below(1 << 30)).unwrap(),
            );
            store.put_message(account, id, &mail(numbers), START).await.unwrap();
            known.push(id);
        }
    }
}

/// Sent, opened, possible, clicked, machines, answered.
type Counts = [u32; 6];

/// All messages of a span and of each domain, one by one.
async fn counted(store: &Store, account: AccountId, (since, until): Span) -> (Counts, BTreeMap<String, Counts>) {
    const ALL: &str = "SELECT m.sent_at, m.state, m.clicked, '' FROM messages m WHERE m.account = $1";
    const DOMAINS: &str = "SELECT d.sent_at, m.state, m.clicked, d.domain FROM message_domains d \
         JOIN messages m ON m.seq = d.message WHERE d.account = $1";
    let mut counts = BTreeMap::<String, Counts>::new();
    for statement in [ALL, DOMAINS] {
        let rows: Vec<(Millis, i64, i64, String)> =
            sql::query_as(statement).bind(account.as_str()).fetch_all(store.read()).await.unwrap();
        for (at, state, clicked, domain) in rows {
            if (since..until).contains(&at) {
                let came = [true, state >= 4, state == 2 || state == 3, clicked == 1, state == 1, state == 6];
                let counts = counts.entry(domain).or_default();
                counts.iter_mut().zip(came).for_each(|(count, came)| *count += u32::from(came));
            }
        }
    }
    (counts.remove("").unwrap_or_default(), counts)
}

async fn compare(store: &Store, account: AccountId, spans: &[Span]) {
    let report = store.report(account, spans, 1_000).await.unwrap();
    for (span, t) in spans.iter().zip(&report.spans) {
        let (all, _) = counted(store, account, *span).await;
        assert_eq!([t.sent, t.opened, t.possible, t.clicked, t.machines, t.answered], all, "{span:?}");
    }
    let (_, domains) = counted(store, account, (spans[0].0, spans[spans.len() - 1].1)).await;
    let mut expected: Vec<_> = domains.into_iter().map(|(d, c)| (d, c[0], c[1], c[2], c[3], Some(c[5]))).collect();
    expected.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let given: Vec<_> =
        report.domains.into_iter().map(|d| (d.domain, d.sent, d.opened, d.possible, d.clicked, d.answered)).collect();
    assert_eq!(given, expected, "{spans:?}");
    assert_eq!(report.more_domains, 0);
}

#[tokio::test]
async fn totals_are_what_counting_gives() {
    let (_dir, store) = plans::store().await;
    let (me, other) = accounts(&store).await;
    let numbers = &mut Numbers(3);
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    for round in 0..8 {
        for _ in 0..40 {
            change(&store, me, &mut mine, numbers).await;
        }
        change(&store, other, &mut others, numbers).await;
        for _ in 0..10 {
            // One to three spans that follow each other.
            let mut ends: Vec<_> = (0..2 + numbers.below(3)).map(|_| numbers.instant()).collect();
            ends.sort_unstable();
            let spans: Vec<_> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
            compare(&store, me, &spans).await;
        }
        compare(&store, me, &[(0, i64::from(round) + START + 40 * 24 * HOUR)]).await;
    }
    let all: (i64, i64) = count_totals(&store).await;
    assert!(all.0 > 100 && all.1 > 0, "{all:?}");
    // Nothing is left of what is erased: no row of zeros that still names a domain.
    for (account, ids) in [(me, mine), (other, others)] {
        for id in ids {
            store.delete_message(account, id, START, || {}).await.unwrap();
        }
    }
    assert_eq!(count_totals(&store).await, (0, 0));
}

async fn count_totals(store: &Store) -> (i64, i64) {
    sql::query_as("SELECT COUNT(*), CAST(COALESCE(SUM(sent), 0) AS BIGINT) FROM totals").fetch_one(store.read()).await.unwrap()
}

async fn accounts(store: &Store) -> (AccountId, AccountId) {
    let (me, other) = (plans::account(), AccountId::parse("bbbbbb").unwrap());
    for (name, id) in [("me", me), ("other", other)] {
        store.account_named(name, id, START).await.unwrap();
    }
    (me, other)
}

async fn ids(store: &Store, query: sql::Builder) -> Vec<Uuid> {
    store.all(query).await.unwrap().into_iter().map(|message| message.id).collect()
}

async fn search_store() -> (TempDir, Store, AccountId, Vec<Uuid>) {
    let (dir, store) = plans::store().await;
    let (me, other) = accounts(&store).await;
    let numbers = &mut Numbers(5);
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        change(&store, me, &mut mine, numbers).await;
        change(&store, other, &mut others, numbers).await;
    }
    (dir, store, me, mine)
}

#[tokio::test]
async fn the_index_finds_what_reading_all_finds() {
    let (_dir, store, me, _) = search_store().await;
    let numbers = &mut Numbers(9);
    let asked = [
        "offer",
        "ffe",
        "quarterly",
        "übergabe",
        "日本語",
        "a\"b*c",
        "x or y",
        "100%_off",
        "\" or \"",
        "nothere",
        "*",
        "d1.example",
        "ann",
    ];
    let mut found = 0;
    for word in asked {
        for with in [None, Some("ann"), Some("e")] {
            let words: Vec<_> = word.split(' ').map(str::to_owned).chain(with.map(str::to_owned)).collect();
            let parts = super::search::parts(&words);
            if parts.is_empty() {
                continue;
            }
            for state in
                [None, Some(waxwing_protocol::api::StateFilter::Opened), Some(waxwing_protocol::api::StateFilter::Unopened)]
            {
                let before = [None, Some((numbers.instant(), Uuid::max()))][numbers.below(2)];
                let filter = Filter {
                    words: words.clone(),
                    state,
                    before,
                    sent_before: None,
                    limit: 1 + i64::from(word.len() % 2 == 0) * 50,
                };
                let all = ids(&store, messages::page(store.kind(), me, &filter)).await;
                let indexed = ids(&store, super::search::indexed(store.kind(), me, &filter, &parts)).await;
                assert_eq!(indexed, all, "{filter:?}");
                assert_eq!(store.messages(me, &filter).await.unwrap().len(), all.len(), "{filter:?}");
                found += all.len();
            }
        }
    }
    assert!(found > 100, "{found}");
}

#[tokio::test]
async fn of_what_is_erased_the_index_keeps_nothing() {
    let (dir, store, me, mine) = search_store().await;
    let put = |subject: &str| {
        let mut mail = mail(&mut Numbers(1));
        subject.clone_into(&mut mail.content.subject);
        mail
    };
    let (erased, changed) = (Uuid::from_u64_pair(1, 1), Uuid::from_u64_pair(1, 2));
    store.put_message(me, erased, &put("zqjzqj"), START).await.unwrap();
    store.put_message(me, changed, &put("wvkwvk"), START).await.unwrap();
    store.put_message(me, changed, &put("plain"), START).await.unwrap();
    store.delete_message(me, erased, START, || {}).await.unwrap();
    let parts = |word: &str| super::search::parts(&[word.to_owned()]);
    for word in ["zqjzqj", "wvkwvk"] {
        let filter = Filter { words: vec![word.to_owned()], limit: 10, ..Filter::default() };
        assert!(ids(&store, super::search::indexed(store.kind(), me, &filter, &parts(word))).await.is_empty());
    }
    for id in mine {
        store.delete_message(me, id, START, || {}).await.unwrap();
    }
    if store.kind() == sql::Kind::Sqlite {
        // The index agrees with the texts, and its pages hold nothing of those that are gone.
        sql::query("INSERT INTO contents_search (contents_search, rank) VALUES ('integrity-check', 1)")
            .execute(store.writer())
            .await
            .unwrap();
        store.close().await;
        let bytes = std::fs::read(dir.path().join(super::DATABASE_FILE)).unwrap();
        for part in ["zqj", "qjz", "wvk", "kwv"] {
            assert!(!bytes.windows(3).any(|three| three == part.as_bytes()), "{part}");
        }
        // Nothing else would have shown them either.
        assert!(bytes.windows(5).any(|five| five == b"plain"));
    }
}
