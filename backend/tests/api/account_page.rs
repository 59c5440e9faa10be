//! The account's page: the way in by code and at a provider, forms of other pages, and what an admin may do.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use waxwing_backend::accounts::oidc::Admit;
use waxwing_backend::store::people::Role;
use waxwing_protocol::api::{AccountCode, problem};

use crate::issuer::{CLIENT, Issuer};
use crate::support::{TestBackend, expect_problem};

/// Sends a form as a page of the backend does.
pub(crate) async fn send(backend: &TestBackend, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = backend.client.post(format!("{}{path}", backend.url)).header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "application/x-www-form-urlencoded").header("cookie", cookie);
    request.body(body).send().await.unwrap()
}

pub(crate) fn cookie(response: &Response, name: &str) -> String {
    let mut lines = response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.find(|line| line.starts_with(name)).unwrap();
    assert!(line.contains("HttpOnly") && line.contains("Path=/account"), "{line}");
    line.split(';').next().unwrap().to_owned()
}

pub(crate) async fn sign_in(backend: &TestBackend, name: &str) -> String {
    let code = backend.code(name).await;
    let response = send(backend, "/account/code", "", &[("code", &code)]).await;
    assert_eq!(response.status(), 303);
    cookie(&response, "waxwing-session")
}

pub(crate) async fn page(backend: &TestBackend, path: &str, cookie: &str) -> (u16, String) {
    let response = backend.client.get(format!("{}{path}", backend.url)).header("cookie", cookie).send().await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert_eq!(response.headers()["cache-control"], "no-store, private");
    (response.status().as_u16(), response.text().await.unwrap())
}

pub(crate) fn token(page: &str) -> &str {
    page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[tokio::test]
async fn a_code_opens_the_page_once_and_forms_of_others_do_not_count() {
    let backend = TestBackend::start().await;
    let browser = backend.browser("Ana <b>").await;
    let code = backend.code("Ana <b>").await;
    let response = send(&backend, "/account/code", "", &[("code", &code)]).await;
    let session = cookie(&response, "waxwing-session");
    assert!(response.headers()["set-cookie"].to_str().unwrap().contains("SameSite=Strict"));
    assert_eq!(send(&backend, "/account/code", "", &[("code", &code)]).await.status(), 403);

    let (status, html) = page(&backend, "/account", &session).await;
    assert_eq!(status, 200);
    assert!(html.contains("Ana &lt;b&gt;") && !html.contains("Ana <b>"));
    let token = token(&html).to_owned();
    let revoke = format!("/account/devices/{}/revoke", browser.paired.device);
    // Without its token, from another page, from nobody's, and without a session.
    assert_eq!(send(&backend, &revoke, &session, &[]).await.status(), 403);
    let foreign = backend.client.post(format!("{}{revoke}", backend.url)).header("sec-fetch-site", "cross-site");
    let foreign = foreign.header("content-type", "application/x-www-form-urlencoded").header("cookie", &session);
    assert_eq!(foreign.body(format!("token={token}")).send().await.unwrap().status(), 403);
    assert_eq!(send(&backend, &revoke, "", &[("token", &token)]).await.status(), 303);
    assert_eq!(backend.app.store.devices(backend.account("Ana <b>").await).await.unwrap().len(), 1);

    assert_eq!(send(&backend, &revoke, &session, &[("token", &token)]).await.status(), 303);
    assert_eq!(send(&backend, &revoke, &session, &[("token", &token)]).await.status(), 404);
    assert!(backend.app.store.devices(backend.account("Ana <b>").await).await.unwrap().is_empty());

    // Half an hour without use ends it.
    backend.clock.advance(30 * 60 * 1000);
    let (_, html) = page(&backend, "/account", &session).await;
    assert!(html.contains("name=\"code\""), "signed out");
}

/// Another host of the domain can give a browser cookies of these names.
#[tokio::test]
async fn a_cookie_from_elsewhere_signs_nobody_out_and_nobody_in() {
    let backend = TestBackend::start().await;
    let (mine, foreign) = (sign_in(&backend, "me").await, sign_in(&backend, "other").await);
    let is_in = async |cookies: &str| page(&backend, "/account", cookies).await.1.contains("name=\"token\"");
    for odd in ["waxwing-session=x".to_owned(), format!("waxwing-session={}", "A".repeat(43))] {
        for cookies in [format!("{odd}; {mine}"), format!("{mine}; {odd}")] {
            let (_, html) = page(&backend, "/account", &cookies).await;
            assert_eq!(
                send(&backend, "/account/pairing", &cookies, &[("token", token(&html))]).await.status(),
                200,
                "{cookies}"
            );
        }
    }
    for cookies in [format!("{foreign}; {mine}"), format!("{mine}; {foreign}")] {
        assert!(!is_in(&cookies).await, "nobody can tell whose browser it is");
    }
    // Who signs in anew has one session in this browser, not two.
    let code = backend.code("me").await;
    let newer = cookie(&send(&backend, "/account/code", &mine, &[("code", &code)]).await, "waxwing-session");
    assert!(is_in(&newer).await && !is_in(&mine).await && is_in(&foreign).await);
}

#[tokio::test]
async fn a_code_to_sign_in_with_pairs_no_browser() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let code = async || me.call(Method::POST, "/account/code").send().await.unwrap().json::<AccountCode>().await.unwrap().code;
    let first = code().await;
    expect_problem(backend.try_pair(&first).await, 404, problem::CODE_UNKNOWN).await;
    assert_eq!(send(&backend, "/account/code", "", &[("code", &first)]).await.status(), 303);
    assert_eq!(send(&backend, "/account/code", "", &[("code", &first)]).await.status(), 403, "once");

    // Whoever wants to be erased signs in to take it back, and lets no further browser in.
    assert_eq!(me.call(Method::POST, "/account/erasure").send().await.unwrap().status(), 200);
    let response = send(&backend, "/account/code", "", &[("code", &code().await)]).await;
    let session = cookie(&response, "waxwing-session");
    let (status, html) = page(&backend, "/account", &session).await;
    assert_eq!(status, 200);
    let pairing = send(&backend, "/account/pairing", &session, &[("token", token(&html))]).await;
    assert_eq!(pairing.status(), 404);
    assert_eq!(backend.app.store.devices(me.account()).await.unwrap().len(), 1);
}

/// Whoever had a browser's token may have made codes with it and signed in by them: what is revoked does not come back that way.
#[tokio::test]
async fn revoking_a_browser_ends_what_it_may_have_begun() {
    let backend = TestBackend::start().await;
    let (lost, kept) = (backend.browser("me").await, backend.browser("me").await);
    let code =
        async || lost.call(Method::POST, "/account/code").send().await.unwrap().json::<AccountCode>().await.unwrap().code;
    let (used, unused) = (code().await, code().await);
    let thief = cookie(&send(&backend, "/account/code", "", &[("code", &used)]).await, "waxwing-session");
    // It pairs nothing and, although an admin's, invites nobody: either would outlive the browser.
    backend.app.store.set_role(lost.account(), Role::Admin, backend.app.clock.now()).await.unwrap();
    let (_, html) = page(&backend, "/account", &thief).await;
    assert!(!html.contains("/account/pairing") && html.contains("waxwing pair"), "{html}");
    let pairing = send(&backend, "/account/pairing", &thief, &[("token", token(&html))]).await;
    assert_eq!(pairing.status(), 404);
    assert_eq!(page(&backend, "/account/people", &thief).await.0, 404);

    // Somebody who came with a code of the operator may.
    let by_operator = sign_in(&backend, "me").await;
    assert_eq!(page(&backend, "/account/people", &by_operator).await.0, 200);
    let (_, html) = page(&backend, "/account", &by_operator).await;
    let pairing = send(&backend, "/account/pairing", &by_operator, &[("token", token(&html))]).await;
    assert_eq!(pairing.status(), 200);
    let html = pairing.text().await.unwrap();
    let pairs = html.split("class=\"code\" role=\"status\"><bdi>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();

    assert_eq!(kept.delete(&format!("/devices/{}", lost.paired.device)).await.status(), 204);
    let (_, html) = page(&backend, "/account", &thief).await;
    assert!(html.contains("name=\"code\""), "signed out");
    assert_eq!(send(&backend, "/account/code", "", &[("code", &unused)]).await.status(), 403);
    expect_problem(backend.try_pair(pairs).await, 404, problem::CODE_UNKNOWN).await;
    let (_, html) = page(&backend, "/account", &by_operator).await;
    assert!(html.contains("name=\"token\""), "the operator's own session stays");

    // Who revokes on the page itself stays signed in.
    let mine = sign_in(&backend, "me").await;
    let (_, html) = page(&backend, "/account", &mine).await;
    let revoke = format!("/account/devices/{}/revoke", kept.paired.device);
    assert_eq!(send(&backend, &revoke, &mine, &[("token", token(&html))]).await.status(), 303);
    let (_, html) = page(&backend, "/account", &mine).await;
    assert!(html.contains("name=\"token\""), "still there");
}

#[tokio::test]
async fn wrong_codes_lock_out() {
    let backend = TestBackend::start().await;
    for _ in 0..10 {
        assert_eq!(send(&backend, "/account/code", "", &[("code", "AAAAA-AAAAA")]).await.status(), 403);
    }
    let code = backend.code("me").await;
    assert_eq!(send(&backend, "/account/code", "", &[("code", &code)]).await.status(), 429);
}

/// Begins a sign-in: its cookie, state and nonce.
pub(crate) async fn begin(backend: &TestBackend, invitation: &str) -> (String, String, String) {
    let response = send(backend, "/account/provider", "", &[("invitation", invitation)]).await;
    assert_eq!(response.status(), 200);
    let cookie = cookie(&response, "waxwing-sign-in");
    let html = response.text().await.unwrap().replace("&amp;", "&");
    let address = html.split("0;url=").nth(1).unwrap().split('"').next().unwrap();
    let address = url::Url::parse(address).unwrap();
    let of = |name: &str| address.query_pairs().find(|(one, _)| one == name).unwrap().1.into_owned();
    assert_eq!(of("code_challenge_method"), "S256");
    (cookie, of("state"), of("nonce"))
}

pub(crate) fn claims(backend: &TestBackend, issuer: &Issuer, nonce: &str) -> Value {
    let now = backend.app.clock.now() / 1000;
    json!({ "iss": issuer.url, "sub": "7", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
        "email": "Ana@Fjord.example", "email_verified": true, "name": "Ana", "locale": "de-DE" })
}

pub(crate) async fn back(backend: &TestBackend, cookie: &str, state: &str) -> Response {
    let address = format!("{}/account/signed-in?code=abc&state={state}", backend.url);
    backend.client.get(address).header("cookie", cookie).send().await.unwrap()
}

#[tokio::test]
async fn a_provider_signs_people_in_and_foreign_answers_change_nothing() {
    let issuer = Issuer::start().await;
    let backend = issuer.backend(Admit::Anyone).await;
    let header = json!({ "alg": "ES256", "kid": "one" });
    let now = backend.app.clock.now() / 1000;
    let wrong: [(Value, &str, Value); 9] = [
        (header.clone(), "nonce", json!("another")),
        (header.clone(), "aud", json!("somebody-else")),
        (header.clone(), "aud", json!([CLIENT, "somebody-else"])),
        (header.clone(), "iss", json!("https://evil.example")),
        (header.clone(), "exp", json!(now - 61)),
        (header.clone(), "iat", json!(now + 3_600)),
        (header.clone(), "email_verified", json!(false)),
        (json!({ "alg": "none" }), "sub", json!("7")),
        (json!({ "alg": "HS256", "kid": "one" }), "sub", json!("7")),
    ];
    for (header, name, value) in wrong {
        let (cookie, state, nonce) = begin(&backend, "").await;
        let mut claims = claims(&backend, &issuer, &nonce);
        claims[name] = value;
        issuer.gives(&header, &claims);
        let response = back(&backend, &cookie, &state).await;
        assert!(response.status().as_u16() >= 400, "{name}");
        backend.clock.advance(20_000);
    }
    let (cookie_of, state, nonce) = begin(&backend, "").await;
    issuer.gives(&json!({ "alg": "ES256", "kid": "two" }), &claims(&backend, &issuer, &nonce));
    assert_eq!(back(&backend, &cookie_of, &state).await.status(), 502, "an unknown key");
    // Another browser's state, none, and one that came back already.
    let (first, _, _) = begin(&backend, "").await;
    let (second, state, nonce) = begin(&backend, "").await;
    issuer.gives(&header, &claims(&backend, &issuer, &nonce));
    assert_eq!(back(&backend, &first, &state).await.status(), 400);
    assert_eq!(back(&backend, "", &state).await.status(), 400);
    assert!(backend.app.store.everyone().await.unwrap().is_empty(), "nobody has an account from that");
    let response = back(&backend, &second, &state).await;
    assert_eq!(response.status(), 200);
    let session = cookie(&response, "waxwing-session");
    assert_eq!(back(&backend, &second, &state).await.status(), 400, "replayed");
    let (_, html) = page(&backend, "/account", &session).await;
    assert!(html.contains("ana@fjord.example") && html.contains("lang=\"de\""));
    assert_eq!(backend.app.store.everyone().await.unwrap().len(), 1);
}

#[tokio::test]
async fn invitations_are_used_once_and_admins_suspend() {
    let issuer = Issuer::start().await;
    let backend = issuer.backend(Admit::Invited).await;
    let admin = sign_in(&backend, "boss").await;
    let (cookie_of, state, nonce) = begin(&backend, "").await;
    issuer.gives(&json!({ "alg": "ES256" }), &claims(&backend, &issuer, &nonce));
    assert_eq!(back(&backend, &cookie_of, &state).await.status(), 403, "not invited");

    let (_, html) = page(&backend, "/account/people", &admin).await;
    let token_of_admin = token(&html).to_owned();
    let html = send(&backend, "/account/people/invite", &admin, &[("token", &token_of_admin)]).await.text().await.unwrap();
    let code = html.split("class=\"code\" role=\"status\"><bdi>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let (cookie_of, state, nonce) = begin(&backend, &code).await;
    issuer.gives(&json!({ "alg": "ES256" }), &claims(&backend, &issuer, &nonce));
    let response = back(&backend, &cookie_of, &state).await;
    assert_eq!(response.status(), 200);
    let member = cookie(&response, "waxwing-session");
    assert_eq!(page(&backend, "/account/people", &member).await.0, 404, "a member is no admin");

    // A second person with the same code.
    let (cookie_of, state, nonce) = begin(&backend, &code).await;
    let mut other = claims(&backend, &issuer, &nonce);
    other["sub"] = json!("8");
    issuer.gives(&json!({ "alg": "ES256" }), &other);
    assert_eq!(back(&backend, &cookie_of, &state).await.status(), 403);

    let browser = backend.browser("ana@fjord.example").await;
    let of_member = format!("/account/people/{}/change", browser.paired.account.id);
    let suspend = [("token", token_of_admin.as_str()), ("do", "suspend")];
    assert_eq!(send(&backend, &of_member, &admin, &suspend).await.status(), 303);
    let asked = backend.client.get(format!("{}/api/v1/messages", backend.url)).bearer_auth(&browser.paired.device_token);
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("urn:waxwing:problem:suspended"));
    // The last admin stays one.
    let boss = backend.account("boss").await;
    let of_boss = format!("/account/people/{boss}/change");
    assert_eq!(send(&backend, &of_boss, &admin, &suspend).await.status(), 409);
}

#[tokio::test]
async fn an_admin_shortens_how_long_things_are_kept() {
    let backend = TestBackend::start().await;
    backend.account("boss").await;
    let (boss, member) = (sign_in(&backend, "boss").await, sign_in(&backend, "member").await);
    let chosen = async || backend.app.store.retention().await.unwrap().into_iter().collect::<Vec<_>>();
    let (_, html) = page(&backend, "/account/people", &boss).await;
    assert!(
        html.contains("name=\"events\" type=\"number\" inputmode=\"numeric\" required min=\"1\" max=\"7\" value=\"7\""),
        "{html}"
    );
    let own = token(&html).to_owned();
    let (_, html) = page(&backend, "/account", &member).await;
    let set = async |session: &str, token: &str, days: &str| {
        let fields = [("token", token), ("events", days), ("security_events", "90"), ("of_no_rule", "1")];
        send(&backend, "/account/people/retention", session, &fields).await.status().as_u16()
    };
    assert_eq!(set(&member, token(&html), "3").await, 404);
    for wrong in ["8", "0", "-1", "1.5", "x", "99999999999"] {
        assert_eq!(set(&boss, &own, wrong).await, 400, "{wrong}");
    }
    assert_eq!(chosen().await, []);
    assert_eq!(set(&boss, &own, "3").await, 303);
    assert_eq!(chosen().await, [("events".to_owned(), 3), ("security_events".to_owned(), 90)]);
    let (_, html) = page(&backend, "/account/people", &boss).await;
    assert!(html.contains("max=\"7\" value=\"3\"") && html.contains("how long things are kept was changed"), "{html}");

    // What runs beside it goes by that too, and what is longer by the file.
    let dir = backend.stop().await;
    std::fs::write(dir.path().join("waxwing.toml"), "[retention]\nsecurity_events = 30\n").unwrap();
    let said = crate::cli::stdout(&crate::cli::run(dir.path(), &["purge", "--dry-run"]));
    let days = |rule: &str| {
        let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["rule"] == rule).map(|line| line["days"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((days("events"), days("security_events"), days("sessions")), (vec![3], vec![30], vec![30]), "{said}");
}
