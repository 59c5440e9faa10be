//! The three ways to treat a mail that nothing was said about.

use waxwing_protocol::page::Policy;

use super::policy_name;
use crate::pages::dom::{Attr, El, Scope, Tag, el};
use crate::pages::text::t;

const ROWS: [(Policy, &str, &str); 3] = [
    (Policy::Every, "every", "policy_every_says"),
    (Policy::Ask, "ask", "policy_ask_says"),
    (Policy::Agreed, "agreed", "policy_agreed_says"),
];

/// Radio buttons for the default; `current` is ticked, and nothing is when none was chosen. `chosen` hears each choice.
/// `titled` shows the group's name, where no heading above it says the same. Gives the group and its first button.
pub(crate) fn choices(
    scope: &Scope,
    titled: bool,
    current: Option<Policy>,
    chosen: impl Fn(Policy) + Clone + 'static,
) -> (El, El) {
    let mut first = None;
    let rows = ROWS.map(|(policy, value, says)| {
        let chosen = chosen.clone();
        let (name_id, says_id) = (format!("policy-{value}"), format!("policy-{value}-says"));
        let input = el(Tag::Input)
            .set(Attr::Type, "radio")
            .set(Attr::Name, "policy")
            .set(Attr::Value, value)
            // The name is the choice alone; the sentence describes it.
            .set(Attr::AriaLabelledby, &name_id)
            .set(Attr::AriaDescribedby, &says_id)
            .on(scope, "change", move |_| chosen(policy));
        input.set_checked(current == Some(policy));
        first.get_or_insert_with(|| input.clone());
        el(Tag::Label)
            .class("ww-choice")
            .child(&input)
            .child(&el(Tag::Span).class("ww-b").set(Attr::Id, &name_id).text(&policy_name(policy)))
            .child(&el(Tag::Span).class("ww-s ww-2").set(Attr::Id, &says_id).text(&t(says)))
    });
    let group = el(Tag::Fieldset)
        .class("ww-stack ww-stack-2")
        .child(&el(Tag::Legend).class(if titled { "ww-label" } else { "ww-sr" }).text(&t("policy_title")))
        .children(rows);
    let first = first.unwrap_or_else(|| group.clone());
    (group, first)
}
