//! Parts that both pages use.

mod choices;
mod holidays;
mod line;
mod undo;

pub(crate) use choices::choices;
pub(crate) use holidays::HolidayChoice;
pub(crate) use line::{LineSwitch, preview};
pub(crate) use undo::UndoLine;

use web_sys::Node;

use super::dom::{Attr, El, Icon, Tag, el, icon, icon_with};
use super::say::{fault_key, trust_sentences};
use super::text::{count, number, t, t_with};
use crate::told::trouble_key;
use waxwing_protocol::api::DomainTrust;
use waxwing_protocol::page::{Fault, Policy};

/// How grave a notice is. Notices speak of the machinery, never of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Good to know.
    Info,
    /// Worth a look.
    Warn,
    /// Something does not work.
    Bad,
}

/// A strip with an icon, a sentence and perhaps buttons.
pub(crate) fn note(weight: Weight, which: Icon, words: impl IntoIterator<Item = Node>, buttons: &[El]) -> El {
    let class = match weight {
        Weight::Info => "ww-note",
        Weight::Warn => "ww-note ww-note-warn",
        Weight::Bad => "ww-note ww-note-bad",
    };
    let note = el(Tag::Div).class(class).child(&icon(which)).child(&el(Tag::P).children(words));
    if buttons.is_empty() { note } else { note.child(&el(Tag::Div).class("ww-row-btns").children(buttons)) }
}

/// A button with words.
pub(crate) fn button(class: &str, words: &str) -> El {
    el(Tag::Button).set(Attr::Type, "button").class(class).text(words)
}

/// A button that is an icon; its name is said and shown on hover.
pub(crate) fn icon_button(which: Icon, name: &str) -> El {
    el(Tag::Button)
        .set(Attr::Type, "button")
        .class("ww-icon")
        .set(Attr::AriaLabel, name)
        .set(Attr::Title, name)
        .child(&icon(which))
}

/// A fold: closed until somebody asks.
pub(crate) fn fold(title: &str, inside: impl IntoIterator<Item = El>) -> El {
    el(Tag::Details).class("ww-fold").child(&el(Tag::Summary).child(&icon(Icon::RIGHT)).text(title)).children(inside)
}

/// Still bars in the place of what is being loaded. Nothing moves.
pub(crate) fn ghosts(rows: usize) -> El {
    let row = || {
        el(Tag::Div).class("ww-ghost-row").children(
            ["ww-ghost ww-ghost-dot", "ww-ghost ww-ghost-a", "ww-ghost ww-ghost-b", "ww-ghost ww-ghost-c"]
                .map(|class| el(Tag::Span).class(class)),
        )
    };
    el(Tag::Div)
        .class("ww-ghosts")
        .children((0..rows).map(|_| row()))
        .child(&el(Tag::P).class("ww-sr").set(Attr::Role, "status").text(&t("loading")))
}

/// A large quiet message in the middle of an empty view.
pub(crate) fn empty(which: Option<Icon>, title: Vec<Node>, words: &str, actions: &[El]) -> El {
    let mut view = el(Tag::Div).class("ww-empty");
    if let Some(which) = which {
        view = view.child(&icon_with(which, ""));
    }
    view = view.child(&el(Tag::H2).class("ww-empty-title").children(title));
    if !words.is_empty() {
        view = view.child(&el(Tag::P).text(words));
    }
    view.children(actions)
}

/// The sentence of a fault.
pub(crate) fn fault_words(fault: &Fault) -> String {
    match fault {
        Fault::RateLimited { retry_after } => count(fault_key(fault), retry_after.div_ceil(60).max(1), &[]),
        Fault::Mailbox { trouble } => t_with(fault_key(fault), &[&t(trouble_key(*trouble))]),
        Fault::Refused { status } => t_with(fault_key(fault), &[&status.to_string()]),
        Fault::Internal { detail } => t_with(fault_key(fault), &[detail]),
        _ => t(fault_key(fault)),
    }
}

/// What opens from a domain mean, without the domain's name: the line or the heading has it.
pub(crate) fn trust_words(trust: &DomainTrust) -> String {
    let said = trust_sentences(trust).into_iter().map(|sentence| {
        let values: Vec<String> = sentence.values.into_iter().map(number).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        t_with(sentence.key, &values)
    });
    said.collect::<Vec<_>>().join(" ")
}

/// The name of a choice.
pub(crate) fn policy_name(policy: Policy) -> String {
    t(match policy {
        Policy::Every => "policy_every",
        Policy::Ask => "policy_ask",
        Policy::Agreed => "policy_agreed",
    })
}
