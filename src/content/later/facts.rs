//! What the tab tells a panel: of the compose, or of the mail in an open conversation, that it is opened for.
//!
//! Reminders are put in as the text that they came as; the rest is the part of [`waxwing_protocol::page::PanelFacts`] that a tab
//! knows. That it is what the worker reads is tested below.

use serde::Serialize;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{DraftHint, GmailIds};

use crate::content::app::{App, Mount};
use crate::content::decide::Standing;
use crate::content::report::json;
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
        track: app.standing(mount) == Standing::Tracked,
        reply: compose.is_answer(),
        dark,
    }
}

/// A mail in an open conversation.
#[derive(Debug, Clone)]
pub(in crate::content) struct Mail {
    /// The tracked message, or the id that a reminder of one that is not tracked has.
    pub(in crate::content) id: Uuid,
    /// Whether it is tracked.
    pub(in crate::content) tracked: bool,
    /// The address that sent it; empty where that is not known.
    pub(in crate::content) sender: String,
    /// When it was sent; 0 where that is not known.
    pub(in crate::content) sent_at: Millis,
    /// Its ids.
    pub(in crate::content) gmail: GmailIds,
}

/// What is known of such a mail.
pub(super) fn of_mail(mail: &Mail, dark: bool) -> Facts {
    let draft = DraftHint { gmail: mail.gmail.clone(), ..DraftHint::default() };
    Facts { draft, sender: mail.sender.clone(), track: mail.tracked, reply: false, dark }
}

/// The whole message to the worker. `wish`: what was chosen for a compose before; `bell`: the panel is for its reminder; `sent`: for
/// that of this mail.
pub(super) fn opening(key: Uuid, facts: &Facts, wish: Option<&str>, bell: bool, sent: Option<&Mail>) -> Option<String> {
    let facts = json(facts)?;
    let facts = facts.strip_suffix('}')?;
    let wish = wish.unwrap_or("null");
    let remind = match sent {
        Some(mail) => {
            let (id, sender, at, gmail) =
                (mail.id.to_string(), json(&mail.sender)?, mail.sent_at.to_string(), json(&mail.gmail)?);
            let parts = [
                "\"remind\":{\"sent\":{\"message\":\"",
                &id,
                "\",\"sender\":",
                &sender,
                ",\"sent_at\":",
                &at,
                ",\"gmail\":",
                &gmail,
                "}}",
            ];
            parts.concat()
        }
        None if bell => ["\"remind\":{\"wish\":", wish, "}"].concat(),
        None => ["\"wish\":", wish].concat(),
    };
    let key = key.to_string();
    Some(["{\"type\":\"open_panel\",\"key\":\"", &key, "\",\"facts\":", facts, ",", &remind, "}}"].concat())
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
        let mail =
            Mail { id: key, tracked: true, sender: "\"x\"@y.example".to_owned(), sent_at: 9, gmail: GmailIds::default() };
        let sent = RemindedMail { message: Some(key), sender: mail.sender.clone(), sent_at: 9, ..RemindedMail::default() };
        let remind = |wish, sent: Option<RemindedMail>| Some(RemindFacts { wish, sent: sent.map(Box::new) });
        for (wished, bell, of, expected) in [
            (None, false, None, whole.clone()),
            (Some(&*text), false, None, PanelFacts { wish: Some(wish.clone()), ..whole.clone() }),
            (Some(&*text), true, None, PanelFacts { remind: remind(Some(wish), None), ..whole.clone() }),
            (None, true, None, PanelFacts { remind: remind(None, None), ..whole.clone() }),
            (None, true, Some(&mail), PanelFacts { remind: remind(None, Some(sent)), ..whole }),
        ] {
            let said = opening(key, &facts(), wished, bell, of).expect("plain");
            let read = serde_json::from_str::<ToWorker>(&said).expect(&said);
            assert_eq!(read, ToWorker::OpenPanel { key, facts: Box::new(expected) }, "{said}");
        }
    }
}
