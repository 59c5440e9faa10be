//! `waxwing doctor`

use std::collections::HashMap;
use std::path::Path;

use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::store::waiting::ways::Way;

use crate::cli::{Serving, run, stdout};
use crate::gmail::sim::Sim;
use crate::reminders::reminded;
use crate::support::{TestBackend, until};
use waxwing_backend::store::sql;

/// Runs it and gives the marks by name, and the exit status.
fn doctor(data_dir: &Path, args: &[&str]) -> (HashMap<String, (String, String)>, i32) {
    let output = run(data_dir, &[&["doctor"], args].concat());
    let found = stdout(&output)
        .lines()
        .map(|line| {
            let [mark, name, text]: [&str; 3] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            (name.to_owned(), (mark.to_owned(), text.to_owned()))
        })
        .collect();
    (found, output.status.code().unwrap())
}

#[test]
fn nothing_is_there() {
    if !crate::support::is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (found, status) = doctor(&dir.path().join("none"), &[]);
    assert_eq!(status, 1);
    for name in ["data", "key", "database"] {
        assert_eq!(found[name].0, "fail", "{found:?}");
    }
}

#[test]
fn all_is_well_on_loopback() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("data");
    let serving = Serving::start(&dir, &[]);
    let (found, status) = doctor(&dir, &[]);
    assert_eq!(status, 0, "{found:?}");
    for name in ["data", "disk", "key", "database", "clock", "public", "clock-public"] {
        assert_eq!(found[name].0, "ok", "{found:?}");
    }
    // It asks about the backup until it is told, and says that nobody can reach this.
    assert_eq!(found["backup"].0, "warn");
    assert!(found["tracking"].1.contains("recipients cannot reach it"));
    assert_eq!(doctor(&dir, &["--backed-up"]).0["backup"].0, "ok");
    assert_eq!(doctor(&dir, &[]).0["backup"].0, "ok");
    drop(serving);
    let (found, status) = doctor(&dir, &[]);
    assert_eq!((found["public"].0.as_str(), status), ("fail", 1));
    assert!(found["public"].1.contains("nothing answers there"));
}

#[test]
fn the_age_of_the_lists() {
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &["pair"]).status.success());
    let lists = || {
        let (found, status) = doctor(dir.path(), &[]);
        (found["lists"].clone(), status)
    };
    let ((mark, text), status) = lists();
    assert_eq!((mark.as_str(), status), ("warn", 0), "verdicts are made without them too");
    assert!(text.contains("waxwing lists update"), "{text}");
    let file = dir.path().join("import.json");
    let old = 1_000_000_000_000_i64;
    for (sets, mark, says) in [
        (r#"{"sets":{"amazon":{"ipv4":["3.0.0.0/15"]}}}"#.to_owned(), "ok", "1 of them, the oldest fetched 0 days ago"),
        (
            format!(r#"{{"sets":{{"apple-proxy":{{"ipv4":["172.224.226.0/27"],"fetched_at":{old}}}}}}}"#),
            "warn",
            "apple-proxy older than 60 days",
        ),
    ] {
        std::fs::write(&file, sets).unwrap();
        let import = run(dir.path(), &["lists", "import", file.to_str().unwrap()]);
        assert!(crate::cli::stderr(&import).contains("A running backend takes newer lists within a minute"));
        let ((found, text), status) = lists();
        assert_eq!((found.as_str(), status), (mark, 0));
        assert!(text.contains(says), "{text}");
    }
    std::fs::write(waxwing_backend::lists::path(dir.path()), "{\"sets\":{").unwrap();
    let ((mark, text), status) = lists();
    assert_eq!((mark.as_str(), status), ("fail", 1));
    assert!(text.contains("waxwing lists update"), "{text}");
}

#[test]
fn somebody_elses_backend_answers() {
    let (mine, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let other = Serving::start(other.path(), &[]);
    drop(Serving::start(mine.path(), &["--public-url", &other.url]));
    let (found, status) = doctor(mine.path(), &[]);
    assert_eq!((found["public"].0.as_str(), status), ("fail", 1));
    assert!(found["public"].1.contains("another backend"));
}

#[cfg(unix)]
#[test]
fn an_open_key_fails_and_an_open_folder_warns() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &["pair"]).status.success());
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(dir.path().join("mint.root"), std::fs::Permissions::from_mode(0o604)).unwrap();
    let (found, status) = doctor(dir.path(), &[]);
    assert_eq!((found["key"].0.as_str(), found["data"].0.as_str(), status), ("fail", "warn", 1));
    assert!(found["key"].1.contains("chmod 600") && found["data"].1.contains("chmod 700"));
}

#[tokio::test]
async fn a_hit_from_the_future_and_a_damaged_database() {
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &["pair"]).status.success());
    let store = waxwing_backend::store::Store::open(&crate::support::store_options(&dir)).await.unwrap();
    sql::query("INSERT INTO hits (at, account, message, kind, address) VALUES (32503680000000, 'aaaaaaaa', $1, 0, '::1')")
        .bind(uuid::Uuid::nil())
        .execute(store.writer())
        .await
        .unwrap();
    store.close().await;
    let (found, status) = doctor(dir.path(), &[]);
    assert_eq!((found["clock"].0.as_str(), status), ("fail", 1));

    if !crate::support::is_file() {
        return;
    }
    let path = dir.path().join("waxwing.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096 * 2..].fill(0xee);
    std::fs::write(&path, bytes).unwrap();
    let (found, status) = doctor(dir.path(), &[]);
    assert_eq!((found["database"].0.as_str(), status), ("fail", 1));
}

#[cfg(unix)]
#[test]
fn the_master_key_and_googles_client() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &["pair"]).status.success());
    let (found, status) = doctor(dir.path(), &[]);
    assert_eq!((found["master-key"].0.as_str(), status), ("ok", 0));
    assert!(found["master-key"].1.contains("none yet") && !found.contains_key("mailboxes") && !found.contains_key("google"));
    drop(Serving::start(dir.path(), &[]));
    assert!(doctor(dir.path(), &[]).0["master-key"].1.contains("0 mailboxes"));

    let file = dir.path().join("waxwing.toml");
    std::fs::write(&file, "[google]\nclient_id = 'id'\nclient_secret = 'needle'\n").unwrap();
    for (mode, mark) in [(0o644, "warn"), (0o600, "ok")] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let (found, _) = doctor(dir.path(), &[]);
        assert_eq!(found["google"].0, mark);
        assert!(!format!("{found:?}").contains("needle"));
    }
    std::fs::write(&file, "[google]\nclient_id = 'id'\n").unwrap();
    assert_eq!(doctor(dir.path(), &[]).0["google"].0, "fail");
    std::fs::set_permissions(dir.path().join("master.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let (found, status) = doctor(dir.path(), &[]);
    assert_eq!((found["master-key"].0.as_str(), status), ("fail", 1));
    assert!(found["master-key"].1.contains("chmod 600"));
}

#[tokio::test]
async fn how_mailboxes_are_watched() {
    let backend = TestBackend::start().await;
    // Doctor's own clock is the machine's.
    backend.clock.set(SystemClock.now());
    let me = backend.browser("me").await;
    let watching = async |backend: &TestBackend| {
        let dir = backend.dir.path().to_owned();
        tokio::task::spawn_blocking(move || doctor(&dir, &[]).0.remove("watching")).await.unwrap()
    };
    assert_eq!(watching(&backend).await, None, "there is no mailbox");
    let mailbox = reminded(&backend, &me).await;
    backend.app.watch.catch_up(mailbox).await.unwrap();
    backend.app.mailboxes.write_ledger().await;
    // Written down when it is looked which mailboxes there are.
    until(async || {
        backend.app.watch.wake();
        (!backend.app.store.watch_ways().await.unwrap().is_empty()).then_some(())
    })
    .await;
    let (mark, text) = watching(&backend).await.unwrap();
    assert_eq!(mark, "ok", "{text}");
    assert!(text.starts_with("1 watched for answers: 1 asked every 45 seconds; each looked at within the last "), "{text}");

    // Google could tell of it, and something is wrong with that; and nobody has looked for long.
    let way = Way { woken: false, trouble: Some("there is no such subscription".to_owned()) };
    backend.app.store.set_watch_ways(&[(mailbox, way)], SystemClock.now()).await.unwrap();
    let (mark, text) = watching(&backend).await.unwrap();
    assert!(mark == "warn" && text.contains(&format!("{mailbox}: asked every 45 seconds, because there is no such")), "{text}");
    let dir = backend.stop().await;
    let store = waxwing_backend::store::Store::open(&crate::support::store_options(&dir)).await.unwrap();
    waxwing_backend::store::sql::query("UPDATE mailbox_access SET at = at - 7200000, last_at = last_at - 7200000")
        .execute(store.writer())
        .await
        .unwrap();
    store.close().await;
    let path = dir.path().to_owned();
    let (mark, text) = tokio::task::spawn_blocking(move || doctor(&path, &[]).0.remove("watching")).await.unwrap().unwrap();
    assert!(mark == "warn" && text.contains(&format!("{mailbox}: looked at 2 hours ago: does `waxwing serve` run")), "{text}");
    assert!(!text.contains("example.org"), "no address: {text}");
}

#[tokio::test]
async fn push_that_is_set_up() {
    use std::os::unix::fs::PermissionsExt as _;
    let (sim, dir) = (Sim::start().await, tempfile::tempdir().unwrap());
    assert!(run(dir.path(), &["pair"]).status.success());
    let key = dir.path().join("key.json");
    std::fs::write(&key, sim.ask("/service-account").await.to_string()).unwrap();
    let file = |more: &str| {
        let text = format!(
            "[google]\nurl = '{}'\npubsub_topic = 'projects/sim/topics/gmail'\nservice_account = '{}'\n{more}\n",
            sim.api,
            key.display()
        );
        std::fs::write(dir.path().join("waxwing.toml"), text).unwrap();
    };
    let push = async || {
        let path = dir.path().to_owned();
        tokio::task::spawn_blocking(move || doctor(&path, &[]).0).await.unwrap()
    };
    file("");
    assert_eq!(push().await["google"].0, "fail", "a part of it is missing");
    for (name, mode, mark, says) in [
        ("waxwing", 0o600, "ok", "may pull"),
        ("waxwing", 0o644, "warn", "chmod 600"),
        ("another", 0o600, "fail", "there is no such subscription"),
    ] {
        file(&format!("pubsub_subscription = 'projects/sim/subscriptions/{name}'"));
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let found = push().await["push"].clone();
        assert!(found.0 == mark && found.1.contains(says), "{found:?}");
    }
    std::fs::write(&key, "needle").unwrap();
    let found = push().await["push"].clone();
    assert!(found.0 == "fail" && found.1.contains("key.json") && !found.1.contains("needle"), "{found:?}");
}
