//! `waxwing migrate`: everything is there afterwards, also when it was cut off in between. On a real server: passed over where there
//! is none (`WAXWING_TEST_POSTGRES`).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio::sync::Notify;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::backup::moving::{MoveError, move_all};
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::seal::{Given, Place, Seal};
use waxwing_backend::store::{Options, Store, sql};

use crate::backup::{on_file, quiet, run, serve};
use crate::cli::{Serving, stderr, stdout, waxwing};
use crate::database;
use crate::log::killed;
use crate::support::{START, is_file, message};

/// A database of its own on the server, and the folder that it goes with.
fn server() -> Option<(TempDir, String)> {
    let dir = tempfile::tempdir().unwrap();
    let url = database::url(dir.path());
    if url.is_none() {
        println!("passed over: no server is given ({})", database::SERVER);
    }
    url.map(|url| (dir, url))
}

async fn file(data_dir: &Path) -> Store {
    Store::open(&Options::new(data_dir, None).unwrap()).await.unwrap()
}

async fn target(url: &str) -> Store {
    let options = Options::new(Path::new("/nowhere"), Some(url)).unwrap();
    Store::open(&Options { moving: true, ..options }).await.unwrap()
}

/// Registered mails, so that there is more than one page of them.
async fn register(store: &Store, account: AccountId, count: u128) {
    for n in 0..count {
        let subject = format!("Subject {n} \u{0} ä");
        store.put_message(account, Uuid::from_u128(n + 1), &message(&subject, START), START).await.unwrap();
    }
}

fn hits(output: &std::process::Output) -> Vec<String> {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output).lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn from_a_file_to_a_server() {
    let Some((_keep, url)) = server() else { return };
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    quiet(&data, 60).await;
    // What a mailbox has sealed can be read where its row goes. This one is disconnected: nobody signs in by it here.
    let store = file(&data).await;
    let account = store.accounts().await.unwrap()[0].id;
    register(&store, account, 20).await;
    let seal = Seal::load(&data, &Given::default()).unwrap();
    let id = Uuid::from_u128(0xabcd);
    let place = Place { table: "mailboxes", column: "secret", row: id };
    let sealed = seal.seal(place, b"app password", &SystemEntropy).unwrap();
    let mut tx = store.write().await.unwrap();
    sql::query(
        "INSERT INTO mailboxes (id, account, address, kind, config, secret, state_since, daily_limit, connected_at, \
         removed_at) VALUES ($1, $2, 'me@example.org', 0, '{}', $3, 0, 500, 0, 1)",
    )
    .bind(id)
    .bind(account.as_str())
    .bind(sealed)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    store.close().await;

    let serving = serve(&data);
    let refused = run(&data, &["migrate", "--to", &url]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("another `waxwing serve` runs"), "{}", stderr(&refused));
    assert!(serving.stop().1);

    let before = hits(&run(&data, &["hits"]));
    let moved = run(&data, &["migrate", "--to", &url]);
    assert_eq!(moved.status.code(), Some(0), "{}", stderr(&moved));
    assert!(stderr(&moved).contains("rows moved, all as they were (0 of them by an earlier try)"), "{}", stderr(&moved));
    assert!(stderr(&moved).contains("hits: 60 of 60 rows"), "{}", stderr(&moved));
    assert_eq!(hits(&run(&data, &["hits", "--database", &url])), before);
    let there = target(&url).await;
    let secret: Vec<u8> = sql::query_scalar("SELECT secret FROM mailboxes").fetch_one(there.writer()).await.unwrap();
    assert_eq!(seal.open(place, &secret).unwrap().as_slice(), b"app password");
    // What triggers keep was moved, and not counted twice.
    let sent: i64 =
        sql::query_scalar("SELECT SUM(sent)::bigint FROM totals WHERE domain = ''").fetch_one(there.writer()).await.unwrap();
    assert_eq!(sent, 20);
    there.close().await;

    // It goes on there: new hits get new numbers.
    let mut command = on_file(&data);
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", &url]);
    let serving = Serving::launch(command);
    let mut mint = waxwing(&data);
    mint.env_remove("WAXWING_DATABASE").args(["mint", "--account", "me", "-n", "1", "--database", &url]);
    let pixel = stdout(&mint.output().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.get(pixel.trim()).send().await.unwrap().status(), 200);
    assert!(serving.stop().1);
    let after = hits(&run(&data, &["hits", "--database", &url]));
    assert_eq!((after.len(), &after[..60]), (61, before.as_slice()));

    let again = run(&data, &["migrate", "--to", &url]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("has rows already"), "{}", stderr(&again));
}

#[tokio::test]
async fn cut_off_it_goes_on_where_it_was() {
    let Some((_keep, url)) = server() else { return };
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    assert!(run(&data, &["pair"]).status.success());
    let store = file(&data).await;
    let account = store.accounts().await.unwrap()[0].id;
    register(&store, account, 1_500).await;

    let to = target(&url).await;
    // Given up at another place each time, until it came to the end.
    let mut tries = 0;
    let moved = loop {
        tries += 1;
        let (said, enough) = (AtomicUsize::new(0), Arc::new(Notify::new()));
        let say = |_: &str| {
            if said.fetch_add(1, Ordering::SeqCst) == tries * 2 {
                enough.notify_one();
            }
        };
        tokio::select! {
            biased;
            () = enough.notified() => {}
            moved = move_all(&store, &to, &say) => break moved.unwrap(),
        }
        let options = Options::new(Path::new("/nowhere"), Some(&url)).unwrap();
        let refused = Store::open(&options).await.unwrap_err().to_string();
        assert!(refused.contains("has not finished moving into it"), "{refused}");
        if tries == 2 {
            // Somebody wrote into what is left behind.
            store.set_setting("later", "1").await.unwrap();
            assert!(matches!(move_all(&store, &to, &|_| {}).await, Err(MoveError::Changed)));
            let mut tx = store.write().await.unwrap();
            sql::query("DELETE FROM settings WHERE name = 'later'").execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    assert!(tries > 2 && moved.before > 0, "{tries} tries, {moved:?}");
    let count: i64 = sql::query_scalar("SELECT COUNT(*) FROM messages").fetch_one(to.writer()).await.unwrap();
    assert_eq!(count, 1_500);
    let subject: String =
        sql::query_scalar("SELECT body FROM contents ORDER BY message LIMIT 1").fetch_one(to.writer()).await.unwrap();
    assert!(subject.contains("Subject 0"), "{subject}");
    store.close().await;
    to.close().await;
}

#[tokio::test]
async fn what_does_not_go_together_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    assert!(run(&data, &["pair"]).status.success());
    for (args, says) in [
        (
            ["--from", "postgres://jo:s3cret@127.0.0.1:1/x", "--to", "postgres://jo:s3cret@127.0.0.1:1/y"],
            "--from is a database that is a file",
        ),
        (["--from", "mysql://x/y", "--to", "postgres://jo:s3cret@127.0.0.1:1/y"], "not a database this version knows"),
    ] {
        let refused = run(&data, &[["migrate"].as_slice(), &args].concat());
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
        assert!(stderr(&refused).contains(says) && !stderr(&refused).contains("s3cret"), "{}", stderr(&refused));
    }
    let refused = run(&data, &["migrate", "--to", "sqlite:///tmp/x.db"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("backup and restore"));
    let refused = run(&data, &["migrate", "--to", "postgres://jo:s3cret@127.0.0.1:1/y"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!stderr(&refused).contains("s3cret"), "{}", stderr(&refused));
    let missing = run(&root.path().join("none"), &["migrate", "--to", "postgres://127.0.0.1:1/y"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("there is no database"), "{}", stderr(&missing));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hits_that_only_a_log_has_keep_it_from_moving() {
    if !is_file() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let (data, other) = (root.path().join("data"), root.path().join("other"));
    let answered = killed(&data, 5).await;
    let from = format!("sqlite://{}", data.join("waxwing.db").display());
    // The file's own log counts, from whichever data folder it is moved.
    let migrate = |dir: &Path| stderr(&run(dir, &["migrate", "--from", &from, "--to", "postgres://127.0.0.1:1/y"]));
    std::fs::create_dir(&other).unwrap();
    for dir in [&data, &other] {
        let said = migrate(dir);
        assert!(said.contains(&format!("{} hits are in the log {}", answered.len(), data.join("hits").display())), "{said}");
    }
    // Served once more it has them, and nothing stands in the way but the target, which is not there.
    assert!(serve(&data).stop().1);
    assert_eq!(hits(&run(&data, &["hits"])).len(), answered.len());
    for dir in [&data, &other] {
        let said = migrate(dir);
        assert!(!said.is_empty() && !said.contains("in the log"), "{said}");
    }
}
