//! What is said of a mail that goes out later, and what its sender may do: decided without a browser.
//!
//! What must hold: each reason offers the ways that lead out of it, the safe one first; "send again" never is first.

use waxwing_protocol::api::{Scheduled, ScheduledAction, ScheduledState, Trouble, Why};

/// What can be done with a scheduled mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Look for it in Gmail.
    Look,
    /// Open the draft, to correct an address in it.
    Correct,
    /// Open the draft.
    Draft,
    /// Write it anew: there is no draft to send.
    Write,
    /// Sign in to the mailbox again.
    SignIn,
    /// Connect the mailbox again.
    Connect,
    /// Choose another time.
    Change,
    /// Ask the backend.
    Act(ScheduledAction),
}

impl Deed {
    /// The words of its button. `held`: to cancel a mail that will not go anyway is to remove it from here.
    pub(crate) const fn key(self, state: ScheduledState) -> &'static str {
        match self {
            Self::Look => "sched_look",
            Self::Correct => "sched_correct",
            Self::Draft => "sched_draft",
            Self::Write => "sched_write",
            Self::SignIn => "sched_sign_in",
            Self::Connect => "sched_connect_again",
            Self::Change => "sched_change",
            Self::Act(ScheduledAction::Cancel) if matches!(state, ScheduledState::Held) => "sched_do_not_send",
            Self::Act(ScheduledAction::Cancel) => "sched_cancel",
            Self::Act(ScheduledAction::SendNow { .. }) => "sched_send_now",
            Self::Act(ScheduledAction::WasSent) => "sched_was_sent",
            Self::Act(ScheduledAction::SendAgain) => "sched_send_again",
            Self::Act(ScheduledAction::Skip { .. }) => "sched_skip",
            Self::Act(ScheduledAction::Dismiss) => "sched_dismiss",
        }
    }

    /// A name for code, to find its button again.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Correct | Self::Draft => "draft",
            Self::Write => "write",
            Self::SignIn | Self::Connect => "mailbox",
            Self::Change => "change",
            Self::Act(ScheduledAction::Cancel) => "cancel",
            Self::Act(ScheduledAction::SendNow { .. }) => "send_now",
            Self::Act(ScheduledAction::WasSent) => "was_sent",
            Self::Act(ScheduledAction::SendAgain) => "send_again",
            Self::Act(ScheduledAction::Skip { .. }) => "skip",
            Self::Act(ScheduledAction::Dismiss) => "dismiss",
        }
    }
}

const CANCEL: Deed = Deed::Act(ScheduledAction::Cancel);
const SEND_NOW: Deed = Deed::Act(ScheduledAction::SendNow { seen: None });

/// Whether it waits for its sender.
pub(crate) const fn needs_you(scheduled: &Scheduled) -> bool {
    matches!(scheduled.state, ScheduledState::Held | ScheduledState::Failed)
}

/// What can be done with it, the best way first.
pub(crate) fn deeds(scheduled: &Scheduled) -> Vec<Deed> {
    match scheduled.state {
        ScheduledState::Held => held(scheduled.why),
        ScheduledState::Failed => {
            let refused = matches!(scheduled.why, Some(Why::Trouble { trouble: Trouble::RecipientRefused }));
            let open = if refused { Deed::Correct } else { Deed::Draft };
            vec![open, Deed::Change, Deed::Act(ScheduledAction::Dismiss)]
        }
        ScheduledState::Scheduled => {
            let repeats = matches!(scheduled.schedule.when, waxwing_protocol::api::When::Repeat { .. });
            let skip = repeats.then_some(Deed::Act(ScheduledAction::Skip { seen: None }));
            [Deed::Change, SEND_NOW].into_iter().chain(skip).chain([CANCEL]).collect()
        }
        // It may come in time.
        ScheduledState::Leased => vec![CANCEL],
        ScheduledState::Sending | ScheduledState::Unclear | ScheduledState::Sent | ScheduledState::Cancelled => Vec::new(),
    }
}

fn held(why: Option<Why>) -> Vec<Deed> {
    match why {
        Some(Why::Unclear) => {
            vec![Deed::Look, Deed::Act(ScheduledAction::WasSent), Deed::Act(ScheduledAction::SendAgain)]
        }
        Some(Why::DraftGone) => vec![Deed::Look, Deed::Write, CANCEL],
        Some(Why::SentByHand) => vec![Deed::Look, CANCEL],
        Some(Why::NoRecipients | Why::Empty | Why::Unreadable) => vec![Deed::Draft, SEND_NOW, Deed::Change, CANCEL],
        Some(Why::SignIn) => vec![Deed::SignIn, CANCEL],
        Some(Why::NoMailbox) => vec![Deed::Connect, CANCEL],
        Some(Why::ZoneUnknown) => vec![Deed::Change, SEND_NOW, CANCEL],
        Some(Why::Trouble { trouble: Trouble::RecipientRefused }) => vec![Deed::Correct, SEND_NOW, CANCEL],
        _ => vec![SEND_NOW, Deed::Change, CANCEL],
    }
}

/// What a mail that is over came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The key of its words; with the clause of the trouble where there is one.
    pub(crate) key: &'static str,
    /// The trouble in it.
    pub(crate) trouble: Option<Trouble>,
    /// It went out.
    pub(crate) sent: bool,
}

/// What it came to.
pub(crate) fn ended(scheduled: &Scheduled) -> Ended {
    let (key, trouble, sent) = match (scheduled.state, scheduled.why) {
        (ScheduledState::Sent, Some(Why::SaidSent)) => ("later_why_said_sent", None, true),
        (ScheduledState::Sent, Some(Why::Late)) => {
            (if scheduled.message.is_some() { "sched_late_tracked" } else { "sched_late" }, None, true)
        }
        (ScheduledState::Sent, _) => {
            (if scheduled.message.is_some() { "sched_sent_tracked" } else { "sched_sent" }, None, true)
        }
        (_, Some(Why::Trouble { trouble })) => ("later_why_trouble", Some(trouble), false),
        (_, Some(why)) => (crate::told::why_key(why), None, matches!(why, Why::SentByHand | Why::SaidSent)),
        (ScheduledState::Failed, None) => ("sched_failed", None, false),
        (_, None) => ("later_why_cancelled", None, false),
    };
    Ended { key, trouble, sent }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use waxwing_protocol::api::{Scheduled, ScheduledAction};

    use super::{Deed, deeds, ended, needs_you};

    fn mail(state: &str, why: serde_json::Value, when: &serde_json::Value) -> Scheduled {
        let mut mail = json!({
            "id": "00000000-0000-4000-8000-000000000001", "mailbox": "00000000-0000-4000-8000-000000000002", "state": state,
            "schedule": {"when": when}, "content": {"subject": "", "recipients": [], "links": []}, "track": true, "created_at": 1,
        });
        if !why.is_null() {
            mail["why"] = why;
        }
        serde_json::from_value(mail).expect("a mail")
    }

    fn once() -> serde_json::Value {
        json!({"kind": "instant", "at": 5, "zone": "UTC"})
    }

    fn shown(mail: &Scheduled) -> String {
        deeds(mail).iter().map(|deed| deed.name()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_state_has_its_ways_out() {
        let weekly = json!({"kind": "repeat", "rule": "FREQ=WEEKLY", "start": "2026-11-23T08:00:00", "zone": "UTC"});
        let trouble = |name: &str| json!({"why": "trouble", "trouble": name});
        let why = |name: &str| json!({"why": name});
        for (state, why, when, expected) in [
            ("scheduled", json!(null), once(), "change send_now cancel"),
            ("scheduled", why("daily_limit"), weekly, "change send_now skip cancel"),
            ("leased", json!(null), once(), "cancel"),
            ("sending", json!(null), once(), ""),
            ("unclear", json!(null), once(), ""),
            ("sent", json!(null), once(), ""),
            ("cancelled", why("answered"), once(), ""),
            ("held", why("unclear"), once(), "look was_sent send_again"),
            ("held", why("draft_gone"), once(), "look write cancel"),
            ("held", why("sent_by_hand"), once(), "look cancel"),
            ("held", why("no_recipients"), once(), "draft send_now change cancel"),
            ("held", why("empty"), once(), "draft send_now change cancel"),
            ("held", why("unreadable"), once(), "draft send_now change cancel"),
            ("held", why("late"), once(), "send_now change cancel"),
            ("held", why("sign_in"), once(), "mailbox cancel"),
            ("held", why("no_mailbox"), once(), "mailbox cancel"),
            ("held", why("zone_unknown"), once(), "change send_now cancel"),
            ("held", trouble("recipient_refused"), once(), "draft send_now cancel"),
            ("held", trouble("too_large"), once(), "send_now change cancel"),
            ("held", json!(null), once(), "send_now change cancel"),
            ("failed", trouble("recipient_refused"), once(), "draft change dismiss"),
            ("failed", trouble("too_large"), once(), "draft change dismiss"),
            ("failed", json!(null), once(), "draft change dismiss"),
        ] {
            let mail = mail(state, why.clone(), &when);
            assert_eq!(shown(&mail), expected, "{state} {why}");
            assert_eq!(needs_you(&mail), matches!(state, "held" | "failed"), "{state}");
            let first = deeds(&mail).first().copied();
            assert_ne!(first, Some(Deed::Act(ScheduledAction::SendAgain)), "what cannot be undone is never first");
        }
    }

    #[test]
    fn each_end_has_its_words() {
        let trouble = json!({"why": "trouble", "trouble": "busy"});
        for (state, why, tracked, expected, sent) in [
            ("sent", json!(null), true, "sched_sent_tracked", true),
            ("sent", json!(null), false, "sched_sent", true),
            ("sent", json!({"why": "said_sent"}), false, "later_why_said_sent", true),
            ("cancelled", json!({"why": "answered"}), false, "later_why_answered", false),
            ("cancelled", json!({"why": "sent_by_hand"}), false, "later_why_sent_by_hand", true),
            ("cancelled", json!({"why": "cancelled"}), false, "later_why_cancelled", false),
            ("cancelled", json!(null), false, "later_why_cancelled", false),
            ("failed", trouble, false, "later_why_trouble", false),
            ("failed", json!(null), false, "sched_failed", false),
        ] {
            let mut mail = mail(state, why, &once());
            mail.message = tracked.then_some(mail.id);
            let end = ended(&mail);
            assert_eq!((end.key, end.sent, end.trouble.is_some()), (expected, sent, expected == "later_why_trouble"));
        }
    }
}
