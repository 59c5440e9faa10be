use super::*;

const NOW: i64 = 1_800_000_000_000;

fn look_up(lists: &Lists, address: &str) -> Network {
    lists.look_up(Some(address.parse().unwrap()), None, NOW)
}

fn stored(name: &str, blocks: &[&str]) -> Stored {
    Stored {
        set: Set::named(name).unwrap(),
        fetched_at_ms: NOW,
        blocks: blocks.iter().map(|text| Cidr::parse(text).unwrap()).collect(),
    }
}

#[test]
fn every_fact_is_a_block() {
    let tables = [google::FETCHERS, google::CRAWLERS, google::OWN].into_iter();
    let tables = tables.chain(scanners::CERTAIN.iter().chain(scanners::PROBABLE).map(|vendor| vendor.blocks));
    for text in tables.flat_map(str::split_whitespace) {
        let block = Cidr::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(block.to_string(), text, "host bits");
    }
    for (_, index) in scanners::ASNS {
        assert!(*index < scanners::PROBABLE.len());
    }
}

#[test]
fn logged_addresses_fall_where_they_were_seen() {
    let lists = Lists::built_in();
    for address in ["66.249.93.84", "66.249.93.73", "66.249.88.8", "66.249.85.137", "2001:4860:4801:4010::1"] {
        assert_eq!(look_up(&lists, address).google, Google::Fetcher, "{address}");
    }
    for address in ["108.177.2.32", "66.249.89.107", "108.177.2.71", "66.249.92.1", "2001:4860:4801:2010::1"] {
        assert_eq!(look_up(&lists, address).google, Google::Crawler, "{address}");
    }
    assert_eq!(look_up(&lists, "66.249.64.1").google, Google::Other);
    assert_eq!(look_up(&lists, "34.2.0.1").google, Google::No, "rented out, and there is no list yet");
    assert_eq!(look_up(&lists, "40.92.1.9").scanner, Some("Microsoft"));
    assert_eq!(look_up(&lists, "2a01:111:f400::9").scanner, Some("Microsoft"));
    assert_eq!(look_up(&lists, "209.222.82.5").scanner, Some("Barracuda"));
    assert_eq!(look_up(&lists, "52.98.1.2").scanner, None, "Exchange Online: people read there");
    assert_eq!(look_up(&lists, "67.231.144.9").gateway, Some("Proofpoint"));
    assert_eq!(lists.look_up(None, Some(26_211), NOW).gateway, Some("Proofpoint"));
    assert_eq!(lists.look_up(None, Some(8_075), NOW).cloud, Some("Microsoft"));
}

#[test]
fn private_networks_say_nothing_of_a_visitor() {
    let lists = Lists::built_in();
    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.9",
        "169.254.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
    ] {
        assert_eq!(look_up(&lists, address).whence, Whence::Private, "{address}");
    }
    for address in ["203.0.113.24", "100.128.0.1", "172.32.0.1", "2001:db8::1"] {
        assert_eq!(look_up(&lists, address).whence, Whence::Internet, "{address}");
    }
    assert_eq!(lists.look_up(None, None, NOW).whence, Whence::Unknown);
}

#[test]
fn stored_sets_join_in() {
    let lists = Lists::new(&[
        stored("apple-proxy", &["104.28.29.32/28"]),
        stored("cloudflare", &["104.28.0.0/16"]),
        stored("google", &["34.2.0.0/16"]),
        stored("amazon", &["3.0.0.0/9", "10.9.0.0/16"]),
        stored("protonvpn", &["10.9.1.1"]),
        stored("google-user-triggered", &["198.51.100.0/24"]),
    ]);
    let relay = look_up(&lists, "104.28.29.34");
    assert!(relay.relay && relay.cloud.is_none());
    assert_eq!(look_up(&lists, "104.28.29.64").cloud, Some("Cloudflare"));
    assert_eq!(look_up(&lists, "34.2.0.1").google, Google::Other);
    assert_eq!(look_up(&lists, "::ffff:3.3.5.1").cloud, Some("Amazon"));
    let vpn = look_up(&lists, "10.9.1.1");
    assert!(vpn.vpn && vpn.cloud == Some("Proton VPN"));
    assert_eq!(look_up(&lists, "198.51.100.7").google, Google::Fetcher);
    assert_eq!(look_up(&lists, "66.249.93.84").google, Google::Other, "a newer list takes the place of the one in the code");
}

#[test]
fn age_and_version() {
    let fresh = Lists::new(&[stored("amazon", &["3.0.0.0/9"])]);
    assert_eq!(look_up(&fresh, "3.1.1.1").cloud_list, Knowledge::Fresh);
    assert_eq!(look_up(&fresh, "3.1.1.1").relay_list, Knowledge::Missing);
    assert_eq!(fresh.look_up(None, None, NOW + STALE_AFTER_MS).cloud_list, Knowledge::Fresh);
    assert_eq!(fresh.look_up(None, None, NOW + STALE_AFTER_MS + 1).cloud_list, Knowledge::Stale);
    assert_eq!(fresh.look_up(None, None, i64::MIN).cloud_list, Knowledge::Fresh, "a clock that was set back");
    assert_eq!(fresh.version(), Lists::new(&[stored("amazon", &["3.0.0.0/10", "3.64.0.0/10"])]).version());
    assert_ne!(fresh.version(), Lists::built_in().version());
    assert_ne!(fresh.version(), Lists::new(&[stored("oracle", &["3.0.0.0/9"])]).version());
}

#[test]
fn every_set_stands_once() {
    for (index, set) in SETS.iter().enumerate() {
        assert_eq!(usize::from(set.tag()), index, "{}", set.name);
        assert_eq!(Set::named(set.name), Some(set));
    }
}
