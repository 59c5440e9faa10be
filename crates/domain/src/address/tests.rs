use uuid::Uuid;

use super::*;
use crate::token::MintRoot;

const ACCOUNT: &str = "k7m2p9qa";
const TRACKING: &str = "https://t.example";
/// See `token::tests`: the same root, account, epoch and message.
const TOKEN: &str = "AW8dLDtKWU5oj3ChssPU5fa3aj98vmTs";
/// `b64url(hmac.new(key, b"click" + uuid + target, sha256).digest()[:12])` by Python 3, target as in `TARGET`.
const MAC: &str = "8fT2cvladkGX0Bxy";
const TARGET: &str = "https://example.org/a?b=c&d=ü#f";
const ENCODED: &str = "https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc%26d%3D%C3%BC%23f";

fn key() -> MintKey {
    MintRoot::from_bytes(core::array::from_fn(|i| u8::try_from(i).unwrap())).mint_key(ACCOUNT, 1)
}

fn token() -> Token {
    Token::mint(&key(), 1, Uuid::parse_str("6f1d2c3b-4a59-4e68-8f70-a1b2c3d4e5f6").unwrap())
}

fn pixel() -> Own {
    Own::Pixel { account: ACCOUNT.into(), token: token() }
}

fn click() -> Own {
    Own::Click { account: ACCOUNT.into(), token: token(), target: TARGET.into() }
}

#[test]
fn known_answers() {
    assert_eq!(pixel_url(TRACKING, ACCOUNT, &token()), format!("{TRACKING}/o/{ACCOUNT}/{TOKEN}.gif"));
    let url = click_url(TRACKING, ACCOUNT, &token(), &key(), TARGET);
    assert_eq!(url, format!("{TRACKING}/c/{ACCOUNT}/{TOKEN}/{MAC}?u={ENCODED}"));
    // A slash at the end of the tracking URL, or a path in it, makes no difference to the shape.
    assert_eq!(pixel_url("https://h/sub/", ACCOUNT, &token()), format!("https://h/sub/o/{ACCOUNT}/{TOKEN}.gif"));
}

#[test]
fn paths_are_read_back() {
    assert_eq!(parse_pixel_path(&format!("/o/{ACCOUNT}/{TOKEN}.gif")), Some((ACCOUNT, token())));
    assert_eq!(parse_pixel_path(&format!("/sub/o/{ACCOUNT}/{TOKEN}.gif")), Some((ACCOUNT, token())));
    assert_eq!(parse_click_path(&format!("/c/{ACCOUNT}/{TOKEN}/{MAC}")), Some((ACCOUNT, token(), MAC)));
    assert_eq!(target_in_query(&format!("u={ENCODED}")).as_deref(), Some(TARGET));
    assert_eq!(target_in_query(&format!("utm_source=x&u={ENCODED}&u=y")).as_deref(), Some(TARGET));
    for path in ["", "/", "/o/", "/o//.gif", ".gif", "/o/x/y.gif", "o/k7m2p9qa/x.gif", "/o/K7M2P9QA/AAAA.gif"] {
        assert_eq!(parse_pixel_path(path), None, "{path}");
        assert_eq!(parse_click_path(path), None, "{path}");
    }
    let cut = &TOKEN[..31];
    for path in [
        format!("/o/{ACCOUNT}/{cut}.gif"),
        format!("/o/{ACCOUNT}/{TOKEN}"),
        format!("/o/{ACCOUNT}/{TOKEN}.png"),
        format!("/o/{ACCOUNT}/{TOKEN}.gif/"),
        format!("/x/{ACCOUNT}/{TOKEN}.gif"),
        format!("/fo{ACCOUNT}/{TOKEN}.gif"),
        format!("/o/short/{TOKEN}.gif"),
    ] {
        assert_eq!(parse_pixel_path(&path), None, "{path}");
    }
    for query in ["", "u", "U=x", "v=x", "u=%", "u=%ff", "xu=https://a/"] {
        assert_eq!(target_in_query(query), None, "{query}");
    }
}

#[test]
fn only_what_was_signed_is_followed() {
    assert!(verify_click(&key(), &token(), TARGET, MAC));
    let mut other = token();
    other.mac[0] ^= 1;
    assert!(!verify_click(&key(), &other, TARGET, MAC), "a forged token");
    assert!(!verify_click(&key(), &Token::mint(&key(), 1, Uuid::nil()), TARGET, MAC), "another message");
    assert!(!verify_click(&key(), &token(), "https://example.org/a?b=c&d=ü#g", MAC), "another target");
    assert!(!verify_click(&key(), &token(), "", MAC), "no target");
    let root = MintRoot::from_bytes([7; 32]);
    assert!(!verify_click(&root.mint_key(ACCOUNT, 1), &token(), TARGET, MAC), "another backend");
    for mac in [
        "",
        &MAC[..15],
        &format!("{MAC}A"),
        &MAC.to_lowercase(),
        "AAAAAAAAAAAAAAAA",
        "8fT2cvladkGX0Bx=",
        "éééééééé",
        &MAC.repeat(99),
    ] {
        assert!(!verify_click(&key(), &token(), TARGET, mac), "{mac}");
    }
}

#[test]
fn the_recipients_page() {
    // `b64url(hmac.new(key, b"consent" + uuid, sha256).digest()[:12])` by Python 3.
    const MAC: &str = "mXmEylNFQ8CluQei";
    let url = recipient_url(TRACKING, ACCOUNT, &token(), &key());
    assert_eq!(url, format!("{TRACKING}/r/{ACCOUNT}/{TOKEN}/{MAC}"));
    assert_eq!(parse_recipient_path(&format!("/sub/r/{ACCOUNT}/{TOKEN}/{MAC}")), Some((ACCOUNT, token(), MAC)));
    assert_eq!(parse_click_path(&format!("/r/{ACCOUNT}/{TOKEN}/{MAC}")), None);
    assert!(verify_recipient(&key(), &token(), MAC));
    assert!(is_recipient_url(&url) && is_recipient_url(&format!("{url}?lang=de#x")));
    assert!(!is_recipient_url(&format!("/r/{ACCOUNT}/{TOKEN}/{MAC}")) && !is_recipient_url("https://x.example/r/a/b/c"));
    let link = click_url(TRACKING, ACCOUNT, &token(), &key(), &url);
    assert!(!is_recipient_url(&link), "wrapped it is a link");
    let mut other = token();
    other.mac[0] ^= 1;
    assert!(!verify_recipient(&key(), &other, MAC), "a forged token");
    assert!(!verify_recipient(&key(), &Token::mint(&key(), 1, Uuid::nil()), MAC), "another message");
    assert!(!verify_click(&key(), &token(), "", MAC), "good for no link");
    for mac in ["", &MAC[..15], &format!("{MAC}A"), "AAAAAAAAAAAAAAAA", "éééééééé", &MAC.repeat(99)] {
        assert!(!verify_recipient(&key(), &token(), mac), "{mac}");
    }
}

#[test]
fn account_ids() {
    for id in ["abcdef", "0123456789abcdef", "k7m2p9qa"] {
        assert!(is_account_id(id), "{id}");
    }
    for id in ["", "abcde", "0123456789abcdefg", "Abcdef", "abc-def", "abcdéf", "abc/def", "abcdef\n"] {
        assert!(!is_account_id(id), "{id}");
    }
}

#[test]
fn ours_is_found() {
    let plain = format!("{TRACKING}/o/{ACCOUNT}/{TOKEN}.gif");
    let link = format!("{TRACKING}/c/{ACCOUNT}/{TOKEN}/{MAC}?u={ENCODED}");
    let mut encoded_link = String::new();
    percent::encode_component(&link, &mut encoded_link);
    let mut encoded_plain = String::new();
    percent::encode_component(&plain, &mut encoded_plain);
    for (url, own) in [
        (plain.clone(), pixel()),
        (format!("  {plain}\n"), pixel()),
        (format!("{plain}?x=1#y"), pixel()),
        (format!("HTTP://127.0.0.1:8080/sub/dir/o/{ACCOUNT}/{TOKEN}.gif"), pixel()),
        (format!("https://ci3.googleusercontent.com/meips/ADKq_Nabc-_=s0-d-e1-ft#{plain}"), pixel()),
        (format!("https://ci6.googleusercontent.com/proxy/abc=s0-d-e1-ft#{plain}"), pixel()),
        (format!("https://CI3.GoogleUserContent.com/meips/a#{plain}"), pixel()),
        (format!("https://www.google.com/url?q={encoded_plain}&source=gmail"), pixel()),
        (link.clone(), click()),
        (format!("{link}&utm_source=mail"), click()),
        (format!("https://www.google.com/url?q={encoded_link}&source=gmail&ust=1&usg=x"), click()),
        (format!("https://www.google.co.uk/url?sa=t&url={encoded_link}"), click()),
        (
            format!("https://www.google.com/url?q=https%3A%2F%2Fci3.googleusercontent.com%2Fmeips%2Fa%23{encoded_plain}"),
            pixel(),
        ),
    ] {
        assert_eq!(Own::find(&url), Some(own), "{url}");
    }
    assert_eq!(click().account(), ACCOUNT);
    assert_eq!(pixel().token(), token());
}

#[test]
fn what_is_not_ours() {
    let plain = format!("{TRACKING}/o/{ACCOUNT}/{TOKEN}.gif");
    for url in [
        String::new(),
        "https://t.example".into(),
        format!("/o/{ACCOUNT}/{TOKEN}.gif"),
        format!("ftp://t.example/o/{ACCOUNT}/{TOKEN}.gif"),
        format!("https:///o/{ACCOUNT}/{TOKEN}.gif"),
        format!("data:image/gif,{plain}"),
        format!("https://other.example/page#{plain}"),
        format!("https://googleusercontent.com.evil.example/#{plain}"),
        format!("https://www.google.evil.example/url?q={plain}"),
        format!("https://google.example/url?q={plain}"),
        format!("https://www.google.com/search?q={plain}"),
        format!("{TRACKING}/c/{ACCOUNT}/{TOKEN}/{MAC}"),
        format!("{TRACKING}/c/{ACCOUNT}/{TOKEN}/{MAC}?u="),
        format!("{TRACKING}/c/{ACCOUNT}/{TOKEN}/{MAC}?u=javascript%3Aalert(1)"),
        format!("{TRACKING}/c/{ACCOUNT}/{TOKEN}/{MAC}?u=https%3A%2F%2Fa%0D%0A"),
        format!("{TRACKING}/c/{ACCOUNT}/{TOKEN}/short?u={ENCODED}"),
        // Somebody else's pixel.
        "https://t.sidekickopen.example/s3t/o/5?si=1&pi=2".into(),
    ] {
        assert_eq!(Own::find(&url), None, "{url}");
    }
    // Layers end somewhere.
    let mut deep = plain;
    for _ in 0..MAX_LAYERS {
        deep = format!("https://ci3.googleusercontent.com/meips/a#{deep}");
    }
    assert_eq!(Own::find(&deep), None);
}
