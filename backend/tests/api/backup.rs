//! `waxwing backup` beside a running backend, and `waxwing restore`: what was answered is in it, and nothing else is believed.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::store::consent::refusals::ByLink;
use waxwing_backend::store::{Options, Store, sql};
use waxwing_domain::address::parse_pixel_path;
use waxwing_protocol::api::Kinds;

use crate::cli::{Serving, stderr, stdout, waxwing};
use crate::support::until;

const READERS: usize = 4;
const MAILS: usize = 600;

/// `waxwing` on a database that is a file, whatever other tests run on.
pub(crate) fn on_file(data_dir: &Path) -> Command {
    let mut command = waxwing(data_dir);
    command.env_remove("WAXWING_DATABASE");
    command
}

pub(crate) fn run(data_dir: &Path, args: &[&str]) -> Output {
    on_file(data_dir).args(args).output().unwrap()
}

/// Serves from a file.
pub(crate) fn serve(data_dir: &Path) -> Serving {
    let mut command = on_file(data_dir);
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    Serving::launch(command)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn messages(data_dir: &Path) -> Vec<Uuid> {
    let hits = stdout(&run(data_dir, &["hits"]));
    let message = |line: &str| serde_json::from_str::<Value>(line).unwrap()["message"].as_str().unwrap().parse().unwrap();
    hits.lines().map(message).collect()
}

/// A data folder with an account, keys, and this many stored hits; nothing runs on it.
pub(crate) async fn quiet(data_dir: &Path, hits: usize) {
    let serving = serve(data_dir);
    let urls = stdout(&run(data_dir, &["mint", "--account", "me", "-n", &hits.to_string()]));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for url in urls.lines() {
        assert_eq!(client.get(url).send().await.unwrap().status(), 200);
    }
    assert!(serving.stop().1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_before_it_began_is_in_it() {
    let root = tempfile::tempdir().unwrap();
    let (data, back, file) = (root.path().join("data"), root.path().join("back"), root.path().join("b.tar"));
    let serving = serve(&data);
    let urls = stdout(&run(&data, &["mint", "--account", "me", "-n", &MAILS.to_string()]));
    let urls: Arc<Vec<String>> = Arc::new(urls.lines().map(str::to_owned).collect());
    let (answered, next, over) =
        (Arc::new(Mutex::new(HashSet::new())), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (urls, answered, next, over) = (Arc::clone(&urls), Arc::clone(&answered), Arc::clone(&next), Arc::clone(&over));
            tokio::spawn(async move {
                let client = reqwest::Client::builder().no_proxy().build().unwrap();
                while !over.load(Ordering::SeqCst) {
                    let url = &urls[next.fetch_add(1, Ordering::SeqCst) % MAILS];
                    assert_eq!(client.get(url).send().await.unwrap().status(), 200);
                    let path = url.splitn(4, '/').nth(3).unwrap();
                    answered.lock().unwrap().insert(parse_pixel_path(&format!("/{path}")).unwrap().1.message);
                }
            })
        })
        .collect();
    until(async || (answered.lock().unwrap().len() >= MAILS / 3).then_some(())).await;
    let before = answered.lock().unwrap().clone();
    let count_before = next.load(Ordering::SeqCst).saturating_sub(READERS);
    let output = tokio::task::spawn_blocking({
        let (data, file) = (data.clone(), file.clone());
        move || run(&data, &["backup", "--to", text(&file)])
    });
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("holds no keys"));
    over.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    let (said, well) = serving.stop();
    assert!(well, "{said}");

    let restored = run(&back, &["restore", "--from", text(&file)]);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));
    assert!(stderr(&restored).contains("Put mint.root and master.key into"));
    let found = messages(&back);
    assert!(found.len() >= count_before, "{} of at least {count_before} hits", found.len());
    let found: HashSet<Uuid> = found.into_iter().collect();
    assert_eq!(before.difference(&found).count(), 0, "answered before the backup began, and not in it");
    // Nothing is twice or made up: what came later is all that is more.
    assert!(messages(&back).len() <= messages(&data).len());
    assert!(fs::read_dir(root.path()).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().contains("partial")));

    // It serves, with the keys: links in mails go on.
    for key in ["mint.root", "master.key"] {
        fs::copy(data.join(key), back.join(key)).unwrap();
    }
    let serving = serve(&back);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = urls[0].splitn(4, '/').nth(3).unwrap();
    assert_eq!(client.get(format!("{}/{path}", serving.url)).send().await.unwrap().status(), 200);
    assert!(serving.stop().1);
    assert_eq!(messages(&back).len(), stdout(&run(&back, &["hits"])).lines().count());
}

#[tokio::test]
async fn with_keys_and_for_its_owner_only() {
    let root = tempfile::tempdir().unwrap();
    let (data, back, file) = (root.path().join("data"), root.path().join("back"), root.path().join("b.tar"));
    quiet(&data, 20).await;
    let output = run(&data, &["backup", "--with-keys", "--to", text(&file)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("Keep it as you keep keys"));
    assert!(run(&back, &["restore", "--from", text(&file)]).status.success());
    assert_eq!(messages(&back), messages(&data));
    for key in ["mint.root", "master.key"] {
        assert_eq!(fs::read(back.join(key)).unwrap(), fs::read(data.join(key)).unwrap(), "{key}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for path in [file.clone(), back.join("waxwing.db"), back.join("mint.root"), back.join("master.key")] {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
    }
    // Keys that are there stay, and nothing is restored beside them.
    let other = root.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("mint.root"), "mine").unwrap();
    let refused = run(&other, &["restore", "--from", text(&file)]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(fs::read(other.join("mint.root")).unwrap(), b"mine");
    assert!(!other.join("waxwing.db").exists() && !other.join("master.key").exists());
}

#[tokio::test]
async fn what_is_there_stays() {
    let root = tempfile::tempdir().unwrap();
    let (data, file) = (root.path().join("data"), root.path().join("b.tar"));
    quiet(&data, 3).await;
    fs::write(&file, "mine").unwrap();
    let refused = run(&data, &["backup", "--to", text(&file)]);
    assert_eq!((refused.status.code(), fs::read(&file).unwrap()), (Some(1), b"mine".to_vec()));
    assert!(stderr(&refused).contains("is there already"));
    fs::remove_file(&file).unwrap();
    assert!(run(&data, &["backup", "--to", text(&file)]).status.success());
    let refused = run(&data, &["restore", "--from", text(&file)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("a folder that is new"), "{}", stderr(&refused));

    let nothing = run(&root.path().join("none"), &["backup", "--to", text(&root.path().join("c.tar"))]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(stderr(&nothing).contains("there is no database"), "{}", stderr(&nothing));
    let server = ["--database", "postgres://jo:s3cret@127.0.0.1:1/x"];
    for command in [["backup", "--to"], ["restore", "--from"]] {
        let refused = run(&data, &[&command, [text(&file)].as_slice(), &server].concat());
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
        assert!(stderr(&refused).contains("pg_dump") && !stderr(&refused).contains("s3cret"));
    }
}

/// What waits in the copy and was due by now may have left since it was made. Nothing is sent twice.
#[tokio::test]
async fn mails_that_may_have_left_since_are_held() {
    let root = tempfile::tempdir().unwrap();
    let (data, back, file) = (root.path().join("data"), root.path().join("back"), root.path().join("b.tar"));
    quiet(&data, 1).await;
    let now = SystemClock.now();
    let store = Store::open(&Options::new(&data, None).unwrap()).await.unwrap();
    let account = store.account_named("me", AccountId::parse("aaaaaaaa").unwrap(), now).await.unwrap().id;
    let mailbox = Uuid::from_u128(9);
    let mut tx = store.write().await.unwrap();
    sql::query(
        "INSERT INTO mailboxes (id, account, address, kind, config, state, state_since, daily_limit, connected_at) \
         VALUES ($1, $2, 'me@example.org', 1, '{}', 0, $3, 400, $3)",
    )
    .bind(mailbox)
    .bind(account.as_str())
    .bind(now)
    .execute(&mut *tx)
    .await
    .unwrap();
    // Waits and was due, is in work, is looked for already, waits for tomorrow.
    let mails = [(0, Some(now - 1_000)), (1, Some(now - 1_000)), (2, None), (4, None), (0, Some(now + 86_400_000))];
    for (n, (state, due_at)) in (1_u128..).zip(mails) {
        let id = Uuid::from_u128(n);
        let at = due_at.unwrap_or(now);
        let schedule =
            json!({ "when": { "kind": "instant", "at": at, "zone": "UTC" }, "late": { "minutes": 30, "then": "send" } });
        sql::query(
            "INSERT INTO scheduled (id, account, mailbox, state, due_at, asked_at, schedule, draft, draft_id, track, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $6)",
        )
        .bind(id)
        .bind(account.as_str())
        .bind(mailbox)
        .bind(state)
        .bind(due_at)
        .bind(now)
        .bind(schedule.to_string())
        .bind(json!({ "id": format!("r-{n}"), "version": "1" }).to_string())
        .bind(format!("r-{n}"))
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    assert!(run(&data, &["backup", "--to", text(&file)]).status.success());

    let restored = run(&back, &["restore", "--from", text(&file)]);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));
    assert!(stderr(&restored).contains("may have left: 3."), "{}", stderr(&restored));
    let store = Store::open(&Options::new(&back, None).unwrap()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let rows = sql::query("SELECT state, why, due_at FROM scheduled ORDER BY id").fetch_all(&mut *tx).await.unwrap();
    tx.cancel().await.unwrap();
    let found: Vec<(i64, Option<String>, Option<i64>)> =
        rows.iter().map(|row| (row.try_get(0).unwrap(), row.try_get(1).unwrap(), row.try_get(2).unwrap())).collect();
    let held = (6, Some("{\"why\":\"unclear\"}".to_owned()), None);
    assert_eq!(found, [held.clone(), held.clone(), held, (4, None, None), (0, None, Some(now + 86_400_000))]);
    store.close().await;
}

/// What recipients refused since a backup was made, it learns by the list beside the database.
#[tokio::test]
async fn what_was_refused_since_holds_again() {
    let root = tempfile::tempdir().unwrap();
    let (data, back, file) = (root.path().join("data"), root.path().join("back"), root.path().join("b.tar"));
    let serving = serve(&data);
    let urls = stdout(&run(&data, &["mint", "--account", "me", "-n", "3"]));
    let paths: Vec<String> = urls.lines().map(|url| format!("/{}", url.splitn(4, '/').nth(3).unwrap())).collect();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let look = async |url: &str| {
        for path in &paths {
            assert_eq!(client.get(format!("{url}{path}")).send().await.unwrap().status(), 200);
        }
    };
    look(&serving.url).await;
    assert!(serving.stop().1);
    assert!(run(&data, &["backup", "--with-keys", "--to", text(&file)]).status.success());

    let store = Store::open(&Options::new(&data, None).unwrap()).await.unwrap();
    let account = store.accounts().await.unwrap().remove(0).id;
    for path in &paths[..2] {
        let said = ByLink { kinds: Kinds::ALL, refused: true, of: None, erase: false, shown: "?" };
        let message = parse_pixel_path(path).unwrap().1.message;
        store.say_by_link(account, message, &said, SystemClock.now(), |_| {}).await.unwrap();
    }
    store.close().await;
    // Its start writes down what was not written yet.
    assert!(serve(&data).stop().1);
    let list = |data: &Path| data.join("refusals.list");

    let other = root.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::copy(list(&data), list(&other)).unwrap();
    let restored = run(&other, &["restore", "--from", text(&file)]);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));
    assert!(stderr(&restored).contains("2 refusals of recipients that are younger"), "{}", stderr(&restored));

    let restored = run(&back, &["restore", "--from", text(&file)]);
    assert!(stderr(&restored).contains("what recipients refused since it was made"), "{}", stderr(&restored));
    fs::copy(list(&data), list(&back)).unwrap();
    for hold in [2, 0] {
        let again = run(&back, &["erase", "--again"]);
        assert!(stderr(&again).contains(&format!("and {hold} refusals of recipients hold again")), "{}", stderr(&again));
    }

    for data in [&other, &back] {
        assert_eq!(messages(data).len(), 3);
        let serving = serve(data);
        look(&serving.url).await;
        assert!(serving.stop().1);
        assert_eq!(messages(data).len(), 4, "two of three are refused");
    }
}

#[tokio::test]
async fn what_cannot_be_trusted_is_not_restored() {
    let root = tempfile::tempdir().unwrap();
    let (data, file) = (root.path().join("data"), root.path().join("b.tar"));
    quiet(&data, 30).await;
    assert!(run(&data, &["backup", "--to", text(&file)]).status.success());
    let good = fs::read(&file).unwrap();
    let at = |needle: &[u8]| good.windows(needle.len()).position(|part| part == needle).unwrap();
    let replaced = |needle: &[u8], with: &[u8]| {
        let (mut bytes, at) = (good.clone(), at(needle));
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    let hits = at(b"\"hits\": {");
    let sum = hits + good[hits..].windows(13).position(|part| part == b"\"checksum\": \"").unwrap() + 13;
    let mut counted = good.clone();
    counted[sum] = if counted[sum] == b'0' { b'1' } else { b'0' };
    let database = at(b"SQLite format 3\0");
    let mut flipped = good.clone();
    flipped[database + 9_000] ^= 1;
    for (what, bytes, says) in [
        ("empty", Vec::new(), "is not a backup"),
        ("something else", b"hello".repeat(1_000), "is not a backup"),
        ("another archive", replaced(b"waxwing-backup", b"somebody-elses"), "is not a backup"),
        ("cut in its table of contents", good[..700].to_vec(), "cut short"),
        ("cut in the database", good[..database + 5_000].to_vec(), "cut short"),
        ("newer", replaced(b"\"version\": 1", b"\"version\": 9"), "newer"),
        ("a byte changed", flipped, "damaged: waxwing.db"),
        ("counted otherwise", counted, "damaged: the table hits"),
        ("another name", replaced(b"\"waxwing.db\"", b"\"../wing.db\""), "is not a backup"),
    ] {
        let (other, target) = (root.path().join("other.tar"), root.path().join("target"));
        fs::write(&other, bytes).unwrap();
        let refused = run(&target, &["restore", "--from", text(&other)]);
        assert_eq!(refused.status.code(), Some(1), "{what}");
        assert!(stderr(&refused).contains(says), "{what}: {}", stderr(&refused));
        assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "{what}: nothing is left");
    }
    // The same folder takes the good one.
    let target = root.path().join("target");
    assert!(run(&target, &["restore", "--from", text(&file)]).status.success());
    assert_eq!(messages(&target), messages(&data));
}
