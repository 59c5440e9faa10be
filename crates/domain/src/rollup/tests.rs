use super::*;
use Counted::{Fresh, Repeat};

/// Seconds, agent, address, link (`""`: the pixel), expected.
type Line = (i64, &'static str, &'static str, &'static str, Counted);

fn hit(&(at, agent, address, link, _): &Line) -> Hit<'_> {
    let kind = if link.is_empty() { Kind::Open } else { Kind::Click };
    Hit { at: at * 1000, kind, agent, address, link: (!link.is_empty()).then_some(link) }
}

fn check(lines: &[Line]) -> Activity {
    let mut roll_up = RollUp::default();
    for line in lines {
        assert_eq!(roll_up.apply(&hit(line)), line.4, "{line:?}");
        // Stored and loaded between any two hits.
        roll_up = RollUp::from_parts(roll_up.activity.clone(), &roll_up.seen_bytes());
    }
    roll_up.activity
}

#[test]
fn what_is_a_repeat() {
    check(&[
        (0, "A", "192.0.2.1", "", Fresh),
        (1, "A", "192.0.2.1", "", Repeat),
        (30, "A", "192.0.2.99", "", Repeat),
        // The window hangs on the hit that counted.
        (31, "A", "192.0.2.1", "", Fresh),
        (61, "A", "192.0.2.1", "", Repeat),
        (62, "A", "192.0.2.1", "", Fresh),
    ]);
    // Another agent, another network, another kind, another link.
    check(&[
        (0, "A", "192.0.2.1", "", Fresh),
        (0, "B", "192.0.2.1", "", Fresh),
        (0, "A", "192.0.3.1", "", Fresh),
        (0, "A", "192.0.2.1", "https://a/", Fresh),
        (0, "A", "192.0.2.1", "https://b/", Fresh),
        (1, "A", "192.0.2.7", "https://a/", Repeat),
        (1, "B", "192.0.2.7", "", Repeat),
    ]);
    check(&[
        (0, "A", "2001:db8:1:2::3", "", Fresh),
        (1, "A", "2001:db8:1:ffff::1", "", Repeat),
        (1, "A", "2001:db8:2::3", "", Fresh),
        (2, "A", "::ffff:192.0.2.1", "", Fresh),
        (2, "A", "192.0.2.2", "", Repeat),
        (3, "", "", "", Fresh),
        (3, "", "not an address", "", Fresh),
        (3, "", "not an address", "", Repeat),
    ]);
}

#[test]
fn hits_may_come_late() {
    let activity = check(&[
        (100, "A", "192.0.2.1", "", Fresh),
        (90, "A", "192.0.2.1", "", Repeat),
        (10, "A", "192.0.2.1", "", Fresh),
        (105, "A", "192.0.2.1", "", Repeat),
        (15, "A", "192.0.2.1", "", Repeat),
        (50, "A", "192.0.2.1", "https://late/", Fresh),
        (80, "A", "192.0.2.1", "https://last/", Fresh),
        (20, "A", "192.0.2.1", "https://first/", Fresh),
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
    };
    assert_eq!(activity, expected);
}

#[test]
fn nothing_grows_without_end() {
    let mut roll_up = RollUp::default();
    let agents: Vec<String> = (0..1000).map(|i| format!("agent {i}")).collect();
    for (at, agent) in (0..).zip(&agents) {
        let hit = Hit { at, kind: Kind::Open, agent, address: "192.0.2.1", link: None };
        assert_eq!(roll_up.apply(&hit), Fresh);
        assert!(roll_up.seen_bytes().len() <= MAX_SEEN * SEEN_BYTES);
    }
    // The latest are remembered.
    let again = Hit { at: 999, kind: Kind::Open, agent: &agents[999], address: "192.0.2.1", link: None };
    assert_eq!(roll_up.apply(&again), Repeat);

    let full = Activity { opens: u32::MAX, open_hits: u32::MAX, ..Activity::default() };
    let mut roll_up = RollUp::from_parts(full, &[]);
    let far = Hit { at: i64::MIN, ..again };
    roll_up.apply(&far);
    roll_up.apply(&Hit { at: i64::MAX, ..far });
    assert_eq!((roll_up.activity.opens, roll_up.activity.open_hits), (u32::MAX, u32::MAX));
}

#[test]
fn bytes_that_are_not_of_the_form_are_nothing_seen() {
    for bytes in [&[0; 15][..], &[0; 17], &[0; (MAX_SEEN + 1) * SEEN_BYTES]] {
        assert_eq!(RollUp::from_parts(Activity::default(), bytes), RollUp::default());
    }
}

#[test]
fn the_stored_form_stays() {
    // SHA-256 by Python 3 over network, agent and link, each after its length as 8 bytes, and the kind; then the time.
    let mut roll_up = RollUp::default();
    roll_up.apply(&Hit { at: 1, kind: Kind::Click, agent: "A", address: "192.0.2.1", link: Some("https://a/") });
    let hex: String = roll_up.seen_bytes().iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
    assert_eq!(hex, "05fc68c37feb8fac0100000000000000");
}
