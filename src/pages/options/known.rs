//! What can be known of opens and clicks, what cannot, and what Waxwing calls what it saw.

use crate::pages::dom::{El, Icon, Tag, el, icon_with};
use crate::pages::text::{rich, t};

/// What a hit can be called, in the order of what it tells: icon, its colour, words.
const LABELS: [(Icon, &str, &str); 7] = [
    (Icon::HUMAN, "v-human", "known_label_human"),
    (Icon::PROXY, "v-proxy", "known_label_proxy"),
    (Icon::UNKNOWN, "v-unknown", "known_label_unknown"),
    (Icon::HIDDEN, "v-prefetch", "known_label_apple"),
    (Icon::PREFETCH, "v-prefetch", "known_label_prefetch"),
    (Icon::SCANNER, "v-scanner", "known_label_scanner"),
    (Icon::SELF, "v-self", "known_label_self"),
];

/// The section.
pub(super) fn known() -> El {
    el(Tag::Div)
        .class("ww-stack")
        .child(
            &el(Tag::Div)
                .class("pair")
                .child(&points("known_yes", &["known_yes_1", "known_yes_2", "known_yes_3", "known_yes_4", "known_yes_5"]))
                .child(&points(
                    "known_no",
                    &["known_no_1", "known_no_2", "known_no_3", "known_no_4", "known_no_5", "known_no_6"],
                )),
        )
        .child(&labels())
}

fn points(title: &str, keys: &[&str]) -> El {
    el(Tag::Div)
        .class("ww-card box")
        .child(&el(Tag::H3).class("ww-b").text(&t(title)))
        .child(&el(Tag::Ul).class("points").children(keys.iter().map(|key| el(Tag::Li).children(rich(key, &[])))))
}

fn labels() -> El {
    let label = |(icon, class, key): (Icon, &str, &str)| {
        el(Tag::Li)
            .class("ww-sign")
            .child(&el(Tag::Span).class(class).child(&icon_with(icon, "")))
            .child(&el(Tag::Span).children(rich(key, &[])))
    };
    el(Tag::Div)
        .class("ww-card box")
        .child(&el(Tag::H3).class("ww-b").text(&t("known_labels")))
        .child(&el(Tag::Ul).class("points").children(LABELS.map(label)))
        .child(&el(Tag::P).class("ww-s ww-2").children(rich("known_confidence", &[])))
        .child(&el(Tag::P).class("ww-s ww-2").children(rich("known_corrections", &[])))
}
