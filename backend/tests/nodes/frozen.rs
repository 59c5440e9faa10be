//! What freezes for longer than its leases and wakes up: a backend, and a server.

use std::time::Duration;

use crate::load::{Load, all_once, times};
use crate::node::{Node, until};
use crate::postgres::Postgres;

/// How often, and with `WAXWING_LONG`.
const TIMES: (usize, usize) = (1, 10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_froze_changes_nothing_when_it_wakes_up() {
    let Some(server) = Postgres::start().await else { return };
    let (a, mut answered) = (Node::start(&server.url()), std::collections::HashSet::new());
    a.until_it_leads().await;
    let b = a.another();
    for _ in 0..times(TIMES) {
        // In the middle of rolling up, somewhere.
        let load = Load::start(&[&a.url, &b.url], &a.pixels(600));
        load.until(300).await;
        let holders = "SELECT number FROM leases WHERE name = 'roll-up'";
        let before = server.numbers(holders).await;
        let (leads, other) = if a
            .said()
            .lines()
            .rfind(|line| line.contains("does this now"))
            .is_some_and(|line| line.contains("this backend"))
        {
            (&a, &b)
        } else {
            (&b, &a)
        };
        leads.freeze();
        until("the other one takes over", async || (server.numbers(holders).await != before).then_some(())).await;
        let more = Load::start(&[&other.url], &other.pixels(50)).end().await;
        assert_eq!(more.len(), 50);
        leads.thaw();
        answered.extend(load.end().await);
        answered.extend(more);
        all_once(&server, &answered).await;
        other.until_it_leads().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_froze_has_everything_once() {
    let Some(server) = Postgres::start().await else { return };
    let (node, mut answered) = (Node::start(&server.url()), std::collections::HashSet::new());
    for _ in 0..times(TIMES) {
        let load = Load::start(&[&node.url], &node.pixels(400));
        load.until(200).await;
        server.freeze();
        // What was under way takes its second, and then all of it goes into the log.
        load.until(350).await;
        server.thaw();
        let these = load.end().await;
        assert_eq!(these.len(), 400, "nobody was turned away");
        answered.extend(these);
        all_once(&server, &answered).await;
    }
    // It takes them itself again.
    until("the database takes hits", async || {
        let before = server.numbers("SELECT SUM(number)::bigint FROM hit_writers").await;
        let these = Load::start(&[&node.url], &node.pixels(20)).end().await;
        answered.extend(these);
        tokio::time::timeout(Duration::from_secs(1), all_once(&server, &answered)).await.ok();
        (server.numbers("SELECT SUM(number)::bigint FROM hit_writers").await > before).then_some(())
    })
    .await;
}
