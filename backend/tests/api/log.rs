//! The log of hits as a process leaves it and finds it again: killed, stopped, damaged, on a full disk. On SQLite: there all hits go
//! through it.

use std::collections::HashSet;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;
use waxwing_domain::address::parse_pixel_path;

use crate::cli::{Serving, run, stderr, stdout};
use crate::support::{TestBackend, is_file, until};

/// Keeps the database from taking anything while it lives.
pub(crate) async fn lock(dir: &Path) -> SqliteConnection {
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", dir.join("waxwing.db").display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    other
}

/// What `waxwing hits` prints: the message of each line, and whether it has an id.
pub(crate) fn printed(dir: &Path) -> Vec<(Uuid, bool)> {
    let output = run(dir, &["hits"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["message"].as_str().unwrap().parse().unwrap(), line["id"].is_number())
    };
    stdout(&output).lines().map(line).collect()
}

pub(crate) fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(dir.join("hits")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    found.sort();
    found
}

/// A backend that was killed with `count` answered hits in its log and none in its database; their messages, in order.
pub(crate) async fn killed(dir: &Path, count: usize) -> Vec<Uuid> {
    let mut serving = Serving::start(dir, &[]);
    let urls = stdout(&run(dir, &["mint", "--account", "me", "-n", &count.to_string()]));
    let locked = lock(dir).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut messages = Vec::new();
    for url in urls.lines() {
        assert_eq!(client.get(url).send().await.unwrap().status(), 200);
        let path = url.strip_prefix(&serving.url).unwrap();
        messages.push(parse_pixel_path(path).unwrap().1.message);
    }
    let in_the_log: Vec<_> = messages.iter().map(|message| (*message, false)).collect();
    let not_moved = || printed(dir).into_iter().filter(|(_, moved)| !moved).collect::<Vec<_>>();
    assert_eq!(not_moved(), in_the_log, "beside a backend that runs");
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    locked.close().await.unwrap();
    assert_eq!(not_moved(), in_the_log, "and without one");
    messages
}

/// Where this message's record stands in the log.
fn place(dir: &Path, message: Uuid) -> (PathBuf, u64) {
    segments(dir)
        .into_iter()
        .find_map(|path| {
            let bytes = fs::read(&path).unwrap();
            let at = bytes.windows(16).position(|window| window == message.as_bytes())?;
            Some((path, at as u64))
        })
        .unwrap()
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn finding(dir: &Path) -> (String, String) {
    let output = stdout(&run(dir, &["doctor"]));
    let line = output.lines().find(|line| line.split('\t').nth(1) == Some("log")).unwrap();
    let mut parts = line.split('\t').map(str::to_owned);
    (parts.next().unwrap(), parts.nth(1).unwrap())
}

#[tokio::test]
async fn what_was_answered_while_the_database_was_away_is_moved_at_the_next_start() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let messages = killed(dir.path(), 30).await;
    let (mark, text) = finding(dir.path());
    assert!(mark == "ok" && text.contains("30 hits wait"), "{mark} {text}");
    let moved: Vec<_> = messages.iter().map(|message| (*message, true)).collect();
    for _ in 0..2 {
        let (said, well) = Serving::start(dir.path(), &[]).stop();
        assert!(well, "{said}");
        assert_eq!(printed(dir.path()), moved);
    }
    assert_eq!(segments(dir.path()), Vec::<PathBuf>::new(), "a backend that stopped well leaves none behind");
    assert!(finding(dir.path()).1.contains("no hit waits"));
}

#[tokio::test]
async fn a_torn_end_is_cut_off_and_nothing_else_is_lost() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let messages = killed(dir.path(), 10).await;
    let (path, at) = place(dir.path(), *messages.last().unwrap());
    // As if the machine had stopped in the middle of the next write.
    let mut record = vec![0; 120];
    let mut file = fs::File::open(&path).unwrap();
    file.seek(SeekFrom::Start(at - 48)).unwrap();
    file.read_exact(&mut record).unwrap();
    overwrite(&path, at + 150, &record[..90]);
    let (said, well) = Serving::start(dir.path(), &[]).stop();
    assert!(well && !said.contains("ERROR"), "{said}");
    assert_eq!(printed(dir.path()).len(), 10);
    assert_eq!(finding(dir.path()).0, "ok");
}

#[tokio::test]
async fn damage_in_the_middle_is_set_aside_and_told() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let messages = killed(dir.path(), 10).await;
    let (path, at) = place(dir.path(), messages[4]);
    overwrite(&path, at, &[0xee; 16]);
    let (mark, text) = finding(dir.path());
    assert!(mark == "fail" && text.contains("1 hits"), "{mark} {text}");
    let (said, well) = Serving::start(dir.path(), &[]).stop();
    assert!(well && said.contains("ERROR") && said.contains("missing=1"), "{said}");
    assert!(!said.contains(&messages[4].to_string()) && !said.contains("127.0.0.1:0"), "{said}");
    let left: Vec<_> = printed(dir.path()).into_iter().map(|(message, _)| message).collect();
    let want: Vec<_> = messages.iter().copied().filter(|message| *message != messages[4]).collect();
    assert_eq!(left, want);
    let (mark, text) = finding(dir.path());
    assert!(mark == "warn" && text.contains("damaged-"), "{mark} {text}");
    let aside = text.split(' ').find(|word| word.contains("damaged-")).unwrap().trim_end_matches('.');
    let bytes = fs::read(aside).unwrap();
    assert!(bytes.windows(16).any(|window| window == [0xee; 16]), "the bytes themselves are kept");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(aside).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn an_erased_message_goes_out_of_the_log_too() {
    if !is_file() {
        return;
    }
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (gone, stays) = (me.send(&backend, "gone").await, me.send(&backend, "stays").await);
    for id in [gone, stays, gone] {
        assert_eq!(backend.get(&me.pixel(id)).await.status(), 200);
    }
    assert_eq!(backend.hits().await.len(), 3);
    assert_eq!(me.delete(&format!("/messages/{gone}")).await.status(), 204);
    assert_eq!(backend.hits().await.len(), 1);
    // Soon: a new segment is begun, and the drained one is overwritten.
    let dir = backend.dir.path();
    until(async || {
        let read = |path: &PathBuf| fs::read(path).unwrap_or_default();
        let found = |bytes: Vec<u8>| bytes.windows(16).any(|window| window == gone.as_bytes());
        (!segments(dir).iter().map(read).any(found)).then_some(())
    })
    .await;
    assert_eq!(backend.get(&me.pixel(stays)).await.status(), 200);
    assert_eq!(backend.hits().await.len(), 2);
}

#[tokio::test]
async fn a_message_erased_while_its_hits_are_in_the_log_gets_none() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let messages = killed(dir.path(), 3).await;
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", dir.path().join("waxwing.db").display())).await.unwrap();
    sqlx::query("INSERT INTO stopped (message, account, at) SELECT $1, id, 0 FROM accounts")
        .bind(messages[1])
        .execute(&mut other)
        .await
        .unwrap();
    other.close().await.unwrap();
    let want = |moved| vec![(messages[0], moved), (messages[2], moved)];
    assert_eq!(printed(dir.path()), want(false));
    drop(Serving::start(dir.path(), &[]).stop());
    assert_eq!(printed(dir.path()), want(true));
}

/// The disk as full as a limit of the size of files makes it: what is written beyond it fails, and no segment can be made ready.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_is_full_and_has_room_again() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // Ignored, so that a write beyond the limit fails as one on a full disk does.
    let serving = crate::cli::serve_in_shell(dir.path(), "trap '' XFSZ");
    let urls = stdout(&run(dir.path(), &["mint", "--account", "me", "-n", "400"]));
    let mut urls = urls.lines();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let limit = |most: Option<u64>| {
        let limit = Rlimit { current: most, maximum: None };
        prlimit(Some(Pid::from_child(&serving.child)), Resource::Fsize, limit).unwrap();
    };
    let mut answered = HashSet::new();
    let mut refused = HashSet::new();
    let mut get = async || {
        let url = urls.next().unwrap();
        let message = parse_pixel_path(url.strip_prefix(&serving.url).unwrap()).unwrap().1.message;
        let answer = client.get(url).send().await.unwrap();
        let stored = answer.status() == 200;
        assert!(stored || answer.status() == 503 && answer.headers().contains_key("retry-after"), "{answer:?}");
        if stored {
            answered.insert(message)
        } else {
            refused.insert(message)
        };
        stored
    };
    for _ in 0..10 {
        assert!(get().await);
    }
    // Less than what stands in any file that is written to, but for the next segments' first few records.
    limit(Some(2_000));
    let mut in_a_row = 0;
    while in_a_row < 10 {
        in_a_row = if get().await { 0 } else { in_a_row + 1 };
    }
    limit(None);
    until(async || get().await.then_some(())).await;
    for _ in 0..10 {
        assert!(get().await);
    }
    let (said, well) = serving.stop();
    assert!(well, "{said}");
    assert!(said.contains("hits could not be stored and were refused") && said.contains("hits are stored again"), "{said}");
    let stored: Vec<_> = printed(dir.path()).into_iter().map(|(message, _)| message).collect();
    assert_eq!(stored.len(), answered.len(), "each once");
    assert_eq!(stored.into_iter().collect::<HashSet<_>>(), answered, "all that were answered, and none that was refused");
    assert!(refused.len() >= 10);
}
