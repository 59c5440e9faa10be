//! Somebody with a thing of every kind, whose words are found wherever they leak to.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::clock::Clock as _;
use waxwing_backend::rights::tables;
use waxwing_protocol::api::{MessageDetail, Rights};

use crate::account_page::sign_in;
use crate::scheduled::postbox::{Postbox, put as draft};
use crate::support::{Browser, TestBackend, message, recipient, until};

/// Their recipient.
pub(super) const PERSON: &str = "zenobia@quillfeather.example";
/// Stand in what is theirs, and in nothing else: in lower case.
const WORDS: &[&str] = &["quillfeather", "zenobia", "brambling", "pacific/chatham", "siskin"];

pub(super) struct Owner {
    pub browser: Browser,
    /// The cookie of their session.
    pub session: String,
    /// Ids of everything that has one, in whatever form.
    pub ids: Vec<String>,
    pub mailbox: Uuid,
}

impl Owner {
    pub(super) async fn with_everything(backend: &TestBackend) -> Self {
        // Whoever is first is an admin.
        backend.account("boss").await;
        let me = backend.browser("Siskin").await;
        let mail = backend.uuid();
        let mut registered = message("Brambling", backend.clock.now());
        registered.content.recipients = vec![recipient(PERSON, Some("Zenobia"))];
        "https://quillfeather.example/offer".clone_into(&mut registered.content.links[0].target);
        assert_eq!(me.put(mail, &registered).await.status(), 204);
        backend.get(&me.pixel(mail)).await;
        backend.get(&me.link(mail, "https://quillfeather.example/offer")).await;
        let detail: MessageDetail = me.detail_with(mail, 2).await;
        let hits: Vec<_> = detail.hits.iter().map(|hit| hit.id.to_string()).collect();
        let claim = me.call(Method::POST, &format!("/hits/{}/correction", hits[0]));
        assert_eq!(claim.json(&json!({ "claim": "person" })).send().await.unwrap().status(), 200);

        let (mailbox, postbox) = Postbox::connect(backend, &me, "siskin@quillfeather.example").await;
        postbox.write("msg-a:r7", "Brambling later");
        let later = backend.uuid();
        let scheduled = me.call(Method::PUT, &format!("/scheduled/{later}"));
        let scheduled = scheduled.json(&draft(mailbox, "msg-a:r7", "2026-11-24T09:00:00")).send().await.unwrap();
        assert_eq!(scheduled.status(), 200);
        let waiting = backend.uuid();
        good(
            &me,
            Method::PUT,
            &format!("/reminders/{waiting}"),
            &reminder("Brambling", backend, PERSON, "Siskin@quillfeather.example"),
        )
        .await;
        good(&me, Method::PUT, "/contacts/zones", &json!({ "address": PERSON, "zone": "Pacific/Chatham" })).await;
        good(&me, Method::PUT, "/consent/people", &json!({ "people": [{ "address": PERSON, "opens": "refused" }] })).await;
        good(
            &me,
            Method::PUT,
            "/consent/policy",
            &json!({ "policy": "ask", "days": 30, "line": true, "line_text": "Brambling" }),
        )
        .await;
        good(&me, Method::PUT, "/reminders/settings", &json!({ "zone": "Pacific/Chatham" })).await;
        good(&me, Method::POST, "/account/export", &json!({})).await;
        until(async || me.read::<Rights>("/account/rights").await.export?.bytes).await;

        let session = sign_in(backend, "Siskin").await;
        let sessions = backend.app.store.sessions(me.account(), backend.clock.now()).await.unwrap();
        let ids = [mail, later, waiting, mailbox, me.paired.device, sessions[0].id].map(|id| id.to_string());
        let ids = ids.into_iter().chain(hits).chain([me.paired.account.id.clone()]).collect();
        Self { browser: me, session, ids, mailbox }
    }

    /// Every row of theirs, in every table.
    pub(super) async fn rows(&self, backend: &TestBackend) -> Vec<String> {
        backend.app.journal.drained().await;
        let mut rows = Vec::new();
        for owned in tables::owned(&backend.app.store).await.unwrap() {
            for row in owned.page(&backend.app.store, self.browser.account(), None).await.unwrap() {
                rows.push(format!("{}: {row:?}", owned.table.name));
            }
        }
        rows
    }

    /// The same, once nothing works on them any more.
    pub(super) async fn settled(&self, backend: &TestBackend) -> Vec<String> {
        until(async || {
            let first = self.rows(backend).await;
            tokio::task::yield_now().await;
            (self.rows(backend).await == first).then_some(first)
        })
        .await
    }

    /// Fails when an answer holds anything of theirs that the question did not.
    pub(super) fn is_not_in(&self, answer: &str, asked: &str, what: &str) {
        let (answer, asked) = (answer.to_lowercase(), asked.to_lowercase());
        for word in WORDS.iter().map(|word| (*word).to_owned()).chain(self.ids.iter().filter(|id| id.len() > 5).cloned()) {
            assert!(!answer.contains(&word) || asked.contains(&word), "{what} tells {word}: {answer}");
        }
    }
}

/// A reminder of a mail that is not tracked.
pub(super) fn reminder(subject: &str, backend: &TestBackend, to: &str, from: &str) -> Value {
    let now = backend.clock.now();
    let content = json!({ "subject": subject, "recipients": [{ "kind": "to", "address": to }], "links": [] });
    let gmail = json!({ "legacy_thread": "18f0000000000001", "legacy_message": "18f1000000000001" });
    json!({
        "mail": { "sender": from, "sent_at": now, "gmail": gmail, "content": content },
        "wish": { "when": { "kind": "instant", "at": now + 86_400_000, "zone": "UTC" }, "condition": "no_answer" },
    })
}

async fn good(me: &Browser, method: Method, path: &str, body: &Value) {
    let answer = me.call(method, path).json(body).send().await.unwrap();
    let status = answer.status();
    assert!(status.is_success(), "{path}: {status} {}", answer.text().await.unwrap());
}
