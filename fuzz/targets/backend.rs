//! What is fuzzed in the backend: mails that come in, bodies of the API's calls, the log of hits. See `domain.rs`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing_backend::hits::log::record::{self, Found, Hit};
use waxwing_backend::http::body::parse;
use waxwing_backend::http::clean;
use waxwing_backend::incoming::Incoming;
use waxwing_domain::mailkind::away;
use waxwing_domain::when::Context;
use waxwing_domain::when::zone::{Fixed, NoZones};
use waxwing_protocol::api::{
    ConnectImap, ContactZone, Correct, MailboxSettings, Mute, OwnView, PairRequest, PutMessage, PutReminder, PutScheduled,
    ReminderSettings, ScheduledAction, WaitingAction,
};

/// A mail that comes in: what kind it is, and what it says of an absence.
pub(crate) fn mail(data: &[u8]) {
    let mail = Incoming::read(data);
    let finding = mail.finding();
    assert_eq!(Incoming::read(data).finding(), finding, "it is the same again");
    if !mail.needs_parts() {
        let head = data.windows(4).position(|four| four == b"\r\n\r\n").map_or(data, |end| &data[..end + 4]);
        assert_eq!(Incoming::read(head).finding().kind, finding.kind, "its header was said to be enough");
    }
    let (now, east) = mail.date().unwrap_or_default();
    let zone = Fixed(east);
    let _ = away::named_day(mail.header("Subject").unwrap_or_default(), mail.text(), &Context::new(now, &zone, &NoZones));
}

/// The body of a call: the first byte says of which.
pub(crate) fn api(data: &[u8]) {
    let Some((which, body)) = data.split_first() else { return };
    match which % 13 {
        0 => again::<PairRequest>(body, |_| {}),
        1 => again::<PutMessage>(body, |put| drop(clean::message(put))),
        2 => again::<PutScheduled>(body, |put| drop(clean::put_scheduled(put))),
        3 => again::<PutReminder>(body, |put| drop(clean::put_reminder(put))),
        4 => again::<ReminderSettings>(body, |_| {}),
        5 => again::<ScheduledAction>(body, |_| {}),
        6 => again::<WaitingAction>(body, |_| {}),
        7 => again::<ConnectImap>(body, |_| {}),
        8 => again::<MailboxSettings>(body, |_| {}),
        9 => again::<Correct>(body, |_| {}),
        10 => again::<Mute>(body, |_| {}),
        11 => again::<OwnView>(body, |_| {}),
        _ => again::<ContactZone>(body, |_| {}),
    }
}

/// What was read, and cleaned, is the same when it is written and read again; and cleaning it again changes nothing.
fn again<T: DeserializeOwned + Serialize>(body: &[u8], clean: impl Fn(&mut T)) {
    let Ok(mut read) = parse::<T>(body) else { return };
    clean(&mut read);
    let written = serde_json::to_vec(&read).unwrap_or_default();
    let Ok(mut same) = parse::<T>(&written) else { panic!("it cannot be read again: {}", String::from_utf8_lossy(&written)) };
    clean(&mut same);
    assert_eq!(serde_json::to_vec(&same).unwrap_or_default(), written);
}

/// What stands in a file of the log of hits, with the salt of its checksums before it.
pub(crate) fn log(data: &[u8]) {
    let Some((salt, mut rest)) = data.split_first_chunk() else { return };
    let salt = u32::from_le_bytes(*salt);
    while let Found::Record(read, size) = record::read(rest, salt) {
        let mut written = Vec::new();
        assert!(record::append(&mut written, &Hit::from(&read.hit)), "what was read can be written");
        assert_eq!(written.len(), size);
        // Numbers count up within a write: it is the first of its own here.
        record::number(&mut written, read.number, salt);
        let Found::Record(same, _) = record::read(&written, salt) else { panic!("what was written cannot be read") };
        assert_eq!((same.number, &same.hit), (read.number, &read.hit));
        rest = &rest[size..];
    }
}
