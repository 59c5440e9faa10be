use super::*;
use Class::{Apple, Own, Person, Prefetch, Scanner, Unknown};
use Counted::{Fresh, Repeat};

const GMAIL: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const DAY: i64 = 24 * 60 * 60;

/// Seconds, agent, address, link (`""`: the pixel), class, expected.
type Line = (i64, &'static str, &'static str, &'static str, Class, Counted);

fn hit(&(at, agent, address, link, class, _): &Line) -> Hit<'static> {
    let kind = if link.is_empty() { Kind::Open } else { Kind::Click };
    Hit { at: at * 1000, kind, agent, address, link: (!link.is_empty()).then_some(link), class, settled: true }
}

fn fold<'a>(hits: impl IntoIterator<Item = Hit<'a>>) -> Activity {
    let mut roll_up = RollUp::default();
    for hit in hits {
        roll_up.apply(&hit);
    }
    roll_up.activity
}

fn check(lines: &[Line]) -> Activity {
    let mut roll_up = RollUp::default();
    for line in lines {
        assert_eq!(roll_up.apply(&hit(line)), line.5, "{line:?}");
        // Stored and loaded between any two hits.
        roll_up = RollUp::from_parts(roll_up.activity.clone(), &roll_up.seen_bytes());
    }
    roll_up.activity
}

/// Every order of these.
fn orders<T: Copy>(of: &[T]) -> Vec<Vec<T>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in 0..of.len() {
        let mut rest = of.to_vec();
        let head = rest.remove(first);
        all.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, head);
            order
        }));
    }
    all
}

#[test]
fn what_is_a_repeat() {
    check(&[
        (0, "A", "192.0.2.1", "", Person, Fresh),
        (1, "A", "192.0.2.1", "", Person, Repeat),
        (30, "A", "192.0.2.99", "", Person, Repeat),
        // The window hangs on the hit that counted.
        (31, "A", "192.0.2.1", "", Person, Fresh),
        (61, "A", "192.0.2.1", "", Person, Repeat),
        (62, "A", "192.0.2.1", "", Person, Fresh),
    ]);
    // Another agent, another network, another kind, another link, another class.
    check(&[
        (0, "A", "192.0.2.1", "", Person, Fresh),
        (0, "B", "192.0.2.1", "", Person, Fresh),
        (0, "A", "192.0.3.1", "", Person, Fresh),
        (0, "A", "192.0.2.1", "https://a/", Person, Fresh),
        (0, "A", "192.0.2.1", "https://b/", Person, Fresh),
        (0, "A", "192.0.2.1", "", Unknown, Fresh),
        (1, "A", "192.0.2.7", "https://a/", Person, Repeat),
        (1, "B", "192.0.2.7", "", Person, Repeat),
        (1, "A", "192.0.2.7", "", Unknown, Repeat),
    ]);
    check(&[
        (0, "A", "2001:db8:1:2::3", "", Person, Fresh),
        (1, "A", "2001:db8:1:ffff::1", "", Person, Repeat),
        (1, "A", "2001:db8:2::3", "", Person, Fresh),
        (2, "A", "::ffff:192.0.2.1", "", Person, Fresh),
        (2, "A", "192.0.2.2", "", Person, Repeat),
        (3, "", "", "", Person, Fresh),
        (3, "", "not an address", "", Person, Fresh),
        (3, "", "not an address", "", Person, Repeat),
    ]);
}

#[test]
fn a_shortened_address_is_the_same_network() {
    check(&[
        (0, "A", "198.51.100.7", "", Person, Fresh),
        (1, "A", "198.51.100.0/24", "", Person, Repeat),
        (0, "A", "2001:db8:1::/48", "", Person, Fresh),
        (1, "A", "2001:db8:1:2::3", "", Person, Repeat),
    ]);
}

#[test]
fn a_proxy_is_one_wherever_it_comes_from() {
    let activity = check(&[
        (0, GMAIL, "66.249.93.84", "", Person, Fresh),
        (5, GMAIL, "74.125.208.1", "", Person, Repeat),
        (5, "YahooMailProxy; a", "192.0.2.1", "", Person, Fresh),
        (6, "YahooMailProxy; b", "198.51.100.1", "", Person, Repeat),
        (6, "Some-MailProxy/1", "192.0.2.1", "", Person, Fresh),
        (6, "Other-MailProxy/1", "192.0.2.1", "", Person, Fresh),
        (7, "Some-MailProxy/1", "198.51.100.1", "", Person, Repeat),
        (31, GMAIL, "66.249.93.84", "", Person, Fresh),
        // Who only calls himself like the provider is none of its.
        (32, "Gmail", "", "", Person, Fresh),
    ]);
    assert_eq!((activity.opens, activity.open_hits), (6, 9));
}

#[test]
fn each_class_has_its_count() {
    let activity = check(&[
        (1, "A", "192.0.2.1", "", Own, Fresh),
        (2, "B", "192.0.2.1", "", Apple, Fresh),
        (3, "C", "192.0.2.1", "", Prefetch, Fresh),
        (4, "D", "192.0.2.1", "", Scanner, Fresh),
        (5, "D", "192.0.2.1", "", Scanner, Repeat),
        (6, "E", "192.0.2.1", "", Unknown, Fresh),
        (7, "E", "192.0.2.1", "https://a/", Unknown, Fresh),
        (8, "F", "192.0.2.1", "", Person, Fresh),
        (9, "F", "192.0.2.1", "", Person, Repeat),
        (10, "F", "192.0.2.1", "https://a/", Person, Fresh),
    ]);
    let expected = Activity {
        opens: 1,
        open_hits: 2,
        clicks: 1,
        click_hits: 1,
        machine_hits: 3,
        apple_hits: 1,
        own_hits: 1,
        unknown_hits: 2,
        first_open_at: Some(8_000),
        last_open_at: Some(9_000),
        first_click_at: Some(10_000),
        last_click_at: Some(10_000),
        last_click_target: Some("https://a/".into()),
        touched_at: Some(2_000),
        prefetched: true,
        ..Activity::default()
    };
    assert_eq!(activity, expected);
    assert_eq!(activity.hits(), 10);
}

#[test]
fn states_by_strength() {
    let steps = [
        (Own, "", State::Unopened),
        (Scanner, "", State::Machines),
        (Prefetch, "", State::Machines),
        (Apple, "", State::Apple),
        (Unknown, "https://a/", State::Unclear),
        (Person, "", State::Opened),
        (Person, "https://a/", State::Clicked),
    ];
    let mut all = Vec::new();
    for (class, link, state) in steps {
        let hit = hit(&(1, "A", "192.0.2.1", link, class, Fresh));
        assert_eq!(fold([hit]).state(), state);
        all.push(hit);
        // A better hit lifts it, no later hit lowers it.
        assert_eq!(fold(all.iter().copied()).state(), state);
        assert_eq!(fold(all.iter().rev().copied()).state(), state);
    }
    assert_eq!(Activity::default().state(), State::Unopened);
}

#[test]
fn classes_of_labels() {
    for (kind, label, apple, expected) in [
        (Kind::Open, Label::Human, false, Person),
        (Kind::Click, Label::Human, false, Person),
        (Kind::Open, Label::ImageProxy, false, Person),
        (Kind::Click, Label::ImageProxy, false, Unknown),
        (Kind::Open, Label::Prefetch, false, Prefetch),
        (Kind::Open, Label::Prefetch, true, Apple),
        (Kind::Open, Label::Scanner, true, Scanner),
        (Kind::Open, Label::Own, true, Own),
        (Kind::Click, Label::Unknown, false, Unknown),
    ] {
        assert_eq!(Class::of(kind, label, apple), expected, "{kind:?} {label:?}");
    }
}

#[test]
fn a_click_that_is_checked_is_none_yet() {
    let click = |at, settled| Hit {
        at,
        kind: Kind::Click,
        agent: "A",
        address: "192.0.2.1",
        link: Some("https://a/"),
        class: Person,
        settled,
    };
    let activity = fold([click(0, false), click(1, false)]);
    assert_eq!(activity, Activity { checking: 2, touched_at: Some(0), ..Activity::default() });
    // One that its owner vouched for is no repeat of one that may yet go.
    let activity = fold([click(0, false), click(1, true)]);
    assert_eq!((activity.clicks, activity.click_hits, activity.checking), (1, 1, 1));
    let activity = fold([click(0, true), click(1, true)]);
    assert_eq!((activity.clicks, activity.click_hits, activity.checking), (1, 2, 0));
    // An open does not wait.
    let open = Hit { kind: Kind::Open, link: None, ..click(0, false) };
    assert_eq!(fold([open, Hit { settled: true, ..open }]).opens, 1);
}

#[test]
fn scanners_follow_and_prefetches_load() {
    let followed = check(&[(1, "A", "192.0.2.1", "https://a/", Scanner, Fresh)]);
    assert_eq!((followed.followed, followed.prefetched), (true, false));
    // A browser that looks at a link in advance is its person's.
    let ahead = check(&[(1, "A", "192.0.2.1", "https://a/", Prefetch, Fresh)]);
    assert_eq!((ahead.followed, ahead.prefetched), (false, false));
    assert!(!check(&[(1, "A", "192.0.2.1", "", Apple, Fresh)]).prefetched);
    assert_eq!(check(&[(1, "A", "192.0.2.1", "", Own, Fresh)]).touched_at, None);
}

#[test]
fn opened_again_after_days() {
    let at = |seconds, class| (seconds, "A", "192.0.2.1", "", class, Fresh);
    let again = |activity: &Activity| (activity.again_at, activity.again_after);
    assert_eq!(again(&check(&[at(0, Person)])), (None, None));
    assert_eq!(again(&check(&[at(0, Person), at(3 * DAY - 1, Person)])), (None, None));
    let twice = [at(0, Person), at(3 * DAY, Person)];
    assert_eq!(again(&check(&twice)), (Some(3 * DAY * 1000), Some(3 * DAY * 1000)));
    // The newest counts; what is no open does not break the silence.
    let thrice = [at(0, Person), at(4 * DAY, Person), at(8 * DAY, Scanner), at(9 * DAY, Person), at(10 * DAY, Person)];
    assert_eq!(again(&check(&thrice)), (Some(9 * DAY * 1000), Some(5 * DAY * 1000)));
    // One that comes late is not the latest.
    let late = [at(9 * DAY, Person), at(0, Person), at(4 * DAY, Person)];
    assert_eq!(again(&check(&late)), (None, None));
    assert_eq!(again(&check(&[at(0, Unknown), at(9 * DAY, Person)])), (None, None));
}

#[test]
fn hits_may_come_late() {
    let activity = check(&[
        (100, "A", "192.0.2.1", "", Person, Fresh),
        (90, "A", "192.0.2.1", "", Person, Repeat),
        (10, "A", "192.0.2.1", "", Person, Fresh),
        (105, "A", "192.0.2.1", "", Person, Repeat),
        (15, "A", "192.0.2.1", "", Person, Repeat),
        (50, "A", "192.0.2.1", "https://late/", Person, Fresh),
        (80, "A", "192.0.2.1", "https://last/", Person, Fresh),
        (20, "A", "192.0.2.1", "https://first/", Person, Fresh),
    ]);
    let expected = Activity {
        opens: 2,
        open_hits: 5,
        clicks: 3,
        click_hits: 3,
        first_open_at: Some(10_000),
        last_open_at: Some(105_000),
        first_click_at: Some(20_000),
        last_click_at: Some(80_000),
        last_click_target: Some("https://last/".into()),
        touched_at: Some(10_000),
        ..Activity::default()
    };
    assert_eq!(activity, expected);
}

/// Six hits: each combination of classes over a few agents and times whose windows do not overlap in part.
fn cases() -> impl Iterator<Item = Vec<Hit<'static>>> {
    let shapes: [[(i64, &str, &str); 6]; 3] = [
        [(0, "A", ""), (9, "A", ""), (100, "A", ""), (0, "A", "https://a/"), (5, "A", "https://b/"), (5, "A", "https://a/")],
        [(0, GMAIL, ""), (3, GMAIL, ""), (4, "B", ""), (200, "B", ""), (200, "B", "https://a/"), (200, "B", "https://b/")],
        [(7, "A", ""), (7, "A", ""), (7, "B", ""), (7, "B", "https://a/"), (8, "B", "https://a/"), (500, "A", "https://a/")],
    ];
    shapes.into_iter().flat_map(|shape| {
        (0..18_u32).map(move |seed| {
            let class = |i: u32| Class::ALL[((seed / 6 + i * seed) % 6) as usize];
            (0_u32..)
                .zip(shape)
                .map(|(i, (at, agent, link))| {
                    let line = (at, agent, "192.0.2.1", link, class(i), Fresh);
                    Hit { settled: i % 2 == 0, ..hit(&line) }
                })
                .collect()
        })
    })
}

#[test]
fn the_order_does_not_matter() {
    for (n, case) in cases().enumerate() {
        // Of six hits the first five or the last five.
        let case = &case[n % 2..][..5];
        let expected = fold(case.iter().copied());
        for order in orders(case) {
            assert_eq!(fold(order.iter().copied()), expected, "{order:?}");
        }
    }
}

#[test]
fn no_class_changes_what_another_counts() {
    for case in cases() {
        let all = fold(case.iter().copied());
        for class in Class::ALL {
            let alone = fold(case.iter().copied().filter(|hit| hit.class == class));
            let (a, b) = (&all, &alone);
            let pairs = match class {
                Person => vec![
                    (a.opens, b.opens),
                    (a.open_hits, b.open_hits),
                    (a.clicks, b.clicks),
                    (a.click_hits, b.click_hits),
                    (a.checking, b.checking),
                ],
                Scanner => vec![(u32::from(a.followed), u32::from(b.followed))],
                Prefetch => vec![(u32::from(a.prefetched), u32::from(b.prefetched))],
                Apple => vec![(a.apple_hits, b.apple_hits)],
                Own => vec![(a.own_hits, b.own_hits)],
                Unknown => vec![(a.unknown_hits, b.unknown_hits)],
            };
            assert!(pairs.iter().all(|(all, alone)| all == alone), "{class:?} {case:?}");
        }
        assert_eq!(all.hits(), 6);
        // Relabelled one by one, every hit still counts exactly once, and nothing counts in its old class.
        for i in 0..case.len() {
            for class in Class::ALL {
                let mut other = case.clone();
                other[i].class = class;
                let relabelled = fold(other.iter().copied());
                assert_eq!(relabelled.hits(), 6);
                let same = case[i].class == class;
                assert!(!same || relabelled == all);
            }
        }
    }
}

#[test]
fn nothing_grows_without_end() {
    let mut roll_up = RollUp::default();
    let agents: Vec<String> = (0..1000).map(|i| format!("agent {i}")).collect();
    let open = |at, agent| Hit { at, kind: Kind::Open, agent, address: "192.0.2.1", link: None, class: Person, settled: true };
    for (at, agent) in (0..).zip(&agents) {
        assert_eq!(roll_up.apply(&open(at, agent)), Fresh);
        assert!(roll_up.seen_bytes().len() <= MAX_SEEN * SEEN_BYTES);
    }
    // The latest are remembered.
    let again = open(999, &agents[999]);
    assert_eq!(roll_up.apply(&again), Repeat);

    let full = Activity { opens: u32::MAX, open_hits: u32::MAX, unknown_hits: u32::MAX, ..Activity::default() };
    assert_eq!(full.hits(), u64::from(u32::MAX) * 2);
    let mut roll_up = RollUp::from_parts(full, &[]);
    let far = Hit { at: i64::MIN, ..again };
    roll_up.apply(&far);
    roll_up.apply(&Hit { at: i64::MAX, ..far });
    roll_up.apply(&Hit { class: Unknown, ..far });
    let a = &roll_up.activity;
    assert_eq!((a.opens, a.open_hits, a.unknown_hits), (u32::MAX, u32::MAX, u32::MAX));
}

#[test]
fn bytes_that_are_not_of_the_form_are_nothing_seen() {
    for bytes in [&[0; 15][..], &[0; 17], &[0; (MAX_SEEN + 1) * SEEN_BYTES]] {
        assert_eq!(RollUp::from_parts(Activity::default(), bytes), RollUp::default());
    }
}

#[test]
fn the_stored_form_stays() {
    // SHA-256 by Python 3 over network, agent and link, each after its length as 8 bytes, then click, class, checking, proxy;
    // then the time.
    let seen = |hit: Hit<'_>| {
        let mut roll_up = RollUp::default();
        roll_up.apply(&hit);
        roll_up.seen_bytes().iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat()
    };
    let link = Some("https://a/");
    let click = Hit { at: 1, kind: Kind::Click, agent: "A", address: "192.0.2.1", link, class: Unknown, settled: false };
    assert_eq!(seen(click), "d28da81062fe38130100000000000000");
    let open = Hit { at: 1, kind: Kind::Open, agent: GMAIL, address: "192.0.2.1", link: None, class: Person, settled: false };
    assert_eq!(seen(open), "c182683da5bde0e20100000000000000");
}
