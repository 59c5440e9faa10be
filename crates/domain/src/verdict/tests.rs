use core::net::IpAddr;

use super::lists::{Cidr, STALE_AFTER_MS, Set, Stored};
use super::*;

const NOW: i64 = 1_800_000_000_000;
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";
const SAFARI: &str =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
const GMAIL: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const HOME: &str = "81.2.69.142";
const CLOUD: &str = "3.3.5.1";
const RELAY: &str = "104.28.29.34";

fn lists() -> Lists {
    let set = |name: &str, block: &str| Stored {
        set: Set::named(name).unwrap(),
        fetched_at_ms: NOW,
        blocks: vec![Cidr::parse(block).unwrap()],
    };
    Lists::new(&[set("apple-proxy", "104.28.29.32/28"), set("amazon", "3.0.0.0/9"), set("protonvpn", "2.58.241.66/32")])
}

fn hit(kind: Kind, agent: &'static str, address: &str, seconds: i64) -> HitFacts<'static> {
    HitFacts {
        kind,
        agent: agent.as_bytes(),
        address: Some(address.parse().unwrap()),
        since_send_ms: Some(seconds * 1000),
        at_ms: Some(NOW - 600_000 + seconds * 1000),
        ..HitFacts::default()
    }
}

fn navigation() -> Headers<'static> {
    Headers::from_pairs([("accept-language", "en"), ("Sec-Fetch-Mode", "navigate"), ("SEC-FETCH-USER", "?1")])
}

fn check(facts: &HitFacts<'_>, label: Label, confidence: Confidence, reason: ReasonId) {
    let verdict = judge(facts, &lists(), NOW);
    assert_eq!((verdict.label, verdict.confidence, verdict.reason.id), (label, confidence, reason), "{facts:?}");
}

#[test]
fn own_views() {
    use Confidence::{High, Low, Medium};
    let gmail = |since: i64| HitFacts {
        own: Own { since_view_ms: Some(since), ..Own::default() },
        ..hit(Kind::Open, GMAIL, "66.249.88.9", 5000)
    };
    check(&gmail(1000), Label::Own, High, ReasonId::OwnView);
    check(&gmail(-5000), Label::Own, High, ReasonId::OwnView);
    check(&gmail(5001), Label::ImageProxy, Medium, ReasonId::GmailOpenOwnViews);
    check(&gmail(i64::MIN), Label::ImageProxy, High, ReasonId::GmailOpen);
    let pretended = HitFacts { address: Some(HOME.parse().unwrap()), ..gmail(0) };
    check(&pretended, Label::Unknown, Low, ReasonId::GmailPretended);

    let own: [IpAddr; 2] = [HOME.parse().unwrap(), "2001:db8:1:2::5".parse().unwrap()];
    let from = |agent, address, agents| HitFacts {
        own: Own { addresses: &own, agents, ..Own::default() },
        ..hit(Kind::Open, agent, address, 5000)
    };
    check(&from(CHROME, HOME, &[]), Label::Own, Medium, ReasonId::OwnBrowser);
    check(&from(CHROME, "2001:db8:1:2:ffff::9", &[]), Label::Own, Medium, ReasonId::OwnBrowser);
    check(&from(CHROME, HOME, &[CHROME]), Label::Own, Medium, ReasonId::OwnBrowser);
    check(&from(SAFARI, HOME, &[CHROME]), Label::Unknown, Low, ReasonId::OwnNetwork);
    check(&from(SAFARI, HOME, &[]), Label::Unknown, Low, ReasonId::OwnNetwork);
    check(&from(CHROME, "2001:db8:1:3::5", &[]), Label::Unknown, Low, ReasonId::NotEnough);
}

#[test]
fn an_undeclared_proxy_makes_nobody_a_liar() {
    use Confidence::{High, Low, Medium};
    for address in ["127.0.0.1", "10.0.0.7", "fd00::7"] {
        check(&hit(Kind::Open, GMAIL, address, 5000), Label::ImageProxy, Low, ReasonId::GmailUnconfirmed);
        check(&hit(Kind::Open, "Mozilla/5.0", address, 5000), Label::Prefetch, Medium, ReasonId::ApplePrivacy);
        let click = HitFacts { headers: navigation(), ..hit(Kind::Click, CHROME, address, 5000) };
        check(&click, Label::Human, Medium, ReasonId::Navigation);
        check(&hit(Kind::Click, "Barracuda Sentinel (EE)", address, 60), Label::Scanner, High, ReasonId::NamesItself);
    }
}

#[test]
fn clocks_that_disagree() {
    use Confidence::{High, Low, Medium};
    let click = |seconds| HitFacts { headers: navigation(), ..hit(Kind::Click, CHROME, HOME, seconds) };
    check(&click(5), Label::Human, High, ReasonId::Navigation);
    check(&click(4), Label::Unknown, Low, ReasonId::ClickFast);
    check(&click(-20), Label::Unknown, Low, ReasonId::ClickFast);
    check(&click(-3600), Label::Human, High, ReasonId::Navigation);
    let wild = HitFacts { since_send_ms: Some(i64::MIN), at_ms: Some(i64::MAX), ..click(0) };
    check(&wild, Label::Human, High, ReasonId::Navigation);
    check(&hit(Kind::Open, GMAIL, "66.249.88.9", -4), Label::ImageProxy, Medium, ReasonId::GmailOpenFast);
}

#[test]
fn gateways_clouds_and_vpns() {
    use Confidence::{High, Low, Medium};
    for (address, seconds, label, confidence, reason) in [
        (CLOUD, 59, Label::Scanner, Medium, ReasonId::CloudFast),
        (CLOUD, 60, Label::Unknown, Low, ReasonId::Gateway),
        ("2.58.241.66", 30, Label::Unknown, Low, ReasonId::Gateway),
        ("67.231.144.9", 120, Label::Scanner, Medium, ReasonId::GatewayFast),
        ("67.231.144.9", 121, Label::Unknown, Low, ReasonId::Gateway),
        (RELAY, 30, Label::Human, Medium, ReasonId::RelayVisit),
        (HOME, 30, Label::Human, High, ReasonId::Navigation),
        ("40.92.1.9", 4000, Label::Scanner, High, ReasonId::ScannerNetwork),
    ] {
        check(&HitFacts { headers: navigation(), ..hit(Kind::Click, CHROME, address, seconds) }, label, confidence, reason);
    }
    let open = Headers::from_pairs([("Accept", "image/avif,*/*"), ("Accept-Language", "de")]);
    for (address, seconds, label, confidence, reason) in [
        (CLOUD, 9000, Label::Unknown, Low, ReasonId::CloudOpen),
        ("67.231.144.9", 30, Label::Scanner, Medium, ReasonId::GatewayFast),
        ("67.231.144.9", 3000, Label::Unknown, Low, ReasonId::Gateway),
        (HOME, 2, Label::Unknown, Low, ReasonId::NotEnough),
        (HOME, 30, Label::Human, Medium, ReasonId::BrowserOpen),
        (RELAY, 30, Label::Human, Medium, ReasonId::BrowserOpen),
    ] {
        check(&HitFacts { headers: open, ..hit(Kind::Open, CHROME, address, seconds) }, label, confidence, reason);
    }
}

#[test]
fn old_and_missing_lists_lower_confidence() {
    use Confidence::{High, Low, Medium};
    let click = HitFacts { headers: navigation(), ..hit(Kind::Click, CHROME, HOME, 100) };
    let apple = hit(Kind::Open, "Mozilla/5.0", RELAY, 100);
    let cloud = HitFacts { headers: navigation(), ..hit(Kind::Click, CHROME, CLOUD, 10) };
    let later = NOW + STALE_AFTER_MS + 1;
    let (full, none) = (lists(), Lists::built_in());
    for (facts, lists, now, label, confidence) in [
        (&click, &full, NOW, Label::Human, High),
        (&click, &full, later, Label::Human, Medium),
        (&click, &none, NOW, Label::Human, Medium),
        (&apple, &full, NOW, Label::Prefetch, High),
        (&apple, &full, later, Label::Prefetch, Medium),
        (&apple, &none, NOW, Label::Prefetch, Medium),
        (&cloud, &full, NOW, Label::Scanner, Medium),
        (&cloud, &full, later, Label::Scanner, Low),
        (&cloud, &none, NOW, Label::Human, Medium),
    ] {
        let verdict = judge(facts, lists, now);
        assert_eq!((verdict.label, verdict.confidence), (label, confidence), "{facts:?} {now}");
    }
}

#[test]
fn nothing_known_gives_a_verdict() {
    let long = "x".repeat(65_536);
    for kind in [Kind::Open, Kind::Click] {
        for agent in [&b""[..], b"\xff\xff", long.as_bytes(), b"Mozilla/5.0", CHROME.as_bytes()] {
            let facts = HitFacts { kind, agent, ..HitFacts::default() };
            let verdict = judge(&facts, &Lists::built_in(), NOW);
            assert!(!(kind == Kind::Open && verdict.label == Label::Human && verdict.confidence == Confidence::High));
            assert!(!verdict.provisional && verdict.rules == RULES_VERSION);
        }
    }
}

#[test]
fn a_click_is_provisional_for_half_a_minute() {
    let click = HitFacts { at_ms: Some(NOW), ..hit(Kind::Click, CHROME, HOME, 100) };
    let open = HitFacts { kind: Kind::Open, ..click };
    for (facts, later, provisional) in [(click, 0, true), (click, 29_999, true), (click, 30_000, false), (open, 0, false)] {
        assert_eq!(judge(&facts, &lists(), NOW + later).provisional, provisional);
    }
}

/// A click on `link` at so many seconds.
fn click(link: &'static str, agent: &'static str, address: &str, seconds: i64) -> HitFacts<'static> {
    HitFacts { link: Some(link), headers: navigation(), ..hit(Kind::Click, agent, address, seconds) }
}

fn labels(hits: &[HitFacts<'_>], mail: Mail) -> Vec<Label> {
    rejudge(hits, mail, &lists(), NOW).iter().map(|verdict| verdict.label).collect()
}

#[test]
fn a_burst_relabels_what_came_before() {
    let mail = Mail { links: Some(9), shared: false };
    let (a, b) = (click("a", CHROME, HOME, 400), click("b", CHROME, HOME, 404));
    let pixel = hit(Kind::Open, CHROME, HOME, 398);
    let person = click("d", SAFARI, "86.1.2.3", 405);
    assert_eq!(labels(&[a, b, pixel, person], mail), [Label::Human, Label::Human, Label::Unknown, Label::Human]);
    let c = click("c", CHROME, HOME, 408);
    assert_eq!(
        labels(&[c, a, b, pixel, person], mail),
        [Label::Scanner, Label::Scanner, Label::Scanner, Label::Scanner, Label::Human],
        "earlier hits too, the pixel too, another visitor not"
    );
    let late = click("c", CHROME, HOME, 411);
    assert_eq!(labels(&[a, b, late], mail), [Label::Human; 3], "eleven seconds are no burst");
    assert_eq!(labels(&[a, b], Mail { links: Some(2), shared: false }), [Label::Scanner; 2], "all of two links");
    assert_eq!(labels(&[a, a, a], mail), [Label::Human; 3], "one link three times is a person");
}

#[test]
fn a_second_look_from_elsewhere() {
    let first = click("a", SAFARI, "86.1.2.3", 400);
    let again = click("a", CHROME, HOME, 412);
    assert_eq!(labels(&[again, first], Mail::default()), [Label::Scanner, Label::Human], "the first in time stays");
    assert_eq!(labels(&[first, again], Mail { shared: true, links: None }), [Label::Human; 2]);
    for other in [
        click("b", CHROME, HOME, 412),
        click("a", SAFARI, HOME, 412),
        click("a", CHROME, "86.1.2.9", 412),
        click("a", CHROME, HOME, 461),
    ] {
        assert_eq!(labels(&[first, other], Mail::default()), [Label::Human; 2], "{other:?}");
    }
}

#[test]
fn many_hits_at_once_stay_cheap() {
    let mut hits = Vec::new();
    for index in 0..60_000_i64 {
        let link = ["a", "b", "c", "d"][usize::try_from(index % 4).unwrap()];
        hits.push(HitFacts { at_ms: Some(NOW + index / 1000), ..click(link, "curl/8", HOME, 10) });
    }
    assert!(labels(&hits, Mail::default()).iter().all(|label| *label == Label::Scanner));
    let unknown = HitFacts { at_ms: None, address: None, link: None, ..hits[0] };
    assert_eq!(labels(&[unknown], Mail::default()).len(), 1);
    assert!(labels(&[], Mail::default()).is_empty());
}

#[test]
fn labels_and_confidences_are_read_back() {
    for label in Label::ALL {
        assert_eq!(Label::parse(label.as_str()), Some(label));
    }
    for confidence in [Confidence::Low, Confidence::Medium, Confidence::High] {
        assert_eq!(Confidence::parse(confidence.as_str()), Some(confidence));
    }
    assert_eq!(Label::parse("Self"), None);
}
