use super::*;

const NOW: Millis = 1_795_334_400_000;

fn account() -> AccountId {
    AccountId::parse("abcdefghjkmn").unwrap()
}

#[test]
fn which_addresses_are_one_place() {
    for (address, want) in [
        ("8.8.8.8", true),
        ("1.0.0.0", true),
        ("9.255.255.255", true),
        ("11.0.0.0", true),
        ("100.63.255.255", true),
        ("100.128.0.0", true),
        ("128.0.0.1", true),
        ("169.253.255.255", true),
        ("169.255.0.0", true),
        ("172.15.255.255", true),
        ("172.32.0.0", true),
        ("192.0.1.0", true),
        ("192.167.255.255", true),
        ("192.169.0.0", true),
        ("198.17.255.255", true),
        ("198.20.0.0", true),
        ("223.255.255.255", true),
        // For documentation, and so for tests.
        ("192.0.2.1", true),
        ("198.51.100.7", true),
        ("203.0.113.255", true),
        ("2001:db8::7", true),
        ("3fff::1", true),
        ("0.0.0.0", false),
        ("0.255.255.255", false),
        ("10.0.0.0", false),
        ("10.255.255.255", false),
        ("100.64.0.0", false),
        ("100.127.255.255", false),
        ("127.0.0.1", false),
        ("127.255.255.255", false),
        ("169.254.0.0", false),
        ("169.254.169.254", false),
        ("172.16.0.0", false),
        ("172.31.255.255", false),
        ("192.0.0.1", false),
        ("192.168.0.0", false),
        ("192.168.255.255", false),
        ("198.18.0.0", false),
        ("198.19.255.255", false),
        ("224.0.0.1", false),
        ("239.255.255.255", false),
        ("240.0.0.1", false),
        ("255.255.255.255", false),
        ("2000::1", true),
        ("2001:200::1", true),
        ("2a02:26f7::1", true),
        ("3ffe::1", true),
        ("::", false),
        ("::1", false),
        ("::7f00:1", false),
        ("::808:808", false),
        ("100::1", false),
        ("1fff:ffff::1", false),
        ("2001::1", false),
        ("2001:2::1", false),
        ("2001:10::1", false),
        ("2001:1ff:ffff::1", false),
        ("4000::1", false),
        ("5f00::1", false),
        ("fc00::1", false),
        ("fdff:ffff::1", false),
        ("fe80::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
        // IPv4 in IPv6 clothes: as global as it is itself.
        ("::ffff:8.8.8.8", true),
        ("::ffff:10.0.0.1", false),
        ("::ffff:127.0.0.1", false),
        ("::ffff:100.64.0.1", false),
        ("64:ff9b::808:808", true),
        ("64:ff9b::a00:1", false),
        ("64:ff9b:1::808:808", false),
        ("2002:808:808::1", true),
        ("2002:a00:1::1", false),
        ("2002:c0a8:101::1", false),
    ] {
        assert_eq!(is_global(address.parse().unwrap()), want, "{address}");
    }
}

#[test]
fn a_place_is_due_when_it_is_new_and_once_an_hour() {
    let places = Places::default();
    let address = "198.51.100.7".parse().unwrap();
    places.note(account(), address, "Firefox", NOW);
    places.note(account(), address, "Firefox", NOW + 10);
    let due = places.due();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].first_at, due[0].last_at), (NOW, NOW + 10));
    assert_eq!(places.due(), due, "until it is written");
    places.written(&due);
    assert!(places.due().is_empty());
    // Within the hour, and when the clock is set back.
    for at in [NOW + 20, NOW + AGAIN, NOW - 5 * AGAIN] {
        places.note(account(), address, "Firefox", at);
        assert!(places.due().is_empty(), "{at}");
    }
    places.note(account(), address, "Firefox", NOW + 10 + AGAIN);
    assert_eq!(places.due()[0].last_at, NOW + 10 + AGAIN);
    // As one place, in whatever clothes.
    places.note(account(), "::ffff:198.51.100.7".parse().unwrap(), "Firefox", NOW + AGAIN);
    assert_eq!(places.due().len(), 1);
}

#[test]
fn what_is_no_place_is_not_noted() {
    let places = Places::default();
    for (address, agent) in [("127.0.0.1", "Firefox"), ("10.1.2.3", "Firefox"), ("::1", "Firefox"), ("198.51.100.7", "")] {
        places.note(account(), address.parse().unwrap(), agent, NOW);
    }
    assert!(places.due().is_empty());
    assert!(places.lock().is_empty());
}

#[test]
fn made_up_agents_take_no_more_than_their_room() {
    let places = Places::default();
    let address = "198.51.100.7".parse().unwrap();
    for n in 0..10_000 {
        places.note(account(), address, &format!("Browser {n}"), NOW + n);
    }
    let due = places.due();
    assert_eq!(due.len(), MAX_PLACES);
    assert!(due.iter().all(|place| place.last_at >= NOW + 9_900), "the newest are kept");
}
