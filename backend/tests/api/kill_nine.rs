//! `kill -9` and SIGTERM under load: no hit that was answered is missing after the restart, and none is there twice.
//!
//! Ten small rounds; a hundred larger ones with `WAXWING_LONG=1`.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use uuid::Uuid;
use waxwing_backend::http::pixel::GIF;
use waxwing_domain::address::parse_pixel_path;

use crate::cli::{Serving, run, stdout};
use crate::support::{is_file, until};

const CONNECTIONS: usize = 16;

/// Fetches pixels over one connection, one after the other, until it breaks; notes those that were answered whole.
async fn fetch(address: String, urls: Vec<String>, answered: Arc<Mutex<HashSet<Uuid>>>, count: Arc<AtomicUsize>) {
    let Ok(mut stream) = TcpStream::connect(&address).await else { return };
    for url in urls {
        let path = url.split_once(&address).unwrap().1;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        if stream.write_all(request.as_bytes()).await.is_err() {
            return;
        }
        let mut answer = Vec::new();
        while !answer.ends_with(GIF) {
            let mut part = [0; 1024];
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => return,
                Ok(n) => answer.extend_from_slice(&part[..n]),
            }
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
        answered.lock().unwrap().insert(parse_pixel_path(path).unwrap().1.message);
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// The messages that have a hit. Each was asked for once: none has two.
fn stored(dir: &Path) -> HashSet<Uuid> {
    let lines = stdout(&run(dir, &["hits"]));
    let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].as_str().unwrap().parse();
    let all: Vec<Uuid> = lines.lines().map(|line| message(line).unwrap()).collect();
    let stored: HashSet<Uuid> = all.iter().copied().collect();
    assert_eq!(stored.len(), all.len(), "some are there twice");
    stored
}

/// The tasks, what was answered, and how many.
type Load = (Vec<JoinHandle<()>>, Arc<Mutex<HashSet<Uuid>>>, Arc<AtomicUsize>);

/// Fetches `count` new pixels over [`CONNECTIONS`].
fn load(serving: &Serving, dir: &Path, count: usize) -> Load {
    let urls = stdout(&run(dir, &["mint", "--account", "load", "-n", &count.to_string()]));
    let urls: Vec<_> = urls.lines().map(str::to_owned).collect();
    let address = serving.url.strip_prefix("http://").unwrap().to_owned();
    let (answered, done) = (Arc::new(Mutex::new(HashSet::new())), Arc::new(AtomicUsize::new(0)));
    let fetch = |part: &[String]| tokio::spawn(fetch(address.clone(), part.to_vec(), Arc::clone(&answered), Arc::clone(&done)));
    let tasks = urls.chunks(count.div_ceil(CONNECTIONS)).map(fetch).collect();
    (tasks, answered, done)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = HashSet::new();
    for round in 0..3 {
        let serving = Serving::start(dir.path(), &[]);
        let (tasks, answered, count) = load(&serving, dir.path(), 4_000);
        until(async || (count.load(Ordering::SeqCst) >= 300).then_some(())).await;
        let (said, well) = serving.stop();
        assert!(well && !said.contains("ERROR"), "{said}");
        for task in tasks {
            task.await.unwrap();
        }
        all.extend(answered.lock().unwrap().drain());
        let missing = all.difference(&stored(dir.path())).count();
        assert_eq!(missing, 0, "round {round}: {missing} of {} answered hits are missing", all.len());
        let left = std::fs::read_dir(dir.path().join("hits")).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().ends_with(".log")).collect();
        assert!(left.is_empty() || !is_file(), "all of it was moved: {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine() {
    let long = std::env::var_os("WAXWING_LONG").is_some();
    let (rounds, per_round): (usize, usize) = if long { (100, 4_000) } else { (10, 400) };
    let dir = tempfile::tempdir().unwrap();
    let mut all = HashSet::new();
    for round in 0..rounds {
        let mut serving = Serving::start(dir.path(), &[]);
        let (tasks, answered, count) = load(&serving, dir.path(), per_round);
        // Somewhere in the middle, elsewhere in each round.
        let enough = per_round / 4 + (round * 37) % (per_round / 2);
        until(async || (count.load(Ordering::SeqCst) >= enough).then_some(())).await;
        serving.child.kill().unwrap();
        serving.child.wait().unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        all.extend(answered.lock().unwrap().drain());

        // Not only in the log of the database: also after it was opened for serving again.
        if round % 2 == 0 {
            drop(Serving::start(dir.path(), &[]));
        }
        let stored = stored(dir.path());
        let missing = all.difference(&stored).count();
        assert_eq!(missing, 0, "round {round}: {missing} of {} answered hits are missing", all.len());
    }
    println!("kill_nine: {} answered hits over {rounds} kills, none missing", all.len());
    assert!(all.len() >= 1_000);
}
