//! The log of a whole run, at its most talkative, never holds a token, a code, a key, an address, a name or a subject.

use std::io;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use tracing::level_filters::LevelFilter;
use waxwing_protocol::api::Link;

use crate::support::{START, TestBackend, is_file, message, recipient};

/// What is logged, kept for reading.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// All of it so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

// One thread, so that all tasks write here.
#[tokio::test(flavor = "current_thread")]
async fn nothing_private_is_logged() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber =
        tracing_subscriber::fmt().json().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    // While there is only one subscriber, what a test beside this one logs first is taken for what nobody listens to.
    let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let guard = tracing::subscriber::set_default(subscriber);

    let backend = TestBackend::start().await;
    let name = "needle-account-name";
    let code = backend.code(name).await;
    assert_eq!(backend.try_pair(&code).await.status(), 200);
    assert_eq!(backend.try_pair(&code).await.status(), 410);
    let (me, other) = (backend.browser(name).await, backend.browser(name).await);
    let id = backend.uuid();
    let mut put = message("needle-subject", START);
    put.sender = "needle-sender@example.org".to_owned();
    put.content.recipients = vec![recipient("needle-recipient@example.org", Some("needle-person"))];
    put.content.links = vec![Link { target: "https://needle-target.example/".to_owned(), text: "needle-text".to_owned() }];
    for _ in 0..2 {
        me.put(id, &put).await;
    }
    let pixel = backend.client.get(me.pixel(id)).header("user-agent", "needle-agent").header("x-forwarded-for", "203.0.113.77");
    pixel.send().await.unwrap();
    backend.get(&me.link(id, "https://needle-target.example/")).await;
    backend.get(&me.link(id, "https://needle-target.example/").replace("/c/", "/c/x")).await;
    me.detail_with(id, 2).await;
    me.subjects("query=needle-query").await;
    me.get("/messages?before=needle-before").await;
    me.get("/stats?zone=needle-zone").await;
    me.get("/needle-path").await;
    let broken = me.call(Method::PUT, &format!("/messages/{id}")).header("content-type", "application/json");
    broken.body("{\"needle-body\"").send().await.unwrap();
    // Where it goes wrong most is said most.
    let fill_disk = async || {
        if is_file() {
            backend.fill_disk().await;
        }
    };
    for n in 0..10 {
        fill_disk().await;
        let mut put = put.clone();
        put.content.subject = format!("needle-subject {}", "x".repeat(9_000 + n));
        me.put(backend.uuid(), &put).await;
        fill_disk().await;
        backend.get(&me.pixel(id)).await;
        fill_disk().await;
        backend.get(&me.link(id, "https://needle-target.example/")).await;
    }
    if is_file() {
        backend.empty_disk().await;
    }
    me.delete(&format!("/messages/{id}")).await;
    me.delete(&format!("/devices/{}", other.paired.device)).await;
    backend.stop().await;
    drop(guard);

    let log = lines.text();
    assert!(log.contains("a device was paired"), "the log was caught");
    assert!(!is_file() || log.contains("the database does not take"), "the log was caught");
    let token = me.token(id).to_string();
    for needle in [
        "needle",
        "203.0.113.77",
        &code,
        &code.replace('-', ""),
        &me.paired.device_token,
        &other.paired.device_token,
        &me.paired.minting.mint_key,
        &token,
    ] {
        let line = log.lines().find(|line| line.contains(needle) && line.contains("waxwing_backend"));
        assert_eq!(line, None, "{needle}");
    }
}
