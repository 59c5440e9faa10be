//! What is fuzzed in `waxwing-domain`: addresses and tokens, phrases about time, recurrences. The fuzzer calls these with whatever
//! it makes up, the tests with each file of the corpus.
//!
//! What must hold of each: whatever bytes come, nothing panics, nothing takes for ever, and what was read is the same when it is
//! written and read again.

use waxwing_domain::address::{self, Own};
use waxwing_domain::civil::Civil;
use waxwing_domain::recur::Rule;
use waxwing_domain::token::{MintKey, Token};
use waxwing_domain::when;
use waxwing_domain::when::Order;
use waxwing_domain::when::zone::{Fixed, NoZones};

/// Times of one rule that are looked at.
const TIMES: usize = 50;

/// A token, and the paths that one stands in.
pub(crate) fn token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        assert!(Token::parse_bytes(data).is_err());
        return;
    };
    let key = MintKey::from_bytes([7; 32]);
    if let Ok(token) = Token::parse(text) {
        assert_eq!(token.encode(), text.as_bytes(), "a token is written in one way");
        assert!(!token.verify(&key), "nobody makes up a token that was minted");
    }
    if let Some((account, token)) = address::parse_pixel_path(text) {
        assert!(address::is_account_id(account));
        let url = address::pixel_url("https://t.example", account, &token);
        assert_eq!(Own::find(&url).map(|own| own.token()), Some(token), "{url}");
    }
    if let Some((account, token, mac)) = address::parse_click_path(text) {
        assert!(address::is_account_id(account));
        assert!(!address::verify_click(&key, &token, "https://example.org/", mac), "nobody makes up a signature");
    }
}

/// An address in a mail or a request, and where it may lead.
pub(crate) fn link(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let key = MintKey::from_bytes([7; 32]);
    if let Some(own) = Own::find(&text) {
        assert!(address::is_account_id(own.account()));
        if let Own::Click { target, .. } = &own {
            assert!(address::location(target).is_some(), "an address of ours leads somewhere: {target}");
        }
    }
    let _ = address::target_in_query(&text);
    let shown = address::display_target(&text);
    assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
    let Some(location) = address::location(&text) else { return };
    assert!(location.starts_with("http://") || location.starts_with("https://"), "{location}");
    assert!(location.bytes().all(|b| b.is_ascii_graphic()), "{location}");
    assert_eq!(address::location(&location).as_deref(), Some(location.as_str()), "it stays as it is");
    // What we wrap is found again, and its signature is good.
    let token = Token::mint(&key, 0, uuid::Uuid::from_u128(1));
    let url = address::click_url("https://t.example", "abc123", &token, &key, &text);
    let Some((path, query)) = url.strip_prefix("https://t.example").and_then(|url| url.split_once('?')) else {
        panic!("{url}");
    };
    let target = address::target_in_query(query);
    assert_eq!(target.as_deref(), Some(text.as_ref()), "{url}");
    let Some((_, token, mac)) = address::parse_click_path(path) else { panic!("{url}") };
    assert!(address::verify_click(&key, &token, &text, mac));
}

/// A phrase, with the time and the zone in which it is said before it.
pub(crate) fn when(data: &[u8]) {
    let Some((head, phrase)) = data.split_first_chunk::<6>() else { return };
    let phrase = String::from_utf8_lossy(phrase);
    let [a, b, c, d, east, order] = *head;
    // From 1970 to 2106, and from -16 to +16 hours.
    let now = i64::from(u32::from_le_bytes([a, b, c, d]));
    let zone = Fixed(i32::from(east.cast_signed()) * 450);
    let mut context = when::Context::new(now, &zone, &NoZones);
    context.order = match order % 4 {
        0 => None,
        1 => Some(Order::DayMonthYear),
        2 => Some(Order::MonthDayYear),
        _ => Some(Order::YearMonthDay),
    };
    match when::parse(&phrase, &context) {
        Ok(meaning) => assert_eq!(when::parse(&phrase, &context).as_ref(), Ok(&meaning), "it means the same again"),
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

/// A rule of RFC 5545, with the wall time at which it begins before it.
pub(crate) fn rrule(data: &[u8]) {
    let Some(([a, b, c, d], text)) = data.split_first_chunk::<4>() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(rule) = text.parse::<Rule>() else { return };
    assert_eq!(rule.to_string().parse().as_ref(), Ok(&rule), "{rule}");
    let Some(start) = Civil::from_seconds(i64::from(u32::from_le_bytes([*a, *b, *c, *d]))) else { return };
    let zone = Fixed(3_600);
    let times: Vec<_> = rule.occurrences(start, &zone).take(TIMES).collect();
    assert!(times.windows(2).all(|pair| pair[0].1 < pair[1].1), "{rule}: times rise");
}
