//! Readers and machines from outside Gmail, and mails that were sent some time ago.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::doors::{Asked, Doors, origin};
use super::{ANA, BEN, MARA, START};
use crate::model::label;
use crate::visitors::{ALL, BROWSER_AGENT, RELAY};

/// A mail with a pixel and three links at an origin, and what the origin is asked for.
struct Mailed {
    doors: Doors,
    log: Asked,
    message: Value,
}

impl Mailed {
    async fn new() -> Self {
        let doors = Doors::open().await;
        let (origin, log) = origin().await;
        let links = [0, 1, 2].map(|n| format!("<a href=\"http://{origin}/go/{n}\">{n}</a>")).concat();
        let html = format!("<p>Hello</p>{links}<img src=\"http://{origin}/o.gif\">");
        let mail = json!({ "to": ANA, "from": { "address": MARA }, "html": html });
        let message = doors.control("/deliver", &mail).await.1["id"].clone();
        Self { doors, log, message }
    }

    async fn visit(&self, mut visit: Value) -> (u16, Value) {
        visit["address"] = json!(ANA);
        visit["message"] = self.message.clone();
        self.log.lock().unwrap().clear();
        self.doors.control("/visit", &visit).await
    }

    fn paths(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    /// A header of the last request.
    fn told(&self, name: &str) -> Option<String> {
        let log = self.log.lock().unwrap();
        log.last()?.1.get(name).map(|value| value.to_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn each_visitor_comes_from_its_own_place_as_itself() {
    let mailed = Mailed::new().await;
    let names: BTreeSet<&str> = ALL.iter().map(|visitor| visitor.name).collect();
    assert_eq!(names.len(), ALL.len(), "names are not given twice");
    for visitor in ALL.iter().filter(|visitor| visitor.name != "custom") {
        let name = visitor.name;
        let (status, answer) = mailed.visit(json!({ "as": name })).await;
        assert_eq!(status, 200, "{name}: {answer}");
        let links = visitor.links.as_ref().map_or(0, |follows| if follows.all { 3 } else { 1 });
        let pictures = usize::from(visitor.pictures.is_some());
        assert!(links + pictures > 0, "{name} does nothing");
        assert_eq!(mailed.paths().len(), links + pictures, "{name}: {:?}", mailed.paths());
        assert_eq!(
            (answer["pictures"].as_array().unwrap().len(), answer["links"].as_array().unwrap().len()),
            (pictures, links)
        );
        assert_eq!(mailed.told("user-agent").as_deref(), visitor.agent, "{name}");
        assert_eq!(mailed.told("x-forwarded-for").unwrap().parse::<std::net::IpAddr>().unwrap().to_string(), visitor.address);
    }
}

#[tokio::test]
async fn a_picture_and_a_link_are_asked_for_as_that_visitor_asks() {
    let mailed = Mailed::new().await;
    mailed.visit(json!({ "as": "apple-relay" })).await;
    assert_eq!(mailed.paths(), ["/o.gif"]);
    assert_eq!(
        (mailed.told("user-agent").as_deref(), mailed.told("x-forwarded-for").as_deref()),
        (Some("Mozilla/5.0"), Some(RELAY))
    );

    let (_, answer) = mailed.visit(json!({ "as": "browser" })).await;
    assert_eq!(
        answer["links"],
        json!([{ "url": answer["links"][0]["url"], "status": 302, "location": "https://elsewhere.example/" }])
    );
    assert_eq!(
        (mailed.told("sec-fetch-mode").as_deref(), mailed.told("sec-fetch-user").as_deref()),
        (Some("navigate"), Some("?1"))
    );
    mailed.visit(json!({ "as": "browser", "pictures": true, "links": [] })).await;
    assert_eq!((mailed.paths(), mailed.told("sec-fetch-dest").as_deref()), (vec!["/o.gif".to_owned()], Some("image")));

    mailed.visit(json!({ "as": "scanner" })).await;
    assert_eq!(mailed.paths(), ["/o.gif", "/go/0", "/go/1", "/go/2"]);
}

#[tokio::test]
async fn a_visit_can_say_everything_itself() {
    let mailed = Mailed::new().await;
    let visit = json!({
        "as": "custom", "from": "unknown, 192.0.2.7", "agent": "", "links": [2, 0], "headers": { "Sec-Purpose": "prefetch" },
    });
    assert_eq!(mailed.visit(visit).await.0, 200);
    assert_eq!(mailed.paths(), ["/go/2", "/go/0"]);
    for (name, want) in [("user-agent", ""), ("x-forwarded-for", "unknown, 192.0.2.7"), ("sec-purpose", "prefetch")] {
        assert_eq!(mailed.told(name).as_deref(), Some(want), "{name}");
    }
    let bare = json!({ "as": "browser", "links": "all", "headers": { "accept-language": null, "user-agent": null } });
    mailed.visit(bare).await;
    assert_eq!(mailed.paths().len(), 3);
    assert_eq!((mailed.told("accept-language"), mailed.told("user-agent")), (None, None));
    mailed.visit(json!({ "as": "custom", "links": [1] })).await;
    assert_eq!((mailed.told("user-agent"), mailed.told("x-forwarded-for")), (None, None));
    mailed.visit(json!({ "as": "browser", "agent": BROWSER_AGENT.repeat(400), "links": [0] })).await;
    assert_eq!(mailed.told("user-agent").unwrap().len(), BROWSER_AGENT.len() * 400);
}

#[tokio::test]
async fn a_visit_that_makes_no_sense_is_refused() {
    let mailed = Mailed::new().await;
    for (visit, status, word) in [
        (json!({ "as": "nobody" }), 400, "apple-relay"),
        (json!({ "as": "custom" }), 400, "say what"),
        (json!({ "as": "browser", "links": "some" }), 400, "all"),
        (json!({ "as": "browser", "links": [3] }), 404, "no link 3"),
        (json!({ "as": "browser", "from": "a\nb" }), 400, "x-forwarded-for"),
        (json!({ "as": "browser", "headers": { "a b": "c" } }), 400, "a b"),
        (json!({ "as": "browser", "method": "G T" }), 400, "method"),
    ] {
        let (got, answer) = mailed.visit(visit.clone()).await;
        assert_eq!(got, status, "{visit}");
        assert!(answer["error"].as_str().unwrap().contains(word), "{answer}");
        assert!(mailed.paths().is_empty(), "{visit}");
    }
    assert_eq!(mailed.visit(json!({ "as": "browser", "linx": [0] })).await.0, 422);
    let gone = json!({ "as": "browser", "address": BEN, "message": mailed.message });
    assert_eq!(mailed.doors.control("/visit", &gone).await.0, 404);
}

#[tokio::test]
async fn a_mail_sent_earlier_lies_in_sent_and_is_read_where_it_went() {
    let doors = Doors::open().await;
    let at = START - 86_400_000;
    let mail = json!({
        "from": MARA, "to": [{ "address": ANA }, { "address": BEN, "name": "Ben" }], "subject": "Old", "html": "<p>Hi</p>", "at": at,
    });
    let (status, answer) = doors.control("/sent", &mail).await;
    assert_eq!(status, 200);
    assert_eq!(answer["message"]["kind"], "sent");
    assert_eq!(answer["delivered"].as_array().unwrap().len(), 2);
    assert_eq!(doors.control("/sent", &json!({ "from": MARA, "to": [], "html": "" })).await.0, 400);
    assert_eq!(doors.control("/sent", &json!({ "from": "nobody", "to": [{ "address": ANA }], "html": "" })).await.0, 400);
    let world = doors.sim.app.world();
    let own = world.mailboxes[MARA].messages().next().unwrap();
    assert!(own.has(label::SENT) && !own.has(label::SENDING) && !own.has(label::INBOX) && !own.has(label::UNREAD));
    assert_eq!((own.date, own.legacy >> 20), (at, at.unsigned_abs()));
    for address in [ANA, BEN] {
        let got = world.mailboxes[address].messages().next().unwrap();
        assert!(got.has(label::INBOX) && !got.has(label::UNREAD), "{address}");
        assert_eq!((got.date, &got.rfc_id), (at, &own.rfc_id));
    }
    assert!(world.pending.is_empty());
}
