//! The line in tracked mails, and the days after which tracking of a mail ends.

use std::rc::Rc;

use waxwing_domain::consent::line;
use waxwing_protocol::api::ConsentSettings;

use super::super::notify::{checkbox, row};
use super::{Section, field, named, wrong};
use crate::pages::dom::{Attr, El, Tag, el};
use crate::pages::text::{t, t_with};
use crate::pages::widgets::{button, preview};

pub(super) struct Line {
    root: El,
    on: El,
    words: El,
    shown: El,
    keep: El,
    days: El,
    error: El,
}

impl Line {
    pub(super) fn new() -> Self {
        let on = checkbox("line_name");
        let words = field("line-words").set(Attr::AriaDescribedby, "line-hint line-wrong");
        let days = el(Tag::Input)
            .class("ww-input ww-number")
            .set(Attr::Type, "number")
            .set(Attr::Id, "consent-days")
            .set(Attr::Min, "1")
            .set(Attr::Max, "365")
            .set(Attr::AriaDescribedby, "line-wrong");
        let shown = el(Tag::P).class("ww-s ww-2 ww-quote");
        let error = el(Tag::P).class("ww-err").set(Attr::Id, "line-wrong").set(Attr::Role, "alert");
        let keep = button("ww-btn", &t("line_keep"));
        error.show(false);
        let root = el(Tag::Div)
            .class("ww-card box")
            .child(&row(&on, "line_name", "line_of"))
            .child(
                &el(Tag::Div)
                    .class("ww-field")
                    .child(&el(Tag::Label).class("ww-label").set(Attr::For, "line-words").text(&t("line_words")))
                    .child(&words)
                    .child(&el(Tag::P).class("ww-hint").set(Attr::Id, "line-hint").text(&t("line_hint")))
                    .child(&shown)
                    .child(&el(Tag::Div).class("ww-row-btns").child(&keep)),
            )
            .child(&error)
            .child(&named("consent_days", "consent-days", &days))
            .child(&el(Tag::P).class("ww-hint").text(&t("consent_days_says")));
        Self { root, on, words, shown, keep, days, error }
    }

    pub(super) const fn element(&self) -> &El {
        &self.root
    }

    pub(super) fn listen(&self, section: &Rc<Section>) {
        let scope = &section.scope;
        let weak = Rc::downgrade(section);
        scope.listen(self.words.node(), "input", move |_| {
            if let Some(section) = weak.upgrade() {
                section.line.look();
            }
        });
        for control in [&self.on, &self.keep] {
            let event = if control.node() == self.on.node() { "change" } else { "click" };
            let weak = Rc::downgrade(section);
            scope.listen(control.node(), event, move |_| {
                if let Some(section) = weak.upgrade() {
                    section.line.save(&section);
                }
            });
        }
        let weak = Rc::downgrade(section);
        scope.listen(self.days.node(), "change", move |_| {
            let Some(section) = weak.upgrade() else { return };
            let days = section.line.days.value().parse::<u32>().ok();
            let days = days.filter(|days| (1..=ConsentSettings::MAX_DAYS).contains(days));
            wrong(&section.line.error, days.is_none().then(|| t("consent_days_wrong")).as_deref());
            if let Some(days) = days {
                section.change(|settings| settings.days = days);
            }
        });
    }

    /// Shows what is stored. Words that nobody chose yet are those of this language: saving chooses them.
    pub(super) fn show(&self, settings: &ConsentSettings) {
        self.on.set_checked(settings.line_words().is_some());
        self.words.set_value(settings.line_text.as_deref().unwrap_or(&t("line_default")));
        self.days.set_value(&settings.days.to_string());
        self.look();
    }

    fn look(&self) {
        self.shown.fill(preview(&self.words.value()));
    }

    fn save(&self, section: &Rc<Section>) {
        let (on, words) = (self.on.is_checked(), self.words.value().trim().to_owned());
        let too_long = words.chars().count() > ConsentSettings::MAX_LINE;
        let held = line(&words);
        let without_words = held.before.trim().is_empty() && held.link.is_empty() && held.after.trim().is_empty();
        let error = match (too_long, without_words) {
            (true, _) => Some(t_with("line_too_long", &[&ConsentSettings::MAX_LINE.to_string()])),
            (_, true) => Some(t("line_empty")),
            _ => None,
        };
        wrong(&self.error, error.as_deref());
        if error.is_none() {
            section.change(|settings| {
                settings.line = on;
                settings.line_text = Some(words);
            });
        }
    }
}
