//! What was said of hits follows the lists, the rules and the owner's word, in the background, and is cut short by nothing.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

use reqwest::Method;
use tempfile::TempDir;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::clock::Clock as _;
use waxwing_backend::hits::shorten::{WHOLE_FOR, shorten};
use waxwing_backend::lists;
use waxwing_backend::store::rules::{self, AddRule, Like};
use waxwing_backend::store::sql;
use waxwing_backend::store::{Store, Work};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Claim, Hit, Label, MessageDetail};

use crate::cli::Serving;
use crate::logs::Lines;
use crate::support::{Browser, MockClock, START, SeededEntropy, Setup, TestBackend, message, recipient, store_options, until};

const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";
/// Lists that know nothing of the addresses here, and lists that take 198.51.100.0/24 for a cloud.
const OLDER: &str = r#"{"sets":{"amazon":{"ipv4":["3.0.0.0/15"]}}}"#;
const NEWER: &str = r#"{"sets":{"amazon":{"ipv4":["3.0.0.0/15","198.51.100.0/24"]}}}"#;

fn write_lists(dir: &TempDir, text: &str) {
    let path = lists::path(dir.path());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // As `waxwing lists` does it: in the place of the old file, as a whole.
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

fn behind_a_proxy() -> Setup {
    Setup { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Setup::default() }
}

async fn start(dir: TempDir, clock: &Arc<MockClock>, entropy: &Arc<SeededEntropy>) -> TestBackend {
    TestBackend::start_in(dir, Arc::clone(clock), Arc::clone(entropy), behind_a_proxy()).await
}

async fn with_lists(text: &str) -> TestBackend {
    let dir = tempfile::tempdir().unwrap();
    write_lists(&dir, text);
    start(dir, &MockClock::new(), &Arc::default()).await
}

/// As housekeeping does it.
async fn reload(backend: &TestBackend) -> bool {
    let newer = backend.app.knowledge.reload(&backend.app.store, backend.clock.now()).await.unwrap();
    if newer {
        backend.app.rescoring.wake();
    }
    newer
}

/// A reader's browser loads the picture.
async fn open(backend: &TestBackend, me: &Browser, id: Uuid, from: &str) {
    let request = backend.client.get(me.pixel(id)).header("x-forwarded-for", from).header("user-agent", CHROME);
    let request = request.header("accept", "image/avif,image/webp,*/*").header("accept-language", "en");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

async fn send(backend: &TestBackend, me: &Browser, to: &str) -> Uuid {
    let id = backend.uuid();
    let mut mail = message("Offer", backend.clock.now());
    mail.content.recipients = vec![recipient(to, None)];
    assert_eq!(me.put(id, &mail).await.status(), 204);
    id
}

/// The message once all its hits are labelled so.
async fn labelled(me: &Browser, id: Uuid, want: &[Label]) -> MessageDetail {
    let labels = |hits: &[Hit]| hits.iter().rev().map(|hit| hit.label().ok_or(())).collect::<Result<Vec<_>, _>>();
    until(async || Some(me.detail(id).await).filter(|detail| labels(&detail.hits).as_deref() == Ok(want))).await
}

async fn all_judged(store: &Store, number: i64) {
    until(async || (store.count_outdated(number).await.unwrap() == 0).then_some(())).await;
}

#[tokio::test]
async fn newer_lists_judge_again_what_is_stored() {
    let backend = with_lists(OLDER).await;
    let me = backend.browser("me").await;
    let (cloud, home) = (send(&backend, &me, "ann@example.com").await, send(&backend, &me, "bob@example.com").await);
    backend.clock.advance(60_000);
    open(&backend, &me, cloud, "198.51.100.7").await;
    open(&backend, &me, home, "203.0.113.7").await;
    let before = labelled(&me, cloud, &[Label::Human]).await;
    assert_eq!((before.message.activity.opens, before.message.activity.unknown_hits), (1, 0));
    labelled(&me, home, &[Label::Human]).await;
    let known = before.judged_by.unwrap();

    write_lists(&backend.dir, NEWER);
    assert!(reload(&backend).await);
    let after = labelled(&me, cloud, &[Label::Unknown]).await;
    assert_eq!((after.message.activity.opens, after.message.activity.unknown_hits), (0, 1));
    assert_eq!(after.hits[0].address, "198.51.100.7", "the raw hit is as it came");
    assert_ne!(after.judged_by.unwrap().lists, known.lists);
    all_judged(&backend.app.store, backend.app.knowledge.current().number).await;
    labelled(&me, home, &[Label::Human]).await;

    // And back: an address that a cloud gave up.
    write_lists(&backend.dir, OLDER);
    assert!(reload(&backend).await);
    assert_eq!(labelled(&me, cloud, &[Label::Human]).await.judged_by.unwrap(), known);
    // Only a newer date judges nothing again.
    write_lists(&backend.dir, OLDER);
    assert!(!reload(&backend).await);
}

#[tokio::test]
async fn what_was_shortened_keeps_its_verdict() {
    let backend = with_lists(OLDER).await;
    let me = backend.browser("me").await;
    let id = send(&backend, &me, "ann@example.com").await;
    backend.clock.advance(60_000);
    open(&backend, &me, id, "198.51.100.7").await;
    backend.clock.advance(WHOLE_FOR + 1);
    labelled(&me, id, &[Label::Human]).await;
    shorten(&backend.app.store, backend.clock.now(), true, 10).await.unwrap();
    open(&backend, &me, id, "198.51.100.8").await;
    labelled(&me, id, &[Label::Human, Label::Human]).await;
    write_lists(&backend.dir, NEWER);
    assert!(reload(&backend).await);
    // The old one was judged while its address could tell; the new one is judged anew.
    let after = labelled(&me, id, &[Label::Human, Label::Unknown]).await;
    assert_eq!(after.hits[1].address, "198.51.100.0/24");
    assert_eq!((after.message.activity.opens, after.message.activity.unknown_hits), (1, 1));
}

fn warnings(lines: &Lines) -> usize {
    lines.text().lines().filter(|line| line.contains("WARN") && line.contains("lists")).count()
}

#[tokio::test(flavor = "current_thread")]
async fn a_damaged_file_changes_nothing_while_it_runs() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _guard = tracing::subscriber::set_default(subscriber);
    let backend = with_lists(NEWER).await;
    let before = backend.app.knowledge.current();
    for (n, damaged) in [
        "",
        " \n",
        "{\"sets\":{\"amazon\":{\"ipv4\":[\"3.0.0",
        "[]",
        r#"{"sets":{"amazon":{"ipv4":["0.0.0.0/0"]}}}"#,
        r#"{"sets":{}}"#,
    ]
    .into_iter()
    .enumerate()
    {
        write_lists(&backend.dir, damaged);
        for _ in 0..3 {
            assert!(!reload(&backend).await, "{damaged:?}");
        }
        let now = backend.app.knowledge.current();
        assert_eq!((now.number, now.lists.version(), now.whole), (before.number, before.lists.version(), true), "{damaged:?}");
        // The second is empty like the first: the same trouble.
        assert_eq!(warnings(&lines), n.max(1), "each trouble is told once");
    }
    // In place, half a file at a time, as a copy over a slow line would be.
    fs::write(lists::path(backend.dir.path()), &NEWER[..20]).unwrap();
    assert!(!reload(&backend).await);
    fs::write(lists::path(backend.dir.path()), NEWER).unwrap();
    assert!(!reload(&backend).await, "the same lists as before");
    assert_eq!(backend.app.knowledge.current().number, before.number);
    // Taken away on purpose.
    fs::remove_file(lists::path(backend.dir.path())).unwrap();
    // The backend's own first look may have come before.
    reload(&backend).await;
    assert_eq!(backend.app.knowledge.current().number, before.number + 1);
}

#[tokio::test]
async fn a_start_on_a_damaged_file_leaves_old_verdicts_alone() {
    let backend = with_lists(NEWER).await;
    let me = backend.browser("me").await;
    let id = send(&backend, &me, "ann@example.com").await;
    backend.clock.advance(60_000);
    open(&backend, &me, id, "198.51.100.7").await;
    labelled(&me, id, &[Label::Unknown]).await;
    let (clock, entropy, first) = (backend.clock.clone(), backend.entropy.clone(), backend.app.knowledge.current().number);
    let dir = backend.stop().await;
    write_lists(&dir, "{");

    let backend = start(dir, &clock, &entropy).await;
    let mut me = Browser { url: backend.url.clone(), client: backend.client.clone(), ..me };
    me.paired.minting.tracking_url = backend.url.clone();
    let knowledge = backend.app.knowledge.current();
    assert_eq!((knowledge.number, knowledge.whole), (first + 1, false));
    // A correction is heard all the same, and only by the message it is about.
    let other = send(&backend, &me, "ann@example.com").await;
    open(&backend, &me, other, "198.51.100.9").await;
    labelled(&me, other, &[Label::Unknown]).await;
    backend.app.rescoring.wake();
    tokio::time::timeout(std::time::Duration::from_millis(200), std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(backend.app.store.count_outdated(knowledge.number).await.unwrap(), 1, "judged by more than there is now");
    labelled(&me, id, &[Label::Unknown]).await;

    write_lists(&backend.dir, OLDER);
    assert!(reload(&backend).await);
    assert_eq!(backend.app.knowledge.current().number, first + 2);
    labelled(&me, id, &[Label::Human]).await;
}

/// Hits as a version without verdicts left them.
async fn fill(store: &Store, account: &str, messages: u64, now: Millis) -> HashSet<Uuid> {
    let mut ids = HashSet::new();
    let mut tx = store.write().await.unwrap();
    for n in 1..=messages {
        let id = Uuid::from_u64_pair(n, 7);
        ids.insert(id);
        for hit in [2 * n - 1, 2 * n] {
            sql::query("INSERT INTO hits (id, at, account, message, kind, agent, address, headers) VALUES ($1, $2, $3, $4, 0, $5, $6, $7)")
                .bind(i64::try_from(hit).unwrap())
                .bind(now - 3_600_000 + 60_000 * i64::try_from(hit % 2).unwrap())
                .bind(account)
                .bind(id)
                .bind(if n % 2 == 0 { CHROME } else { "python-requests/2.31.0" })
                .bind("198.51.100.7")
                .bind(r#"{"accept":"image/avif,image/webp,*/*","accept-language":"en"}"#)
                .execute(&mut *tx)
                .await
                .unwrap();
            sql::query("INSERT INTO message_hits (message, account, hit, repeat) VALUES ($1, $2, $3, 0)")
                .bind(id)
                .bind(account)
                .bind(i64::try_from(hit).unwrap())
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        sql::query(
            "INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, seen) VALUES ($1, $2, 2, 2, 0, 0, $3)",
        )
        .bind(id)
        .bind(account)
        .bind(Vec::new())
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    sql::query("INSERT INTO cursors (name, position) SELECT 'roll_up', MAX(id) FROM hits").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_it_goes_on() {
    let messages: u64 = if std::env::var_os("WAXWING_LONG").is_some() { 1_500 } else { 500 };
    let dir = tempfile::tempdir().unwrap();
    write_lists(&dir, OLDER);
    let store = Store::open(&store_options(&dir)).await.unwrap();
    let now = waxwing_backend::clock::SystemClock.now();
    fill(&store, "aaaaaaaa", messages, now).await;
    store.close().await;

    let mut cut_short = 0;
    for round in 1.. {
        let mut serving = Serving::start(dir.path(), &[]);
        let store = Store::open(&store_options(&dir)).await.unwrap();
        let before = store.count_outdated(1).await.unwrap();
        let left =
            until(async || Some(store.count_outdated(1).await.unwrap()).filter(|left| *left == 0 || *left < before)).await;
        serving.child.kill().unwrap();
        serving.child.wait().unwrap();
        store.close().await;
        if left == 0 {
            break;
        }
        cut_short += 1;
        assert!(round < 1_000, "it never comes to the end");
    }
    println!("killed in the middle {cut_short} times");
    assert!(cut_short > 0);

    let store = Store::open(&store_options(&dir)).await.unwrap();
    let totals: Vec<(i64, i64, i64, i64)> =
        sql::query_as("SELECT opens, machine_hits, state, COUNT(*) FROM activity GROUP BY 1, 2, 3 ORDER BY 1")
            .fetch_all(store.writer())
            .await
            .unwrap();
    let half = i64::try_from(messages / 2).unwrap();
    assert_eq!(totals, [(0, 2, 1, half), (2, 0, 4, half)], "opens, machines, state, messages");
    let unjudged = "SELECT COUNT(*) FROM message_hits WHERE label IS NULL OR settled = 0";
    assert_eq!(sql::query_scalar::<i64>(unjudged).fetch_one(store.writer()).await.unwrap(), 0);
    let news = "SELECT COUNT(*) FROM events WHERE topic LIKE 'news%' OR data LIKE '%\"news\"%'";
    assert_eq!(sql::query_scalar::<i64>(news).fetch_one(store.writer()).await.unwrap(), 0, "what is old is no news");
}

async fn add(backend: &TestBackend, me: &Browser, claim: Claim, domain: &str) -> i64 {
    let like = Like { network: "198.51.100.0/24", agent: "Chrome, Windows", domain };
    let mut tx = backend.app.store.write().await.unwrap();
    let added = rules::add_rule(&mut tx, me.account(), claim, like, backend.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let AddRule::Added(rule) = added else { panic!("{added:?}") };
    rule
}

async fn rule_is_gone(store: &Store, rule: i64) {
    let there = "SELECT COUNT(*) FROM correction_rules WHERE id = $1";
    let count = async || sql::query_scalar::<i64>(there).bind(rule).fetch_one(store.writer()).await.unwrap();
    until(async || (count().await == 0).then_some(())).await;
}

#[tokio::test]
async fn a_rule_reaches_what_was_judged_before_and_is_taken_back() {
    let backend = with_lists(OLDER).await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let mut mine = Vec::new();
    for _ in 0..5 {
        let id = send(&backend, &me, "bob@example.com").await;
        backend.clock.advance(60_000);
        open(&backend, &me, id, "198.51.100.7").await;
        labelled(&me, id, &[Label::Human]).await;
        mine.push(id);
    }
    let elsewhere = send(&backend, &me, "bob@example.net").await;
    let hers = send(&backend, &ann, "bob@example.com").await;
    backend.clock.advance(60_000);
    open(&backend, &me, elsewhere, "198.51.100.7").await;
    open(&backend, &ann, hers, "198.51.100.7").await;
    labelled(&me, elsewhere, &[Label::Human]).await;
    labelled(&ann, hers, &[Label::Human]).await;

    let rule = add(&backend, &me, Claim::Me, "example.com").await;
    // A crash came after the first piece: the rule is not marked, so it begins anew.
    let store = &backend.app.store;
    let piece = store.mark_domain(me.account(), "example.com", None, 2).await.unwrap();
    assert!(piece.is_some());
    assert_eq!(store.unmarked_rules().await.unwrap().len(), 1);
    backend.app.rescoring.wake();
    for id in &mine {
        let detail = labelled(&me, *id, &[Label::Own]).await;
        assert_eq!(detail.hits[0].correction.unwrap().rule, Some(rule));
        assert_eq!((detail.message.activity.opens, detail.message.activity.own_hits), (0, 1));
    }
    until(async || store.unmarked_rules().await.unwrap().is_empty().then_some(())).await;
    // Hits to come, too; other domains and other accounts not.
    open(&backend, &me, mine[0], "198.51.100.99").await;
    labelled(&me, mine[0], &[Label::Own, Label::Own]).await;
    labelled(&me, elsewhere, &[Label::Human]).await;
    labelled(&ann, hers, &[Label::Human]).await;

    // The other word for the same hits takes the place of the first.
    let other = add(&backend, &me, Claim::Machine, "example.com").await;
    backend.app.rescoring.wake();
    labelled(&me, mine[0], &[Label::Scanner, Label::Scanner]).await;
    rule_is_gone(store, rule).await;

    let mut tx = store.write().await.unwrap();
    assert!(!rules::remove_rule(&mut tx, ann.account(), other).await.unwrap(), "another's");
    assert!(rules::remove_rule(&mut tx, me.account(), other).await.unwrap());
    assert!(!rules::remove_rule(&mut tx, me.account(), other).await.unwrap(), "twice");
    tx.commit().await.unwrap();
    assert!(!store.forget_rule(other).await.unwrap(), "hits stand under it");
    backend.app.rescoring.wake();
    for id in &mine[1..] {
        assert_eq!(labelled(&me, *id, &[Label::Human]).await.hits[0].correction, None);
    }
    rule_is_gone(store, other).await;
    assert_eq!(me.call(Method::GET, "/account").send().await.unwrap().status(), 200);
}

fn like<'a>(network: &'a str, domain: &'a str) -> Like<'a> {
    Like { network, agent: "Firefox, Linux", domain }
}

async fn said(tx: &mut Work, account: AccountId, claim: Claim, like: Like<'_>) -> AddRule {
    rules::add_rule(tx, account, claim, like, START).await.unwrap()
}

#[tokio::test]
async fn rules_are_kept_apart() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&store_options(&dir)).await.unwrap();
    let id = |text| AccountId::parse(text).unwrap();
    let (me, ann) = (id("aaaaaaaa"), id("bbbbbbbb"));
    store.account_named("me", me, START).await.unwrap();
    store.account_named("ann", ann, START).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert_eq!(said(&mut tx, me, Claim::Me, like("198.51.100.0/24", "example.com")).await, AddRule::Added(1));
    assert_eq!(said(&mut tx, me, Claim::Me, like("198.51.100.0/24", "example.com")).await, AddRule::Already(1));
    assert_eq!(said(&mut tx, me, Claim::Person, like("198.51.100.0/24", "example.net")).await, AddRule::Added(2));
    assert_eq!(said(&mut tx, me, Claim::Machine, like("203.0.113.0/24", "example.com")).await, AddRule::Added(3));
    assert_eq!(said(&mut tx, ann, Claim::Me, like("198.51.100.0/24", "example.com")).await, AddRule::Added(4));
    for n in 3..rules::MAX_RULES {
        let network = format!("10.{}.{}.0/24", n / 256, n % 256);
        assert!(matches!(said(&mut tx, me, Claim::Me, like(&network, "example.org")).await, AddRule::Added(_)));
    }
    assert_eq!(said(&mut tx, me, Claim::Me, like("192.0.2.0/24", "example.com")).await, AddRule::Full);
    // To say the other thing of what is corrected already, there is room.
    let AddRule::Added(newer) = said(&mut tx, me, Claim::Person, like("198.51.100.0/24", "example.com")).await else {
        panic!("it takes the other's place")
    };
    tx.commit().await.unwrap();

    let found = store.active_rules(me, "example.com").await.unwrap();
    assert_eq!(
        found.iter().map(|rule| (rule.id, rule.claim)).collect::<Vec<_>>(),
        [(newer, Claim::Person), (3, Claim::Machine)]
    );
    assert_eq!((found[0].network.as_str(), found[0].agent.as_str()), ("198.51.100.0/24", "Firefox, Linux"));
    assert!(store.active_rules(me, "EXAMPLE.com").await.unwrap().is_empty());
    let all = store.rules_of(me).await.unwrap();
    assert_eq!(i64::try_from(all.len()).unwrap(), rules::MAX_RULES);
    assert!(all.is_sorted_by(|a, b| a.id > b.id), "newest first");
    assert_eq!(store.rules_of(ann).await.unwrap().len(), 1);
    // Nothing stood under the one that was replaced.
    assert!(store.forget_rule(1).await.unwrap());
    assert!(!store.forget_rule(1).await.unwrap());
    assert!(!store.forget_rule(newer).await.unwrap(), "it is in force");
}
