//! `waxwing doctor`

use std::collections::HashMap;
use std::path::Path;

use crate::cli::{Serving, run, stdout};

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
    sqlx::query(
        "INSERT INTO hits (at, account, message, kind, address) VALUES (32503680000000, 'aaaaaaaa', zeroblob(16), 0, '::1')",
    )
    .execute(store.writer())
    .await
    .unwrap();
    store.close().await;
    let (found, status) = doctor(dir.path(), &[]);
    assert_eq!((found["clock"].0.as_str(), status), ("fail", 1));

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
