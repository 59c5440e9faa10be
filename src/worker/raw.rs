//! Send requests of pages that forbid WASM: the observer passes them on as they are, and the worker's core reads them.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, GmailIds, Recipient, RecipientKind};
use waxwing_protocol::page::{NotTracked, WhyNot};

use crate::gmail::wire::{self, Contact, Mail};

/// The mails that leave with a request, as untracked ones. None when it cannot be read or only saves drafts.
pub(super) fn untracked_mails(body: &str, now: Millis, mut id: impl FnMut() -> Uuid) -> Vec<NotTracked> {
    let mails = wire::read_request(body).unwrap_or_default();
    mails.into_iter().filter(|mail| mail.kind.leaves()).map(|mail| untracked(mail, now, id())).collect()
}

fn untracked(mail: Mail, now: Millis, id: Uuid) -> NotTracked {
    let mut recipients = Vec::new();
    for (kind, line) in [(RecipientKind::To, mail.to), (RecipientKind::Cc, mail.cc), (RecipientKind::Bcc, mail.bcc)] {
        recipients.extend(line.unwrap_or_default().into_iter().map(|Contact { address, name }| Recipient {
            kind,
            address,
            name,
        }));
    }
    NotTracked {
        id,
        sent_at: now,
        sender: mail.from.map(|from| from.address).unwrap_or_default(),
        gmail: GmailIds {
            draft: Some(mail.message),
            thread: Some(mail.thread),
            legacy_thread: mail.legacy_thread,
            legacy_message: mail.legacy_message,
            rfc_id: None,
        },
        content: Content { subject: mail.subject.unwrap_or_default(), recipients, links: Vec::new() },
        why: WhyNot::WasmForbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::untracked_mails;
    use serde_json::json;
    use uuid::Uuid;
    use waxwing_protocol::page::WhyNot;

    /// A request of the 2022 shape that updates or sends one mail.
    fn request(labels: &[&str]) -> String {
        let mut message = vec![serde_json::Value::Null; 11];
        message[0] = json!("msg-a:r1");
        message[1] = json!([1, "me@example.com", "Me"]);
        message[2] = json!([[1, "ana@example.com", "Ana"]]);
        message[4] = json!([[1, "bo@example.com", null]]);
        message[7] = json!("Hello");
        message[8] = json!([null, [[0, "<div>Hi</div>"]]]);
        message[10] = json!(labels);
        let mut operation = vec![serde_json::Value::Null; 14];
        operation[13] = json!([message]);
        json!([null, [[[1, ["thread-a:r1", operation]]]]]).to_string()
    }

    #[test]
    fn mails_that_leave_are_told() {
        let mails = untracked_mails(&request(&["^pfg", "^f"]), 7, Uuid::nil);
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!((mail.sent_at, mail.why, mail.sender.as_str()), (7, WhyNot::WasmForbidden, "me@example.com"));
        assert_eq!(mail.content.subject, "Hello");
        let addresses: Vec<_> = mail.content.recipients.iter().map(|recipient| recipient.address.as_str()).collect();
        assert_eq!(addresses, ["ana@example.com", "bo@example.com"]);
    }

    #[test]
    fn drafts_and_what_is_no_request_are_passed_over() {
        for body in [request(&["^r", "^r_bt"]).as_str(), "", "x", "[]", "{}", "null"] {
            assert_eq!(untracked_mails(body, 7, Uuid::nil), [], "{body}");
        }
    }
}
