//! What the tab tells a panel: of the compose, or of the mail in an open conversation, that it is opened for.
//!
//! Reminders are put in as the text that they came as; the rest is the part of [`waxwing_protocol::page::PanelFacts`] that a tab
//! knows. That it is what the worker reads is tested below.

use serde::Serialize;
use uuid::Uuid;
use waxwing_protocol::api::{DraftHint, GmailIds};

use crate::content::app::{App, Mount};
use crate::content::decide::Standing;
use crate::content::report::json;
use crate::gmail::rows::ThreadId;
use crate::gmail::{account, recipients};

/// What a panel is opened for, but for the reminder.
#[derive(Debug, Default, Serialize)]
pub(super) struct Facts {
    draft: DraftHint,
    sender: String,
    track: bool,
    reply: bool,
    dark: bool,
}

/// What is known of a compose.
pub(super) fn of_compose(app: &App, mount: &Mount, dark: bool) -> Facts {
    let compose = &mount.compose;
    Facts {
        draft: DraftHint {
            gmail: GmailIds {
                draft: compose.draft(),
                thread: compose.thread(),
                legacy_thread: compose.legacy_thread(),
                ..GmailIds::default()
            },
            subject: compose.subject().unwrap_or_default(),
            recipients: recipients::people(compose),
        },
        sender: compose.sender().or_else(|| account::address(&app.document)).unwrap_or_default().to_ascii_lowercase(),
        track: app.standing(mount).standing == Standing::Tracked,
        reply: compose.is_answer(),
        dark,
    }
}

/// A mail in an open conversation. The panel learns the rest of it from the backend.
#[derive(Debug, Clone, Copy)]
pub(in crate::content) struct Mail {
    /// [`waxwing_protocol::api::WaitingMail::id`]: the tracked message, or the first reminder of one that is not.
    pub(in crate::content) id: Uuid,
    /// Whether it is tracked.
    pub(in crate::content) tracked: bool,
    /// Its conversation.
    pub(in crate::content) thread: Option<ThreadId>,
}

/// What is known of such a mail.
pub(super) fn of_mail(app: &App, mail: Mail, dark: bool) -> Facts {
    let legacy_thread = mail.thread.map(|thread| thread.to_string());
    Facts {
        draft: DraftHint { gmail: GmailIds { legacy_thread, ..GmailIds::default() }, ..DraftHint::default() },
        sender: account::address(&app.document).unwrap_or_default(),
        track: mail.tracked,
        dark,
        ..Facts::default()
    }
}

/// The whole message to the worker. `wish`: what was chosen for a compose before; `bell`: the panel is for its reminder; `sent`: for
/// that of the mail of this id.
pub(super) fn opening(key: Uuid, facts: &Facts, wish: Option<&str>, bell: bool, sent: Option<Uuid>) -> Option<String> {
    let facts = json(facts)?;
    let facts = facts.strip_suffix('}')?;
    let (key, sent) = (key.to_string(), sent.map(|id| id.to_string()));
    let (before, value, after) = match &sent {
        Some(id) => ("\"remind\":{\"sent\":{\"sender\":\"\",\"sent_at\":0,\"message\":\"", id.as_str(), "\"}}}}"),
        None if bell => ("\"remind\":{\"wish\":", wish.unwrap_or("null"), "}}}"),
        None => ("\"wish\":", wish.unwrap_or("null"), "}}"),
    };
    Some(["{\"type\":\"open_panel\",\"key\":\"", &key, "\",\"facts\":", facts, ",", before, value, after].concat())
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Condition, RemindedMail, When, Wish};
    use waxwing_protocol::page::{PanelFacts, RemindFacts, ToWorker};

    use super::*;

    #[test]
    fn it_is_what_the_worker_reads() {
        let key = Uuid::from_u128(5);
        let draft = DraftHint { subject: "}\"{".to_owned(), ..DraftHint::default() };
        let facts = || Facts { draft: draft.clone(), sender: "a@b.example".to_owned(), track: true, reply: true, dark: false };
        let whole = PanelFacts {
            draft: draft.clone(),
            sender: "a@b.example".to_owned(),
            track: true,
            reply: true,
            ..PanelFacts::default()
        };
        let wish = Wish {
            when: When::Instant { at: 7, zone: "UTC".to_owned() },
            phrase: None,
            condition: Condition::Always,
            every_days: None,
        };
        let text = serde_json::to_string(&wish).expect("plain");
        let sent = RemindedMail { message: Some(key), ..RemindedMail::default() };
        let remind = |wish, sent: Option<RemindedMail>| Some(RemindFacts { wish, sent: sent.map(Box::new) });
        for (wished, bell, of, expected) in [
            (None, false, None, whole.clone()),
            (Some(&*text), false, None, PanelFacts { wish: Some(wish.clone()), ..whole.clone() }),
            (Some(&*text), true, None, PanelFacts { remind: remind(Some(wish), None), ..whole.clone() }),
            (None, true, None, PanelFacts { remind: remind(None, None), ..whole.clone() }),
            (None, true, Some(key), PanelFacts { remind: remind(None, Some(sent)), ..whole }),
        ] {
            let said = opening(key, &facts(), wished, bell, of).expect("plain");
            let read = serde_json::from_str::<ToWorker>(&said).expect(&said);
            assert_eq!(read, ToWorker::OpenPanel { key, facts: Box::new(expected) }, "{said}");
        }
    }
}
