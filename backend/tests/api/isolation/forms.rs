//! The pages and forms of the account's page, whose session is a cookie.

use super::owner::{Owner, PERSON};
use super::routes_in;
use crate::account_page::{page, send, sign_in, token};
use crate::support::TestBackend;

const NOBODY: &str = "00000000-0000-4000-8000-00000000feed";

/// What fills a form but for its token, so that it is refused for whose it is alone. A route that is new has to be looked at here.
fn fields(path: &str) -> Vec<(&'static str, &'static str)> {
    match path {
        "/account/sign-out"
        | "/account/pairing"
        | "/account/devices/{id}/revoke"
        | "/account/mailboxes/{id}/disconnect"
        | "/account/sessions/{id}/end"
        | "/account/sessions/others/end"
        | "/account/export/prepare"
        | "/account/restriction/begin"
        | "/account/restriction/end"
        | "/account/erasure/undo"
        | "/account/people/stop"
        | "/account/people/go-on"
        | "/account/invitations/{id}/withdraw" => Vec::new(),
        "/account/erasure/ask" => vec![("sure", "yes")],
        "/account/settings" => vec![("name", "Other"), ("language", "de")],
        "/account/recipients/erase" | "/account/people/invite" => vec![("address", PERSON)],
        "/account/people/retention" => vec![("events", "1")],
        "/account/people/{id}/change" => vec![("do", "suspend")],
        path => panic!("{path} is not walked: say here what somebody else fills in"),
    }
}

/// Those that nobody has to be signed in for (`tests/api/account_page.rs`).
const WAYS_IN: &[&str] = &["/account/code", "/account/provider", "/account/signed-in", "/account/style.css"];

#[tokio::test]
async fn no_page_and_no_form_tells_or_changes_what_is_anothers() {
    let backend = TestBackend::start().await;
    let owner = Owner::with_everything(&backend).await;
    let (_, own_page) = page(&backend, "/account", &owner.session).await;
    let own_token = token(&own_page).to_owned();
    let before = owner.settled(&backend).await;
    let mut strangers = 0;
    for (method, path) in routes_in(include_str!("../../../src/http/account_page/mod.rs")) {
        if WAYS_IN.contains(&path.as_str()) {
            continue;
        }
        let ids: Vec<&str> = if path.contains("{id}") { owner.ids.iter().map(String::as_str).collect() } else { vec![NOBODY] };
        for id in ids {
            let (at, nowhere) = (path.replace("{id}", id), path.replace("{id}", NOBODY));
            strangers += 1;
            let name = format!("stranger {strangers}");
            let session = sign_in(&backend, &name).await;
            let (_, html) = page(&backend, "/account", &session).await;
            let token = token(&html).to_owned();
            owner.is_not_in(&html, "", "somebody else's page");
            if method == "get" {
                let (status, text) = page(&backend, &at, &session).await;
                assert!(status == 404 || (path == "/account" && status == 200), "{path}: {status}");
                owner.is_not_in(&text, id, &path);
                continue;
            }
            let filled = |token: &str| {
                let mut fields = fields(&path);
                fields.push(("token", ""));
                fields
                    .into_iter()
                    .map(|(name, value)| (name, if name == "token" { token.to_owned() } else { value.to_owned() }))
                    .collect::<Vec<_>>()
            };
            let post = async |at: &str, cookie: &str, token: &str| {
                let fields = filled(token);
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let answer = send(&backend, at, cookie, &fields).await;
                (answer.status().as_u16(), answer.text().await.unwrap())
            };
            // Nobody; with the owner's session and a stranger's token, and the other way round.
            assert_eq!(post(&at, "", &own_token).await.0, 303, "{path} without a session leads to the way in");
            assert_eq!(post(&at, &owner.session, &token).await.0, 403, "{path}");
            assert_eq!(post(&at, &owner.session, "").await.0, 403, "{path}");
            assert_eq!(post(&at, &session, &own_token).await.0, 403, "{path}");
            for (name, value) in
                [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "null"), ("x", "")]
            {
                let request = backend.client.post(format!("{}{at}", backend.url)).header(name, value);
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                let body =
                    filled(&own_token).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
                let answer = request.header("cookie", &owner.session).body(body).send().await.unwrap();
                assert_eq!(answer.status(), 403, "{path} from elsewhere, as {name}: {value}");
            }
            // All is theirs but the id.
            let (of_owner, of_nobody) = (post(&at, &session, &token).await, post(&nowhere, &session, &token).await);
            if path.contains("{id}") || path.starts_with("/account/people") {
                assert_eq!(of_owner.0, 404, "{path} {id}");
                assert_eq!(of_owner, of_nobody, "{path} {id}");
            }
            owner.is_not_in(&of_owner.1, id, &path);
        }
        let after = owner.settled(&backend).await;
        assert_eq!(after, before, "{path} changed something");
    }
}

#[tokio::test]
async fn an_admin_sees_no_mail_and_reaches_nothing_of_others() {
    let backend = TestBackend::start().await;
    let owner = Owner::with_everything(&backend).await;
    let before = owner.settled(&backend).await;
    let admin = sign_in(&backend, "boss").await;
    let (status, people) = page(&backend, "/account/people", &admin).await;
    assert_eq!(status, 200);
    // Its name and its id are what an admin is shown.
    owner.is_not_in(&people, &format!("siskin {}", owner.browser.paired.account.id), "the page of people");
    assert!(people.contains("Siskin"));
    let token = token(&people).to_owned();
    for path in ["/account/devices/{id}/revoke", "/account/mailboxes/{id}/disconnect", "/account/sessions/{id}/end"] {
        for id in &owner.ids {
            let answer = send(&backend, &path.replace("{id}", id), &admin, &[("token", &token)]).await;
            assert_eq!(answer.status(), 404, "{path}");
            owner.is_not_in(&answer.text().await.unwrap(), id, path);
        }
    }
    assert_eq!(owner.settled(&backend).await, before);
}
