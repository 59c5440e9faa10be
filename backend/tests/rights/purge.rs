//! Every rule of retention, with a clock that the test moves: what is young stays, what is old goes, in batches, and a second run finds
//! nothing.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use waxwing_backend::hits::shorten::WHOLE_FOR;
use waxwing_backend::retention::periods::Periods;
use waxwing_backend::retention::rules::{RULES, Rule};
use waxwing_backend::retention::{self, Went};
use waxwing_backend::store::Store;
use waxwing_backend::store::sql::{self, AssertSqlSafe, Kind};
use waxwing_protocol::Millis;

use crate::fill::{DAY, START, account, fresh};

/// A mailbox, and mails that were scheduled in it, to which rows refer.
async fn base(store: &Store) {
    store.account_named("one", account("aaaaaa"), START).await.unwrap();
    run(store, &mailbox(1, "NULL")).await;
    run(store, "INSERT INTO cursors (name, position) VALUES ('roll_up', 1000000)").await;
}

fn mailbox(n: u32, removed_at: &str) -> String {
    format!(
        "INSERT INTO mailboxes (id, account, address, kind, config, state_since, daily_limit, connected_at, removed_at) \
         VALUES ({}, 'aaaaaa', 'box{n}@own.example', 0, '{{}}', 0, 1, 0, {removed_at})",
        id(n)
    )
}

/// An id as both engines read it.
fn id(n: u32) -> String {
    let hex = format!("{n:032x}");
    if std::env::var_os(crate::database::SERVER).is_none() { format!("x'{hex}'") } else { format!("CAST('{hex}' AS UUID)") }
}

fn bytes(n: u32) -> String {
    if std::env::var_os(crate::database::SERVER).is_none() {
        format!("x'{n:08x}'")
    } else {
        format!("decode('{n:08x}', 'hex')")
    }
}

async fn run(store: &Store, statement: &str) {
    let mut work = store.write().await.unwrap();
    sql::query(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *work)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    work.commit().await.unwrap();
}

fn scheduled(n: u32, at: Millis) -> String {
    format!(
        "INSERT INTO scheduled (id, account, mailbox, state, schedule, draft, draft_id, track, created_at, done_at) \
         VALUES ({}, 'aaaaaa', {}, 3, '{{}}', '{{}}', '', 0, 0, {at})",
        id(n),
        id(1)
    )
}

/// The hit of a mail that nobody registered.
fn unregistered(n: u32, at: Millis) -> (Vec<String>, &'static str) {
    let (message, seen) = (id(n), bytes(n));
    let hit = format!(
        "INSERT INTO hits (at, account, message, kind, address) VALUES ({at}, 'aaaaaa', {message}, 0, '198.51.100.0/24')"
    );
    let item = format!(
        "INSERT INTO message_hits (message, account, hit, repeat) VALUES ({message}, 'aaaaaa', (SELECT MAX(id) FROM hits), 0)"
    );
    let activity = format!(
        "INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, seen) \
         VALUES ({message}, 'aaaaaa', 1, 1, 0, 0, {seen})"
    );
    let counted = "SELECT COUNT(*) FROM hits WHERE EXISTS (SELECT 1 FROM activity a WHERE a.message = hits.message)";
    (vec![hit, item, activity], counted)
}

/// Statements that make one thing of a rule which is as old as `at`, the `n`th; and how many of them are left is counted by what.
fn made(rule: &str, n: u32, at: Millis) -> (Vec<String>, &'static str) {
    let one = |sql: String, count| (vec![sql], count);
    match rule {
        "hit_addresses" => one(
            format!(
                "INSERT INTO hits (at, account, message, kind, address) VALUES ({at}, 'aaaaaa', {}, 0, '198.51.100.{n}')",
                id(n)
            ),
            "SELECT COUNT(*) FROM hits WHERE address NOT LIKE '%/%'",
        ),
        "unregistered_hits" => unregistered(n, at),
        "events" => one(
            format!("INSERT INTO events (account, at, topic, data) VALUES ('aaaaaa', {at}, 't', '{{}}')"),
            "SELECT COUNT(*) FROM events",
        ),
        "own_views_and_places" => one(
            format!(
                "INSERT INTO own_places (account, address, agent, first_at, last_at) VALUES ('aaaaaa', 'a{n}', 'b', 0, {at})"
            ),
            "SELECT COUNT(*) FROM own_places",
        ),
        "pairing_codes" => one(
            format!("INSERT INTO pairing_codes (code_hash, account, expires_at) VALUES ({}, 'aaaaaa', {at})", bytes(n)),
            "SELECT COUNT(*) FROM pairing_codes",
        ),
        "unfinished_sign_ins" => one(
            format!(
                "INSERT INTO grants_pending (state_hash, account, verifier, expires_at) VALUES ({}, 'aaaaaa', {}, {at})",
                bytes(n),
                bytes(n)
            ),
            "SELECT COUNT(*) FROM grants_pending",
        ),
        "sessions" => one(
            format!(
                "INSERT INTO sessions (hash, id, account, made_at, seen_at, agent, way) VALUES ({}, {}, 'aaaaaa', 0, {at}, 'a', 0)",
                bytes(n),
                id(n)
            ),
            "SELECT COUNT(*) FROM sessions",
        ),
        "invitations" => one(
            format!("INSERT INTO invitations (hash, id, made_at, expires_at) VALUES ({}, {}, 0, {at})", bytes(n), id(n)),
            "SELECT COUNT(*) FROM invitations",
        ),
        "consent_mails" => one(
            format!(
                "INSERT INTO consent_mails (code, account, address, root, message, at) VALUES ({}, 'aaaaaa', 'a', 'a', {}, {at})",
                bytes(n),
                id(n)
            ),
            "SELECT COUNT(*) FROM consent_mails",
        ),
        "security_events" => one(
            format!("INSERT INTO security_events (account, at, kind) VALUES ('aaaaaa', {at}, 'k')"),
            "SELECT COUNT(*) FROM security_events",
        ),
        "mailbox_ledger" => one(
            format!("INSERT INTO mailbox_access (mailbox, at, action, reason, ok) VALUES ({}, {at}, 'a', 'r', 1)", id(1)),
            "SELECT COUNT(*) FROM mailbox_access",
        ),
        "daily_limit" => one(
            format!("INSERT INTO mailbox_sends (mailbox, at, mail) VALUES ({}, {at}, {})", id(1), id(n)),
            "SELECT COUNT(*) FROM mailbox_sends",
        ),
        "flight_recorder" => (
            vec![
                scheduled(1_000 + n, at),
                format!("INSERT INTO flight (scheduled, at, what) VALUES ({}, 0, 'w')", id(1_000 + n)),
            ],
            "SELECT COUNT(*) FROM flight",
        ),
        "sent_later" => one(scheduled(2_000 + n, at), "SELECT COUNT(*) FROM scheduled"),
        "answers" => one(
            format!(
                "INSERT INTO waiting (id, account, tracked, sender, sent_at, state, until, created_at) \
                 VALUES ({}, 'aaaaaa', 0, '', 0, 2, 0, {at})",
                id(n)
            ),
            "SELECT COUNT(*) FROM waiting",
        ),
        "disconnected_mailboxes" => {
            one(mailbox(3_000 + n, &at.to_string()), "SELECT COUNT(*) FROM mailboxes WHERE removed_at IS NOT NULL")
        }
        "log_positions" => one(
            format!("INSERT INTO log_positions (log, number, moved_at) VALUES ({}, 1, {at})", id(n)),
            "SELECT COUNT(*) FROM log_positions",
        ),
        other => panic!("there is no case for the rule {other}"),
    }
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    sql::query_scalar(sql).fetch_one(store.writer()).await.unwrap()
}

fn of(went: &[Went], rule: &Rule) -> u64 {
    went.iter().find(|went| went.rule == rule).unwrap().count
}

#[tokio::test]
async fn young_things_stay_and_old_ones_go_by_every_rule() {
    for rule in RULES.iter().filter(|rule| rule.name != "set_aside") {
        let (dir, store) = fresh().await;
        base(&store).await;
        let before = START - Millis::from(rule.days) * DAY;
        // More than two batches of old ones for one of them.
        let old = if rule.name == "mailbox_ledger" { 2_500 } else { 3 };
        for n in 1..=old {
            for sql in made(rule.name, n, before - 1).0 {
                run(&store, &sql).await;
            }
        }
        let mut counted = "";
        for (n, at) in [(old + 1, before), (old + 2, START)] {
            let (statements, count) = made(rule.name, n, at);
            for sql in statements {
                run(&store, &sql).await;
            }
            counted = count;
        }
        let periods = Periods::default();
        let would = retention::preview(&store, dir.path(), &periods, START).await.unwrap();
        assert_eq!(of(&would, rule), u64::from(old), "{}: said before", rule.name);
        assert_eq!(count(&store, counted).await, i64::from(old) + 2, "{}: and nothing went", rule.name);
        let went = retention::purge(&store, dir.path(), &periods, START).await.unwrap();
        assert_eq!(of(&went, rule), u64::from(old), "{}", rule.name);
        assert_eq!(count(&store, counted).await, 2, "{}: young ones stay", rule.name);
        let again = retention::purge(&store, dir.path(), &periods, START).await.unwrap();
        assert_eq!(of(&again, rule), 0, "{}: a second time", rule.name);
        // A day, a year and an hour later the other one goes too.
        let later = retention::purge(&store, dir.path(), &periods, START + Millis::from(rule.days) * DAY).await.unwrap();
        assert!(of(&later, rule) >= 1, "{}: later", rule.name);
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_set_aside_goes_too() {
    let (dir, store) = fresh().await;
    let hits = dir.path().join("hits");
    fs::create_dir_all(&hits).unwrap();
    let before = START - 30 * DAY;
    for (name, at) in
        [("damaged-1", before - 1_000), ("refused-2", before - 1_000), ("damaged-3", before + 1_000), ("00000001.log", 0)]
    {
        let file = File::create(hits.join(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at).unwrap())).unwrap();
    }
    let rule = Rule::named("set_aside").unwrap();
    for want in [2, 0] {
        let would = retention::preview(&store, dir.path(), &Periods::default(), START).await.unwrap();
        let went = retention::purge(&store, dir.path(), &Periods::default(), START).await.unwrap();
        assert_eq!((of(&would, rule), of(&went, rule)), (want, want));
    }
    let mut left: Vec<_> = fs::read_dir(&hits).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["00000001.log", "damaged-3"]);
    store.close().await;
}

#[tokio::test]
async fn rules_name_tables_that_are_there() {
    let (dir, store) = fresh().await;
    assert_eq!(Rule::named("hit_addresses").map(|rule| Millis::from(rule.days) * DAY), Some(WHOLE_FOR));
    // Every statement of every rule is understood by the engine.
    assert_eq!(retention::preview(&store, dir.path(), &Periods::default(), START).await.unwrap().len(), RULES.len());
    assert!(matches!(store.kind(), Kind::Sqlite | Kind::Postgres));
    store.close().await;
}
