//! Consent of recipients: the page behind the link in a mail, what the API says of people, and the end of tracking.

mod ends;
mod letters;
mod page;
mod payloads;
mod people;
mod scheduled;

use reqwest::{Response, StatusCode};
use uuid::Uuid;
use waxwing_domain::address;

use crate::support::{Browser, TestBackend};

/// The address of a mail's page.
fn page_of(browser: &Browser, message: Uuid) -> String {
    let minting = &browser.paired.minting;
    address::recipient_url(&minting.tracking_url, &browser.paired.account.id, &browser.token(message), &browser.key())
}

/// What an answer says.
async fn text(answer: Response, status: StatusCode) -> String {
    let found = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    text
}

/// The page, and the proof in its forms.
async fn open(backend: &TestBackend, url: &str) -> (String, String) {
    let html = text(backend.get(url).await, StatusCode::OK).await;
    let proof = proof_before(&html, "do\" value=\"letter\"");
    (html, proof)
}

/// The proof of the form that has this in it.
fn proof_before(html: &str, button: &str) -> String {
    let before = &html[..html.find(button).unwrap_or_else(|| panic!("{button} in {html}"))];
    let at = before.rfind("name=\"page\" value=\"").unwrap() + "name=\"page\" value=\"".len();
    before[at..].split('"').next().unwrap().to_owned()
}

/// Sends a form of the page.
async fn post(backend: &TestBackend, url: &str, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = backend.client.post(url).header("content-type", "application/x-www-form-urlencoded");
    request.body(body).send().await.unwrap()
}
