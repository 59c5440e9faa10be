//! Hostile input that others collected, everywhere a client can put it: in targets, tokens, accounts, queries, subjects.
//! The collection is not part of this project: without it the test says so and passes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use waxwing_protocol::api::Problem;

use crate::support::{START, TestBackend, message};

pub(crate) fn payloads() -> Option<Vec<String>> {
    let root = std::env::var_os("WAXWING_PEERS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers"), PathBuf::from);
    let folder = root.join("payloads");
    let Ok(naughty) = std::fs::read_to_string(folder.join("naughty-strings.json")) else {
        println!("payloads: none at {}, passed over", folder.display());
        return None;
    };
    let mut all: Vec<String> = serde_json::from_str(&naughty).unwrap();
    for name in ["open-redirect.txt", "xss.txt"] {
        let text = std::fs::read(folder.join(name)).unwrap();
        all.extend(String::from_utf8_lossy(&text).lines().map(str::to_owned));
    }
    println!("payloads: {}", all.len());
    Some(all)
}

/// Everything but letters and digits percent-encoded.
fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// How many payloads are sent side by side.
const LANES: usize = 16;

/// Runs `check` for all payloads, over a connection a lane.
async fn for_all<'a>(backend: &TestBackend, payloads: &'a [String], check: impl AsyncFn(&mut Wire, &'a str)) {
    let lane = async |part: &'a [String]| {
        let mut wire = Wire { address: backend.address, stream: None };
        for payload in part {
            check(&mut wire, payload).await;
        }
    };
    futures_util::future::join_all(payloads.chunks(payloads.len().div_ceil(LANES)).map(lane)).await;
}

/// A connection that takes request targets as they are, as no HTTP library would send them.
struct Wire {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Wire {
    /// The head in lower case, and the body.
    async fn ask(&mut self, target: &str) -> (String, String) {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await.unwrap(),
        };
        stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&answer).into_owned();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let head = head.to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.unwrap_or("0").parse().unwrap();
                if answer.len() >= head.len() + 4 + length {
                    let body = String::from_utf8_lossy(&answer[head.len() + 4..]).into_owned();
                    if !head.contains("connection: close") {
                        self.stream = Some(stream);
                    }
                    return (head, body);
                }
            }
            let mut part = [0; 4096];
            let n = stream.read(&mut part).await.unwrap();
            assert!(n > 0, "{target}: the connection broke off after {text:?}");
            answer.extend_from_slice(&part[..n]);
        }
    }
}

#[tokio::test]
async fn nobody_is_sent_anywhere_without_our_signature() {
    let Some(payloads) = payloads() else { return };
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let good = me.link(backend.uuid(), "https://example.org/").replace(&backend.url, "");
    let (path, _) = good.split_once('?').unwrap();
    for_all(&backend, &payloads, async |wire, payload| {
        let encoded = encode(payload);
        // As a browser or a scanner might send it: whatever a request line can hold.
        let raw: String = payload.chars().filter(char::is_ascii_graphic).collect();
        for target in [
            format!("{path}?u={encoded}"),
            format!("{path}?u={raw}"),
            format!("{path}?{raw}"),
            format!("{path}{encoded}?u=https://evil.example/"),
            format!("/c/{encoded}/x/y?u={encoded}"),
            format!("/c/{raw}"),
            format!("/c/{}/{encoded}/{encoded}?u={encoded}", me.account()),
        ] {
            let (head, body) = wire.ask(&target).await;
            assert!(head.starts_with("http/1.1 404") || head.starts_with("http/1.1 400"), "{target}: {head}");
            assert!(!head.contains("\r\nlocation:") && !head.contains("\r\nrefresh:"), "{target}: {head}");
            if !body.is_empty() {
                let shown = body.split_once("<main>").unwrap().1;
                let tags: Vec<_> = shown.split('<').skip(1).map(|tag| tag.split(['>', ' ']).next().unwrap()).collect();
                let known = ["h1", "/h1", "h2", "/h2", "p", "/p", "bdi", "/bdi", "/main", "/body", "/html"];
                assert!(tags.iter().all(|tag| known.contains(tag)), "{target}: {tags:?}");
            }
        }
    })
    .await;
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn what_is_signed_goes_to_http_and_https_and_nowhere_else() {
    let Some(payloads) = payloads() else { return };
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for_all(&backend, &payloads, async |wire, payload| {
        let link = me.link(backend.uuid(), payload).replace(&backend.url, "");
        let (head, _) = wire.ask(&link).await;
        match head.lines().find_map(|line| line.strip_prefix("location: ")) {
            Some(location) => {
                assert!(head.starts_with("http/1.1 302"));
                assert!(location.starts_with("http://") || location.starts_with("https://"), "{payload:?} -> {location}");
                assert!(location.is_ascii() && !location.contains(['\\', ' ', '\t']), "{payload:?} -> {location}");
            }
            None => assert!(head.starts_with("http/1.1 4"), "{payload:?}: {head}"),
        }
        assert!(head.matches("\r\nlocation:").count() <= 1 && !head.contains("set-cookie"));
    })
    .await;
}

#[tokio::test]
async fn pixels_and_pairing_take_it_all() {
    let Some(payloads) = payloads() else { return };
    let backend = TestBackend::start().await;
    for_all(&backend, &payloads, async |wire, payload| {
        let encoded = encode(payload);
        for target in
            [format!("/o/{encoded}"), format!("/o/{encoded}/{encoded}.gif"), format!("/o/abcdefgh/{encoded}.gif?{encoded}")]
        {
            let (head, body) = wire.ask(&target).await;
            assert!(head.starts_with("http/1.1 200") && head.contains("content-length: 43"), "{target}: {head}");
            assert!(body.starts_with("GIF89a"));
        }
        let problem: Problem = backend.try_pair(payload).await.json().await.unwrap();
        assert!([404, 429].contains(&problem.status), "{payload:?}: {problem:?}");
    })
    .await;
    assert!(backend.hits().await.is_empty());
}

#[tokio::test]
async fn subjects_are_given_back_as_they_were_and_found() {
    let Some(payloads) = payloads() else { return };
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    for_all(&backend, &payloads, async |_, payload| {
        // One device's bucket is not made for this.
        backend.clock.advance(1_000);
        let mut put = message(payload, START);
        payload.clone_into(&mut put.content.recipients[0].address);
        let id = backend.uuid();
        assert_eq!(me.put(id, &put).await.status(), 204, "{payload:?}");
        let read = me.detail(id).await.message.content;
        assert_eq!(read.subject, payload.replace('\0', "\u{fffd}"));
        let start: String = payload.chars().take(100).collect();
        if let Some(word) = start.split_whitespace().next().filter(|_| !payload.contains('\0')) {
            let found = me.subjects(&format!("query={}&limit=1", encode(word))).await;
            assert!(!found.is_empty(), "{payload:?}");
        }
    })
    .await;
}
