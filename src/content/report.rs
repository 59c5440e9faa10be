//! Hands what happened to the service worker, so that nothing is lost on the way: a tracked mail is first written into the
//! outbox from here, because the tab may be closed in the next moment and the worker may not start.

use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::page::{NotTracked, OutboxEntry, OutboxTask, TabHealth, WhyNot, key};

use super::ledger::Act;
use super::shell;
use super::tell::Tell;
use crate::chrome::ApiError;
use crate::chrome::runtime;
use crate::chrome::storage::Area;

/// Does what the ledger asks. Starts at once; what fails leaves its trace in the storage.
pub fn act(act: Act) {
    let now = shell::now();
    match act {
        Act::Register { id, account, message } => spawn_local(async move {
            let entry = OutboxEntry {
                task: OutboxTask::Put { id, message: message.clone() },
                queued_at: now,
                attempts: 0,
                next_at: 0,
                account,
            };
            // The time of writing: what is learnt later is an entry of its own. The worker may be sending the first one just
            // now, and would take a replaced one for sent; what it has of one mail it sends as one.
            let name = outbox_name(now.max(message.sent_at), &id.to_string());
            let written = Area::Local.put(&name, &entry).await;
            if written == Err(ApiError::QuotaExceeded) {
                let mail = NotTracked {
                    id,
                    sent_at: message.sent_at,
                    sender: message.sender.clone(),
                    gmail: message.gmail.clone(),
                    content: message.content.clone(),
                    why: WhyNot::OutboxFull,
                };
                tell(Tell::NotTracked { mail }).await;
                return;
            }
            tell(Tell::Sent { id, message }).await;
        }),
        Act::Forget { id } => spawn_local(tell(Tell::Forget { id })),
        Act::NotTracked(mail) => spawn_local(tell(Tell::NotTracked { mail })),
        Act::TakeBack { id } => spawn_local(tell(Tell::DismissNotTracked { id })),
    }
}

/// Tells that the user has an own message on screen.
pub fn own_view(id: Uuid) {
    spawn_local(tell(Tell::OwnView { id }));
}

/// Tells how the tab does.
pub fn health(health: TabHealth) {
    spawn_local(tell(Tell::TabHealth { health }));
}

async fn tell(news: Tell) {
    // The worker may be starting or gone; a registration lies in the outbox, the rest is told again or only of use now.
    // Its answer is not read: the code to read all that a worker can say would be a third of what the tab loads.
    let _ = runtime::send(&news).await;
}

/// `outbox:<20 digits>:<id>`: the digits keep the order of sending.
fn outbox_name(at: Millis, id: &str) -> String {
    format!("{}{at:020}:{id}", key::OUTBOX)
}

#[cfg(test)]
mod tests {
    use super::outbox_name;

    #[test]
    fn outbox_names_sort_by_time() {
        let name = outbox_name(1_795_000_000_000, "id");
        assert_eq!(name, "outbox:00000001795000000000:id");
        assert!(outbox_name(999, "z") < name);
    }
}
