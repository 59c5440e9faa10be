//! Tests on data that others made. It is not part of the project: it is read from the folder that `WAXWING_PEERS` names, or
//! from `../shared/peers` beside the project, and passed over with a notice when there is none.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::address::{self, Own};
use crate::mark::{self, Minting};
use crate::strip;
use crate::token::{MintKey, Token};
use crate::tree::Tree as _;
use crate::tree::fixture::Fixture;

const ACCOUNT: &str = "k7m2p9qa";
const TRACKING: &str = "https://t.example";
const ROOT: usize = Fixture::ROOT;

/// The folder `name` among the peers, if there is one.
fn peers(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/peers");
    let folder = std::env::var_os("WAXWING_PEERS").map_or_else(beside, PathBuf::from).join(name);
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("peers_{name}: passed over, no folder {name} in WAXWING_PEERS or ../shared/peers");
    }
    found
}

/// All files below a folder, sorted, with their bytes read as text.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

fn key() -> MintKey {
    MintKey::from_bytes([5; 32])
}

fn minting(key: &MintKey, n: u128) -> Minting<'_> {
    Minting { tracking_url: TRACKING, account: ACCOUNT, key, epoch: 1, message: Uuid::from_u128(n) }
}

/// Marks, and checks all that must hold. Returns how many links were wrapped.
fn check_mark(html: &str) -> usize {
    let key = key();
    let mut tree = Fixture::read(html);
    let (before, text) = (tree.write(), tree.text(&ROOT));
    let marked = mark::mark(&mut tree, &ROOT, &minting(&key, 1), &mark::Wanted::BOTH).unwrap();
    assert_eq!(tree.text(&ROOT), text, "the words are the same");
    assert_eq!(mark::pixels(&tree, &ROOT, ACCOUNT), [Uuid::from_u128(1)]);
    let sent = tree.write();
    let marks = strip::find_marks_in_html(&sent, ACCOUNT);
    assert_eq!(marks.len(), 1 + marked.links.len(), "the proof from the wire");
    assert_eq!(strip::strip_html(&sent, ACCOUNT).as_ref(), Some(&before));

    // The recipient answers, the sender answers the answer: the old marks are in the quote, the new ones are not.
    let mut reply = Fixture::read(&format!(r#"<div>ok</div><div class="gmail_quote">{sent}</div>"#));
    let quoted = Fixture::read(&format!(r#"<div>ok</div><div class="gmail_quote">{before}</div>"#)).write();
    mark::mark(&mut reply, &ROOT, &minting(&key, 2), &mark::Wanted::BOTH).unwrap();
    assert_eq!(mark::pixels(&reply, &ROOT, ACCOUNT), [Uuid::from_u128(2)]);
    strip::strip(&mut reply, &ROOT, ACCOUNT);
    assert_eq!(reply.write(), quoted);

    strip::strip(&mut tree, &ROOT, ACCOUNT);
    assert_eq!(tree.write(), before, "stripping gives everything back");
    marked.links.len()
}

#[test]
fn peers_html() {
    let Some(folder) = peers("html") else { return };
    let (mut mails, mut links) = (0, 0);
    for (path, html) in files(&folder) {
        if path.extension().is_some_and(|e| e == "html" || e == "htm") {
            links += check_mark(&html);
            mails += 1;
        }
    }
    eprintln!("peers_html: {mails} right, 0 wrong of {mails}; {links} links wrapped");
    assert!(mails > 0, "the folder holds templates");
}

#[test]
fn peers_payloads() {
    let Some(folder) = peers("payloads") else { return };
    let key = key();
    let token = Token::mint(&key, 1, Uuid::from_u128(1));
    let (mut lines, mut followed) = (0, 0);
    for (_, text) in files(&folder) {
        for line in text.lines().flat_map(|line| [line, line.trim().trim_matches([',', '"'])]) {
            lines += 1;
            let _ = Token::parse(line);
            let _ = MintKey::from_base64url(line);
            let _ = address::parse_pixel_path(line);
            let _ = address::parse_click_path(line);
            let _ = address::target_in_query(line);
            assert_eq!(Own::find(line), None, "{line:?}");
            assert!(!address::is_account_id(line) || line.len() <= 16);
            assert!(!address::verify_click(&key, &token, line, line));
            let shown = address::display_target(line);
            assert!(shown.chars().count() <= 80 && !shown.chars().any(char::is_control), "{shown:?}");

            // In a link's target, in a link's text, in a subject-like text and as markup.
            let location = address::location(line);
            if let Some(location) = &location {
                followed += 1;
                assert!(location.bytes().all(|b| b.is_ascii_graphic()), "{location:?}");
                assert!(location.starts_with("http://") || location.starts_with("https://"));
                assert_eq!(address::location(location).as_ref(), Some(location));
            }
            let url = address::click_url(TRACKING, ACCOUNT, &token, &key, line);
            assert!(url.bytes().all(|b| b.is_ascii_graphic()));
            let (_, query) = url.split_once('?').unwrap();
            assert_eq!(address::target_in_query(query).as_deref(), Some(line), "there and back");
            assert_eq!(Own::find(&url).is_some(), location.is_some(), "{line:?}");

            let mut tree = Fixture::read("");
            let anchor = tree.add(ROOT, Some("a".into()), vec![("href".into(), line.into())], "");
            tree.add(anchor, None, vec![], line);
            let before = tree.write();
            mark::mark(&mut tree, &ROOT, &minting(&key, 1), &mark::Wanted::BOTH).unwrap();
            strip::strip(&mut tree, &ROOT, ACCOUNT);
            assert_eq!(tree.write(), before);
            check_mark(line);
        }
    }
    eprintln!("peers_payloads: {lines} right, 0 wrong of {lines}; {followed} may be followed");
}
