//! Rights on the account's page: taking all along, restricting, erasing and taking that back; in plain forms, in two languages.

use reqwest::{Method, Response};
use waxwing_backend::rights::erase::{self, GRACE, Work};
use waxwing_protocol::api::problem;

use crate::account_page::{page, send, sign_in, token};
use crate::support::{Browser, TestBackend, expect_problem, until};

/// Somebody at their page.
struct Reader<'a> {
    backend: &'a TestBackend,
    session: String,
}

impl<'a> Reader<'a> {
    async fn of(backend: &'a TestBackend, name: &str) -> Self {
        Self { backend, session: sign_in(backend, name).await }
    }

    async fn page(&self) -> String {
        let (status, html) = page(self.backend, "/account", &self.session).await;
        assert_eq!(status, 200);
        html
    }

    /// Sends the form that stands on the page for this path, with these fields filled in.
    async fn press(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let html = self.page().await;
        assert!(html.contains(&format!("action=\"{}{path}\"", self.backend.url)), "{path} stands on the page");
        let mut all = vec![("token", token(&html))];
        all.extend_from_slice(fields);
        send(self.backend, path, &self.session, &all).await
    }

    async fn archive(&self, range: Option<&str>) -> Response {
        let mut request = self.backend.client.get(format!("{}/account/export/archive", self.backend.url));
        request = request.header("cookie", &self.session);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        request.send().await.unwrap()
    }
}

/// Whether a pixel is stored; its answer is the same either way, and the link goes on.
async fn is_stored(backend: &TestBackend, me: &Browser, message: uuid::Uuid) -> bool {
    let before = backend.hits().await.len();
    assert_eq!(backend.get(&me.pixel(message)).await.status(), 200);
    let link = backend.get(&me.link(message, "https://example.org/a")).await;
    assert_eq!((link.status().as_u16(), &link.headers()["location"]), (302, &"https://example.org/a".parse().unwrap()));
    let after = backend.hits().await.len() - before;
    assert!(after == 0 || after == 2, "both or neither");
    after == 2
}

#[tokio::test]
async fn everything_is_taken_along_from_the_page() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    me.send(&backend, "Offer").await;
    let (reader, other) = (Reader::of(&backend, "me").await, Reader::of(&backend, "other").await);
    assert_eq!(reader.archive(None).await.status(), 404, "none was asked for");
    assert_eq!(reader.press("/account/export/prepare", &[]).await.status(), 303);
    let html = until(async || Some(reader.page().await).filter(|html| html.contains("/account/export/archive"))).await;
    assert!(html.contains("an archive of everything was asked for"), "it is written down");

    let whole = reader.archive(None).await;
    assert_eq!((whole.status().as_u16(), &whole.headers()["content-type"]), (200, &"application/zip".parse().unwrap()));
    assert_eq!(whole.headers()["content-disposition"], "attachment; filename=\"waxwing.zip\"");
    let whole = whole.bytes().await.unwrap();
    assert_eq!(&whole[..4], b"PK\x03\x04");
    let rest = reader.archive(Some("bytes=10-")).await;
    assert_eq!(rest.status(), 206);
    assert_eq!(rest.bytes().await.unwrap(), whole.slice(10..));
    let times = reader.page().await.matches("the archive was downloaded").count();
    assert_eq!(times, 2, "one that goes on too: nobody can tell by whom");

    assert_eq!(other.archive(None).await.status(), 404, "somebody else's");
    let nobody = backend.get(&format!("{}/account/export/archive", backend.url)).await;
    assert_eq!((nobody.status().as_u16(), nobody.text().await.unwrap().as_str()), (303, ""));
    backend.clock.advance(25 * 60 * 60 * 1_000);
    let reader = Reader::of(&backend, "me").await;
    assert_eq!(reader.archive(None).await.status(), 404, "it was kept for a day");
    assert_eq!(reader.press("/account/export/prepare", &[]).await.status(), 303, "a new one");
}

#[tokio::test]
async fn an_account_is_restricted_and_used_again() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let message = me.send(&backend, "Offer").await;
    let reader = Reader::of(&backend, "me").await;
    assert!(is_stored(&backend, &me, message).await);
    assert_eq!(reader.press("/account/restriction/begin", &[]).await.status(), 303);
    expect_problem(me.get("/messages").await, 403, problem::RESTRICTED).await;
    assert!(!is_stored(&backend, &me, message).await);
    assert!(reader.page().await.contains("the account is not used any more"));
    assert_eq!(reader.press("/account/restriction/end", &[]).await.status(), 303);
    assert_eq!(me.get("/messages").await.status(), 200);
    assert!(is_stored(&backend, &me, message).await);
    assert!(reader.page().await.contains("the account is used again"));
}

#[tokio::test]
async fn an_account_is_erased_from_the_page_and_had_back() {
    let backend = TestBackend::start().await;
    backend.account("boss").await;
    let me = backend.browser("me").await;
    let message = me.send(&backend, "Offer").await;
    let reader = Reader::of(&backend, "me").await;
    let unmeant = reader.press("/account/erasure/ask", &[]).await;
    assert_eq!(unmeant.status(), 400, "it has to be meant");
    assert_eq!(reader.press("/account/erasure/ask", &[("sure", "no")]).await.status(), 400);
    assert_eq!(me.get("/messages").await.status(), 200);

    assert_eq!(reader.press("/account/erasure/ask", &[("sure", "yes")]).await.status(), 303);
    assert!(reader.page().await.contains("29 Nov 2026, 08:00 UTC"), "when it is done");
    expect_problem(me.get("/messages").await, 403, problem::RESTRICTED).await;
    assert!(!is_stored(&backend, &me, message).await);
    assert_eq!(reader.press("/account/erasure/undo", &[]).await.status(), 303);
    assert_eq!(
        send(&backend, "/account/erasure/undo", &reader.session, &[("token", token(&reader.page().await))]).await.status(),
        404
    );
    assert_eq!(me.get("/messages").await.status(), 200);
    assert!(is_stored(&backend, &me, message).await);
    let html = reader.page().await;
    assert!(html.contains("erasing the account was asked for") && html.contains("erasing the account was taken back"));

    // Asked for again, and not taken back: the backend that runs does it.
    reader.press("/account/settings", &[("name", "Ich"), ("language", "de")]).await;
    assert_eq!(reader.press("/account/erasure/ask", &[("sure", "yes")]).await.status(), 303);
    assert!(reader.page().await.contains("Alles wird gelöscht am 29.11.2026"));
    backend.clock.advance(GRACE);
    let work = Work {
        store: &backend.app.store,
        keys: backend.app.gate.keys(),
        data_dir: backend.dir.path(),
        app: Some(&backend.app),
    };
    let mut rounds = 0;
    while erase::round(&work, backend.app.clock.now()).await.unwrap() > 0 {
        rounds += 1;
        assert!(rounds < 5, "it never ends");
    }
    let (_, html) = page(&backend, "/account", &reader.session).await;
    assert!(html.contains("name=\"code\""), "nobody is signed in any more");
    expect_problem(me.get("/messages").await, 401, problem::UNAUTHORIZED).await;
    assert!(!is_stored(&backend, &me, message).await);
    // Whoever runs the backend sees that it was done, and not whose it was.
    let told = backend.app.store.backend_events(10).await.unwrap();
    assert_eq!(
        told.iter().map(|entry| (entry.kind.as_str(), entry.detail.as_deref())).collect::<Vec<_>>(),
        [("account_erased", None)]
    );
}

#[tokio::test]
async fn a_recipient_is_erased_from_the_page() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    me.send(&backend, "Offer").await;
    let reader = Reader::of(&backend, "me").await;
    for wrong in ["", "ann", "ann@", "@b.example", &format!("{}@b.example", "a".repeat(400))] {
        let answer = reader.press("/account/recipients/erase", &[("address", wrong)]).await;
        assert_eq!(answer.status(), 400, "{wrong}");
    }
    let answer = reader.press("/account/recipients/erase", &[("address", " Ann@Example.org ")]).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("29 Nov 2026"));
    assert_eq!(reader.press("/account/recipients/erase", &[("address", "ann@example.org")]).await.status(), 200);
    assert_eq!(backend.app.store.open_erasures().await.unwrap().len(), 1, "twice is once");
    let html = reader.page().await;
    assert_eq!(html.matches("erasing a recipient was asked for").count(), 1);
    assert!(!html.contains("ann@example.org"), "whom is not written down there");
    assert_eq!(me.call(Method::GET, "/messages").send().await.unwrap().status(), 200, "the account goes on");
}
