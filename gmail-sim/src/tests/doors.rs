//! Over HTTP: the page and its policy, the sync call and its faults, the image proxy, the control API.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::header;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{ANA, MARA, Mail, Sim};
use crate::http::{api_router, control_router, page_router, serve_api};
use crate::images::{PREFETCH_AGENT, PROXY_AGENT};

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

pub(super) struct Doors {
    pub(super) sim: Sim,
    page: SocketAddr,
    control: SocketAddr,
    api: SocketAddr,
}

impl Doors {
    pub(super) async fn open() -> Self {
        let sim = Sim::new();
        let page = serve(page_router(sim.app.clone())).await;
        let control = serve(control_router(sim.app.clone())).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let api = listener.local_addr().unwrap();
        tokio::spawn(serve_api(listener, api_router(sim.app.clone())));
        Self { sim, page, control, api }
    }

    pub(super) async fn control(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}{path}", self.control);
        let request = self.sim.app.client.post(url).header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// An address at the REST door.
    pub(super) fn api(&self, path: &str) -> String {
        format!("http://{}{path}", self.api)
    }

    pub(super) async fn look(&self, path: &str) -> Value {
        let answer = self.sim.app.client.get(format!("http://{}{path}", self.control)).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    fn get(&self, host: &str, path: &str) -> reqwest::RequestBuilder {
        self.sim.app.clicker.get(format!("http://{}{path}", self.page)).header("host", host)
    }

    fn send(&self, mail: &Mail<'_>) -> reqwest::RequestBuilder {
        let url = format!("http://{}/sync/u/0/i/s?c=1", self.page);
        self.sim.app.client.post(url).header("host", "mail.google.com").body(mail.request())
    }
}

#[tokio::test]
async fn the_page_carries_gmails_policy_and_runs_by_nonce() {
    let doors = Doors::open().await;
    for (csp, eval, types, some) in [
        ("gmail", true, false, true),
        ("gmail+trusted-types", true, true, true),
        ("no-wasm", false, false, true),
        ("none", false, false, false),
    ] {
        doors.control("/settings", &json!({ "csp": csp })).await;
        let answer = doors.get("mail.google.com", "/mail/u/0/").send().await.unwrap();
        let policy: Vec<String> =
            answer.headers().get_all("content-security-policy").iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        let policy = policy.join(", ");
        assert_eq!(policy.contains("'unsafe-eval'"), eval, "{csp}");
        assert_eq!(policy.contains("require-trusted-types-for 'script'"), types, "{csp}");
        assert_eq!(policy.contains("'strict-dynamic'"), some, "{csp}");
        let html = answer.text().await.unwrap();
        if some {
            let nonce = policy.split('\'').nth(1).unwrap();
            let scripts = html.matches("<script").count();
            assert_eq!(html.matches(&format!("nonce=\"{}\"", nonce.strip_prefix("nonce-").unwrap())).count(), scripts + 1);
        }
        assert!(html.contains("var GLOBALS=") && html.contains(MARA));
    }
}

#[tokio::test]
async fn each_host_has_its_own_paths_and_each_account_its_number() {
    let doors = Doors::open().await;
    assert_eq!(doors.get("ci3.googleusercontent.com", "/mail/u/0/").send().await.unwrap().status(), 404);
    assert_eq!(doors.get("mail.google.com", "/meips/x=s0").send().await.unwrap().status(), 404);
    assert_eq!(doors.get("elsewhere.example", "/mail/u/0/").send().await.unwrap().status(), 404);
    assert_eq!(doors.get("mail.google.com", "/mail/u/99/").send().await.unwrap().status(), 307);
    for (path, address) in [("/mail/u/1/", ANA), ("/mail/b/AEoRXRTeam0/u/0/", "team@fjord.example")] {
        let html = doors.get("mail.google.com", path).send().await.unwrap().text().await.unwrap();
        assert!(html.contains(&format!("<div class=\"msg\">{address}</div>")), "{path}");
    }
}

#[tokio::test]
async fn a_hostile_name_cannot_end_the_script() {
    let doors = Doors::open().await;
    let account = json!([{ "address": "x@y.example", "name": "</script><script>alert(1)</script>" }]);
    assert_eq!(doors.control("/reset", &json!({ "accounts": account })).await.0, 200);
    let html = doors.get("mail.google.com", "/mail/u/0/").send().await.unwrap().text().await.unwrap();
    assert!(!html.contains("<script>alert"));
}

#[tokio::test]
async fn faults_hit_the_calls_they_are_set_for() {
    let doors = Doors::open().await;
    doors.control("/faults", &json!({ "send": "error", "times": 1 })).await;
    assert_eq!(doors.send(&Mail { labels: super::DRAFT, ..Mail::default() }).send().await.unwrap().status(), 200);
    assert_eq!(doors.send(&Mail::default()).send().await.unwrap().status(), 500);
    assert!(doors.look(&format!("/mailbox/{MARA}")).await["messages"][0]["kind"] == "draft");
    doors.control("/faults", &json!({ "send": "drop-after-effect" })).await;
    let broken = doors.send(&Mail::default()).send().await;
    let broken = match broken {
        Ok(answer) => answer.text().await.is_err(),
        Err(_) => true,
    };
    assert!(broken, "the connection breaks");
    assert!(doors.look(&format!("/mailbox/{MARA}")).await["messages"][0]["kind"] == "sent");
    let requests = doors.look("/requests").await;
    let kinds: Vec<&Value> = requests.as_array().unwrap().iter().map(|it| &it["summary"][0]["kind"]).collect();
    assert_eq!(kinds, ["draft", "send", "send"]);
    assert_eq!(requests[0]["summary"][0]["body"], "<div dir=\"ltr\">Hello</div>");
    assert_eq!(doors.control("/faults", &json!({ "sent": "error" })).await.0, 422);
}

/// What an origin was asked for: path and headers.
pub(super) type Asked = Arc<Mutex<Vec<(String, header::HeaderMap)>>>;

/// An origin that keeps what it was asked for.
pub(super) async fn origin() -> (SocketAddr, Asked) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let keep = log.clone();
    let router = Router::new().fallback(async move |request: Request| {
        let path = request.uri().path().to_owned();
        keep.lock().unwrap().push((path.clone(), request.headers().clone()));
        if path.starts_with("/go") {
            return (axum::http::StatusCode::FOUND, [(header::LOCATION, "https://elsewhere.example/")]).into_response();
        }
        let cache = if path == "/kept.gif" { "public, max-age=600" } else { "no-store" };
        ([(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, cache)], "GIF89a").into_response()
    });
    (serve(router).await, log)
}

#[tokio::test]
async fn the_proxy_fetches_as_google_does_and_keeps_what_it_may() {
    let doors = Doors::open().await;
    let (origin, log) = origin().await;
    let html =
        format!("<img src=\"http://{origin}/o.gif\"><img src='http://{origin}/kept.gif'><a href=\"http://{origin}/go\">x</a>");
    let mail = json!({ "to": ANA, "from": { "address": MARA }, "html": html });
    let message = doors.control("/deliver", &mail).await.1;
    let which = json!({ "address": ANA, "message": message["id"] });
    for _ in 0..2 {
        doors.control("/open", &which).await;
    }
    let asked: Vec<String> = log.lock().unwrap().iter().map(|(path, _)| path.clone()).collect();
    assert_eq!(asked, ["/o.gif", "/kept.gif", "/o.gif"]);
    for (_, headers) in log.lock().unwrap().iter() {
        assert_eq!(headers["user-agent"], PROXY_AGENT);
        assert!(!headers.contains_key("cookie") && !headers.contains_key("referer"));
    }
    let fetches = doors.look("/proxy-fetches").await;
    let cached: Vec<bool> = fetches.as_array().unwrap().iter().map(|it| it["cached"].as_bool().unwrap()).collect();
    assert_eq!(cached, [false, false, false, true]);

    // The page gets the same pictures by their address at the picture host.
    let address = doors.sim.app.client.post(format!("http://{}/sync/u/1/i/fd", doors.page));
    let address = address.header("host", "mail.google.com").header("content-type", "application/json");
    let thread = address.body(json!({ "thread": message["thread"] }).to_string()).send().await.unwrap();
    let shown: Value = serde_json::from_str(&thread.text().await.unwrap()).unwrap();
    let shown = shown["messages"][0]["readerHtml"].as_str().unwrap().to_owned();
    let src = crate::html::pieces(&shown);
    let crate::html::Piece::Open(img) = &src[0] else { panic!("a picture first: {shown}") };
    let src = img.get("src").unwrap();
    let (host, path) = src.strip_prefix("https://").unwrap().split_once('/').unwrap();
    assert!(host.ends_with(".googleusercontent.com"), "{src}");
    let (path, original) = path.split_once('#').unwrap();
    assert!(path.starts_with("meips/ADKq_N") && path.ends_with("=s0-d-e1-ft"), "{src}");
    assert_eq!(original, format!("http://{origin}/o.gif"));
    let picture = doors.get(host, &format!("/{path}")).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/gif");
    assert!(picture.headers()["cache-control"].to_str().unwrap().contains("no-store"));

    // A server that trusts this machine is told where the proxy is, each time another of its addresses.
    let told: Vec<String> =
        log.lock().unwrap().iter().map(|(_, it)| it["x-forwarded-for"].to_str().unwrap().to_owned()).collect();
    assert!(told.iter().all(|it| it.starts_with("66.249.")), "{told:?}");
    assert_eq!(fetches[0]["from"], told[0].as_str());
    assert_ne!(told[0], told[1]);

    doors.control("/prefetch", &which).await;
    {
        let log = log.lock().unwrap();
        let headers = &log.last().unwrap().1;
        assert_eq!(
            (&headers["user-agent"], &headers["x-forwarded-for"]),
            (&PREFETCH_AGENT.parse().unwrap(), &"108.177.2.32".parse().unwrap())
        );
    }
    let (_, click) = doors.control("/click", &json!({ "address": ANA, "message": message["id"], "n": 0 })).await;
    assert_eq!((&click["status"], &click["location"]), (&json!(302), &json!("https://elsewhere.example/")));
    assert_eq!(doors.control("/click", &json!({ "address": ANA, "message": message["id"], "n": 1 })).await.0, 404);
}

#[tokio::test]
async fn pictures_are_prefetched_at_delivery_where_that_is_switched_on() {
    let doors = Doors::open().await;
    let (origin, log) = origin().await;
    doors.control("/settings", &json!({ "prefetchAtDelivery": true })).await;
    let html = format!("<img src=\"http://{origin}/o.gif\">");
    doors.send(&Mail { html: &html, ..Mail::default() }).send().await.unwrap();
    assert!(log.lock().unwrap().is_empty());
    doors.control("/flush", &json!({})).await;
    assert_eq!(log.lock().unwrap()[0].1["user-agent"], PREFETCH_AGENT);
}
