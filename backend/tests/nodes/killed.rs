//! `kill -9` of one of two backends under load: nothing that was answered is lost, nothing counts twice, and the other one goes on.

use std::collections::HashSet;

use crate::load::{Load, all_once, times};
use crate::node::Node;
use crate::postgres::Postgres;

/// Kills, and with `WAXWING_LONG`.
const KILLS: (usize, usize) = (3, 100);
const HITS: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_backends_is_killed_under_load() {
    let Some(server) = Postgres::start().await else { return };
    let (mut one, mut answered) = (Node::start(&server.url()), HashSet::new());
    one.until_it_leads().await;
    for round in 0..times(KILLS) {
        // The one that dies rolls up, watches and tidies.
        let other = one.another();
        let load = Load::start(&[&one.url, &other.url], &one.pixels(HITS));
        load.until(HITS / 4 + (round * 37) % (HITS / 4)).await;
        one.kill();
        answered.extend(load.end().await);
        let more = Load::start(&[&other.url], &other.pixels(50)).end().await;
        assert_eq!(more.len(), 50, "the other one goes on");
        answered.extend(more);
        // Rolled up, too: it takes over.
        all_once(&server, &answered).await;
        other.until_it_leads().await;
        one = other;
    }
    println!("killed: {} answered hits over {} kills", answered.len(), times(KILLS));
    // Whoever asks is told who does the work that one does for all.
    let leases = |said: std::process::Output| {
        let said = String::from_utf8(said.stdout).unwrap();
        said.lines().find(|line| line.split('\t').nth(1) == Some("leases")).unwrap().to_owned()
    };
    let found = leases(one.run(&["doctor"]));
    assert!(found.starts_with("ok\t") && found.contains("roll-up by "), "{found}");
    let (said, well) = one.stop();
    assert!(well, "{said}");
}
