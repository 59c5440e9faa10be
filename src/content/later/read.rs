//! Reads what the worker says of scheduled mails and of a panel, field by field: a tab does not load the code that reads all that
//! the protocol can say. That both are the same is tested below.

use serde_json::{Map, Value};
use uuid::Uuid;
use waxwing_protocol::Millis;

use crate::content::shown::uuid;
use crate::gmail::rows::ThreadId;

/// A mail that waits, as much as is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Brief {
    /// When it goes.
    pub(super) due: Option<Millis>,
    /// It waits for its writer.
    pub(super) needs: bool,
    /// `msg-a:r…`.
    pub(super) draft: Option<String>,
    /// Its conversation.
    pub(super) thread: Option<ThreadId>,
}

/// What waits, by [`waxwing_protocol::page::key::SCHEDULED`].
pub(super) fn briefs(value: Option<&Value>) -> Vec<Brief> {
    value.and_then(Value::as_array).map(|all| all.iter().filter_map(brief).collect()).unwrap_or_default()
}

fn brief(value: &Value) -> Option<Brief> {
    let text = |name| value.get(name).and_then(Value::as_str);
    Some(Brief {
        due: value.get("due_at").and_then(Value::as_i64),
        needs: matches!(text("state")?, "held" | "failed"),
        draft: text("draft").map(str::to_owned),
        thread: text("legacy_thread").and_then(ThreadId::parse),
    })
}

/// A reminder of a conversation, as much as is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::content) struct Reminder {
    /// Of which mail: [`waxwing_protocol::api::WaitingMail::id`].
    pub(in crate::content) id: Uuid,
    /// Its conversation.
    pub(in crate::content) thread: ThreadId,
    /// The conversation is back on top of the inbox.
    pub(in crate::content) back: bool,
    /// When it comes, while it waits.
    pub(in crate::content) due: Option<Millis>,
    /// The line that stands in the open conversation.
    pub(in crate::content) say: String,
}

/// Reminders, by [`waxwing_protocol::page::key::REMINDERS`].
pub(super) fn reminders(value: Option<&Value>) -> Vec<Reminder> {
    value.and_then(Value::as_array).map(|all| all.iter().filter_map(reminder).collect()).unwrap_or_default()
}

fn reminder(value: &Value) -> Option<Reminder> {
    let text = |name| value.get(name).and_then(Value::as_str);
    Some(Reminder {
        id: uuid(text("id")?)?,
        thread: ThreadId::parse(text("legacy_thread")?)?,
        back: text("state")? == "back",
        due: value.get("due_at").and_then(Value::as_i64),
        say: text("say")?.to_owned(),
    })
}

/// Something about a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    /// Whose.
    pub(super) key: Uuid,
    /// What.
    pub(super) what: What,
}

/// What there is about a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// It needs so many pixels.
    Size(i32),
    /// It ended.
    Ends(End),
}

/// How a panel ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The compose stays.
    Closed,
    /// The mail is scheduled.
    Scheduled {
        /// It.
        id: Uuid,
        /// The words of the toast.
        say: String,
    },
    /// Gmail's own "Schedule send" takes over.
    HandOver,
    /// A reminder was chosen for the compose, or none.
    Wish {
        /// It, as JSON that is only passed on.
        wish: Option<String>,
        /// The words for the bell's tip.
        say: String,
    },
}

/// What a message to this tab says; `None` for what is not of this form.
pub(super) fn news(message: &Map<String, Value>) -> Option<News> {
    let text = |map: &Map<String, Value>, name: &str| map.get(name)?.as_str().map(str::to_owned);
    let id = |map: &Map<String, Value>, name: &str| uuid(map.get(name)?.as_str()?);
    let what = match text(message, "tab")?.as_str() {
        "panel_size" => What::Size(i32::try_from(message.get("height")?.as_i64()?).ok()?),
        "panel_end" => {
            let end = message.get("end")?.as_object()?;
            What::Ends(match text(end, "end")?.as_str() {
                "scheduled" => End::Scheduled { id: id(end, "id")?, say: text(end, "say")? },
                "hand_over" => End::HandOver,
                "wish" => End::Wish { wish: text(end, "wish"), say: text(end, "say")? },
                _ => End::Closed,
            })
        }
        _ => return None,
    };
    Some(News { key: id(message, "key")?, what })
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{ReminderState, ScheduledState};
    use waxwing_protocol::page::{PanelEnd, ReminderBrief, ScheduledBrief, ToTab};

    use super::*;

    #[test]
    fn what_the_protocol_writes_is_read() {
        let key = Uuid::from_u128(7);
        let id = Uuid::from_u128(8);
        let end = |end| ToTab::PanelEnd { key, end };
        for (said, what) in [
            (ToTab::PanelSize { key, height: 420 }, What::Size(420)),
            (end(PanelEnd::Closed), What::Ends(End::Closed)),
            (end(PanelEnd::Cancelled), What::Ends(End::Closed)),
            (end(PanelEnd::HandOver), What::Ends(End::HandOver)),
            (end(PanelEnd::Reminded), What::Ends(End::Closed)),
            (
                end(PanelEnd::Wish { wish: Some("{}".to_owned()), say: "x".to_owned() }),
                What::Ends(End::Wish { wish: Some("{}".to_owned()), say: "x".to_owned() }),
            ),
            (end(PanelEnd::Wish { wish: None, say: String::new() }), What::Ends(End::Wish { wish: None, say: String::new() })),
            (end(PanelEnd::Scheduled { id, say: "x".to_owned() }), What::Ends(End::Scheduled { id, say: "x".to_owned() })),
        ] {
            let value = serde_json::to_value(&said).expect("plain");
            assert_eq!(news(value.as_object().expect("an object")), Some(News { key, what }), "{said:?}");
        }
        for other in [r#"{"type":"news"}"#, r#"{"tab":"panel_size"}"#, r#"{"tab":"panel_size","height":-1}"#, "{}"] {
            let value: Value = serde_json::from_str(other).expect("JSON");
            assert_eq!(news(value.as_object().expect("an object")), None, "{other}");
        }
    }

    #[test]
    fn scheduled_mails_are_read() {
        let brief = |state| ScheduledBrief {
            id: Uuid::nil(),
            state,
            due_at: Some(5),
            draft: Some("msg-a:r1".to_owned()),
            legacy_thread: Some("183234ce86ffa010".to_owned()),
        };
        let all = [ScheduledState::Scheduled, ScheduledState::Held, ScheduledState::Failed, ScheduledState::Sending];
        let value = serde_json::to_value(all.map(brief)).expect("plain");
        let read = briefs(Some(&value));
        assert_eq!(read.iter().map(|brief| brief.needs).collect::<Vec<_>>(), [false, true, true, false]);
        let first = Brief {
            due: Some(5),
            needs: false,
            draft: Some("msg-a:r1".to_owned()),
            thread: ThreadId::parse("183234ce86ffa010"),
        };
        assert_eq!(read.first(), Some(&first));
        assert!(briefs(None).is_empty() && briefs(Some(&Value::from("x"))).is_empty());
    }

    #[test]
    fn reminders_are_read() {
        let brief = |state| ReminderBrief {
            due_at: (state == ReminderState::Waiting).then_some(7),
            id: Uuid::from_u128(9),
            legacy_thread: "183234ce86ffa010".to_owned(),
            legacy_message: None,
            state,
            say: "Back: <b>".to_owned(),
        };
        let value = serde_json::to_value([ReminderState::Waiting, ReminderState::Back].map(brief)).expect("plain");
        let read = reminders(Some(&value));
        let thread = ThreadId::parse("183234ce86ffa010").expect("an id");
        let expected =
            |back| Reminder { id: Uuid::from_u128(9), thread, back, due: (!back).then_some(7), say: "Back: <b>".to_owned() };
        assert_eq!(read, [expected(false), expected(true)]);
        let broken =
            serde_json::json!([{"id": "x"}, {"id": Uuid::nil(), "legacy_thread": "zz", "state": "back", "say": ""}, 1]);
        assert!(reminders(Some(&broken)).is_empty() && reminders(None).is_empty());
    }
}
