//! Signing in: the page, the code and its verifier, refreshing, scopes, and how it ends.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::api::{Api, post, refresh, token};
use super::doors::Doors;
use super::{ANA, MARA};
use crate::api::methods::{COMPOSE, FULL, METADATA, READONLY, SEND};
use crate::rewrite::{percent, unpercent};

const BACK: &str = "http://127.0.0.1:1/callback?x=1";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-x";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

/// The query of an authorisation, with some of it changed.
fn query(change: &[(&str, &str)]) -> String {
    let scope = format!("{COMPOSE} {READONLY}");
    let challenge = challenge();
    let mut fields = vec![
        ("client_id", "waxwing-sim"),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", &scope),
        ("state", "s&1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("access_type", "offline"),
    ];
    fields.retain(|(name, _)| !change.iter().any(|(it, _)| it == name));
    fields.extend(change);
    fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&")
}

/// Where the browser is sent, taken apart.
fn sent_back(location: &str) -> Vec<(String, String)> {
    let fields = location.strip_prefix(BACK).expect("the redirect address").trim_start_matches('&').split('&');
    fields.map(|it| it.split_once('=').unwrap()).map(|(name, value)| (name.to_owned(), unpercent(value))).collect()
}

fn field(fields: &[(String, String)], name: &str) -> Option<String> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

/// Somebody allows everything without looking.
async fn auto(doors: &Doors, change: &[(&str, &str)]) -> Vec<(String, String)> {
    let url = doors.api(&format!("/o/oauth2/v2/auth?{}&sim_auto={}", query(change), percent(MARA)));
    let answer = doors.sim.app.clicker.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    sent_back(answer.headers()["location"].to_str().unwrap())
}

async fn exchange(doors: &Doors, code: &str, change: &[(&str, &str)]) -> (u16, Value) {
    let mut fields = vec![
        ("client_id", "waxwing-sim"),
        ("client_secret", "waxwing-sim-secret"),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    fields.retain(|(name, _)| !change.iter().any(|(it, _)| it == name));
    fields.extend(change.iter().filter(|(_, value)| !value.is_empty()));
    post(doors, "/token", &fields).await
}

#[tokio::test]
async fn a_code_becomes_tokens_once() {
    let doors = Doors::open().await;
    let back = auto(&doors, &[]).await;
    assert_eq!(field(&back, "state").as_deref(), Some("s&1"));
    assert_eq!(field(&back, "scope").unwrap(), format!("{COMPOSE} {READONLY}"));
    let code = field(&back, "code").unwrap();
    let (status, tokens) = exchange(&doors, &code, &[]).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3599)));
    assert_eq!(tokens["scope"], format!("{COMPOSE} {READONLY}"));
    let (status, again) = exchange(&doors, &code, &[]).await;
    assert_eq!((status, &again["error"]), (400, &json!("invalid_grant")));
    let (status, fresh) = refresh(&doors, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    assert!(fresh["refresh_token"].is_null() && fresh["access_token"] != tokens["access_token"]);
    // The second time Google gives no refresh token, unless it is asked to ask again.
    let code = field(&auto(&doors, &[]).await, "code").unwrap();
    assert!(exchange(&doors, &code, &[]).await.1["refresh_token"].is_null());
    let code = field(&auto(&doors, &[("prompt", "consent")]).await, "code").unwrap();
    assert!(exchange(&doors, &code, &[]).await.1["refresh_token"].is_string());
}

#[tokio::test]
async fn whoever_cannot_prove_it_gets_nothing() {
    let doors = Doors::open().await;
    for (change, status, error) in [
        (("code_verifier", "another"), 400, "invalid_grant"),
        (("code_verifier", ""), 400, "invalid_grant"),
        (("redirect_uri", "http://127.0.0.1:2/"), 400, "redirect_uri_mismatch"),
        (("client_secret", "guess"), 401, "invalid_client"),
        (("client_id", "stranger"), 401, "invalid_client"),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
    ] {
        let code = field(&auto(&doors, &[]).await, "code").unwrap();
        let (got, answer) = exchange(&doors, &code, &[change]).await;
        assert_eq!((got, answer["error"].as_str()), (status, Some(error)), "{change:?}");
        // A try that failed for the code itself has spent it.
        if error == "invalid_grant" {
            assert_eq!(exchange(&doors, &code, &[]).await.0, 400);
        }
    }
    let code = field(&auto(&doors, &[]).await, "code").unwrap();
    doors.sim.pass(10 * 60_000);
    assert_eq!(exchange(&doors, &code, &[]).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_person_chooses_the_account_and_the_rights() {
    let doors = Doors::open().await;
    let page = doors.sim.app.clicker.get(doors.api(&format!("/o/oauth2/v2/auth?{}", query(&[])))).send().await.unwrap();
    let html = page.text().await.unwrap();
    for part in [COMPOSE, READONLY, MARA, ANA, "name=\"decision\" value=\"deny\""] {
        assert!(html.contains(part), "{part}");
    }
    let press = async |more: &[(&str, &str)]| {
        let form =
            format!("{}&{}", query(&[]), more.iter().map(|(k, v)| format!("{k}={}", percent(v))).collect::<Vec<_>>().join("&"));
        let request = doors.sim.app.clicker.post(doors.api("/o/oauth2/v2/auth"));
        let answer = request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
        let location = answer.headers().get("location").map(|it| sent_back(it.to_str().unwrap()));
        (answer.status().as_u16(), location.unwrap_or_default())
    };
    let (status, back) = press(&[("decision", "deny"), ("account", ANA), ("granted", COMPOSE)]).await;
    assert_eq!((status, field(&back, "error").as_deref()), (302, Some("access_denied")));
    assert_eq!(field(&press(&[("decision", "allow"), ("account", ANA)]).await.1, "error").as_deref(), Some("access_denied"));
    assert_eq!(press(&[("decision", "allow"), ("account", "x@y.example"), ("granted", COMPOSE)]).await.0, 400);
    // What was not asked for cannot be granted.
    let (_, back) = press(&[("decision", "allow"), ("account", ANA), ("granted", COMPOSE), ("granted", FULL)]).await;
    let (status, tokens) = exchange(&doors, &field(&back, "code").unwrap(), &[]).await;
    assert_eq!((status, tokens["scope"].as_str()), (200, Some(COMPOSE)));
    let api = Api { doors, token: tokens["access_token"].as_str().unwrap().to_owned() };
    assert_eq!(api.get("profile").await["emailAddress"], ANA);
}

#[tokio::test]
async fn a_wrong_request_for_authorisation_is_not_sent_anywhere() {
    let doors = Doors::open().await;
    for change in [
        [("client_id", "<script>")],
        [("redirect_uri", "javascript:alert(1)")],
        [("redirect_uri", "http://x.example/#y")],
        [("response_type", "token")],
        [("scope", " ")],
        [("code_challenge_method", "S512")],
    ] {
        let url = doors.api(&format!("/o/oauth2/v2/auth?{}&sim_auto={MARA}", query(&change)));
        let answer = doors.sim.app.clicker.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{change:?}");
        assert!(!answer.text().await.unwrap().contains("<script"));
    }
}

#[tokio::test]
async fn tokens_end_by_time_by_revoking_and_with_the_password() {
    let api = Api::open().await;
    api.get("profile").await;
    api.doors.sim.pass(3_600_000);
    assert_eq!(api.refused("GET", "profile", &Value::Null).await, (401, "authError".to_owned()));

    let grant = api.doors.look(&format!("/grant?address={MARA}")).await["refreshToken"].as_str().unwrap().to_owned();
    api.doors.control("/settings", &json!({ "tokenSeconds": 5 })).await;
    let (_, tokens) = refresh(&api.doors, &grant).await;
    assert_eq!(tokens["expires_in"], 5);
    assert_eq!(post(&api.doors, "/revoke", &[("token", tokens["access_token"].as_str().unwrap())]).await, (200, json!({})));
    let (status, gone) = refresh(&api.doors, &grant).await;
    assert_eq!(
        (status, &gone["error"], &gone["error_description"]),
        (400, &json!("invalid_grant"), &json!("Token has been expired or revoked."))
    );
    assert_eq!(post(&api.doors, "/revoke", &[("token", &grant)]).await.0, 400);

    for call in ["/change-password", "/revoke-grant"] {
        let grant = api.doors.look(&format!("/grant?address={MARA}")).await["refreshToken"].as_str().unwrap().to_owned();
        assert_eq!(refresh(&api.doors, &grant).await.0, 200);
        assert_eq!(api.doors.control(call, &json!({ "address": MARA })).await, (200, json!({ "ended": 1 })));
        assert_eq!(refresh(&api.doors, &grant).await.0, 400, "{call}");
    }
}

#[tokio::test]
async fn a_token_may_do_what_it_was_granted() {
    let doors = Doors::open().await;
    let mut api = Api { token: token(&doors, MARA, COMPOSE).await, doors };
    let draft = api.draft(&json!({})).await;
    let path = format!("drafts/{}", draft["draft"].as_str().unwrap());
    api.get(&path).await;
    let message = format!("messages/{}", draft["message"].as_str().unwrap());
    let (status, answer) = api.ask("GET", &message, &Value::Null).await.unwrap();
    assert_eq!((status, &answer["error"]["status"]), (403, &json!("PERMISSION_DENIED")));
    assert_eq!(answer["error"]["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    assert_eq!(answer["error"]["errors"][0]["reason"], "insufficientPermissions");

    api.token = token(&api.doors, MARA, SEND).await;
    assert_eq!(api.refused("GET", &path, &Value::Null).await.0, 403);
    assert_eq!(api.refused("POST", "drafts/send", &json!({ "id": draft["draft"] })).await.0, 403);

    // Headers only, and that spoils what else the token holds.
    api.token = token(&api.doors, MARA, &format!("{METADATA} {READONLY}")).await;
    assert_eq!(api.refused("GET", &message, &Value::Null).await.0, 403);
    assert_eq!(api.refused("GET", "messages?q=in:sent", &Value::Null).await.0, 403);
    assert!(api.get(&format!("{message}?format=metadata")).await["payload"]["headers"].is_array());

    // Another person's mailbox, and no token at all.
    let other = api.send("GET", &format!("/gmail/v1/users/{ANA}/profile"), "", Vec::new()).await.unwrap();
    assert_eq!(other.0, 403);
    let own = api.send("GET", &format!("/gmail/v1/users/{}/profile", percent(MARA)), "", Vec::new()).await.unwrap();
    assert_eq!(own.0, 200);
    api.token = "ya29.nobody".to_owned();
    assert_eq!(api.refused("GET", "profile", &Value::Null).await.0, 401);
}
