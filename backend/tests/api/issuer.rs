//! An `OpenID` Connect provider of the tests' own: signs whatever it is told to, by keys that it changes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use axum::Router;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use waxwing_backend::accounts::oidc::{Admit, Options, Provider};

use crate::support::{Setup, TestBackend};

pub(crate) const CLIENT: &str = "waxwing-client";

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// See the file's head.
pub(crate) struct Issuer {
    pub url: String,
    token: Arc<Mutex<String>>,
    keys: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
    key: EcdsaKeyPair,
}

/// A key of the other kind.
pub(crate) struct Rsa(RsaKeyPair);

impl Rsa {
    pub(crate) fn new() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The numbers out of its DER form (RFC 8017): a sequence of two integers.
    fn numbers(&self) -> (Vec<u8>, Vec<u8>) {
        let der = self.0.public_key().as_ref();
        assert_eq!(&der[..9], &[0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00]);
        (der[9..265].to_vec(), der[267..].to_vec())
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let (n, e) = self.numbers();
        json!({ "kty": "RSA", "alg": "RS256", "kid": kid, "use": "sig", "n": encoded(&n), "e": encoded(&e) })
    }

    fn sign(&self, text: &str) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        signature
    }

    /// What somebody has who takes the public key for a shared secret.
    pub(crate) fn public(&self) -> Vec<u8> {
        self.numbers().0
    }
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let token = Arc::new(Mutex::new(String::new()));
        let point = key.public_key().as_ref();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
        let shown = json!([{ "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "x": x, "y": y }]);
        let (keys, asked) = (Arc::new(Mutex::new(shown)), Arc::new(AtomicUsize::new(0)));
        let about = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"),
        });
        let (about, given) = (about.to_string(), Arc::clone(&token));
        let (shown, count) = (Arc::clone(&keys), Arc::clone(&asked));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || about.clone()))
            .route(
                "/keys",
                get(async move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    json!({ "keys": *shown.lock().unwrap() }).to_string()
                }),
            )
            .route("/token", post(async move || json!({ "id_token": given.lock().unwrap().clone() }).to_string()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, token, keys, asked, key }
    }

    /// Shows other keys from now on.
    pub(crate) fn shows(&self, keys: Vec<Value>) {
        *self.keys.lock().unwrap() = Value::Array(keys);
    }

    /// Shows what nobody can read from now on.
    pub(crate) fn shows_nonsense(&self) {
        *self.keys.lock().unwrap() = Value::Null;
    }

    /// How often its keys were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What the next exchange gives, signed by its first key.
    pub(crate) fn gives(&self, header: &Value, claims: &Value) {
        self.gives_signed(header, claims, |text| {
            self.key.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec()
        });
    }

    /// The same, by another key.
    pub(crate) fn gives_by(&self, key: &Rsa, kid: &str, claims: &Value) {
        self.gives_signed(&json!({ "alg": "RS256", "kid": kid }), claims, |text| key.sign(text));
    }

    /// The same, by whatever.
    pub(crate) fn gives_signed(&self, header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) {
        let signed = format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
        let signature = encoded(&sign(&signed));
        *self.token.lock().unwrap() = format!("{signed}.{signature}");
    }

    pub(crate) async fn backend(&self, admit: Admit) -> TestBackend {
        let options = Options {
            issuer: self.url.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: "hidden".to_owned().into(),
            name: "Fjord".to_owned(),
            admit,
        };
        let sign_in = Some(Arc::new(Provider::new(options.checked().unwrap())));
        TestBackend::start_with(Setup { sign_in, ..Setup::default() }).await
    }
}
