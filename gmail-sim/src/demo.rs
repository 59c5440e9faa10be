//! Mails to look at: enough that lists, conversations and answers can be tried at once.

use std::collections::BTreeMap;

use crate::delivery::{Incoming, Outgoing};
use crate::model::Person;
use crate::world::World;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const MARA: &str = "mara@fjord.example";
const ANA: &str = "ana@quinta.example";

/// Fills the mailboxes of the default accounts.
pub(crate) fn fill(world: &mut World, now: i64) {
    for (to, (address, name), ago, read, subject, html) in received() {
        let mail = Incoming {
            to: to.to_owned(),
            from: Person::new(address, name),
            subject: subject.to_owned(),
            html: html.to_owned(),
            cc: Vec::new(),
            in_reply_to: None,
            at: Some(now - ago),
            read,
            headers: BTreeMap::new(),
        };
        world.incoming(mail, now);
    }
    for (to, ago, subject, html) in sent() {
        let mail = Outgoing {
            from: MARA.to_owned(),
            to: vec![Person::new(to, "")],
            subject: subject.to_owned(),
            html: html.to_owned(),
            at: Some(now - ago),
        };
        world.outgoing(mail, now);
    }
}

type Received = (&'static str, (&'static str, &'static str), i64, bool, &'static str, &'static str);

#[rustfmt::skip]
fn received() -> Vec<Received> {
    vec![
        (MARA, ("kenji@sora.example", "Kenji Mori"), 9 * DAY, true, "Dates for the workshop",
         "<div dir=\"ltr\">Dear Mara,<br><br>both weeks in March suit us. The second one would be easier for the trains.<br><br>Kenji</div>"),
        (MARA, ("claire@atelier.example", "Claire Dubois"), 6 * DAY, true, "Photos from Saturday",
         "<div dir=\"ltr\">The light was better than we thought. I put everything on <a href=\"https://atelier.example/saturday\">our page</a>, the raw files follow.</div>"),
        (MARA, ("tomas@quinta.example", "Tomás Oliveira"), 3 * DAY, true, "Minutes and next steps",
         "<div dir=\"ltr\"><p>Hello Mara,</p><p>thank you for the minutes. Three things to decide before the 4th:</p><ol><li>the room</li><li>who opens</li><li>the catering</li></ol><p>Tomás</p></div>"),
        (MARA, ("jonas@hafen.example", "Jonas Weber"), DAY + 2 * HOUR, true, "Lease renewal, Hafenstraße 12",
         "<div dir=\"ltr\">Hi Mara,<div><br></div><div>the second draft with the changes from Friday is attached. Could you look at paragraph 4 again?</div><div><br></div><div>Jonas</div></div>"),
        (MARA, ("priya@north.example", "Priya Nair"), 5 * HOUR, false, "Samples have left the warehouse",
         "<div dir=\"ltr\">Good morning Mara, the samples left this morning and should be with you on Thursday.</div>"),
        (MARA, ("ben@acme.example", "Ben Okafor"), 50 * MINUTE, false, "Invoice 2026-117",
         "<div dir=\"ltr\">Hello Mara,<br><br>could you send me the invoice for October? The number should be 2026-117.<br><br>Best, Ben</div>"),
        (ANA, ("jonas@hafen.example", "Jonas Weber"), 4 * HOUR, true, "Keys",
         "<div dir=\"ltr\">Ana, I left the keys with the neighbours on the second floor.</div>"),
    ]
}

#[rustfmt::skip]
fn sent() -> Vec<(&'static str, i64, &'static str, &'static str)> {
    vec![
        (ANA, 2 * DAY, "Programme of the second day", "<div dir=\"ltr\">Dear Ana,<br><br>here is what we spoke about. Tell me if the afternoon is too full.<br><br>Mara</div>"),
        ("jonas@hafen.example", DAY, "Lease renewal, questions", "<div dir=\"ltr\">Hi Jonas, two questions about paragraph 4, see below.</div>"),
    ]
}
