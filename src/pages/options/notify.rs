//! Which news become notifications, and when they may: each choice counts at once.
//!
//! What must hold: a choice is saved as the whole of what the controls show, so that two quick ones do not undo each other;
//! quiet hours that make no sense are not saved, and it is said why.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{NotifySettings, QuietHours, ToWorker};

use super::Options;
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Scope, Tag, el, icon};
use crate::pages::text::t;

/// What the quiet hours are until somebody says otherwise: the night.
const NIGHT: QuietHours = QuietHours { from: 20 * 60, to: 7 * 60 };

/// The section's controls.
pub(super) struct Notify {
    root: El,
    kinds: Vec<(Kind, El)>,
    quiet: El,
    from: El,
    to: El,
    hours: El,
    wrong: El,
    saved: El,
    /// What is stored. Parts of it that have no control are kept.
    stored: RefCell<Option<NotifySettings>>,
}

/// A kind of news that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    FirstOpen,
    EachOpen,
    Click,
    Answer,
    Unknown,
    Reminders,
    Needs,
}

impl Kind {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::FirstOpen, "notify_first_open", "notify_first_open_says"),
        (Self::EachOpen, "notify_each_open", "notify_each_open_says"),
        (Self::Click, "notify_click", "notify_click_says"),
        (Self::Answer, "notify_answer", "notify_answer_says"),
        (Self::Unknown, "notify_unknown", "notify_unknown_says"),
        (Self::Reminders, "notify_reminders", "notify_reminders_says"),
        (Self::Needs, "notify_needs", "notify_needs_says"),
    ];

    const fn of(self, settings: &mut NotifySettings) -> &mut bool {
        match self {
            Self::FirstOpen => &mut settings.first_open,
            Self::EachOpen => &mut settings.each_open,
            Self::Click => &mut settings.click,
            Self::Answer => &mut settings.answer,
            Self::Unknown => &mut settings.unknown,
            Self::Reminders => &mut settings.reminders,
            Self::Needs => &mut settings.needs,
        }
    }
}

impl Notify {
    /// The controls, as yet without a choice in them and hidden.
    pub(super) fn new(weak: &Weak<Options>, scope: &Scope) -> Self {
        let saving = |weak: &Weak<Options>| {
            let weak = weak.clone();
            move |_: &web_sys::Event| {
                if let Some(page) = weak.upgrade() {
                    page.notify.save(&page);
                }
            }
        };
        let kinds = Kind::ALL.map(|(kind, name, says)| (kind, checkbox(name).on(scope, "change", saving(weak)), name, says));
        let quiet = checkbox("notify_quiet").on(scope, "change", saving(weak));
        let time = |id: &str| {
            let field = el(Tag::Input).class("ww-input").set(Attr::Type, "time").set(Attr::Id, id);
            field.set(Attr::AriaDescribedby, "quiet-wrong").on(scope, "change", saving(weak))
        };
        let (from, to) = (time("quiet-from"), time("quiet-to"));
        let named = |words: &str, id: &str, field: &El| {
            let label = el(Tag::Label).class("ww-label").set(Attr::For, id).text(&t(words));
            el(Tag::Span).class("ww-hour").child(&label).child(field)
        };
        let hours = el(Tag::Div).class("ww-row-btns ww-hours").child(&named("notify_from", "quiet-from", &from)).child(&named(
            "notify_to",
            "quiet-to",
            &to,
        ));
        let wrong = el(Tag::P).class("ww-err").set(Attr::Id, "quiet-wrong").set(Attr::Role, "alert");
        let saved = el(Tag::P).class("ww-s ww-2 ww-saved").set(Attr::Role, "status");
        let group = |title: &str| {
            el(Tag::Fieldset).class("ww-stack ww-stack-2").child(&el(Tag::Legend).class("ww-label").text(&t(title)))
        };
        let news = group("notify_kinds").children(kinds.iter().map(|(_, input, name, says)| row(input, name, says)));
        let when = group("notify_when").child(&row(&quiet, "notify_quiet", "notify_quiet_says")).child(&hours).child(&wrong);
        let root = el(Tag::Div)
            .class("ww-card box")
            .child(&news)
            .child(&when)
            .child(&saved)
            .child(&el(Tag::P).class("ww-hint").text(&t("notify_never")))
            .child(&el(Tag::P).class("ww-hint").text(&t("notify_hidden")));
        root.show(false);
        Self {
            root,
            kinds: kinds.map(|(kind, input, ..)| (kind, input)).into(),
            quiet,
            from,
            to,
            hours,
            wrong,
            saved,
            stored: RefCell::default(),
        }
    }

    /// The element.
    pub(super) fn element(&self) -> &El {
        &self.root
    }

    /// Shows what is stored. What the person is just changing is left alone.
    pub(super) fn show(&self, settings: NotifySettings) {
        self.root.show(true);
        if self.stored.replace(Some(settings)) == Some(settings) {
            return;
        }
        self.fill(settings);
    }

    fn fill(&self, mut settings: NotifySettings) {
        for (kind, input) in &self.kinds {
            input.set_checked(*kind.of(&mut settings));
        }
        self.quiet.set_checked(settings.quiet.is_some());
        self.hours.show(settings.quiet.is_some());
        let hours = settings.quiet.unwrap_or(NIGHT);
        self.from.set_value(&time_of(hours.from));
        self.to.set_value(&time_of(hours.to));
        self.complain(None);
    }

    /// What the controls show, or why that cannot be.
    fn read(&self) -> Result<NotifySettings, &'static str> {
        let mut settings = self.stored.borrow().unwrap_or_default();
        for (kind, input) in &self.kinds {
            *kind.of(&mut settings) = input.is_checked();
        }
        settings.quiet = if self.quiet.is_checked() {
            let hours = minutes(&self.from.value()).zip(minutes(&self.to.value()));
            let (from, to) = hours.ok_or("notify_times_missing")?;
            if from == to {
                return Err("notify_times_same");
            }
            Some(QuietHours { from, to })
        } else {
            None
        };
        Ok(settings)
    }

    fn save(&self, page: &Rc<Options>) {
        self.hours.show(self.quiet.is_checked());
        self.saved.clear();
        let settings = match self.read() {
            Ok(settings) => settings,
            Err(key) => {
                self.complain(Some(key));
                return;
            }
        };
        self.complain(None);
        let before = self.stored.replace(Some(settings));
        let weak = Rc::downgrade(page);
        spawn_local(async move {
            let done = ask(&ToWorker::SetNotify { settings }).await;
            let Some(page) = weak.upgrade() else { return };
            // A later choice speaks for itself.
            if *page.notify.stored.borrow() != Some(settings) {
                return;
            }
            match done {
                Ok(_) => page.notify.tell_saved(),
                Err(fault) => {
                    page.complain(&fault);
                    page.notify.stored.replace(before);
                    page.notify.fill(before.unwrap_or_default());
                    // What was stored before may itself have been on its way only.
                    page.refresh();
                }
            }
        });
    }

    fn tell_saved(&self) {
        self.saved.fill([el(Tag::Span).class("t-ok").child(&icon(Icon::CHECK)), el(Tag::Span).text(&t("notify_saved"))]);
    }

    fn complain(&self, key: Option<&str>) {
        self.wrong.show(key.is_some());
        self.wrong.fill_text(&key.map(t).unwrap_or_default());
        for field in [&self.from, &self.to] {
            match key {
                Some(_) => field.put(Attr::AriaInvalid, "true"),
                None => field.drop_attr(Attr::AriaInvalid),
            }
        }
    }
}

/// A checkbox named and described by the words beside it, see [`row`].
pub(super) fn checkbox(name: &str) -> El {
    el(Tag::Input)
        .set(Attr::Type, "checkbox")
        .set(Attr::Name, name)
        .set(Attr::AriaLabelledby, &format!("{name}-name"))
        .set(Attr::AriaDescribedby, &format!("{name}-says"))
}

/// A choice with its name and what it means.
pub(super) fn row(input: &El, name: &str, says: &str) -> El {
    el(Tag::Label)
        .class("ww-check ww-check-2")
        .child(input)
        .child(&el(Tag::Span).class("ww-b").set(Attr::Id, &format!("{name}-name")).text(&t(name)))
        .child(&el(Tag::Span).class("ww-s ww-2").set(Attr::Id, &format!("{name}-says")).text(&t(says)))
}

/// The minute of the day that a time field says, `22:05`, perhaps with seconds.
pub(super) fn minutes(value: &str) -> Option<u16> {
    let (hours, rest) = value.split_once(':')?;
    let minutes = rest.split(':').next()?;
    let two_digits = |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok());
    let (hours, minutes): (u16, u16) = (two_digits(hours)??, two_digits(minutes)??);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A minute of the day as a time field wants it.
pub(super) fn time_of(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::{minutes, time_of};

    #[test]
    fn times_of_day_go_there_and_back() {
        for minute in 0..1440 {
            assert_eq!(minutes(&time_of(minute)), Some(minute));
        }
        assert_eq!(time_of(1440), "00:00", "what no day has is none");
        for (value, expected) in [
            ("22:05:30", Some(1325)),
            ("", None),
            ("24:00", None),
            ("12:60", None),
            ("1:00", None),
            ("12", None),
            ("+1:00", None),
            ("١٢:٠٠", None),
        ] {
            assert_eq!(minutes(value), expected, "{value:?}");
        }
    }
}
