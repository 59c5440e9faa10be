//! Connecting a mailbox by Gmail's API, over HTTP: as it should go, and as it should not.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use url::Url;
use waxwing_backend::http::mailboxes::gmail::LIFETIME;
use waxwing_backend::mailbox::gmail::{Google, oauth};
use waxwing_backend::mailbox::options::Options;
use waxwing_backend::seal::Seal;
use waxwing_protocol::api::{
    AccessAction, AccessPage, AccessReason, Connecting, GmailStart, Mailbox, MailboxKind, MailboxState, Mailboxes, Trouble,
    problem,
};

use super::sim::{Kept, MARA, Sim, hint};
use crate::logs::Lines;
use crate::support::{Browser, Setup, TestBackend, expect_problem, until};

async fn backend(google: Google) -> TestBackend {
    let mailboxes = Options::new(Seal::from_bytes([8; 32]), google, Vec::new());
    TestBackend::start_with(Setup { mailboxes: Some(mailboxes), ..Setup::default() }).await
}

/// Google's page, for this browser.
async fn begin(me: &Browser) -> GmailStart {
    let answer = me.call(Method::POST, "/mailboxes/gmail").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// Where Mara is led back to after she has allowed everything.
async fn allowed(me: &Browser, start: &GmailStart) -> String {
    let answer = me.client.get(format!("{}&sim_auto={MARA}", start.url)).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// What the form of a page sends when its button is pressed: where to, state and code.
fn form(back: &str, asked: &str) -> (Url, String) {
    let (_, form) = asked.split_once("<form method=\"post\" action=\"").unwrap();
    let (action, form) = form.split_once("\">").unwrap();
    let value = |name: &str| {
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let fields = [("state", value("state")), ("code", value("code"))];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    (Url::parse(back).unwrap().join(action).unwrap(), body)
}

async fn post(me: &Browser, to: Url, body: String) -> Response {
    let post = me.client.post(to).header("content-type", "application/x-www-form-urlencoded");
    post.header("accept-language", "de-DE,en;q=0.5").body(body).send().await.unwrap()
}

/// Opens the page that Google leads back to and presses its button.
async fn agree(me: &Browser, back: &str) -> Response {
    let answer = me.client.get(back).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self'; frame-ancestors 'none'"), "{policy}");
    let (to, body) = form(back, &page(answer, 200).await);
    assert!(to.query().is_none());
    post(me, to, body).await
}

async fn connect(me: &Browser) -> Mailbox {
    let back = allowed(me, &begin(me).await).await;
    page(agree(me, &back).await, 200).await;
    me.read::<Mailboxes>("/mailboxes").await.mailboxes.pop().unwrap()
}

/// The page's text; its headers are checked.
async fn page(answer: Response, status: u16) -> String {
    assert_eq!(answer.status(), status);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("cache-control"), "no-store, private");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    let text = answer.text().await.unwrap();
    assert!(!text.contains("<script") && !text.contains("code=") && !text.contains("state="));
    text
}

#[tokio::test]
async fn a_mailbox_is_connected_used_and_disconnected() {
    let sim = Sim::start().await;
    let backend = backend(sim.google(0)).await;
    let (me, other) = (backend.browser("me <& you>").await, backend.browser("other").await);
    let start = begin(&me).await;
    assert_eq!(start.rights, oauth::RIGHTS);
    let asked: Vec<(String, String)> = Url::parse(&start.url).unwrap().query_pairs().into_owned().collect();
    let asked = |name: &str| asked.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!(asked("redirect_uri"), format!("{}/oauth/google/callback", backend.url));
    assert_eq!((asked("access_type").as_str(), asked("prompt").as_str()), ("offline", "consent"));
    assert_eq!((asked("code_challenge_method").as_str(), asked("scope")), ("S256", oauth::RIGHTS.join(" ")));
    let back = allowed(&me, &start).await;
    // Opened it asks, and says whose the mailbox would be; it connects nothing.
    let asked = page(me.client.get(&back).send().await.unwrap(), 200).await;
    assert!(asked.contains("Connect this mailbox?") && asked.contains("me &lt;&amp; you&gt;"), "{asked}");
    assert!(me.read::<Mailboxes>("/mailboxes").await.mailboxes.is_empty());
    let said = page(agree(&me, &back).await, 200).await;
    assert!(said.contains("<html lang=\"de\">") && said.contains(MARA) && said.contains("me &lt;&amp; you&gt;"), "{said}");

    let listed: Mailboxes = me.read("/mailboxes").await;
    let mailbox = &listed.mailboxes[0];
    assert!(listed.google && listed.mailboxes.len() == 1);
    assert_eq!((mailbox.address.as_str(), mailbox.kind, &mailbox.state), (MARA, MailboxKind::Gmail, &MailboxState::Ok));
    assert_eq!((mailbox.rights.len(), mailbox.daily_limit, mailbox.sent_today), (1, 400, 0));
    let at = format!("/mailboxes/{}", mailbox.id);

    // Nobody else reaches it.
    assert!(other.read::<Mailboxes>("/mailboxes").await.mailboxes.is_empty());
    for (method, path) in [(Method::POST, "/test"), (Method::GET, "/access"), (Method::DELETE, ""), (Method::PUT, "/settings")]
    {
        let call = other.call(method.clone(), &format!("{at}{path}")).json(&json!({ "daily_limit": 5 }));
        expect_problem(call.send().await.unwrap(), 404, problem::NOT_FOUND).await;
    }

    let tested: Connecting = me.call(Method::POST, &format!("{at}/test")).send().await.unwrap().json().await.unwrap();
    assert_eq!(tested.mailbox.unwrap().id, mailbox.id);
    assert!(tested.steps.iter().all(|step| step.trouble.is_none()));
    for (limit, status) in [(0, 400), (2_001, 400), (25, 204), (25, 204)] {
        let put = me.call(Method::PUT, &format!("{at}/settings")).json(&json!({ "daily_limit": limit }));
        assert_eq!(put.send().await.unwrap().status(), status);
    }
    assert_eq!(me.read::<Mailboxes>("/mailboxes").await.mailboxes[0].daily_limit, 25);
    let ledger =
        until(async || Some(me.read::<AccessPage>(&format!("{at}/access")).await).filter(|page| page.entries.len() == 2)).await;
    assert!(
        ledger
            .entries
            .iter()
            .all(|entry| entry.ok && entry.action == AccessAction::SignIn && entry.reason == AccessReason::Asked)
    );
    assert_eq!(ledger.next, None);
    assert!(me.get(&format!("{at}/access?before=x")).await.status() == 400);

    // Connected again it is the same one, with its limit.
    let again = connect(&me).await;
    assert_eq!((again.id, again.daily_limit), (mailbox.id, 25));

    assert_eq!(me.delete(&at).await.status(), 204);
    assert_eq!(sim.ask("/grants").await.as_array().map_or(0, Vec::len), 0, "given back at Google");
    expect_problem(me.delete(&at).await, 404, problem::NOT_FOUND).await;
    assert!(me.read::<Mailboxes>("/mailboxes").await.mailboxes.is_empty());
    assert_eq!(backend.app.store.mailbox(mailbox.id).await.unwrap().unwrap().secret, None);
    assert_eq!(connect(&me).await.id, mailbox.id);
}

#[tokio::test]
async fn an_answer_counts_once_in_time_and_for_who_began() {
    let sim = Sim::start().await;
    let backend = backend(sim.google(0)).await;
    let me = backend.browser("me").await;
    let get = async |url: String| me.client.get(url).send().await.unwrap();
    let callback = format!("{}/oauth/google/callback", backend.url);

    for query in [
        "",
        "?",
        "?state=&code=",
        "?code=x",
        "?state=x&code=y",
        &format!("?state={}&code=y", "A".repeat(43)),
        "?state=%00%ff&state",
    ] {
        assert!(page(get(format!("{callback}{query}")).await, 400).await.contains("not known here"), "{query}");
    }
    let back = allowed(&me, &begin(&me).await).await;
    assert_eq!(me.client.head(&back).send().await.unwrap().status(), 405, "whoever only looks uses nothing up");
    let (to, body) = form(&back, &page(get(back.clone()).await, 200).await);
    // A link of somebody else's cannot press the button, nor can what is no form.
    for (kind, sent) in [("text/plain", body.clone()), ("application/json", "{}".to_owned())] {
        let wrong = me.client.post(to.clone()).header("content-type", kind).body(sent).send().await.unwrap();
        page(wrong, 400).await;
    }
    page(post(&me, to.clone(), format!("{body}&more={}", "x".repeat(10_000))).await, 400).await;
    page(post(&me, to.clone(), String::new()).await, 400).await;
    let mut query = to.clone();
    query.set_query(Some(&body));
    page(post(&me, query, String::new()).await, 400).await;
    assert!(me.read::<Mailboxes>("/mailboxes").await.mailboxes.is_empty());
    page(agree(&me, &back).await, 200).await;
    page(get(back.clone()).await, 400).await;
    page(post(&me, to, body).await, 400).await;

    let back = allowed(&me, &begin(&me).await).await;
    let (to, body) = form(&back, &page(get(back.clone()).await, 200).await);
    backend.clock.advance(LIFETIME);
    assert!(page(get(back).await, 400).await.contains("took too long"));
    assert!(page(post(&me, to, body).await, 400).await.contains("zu lange gedauert"));

    // The code of one sign-in does not fit the state of another: the verifier is another's.
    let (one, two) = (allowed(&me, &begin(&me).await).await, allowed(&me, &begin(&me).await).await);
    let part =
        |url: &str, name: &str| Url::parse(url).unwrap().query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    let mixed = format!("{callback}?state={}&code={}", part(&one, "state"), part(&two, "code"));
    page(agree(&me, &mixed).await, 400).await;
    // What stands in the address cannot become more than a value of the form.
    let begun = begin(&me).await;
    let odd = format!("{callback}?code=%22%3E%3Cscript%3Ex&state={}", part(&begun.url, "state"));
    page(agree(&me, &odd).await, 400).await;
    let begun = begin(&me).await;
    for code in ["a%20b", "%E2%80%AE", "%00", &"x".repeat(1_025)] {
        page(get(format!("{callback}?code={code}&state={}", part(&begun.url, "state"))).await, 502).await;
    }

    let state = |start: &GmailStart| part(&start.url, "state");
    let denied = begin(&me).await;
    assert!(
        page(get(format!("{callback}?error=access_denied&state={}", state(&denied))).await, 200)
            .await
            .contains("Nothing was connected")
    );
    page(get(format!("{callback}?code=x&state={}", state(&denied))).await, 400).await;
    let odd = begin(&me).await;
    page(get(format!("{callback}?error=%3Cscript%3E&state={}", state(&odd))).await, 502).await;
    assert_eq!(me.read::<Mailboxes>("/mailboxes").await.mailboxes.len(), 1, "the first one alone");
}

#[tokio::test]
async fn a_right_that_was_left_out() {
    let sim = Sim::start().await;
    let backend = backend(sim.google(0)).await;
    let me = backend.browser("me").await;
    let start = begin(&me).await;
    let mut form: Vec<(String, String)> = Url::parse(&start.url).unwrap().query_pairs().into_owned().collect();
    // Enough for sending later; reminders need more.
    form.retain(|(name, _)| name != "scope");
    let before = oauth::RIGHTS_WITHOUT_NOTES.join(" ");
    for (name, value) in [
        ("scope", before.as_str()),
        ("account", MARA),
        ("decision", "allow"),
        ("granted", oauth::RIGHTS_WITHOUT_NOTES[0]),
        ("granted", oauth::RIGHTS_WITHOUT_NOTES[1]),
    ] {
        form.push((name.to_owned(), value.to_owned()));
    }
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let chosen = me.client.post(format!("{}/o/oauth2/v2/auth", sim.api));
    let chosen = chosen.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
    let back = chosen.headers()["location"].to_str().unwrap().to_owned();
    assert!(page(agree(&me, &back).await, 200).await.contains("Ein Recht fehlt"));
    assert!(me.read::<Mailboxes>("/mailboxes").await.mailboxes.is_empty());
}

#[tokio::test]
async fn a_grant_that_ends_is_seen_and_signing_in_again_mends_it() {
    let sim = Sim::start().await;
    let backend = backend(sim.google(0)).await;
    let me = backend.browser("me").await;
    let mailbox = connect(&me).await;
    let at = format!("/mailboxes/{}", mailbox.id);
    sim.order("/change-password", &json!({ "address": MARA })).await;
    let tested: Connecting = me.call(Method::POST, &format!("{at}/test")).send().await.unwrap().json().await.unwrap();
    assert_eq!((tested.mailbox, tested.steps[0].trouble), (None, Some(Trouble::GrantRevoked)));
    let listed = me.read::<Mailboxes>("/mailboxes").await.mailboxes.pop().unwrap();
    assert!(matches!(listed.state, MailboxState::SignIn { trouble: Trouble::GrantRevoked, .. }));
    // It is not tried until its owner was there.
    let closed = backend.app.mailboxes.get(mailbox.id).await;
    assert!(matches!(closed, Err(waxwing_backend::mailbox::registry::NoMailbox::SignIn(Trouble::GrantRevoked))));
    let events = backend.app.store.events_after(me.account(), 0, 100).await.unwrap();
    let told: Vec<Value> = events.iter().map(|event| serde_json::to_value(&event.event).unwrap()).collect();
    assert!(told.iter().any(|event| event["sign_in"] == true), "{told:?}");
    let back = backend.app.mailboxes.back();
    assert_eq!(connect(&me).await.state, MailboxState::Ok);
    assert!(back.has_changed().unwrap(), "what waits for it goes on");
    assert!(backend.app.mailboxes.get(mailbox.id).await.is_ok());
}

#[tokio::test]
async fn what_an_older_connection_says_is_not_held_against_a_newer_one() {
    let sim = Sim::start().await;
    let backend = backend(sim.google(0)).await;
    let me = backend.browser("me").await;
    let mailbox = connect(&me).await;
    let mailboxes = &backend.app.mailboxes;
    let draft = sim.draft(json!({})).await;
    let ask = async |mailbox: &dyn waxwing_backend::mailbox::Mailbox| {
        mailbox.find_draft(&hint(&draft), &Kept::default()).await.map_err(|error| (error.trouble, error))
    };
    let old = mailboxes.get(mailbox.id).await.unwrap();
    sim.order("/change-password", &json!({ "address": MARA })).await;
    assert_eq!(ask(old.as_ref()).await.unwrap_err().0, Trouble::GrantRevoked);
    connect(&me).await;
    let (trouble, error) = ask(old.as_ref()).await.unwrap_err();
    assert_eq!(trouble, Trouble::Busy, "it is tried again with the new one");
    mailboxes.report(mailbox.id, Some(&error)).await;
    assert_eq!(me.read::<Mailboxes>("/mailboxes").await.mailboxes[0].state, MailboxState::Ok);
    assert!(ask(mailboxes.get(mailbox.id).await.unwrap().as_ref()).await.unwrap().is_some());
}

#[tokio::test]
async fn without_a_client_or_a_key() {
    let backend = backend(Google::default()).await;
    let me = backend.browser("me").await;
    assert!(!me.read::<Mailboxes>("/mailboxes").await.google);
    expect_problem(me.call(Method::POST, "/mailboxes/gmail").send().await.unwrap(), 409, problem::NO_GOOGLE_CLIENT).await;

    let sim = Sim::start().await;
    let keyless = Options::new(Seal::none(), sim.google(0), Vec::new());
    let backend = TestBackend::start_with(Setup { mailboxes: Some(keyless), ..Setup::default() }).await;
    let me = backend.browser("me").await;
    let ask = json!({ "address": "ann@example.org", "password": "p" });
    for call in [me.call(Method::POST, "/mailboxes/gmail"), me.call(Method::POST, "/mailboxes").json(&ask)] {
        let problem = expect_problem(call.send().await.unwrap(), 502, problem::MAILBOX).await;
        assert_eq!(problem.detail.as_deref(), Some("key_lost"));
    }
    // Tracking goes on.
    me.send(&backend, "Hello").await;
}

#[tokio::test]
async fn a_key_that_is_lost_and_found() {
    let sim = Sim::start().await;
    let backend = backend(sim.google(0)).await;
    let me = backend.browser("me").await;
    let mailbox = connect(&me).await;
    let (clock, entropy) = (backend.clock.clone(), backend.entropy.clone());
    let mut dir = backend.stop().await;
    let lost = |state: &MailboxState| matches!(state, MailboxState::SignIn { trouble: Trouble::KeyLost, .. });
    for (key, opens) in [([9; 32], false), ([9; 32], false), ([8; 32], true)] {
        let mailboxes = Some(Options::new(Seal::from_bytes(key), sim.google(0), Vec::new()));
        let backend = TestBackend::start_in(dir, clock.clone(), entropy.clone(), Setup { mailboxes, ..Setup::default() }).await;
        let me = Browser { url: backend.url.clone(), ..me.clone() };
        let listed = me.read::<Mailboxes>("/mailboxes").await.mailboxes.pop().unwrap();
        assert_eq!((lost(&listed.state), backend.app.mailboxes.get(mailbox.id).await.is_ok()), (!opens, opens));
        dir = backend.stop().await;
    }
}

// One thread, so that all tasks write here.
#[tokio::test(flavor = "current_thread")]
async fn secrets_stand_nowhere_in_the_open() {
    let sim = Sim::start().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber =
        tracing_subscriber::fmt().json().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    // While there is only one subscriber, what a test beside this one logs first is taken for what nobody listens to.
    let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let guard = tracing::subscriber::set_default(subscriber);
    let backend = backend(sim.google(0)).await;
    let me = backend.browser("me").await;
    let start = begin(&me).await;
    let back = allowed(&me, &start).await;
    page(agree(&me, &back).await, 200).await;
    let sealed = backend.app.store.mailboxes(me.account()).await.unwrap().pop().unwrap();
    let secret = waxwing_backend::mailbox::registry::open_secret(&Seal::from_bytes([8; 32]), &sealed).unwrap();
    let secret: Value = serde_json::from_slice(&secret).unwrap();
    let refresh = secret["refresh_token"].as_str().unwrap().to_owned();
    let query: Vec<String> = Url::parse(&back).unwrap().query_pairs().map(|(_, value)| value.into_owned()).collect();
    let mut secrets: Vec<String> =
        query.into_iter().filter(|value| value.len() > 20 && !value.contains("googleapis")).collect();
    assert_eq!(secrets.len(), 2, "the state and the code");
    secrets.extend([refresh, "waxwing-sim-secret".to_owned()]);
    // Used, found to be over, given back.
    let id = me.read::<Mailboxes>("/mailboxes").await.mailboxes[0].id;
    let test = async || me.call(Method::POST, &format!("/mailboxes/{id}/test")).send().await.unwrap();
    test().await;
    sim.faults(json!([{ "method": "getProfile", "error": 500 }])).await;
    test().await;
    sim.order("/revoke-grant", &json!({ "address": MARA })).await;
    sim.faults(json!([{ "method": "getProfile", "error": 401 }])).await;
    test().await;
    me.delete(&format!("/mailboxes/{id}")).await;
    let dump = async || {
        let mut bytes = Vec::new();
        let folders = [backend.dir.path().to_owned(), backend.dir.path().join("hits")];
        for file in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
            // The folders themselves are none.
            bytes.extend(std::fs::read(file.unwrap().path()).unwrap_or_default());
        }
        bytes
    };
    let before = dump().await;
    drop(guard);
    let log = lines.text();
    assert!(log.contains("a mailbox was connected by Gmail's API") && log.contains("a mailbox was disconnected"));
    for secret in &secrets {
        assert!(!before.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        assert_eq!(log.lines().find(|line| line.contains(secret.as_str())), None, "{secret}");
    }
    let line = log.lines().find(|line| line.contains(MARA) && line.contains("waxwing_backend"));
    assert_eq!(line, None, "addresses are not logged");
}
