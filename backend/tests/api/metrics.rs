//! `GET /metrics`: each number moves when its thing happens, the page is of the form, and nothing in it names anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reqwest::{Method, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use waxwing_backend::http::metrics::{Numbers, serve};
use waxwing_backend::metrics::text::CONTENT_TYPE;
use waxwing_protocol::api::problem;

use crate::cli::{Serving, run, stdout};
use crate::support::{START, Setup, TestBackend, expect_problem, is_file, message, until};

const TOKEN: &str = "a-token-for-the-numbers";

/// A page, read strictly: series by name and labels.
#[derive(Debug)]
struct Page(BTreeMap<String, f64>);

impl Page {
    fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("the page ends with its mark");
        let (mut families, mut series) = (BTreeMap::new(), BTreeMap::new());
        let (mut family, mut described) = (String::new(), BTreeSet::new());
        for line in body.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let [what, name, rest]: [&str; 3] = comment.splitn(3, ' ').collect::<Vec<_>>().try_into().expect(line);
                match what {
                    "TYPE" => {
                        assert!(matches!(rest, "counter" | "gauge" | "histogram"), "{line}");
                        assert!(families.insert(name.to_owned(), rest.to_owned()).is_none(), "{name} comes twice");
                        name.clone_into(&mut family);
                    }
                    "UNIT" => assert!(name == family && name.ends_with(&format!("_{rest}")), "{line}"),
                    "HELP" => {
                        assert!(name == family && rest.ends_with('.') && described.insert(name.to_owned()), "{line}");
                    }
                    _ => panic!("{line}"),
                }
                continue;
            }
            let (key, value) = line.rsplit_once(' ').expect(line);
            let (name, labels) =
                key.split_once('{').map_or((key, ""), |(name, rest)| (name, rest.strip_suffix('}').expect(line)));
            let suffix = name.strip_prefix(&family).unwrap_or_else(|| panic!("{line} is not of {family}"));
            let fits = match families[&family].as_str() {
                "counter" => suffix == "_total",
                "gauge" => suffix.is_empty(),
                _ => matches!(suffix, "_bucket" | "_count" | "_sum"),
            };
            assert!(fits && described.contains(&family), "{line}");
            for label in labels.split_terminator("\",") {
                let (name, value) = label.split_once("=\"").expect(line);
                assert!(name.bytes().all(|b| b.is_ascii_lowercase()), "{line}");
                assert!(!value.trim_end_matches('"').contains(['"', '\\']), "{line}");
            }
            let value: f64 = value.parse().expect(line);
            assert!(series.insert(key.to_owned(), value).is_none(), "{key} comes twice");
        }
        let page = Self(series);
        page.check_histograms();
        page
    }

    /// Buckets rise, and the last one is the count.
    fn check_histograms(&self) {
        let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (key, value) in self.0.iter().filter(|(key, _)| key.contains("_bucket{")) {
            let (before, bound) = key.split_once("le=\"").expect(key);
            let bound = bound.strip_suffix("\"}").expect(key);
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().expect(key) };
            let of = before.trim_end_matches([',', '{']).replace("_bucket", "_count");
            buckets.entry(of).or_default().push((bound, *value));
        }
        assert!(!buckets.is_empty());
        for (of, mut buckets) in buckets {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{of}: {buckets:?}");
            let of = if of.contains('{') { format!("{of}}}") } else { of };
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, self.of(&of))), "{of}");
        }
    }

    fn of(&self, series: &str) -> f64 {
        *self.0.get(series).unwrap_or_else(|| panic!("no {series}"))
    }

    /// By how much a series grew since another page; one that was not there counts as 0.
    #[track_caller]
    fn grew(&self, before: &Self, series: &str, by: f64) {
        let grown = self.of(series) - before.0.get(series).copied().unwrap_or(0.0);
        assert!((grown - by).abs() < 1e-9, "{series} grew by {grown}, not by {by}");
    }
}

async fn with_token() -> TestBackend {
    TestBackend::start_with(Setup { metrics_token: Some(TOKEN), ..Setup::default() }).await
}

async fn text(backend: &TestBackend) -> String {
    let answer = backend.client.get(format!("{}/metrics", backend.url)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!((answer.status(), &answer.headers()["content-type"]), (StatusCode::OK, &CONTENT_TYPE.parse().unwrap()));
    answer.text().await.unwrap()
}

async fn page(backend: &TestBackend) -> Page {
    Page::parse(&text(backend).await)
}

#[tokio::test]
async fn hits_by_outcome_and_by_what_is_said_of_them() {
    let backend = with_token().await;
    let me = backend.browser("me").await;
    let (id, gone) = (me.send(&backend, "s").await, me.send(&backend, "t").await);
    assert_eq!(me.delete(&format!("/messages/{gone}")).await.status(), 204);
    backend.clock.advance(60_000);
    let before = page(&backend).await;
    let link = me.link(id, "https://example.org/a");
    for (url, status) in [
        (me.pixel(id), 200),
        (me.pixel(id), 200),
        (link.clone(), 302),
        (me.pixel(gone), 200),
        (me.link(gone, "https://example.org/"), 302),
        (format!("{}/o/{}/forged.gif", backend.url, me.paired.account.id), 200),
        (link.replace("example.org", "example.com"), 404),
    ] {
        assert_eq!(backend.get(&url).await.status(), status, "{url}");
    }
    // Whoever asks for no more than the head looks at nothing.
    assert_eq!(backend.client.head(me.pixel(id)).send().await.unwrap().status(), 200);
    assert_eq!(backend.client.head(&link).send().await.unwrap().status(), 302);
    me.detail_with(id, 3).await;
    let after = page(&backend).await;
    for (kind, outcome, by) in [
        ("open", "stored", 2.0),
        ("open", "stopped", 1.0),
        ("open", "refused", 1.0),
        ("open", "not_stored", 0.0),
        ("click", "stored", 1.0),
        ("click", "stopped", 1.0),
        ("click", "refused", 1.0),
        ("click", "not_stored", 0.0),
    ] {
        after.grew(&before, &format!("waxwing_hits_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}"), by);
    }
    after.grew(&before, "waxwing_verdicts_total{kind=\"open\",verdict=\"human\"}", 2.0);
    after.grew(&before, "waxwing_verdicts_total{kind=\"click\",verdict=\"human\"}", 1.0);
    after.grew(&before, "waxwing_commit_hits_sum", 3.0);
    assert!(after.of("waxwing_commit_seconds_count") > before.of("waxwing_commit_seconds_count"));
    assert!(after.of("waxwing_commit_seconds_sum") > before.of("waxwing_commit_seconds_sum"));
    assert!(after.of("waxwing_hits_waiting_most") > 0.0);
    assert!(after.of("waxwing_hits_waiting").abs() < 1e-9 && after.of("waxwing_hits_unjudged").abs() < 1e-9);
}

#[tokio::test]
async fn what_cannot_be_stored_is_seen() {
    if !is_file() {
        return;
    }
    let backend = with_token().await;
    let me = backend.browser("me").await;
    let before = page(&backend).await;
    // As in the tests of faults: another process holds the database.
    let path = backend.dir.path().join("waxwing.db");
    let mut other =
        <sqlx::SqliteConnection as sqlx::Connection>::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    expect_problem(me.put(backend.uuid(), &message("s", START)).await, 503, problem::UNAVAILABLE).await;
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    let after = page(&backend).await;
    after.grew(&before, "waxwing_shed_total{reason=\"store\"}", 1.0);
    after.grew(&before, "waxwing_requests_total{route=\"/api/v1/messages/{id}\",method=\"PUT\",status=\"5xx\"}", 1.0);
    after.grew(&before, "waxwing_registered_after_seconds_count", 0.0);
}

#[tokio::test]
async fn calls_streams_registrations_and_those_who_are_turned_away() {
    let backend = with_token().await;
    let me = backend.browser("me").await;
    let before = page(&backend).await;
    let answer = me.put(backend.uuid(), &message("s", START - 1_500)).await;
    assert_eq!(answer.status(), 204);
    let id = me.send(&backend, "t").await;
    assert_eq!(me.get(&format!("/messages/{}", backend.uuid())).await.status(), 404);
    me.detail(id).await;
    let stream = me.get("/events").await;
    assert_eq!(stream.status(), 200);
    let refused = async || Some(backend.try_pair("AAAAA-AAAAA").await.status()).filter(|status| *status == 429).map(drop);
    until(refused).await;
    assert_eq!(
        backend
            .client
            .request(Method::from_bytes(b"BREW").unwrap(), format!("{}/no/such", backend.url))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    let after = page(&backend).await;
    after.grew(&before, "waxwing_registered_after_seconds_count", 2.0);
    after.grew(&before, "waxwing_registered_after_seconds_sum", 1.5);
    after.grew(&before, "waxwing_requests_total{route=\"/api/v1/messages/{id}\",method=\"PUT\",status=\"2xx\"}", 2.0);
    after.grew(&before, "waxwing_requests_total{route=\"/api/v1/messages/{id}\",method=\"GET\",status=\"2xx\"}", 1.0);
    after.grew(&before, "waxwing_requests_total{route=\"/api/v1/messages/{id}\",method=\"GET\",status=\"4xx\"}", 1.0);
    after.grew(&before, "waxwing_requests_total{route=\"(unknown)\",method=\"other\",status=\"4xx\"}", 1.0);
    after.grew(&before, "waxwing_request_seconds_count{route=\"/api/v1/messages/{id}\"}", 4.0);
    after.grew(&before, "waxwing_shed_total{reason=\"too_many\"}", 1.0);
    after.grew(&before, "waxwing_event_streams", 1.0);
    assert!(after.of("waxwing_connections") >= 1.0);
    assert!(after.of("waxwing_connections_most") > 1.0);
    assert!(after.of("waxwing_database_up") > 0.0 && after.of("waxwing_database_size_bytes") > 4096.0);
    if cfg!(target_os = "linux") {
        assert!(after.of("process_resident_memory_bytes") > 0.0 && after.of("process_open_fds") > 0.0);
    }
    drop(stream);
    until(async || (page(&backend).await.of("waxwing_event_streams") < 1.0).then_some(())).await;
}

#[tokio::test]
async fn nothing_names_anybody() {
    let backend = with_token().await;
    let me = backend.browser("somebody@example.org").await;
    let id = me.send(&backend, "a subject").await;
    backend.get(&me.pixel(id)).await;
    backend.get(&me.link(id, "https://secret.example/")).await;
    me.detail_with(id, 2).await;
    me.get(&format!("/no/{}", me.paired.device_token)).await;
    let page = text(&backend).await;
    for word in
        ["somebody", "example", "subject", &me.paired.account.id, &id.to_string(), "127.0.0.1", &me.paired.device_token, TOKEN]
    {
        assert!(!page.contains(word), "{word} stands in the numbers");
    }
}

#[tokio::test]
async fn only_whoever_may_reads_them() {
    let open = TestBackend::start().await;
    expect_problem(open.get(&format!("{}/metrics", open.url)).await, 404, problem::NOT_FOUND).await;

    let backend = with_token().await;
    let url = format!("{}/metrics", backend.url);
    for shown in [None, Some(""), Some("a-token-for-the-number"), Some("a-token-for-the-numbers-and-more")] {
        let mut request = backend.client.get(&url);
        if let Some(shown) = shown {
            request = request.bearer_auth(shown);
        }
        expect_problem(request.send().await.unwrap(), 401, problem::UNAUTHORIZED).await;
    }
    assert_eq!(backend.client.post(&url).bearer_auth(TOKEN).send().await.unwrap().status(), 405);
    page(&backend).await;
}

#[tokio::test]
async fn on_an_address_of_their_own() {
    let backend = TestBackend::start().await;
    for token in [None, Some(TOKEN)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let numbers = Numbers::new(Arc::clone(&backend.app), token);
        let serving = tokio::spawn(serve(listener, numbers, async {
            let _ = stopped.await;
        }));
        let ask = async |method: Method, path: &str, shown: Option<&str>| {
            let request = backend.client.request(method, format!("{url}{path}"));
            shown.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth).send().await.unwrap()
        };
        Page::parse(&ask(Method::GET, "/metrics", token).await.text().await.unwrap());
        assert_eq!(ask(Method::HEAD, "/metrics", token).await.status(), 200);
        assert_eq!(ask(Method::GET, "/metrics", None).await.status(), if token.is_some() { 401 } else { 200 });
        assert_eq!(ask(Method::PUT, "/metrics", token).await.headers()["allow"], "GET, HEAD");
        // Nothing else is here.
        for path in ["/", "/healthz", "/api/v1/account", "/metrics/"] {
            expect_problem(ask(Method::GET, path, token).await, 404, problem::NOT_FOUND).await;
        }
        stop.send(()).unwrap();
        serving.await.unwrap();
        assert!(backend.client.get(&url).send().await.is_err(), "it stopped");
    }
}

#[test]
fn doctor_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let doctor = |args: &[&str]| {
        let output = run(dir.path(), &[&["doctor"], args].concat());
        let found = stdout(&output);
        found.lines().find(|line| line.contains("\tmetrics\t")).map(str::to_owned)
    };
    drop(Serving::start(dir.path(), &[]));
    assert_eq!(doctor(&[]), None, "none are served");
    let serving = Serving::start(dir.path(), &["--metrics-listen", "127.0.0.1:0"]);
    assert!(doctor(&[]).unwrap().starts_with("ok\tmetrics\tnothing is full, late or lost"));
    assert!(serving.stop().1);
    assert!(doctor(&[]).unwrap().starts_with("fail\tmetrics\t"), "nothing answers any more");

    std::fs::write(dir.path().join("waxwing.toml"), format!("metrics_listen = '127.0.0.1:0'\nmetrics_token = '{TOKEN}'\n"))
        .unwrap();
    let serving = Serving::start(dir.path(), &[]);
    assert!(doctor(&[]).unwrap().starts_with("ok\tmetrics\t"));
    let other = doctor(&["--metrics-token", "another-token-than-it-has"]).unwrap();
    assert!(other.starts_with("fail\tmetrics\t") && other.contains("WAXWING_METRICS_TOKEN"), "{other}");
    assert!(!other.contains(TOKEN) && !other.contains("another-token"));
    drop(serving);
    for wrong in [["--metrics-listen", "nowhere"], ["--metrics-token", "short"], ["--metrics-token", "with spaces in between"]]
    {
        let output = run(dir.path(), &[&["serve"], wrong.as_slice()].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}
