//! However hits come, in whatever batches and with whatever judging in between, they come to what judging them all at once says.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use waxwing_backend::store::hits::{self, NewHit};
use waxwing_backend::store::judged::mark_due;
use waxwing_backend::store::sql;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Confidence, Hit, Label, Link, MailState, MessageDetail, NewsKind};

use crate::support::{Browser, TestBackend, message};
use crate::verdicts::{DAY, HOUR, LINKS, settled, told};
use crate::visitors::{APPLE, CHROME, GMAIL, NOBODY, SCANNER, THUNDERBIRD, Visitor, behind_a_proxy, once};

const VISITORS: [Visitor; 8] = [
    GMAIL,
    CHROME,
    APPLE,
    SCANNER,
    THUNDERBIRD,
    NOBODY,
    Visitor { address: "203.0.113.8", ..CHROME },
    Visitor { address: "66.249.93.91", ..GMAIL },
];
/// Rounds, and what happens in each.
const ROUNDS: u64 = 12;
const STEPS: usize = 40;

/// Xorshift: the same on every machine.
struct Dice(u64);

impl Dice {
    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        these[usize::try_from(self.0 >> 33).unwrap() % these.len()]
    }
}

async fn register(me: &Browser, id: Uuid, sent_at: Millis) {
    let mut put = message("s", sent_at);
    put.content.links = LINKS.iter().map(|link| Link { target: (*link).to_owned(), text: String::new() }).collect();
    assert_eq!(me.put(id, &put).await.status(), 204);
}

/// What must hold of a message at any moment.
fn check(detail: &MessageDetail) {
    let a = &detail.message.activity;
    assert!(a.opens <= a.open_hits && a.clicks <= a.click_hits, "{a:?}");
    assert_eq!((a.opens > 0, a.open_hits > 0), (a.first_open_at.is_some(), a.last_open_at.is_some()), "{a:?}");
    assert_eq!((a.clicks > 0, a.click_hits > 0), (a.first_click_at.is_some(), a.last_click_at.is_some()), "{a:?}");
    let all = a.open_hits + a.click_hits + a.machine_hits + a.apple_hits + a.own_hits + a.unknown_hits + a.checking;
    assert_eq!(all as usize, detail.hits.len(), "{a:?}");
    let of = |label: Label| detail.hits.iter().filter(|hit| hit.label() == Some(label)).count();
    assert_eq!(a.own_hits as usize, of(Label::Own), "{a:?}");
    assert_eq!((a.machine_hits + a.apple_hits) as usize, of(Label::Scanner) + of(Label::Prefetch), "{a:?}");
    let state = match a {
        Activity { clicks: 1.., .. } => MailState::Clicked,
        Activity { opens: 1.., .. } => MailState::Opened,
        Activity { unknown_hits: 1.., .. } => MailState::Unclear,
        Activity { apple_hits: 1.., .. } => MailState::Apple,
        Activity { machine_hits: 1.., .. } => MailState::Machines,
        _ => MailState::Unopened,
    };
    assert_eq!(a.state, state);
}

fn said(hit: &Hit) -> (Millis, Label, Confidence, String, bool) {
    let verdict = hit.verdict.clone().unwrap();
    (hit.at, verdict.label, verdict.confidence, verdict.reason, hit.repeat)
}

/// Lets hits come to a message one after the other, looking away for any time; gives how many came.
async fn live(backend: &TestBackend, me: &Browser, id: Uuid, dice: &mut Dice) -> usize {
    let mut came = 0;
    for _ in 0..STEPS {
        match dice.of(&[0, 0, 0, 0, 1, 2, 3, 4]) {
            1 => {
                let view = me.call(Method::POST, &format!("/messages/{id}/own-views"));
                assert_eq!(view.json(&json!({ "ago_ms": 0 })).send().await.unwrap().status(), 204);
            }
            2 => check(&once(me, id, |detail| detail.hits.len() == came).await),
            3 => {
                once(me, id, |detail| detail.hits.len() == came).await;
                backend.pass(40_000);
                settled(backend, id).await;
                check(&me.detail(id).await);
            }
            4 => backend.app.judging.judge(&[(id, me.account())]).await.unwrap(),
            _ => {
                let url = match dice.of(&[None, None, Some(0), Some(1), Some(2)]) {
                    None => me.pixel(id),
                    Some(link) => me.link(id, LINKS[link]),
                };
                dice.of(&VISITORS).visit(backend, &url).await;
                came += 1;
            }
        }
        backend.pass(dice.of(&[0, 100, 900, 4_000, 9_000, 25_000, 70_000, HOUR, 4 * DAY]));
    }
    came
}

#[tokio::test]
async fn in_pieces_or_at_once_it_comes_to_the_same() {
    let backend = behind_a_proxy().await;
    let me = backend.browser("me").await;
    let store = &backend.app.store;
    for round in 1..=ROUNDS {
        let mut dice = Dice(round.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (pieces, whole) = (backend.uuid(), backend.uuid());
        let sent_at = backend.app.clock.now();
        register(&me, pieces, sent_at).await;
        let came = live(&backend, &me, pieces, &mut dice).await;
        once(&me, pieces, |detail| detail.hits.len() == came).await;
        backend.pass(HOUR);
        settled(&backend, pieces).await;
        let first = me.detail(pieces).await;
        check(&first);

        // The same to another mail, of which nobody knew anything until all of it was over.
        register(&me, whole, sent_at).await;
        let raw = backend.hits().await.into_iter().filter(|hit| hit.message == pieces);
        let raw: Vec<_> = raw
            .map(|hit| NewHit {
                at: hit.at,
                account: hit.account,
                message: whole,
                kind: hit.kind,
                link: hit.link,
                agent: hit.agent,
                address: hit.address.parse().unwrap(),
                headers: hit.headers,
            })
            .collect();
        assert_eq!(raw.len(), came);
        let mut tx = store.write().await.unwrap();
        let views = "INSERT INTO own_views (message, account, at) SELECT $1, account, at FROM own_views WHERE message = $2";
        sql::query(views).bind(whole).bind(pieces).execute(&mut *tx).await.unwrap();
        hits::append(&mut tx, raw.iter()).await.unwrap();
        tx.commit().await.unwrap();
        // Another mail's hit tells the roll-up of these.
        SCANNER.visit(&backend, &me.pixel(backend.uuid())).await;
        once(&me, whole, |detail| detail.hits.len() == came).await;
        settled(&backend, whole).await;
        let second = me.detail(whole).await;
        assert_eq!(second.message.activity, first.message.activity, "round {round}");
        let all = |detail: &MessageDetail| detail.hits.iter().map(said).collect::<Vec<_>>();
        assert_eq!(all(&second), all(&first), "round {round}");

        // Once more changes nothing, and tells nothing.
        let news = told(&backend, &me, pieces).await;
        let mut tx = store.write().await.unwrap();
        mark_due(&mut tx, (pieces, me.account()), backend.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        backend.app.judging.wake();
        settled(&backend, pieces).await;
        let again = me.detail(pieces).await;
        assert_eq!((again.message, again.hits), (first.message.clone(), first.hits.clone()));
        assert_eq!(told(&backend, &me, pieces).await, news);
        // The list filters by what the message shows.
        let columns = "SELECT m.state = a.state AND (m.clicked = 1) = (a.clicks > 0) FROM messages m \
                       JOIN activity a ON a.message = m.id AND a.account = m.account WHERE m.id = $1";
        for id in [pieces, whole] {
            assert!(sql::query_scalar::<bool>(columns).bind(id).fetch_one(store.writer()).await.unwrap(), "round {round}");
        }
        // Something of each kind is told when something of it counts.
        let kinds: Vec<_> = news.iter().map(|(_, what, _)| *what).collect();
        let a = &first.message.activity;
        for (count, kind) in [(a.opens, NewsKind::Open), (a.clicks, NewsKind::Click), (a.unknown_hits, NewsKind::Unknown)] {
            assert!(count == 0 || kinds.contains(&kind), "round {round}: {kinds:?}");
        }
    }
}
