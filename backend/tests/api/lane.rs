//! Connections: what is asked for in odd pieces, together, at length, or by very many at once. Plain pixels are answered on a short
//! way of their own; nobody can tell.

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use waxwing_backend::http::pixel::GIF;

use crate::support::{READER, TestBackend};

fn path<'a>(backend: &TestBackend, url: &'a str) -> &'a str {
    url.strip_prefix(&backend.url).unwrap()
}

/// Sends bytes as they are and gives everything that comes back until the other side closes.
async fn raw(backend: &TestBackend, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(backend.address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

/// Reads so many pictures.
async fn pictures(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut answer = Vec::new();
    let found = |answer: &[u8]| answer.windows(GIF.len()).filter(|window| *window == GIF).count();
    while found(&answer) < count {
        let mut part = [0; 4096];
        let n = stream.read(&mut part).await.unwrap();
        assert_ne!(n, 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&part[..n]);
    }
    answer
}

/// The lines of an answer's head, but for the date, and for whether the connection goes on.
fn head(answer: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.lines().filter(|line| !line.starts_with("date: ") && !line.starts_with("connection: ")).map(str::to_owned).collect()
}

#[tokio::test]
async fn both_ways_answer_alike() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.pixel(backend.uuid());
    let path = path(&backend, &url);
    let mut stream = TcpStream::connect(backend.address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: {READER}\r\n\r\n").as_bytes()).await.unwrap();
    let short = pictures(&mut stream, 1).await;
    // Not plain: it is to be the last on its connection.
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: {READER}\r\nConnection: close\r\n\r\n");
    let long = raw(&backend, request.as_bytes()).await;
    assert_eq!(head(&short), head(&long));
    assert!(short.ends_with(GIF) && long.ends_with(GIF));
    for answer in [&short, &long] {
        let text = String::from_utf8_lossy(answer);
        let date = text.lines().find_map(|line| line.strip_prefix("date: ")).unwrap();
        assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
    }
    let hits = backend.hits().await;
    assert_eq!(hits.len(), 2);
    assert_eq!((&hits[0].agent, &hits[0].address), (&hits[1].agent, &hits[1].address));
}

#[tokio::test]
async fn in_pieces_together_and_with_others_between() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let urls: Vec<_> = (0..8).map(|_| me.pixel(backend.uuid())).collect();
    let request = |url: &str| format!("GET {}?x=y HTTP/1.1\r\nHost: x\r\nAccept: image/*\r\n\r\n", path(&backend, url));
    let mut stream = TcpStream::connect(backend.address).await.unwrap();
    // Byte by byte.
    for byte in request(&urls[0]).as_bytes() {
        stream.write_all(&[*byte]).await.unwrap();
        stream.flush().await.unwrap();
    }
    pictures(&mut stream, 1).await;
    // Three at once, and half of the next.
    let mut many: String = urls[1..4].iter().map(|url| request(url)).collect();
    let next = request(&urls[4]);
    many.push_str(&next[..40]);
    stream.write_all(many.as_bytes()).await.unwrap();
    pictures(&mut stream, 3).await;
    stream.write_all(&next.as_bytes()[40..]).await.unwrap();
    pictures(&mut stream, 1).await;
    // Something else, right behind a pixel and before others.
    let mut mixed = request(&urls[5]);
    let _ = write!(mixed, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n{}{}", request(&urls[6]), request(&urls[7]));
    stream.write_all(mixed.as_bytes()).await.unwrap();
    let answer = pictures(&mut stream, 3).await;
    assert!(String::from_utf8_lossy(&answer).contains(r#"{"status":"ok""#));
    let hits = backend.hits().await;
    assert_eq!(hits.len(), 8);
    assert!(hits.iter().all(|hit| hit.headers.as_deref() == Some(r#"{"accept":"image/*"}"#)));
    for (hit, url) in hits.iter().zip(&urls) {
        assert_eq!(*url, me.pixel(hit.message), "in their order");
    }
}

#[tokio::test]
async fn what_is_not_plain_is_answered_too() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let (one, two, three) = (me.pixel(backend.uuid()), me.pixel(backend.uuid()), me.pixel(backend.uuid()));
    let (one, two, three) = (path(&backend, &one), path(&backend, &two), path(&backend, &three));
    for (request, status) in [
        (format!("GET {one} HTTP/1.0\r\n\r\n"), "HTTP/1.0 200"),
        (format!("GET {two} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"), "HTTP/1.1 200"),
        (
            format!("GET {three} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"),
            "HTTP/1.1 200",
        ),
        (format!("POST {one} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), "HTTP/1.1 405"),
        (format!("GET {one} HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n"), "HTTP/1.1 400"),
        ("GET /o/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "HTTP/1.1 200"),
    ] {
        let answer = raw(&backend, request.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with(status), "{request}: {text}");
    }
    assert_eq!(backend.hits().await.len(), 3, "a body is not taken for the next request");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let url = me.pixel(backend.uuid());
    let request = |length: usize| {
        let header = |n: usize| format!("x-{n:03}: {}\r\n", "a".repeat(4_992));
        let headers = (0..length / 5_000).map(header).collect::<Vec<_>>().concat();
        format!("GET {} HTTP/1.1\r\nHost: x\r\n{headers}\r\n", path(&backend, &url))
    };
    let mut stream = TcpStream::connect(backend.address).await.unwrap();
    stream.write_all(request(30_000).as_bytes()).await.unwrap();
    pictures(&mut stream, 1).await;
    stream.write_all(request(70_000).as_bytes()).await.unwrap();
    pictures(&mut stream, 1).await;
    for long in [request(200_000), format!("GET {}?{} HTTP/1.1\r\n\r\n", path(&backend, &url), "a".repeat(200_000))] {
        let answer = raw(&backend, long.as_bytes()).await;
        assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(backend.hits().await.len(), 2);
}

#[tokio::test]
async fn a_crowd_of_half_asked_requests_keeps_nobody_out() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let mut crowd = Vec::new();
    for n in 0..400 {
        let mut stream = TcpStream::connect(backend.address).await.unwrap();
        // Some said nothing yet, some a little, some much.
        let begun = format!("GET /o/ HTTP/1.1\r\nx: {}", "a".repeat([0, 100, 20_000][n % 3]));
        stream.write_all(&begun.as_bytes()[..if n % 4 == 0 { 0 } else { begun.len() }]).await.unwrap();
        crowd.push(stream);
    }
    assert_eq!(backend.get(&me.pixel(backend.uuid())).await.status(), 200);
    assert_eq!(me.get("/messages").await.status(), 200);
    drop(crowd);
    assert_eq!(backend.get(&me.pixel(backend.uuid())).await.status(), 200);
    assert_eq!(backend.hits().await.len(), 2);
    // Idle ones, and what was half asked, hold nothing up when the backend stops.
    let mut idle = TcpStream::connect(backend.address).await.unwrap();
    let mut half = TcpStream::connect(backend.address).await.unwrap();
    half.write_all(b"GET /o/").await.unwrap();
    backend.get(&me.pixel(backend.uuid())).await;
    backend.stop().await;
    for stream in [&mut idle, &mut half] {
        assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0);
    }
}
