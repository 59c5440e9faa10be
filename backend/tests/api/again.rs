//! `GET /again`

use waxwing_protocol::api::MessagePage;

use crate::visitors::{GMAIL, behind_a_proxy, once};

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn opened_again_after_days_for_a_week() {
    let backend = behind_a_proxy().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    let subjects = async || {
        let page: MessagePage = me.read("/again").await;
        assert_eq!(page.next, None);
        page.messages.into_iter().map(|message| message.content.subject).collect::<Vec<_>>()
    };
    let (late, soon, once_only) =
        (me.send(&backend, "late").await, me.send(&backend, "soon").await, me.send(&backend, "once").await);
    for id in [late, soon, once_only] {
        GMAIL.visit(&backend, &me.pixel(id)).await;
        once(&me, id, |detail| detail.message.activity.opens == 1).await;
    }
    assert!(subjects().await.is_empty());
    for (id, days) in [(soon, 3), (late, 2)] {
        backend.clock.advance(days * DAY);
        GMAIL.visit(&backend, &me.pixel(id)).await;
        once(&me, id, |detail| detail.message.activity.again_at.is_some()).await;
    }
    assert_eq!(subjects().await, ["late", "soon"]);
    let page: MessagePage = me.read("/again").await;
    assert_eq!(page.messages[0].activity.again_after, Some(5 * DAY));
    let hers: MessagePage = ann.read("/again").await;
    assert!(hers.messages.is_empty());
    backend.clock.advance(6 * DAY);
    assert_eq!(subjects().await, ["late"]);
    backend.clock.advance(2 * DAY);
    assert!(subjects().await.is_empty());
}

#[tokio::test]
async fn twenty_at_most() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let mut sent = Vec::new();
    for n in 0..21 {
        sent.push(me.send(&backend, &n.to_string()).await);
    }
    for after in [0, 3 * DAY] {
        backend.clock.advance(after);
        for id in &sent {
            backend.clock.advance(1);
            GMAIL.visit(&backend, &me.pixel(*id)).await;
        }
    }
    once(&me, sent[20], |detail| detail.message.activity.again_at.is_some()).await;
    let page: MessagePage = me.read("/again").await;
    assert_eq!((page.messages.len(), page.messages[0].content.subject.as_str()), (20, "20"));
}
