//! Lists of mails that are waited for: pages that follow a key, orders, conversations, and whose they are.

use uuid::Uuid;
use waxwing_protocol::api::{WaitingMail, problem};

use super::letters::Letters;
use super::{DAY, HOUR, asked, good, list, put};
use crate::support::{START, TestBackend, expect_problem};

fn ids(mails: &[WaitingMail]) -> Vec<Uuid> {
    mails.iter().map(|mail| mail.id).collect()
}

#[tokio::test]
async fn pages_follow_a_key_in_both_orders() {
    let backend = TestBackend::start().await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    let mut all = Vec::new();
    for n in 0..5 {
        // Two of them at the same instant.
        let sent_at = START - 10 * DAY + i64::try_from(n / 2).unwrap() * HOUR;
        all.push((sent_at, good(put(&me, backend.uuid(), &asked(n, sent_at, START + DAY)).await).await.id));
    }
    all.sort_unstable();
    let oldest: Vec<Uuid> = all.iter().map(|(_, id)| *id).collect();
    let newest: Vec<Uuid> = oldest.iter().rev().copied().collect();
    for (order, want) in [("oldest", &oldest), ("newest", &newest)] {
        let (mut got, mut before) = (Vec::new(), String::new());
        for pages in 1.. {
            let page = list(&me, &format!("order={order}&limit=2&before={before}")).await;
            assert_eq!((page.waiting, page.back), (5, 0));
            got.extend(ids(&page.mails));
            let Some(next) = page.next else { break };
            before = next;
            assert!(pages < 5, "it never ends");
        }
        assert_eq!(&got, want, "{order}");
    }
    // What comes in before the key does not come again, and moves nothing.
    let first = list(&me, "limit=2").await;
    let added = good(put(&me, backend.uuid(), &asked(9, START - 20 * DAY, START + DAY)).await).await.id;
    let second = list(&me, &format!("limit=2&before={}", first.next.unwrap())).await;
    assert_eq!(ids(&second.mails), oldest[2..4]);
    assert_eq!(ids(&list(&me, "limit=1").await.mails), [added]);
    assert_eq!(list(&me, "list=answered").await.mails, []);
    assert_eq!(list(&me, "list=back").await.mails, []);
    let theirs = list(&other, "").await;
    assert_eq!((theirs.mails.len(), theirs.waiting), (0, 0));
}

#[tokio::test]
async fn a_conversation_and_one_mail() {
    let backend = TestBackend::start().await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    Letters::connect(&backend, &me).await;
    let mail = good(put(&me, backend.uuid(), &asked(7, START, START + DAY)).await).await.id;
    let thread = format!("18f0{:012x}", 7);
    assert_eq!(ids(&list(&me, &format!("thread={thread}")).await.mails), [mail]);
    assert_eq!(list(&me, "thread=18f0ffffffffffff").await.mails, []);
    assert_eq!(list(&other, &format!("thread={thread}")).await.mails, []);
    assert_eq!(me.read::<WaitingMail>(&format!("/waiting/{mail}")).await.id, mail);
    for id in [backend.uuid().to_string(), "x".to_owned(), "%00".to_owned(), "0".repeat(500)] {
        expect_problem(me.get(&format!("/waiting/{id}")).await, 404, problem::NOT_FOUND).await;
    }
    expect_problem(other.get(&format!("/waiting/{mail}")).await, 404, problem::NOT_FOUND).await;
}

#[tokio::test]
async fn questions_that_make_no_sense() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "list=all",
        "list=Waiting",
        "order=best",
        "before=x",
        "before=1_2",
        "before=99999999999999999999_00000000000000000000000000000007",
        "thread=x",
        "thread=18F0FFFFFFFFFFFF",
        "thread=18f0ffffffffffff0",
        "thread=%00",
    ] {
        expect_problem(me.get(&format!("/waiting?{query}")).await, 400, problem::BAD_REQUEST).await;
    }
    // What is empty was not given.
    assert_eq!(list(&me, "list=&order=&before=&thread=").await.mails, []);
    for path in ["/waiting", "/waiting?thread=18f0ffffffffffff", &format!("/waiting/{}", Uuid::nil())] {
        let answer = backend.get(&format!("{}/api/v1{path}", backend.url)).await;
        expect_problem(answer, 401, problem::UNAUTHORIZED).await;
    }
}
