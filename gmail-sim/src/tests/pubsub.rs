//! Notices of what changed: watching, pulling as a service account, acknowledging, and what goes wrong.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::api::{Api, post};
use super::{ANA, MARA, START};
use crate::pubsub::SCOPE;

const TOPIC: &str = "projects/sim/topics/gmail";

/// The service account's assertion, signed with its key.
fn assertion(account: &Value, claims: &Value) -> String {
    let pem = account["private_key"].as_str().unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims(account: &Value) -> Value {
    json!({
        "iss": account["client_email"], "scope": SCOPE, "aud": "http://127.0.0.1/token", "iat": START / 1_000, "exp": START / 1_000 + 3_600,
    })
}

async fn token(api: &Api, assertion: &str) -> (u16, Value) {
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    post(&api.doors, "/token", &[("grant_type", grant), ("assertion", assertion)]).await
}

/// Everything open as a service account sees it, with nothing kept waiting.
async fn open() -> (Api, Puller) {
    let mara = Api::open().await;
    mara.doors.control("/pubsub", &json!({ "pullMs": 0 })).await;
    let account = mara.doors.look("/service-account").await;
    let (status, granted) = token(&mara, &assertion(&account, &claims(&account))).await;
    assert_eq!(status, 200, "{granted}");
    let token = granted["access_token"].as_str().unwrap().to_owned();
    let (client, base) = (mara.doors.sim.app.clicker.clone(), mara.doors.api(""));
    (mara, Puller { client, base, token })
}

/// Whoever pulls.
struct Puller {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Puller {
    async fn pubsub(&self, method: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/v1/projects/sim/subscriptions/waxwing:{method}", self.base);
        let request = self.client.post(url).header("authorization", format!("Bearer {}", self.token)).body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// What is told, and the ids to acknowledge it by.
    async fn pulled(&self) -> (Vec<Value>, Vec<Value>) {
        let (status, answer) = self.pubsub("pull", json!({ "maxMessages": 10 })).await;
        assert_eq!(status, 200, "{answer}");
        let all: Vec<Value> = answer["receivedMessages"].as_array().cloned().unwrap_or_default();
        let data = |it: &Value| STANDARD.decode(it["message"]["data"].as_str().unwrap()).unwrap();
        (
            all.iter().map(|it| serde_json::from_slice(&data(it)).unwrap_or(Value::Null)).collect(),
            all.iter().map(|it| it["ackId"].clone()).collect(),
        )
    }
}

#[tokio::test]
async fn what_changes_is_told_until_it_is_acknowledged() {
    let (mara, puller) = open().await;
    let watch = mara.ok("POST", "watch", &json!({ "topicName": TOPIC })).await;
    let (told, ids) = puller.pulled().await;
    assert_eq!(
        told,
        [json!({ "emailAddress": MARA, "historyId": watch["historyId"].as_str().unwrap().parse::<u64>().unwrap() })]
    );
    assert!(puller.pulled().await.0.is_empty(), "it is out");
    mara.doors.sim.pass(10_000);
    let (again, later) = puller.pulled().await;
    assert_eq!(again, told);
    assert_eq!(puller.pubsub("acknowledge", json!({ "ackIds": [ids[0], later[0], "x"] })).await.0, 200);
    mara.doors.sim.pass(10_000);
    assert!(puller.pulled().await.0.is_empty());
    // Two mails, one notice; none for somebody who is not watched.
    for to in [MARA, MARA, ANA] {
        mara.doors.control("/deliver", &json!({ "to": to, "from": { "address": "b@x.example" }, "html": "?" })).await;
    }
    let (told, _) = puller.pulled().await;
    assert_eq!((told.len(), &told[0]["emailAddress"]), (1, &json!(MARA)));
    assert_eq!(told[0]["historyId"].as_u64().unwrap().to_string(), mara.get("profile").await["historyId"].as_str().unwrap());
    mara.ok("POST", "stop", &Value::Null).await;
    mara.doors.control("/deliver", &json!({ "to": MARA, "from": { "address": "b@x.example" }, "html": "?" })).await;
    assert!(puller.pulled().await.0.is_empty());
}

#[tokio::test]
async fn drafts_can_be_left_out_and_a_watch_ends_after_a_week() {
    let (mara, puller) = open().await;
    let body = json!({ "topicName": TOPIC, "labelIds": ["DRAFT"], "labelFilterBehavior": "exclude" });
    mara.ok("POST", "watch", &body).await;
    assert_eq!(puller.pulled().await.0.len(), 1);
    mara.draft(&json!({})).await;
    assert!(puller.pulled().await.0.is_empty());
    mara.doors.sim.pass(7 * 24 * 3_600_000 + 1);
    mara.doors.control("/deliver", &json!({ "to": MARA, "from": { "address": "b@x.example" }, "html": "?" })).await;
    let (status, _) = puller.pubsub("pull", json!({ "maxMessages": 1 })).await;
    assert_eq!(status, 401, "the token is long over");
    assert_eq!(mara.doors.look("/pubsub").await["waiting"], 1, "the first one, and none of what came after the watch");
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let (mara, puller) = open().await;
    // A person's token, a subscription that is not there, one that may not be read, and nonsense.
    let person = Puller { client: puller.client.clone(), base: puller.base.clone(), token: mara.token.clone() };
    assert_eq!(person.pubsub("pull", json!({ "maxMessages": 1 })).await.0, 401);
    let has = json!({ "permissions": ["pubsub.subscriptions.consume"] });
    assert_eq!(puller.pubsub("testIamPermissions", has.clone()).await.1, has);
    for (setup, status) in [(json!({ "subscription": null }), 404), (json!({ "mayPull": false }), 403)] {
        mara.doors.control("/pubsub", &setup).await;
        assert_eq!(puller.pubsub("pull", json!({ "maxMessages": 1 })).await.0, status);
        assert_eq!(puller.pubsub("testIamPermissions", has.clone()).await, (200, json!({})));
    }
    mara.doors.control("/pubsub", &json!({ "mayPublish": false })).await;
    assert_eq!(mara.refused("POST", "watch", &json!({ "topicName": TOPIC })).await.0, 403);
    assert_eq!(mara.refused("POST", "watch", &json!({ "topicName": "gmail" })).await.0, 400);
    let account = mara.doors.look("/service-account").await;
    let other = mara.doors.look("/service-account").await;
    let mut forged = claims(&account);
    forged["iss"] = other["client_email"].clone();
    for (what, claims) in [
        ("another's name", forged),
        ("over", json!({ "iss": account["client_email"], "scope": SCOPE, "aud": "x/token", "iat": 1, "exp": 2 })),
        (
            "too long",
            json!({ "iss": account["client_email"], "scope": SCOPE, "aud": "x/token", "iat": START / 1_000, "exp": START / 1_000 + 9_999 }),
        ),
        (
            "elsewhere",
            json!({ "iss": account["client_email"], "scope": SCOPE, "aud": "x", "iat": START / 1_000, "exp": START / 1_000 + 60 }),
        ),
    ] {
        let (status, answer) = token(&mara, &assertion(&account, &claims)).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{what}");
    }
    for nonsense in ["", "a.b", "a.b.c"] {
        assert_eq!(token(&mara, nonsense).await.0, 400);
    }
}
