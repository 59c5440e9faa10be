//! What there is to know: a server of one's own, what can be known at all, and which Waxwing this is.

use crate::chrome::runtime::version;
use crate::pages::dom::{El, Tag, el};
use crate::pages::text::{rich, t, t_with};

/// How to come by a server.
pub(super) fn own_server() -> El {
    let steps = ["help_server_1", "help_server_2", "help_server_3"]
        .map(|key| el(Tag::Li).child(&el(Tag::Span).children(rich(key, &[]))));
    el(Tag::Div)
        .class("ww-stack ww-stack-2")
        .child(&el(Tag::P).class("ww-s ww-2").text(&t("help_server_says")))
        .child(&el(Tag::Ol).class("steps").children(steps))
        .child(&el(Tag::P).class("ww-s ww-2").children(rich("help_server_reach", &[])))
}

/// What can be known, and what cannot.
pub(super) fn known() -> El {
    let list = |title: &str, keys: &[&str]| {
        el(Tag::Div)
            .class("ww-card box")
            .child(&el(Tag::H3).class("ww-b").text(&t(title)))
            .child(&el(Tag::Ul).class("points").children(keys.iter().map(|key| el(Tag::Li).children(rich(key, &[])))))
    };
    el(Tag::Div)
        .class("pair")
        .child(&list("known_yes", &["known_yes_1", "known_yes_2", "known_yes_3"]))
        .child(&list("known_no", &["known_no_1", "known_no_2", "known_no_3", "known_no_4"]))
}

/// The version and the language.
pub(super) fn about() -> El {
    el(Tag::Div)
        .class("ww-stack ww-stack-2 ww-s ww-2")
        .child(&el(Tag::P).text(&t_with("about_version", &[&version().unwrap_or_default()])))
        .child(&el(Tag::P).text(&t("about_language")))
        .child(&el(Tag::P).text(&t("about_permissions")))
}
