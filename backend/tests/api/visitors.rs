//! Who comes to a mail, as seen in reality: agents, addresses and headers of people, proxies and machines. The backend believes
//! the addresses when it stands [`behind_a_proxy`].

use uuid::Uuid;
use waxwing_protocol::api::{MessageDetail, PutMessage};

use crate::support::{Browser, Setup, TestBackend, message, recipient, until};

/// Gmail's image proxy: somebody with access to the mailbox.
pub(crate) const GMAIL: Visitor = Visitor {
    address: "66.249.93.84",
    agent: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
};
/// Apple's mail program, which loads pictures by itself.
pub(crate) const APPLE: Visitor = Visitor { address: "203.0.113.50", agent: "Mozilla/5.0" };
/// A scanner that says its name.
pub(crate) const SCANNER: Visitor = Visitor { address: "203.0.113.99", agent: "Barracuda Sentinel (EE)" };
/// A person's mail program.
pub(crate) const THUNDERBIRD: Visitor =
    Visitor { address: "198.51.100.7", agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0" };
/// A person's browser.
pub(crate) const CHROME: Visitor = Visitor {
    address: "198.51.100.8",
    agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
};
/// Something that says nothing of itself.
pub(crate) const NOBODY: Visitor = Visitor { address: "203.0.113.120", agent: "" };

/// An agent with its address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visitor {
    pub address: &'static str,
    pub agent: &'static str,
}

impl Visitor {
    /// Fetches an address of a mail, with the headers of a browser that somebody clicks in.
    pub(crate) async fn visit(self, backend: &TestBackend, url: &str) {
        let request = backend
            .client
            .get(url)
            .header("x-forwarded-for", self.address)
            .header("accept", "text/html,image/avif,image/webp,*/*;q=0.8")
            .header("accept-language", "de,en;q=0.5")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-user", "?1");
        // An empty one too: the client has one of its own.
        let status = request.header("user-agent", self.agent).send().await.unwrap().status();
        assert!(status == 200 || status == 302, "{status}");
    }

    /// The same from another address.
    pub(crate) fn from(self, address: &'static str) -> Self {
        Self { address, ..self }
    }
}

/// A backend that believes `X-Forwarded-For`.
pub(crate) async fn behind_a_proxy() -> TestBackend {
    TestBackend::start_with(Setup { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Setup::default() }).await
}

/// A mail to these addresses, with one link.
pub(crate) fn mail_to(subject: &str, sent_at: i64, addresses: &[&str]) -> PutMessage {
    let mut put = message(subject, sent_at);
    put.content.recipients = addresses.iter().map(|address| recipient(address, None)).collect();
    put
}

/// Registers a mail to these addresses, sent now.
pub(crate) async fn send_to(backend: &TestBackend, from: &Browser, addresses: &[&str]) -> Uuid {
    let id = backend.uuid();
    let put = mail_to(&addresses.join(", "), backend.app.clock.now(), addresses);
    assert_eq!(from.put(id, &put).await.status(), 204);
    id
}

/// The message once what is asked of it holds: judging comes behind.
pub(crate) async fn once(browser: &Browser, id: Uuid, holds: impl Fn(&MessageDetail) -> bool) -> MessageDetail {
    until(async || Some(browser.detail(id).await).filter(|detail| holds(detail))).await
}
