//! Hits that the database refuses for what they are: set aside, shown, tried again; and those that it does not take for what it is
//! itself: they wait. On SQLite: there all hits go through the log.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::cli::{Serving, run, stderr, stdout};
use crate::log::{killed, printed, segments};
use crate::support::{is_file, until};

async fn sql(dir: &Path, text: String) {
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", dir.join("waxwing.db").display())).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut other).await.unwrap();
    other.close().await.unwrap();
}

/// The database refuses hits of this message from now on.
async fn refuse(dir: &Path, message: Uuid) {
    let id = message.simple();
    let when = format!("WHEN NEW.message = x'{id}' BEGIN SELECT RAISE(ABORT, 'no'); END");
    sql(dir, format!("CREATE TRIGGER refuse_{id} BEFORE INSERT ON hits {when}")).await;
}

async fn refuse_no_more(dir: &Path, message: Uuid) {
    sql(dir, format!("DROP TRIGGER refuse_{}", message.simple())).await;
}

/// The files, and the messages of the hits in them.
fn aside(dir: &Path) -> Vec<(PathBuf, Option<Uuid>)> {
    let output = run(dir, &["hits", "--set-aside"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["file"].as_str().unwrap().into(), line["hit"]["message"].as_str().map(|id| id.parse().unwrap()))
    };
    stdout(&output).lines().map(line).collect()
}

fn messages(dir: &Path) -> Vec<Uuid> {
    let mut messages: Vec<_> = printed(dir).into_iter().map(|(message, _)| message).collect();
    messages.sort_unstable();
    messages
}

#[tokio::test]
async fn a_refused_hit_is_set_aside_and_can_be_tried_again() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (mut all, mut wanted) = (Vec::new(), Vec::new());
    // Each time in the same place of the first segment of another log: none may take another's file.
    for round in 0..3 {
        let came = killed(dir, 5).await;
        refuse(dir, came[2]).await;
        let (said, well) = Serving::start(dir, &[]).stop();
        assert!(well && said.contains("refuses a hit"), "{said}");
        assert!(!said.contains(&came[2].to_string()), "{said}");
        wanted.push(came[2]);
        all.extend(came);
        assert_eq!(messages(dir).len(), 4 * (round + 1), "the others are moved");
        assert_eq!(segments(dir), Vec::<PathBuf>::new(), "and the log is empty");
    }
    let found = aside(dir);
    let mut hits: Vec<_> = found.iter().map(|(_, message)| message.unwrap()).collect();
    hits.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(hits, wanted);
    for (file, _) in &found {
        assert!(file.file_name().unwrap().to_str().unwrap().starts_with("refused-"), "{file:?}");
    }

    // Refused again they stay.
    let again = run(dir, &["hits", "--set-aside", "--again"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("0 hits are in the database now, 0 were there or deleted, 3 are refused still"));
    assert_eq!(aside(dir), found);

    let copy = std::fs::read(&found[0].0).unwrap();
    for message in &wanted {
        refuse_no_more(dir, *message).await;
    }
    // One of them was deleted meanwhile.
    let gone = found[2].1.unwrap();
    sql(dir, format!("INSERT INTO stopped (message, account, at) SELECT x'{}', id, 0 FROM accounts", gone.simple())).await;
    let again = run(dir, &["hits", "--set-aside", "--again"]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert!(stderr(&again).contains("2 hits are in the database now, 1 were there or deleted"), "{}", stderr(&again));
    all.retain(|message| *message != gone);
    all.sort_unstable();
    assert_eq!(messages(dir), all);
    assert_eq!(aside(dir), []);

    // Bytes that are no hit stay, and hurt nobody.
    std::fs::write(&found[0].0, &copy[..copy.len() / 2]).unwrap();
    std::fs::write(dir.join("hits/damaged-x.bin"), "what is this").unwrap();
    let again = run(dir, &["hits", "--set-aside", "--again"]);
    assert!(stderr(&again).contains("0 hits are in the database now") && stderr(&again).contains("2 files hold"));
    assert_eq!(aside(dir).len(), 2);
    assert_eq!(messages(dir), all);
}

#[tokio::test]
async fn a_retry_that_was_cut_off_counts_no_hit_twice() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let came = killed(dir, 2).await;
    refuse(dir, came[1]).await;
    assert!(Serving::start(dir, &[]).stop().1);
    refuse_no_more(dir, came[1]).await;
    let [(file, _)] = aside(dir).try_into().unwrap();
    // Between the commit and the end of the file: the position is still there, and so is the file.
    let keep = "CREATE TRIGGER keep BEFORE DELETE ON log_positions BEGIN SELECT RAISE(IGNORE); END";
    sql(dir, keep.to_owned()).await;
    let bytes = std::fs::read(&file).unwrap();
    assert!(run(dir, &["hits", "--set-aside", "--again"]).status.success());
    std::fs::write(&file, &bytes).unwrap();
    sql(dir, "DROP TRIGGER keep".to_owned()).await;
    let again = run(dir, &["hits", "--set-aside", "--again"]);
    assert!(stderr(&again).contains("0 hits are in the database now, 1 were there"), "{}", stderr(&again));
    assert_eq!(printed(dir).len(), 2);
    assert!(!file.exists());
}

#[tokio::test]
async fn a_database_that_is_wrong_itself_sets_nothing_aside() {
    if !is_file() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let came = killed(dir, 3).await;
    sql(dir, "CREATE TRIGGER wrong BEFORE INSERT ON hits BEGIN SELECT nobody_knows_this(); END".to_owned()).await;
    let serving = Serving::start(dir, &["--metrics-listen", "127.0.0.1:0"]);
    let mut database = SqliteConnection::connect(&format!("sqlite://{}", dir.join("waxwing.db").display())).await.unwrap();
    let numbers = "SELECT value FROM settings WHERE name = 'metrics_url'";
    // It listens before it writes that down.
    let numbers = until(async || {
        let url: String = sqlx::query_scalar(numbers).fetch_one(&mut database).await.unwrap();
        (!url.is_empty()).then_some(url)
    })
    .await;
    database.close().await.unwrap();
    // It tries, and tries again.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    until(async || {
        let page = client.get(&numbers).send().await.unwrap().text().await.unwrap();
        let failed = page.lines().find_map(|line| line.strip_prefix("waxwing_log_drain_failed_total "))?;
        (failed.parse::<u64>().ok()? >= 3).then_some(())
    })
    .await;
    assert_eq!(aside(dir), []);
    sql(dir, "DROP TRIGGER wrong".to_owned()).await;
    let (said, well) = serving.stop();
    assert!(well && said.contains("hits stay in the log for now") && !said.contains("set aside"), "{said}");
    let mut want = came;
    want.sort_unstable();
    assert_eq!(messages(dir), want);
}
