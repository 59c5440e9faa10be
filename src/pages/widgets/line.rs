//! The line of tracked mails: whether they carry it, and its words as a recipient reads them.

use waxwing_domain::consent::line;
use waxwing_protocol::page::{HeldLine, LineChoice};

use crate::pages::dom::{Attr, El, Tag, el};
use crate::pages::text::t;

/// A switch for the line, on, with the words that go with it.
#[derive(Clone)]
pub(crate) struct LineSwitch {
    /// The element.
    pub(crate) root: El,
    input: El,
}

impl LineSwitch {
    /// With the words that this language has for it.
    pub(crate) fn new() -> Self {
        let input = el(Tag::Input)
            .set(Attr::Type, "checkbox")
            .set(Attr::Id, "line")
            .set(Attr::AriaLabelledby, "line-name")
            .set(Attr::AriaDescribedby, "line-says");
        input.set_checked(true);
        let says = el(Tag::Span)
            .class("ww-s ww-2")
            .set(Attr::Id, "line-says")
            .child(&el(Tag::Span).class("ww-quote").children(preview(&t("line_default"))))
            .text(" ")
            .text(&t("line_says"));
        let root = el(Tag::Label)
            .class("ww-choice")
            .child(&input)
            .child(&el(Tag::Span).class("ww-b").set(Attr::Id, "line-name").text(&t("line_name")))
            .child(&says);
        Self { root, input }
    }

    /// What is chosen.
    pub(crate) fn choice(&self) -> LineChoice {
        LineChoice { on: self.input.is_checked(), words: t("line_default") }
    }
}

/// The words of a line as a mail shows them; its link leads nowhere here.
pub(crate) fn preview(words: &str) -> Vec<El> {
    let HeldLine { before, link, after } = line(words);
    let link = if link.is_empty() { t("line_address") } else { link };
    let plain = |words: &str| el(Tag::Span).text(words);
    vec![plain(&before), el(Tag::Span).class("ww-as-link").text(&link), plain(&after)]
}
