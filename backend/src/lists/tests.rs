use std::fs;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use waxwing_domain::verdict::lists::Set;

use super::fetch::{Limits, fetch};
use super::sources::{Form, Source};
use super::*;

const NOW: i64 = 1_800_000_000_000;

fn import(dir: &Path, text: &[u8]) -> Result<(), ListsError> {
    let file = dir.join("import.json");
    fs::write(&file, text).unwrap();
    let sets = merge(load(dir).unwrap_or_default(), read_import(&file, NOW)?, false)?;
    save(dir, &sets)
}

#[test]
fn sets_are_stored_and_replaced_by_name() {
    let dir = tempfile::tempdir().unwrap();
    assert!(load(dir.path()).unwrap().is_empty(), "nothing was ever stored");
    import(dir.path(), br#"{"_note":"x","sets":{"amazon":{"ipv4":["3.0.0.0/10","3.64.0.0/10"]},"who-knows":{"ipv4":["?"]}}}"#)
        .unwrap();
    import(dir.path(), br#"{"sets":{"apple-proxy":{"ipv6":["2a02:26f7:b0ca:4000::/64"],"fetched_at":5}}}"#).unwrap();
    let sets = load(dir.path()).unwrap();
    let told: Vec<_> = sets.iter().map(|set| (set.set.name, set.fetched_at, set.source.as_str(), set.blocks.len())).collect();
    assert_eq!(told, [("amazon", NOW, "import.json", 1), ("apple-proxy", 5, "import.json", 1)]);
    let (lists, error) = ready(dir.path());
    assert!(error.is_none());
    assert_eq!(lists.look_up(Some("3.127.0.1".parse().unwrap()), None, NOW).cloud, Some("Amazon"));
    assert!(lists.look_up(Some("2a02:26f7:b0ca:4000::1".parse().unwrap()), None, NOW).relay);
    assert_eq!(fs::read_dir(dir.path().join("lists")).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_is_wrong_leaves_the_old() {
    let dir = tempfile::tempdir().unwrap();
    let blocks: Vec<String> = (0..40).map(|n| format!("\"3.{n}.1.0/24\"")).collect();
    import(dir.path(), format!(r#"{{"sets":{{"amazon":{{"ipv4":[{}]}}}}}}"#, blocks.join(",")).as_bytes()).unwrap();
    let before = fs::read(path(dir.path())).unwrap();
    for (text, why) in [
        ("", "empty"),
        ("  \n", "empty"),
        (r#"{"sets":{"amazon":{"ipv4":["3.0.0.0/1"#, "not a list file"),
        ("[]", "not a list file"),
        ("null", "not a list file"),
        (r#"{"sets":{}}"#, "no set that is known"),
        (r#"{"sets":{"amazing":{"ipv4":["3.0.0.0/10"]}}}"#, "no set that is known"),
        (r#"{"sets":{"amazon":{}}}"#, "the set amazon is empty"),
        (r#"{"sets":{"amazon":{"ipv4":"3.0.0.0/10"}}}"#, "not a list file"),
        (r#"{"sets":{"amazon":{"ipv4":["0.0.0.0/0"]}}}"#, "too wide"),
        (r#"{"sets":{"amazon":{"ipv4":["3.0.0.0/10","<html>"]}}}"#, "not an address block"),
        (r#"{"sets":{"amazon":{"ipv4":["3.1.1.0/24"]}}}"#, "shrank from 40 to 1"),
    ] {
        let error = import(dir.path(), text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
        assert_eq!(fs::read(path(dir.path())).unwrap(), before, "{text}");
    }
    assert!(matches!(read_import(&dir.path().join("none"), NOW), Err(ListsError::Read { .. })));
}

#[test]
fn a_broken_store_is_told_and_can_be_mended() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("lists")).unwrap();
    fs::write(path(dir.path()), b"{\"sets\":{").unwrap();
    let (lists, error) = ready(dir.path());
    assert!(error.is_some());
    assert_eq!(lists.version(), Lists::built_in().version());
    import(dir.path(), br#"{"sets":{"amazon":{"ipv4":["3.0.0.0/10"]}}}"#).unwrap();
    assert!(ready(dir.path()).1.is_none());
}

#[test]
fn what_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("lists"), b"a file where the folder should be").unwrap();
    let error = import(dir.path(), br#"{"sets":{"amazon":{"ipv4":["3.0.0.0/10"]}}}"#).unwrap_err();
    assert!(matches!(error, ListsError::Write { .. }), "{error}");
}

/// Answers each connection with the next of the answers, and gives the address.
async fn server(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/list", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
            if answer.is_empty() {
                // Says nothing until the other side has enough.
                let _ = stream.read(&mut request).await;
            }
        }
    });
    url
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

async fn get(answers: Vec<Vec<u8>>, parts: usize) -> Result<StoredSet, ListsError> {
    let url = server(answers).await;
    let source = Source { set: Set::named("cloudflare").unwrap(), parts: vec![(url, Form::Blocks); parts] };
    fetch(&source, Limits { timeout: Duration::from_millis(500), max_bytes: 1000 }, NOW).await
}

#[tokio::test]
async fn parts_are_fetched_and_put_together() {
    let set = get(vec![answer("200 OK", "173.245.48.0/20\n"), answer("200 OK", "[\"2400:cb00::/32\"]")], 2).await.unwrap();
    assert_eq!(set.blocks.len(), 2);
    assert_eq!(set.fetched_at, NOW);
    assert!(set.source.starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn answers_that_are_none() {
    let long = "1.2.3.4\n".repeat(200);
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n1.2.3.0/24\n".to_vec();
    for (answers, why) in [
        (vec![answer("404 Not Found", "1.2.3.0/24")], "404"),
        (vec![answer("200 OK", "")], "empty"),
        (vec![answer("200 OK", "<!doctype html>")], "not an address block"),
        (vec![answer("200 OK", &long)], "larger than"),
        (vec![chunked.into_bytes()], "larger than"),
        (vec![cut], "127.0.0.1"),
        (vec![Vec::new()], "too long"),
        (vec![b"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n".to_vec()], "127.0.0.1"),
        (vec![answer("200 OK", "173.245.48.0/20\n"), answer("500 Oops", "")], "500"),
    ] {
        let parts = answers.len();
        let error = get(answers, parts).await.unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
}
