//! Clients that begin and do not finish: what they cost the backend is bounded, and others are answered meanwhile.

use std::path::Path;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use waxwing_backend::files::room_for_connections;

use crate::cli::{Serving, run, stdout};
use crate::support::until;

/// So many connections, with so many bytes each: twice what all unfinished heads together may hold, or more.
const CROWD: usize = 900;
const BEGUN: usize = 70_000;
/// What all of it may cost, in KiB: 32 MiB of heads, and the connections themselves.
const MOST: u64 = 56 * 1024;

/// Resident memory of a process in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn long_heads_that_never_end_cost_bounded_memory() {
    // Ours and, inherited, the backend's.
    assert!(room_for_connections(4_096) > 2_000, "the limit of open files is too low for this test");
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let minted = stdout(&run(dir.path(), &["mint", "--account", "me", "-n", "1"]));
    let pixel = format!("{}/o/{}", serving.url, minted.trim().split_once("/o/").unwrap().1);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = async || client.get(&pixel).send().await.unwrap().status();
    assert_eq!(asked().await, 200);
    let before = resident(serving.child.id());

    let begun = format!("GET /o/ HTTP/1.1\r\nx: {}", "a".repeat(BEGUN));
    let mut crowd = Vec::with_capacity(CROWD);
    for _ in 0..CROWD {
        let mut stream = TcpStream::connect(serving.url.trim_start_matches("http://")).await.unwrap();
        // Who is refused may be cut off in the middle.
        let _ = stream.write_all(begun.as_bytes()).await;
        crowd.push(stream);
    }
    // It is at rest once it takes no more; others are answered all the while.
    let mut last = 0;
    let cost = until(async || {
        assert_eq!(asked().await, 200);
        let now = resident(serving.child.id());
        let rests = now.abs_diff(std::mem::replace(&mut last, now)) < 64;
        rests.then_some(now.saturating_sub(before))
    })
    .await;
    assert!(cost < MOST, "{cost} KiB");
    let refused = |stream: &TcpStream| {
        let mut said = [0; 12];
        matches!(stream.try_read(&mut said), Ok(12)) && said == *b"HTTP/1.1 431"
    };
    let refused = crowd.iter().filter(|stream| refused(stream)).count();
    assert!(refused > CROWD / 10 && refused < CROWD, "{refused} were refused");

    println!("{CROWD} unfinished heads of {BEGUN} bytes: {cost} KiB, {refused} refused");

    // What they held is free again for those who come after them.
    drop(crowd);
    let whole = format!("GET /o/{} HTTP/1.1\r\nHost: x\r\n", pixel.split_once("/o/").unwrap().1);
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(serving.url.trim_start_matches("http://")).await.unwrap();
        stream.write_all(format!("{whole}x: {}\r\n\r\n", "a".repeat(60_000)).as_bytes()).await.unwrap();
        streams.push(stream);
    }
    for stream in &streams {
        let said = until(async || {
            stream.readable().await.unwrap();
            let mut said = [0; 12];
            stream.try_read(&mut said).ok().map(|_| said)
        });
        assert_eq!(said.await, *b"HTTP/1.1 200");
    }
}
