//! gmail-sim, as its own process, and a mailbox in it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::entropy::{self, SystemEntropy};
use waxwing_backend::mailbox::gmail::{Endpoints, GmailMailbox, GmailSecret, Google, GoogleClient, oauth};
use waxwing_backend::mailbox::registry::NoKeeper;
use waxwing_backend::mailbox::{Commit, Draft, DraftRef, Ledger, Mailbox as _, Outgoing, TRACE_HEADER, Trace};
use waxwing_protocol::api::{AccessAction, DraftHint, GmailIds};

pub(crate) const MARA: &str = "mara@fjord.example";
pub(crate) const ANA: &str = "ana@quinta.example";
pub(crate) const BEN: &str = "ben@acme.example";

/// A simulator that ends with the test.
pub(crate) struct Sim {
    child: Child,
    control: String,
    pub(crate) api: String,
    client: reqwest::Client,
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The simulator's program. `cargo test --workspace` has built it; alone, this test does.
fn program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        // …/target/<profile>/deps/api-<hash>
        let deps = std::env::current_exe().unwrap();
        let folder = deps.parent().unwrap().parent().unwrap().to_owned();
        let program = folder.join(format!("gmail-sim{}", std::env::consts::EXE_SUFFIX));
        if program.exists() {
            return program;
        }
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--package", "gmail-sim", "--target-dir"]).arg(folder.parent().unwrap());
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "gmail-sim cannot be built");
        program
    };
    BUILT.get_or_init(build).clone()
}

impl Sim {
    pub(crate) async fn start() -> Self {
        let starting = || {
            let mut child =
                Command::new(program()).args(["--mails", "none", "--seed", "7"]).stdout(Stdio::piped()).spawn().unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            (child, serde_json::from_str::<Value>(&line).unwrap())
        };
        let (child, ports) = tokio::task::spawn_blocking(starting).await.unwrap();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let at = |name: &str| format!("http://127.0.0.1:{}", ports[name]);
        Self { child, control: at("control"), api: at("api"), client }
    }

    pub(crate) async fn order(&self, path: &str, body: &Value) -> Value {
        let answer = self.client.post(format!("{}{path}", self.control)).json(body).send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or(Value::Null)
    }

    /// The same with bytes.
    pub(crate) async fn order_raw(&self, path: &str, body: Vec<u8>) -> Value {
        let answer = self.client.post(format!("{}{path}", self.control)).body(body).send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// A call to the REST API by Mara herself, that has to go well.
    pub(crate) async fn rest(&self, verb: &str, path: &str, body: Value) -> Value {
        let grant = self.ask(&format!("/grant?address={MARA}")).await;
        let text = |name: &str| grant[name].as_str().unwrap().to_owned();
        let (token, client, secret) = (text("refreshToken"), text("clientId"), text("clientSecret"));
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", &token), ("client_id", &client), ("client_secret", &secret)];
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        let granted = self.client.post(format!("{}/token", self.api)).header("content-type", kind).body(form);
        let granted: Value = granted.send().await.unwrap().json().await.unwrap();
        let call = self.client.request(verb.parse().unwrap(), format!("{}/gmail/v1/users/me/{path}", self.api));
        let call = call.bearer_auth(granted["access_token"].as_str().unwrap());
        let call = if body.is_null() { call } else { call.json(&body) };
        let answer = call.send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or(Value::Null)
    }

    pub(crate) async fn ask(&self, path: &str) -> Value {
        self.client.get(format!("{}{path}", self.control)).send().await.unwrap().json().await.unwrap()
    }

    /// What goes wrong from now on.
    pub(crate) async fn faults(&self, rules: Value) {
        self.order("/faults", &json!({ "api": rules })).await;
    }

    /// A draft as the page saves it; gives its ids.
    pub(crate) async fn draft(&self, more: Value) -> Value {
        let mut draft = json!({ "address": MARA, "to": ANA, "subject": "Dates", "html": "Shall we?" });
        draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.order("/draft", &draft).await
    }

    pub(crate) async fn sent(&self) -> Vec<Value> {
        self.ask("/sent-log").await["mails"].as_array().unwrap().clone()
    }

    /// How often a method was called.
    pub(crate) async fn calls(&self, method: &str) -> usize {
        self.api_calls().await.iter().filter(|call| call["method"] == method).count()
    }

    /// The calls to the REST API.
    pub(crate) async fn api_calls(&self) -> Vec<Value> {
        let calls = self.ask("/api-calls").await;
        calls.as_array().or_else(|| calls["calls"].as_array()).unwrap().clone()
    }

    pub(crate) fn google(&self, units_per_minute: u32) -> Google {
        let client = GoogleClient { id: "waxwing-sim".to_owned(), secret: "waxwing-sim-secret".to_owned() };
        Google::new(Endpoints::under(&self.api), Some(client), units_per_minute)
    }

    /// Mara's mailbox, with the rights that Waxwing asks for.
    pub(crate) async fn mailbox(&self) -> GmailMailbox {
        self.mailbox_with(&oauth::RIGHTS).await
    }

    /// Mara's mailbox with these rights.
    pub(crate) async fn mailbox_with(&self, rights: &[&str]) -> GmailMailbox {
        let scope = rights.join("%20");
        let grant = self.ask(&format!("/grant?address={MARA}&scope={scope}")).await;
        let refresh_token = grant["refreshToken"].as_str().unwrap().to_owned().into();
        GmailMailbox::open(Arc::new(self.google(0)), GmailSecret { refresh_token }, NoKeeper::shared(), Arc::new(SystemClock))
    }

    /// The final form of a draft.
    pub(crate) async fn read(&self, mailbox: &GmailMailbox, ids: &Value) -> Draft {
        let at = mailbox.find_draft(&hint(ids), &Kept::default()).await.unwrap().unwrap();
        mailbox.read_draft(&at, &Kept::default()).await.unwrap().unwrap()
    }
}

/// What Gmail's page knows of a draft.
pub(crate) fn hint(ids: &Value) -> DraftHint {
    let text = |name: &str| ids[name].as_str().map(str::to_owned);
    DraftHint {
        gmail: GmailIds {
            draft: text("id"),
            legacy_thread: text("thread"),
            legacy_message: text("message"),
            ..GmailIds::default()
        },
        subject: "Dates".to_owned(),
        recipients: vec![crate::support::recipient(ANA, None)],
    }
}

/// A draft made ready to go: with our header, and a Message-ID of ours.
pub(crate) fn ready(draft: &Draft, uses_it_up: bool) -> Outgoing {
    let id = entropy::uuid(&SystemEntropy).unwrap();
    let rfc_id = format!("<{}@waxwing.example>", id.simple());
    let text = String::from_utf8(draft.raw.to_vec()).unwrap();
    let text: String = text.split_inclusive("\r\n").filter(|line| !line.to_lowercase().starts_with("message-id:")).collect();
    let raw = format!("{TRACE_HEADER}: {id}\r\nMessage-ID: {rfc_id}\r\n{text}");
    let at = uses_it_up.then(|| draft.at.clone());
    let trace = Trace { id, rfc_id, draft: at.clone(), thread: draft.at.thread.clone(), at: SystemClock.now() };
    Outgoing { draft: at, raw: raw.into_bytes().into(), sender: MARA.to_owned(), recipients: vec![ANA.to_owned()], trace }
}

/// A lease: it holds or it does not, and counts how often it was asked.
#[derive(Default)]
pub(crate) struct Lease {
    pub(crate) lost: AtomicBool,
    pub(crate) asked: AtomicU32,
}

impl Commit for Lease {
    fn commit(&self) -> BoxFuture<'_, bool> {
        async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            !self.lost.load(Ordering::SeqCst)
        }
        .boxed()
    }
}

/// A ledger that is kept for reading.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) Mutex<Vec<(AccessAction, bool)>>);

impl Ledger for Kept {
    fn write(&self, action: AccessAction, ok: bool) {
        self.0.lock().unwrap().push((action, ok));
    }
}

/// A draft that is nowhere.
pub(crate) fn nowhere() -> DraftRef {
    DraftRef { id: "r1".to_owned(), version: "1".to_owned(), thread: Some("1".to_owned()), rfc_id: None, size: 0, looks: None }
}

/// Made-up, for traces that were never used.
pub(crate) fn other_trace() -> Uuid {
    entropy::uuid(&SystemEntropy).unwrap()
}
