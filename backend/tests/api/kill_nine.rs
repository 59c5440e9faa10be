//! `kill -9` under load: no hit that was answered is missing after the restart.
//!
//! Ten small rounds; a hundred larger ones with `WAXWING_LONG=1`.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;
use waxwing_backend::http::pixel::GIF;
use waxwing_domain::address::parse_pixel_path;

use crate::cli::{Serving, run, stdout};
use crate::support::until;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_nine() {
    let long = std::env::var_os("WAXWING_LONG").is_some();
    let (rounds, per_round): (usize, usize) = if long { (100, 4_000) } else { (10, 400) };
    let dir = tempfile::tempdir().unwrap();
    let mut all = HashSet::new();
    for round in 0..rounds {
        let mut serving = Serving::start(dir.path(), &[]);
        let urls = stdout(&run(dir.path(), &["mint", "--account", "load", "-n", &per_round.to_string()]));
        let urls: Vec<_> = urls.lines().map(str::to_owned).collect();
        let address = serving.url.strip_prefix("http://").unwrap().to_owned();
        let (answered, count) = (Arc::new(Mutex::new(HashSet::new())), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = urls
            .chunks(per_round.div_ceil(CONNECTIONS))
            .map(|part| tokio::spawn(fetch(address.clone(), part.to_vec(), Arc::clone(&answered), Arc::clone(&count))))
            .collect();
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
        let stored = stdout(&run(dir.path(), &["hits"]));
        let stored: HashSet<Uuid> = stored
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].as_str().unwrap().parse().unwrap())
            .collect();
        let missing = all.difference(&stored).count();
        assert_eq!(missing, 0, "round {round}: {missing} of {} answered hits are missing", all.len());
    }
    println!("kill_nine: {} answered hits over {rounds} kills, none missing", all.len());
    assert!(all.len() >= 1_000);
}
