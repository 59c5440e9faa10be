//! PostgreSQL stopped and started again, and another server in its place: hits go on being answered, and all of them arrive.

use std::collections::HashSet;

use crate::load::{Load, all_once, stored, times};
use crate::node::Node;
use crate::postgres::{Postgres, url};
use crate::proxy::Proxy;

/// How often, and with `WAXWING_LONG`.
const TIMES: (usize, usize) = (2, 15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hits_wait_in_the_log_while_the_server_is_away() {
    let Some(mut server) = Postgres::start().await else { return };
    let (node, mut answered) = (Node::start(&server.url()), HashSet::new());
    for _ in 0..times(TIMES) {
        let (under_way, later) = (node.pixels(300), node.pixels(100));
        let load = Load::start(&[&node.url], &under_way);
        load.until(100).await;
        server.stop();
        let these = load.end().await;
        assert_eq!(these.len(), 300, "nobody was turned away");
        let more = Load::start(&[&node.url], &later).end().await;
        assert_eq!(more.len(), 100, "nobody was turned away");
        answered.extend(these);
        answered.extend(more);
        server.again(&[]).await;
        all_once(&server, &answered).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_is_killed_while_the_server_is_away_brings_its_hits_later() {
    let Some(mut server) = Postgres::start().await else { return };
    let node = Node::start(&server.url());
    let paths = node.pixels(100);
    let load = Load::start(&[&node.url], &paths);
    load.until(30).await;
    server.stop();
    let answered = load.end().await;
    assert_eq!(answered.len(), 100);
    let dir = node.kill_and_keep();
    server.again(&[]).await;
    let in_the_table = stored(&server).await.len();
    let again = Node::start_in(dir, &server.url());
    all_once(&server, &answered).await;
    println!("killed while the server was away: {in_the_table} of 100 were in the table before, all of them after");
    let (said, well) = again.stop();
    assert!(well, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_fails_over_to_another_address_is_found_again() {
    let Some(server) = Postgres::start().await else { return };
    let proxy = Proxy::start(server.port).await;
    let node = Node::start(&url(proxy.port));
    let (one, two, three) = (node.pixels(200), node.pixels(100), node.pixels(100));
    let load = Load::start(&[&node.url], &one);
    load.until(100).await;
    // Its successor only reads at first.
    let mut server = server.successor(&["default_transaction_read_only=on"]).await;
    proxy.lead_to(server.port);
    let mut answered = load.end().await;
    answered.extend(Load::start(&[&node.url], &two).end().await);
    assert_eq!(answered.len(), 300, "nobody was turned away");
    server.stop();
    server.again(&[]).await;
    answered.extend(Load::start(&[&node.url], &three).end().await);
    assert_eq!(answered.len(), 400, "nobody was turned away");
    all_once(&server, &answered).await;
    let (said, well) = node.stop();
    assert!(well, "{said}");
}
