//! Tests that need more than one room, some over the real doors.

mod api;
mod delivery;
mod doors;
mod notes;
mod oauth;
mod pubsub;
mod rest;
mod shapes;
mod visits;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use crate::app::App;
use crate::model::Person;
use crate::world::World;

pub(crate) const START: i64 = 1_790_000_000_000;
pub(crate) const MARA: &str = "mara@fjord.example";
pub(crate) const ANA: &str = "ana@quinta.example";
pub(crate) const BEN: &str = "ben@acme.example";

/// A simulator whose clock a test moves.
pub(crate) struct Sim {
    pub(crate) app: Arc<App>,
    clock: Arc<AtomicI64>,
}

impl Sim {
    pub(crate) fn new() -> Self {
        // The test process may have made another test's provider the default already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = Arc::new(AtomicI64::new(START));
        let reads = clock.clone();
        let app = App::new(World::new(1), Arc::new(move || reads.load(Ordering::SeqCst)), None).unwrap();
        Self { app, clock }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }
}

/// What a page would send: one operation with a message.
pub(crate) struct Mail<'a> {
    pub(crate) id: &'a str,
    pub(crate) thread: &'a str,
    pub(crate) to: &'a [&'a str],
    pub(crate) bcc: &'a [&'a str],
    pub(crate) html: &'a str,
    pub(crate) labels: &'a [&'a str],
    pub(crate) answers: Option<&'a str>,
}

impl Default for Mail<'_> {
    fn default() -> Self {
        Self {
            id: "msg-a:r1",
            thread: "thread-a:r1",
            to: &[ANA],
            bcc: &[],
            html: "<div dir=\"ltr\">Hello</div>",
            labels: &["^all", "^pfg", "^f_bt", "^f_btns", "^f_cl", "^i", "^u"],
            answers: None,
        }
    }
}

pub(crate) const DRAFT: &[&str] = &["^all", "^r", "^r_bt"];

impl Mail<'_> {
    pub(crate) fn request(&self) -> String {
        let people = |list: &[&str]| -> Value { list.iter().map(|it| json!([1, it])).collect() };
        let mut m = vec![Value::Null; 52];
        m[0] = json!(self.id);
        m[1] = json!([1, MARA, "Mara Lindqvist"]);
        m[2] = people(self.to);
        m[4] = people(self.bcc);
        m[6] = json!(START);
        m[7] = json!("Subject");
        m[8] = json!([null, [[0, self.html]], null, null, null, null, 1]);
        m[10] = json!(self.labels);
        let mut payload = vec![Value::Null; 14];
        payload[13] = json!([m, self.answers, 1]);
        json!([null, [[[7, [self.thread, payload]]]], null, [START, 1, START, 0, 1], 2]).to_string()
    }
}

/// A mail as it lies in a mailbox.
pub(crate) fn message(html: &str) -> crate::model::Message {
    crate::model::Message {
        id: "msg-a:r1".to_owned(),
        legacy: 1,
        thread: "thread-a:r1".to_owned(),
        legacy_thread: 1,
        labels: DRAFT.iter().map(|&it| it.to_owned()).collect(),
        from: Person::new(MARA, "Mara Lindqvist"),
        to: vec![Person::new(ANA, "Ana Ruiz"), Person::new(BEN, "")],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Subject".to_owned(),
        own_html: html.to_owned(),
        quoted: None,
        plain: false,
        rfc_id: "<1@mail.gmail.com>".to_owned(),
        references: Vec::new(),
        answers: None,
        date: START,
        scheduled_at: None,
        attachments: Vec::new(),
        raw: None,
        history: 0,
    }
}
