//! A client of the REST API, as far as tests need one.

use reqwest::Method;
use serde_json::{Value, json};

use super::MARA;
use super::doors::Doors;
use crate::api::methods::FULL;

/// Everything open, and a token of Mara's.
pub(super) struct Api {
    pub(super) doors: Doors,
    pub(super) token: String,
}

/// What came back: the status and the JSON, or nothing, since the connection closed.
pub(super) type Answer = Option<(u16, Value)>;

impl Api {
    pub(super) async fn open() -> Self {
        let doors = Doors::open().await;
        let token = token(&doors, MARA, FULL).await;
        Self { doors, token }
    }

    pub(super) async fn ask(&self, verb: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(verb, &format!("/gmail/v1/users/me/{path}"), "application/json", body.into_bytes()).await
    }

    pub(super) async fn send(&self, verb: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let verb = Method::from_bytes(verb.as_bytes()).unwrap();
        let request = self.doors.sim.app.clicker.request(verb, self.doors.api(path));
        let request = request.header("authorization", format!("Bearer {}", self.token)).header("content-type", kind);
        let answer = request.body(body).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_str(&answer.text().await.ok()?).unwrap_or(Value::Null)))
    }

    /// A call that has to go well.
    pub(super) async fn ok(&self, verb: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(verb, path, body).await.expect("an answer");
        assert!(status < 300, "{verb} {path}: {status} {answer}");
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.ok("GET", path, &Value::Null).await
    }

    /// A call that has to be refused; gives status and reason.
    pub(super) async fn refused(&self, verb: &str, path: &str, body: &Value) -> (u16, String) {
        let (status, answer) = self.ask(verb, path, body).await.expect("an answer");
        assert_eq!(answer["error"]["code"], status, "{answer}");
        (status, answer["error"]["errors"][0]["reason"].as_str().unwrap().to_owned())
    }

    /// A draft as the page would save it.
    pub(super) async fn draft(&self, more: &Value) -> Value {
        let mut draft = json!({ "address": MARA, "to": super::ANA, "subject": "Dates", "html": "One" });
        draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, ids) = self.doors.control("/draft", &draft).await;
        assert_eq!(status, 200, "{ids}");
        ids
    }

    pub(super) async fn sent_log(&self) -> Vec<Value> {
        self.doors.look("/sent-log").await["mails"].as_array().unwrap().clone()
    }

    pub(super) async fn mailbox(&self, address: &str) -> Vec<Value> {
        self.doors.look(&format!("/mailbox/{address}")).await["messages"].as_array().unwrap().clone()
    }
}

/// Posts a form.
pub(super) async fn post(doors: &Doors, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", crate::rewrite::percent(value))).collect();
    let request = doors.sim.app.clicker.post(doors.api(path)).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(form.join("&")).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

/// An access token, by a refresh token without a browser.
pub(super) async fn token(doors: &Doors, address: &str, scope: &str) -> String {
    let grant = doors.look(&format!("/grant?address={address}&scope={}", crate::rewrite::percent(scope))).await;
    let (status, answer) = refresh(doors, grant["refreshToken"].as_str().unwrap()).await;
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

pub(super) async fn refresh(doors: &Doors, token: &str) -> (u16, Value) {
    let fields = [
        ("client_id", "waxwing-sim"),
        ("client_secret", "waxwing-sim-secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    post(doors, "/token", &fields).await
}
