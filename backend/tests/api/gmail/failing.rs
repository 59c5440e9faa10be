//! Google answers nonsense, slowly, or not at all; a grant is over.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use waxwing_backend::clock::SystemClock;
use waxwing_backend::mailbox::gmail::{Endpoints, GmailMailbox, GmailSecret, Google, GoogleClient};
use waxwing_backend::mailbox::registry::NoKeeper;
use waxwing_backend::mailbox::{Commit, Found, Mailbox as _, SendOutcome};
use waxwing_protocol::api::{AccessAction, Trouble};

use super::sim::{Kept, Lease, Sim, nowhere, ready};

/// Answers each connection by its request's first line, and closes.
async fn google(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Google {
    google_that_tells(answer, mpsc::unbounded_channel().0).await
}

/// The same; tells the first lines of the requests that it is done with.
async fn google_that_tells(answer: impl Fn(&str) -> Vec<u8> + Send + 'static, done: mpsc::UnboundedSender<String>) -> Google {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 65_536];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let line = String::from_utf8_lossy(&head[..read]).lines().next().unwrap_or_default().to_owned();
            let _ = stream.write_all(&answer(&line)).await;
            drop(stream);
            let _ = done.send(line);
        }
    });
    let client = GoogleClient { id: "id".to_owned(), secret: "needle-client".to_owned() };
    Google::new(Endpoints::under(&base), Some(client), 0)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

fn mailbox(google: Google) -> GmailMailbox {
    let secret = GmailSecret { refresh_token: "needle-refresh".to_owned().into() };
    GmailMailbox::open(Arc::new(google), secret, NoKeeper::shared(), Arc::new(SystemClock))
}

#[tokio::test]
async fn what_the_token_endpoint_says() {
    let huge = "x".repeat(200_000);
    for (status, body, want) in [
        ("400 Bad Request", r#"{"error":"invalid_grant","error_description":"needle"}"#, Trouble::GrantRevoked),
        ("401 Unauthorized", r#"{"error":"invalid_client"}"#, Trouble::ClientRefused),
        ("400 Bad Request", r#"{"error":"something_new"}"#, Trouble::Protocol),
        ("403 Forbidden", "<html>no</html>", Trouble::Protocol),
        ("429 Too Many Requests", "", Trouble::RateLimited),
        ("500 Oops", "<html>", Trouble::Busy),
        ("302 Found", "", Trouble::Protocol),
        ("200 OK", "", Trouble::Protocol),
        ("200 OK", "[]", Trouble::Protocol),
        ("200 OK", r#"{"access_token":""}"#, Trouble::Protocol),
        ("200 OK", r#"{"access_token":"a\r\nX-Evil: 1"}"#, Trouble::Protocol),
        ("200 OK", huge.as_str(), Trouble::Protocol),
    ] {
        let answer = http(status, body);
        let mailbox = mailbox(google(move |_| answer.clone()).await);
        let ledger = Kept::default();
        let error = mailbox.version(&nowhere(), &ledger).await.unwrap_err();
        assert_eq!(error.trouble, want, "{status} {body:.80}");
        assert!(!format!("{error} {error:?}").contains("needle"));
        assert_eq!(*ledger.0.lock().unwrap(), [(AccessAction::SignIn, false), (AccessAction::FindDraft, false)]);
    }
}

#[tokio::test]
async fn google_is_slow() {
    let sim = Sim::start().await;
    let draft = sim.read(&sim.mailbox().await, &sim.draft(json!({})).await).await;
    let hurried = async |rules| {
        sim.faults(rules).await;
        let grant = sim.ask(&format!("/grant?address={}", super::sim::MARA)).await;
        let mut google = sim.google(0);
        google.timeout = Duration::from_millis(700);
        let refresh_token = grant["refreshToken"].as_str().unwrap().to_owned().into();
        GmailMailbox::open(Arc::new(google), GmailSecret { refresh_token }, NoKeeper::shared(), Arc::new(SystemClock))
    };
    let mailbox = hurried(json!([{ "method": "token", "delayMs": 5_000 }])).await;
    assert_eq!(mailbox.version(&draft.at, &Kept::default()).await.unwrap_err().trouble, Trouble::Unreachable);
    let outcome = mailbox.send(&ready(&draft, true), &Lease::default(), &Kept::default()).await;
    assert!(matches!(outcome, SendOutcome::NotSent(_)), "{outcome:?}");
    // It takes the mail, and then hangs.
    let mailbox = hurried(json!([{ "method": "drafts.send", "hangMs": 5_000 }])).await;
    let mail = ready(&draft, true);
    let outcome = mailbox.send(&mail, &Lease::default(), &Kept::default()).await;
    assert!(matches!(&outcome, SendOutcome::Unclear(error) if error.trouble == Trouble::Unreachable), "{outcome:?}");
    sim.faults(json!([])).await;
    assert!(matches!(mailbox.look(&mail.trace, 0, &Kept::default()).await.unwrap(), Found::Sent(_)));
    assert_eq!(sim.sent().await.len(), 1);
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = GoogleClient { id: "id".to_owned(), secret: "s".to_owned() };
    let error = mailbox(Google::new(Endpoints::under(&base), Some(client), 0)).version(&nowhere(), &Kept::default()).await;
    assert_eq!(error.unwrap_err().trouble, Trouble::Unreachable);
    let error = mailbox(Google::new(Endpoints::under(&base), None, 0)).version(&nowhere(), &Kept::default()).await;
    assert_eq!(error.unwrap_err().trouble, Trouble::ClientRefused, "the operator took the client away");
}

/// A lease that takes its time: until the server is done with the send, and whoever sends had its turn to see that.
struct Slow(Mutex<mpsc::UnboundedReceiver<String>>);

impl Commit for Slow {
    fn commit(&self) -> BoxFuture<'_, bool> {
        async {
            let mut done = self.0.lock().await;
            while done.recv().await.is_some_and(|line| line.contains("/token")) {}
            // What goes to and fro now comes after what the server wrote: by then that was read.
            for _ in 0..3 {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let (ours, theirs) = tokio::join!(TcpStream::connect(address), listener.accept());
                let (mut ours, mut theirs) = (ours.unwrap(), theirs.unwrap().0);
                theirs.write_all(b"x").await.unwrap();
                ours.read_u8().await.unwrap();
            }
            true
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_send_whose_last_byte_never_left_is_not_sent() {
    let token = http("200 OK", r#"{"access_token":"t","expires_in":3600}"#);
    let sim = Sim::start().await;
    let real = sim.mailbox().await;
    let draft = sim.read(&real, &sim.draft(json!({})).await).await;
    // The token works, and then the API breaks off, or answers before it has read all of it: even that it did well is no
    // proof, since it cannot have.
    for (answer, want) in [
        (Vec::new(), Trouble::Unreachable),
        (b"HTTP/1.1 2".to_vec(), Trouble::Unreachable),
        (http("401 Unauthorized", "{}"), Trouble::Busy),
        (http("503 Oops", "<html>"), Trouble::Busy),
        (http("200 OK", "{}"), Trouble::Protocol),
    ] {
        let token = token.clone();
        let (done, told) = mpsc::unbounded_channel();
        let answer = move |line: &str| if line.contains("/token") { token.clone() } else { answer.clone() };
        let mailbox = mailbox(google_that_tells(answer, done).await);
        let outcome = mailbox.send(&ready(&draft, true), &Slow(Mutex::new(told)), &Kept::default()).await;
        assert!(matches!(&outcome, SendOutcome::NotSent(error) if error.trouble == want), "{want:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_token_that_ended_is_refreshed_once_and_a_grant_that_ended_is_told() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let ids = sim.draft(json!({})).await;
    let draft = sim.read(&mailbox, &ids).await;
    assert_eq!(sim.calls("token").await, 1, "one token for all of it");
    sim.order("/expire-tokens", &json!({ "address": super::sim::MARA })).await;
    let looks = (0..20).map(|_| mailbox.version(&draft.at, &LEDGER));
    for found in futures_util::future::join_all(looks).await {
        assert!(found.unwrap().is_some());
    }
    assert_eq!(sim.calls("token").await, 2, "twenty that found it too old, and one that refreshed it");
    sim.order("/revoke-grant", &json!({ "address": super::sim::MARA })).await;
    let error = mailbox.version(&draft.at, &Kept::default()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::GrantRevoked);
    assert!(error.needs_sign_in());
    let outcome = mailbox.send(&ready(&draft, true), &Lease::default(), &Kept::default()).await;
    assert!(matches!(outcome, SendOutcome::NotSent(error) if error.trouble == Trouble::GrantRevoked));
    // Giving back what is over already is no failure.
    mailbox.revoke(&Kept::default()).await.unwrap();
}

struct Nothing;
static LEDGER: Nothing = Nothing;

impl waxwing_backend::mailbox::Ledger for Nothing {
    fn write(&self, _: AccessAction, _: bool) {}
}
