//! Signing in at a provider: by RS256, over a change of its keys, by domain; and all that is not believed.

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use waxwing_backend::accounts::oidc::Admit;

use crate::account_page::{back, begin, claims};
use crate::issuer::{Issuer, Rsa};
use crate::support::{START, TestBackend};

/// Signs in by a token that is signed so; the status.
async fn sign_in_by(backend: &TestBackend, issuer: &Issuer, key: &Rsa, kid: &str) -> u16 {
    let (cookie, state, nonce) = begin(backend, "").await;
    issuer.gives_by(key, kid, &claims(backend, issuer, &nonce));
    back(backend, &cookie, &state).await.status().as_u16()
}

#[tokio::test]
async fn keys_may_change_and_unknown_ones_are_asked_for_once_a_minute() {
    let issuer = Issuer::start().await;
    let (old, new) = (Rsa::new(), Rsa::new());
    issuer.shows(vec![old.jwk("old")]);
    let backend = issuer.backend(Admit::Anyone).await;
    assert_eq!(sign_in_by(&backend, &issuer, &old, "old").await, 200, "RS256");
    assert_eq!(sign_in_by(&backend, &issuer, &old, "old").await, 200);
    assert_eq!(issuer.asked(), 1);

    // The provider changes its keys. What names one that is not known has them asked for, once a minute at most.
    issuer.shows(vec![new.jwk("new")]);
    assert_eq!(sign_in_by(&backend, &issuer, &new, "new").await, 502, "asked for less than a minute ago");
    assert_eq!(issuer.asked(), 1);
    backend.clock.advance(61_000);
    assert_eq!(sign_in_by(&backend, &issuer, &new, "new").await, 200);
    assert_eq!(issuer.asked(), 2);
    assert_eq!(sign_in_by(&backend, &issuer, &old, "old").await, 502, "a key that it took back");
    for n in 0..5 {
        assert_eq!(sign_in_by(&backend, &issuer, &new, &format!("made-up-{n}")).await, 502);
    }
    assert_eq!(issuer.asked(), 2, "nobody has us ask all the time");
    // The name of one key and the signature of another.
    issuer.shows(vec![old.jwk("old"), new.jwk("new")]);
    backend.clock.advance(61_000);
    assert_eq!(sign_in_by(&backend, &issuer, &old, "new").await, 502);
    assert_eq!(backend.app.store.everyone().await.unwrap().len(), 1, "one person, whichever key spoke for them");
}

#[tokio::test]
async fn a_provider_that_fails_is_not_asked_all_the_time_and_its_old_keys_count() {
    let issuer = Issuer::start().await;
    let key = Rsa::new();
    issuer.shows_nonsense();
    let backend = issuer.backend(Admit::Anyone).await;
    for _ in 0..3 {
        assert_eq!(sign_in_by(&backend, &issuer, &key, "one").await, 502);
    }
    assert_eq!(issuer.asked(), 1);
    issuer.shows(vec![key.jwk("one")]);
    backend.clock.advance(10_000);
    assert_eq!(sign_in_by(&backend, &issuer, &key, "one").await, 200);
    issuer.shows_nonsense();
    backend.clock.advance(24 * 60 * 60 * 1_000);
    for _ in 0..3 {
        assert_eq!(sign_in_by(&backend, &issuer, &key, "one").await, 200, "by the keys that are known");
    }
    assert_eq!(issuer.asked(), 3);
}

#[tokio::test]
async fn what_hides_something_or_begins_tomorrow_is_not_believed() {
    let issuer = Issuer::start().await;
    let key = Rsa::new();
    issuer.shows(vec![key.jwk("one")]);
    let backend = issuer.backend(Admit::Anyone).await;
    for (name, value, good) in [
        ("sub", json!("a\u{0}b"), false),
        ("sub", json!("a\nb"), false),
        ("email", json!("me\u{202e}@fjord.example"), false),
        ("email", json!("me\u{200b}@fjord.example"), false),
        ("nbf", json!(START / 1_000 + 120), false),
        ("nbf", json!("soon"), false),
        ("nbf", json!(START / 1_000), true),
    ] {
        let (cookie, state, nonce) = begin(&backend, "").await;
        let mut said = claims(&backend, &issuer, &nonce);
        said[name] = value;
        issuer.gives_by(&key, "one", &said);
        // Nor is an answer that says something twice.
        for twice in [format!("state={state}&code=a&code=b"), format!("state=x&state={state}&code=a")] {
            let url = format!("{}/account/signed-in?{twice}", backend.url);
            assert_eq!(backend.client.get(url).header("cookie", &cookie).send().await.unwrap().status(), 400);
        }
        assert_eq!(back(&backend, &cookie, &state).await.status() == 200, good, "{name}: {}", said[name]);
    }
    assert_eq!(backend.app.store.everyone().await.unwrap().len(), 1);
}

#[tokio::test]
async fn no_other_algorithm_is_believed() {
    let issuer = Issuer::start().await;
    let key = Rsa::new();
    issuer.shows(vec![key.jwk("one")]);
    let backend = issuer.backend(Admit::Anyone).await;
    let shared = hmac::Key::new(hmac::HMAC_SHA256, &key.public());
    let mut tried = 0;
    for alg in ["none", "None", "", "HS256", "RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        for with_key in [true, false] {
            let (cookie, state, nonce) = begin(&backend, "").await;
            let header = if with_key { json!({ "alg": alg, "kid": "one" }) } else { json!({ "alg": alg }) };
            issuer.gives_signed(&header, &claims(&backend, &issuer, &nonce), |text| match alg {
                "HS256" => hmac::sign(&shared, text.as_bytes()).as_ref().to_vec(),
                _ => Vec::new(),
            });
            assert_eq!(back(&backend, &cookie, &state).await.status(), 502, "{alg}");
            backend.clock.advance(20_000);
            tried += 1;
        }
    }
    // What the header says must be understood is not passed over.
    let (cookie, state, nonce) = begin(&backend, "").await;
    let critical = json!({ "alg": "RS256", "kid": "one", "crit": ["b64"], "b64": false });
    issuer.gives_signed(&critical, &claims(&backend, &issuer, &nonce), |_| Vec::new());
    assert_eq!(back(&backend, &cookie, &state).await.status(), 502);
    assert_eq!(tried, 18);
    assert!(backend.app.store.everyone().await.unwrap().is_empty());
    // It is told how often, and nothing of what was tried.
    let counted: u32 = backend.app.not_let_in.take().map(|(_, count)| count).sum();
    assert_eq!(counted, 19);
}

#[tokio::test]
async fn a_domain_lets_its_people_in_and_nobody_else() {
    let issuer = Issuer::start().await;
    let key = Rsa::new();
    issuer.shows(vec![key.jwk("one")]);
    let backend = issuer.backend(Admit::parse("domain fjord.example, heath.example").unwrap()).await;
    let tries: [(&str, Value, u16); 7] = [
        ("1", json!("ana@FJORD.example"), 200),
        ("2", json!("bo@heath.example"), 200),
        ("3", json!("eve@evil.example"), 403),
        ("4", json!("eve@sub.fjord.example"), 403),
        ("5", json!("eve@notfjord.example"), 403),
        ("6", json!("eve@fjord.example@evil.example"), 403),
        ("7", json!("eve@evil.example (fjord.example)"), 403),
    ];
    for (subject, address, status) in tries {
        let (cookie, state, nonce) = begin(&backend, "").await;
        let mut said = claims(&backend, &issuer, &nonce);
        said["sub"] = json!(subject);
        said["email"] = address.clone();
        issuer.gives_by(&key, "one", &said);
        assert_eq!(back(&backend, &cookie, &state).await.status(), status, "{address}");
        backend.clock.advance(20_000);
    }
    assert_eq!(backend.app.store.everyone().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_answer_of_another_issuer_and_a_nonce_of_before_are_refused() {
    let issuer = Issuer::start().await;
    let key = Rsa::new();
    issuer.shows(vec![key.jwk("one")]);
    let backend = issuer.backend(Admit::Anyone).await;
    let (cookie, state, nonce) = begin(&backend, "").await;
    let first = claims(&backend, &issuer, &nonce);
    issuer.gives_by(&key, "one", &first);
    // It is named in the answer's address (RFC 9207).
    let address = format!("{}/account/signed-in?code=abc&state={state}&iss=https%3A%2F%2Fevil.example", backend.url);
    let answer = backend.client.get(address).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert_eq!(back(&backend, &cookie, &state).await.status(), 400, "its state is used up");

    // A token of before, with the nonce of before, to a sign-in of now.
    let (cookie, state, _) = begin(&backend, "").await;
    issuer.gives_by(&key, "one", &first);
    assert_eq!(back(&backend, &cookie, &state).await.status(), 502);
    // A state is over after ten minutes.
    let (cookie, state, nonce) = begin(&backend, "").await;
    issuer.gives_by(&key, "one", &claims(&backend, &issuer, &nonce));
    backend.clock.advance(10 * 60 * 1_000 + 1);
    assert_eq!(back(&backend, &cookie, &state).await.status(), 400);
    assert!(backend.app.store.everyone().await.unwrap().is_empty());
}
