//! Questions to the worker, whose answers are plain values.

use uuid::Uuid;
use wasm_bindgen::prelude::*;
use waxwing_protocol::page::key;

use super::read::{Lines, uuid};
use crate::chrome::storage::{Area, Storage as _};
use crate::chrome::{ApiError, runtime};
use crate::content::tell::Tell;
use crate::told::Known;

#[wasm_bindgen]
extern "C" {
    /// The boot script's.
    #[wasm_bindgen(js_name = linesOf)]
    fn lines_of(value: &JsValue, place: &str, fields: &str) -> Option<String>;
}

/// What the worker answered.
pub(super) struct Reply(JsValue);

impl Lines for Reply {
    fn lines(&self, place: &str, fields: &str) -> Option<String> {
        lines_of(&self.0, place, fields)
    }
}

/// Asks, and once more when the browser ended the worker before it could answer.
pub(super) async fn ask(question: &Tell) -> Option<Reply> {
    let mut sent = runtime::send(question).await;
    if matches!(sent, Err(ApiError::NoReceiver)) {
        sent = runtime::send(question).await;
    }
    sent.ok().map(Reply)
}

/// The mails that the backend does not have: they wait in the outbox, or were refused.
pub(super) async fn not_there() -> Vec<(Uuid, Known)> {
    let names = Area::Local.names().await.unwrap_or_default();
    names.iter().filter_map(|name| not_there_by(name)).collect()
}

/// True for names whose change may mean that the backend took a mail.
pub(super) fn is_of_outbox(name: &str) -> bool {
    name.starts_with(key::OUTBOX) || name.starts_with(key::PARKED)
}

fn not_there_by(name: &str) -> Option<(Uuid, Known)> {
    let known = if name.starts_with(key::PARKED) { Known::Refused } else { Known::Waiting };
    // Reminders have theirs without hyphens.
    let (_, id) = name.rsplit_once(':').filter(|(_, id)| is_of_outbox(name) && id.contains('-'))?;
    Some((uuid(id)?, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_in_the_storage_say_what_waits() {
        let id = Uuid::from_u128(9);
        for (name, expected) in [
            (format!("outbox:00000001795000000000:{id}"), Some((id, Known::Waiting))),
            (format!("parked:00000001795000000000:{id}"), Some((id, Known::Refused))),
            (format!("parked:00000001795000000000:{}", id.simple()), None),
            (format!("other:00000001795000000000:{id}"), None),
            ("outbox:00000001795000000000:x".to_owned(), None),
            ("outbox_pause".to_owned(), None),
        ] {
            assert_eq!(not_there_by(&name), expected, "{name}");
        }
    }
}
