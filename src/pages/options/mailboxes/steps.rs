//! What a try to connect showed, step by step.

use waxwing_protocol::api::{ConnectStep, ConnectStepKind, Trouble};

use crate::pages::dom::{Attr, El, Icon, Tag, el, icon_with};
use crate::pages::popup::scheduled::{said, trouble};
use crate::pages::text::{t, t_with};
use crate::told::step_key;

/// The steps; `done` is said behind them when all went well.
pub(super) fn steps(steps: &[ConnectStep], done: &str) -> El {
    let failed = steps.iter().any(|step| step.trouble.is_some());
    let list = el(Tag::Ul).class("points").children(steps.iter().map(step));
    let end = match steps.iter().find(|step| step.trouble.is_some()) {
        Some(step) => hint(step),
        None => Some(done.to_owned()),
    };
    let end = end.map(|words| el(Tag::P).class(if failed { "ww-s ww-2" } else { "ww-s ww-b" }).text(&words));
    el(Tag::Div).class("ww-stack ww-stack-2").set(Attr::Role, "status").child(&list).children(end)
}

fn step(step: &ConnectStep) -> El {
    let name = t(step_key(step.step));
    let (which, class, words) = match step.trouble {
        None => (Icon::CHECK, "t-ok", t_with("step_yes", &[&name])),
        Some(which) => (Icon::FAILED, "t-bad", t_with("step_no", &[&name, &trouble(which)])),
    };
    let line = el(Tag::Span).class("ww-any").text(&words);
    let line = match &step.said {
        Some(server) => line.text(" ").child(&said(server)),
        None => line,
    };
    el(Tag::Li).class("ww-sign").child(&el(Tag::Span).class(class).child(&icon_with(which, ""))).child(&line)
}

/// What to do about it, where that can be told.
fn hint(step: &ConnectStep) -> Option<String> {
    let key = match (step.step, step.trouble?) {
        (ConnectStepKind::ImapSignIn | ConnectStepKind::SmtpSignIn, Trouble::WrongPassword | Trouble::NotOffered) => {
            "step_hint_password"
        }
        (_, Trouble::Unreachable) => "step_hint_server",
        (_, Trouble::Certificate) => "step_hint_certificate",
        (_, Trouble::NoDrafts) => "step_hint_drafts",
        (ConnectStepKind::Gmail, Trouble::GrantRevoked | Trouble::RightMissing) => "step_hint_grant",
        _ => return None,
    };
    Some(t(key))
}
