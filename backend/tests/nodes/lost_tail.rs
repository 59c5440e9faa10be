//! A server in the place of another one that does not have its newest hits, and gives their numbers once more.

use uuid::Uuid;

use crate::load::{Load, all_once, stored};
use crate::node::{Node, until};
use crate::postgres::Postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_known_of_the_lost_server_hides_no_hit_of_the_new_one() {
    let Some(mut server) = Postgres::start().await else { return };
    let node = Node::start(&server.url());
    let mut kept = Load::start(&[&node.url], &node.pixels(20)).end().await;
    all_once(&server, &kept).await;
    server.copy().await;
    let mut before = kept.clone();
    before.extend(Load::start(&[&node.url], &node.pixels(300)).end().await);
    all_once(&server, &before).await;
    server.back_to_copy().await;

    // Numbers that the lost one gave before: the first of them by one that commits last.
    let late = Uuid::from_u128(0x1a7e);
    let mut slow = server.connect().await.unwrap();
    sqlx::query("BEGIN").execute(&mut slow).await.unwrap();
    sqlx::query(
        "INSERT INTO hits (at, account, message, kind, link, agent, address, headers) \
         SELECT at, account, $1, kind, link, agent, address, headers FROM hits ORDER BY id LIMIT 1",
    )
    .bind(late)
    .execute(&mut slow)
    .await
    .unwrap();
    kept.extend(Load::start(&[&node.url], &node.pixels(50)).end().await);
    until("those that came behind it are stored", async || {
        let stored = stored(&server).await;
        kept.iter().all(|message| stored.contains_key(message)).then_some(())
    })
    .await;
    let mut other = server.connect().await.unwrap();
    let now: String = sqlx::query_scalar("SELECT clock_timestamp()::text").fetch_one(&mut other).await.unwrap();
    until("the roll-up has looked for them", async || {
        let looked = "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE '%FROM hits WHERE%ORDER BY id LIMIT%' \
                      AND pid <> pg_backend_pid() AND query_start > $1::timestamptz";
        let looked: i64 = sqlx::query_scalar(looked).bind(&now).fetch_one(&mut other).await.unwrap();
        (looked > 0).then_some(())
    })
    .await;
    sqlx::query("COMMIT").execute(&mut slow).await.unwrap();
    kept.insert(late);
    all_once(&server, &kept).await;
}
