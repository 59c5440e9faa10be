//! A database of the version without verdicts, filled as that version left it, after it was opened by this one.

use std::fs;
use std::path::Path;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use uuid::Uuid;
use waxwing_backend::store::sql;
use waxwing_backend::store::{DATABASE_FILE, Store};
use waxwing_protocol::api::{Content, Event, HitKind, Link, MailState};

use crate::support::{START, is_file, recipient, store_options};
use crate::visitors::{CHROME, GMAIL, SCANNER, Visitor};

const ACCOUNT: &str = "aaaaaaaa";
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");

/// The database as the version with this many migrations makes it.
async fn of_version(dir: &Path, count: usize) -> SqlitePool {
    let migrations = dir.join("migrations");
    fs::create_dir(&migrations).unwrap();
    let mut files: Vec<_> = fs::read_dir(MIGRATIONS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files[..count] {
        fs::copy(file, migrations.join(file.file_name().unwrap())).unwrap();
    }
    let options = SqliteConnectOptions::new().filename(dir.join(DATABASE_FILE)).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    Migrator::new(migrations.as_path()).await.unwrap().run(&pool).await.unwrap();
    fs::remove_dir_all(migrations).unwrap();
    pool
}

/// A mail of the old version: to whom, with which links, its old state.
async fn old_mail(pool: &SqlitePool, n: u64, to: &[&str], links: &[&str], state: i64) -> Uuid {
    let id = Uuid::from_u64_pair(n, 1);
    let content = Content {
        subject: format!("Mail {n}"),
        recipients: to.iter().map(|address| recipient(address, None)).collect(),
        links: links.iter().map(|link| Link { target: (*link).to_owned(), text: String::new() }).collect(),
    };
    let seq: i64 = sqlx::query_scalar(
        "INSERT INTO messages (id, account, epoch, sent_at, scheduled, sender, state, registered_at) \
         VALUES ($1, $2, 0, $3, 0, 'Me@example.org', $4, $3) RETURNING seq",
    )
    .bind(id)
    .bind(ACCOUNT)
    .bind(START + i64::try_from(n).unwrap())
    .bind(state)
    .fetch_one(pool)
    .await
    .unwrap();
    sqlx::query("INSERT INTO contents (message, body, search) VALUES ($1, $2, '')")
        .bind(seq)
        .bind(serde_json::to_string(&content).unwrap())
        .execute(pool)
        .await
        .unwrap();
    id
}

/// A mail of somebody else whose content is cut short: it must not stop the upgrade of the others.
async fn damaged_mail(pool: &SqlitePool, n: u64) {
    let other = "INSERT INTO accounts (id, name, created_at) VALUES ('bbbbbbbb', 'other', 0)";
    sqlx::query(other).execute(pool).await.unwrap();
    let id = old_mail(pool, n, &["ann@one.example"], &["https://example.org/a"], 0).await;
    sqlx::query("UPDATE messages SET account = 'bbbbbbbb' WHERE id = $1").bind(id).execute(pool).await.unwrap();
    let cut = "UPDATE contents SET body = substr(body, 1, 20) WHERE message = (SELECT seq FROM messages WHERE id = $1)";
    sqlx::query(cut).bind(id).execute(pool).await.unwrap();
}

/// What came of it, as the old version counted: everything is an open or a click.
async fn old_hits(pool: &SqlitePool, message: Uuid, hits: &[(HitKind, Visitor)]) {
    let clicks = hits.iter().filter(|hit| hit.0 == HitKind::Click).count();
    for (n, (kind, visitor)) in hits.iter().enumerate() {
        let (click, at) = (*kind == HitKind::Click, START + 60_000 * i64::try_from(n + 1).unwrap());
        let hit: i64 = sqlx::query_scalar(
            "INSERT INTO hits (at, account, message, kind, link, agent, address, headers) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        )
        .bind(at)
        .bind(ACCOUNT)
        .bind(message)
        .bind(click)
        .bind(click.then_some("https://example.org/a"))
        .bind(visitor.agent)
        .bind(visitor.address)
        .bind(r#"{"accept":"text/html,*/*","accept-language":"de","sec-fetch-mode":"navigate","sec-fetch-user":"?1"}"#)
        .fetch_one(pool)
        .await
        .unwrap();
        let file = "INSERT INTO message_hits (message, account, hit, repeat) VALUES ($1, $2, $3, 0)";
        sqlx::query(file).bind(message).bind(ACCOUNT).bind(hit).execute(pool).await.unwrap();
    }
    let count = |n: usize| i64::try_from(n).unwrap();
    sqlx::query(
        "INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, first_open_at, last_open_at, seen) \
         VALUES ($1, $2, $3, $3, $4, $4, $5, $5, x'')",
    )
    .bind(message)
    .bind(ACCOUNT)
    .bind(count(hits.len() - clicks))
    .bind(count(clicks))
    .bind(START + 60_000)
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one database, number by number")]
async fn every_number_of_a_filled_database() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let old = of_version(dir.path(), 1).await;
    let account = "INSERT INTO accounts (id, name, created_at) VALUES ($1, 'me', 0)";
    sqlx::query(account).bind(ACCOUNT).execute(&old).await.unwrap();
    let (a, b) = ("https://example.org/a", "https://example.org/b");
    let silent = old_mail(&old, 1, &["ann@One.example"], &[a, b, a], 0).await;
    let opened = old_mail(&old, 2, &["ann@one.example", "me@EXAMPLE.org"], &[], 1).await;
    let clicked = old_mail(&old, 3, &["ann@one.example", "bob@two.example"], &[a], 2).await;
    let machine = old_mail(&old, 4, &["me@example.org"], &[a], 2).await;
    old_mail(&old, 5, &["", "@", "x@", "nobody", "\"a@b\"@Three.example"], &[], 0).await;
    damaged_mail(&old, 6).await;
    old_hits(&old, opened, &[(HitKind::Open, GMAIL)]).await;
    old_hits(&old, clicked, &[(HitKind::Open, CHROME), (HitKind::Click, CHROME)]).await;
    old_hits(&old, machine, &[(HitKind::Open, SCANNER), (HitKind::Click, SCANNER)]).await;
    // Not rolled up yet: its hit lies behind the position.
    sqlx::query("INSERT INTO cursors (name, position) SELECT 'roll_up', MAX(id) FROM hits").execute(&old).await.unwrap();
    sqlx::query("INSERT INTO hits (at, account, message, kind, agent, address) VALUES ($1, $2, $3, 0, $4, $5)")
        .bind(START + 3_600_000)
        .bind(ACCOUNT)
        .bind(silent)
        .bind(GMAIL.agent)
        .bind(GMAIL.address)
        .execute(&old)
        .await
        .unwrap();
    sqlx::query("INSERT INTO events (account, at, message, topic, data) VALUES ($1, $2, $3, 'open', $4)")
        .bind(ACCOUNT)
        .bind(START)
        .bind(opened)
        .bind(format!(
            r#"{{"kind":"activity","message":"{opened}","hit":"open","at":1,"activity":{{"opens":1,"open_hits":1,"clicks":0,"click_hits":0}}}}"#
        ))
        .execute(&old)
        .await
        .unwrap();
    old.close().await;

    // Before anything is judged: what was there, in the new words.
    let store = Store::open(&store_options(&dir)).await.unwrap();
    let rows: Vec<(i64, bool, Option<String>, i64)> =
        sql::query_as("SELECT state, clicked, domain, links FROM messages ORDER BY seq")
            .fetch_all(store.writer())
            .await
            .unwrap();
    let domain = |name: &str| Some(name.to_owned());
    assert_eq!(
        rows,
        [
            (0, false, domain("one.example"), 2),
            (4, false, domain("one.example"), 0),
            (5, true, None, 1),
            (5, true, None, 1),
            (0, false, domain("three.example"), 0),
            (0, false, None, 0),
        ]
    );
    let domains: Vec<(String, i64)> = sql::query_as("SELECT domain, COUNT(*) FROM message_domains GROUP BY 1 ORDER BY 1")
        .fetch_all(store.writer())
        .await
        .unwrap();
    assert_eq!(domains, [("one.example", 3), ("three.example", 1), ("two.example", 1)].map(|(name, n)| (name.to_owned(), n)));
    let states: Vec<i64> =
        sql::query_scalar("SELECT state FROM activity ORDER BY message").fetch_all(store.writer()).await.unwrap();
    assert_eq!(states, [4, 5, 5]);
    let me = waxwing_backend::account_id::AccountId::parse(ACCOUNT).unwrap();
    assert!(
        matches!(store.events_after(me, 0, 10).await.unwrap()[..], [ref only] if matches!(only.event, Event::Activity { .. }))
    );
    store.close().await;

    // Then the backend starts.
    let backend = crate::support::TestBackend::start_in(
        dir,
        crate::support::MockClock::new(),
        std::sync::Arc::default(),
        crate::support::Setup::default(),
    )
    .await;
    backend.clock.set(START + 2 * 3_600_000);
    backend.pass(0);
    let me = backend.browser("me").await;
    assert_eq!(me.account().as_str(), ACCOUNT);
    let state = |id: Uuid, want: MailState| {
        let me = &me;
        async move { crate::visitors::once(me, id, |detail| detail.message.activity.state == want).await }
    };
    assert_eq!(state(silent, MailState::Opened).await.message.activity.opens, 1);
    assert_eq!(state(opened, MailState::Opened).await.message.activity.opens, 1);
    let detail = state(clicked, MailState::Clicked).await;
    crate::support::until(async || {
        let left = backend.app.store.count_outdated(backend.app.knowledge.current().number).await.unwrap();
        (left == 0).then_some(())
    })
    .await;
    assert_eq!((detail.message.activity.opens, detail.message.activity.clicks, detail.message.activity.checking), (1, 1, 0));
    let a = state(machine, MailState::Machines).await.message.activity;
    assert_eq!((a.machine_hits, a.opens, a.clicks, a.first_open_at, a.last_click_at), (2, 0, 0, None, None));
    assert_eq!(me.subjects("state=clicked").await, ["Mail 3"]);
    assert_eq!(me.subjects("state=opened").await, ["Mail 3", "Mail 2", "Mail 1"]);
    assert_eq!(me.subjects("state=machines").await, ["Mail 4"]);
    assert_eq!(me.subjects("state=unopened").await, ["Mail 5", "Mail 4"]);
    // Of what was counted before nothing is told.
    crate::verdicts::settled(&backend, silent).await;
    for (id, news) in [(silent, 1), (opened, 0), (clicked, 0), (machine, 0)] {
        assert_eq!(crate::verdicts::told(&backend, &me, id).await.len(), news, "{id}");
    }
}
