//! Marks in mails that others wrote: templates in `html/` and whole mails in `mail/` below `WAXWING_PEERS`, or `../shared/peers`
//! beside the repository.
//!
//! Any other folders of the same form will do. Without them the tests say so and pass.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a test tells its figures and stops at the first surprise")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Message, MessageParser, PartType};
use uuid::Uuid;
use waxwing_backend::outgoing::{self, Mint, NotTrackedWhy, Order, Prepared, Unreadable};
use waxwing_domain::address::{self, Own};
use waxwing_domain::html::unescape;
use waxwing_domain::strip::{find_marks_in_html, strip_html};
use waxwing_domain::token::MintKey;

const ACCOUNT: &str = "k7m2p9qa";
const TRACKING: &str = "https://t.example";
const MESSAGE: Uuid = Uuid::from_u128(7);

/// All files below a folder of the peers, sorted.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = match std::env::var_os("WAXWING_PEERS") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers"),
    };
    let mut found = Vec::new();
    let mut waiting = vec![root.join(folder)];
    while let Some(at) = waiting.pop() {
        for entry in fs::read_dir(&at).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    if found.is_empty() {
        println!("peers_outgoing: passed over, there is no data of others in {folder}/ (see WAXWING_PEERS)");
    }
    found
}

fn key() -> MintKey {
    MintKey::from_bytes([5; 32])
}

fn send(draft: &[u8], track: bool) -> Result<Prepared, Unreadable> {
    let key = key();
    let mint = Mint {
        key: &key,
        epoch: 1,
        tracking_url: TRACKING,
        message: MESSAGE,
        tracks: waxwing_protocol::api::Kinds::ALL,
        line: None,
    };
    outgoing::prepare(&Order {
        draft,
        account: ACCOUNT,
        trace: Uuid::from_u128(1),
        rfc_id: "<n@x.example>",
        date: 1_795_507_200_000,
        mint: track.then_some(mint),
    })
}

/// What a reader sees of HTML, white space included.
fn words(html: &str) -> String {
    html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect()
}

/// HTML without the ways in which one value of an attribute can be written.
fn plain(html: &str) -> String {
    unescape(html).replace(['"', '\''], "")
}

/// Checks an HTML part before and after; gives how many pixels and links there are.
fn check_html(old: &str, new: &str) -> (usize, Vec<String>) {
    assert_eq!(words(old), words(new), "the words are the same");
    let marks = find_marks_in_html(new, ACCOUNT);
    assert!(marks.iter().all(|mark| mark.token().message == MESSAGE && mark.token().verify(&key())));
    let links: Vec<String> = marks
        .iter()
        .filter_map(|mark| match mark {
            Own::Click { target, .. } => Some(target.clone()),
            Own::Pixel { .. } | Own::Line { .. } => None,
        })
        .collect();
    let pixels = marks.iter().filter(|mark| matches!(mark, Own::Pixel { .. })).count();
    let clicks = new.match_indices("https://t.example/c/").map(|(at, _)| &new[at..]);
    for (click, target) in clicks.zip(&links) {
        let url = unescape(click.split(['"', '\'']).next().unwrap());
        let (path, query) = url.strip_prefix(TRACKING).unwrap().split_once('?').unwrap();
        let (account, token, mac) = address::parse_click_path(path).unwrap();
        let goes = address::target_in_query(query).unwrap();
        assert_eq!((account, &goes), (ACCOUNT, target));
        assert!(address::verify_click(&key(), &token, &goes, mac), "it is followed");
    }
    if let Some(back) = strip_html(new, ACCOUNT) {
        assert_eq!(plain(&back), plain(old), "without the marks it is what it was, links too");
    } else {
        assert_eq!(new, old);
    }
    (pixels, links)
}

/// Checks a whole mail before and after.
fn check_mail(before: &Prepared, after: &Prepared) {
    let read = |raw| -> Message<'_> { MessageParser::default().parse(raw).unwrap() };
    let (old, new) = (read(&before.raw), read(&after.raw));
    assert_eq!(old.parts.len(), new.parts.len());
    let (mut pixels, mut links) = (0, Vec::new());
    for (old_part, new_part) in old.parts.iter().zip(&new.parts) {
        match (&old_part.body, &new_part.body) {
            (PartType::Html(old), PartType::Html(new)) => {
                let (more_pixels, more_links) = check_html(old, new);
                pixels += more_pixels;
                links.extend(more_links);
            }
            (PartType::Multipart(old), PartType::Multipart(new)) => assert_eq!(old, new),
            _ => {
                let bytes = |message: &Message<'_>, part: &mail_parser::MessagePart<'_>| {
                    let range = usize::try_from(part.offset_header).unwrap()..usize::try_from(part.offset_end).unwrap();
                    message.raw_message[range].to_vec()
                };
                // The root has the new lines of the header.
                if old_part.offset_header > 0 {
                    assert!(bytes(&old, old_part) == bytes(&new, new_part), "every other part is the same, byte for byte");
                }
            }
        }
    }
    assert_eq!(pixels, usize::from(after.tracked.is_ok()), "one pixel in the whole mail");
    assert_eq!(links, after.content.links.iter().map(|link| link.target.clone()).collect::<Vec<_>>());
    assert_eq!(
        (&before.sender, &before.recipients, &before.content.recipients),
        (&after.sender, &after.recipients, &after.content.recipients)
    );
    // Between the first and the last change nothing but the HTML changed: what stands before and behind is the same.
    if after.tracked.is_err() {
        assert!(before.raw == after.raw, "a mail that is not tracked goes out as it is");
    }
}

/// The template in the forms that programs send mails in.
fn forms(html: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    const TOP: &str = "From: me@a.example\r\nTo: you@b.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n";
    let letters = STANDARD.encode(html);
    let lines: Vec<&str> = letters.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
    let base64 = lines.join("\r\n");
    let head = |rest: &str| format!("{TOP}{rest}").into_bytes();
    let html_header = "Content-Type: text/html; charset=\"utf-8\"\r\n";
    let inner = |body: &str| {
        format!(
            "Content-Type: multipart/alternative; boundary=\"in\"\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nplain text\r\n\r\n--in\r\n{body}\r\n--in--\r\n"
        )
    };
    let coded = format!("{html_header}Content-Transfer-Encoding: base64\r\n\r\n{base64}");
    let mut quoted = String::new();
    for (n, byte) in html.iter().enumerate() {
        write!(quoted, "={byte:02X}{}", if n % 25 == 24 { "=\r\n" } else { "" }).unwrap();
    }
    let quoted = format!("{html_header}Content-Transfer-Encoding: quoted-printable\r\n\r\n{quoted}");
    let mut eight = head(&format!("{html_header}Content-Transfer-Encoding: 8bit\r\n\r\n"));
    eight.extend_from_slice(html);
    let attached = "Content-Type: application/octet-stream\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\nAwQ=\r\n";
    let mixed = format!(
        "Content-Type: multipart/mixed; boundary=\"out\"\r\n\r\nprologue\r\n--out\r\n{}\r\n--out\r\n{attached}--out--\r\nepilogue",
        inner(&coded)
    );
    let related = format!(
        "Content-Type: multipart/related; boundary=\"rel\"\r\n\r\n--rel\r\n{}\r\n--rel\r\nContent-Type: image/png\r\nContent-ID: <i>\r\n\r\nPNG\r\n--rel--\r\n",
        inner(&quoted)
    );
    vec![
        ("8bit", eight),
        ("base64", head(&coded)),
        ("quoted", head(&quoted)),
        ("mixed", head(&mixed)),
        ("related", head(&related)),
    ]
}

#[test]
fn peers_outgoing_html() {
    let (mut mails, mut links) = (0, 0);
    let mut refused: Vec<String> = Vec::new();
    for (path, html) in
        files("html").into_iter().filter(|(path, _)| path.extension().is_some_and(|it| it == "html" || it == "htm"))
    {
        for (form, draft) in forms(&html) {
            let (before, after) = (send(&draft, false).unwrap(), send(&draft, true).unwrap());
            check_mail(&before, &after);
            mails += 1;
            links += after.content.links.len();
            if let Err(why) = after.tracked {
                refused.push(format!("{} as {form}: {why:?}", path.display()));
            }
        }
    }
    println!(
        "peers_outgoing (html): {} tracked, {} as they are, of {mails}; {links} links wrapped",
        mails - refused.len(),
        refused.len()
    );
    assert!(refused.len() * 50 <= mails, "{refused:#?}");
}

#[test]
fn peers_outgoing_mail() {
    let mut came: BTreeMap<String, usize> = BTreeMap::new();
    let all = files("mail");
    for (path, draft) in &all {
        let outcome = match (send(draft, false), send(draft, true)) {
            (Ok(before), Ok(after)) => {
                check_mail(&before, &after);
                assert_eq!(before.tracked, Err(NotTrackedWhy::NotAsked));
                match after.tracked {
                    Ok(()) => "tracked".to_owned(),
                    Err(why) => format!("as it is: {why:?}"),
                }
            }
            (before, after) => {
                assert_eq!(before.map(drop), after.as_ref().map(drop).map_err(|why| *why), "{}", path.display());
                format!("no mail to send: {:?}", after.err())
            }
        };
        // Nothing of what was read is needed to say what is in it.
        let _ = outgoing::summary(draft);
        *came.entry(outcome).or_default() += 1;
    }
    println!("peers_outgoing (mail): of {}: {came:#?}", all.len());
}
