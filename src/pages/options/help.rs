//! What there is to know: a server of one's own, and which Waxwing this is.

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

/// The version and the language.
pub(super) fn about() -> El {
    el(Tag::Div)
        .class("ww-stack ww-stack-2 ww-s ww-2")
        .child(&el(Tag::P).text(&t_with("about_version", &[&version().unwrap_or_default()])))
        .child(&el(Tag::P).text(&t("about_language")))
        .child(&el(Tag::P).text(&t("about_permissions")))
}
