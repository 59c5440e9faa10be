//! A backend to test against, and what a client does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::accounts::oidc::Provider;
use waxwing_backend::app::{App, Running, Settings};
use waxwing_backend::clock::Clock;
use waxwing_backend::config;
use waxwing_backend::entropy::{self, Entropy};
use waxwing_backend::http::metrics::Numbers;
use waxwing_backend::http::{Front, auth, server};
use waxwing_backend::keys::Keys;
use waxwing_backend::mailbox::gmail::Google;
use waxwing_backend::mailbox::options::Options as MailboxOptions;
use waxwing_backend::pairing;
use waxwing_backend::retention::periods::Periods;
use waxwing_backend::seal::Seal;
use waxwing_backend::store::codes::Maker;
use waxwing_backend::store::hits::StoredHit;
use waxwing_backend::store::sql;
use waxwing_backend::store::{Options, Store};
use waxwing_domain::address;
use waxwing_domain::token::{MintKey, Token};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Content, GmailIds, Link, MessageDetail, MessagePage, PairResponse, Problem, PutMessage, Recipient, RecipientKind, problem,
};

/// 2026-11-22T08:00:00Z.
pub(crate) const START: Millis = 1_795_334_400_000;
/// A mail program: its opens are a person's, and so are its clicks from five seconds after sending on.
pub(crate) const READER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that stands until the test moves it.
#[derive(Debug)]
pub(crate) struct MockClock(AtomicI64);

impl MockClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(START)))
    }

    pub(crate) fn set(&self, now: Millis) {
        self.0.store(now, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, by: Millis) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for MockClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }
}

/// Bytes that look random and are the same in every run.
#[derive(Debug, Default)]
pub(crate) struct SeededEntropy(AtomicU64);

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_le_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

/// How a backend is set up, where it matters to a test.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    pub trusted_proxies: Vec<String>,
    pub public_url: Option<String>,
    pub tracking_url: Option<String>,
    pub mailboxes: Option<MailboxOptions>,
    pub metrics_token: Option<&'static str>,
    pub sign_in: Option<Arc<Provider>>,
}

/// A running backend.
pub(crate) struct TestBackend {
    pub clock: Arc<MockClock>,
    pub entropy: Arc<SeededEntropy>,
    pub address: SocketAddr,
    pub url: String,
    pub client: reqwest::Client,
    pub dir: TempDir,
    pub app: Arc<App>,
    running: Mutex<Option<Running>>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

/// A paired browser.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub url: String,
    pub client: reqwest::Client,
    pub paired: PairResponse,
}

impl TestBackend {
    pub(crate) async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub(crate) async fn start_with(setup: Setup) -> Self {
        let (clock, entropy) = (MockClock::new(), Arc::new(SeededEntropy::default()));
        Self::start_in(tempfile::tempdir().unwrap(), clock, entropy, setup).await
    }

    /// Starts on a folder that may have been used before.
    pub(crate) async fn start_in(dir: TempDir, clock: Arc<MockClock>, entropy: Arc<SeededEntropy>, setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}");
        let settings = Settings {
            data_dir: dir.path().to_owned(),
            public_url: setup.public_url.unwrap_or_else(|| url.clone()),
            tracking_url: setup.tracking_url.unwrap_or_else(|| url.clone()),
            trusted_proxies: setup.trusted_proxies.iter().map(|net| config::network(net).unwrap()).collect(),
            origins: vec![config::extension_origin(config::DEFAULT_EXTENSION_ID).unwrap().parse().unwrap()],
            heartbeat: Duration::from_millis(40),
            retention: Periods::default(),
            sign_in: setup.sign_in,
            mailboxes: setup
                .mailboxes
                .unwrap_or_else(|| MailboxOptions::new(Seal::from_bytes([8; 32]), Google::default(), Vec::new())),
        };
        let store = Store::open(&store_options(&dir)).await.unwrap();
        let running = Running::start(store, Keys::from_bytes([7; 32]), settings, clock.clone(), entropy.clone()).await.unwrap();
        let app = Arc::clone(&running.app);
        let numbers = Numbers::new(Arc::clone(&app), setup.metrics_token);
        let front = Front::new(Arc::clone(&app)).with_numbers(numbers);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server::serve(
            listener,
            front,
            server::MAX_CONNECTIONS,
            async {
                let _ = stopped.await;
            },
            || {},
        ));
        // No redirects are followed, no proxy of this machine is asked.
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().user_agent(READER);
        let client = client.build().unwrap();
        Self {
            clock,
            entropy,
            address,
            url,
            client,
            dir,
            app,
            running: Mutex::new(Some(running)),
            stop: Mutex::new(Some(stop)),
            serving: Mutex::new(Some(serving)),
        }
    }

    /// Stops as `serve` does, and gives the folder back.
    pub(crate) async fn stop(self) -> TempDir {
        let Self { running, stop, serving, dir, app, .. } = self;
        drop(app);
        let running = running.into_inner().unwrap().unwrap();
        running.end_streams();
        stop.into_inner().unwrap().unwrap().send(()).unwrap();
        serving.into_inner().unwrap().unwrap().await.unwrap();
        running.stop().await;
        dir
    }

    pub(crate) async fn account(&self, name: &str) -> AccountId {
        let fresh = AccountId::random(self.entropy.as_ref()).unwrap();
        self.app.store.account_named(name, fresh, self.clock.now()).await.unwrap().id
    }

    /// What `waxwing pair` prints.
    pub(crate) async fn code(&self, name: &str) -> String {
        let account = self.account(name).await;
        let (code, now) = (pairing::new_code(self.entropy.as_ref()).unwrap(), self.clock.now());
        self.app.store.add_code(auth::hash(&code), account, Maker::Operator, now, now + pairing::LIFETIME).await.unwrap();
        pairing::display(&code)
    }

    pub(crate) async fn try_pair(&self, code: &str) -> Response {
        let body = serde_json::json!({ "code": code, "device": "Chrome on Linux" });
        self.client.post(format!("{}/api/v1/pair", self.url)).json(&body).send().await.unwrap()
    }

    pub(crate) async fn browser(&self, name: &str) -> Browser {
        let code = self.code(name).await;
        let answer = self.try_pair(&code).await;
        assert_eq!(answer.status(), 200);
        Browser { url: self.url.clone(), client: self.client.clone(), paired: answer.json().await.unwrap() }
    }

    pub(crate) async fn get(&self, url: &str) -> Response {
        self.client.get(url).send().await.unwrap()
    }

    /// Lets this many milliseconds pass, and has what is due by then judged.
    pub(crate) fn pass(&self, by: Millis) {
        self.clock.advance(by);
        self.app.judging.wake();
    }

    /// All hits, once those that were answered are moved out of the log.
    pub(crate) async fn hits(&self) -> Vec<StoredHit> {
        self.app.journal.drained().await;
        self.app.store.hits_after(0, 1_000_000).await.unwrap()
    }

    /// Sends bytes as they are and reads until the other side closes.
    pub(crate) async fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Leaves the database no room, until a write has failed: its connection, and with it the limit, is then thrown away.
    pub(crate) async fn fill_disk(&self) {
        let writer = self.app.store.writer();
        // As few pages as there are; what is free within them is used up.
        sql::query("PRAGMA max_page_count = 1").execute(writer).await.unwrap();
        let ballast = "INSERT INTO settings (name, value) VALUES (hex(randomblob(16)), hex(zeroblob($1)))";
        for size in [500, 20] {
            while sql::query(ballast).bind(size).execute(writer).await.is_ok() {}
        }
    }

    /// Makes room.
    pub(crate) async fn empty_disk(&self) {
        sql::query("PRAGMA max_page_count = 4294967294").execute(self.app.store.writer()).await.unwrap();
    }

    pub(crate) fn uuid(&self) -> Uuid {
        entropy::uuid(self.entropy.as_ref()).unwrap()
    }
}

/// Whether databases are files in the folders of tests. What is about such a file is passed over where they are not.
pub(crate) fn is_file() -> bool {
    std::env::var_os(crate::database::SERVER).is_none()
}

pub(crate) fn store_options(dir: &TempDir) -> Options {
    let options = Options::new(dir.path(), crate::database::url(dir.path()).as_deref()).unwrap();
    // In a file only another process can keep us waiting; on a server, work in the background does.
    if is_file() {
        Options { busy_timeout: Duration::from_millis(100), ..options }
    } else {
        // Each is a process of the server, and takes longer to begin than most tests ask of it.
        Options { readers: 3, ..options }
    }
}

impl Browser {
    pub(crate) fn account(&self) -> AccountId {
        AccountId::parse(&self.paired.account.id).unwrap()
    }

    pub(crate) fn key(&self) -> MintKey {
        MintKey::from_base64url(&self.paired.minting.mint_key).unwrap()
    }

    pub(crate) fn token(&self, message: Uuid) -> Token {
        Token::mint(&self.key(), self.paired.minting.epoch, message)
    }

    pub(crate) fn pixel(&self, message: Uuid) -> String {
        address::pixel_url(&self.paired.minting.tracking_url, &self.paired.account.id, &self.token(message))
    }

    pub(crate) fn link(&self, message: Uuid, target: &str) -> String {
        let minting = &self.paired.minting;
        address::click_url(&minting.tracking_url, &self.paired.account.id, &self.token(message), &self.key(), target)
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(&self.paired.device_token)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    pub(crate) async fn put(&self, id: Uuid, message: &PutMessage) -> Response {
        self.call(Method::PUT, &format!("/messages/{id}")).json(message).send().await.unwrap()
    }

    /// Registers a mail and gives its id.
    pub(crate) async fn send(&self, backend: &TestBackend, subject: &str) -> Uuid {
        let id = backend.uuid();
        let answer = self.put(id, &message(subject, backend.clock.now())).await;
        assert_eq!(answer.status(), 204);
        id
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.call(Method::DELETE, path).send().await.unwrap()
    }

    pub(crate) async fn detail(&self, id: Uuid) -> MessageDetail {
        self.read(&format!("/messages/{id}")).await
    }

    /// The message once it has this many hits: the roll-up comes behind.
    pub(crate) async fn detail_with(&self, id: Uuid, hits: usize) -> MessageDetail {
        until(async || Some(self.detail(id).await).filter(|detail| detail.hits.len() == hits)).await
    }

    pub(crate) async fn subjects(&self, query: &str) -> Vec<String> {
        let page: MessagePage = self.read(&format!("/messages?{query}")).await;
        page.messages.into_iter().map(|message| message.content.subject).collect()
    }
}

/// A registration.
pub(crate) fn message(subject: &str, sent_at: Millis) -> PutMessage {
    PutMessage {
        epoch: 0,
        sent_at,
        scheduled: false,
        sender: "me@example.org".to_owned(),
        gmail: GmailIds { draft: Some("msg-a:r1".to_owned()), ..GmailIds::default() },
        content: Content {
            subject: subject.to_owned(),
            recipients: vec![recipient("ann@example.org", Some("Ann Ångström"))],
            links: vec![Link { target: "https://example.org/a".to_owned(), text: "here".to_owned() }],
        },
        tracks: waxwing_protocol::api::Tracks::default(),
    }
}

pub(crate) fn recipient(address: &str, name: Option<&str>) -> Recipient {
    Recipient { kind: RecipientKind::To, address: address.to_owned(), name: name.map(str::to_owned) }
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut again = tokio::time::interval(Duration::from_millis(5));
        loop {
            again.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it should have come by now")
}

/// Checks that the answer is this problem, and gives it.
pub(crate) async fn expect_problem(answer: Response, status: u16, name: &str) -> Problem {
    assert_eq!(answer.status(), StatusCode::from_u16(status).unwrap());
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.kind, format!("{}{name}", problem::PREFIX));
    assert_eq!(problem.status, status);
    problem
}
