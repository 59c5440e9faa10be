//! Connections that are cut in the middle of a commit: before the server has it, and after it has committed and before it said so.

use crate::load::{Load, all_once, times};
use crate::node::Node;
use crate::postgres::{Postgres, url};
use crate::proxy::{Cut, Proxy};

/// Cuts of each kind, and with `WAXWING_LONG`.
const CUTS: (usize, usize) = (4, 60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hits_whose_commit_was_cut_are_stored_once() {
    let Some(server) = Postgres::start().await else { return };
    let proxy = Proxy::start(server.port).await;
    let node = Node::start(&url(proxy.port));
    let wanted = times(CUTS);
    let mut answered = std::collections::HashSet::new();
    for cut in [Cut::After, Cut::Before] {
        let mut cuts = proxy.cuts();
        let end = cuts + wanted;
        while cuts < end {
            let load = Load::start(&[&node.url], &node.pixels(300));
            load.until(40).await;
            proxy.cut(cut);
            load.until(120).await;
            proxy.cut(Cut::Never);
            let these = load.end().await;
            assert_eq!(these.len(), 300, "nobody was turned away");
            answered.extend(these);
            cuts = proxy.cuts();
        }
    }
    println!("cut: {} answered hits over {} cuts", answered.len(), proxy.cuts());
    all_once(&server, &answered).await;
    // Also over a restart, and when nothing is left in the log.
    let (said, well) = node.stop();
    assert!(well, "{said}");
    all_once(&server, &answered).await;
}
