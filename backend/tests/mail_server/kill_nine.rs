//! `kill -9` while mails are handed over by SMTP, to a server that loses answers: none is sent twice, none is lost.
//!
//! The real program, killed at random moments. Ten kills; two hundred with `WAXWING_LONG=1`, or as many as `WAXWING_KILLS` says.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_protocol::api::{ScheduledDetail, ScheduledState, Why};

use crate::certs::{Authority, HOST};
use crate::faulty::{At, Do, Encryption, Fault, Faulty};
use crate::gmail_imap::{DRAFTS, GmailImap, SENT};

const PASSWORD: &str = "abcd efgh ijkl mnop";
const MAILS: u32 = 6;
/// How long the last mails may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// The program, killed when dropped.
struct Serving {
    child: Child,
    url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn waxwing(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WAXWING_")) {
        command.env_remove(name);
    }
    command.env("WAXWING_DATA_DIR", dir.join("data")).env("RUST_LOG", "debug").env("NO_PROXY", "*");
    command
}

impl Serving {
    async fn start(dir: &Path, round: u32) -> Self {
        let log = dir.join(format!("{round}.log"));
        let file = std::fs::File::create(&log).unwrap();
        let mut command = waxwing(dir);
        command.args(["serve", "--listen", "127.0.0.1:0", "--mail-ca"]).arg(dir.join("ca.pem"));
        let child = command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let mut serving = Self { child, url: String::new() };
        for _ in 0..PATIENCE.as_millis() / 20 {
            let text = std::fs::read_to_string(&log).unwrap();
            if let Some((url, _)) = text.split_once("listening on ").and_then(|(_, rest)| rest.split_once('\n')) {
                url.trim().clone_into(&mut serving.url);
                return serving;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it does not start: {}", std::fs::read_to_string(&log).unwrap());
    }

    async fn ask<T: DeserializeOwned>(&self, token: &str, method: Method, path: &str, body: Option<impl Serialize>) -> T {
        let mut request = reqwest::Client::new().request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    async fn detail(&self, token: &str, id: Uuid) -> ScheduledDetail {
        self.ask(token, Method::GET, &format!("/scheduled/{id}"), None::<()>).await
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn fault(&mut self) -> Fault {
        match self.below(7) {
            0 => (At::Dot, Do::TakeAndClose),
            1 => (At::Dot, Do::Close),
            2 => (At::Body(10), Do::Close),
            3 => (At::Dot, Do::Wait(Duration::from_millis(150))),
            4 => (At::Data, Do::Wait(Duration::from_millis(150))),
            5 => (At::Hello, Do::Say("421 4.3.2 later")),
            // None that ever comes up.
            _ => (At::Recipient("nobody"), Do::Hang),
        }
    }
}

struct World {
    dir: tempfile::TempDir,
    imap: GmailImap,
    smtp: Faulty,
    dice: Dice,
}

impl World {
    async fn new() -> Self {
        let authority = Authority::new();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
        let imap = GmailImap::start(authority.server(HOST)).await;
        let smtp = Faulty::start(authority.server(HOST), Encryption::Implicit).await;
        let sent = imap.shared();
        smtp.file(move |taken| {
            let raw = String::from_utf8_lossy(&taken.content).replace("\r\n", "\n");
            let mut sent = sent.lock().unwrap();
            let number = u64::try_from(sent.of(SENT).len()).unwrap();
            sent.put(SENT, 9_000_000 + number, 8_000_000 + number, &raw);
        });
        Self { dir, imap, smtp, dice: Dice(17) }
    }

    /// Pairs a browser and connects the mailbox: its token, and the mailbox's id.
    async fn connect(&self, serving: &Serving) -> (String, Uuid) {
        let code = waxwing(self.dir.path()).args(["pair", "--account", "me"]).output().unwrap();
        let code = String::from_utf8(code.stdout).unwrap();
        let paired: Value =
            serving.ask("", Method::POST, "/pair", Some(json!({ "code": code.trim(), "device": "test" }))).await;
        let token = paired["device_token"].as_str().unwrap().to_owned();
        let ask = json!({
            "address": "alice@gmail.test",
            "password": PASSWORD,
            "imap": self.imap.server(),
            "smtp": self.smtp.server(),
        });
        let connecting: Value = serving.ask(&token, Method::POST, "/mailboxes", Some(ask)).await;
        let mailbox: Uuid =
            serde_json::from_value(connecting["mailbox"]["id"].clone()).unwrap_or_else(|_| panic!("{connecting}"));
        // What is asked for when the password is another one day is there, and the password is not.
        let servers = json!({ "user": "alice@gmail.test", "imap": self.imap.server(), "smtp": self.smtp.server() });
        assert_eq!(connecting["mailbox"]["servers"], servers);
        let settings = json!({ "daily_limit": 2000 });
        let _: Value = serving.ask(&token, Method::PUT, &format!("/mailboxes/{mailbox}/settings"), Some(settings)).await;
        (token, mailbox)
    }

    /// Schedules a new draft for an instant.
    async fn schedule(&self, serving: &Serving, token: &str, mailbox: Uuid, n: u32, at: i64) -> Uuid {
        let message = 1_000_000 + u64::from(n);
        let raw = format!(
            "Message-ID: <draft-{n}@gmail.test>\nFrom: Alice <alice@gmail.test>\nTo: bob@local.test\nSubject: number {n}.\n\
             MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nhello\n"
        );
        self.imap.state().put(DRAFTS, message, message, &raw);
        let id = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_0000_0000_0000 + u128::from(n));
        let body = json!({
            "mailbox": mailbox,
            "draft": { "gmail": { "legacy_message": format!("{message:016x}") } },
            "schedule": { "when": { "kind": "instant", "at": at, "zone": "Europe/Berlin" } },
            "track": n.is_multiple_of(2),
        });
        let _: Value = serving.ask(token, Method::PUT, &format!("/scheduled/{id}"), Some(body)).await;
        id
    }

    /// How often a mail was taken.
    fn taken(&self, n: u32) -> usize {
        let subject = format!("Subject: number {n}.");
        self.smtp.taken().iter().filter(|mail| String::from_utf8_lossy(&mail.content).contains(&subject)).count()
    }
}

pub(crate) fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the program that is tested reads the machine's clock")]
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_is_sent_twice_and_none_is_lost() {
    let kills = std::env::var("WAXWING_KILLS").ok().and_then(|kills| kills.parse().ok());
    let kills: u32 = kills.unwrap_or(if std::env::var_os("WAXWING_LONG").is_some() { 200 } else { 10 });
    let mut world = World::new().await;
    let mut serving = Serving::start(world.dir.path(), 0).await;
    let (token, mailbox) = world.connect(&serving).await;
    let mut ids = BTreeMap::new();
    for round in 1..=kills {
        let at = now() + 1_500;
        for n in (round - 1) * MAILS..round * MAILS {
            ids.insert(n, world.schedule(&serving, &token, mailbox, n, at).await);
            let fault = world.dice.fault();
            world.smtp.order([fault]);
        }
        let wait = (at - now()).max(0) + i64::try_from(world.dice.below(900)).unwrap();
        tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
        drop(serving);
        serving = Serving::start(world.dir.path(), round).await;
    }
    world.smtp.forget();
    let (sent, held) = tokio::time::timeout(PATIENCE, settled(&world, &serving, &token, &ids)).await.unwrap();
    println!("kill_nine: {kills} kills, {} mails: {sent} sent once, {held} perhaps sent", ids.len());
    assert!(sent > 0);
    drop(serving);
    holds_no_secret(world.dir.path(), &token);
}

/// Waits until each mail was sent, or is one that nobody can know of; counts both.
async fn settled(world: &World, serving: &Serving, token: &str, ids: &BTreeMap<u32, Uuid>) -> (usize, usize) {
    let (mut sent, mut held) = (0, 0);
    for (n, id) in ids {
        loop {
            let mail = serving.detail(token, *id).await;
            let times = world.taken(*n);
            assert!(times <= 1, "number {n} was sent {times} times: {:#?}", mail.flight);
            let perhaps = mail.scheduled.state == ScheduledState::Unclear
                || (mail.scheduled.state == ScheduledState::Held && mail.scheduled.why == Some(Why::Unclear));
            match mail.scheduled.state {
                ScheduledState::Sent => {
                    assert_eq!(times, 1, "number {n} is said to be sent: {:#?}", mail.flight);
                    sent += 1;
                    break;
                }
                // It lies in Sent: the next look finds it there.
                _ if perhaps && times == 0 => {
                    held += 1;
                    break;
                }
                ScheduledState::Failed | ScheduledState::Cancelled => panic!("number {n}: {:#?}", mail.flight),
                // What waits to be tried again is hurried; when it has just been taken up, that is refused, and not needed.
                ScheduledState::Scheduled => {
                    let request = reqwest::Client::new().post(format!("{}/api/v1/scheduled/{id}/action", serving.url));
                    let _ = request.bearer_auth(token).json(&json!({ "action": "send_now" })).send().await.unwrap();
                }
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    (sent, held)
}

/// Neither the database nor a log has the password or the device's token.
fn holds_no_secret(dir: &Path, token: &str) {
    let bare: String = PASSWORD.split_whitespace().collect();
    let mut secrets = vec![PASSWORD.to_owned(), bare.clone(), token.to_owned()];
    for begins in 0..3 {
        // Whatever stood before it in what was encoded.
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{}{bare}", "x".repeat(begins)));
        secrets.push(text[4..text.len() - 4].to_owned());
    }
    let mut folders = vec![dir.to_owned()];
    let mut looked = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            looked += 1;
            for secret in &secrets {
                let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{} holds a secret", entry.path().display());
            }
        }
    }
    assert!(looked > 3, "nothing was looked at");
}
