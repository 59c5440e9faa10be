//! One mail whose answer is waited for, with what can be done with it.
//!
//! What must hold: what it shows is drawn anew in its place, so that what is being typed and the focus stay.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AnsweredHow, ReminderState, WaitingAction, WaitingMail};
use waxwing_protocol::page::RefusedReminder;
use web_sys::Node;

use super::super::scheduled::text;
use super::super::section::Listed;
use super::super::time::TimeField;
use super::desk::Desk;
use super::time::time_field;
use super::words::{known, name, people, say, subject_line};
use crate::pages::dom::{Attr, El, Href, Icon, Scope, Tag, el, focused, icon, icon_with};
use crate::pages::now;
use crate::pages::say::GmailThread;
use crate::pages::text::{Value, age, days, iso, local_day, moment, rich, short_moment, t, t_with};
use crate::pages::widgets::button;
use crate::told;

/// In milliseconds.
const DAY: Millis = 86_400_000;

/// What a card is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Of {
    /// A mail, in the list where it stands.
    Mail(Box<WaitingMail>, Stands),
    /// A reminder that the backend refused.
    Refused(Box<RefusedReminder>),
}

/// In which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// It needs its user.
    Back,
    /// It waits for an answer.
    Waiting,
    /// It was answered.
    Answered,
}

impl Of {
    fn id(&self) -> Uuid {
        match self {
            Self::Mail(mail, _) => mail.id,
            Self::Refused(refused) => refused.id,
        }
    }
}

/// One mail.
pub(super) struct Card {
    this: Weak<Card>,
    desk: Weak<Desk>,
    root: El,
    of: RefCell<Of>,
    /// What went wrong with what was asked for last.
    fault: RefCell<String>,
    field: RefCell<Option<Rc<TimeField>>>,
    /// Listeners of what is drawn.
    scope: RefCell<Scope>,
}

impl Listed for Card {
    fn id(&self) -> Uuid {
        self.of.borrow().id()
    }

    fn element(&self) -> &El {
        &self.root
    }
}

impl Card {
    /// The card.
    pub(super) fn new(desk: &Rc<Desk>, of: Of) -> Rc<Self> {
        let card = Rc::new_cyclic(|this| Self {
            this: this.clone(),
            desk: Rc::downgrade(desk),
            root: el(Tag::Li).set(Attr::DataId, &of.id().to_string()),
            of: RefCell::new(of),
            fault: RefCell::default(),
            field: RefCell::default(),
            scope: RefCell::default(),
        });
        card.draw();
        card
    }

    /// The mail as it is shown; `None` of a refused reminder.
    pub(super) fn mail(&self) -> Option<WaitingMail> {
        match &*self.of.borrow() {
            Of::Mail(mail, _) => Some((**mail).clone()),
            Of::Refused(_) => None,
        }
    }

    /// Shows how it stands now.
    pub(super) fn show(&self, of: Of) {
        if *self.of.borrow() == of {
            return;
        }
        let stands = |of: &Of| match of {
            Of::Mail(mail, stands) => Some((*stands, mail.reminder.as_ref().map(|reminder| reminder.state))),
            Of::Refused(_) => None,
        };
        if stands(&self.of.borrow()) != stands(&of) {
            // What was being changed is not what it was.
            self.field.take();
        }
        *self.of.borrow_mut() = of;
        self.fault.take();
        self.draw();
    }

    /// The same, in the list where it stands.
    pub(super) fn set(&self, mail: WaitingMail) {
        let stands = match &*self.of.borrow() {
            Of::Mail(_, stands) => *stands,
            Of::Refused(_) => return,
        };
        self.show(Of::Mail(Box::new(mail), stands));
    }

    /// Says in its place what went wrong.
    pub(super) fn complain(&self, words: String) {
        *self.fault.borrow_mut() = words;
        self.draw();
    }

    /// Gives the focus to what can be pressed first.
    pub(super) fn focus(&self) {
        self.root.focus_inside();
    }

    /// Opens or closes the field for a time.
    pub(super) fn toggle_field(&self) {
        let (Some(desk), Some(this)) = (self.desk.upgrade(), self.this.upgrade()) else { return };
        let before = self.field.take();
        if before.is_none() {
            *self.field.borrow_mut() = Some(time_field(&desk, &this));
        }
        self.draw();
        match self.field.borrow().as_ref() {
            Some(field) => field.focus(),
            None => drop(self.root.find(Attr::DataAct, "time").map(|button| button.focus_still())),
        }
    }

    /// A time was refused: said where it was typed.
    pub(super) fn time_failed(&self, words: &str) {
        if let Some(field) = self.field.borrow().as_ref() {
            field.failed(words);
        }
    }

    /// Draws it anew.
    pub(super) fn draw(&self) {
        let held = focused().filter(|element| self.root.node().contains(Some(element)));
        let held = held.and_then(|element| El::of(element).get(Attr::DataAct));
        self.scope.take();
        let drawn = match &*self.of.borrow() {
            Of::Mail(mail, Stands::Back) => self.back(mail, now()),
            Of::Mail(mail, Stands::Waiting) => self.waiting(mail, now()),
            Of::Mail(mail, Stands::Answered) => self.answered(mail, now()),
            Of::Refused(refused) => self.refused(refused, now()),
        };
        self.root.fill([drawn]);
        if let Some(again) = held.and_then(|act| self.root.find(Attr::DataAct, &act)) {
            again.focus_still();
        }
    }

    /// A reminder that came, or a mail that did not arrive.
    fn back(&self, mail: &WaitingMail, now: Millis) -> El {
        if let Some(bounced) = mail.bounced.as_ref().filter(|_| !told::is_back(mail)) {
            let mut words = say(&told::bounced(bounced, mail), now);
            if told::reminder_on(mail).is_some() {
                words.push(text(" · "));
                words.push(coming(mail, now));
            }
            // Anybody could have written the notice: the doubt stands where it is said, as it does with an answer.
            let doubt = self.press("ww-link", "arrived", &t("waiting_did_arrive"), |desk, card| {
                desk.after_a_while(card, WaitingAction::NotAnAnswer, "waiting_said_arrived");
            });
            words.extend([text(" "), doubt.node().clone().into()]);
            let mut ways: Vec<El> = Self::write_again(mail, "ww-btn").into_iter().collect();
            ways.push(self.press("ww-link ww-s", "dismiss", &t("sched_dismiss"), |desk, card| {
                desk.after_a_while(card, WaitingAction::Dismiss, "waiting_said_dismissed");
            }));
            return Self::line(mail, "ww-mail ww-still is-bad", &icon_with(Icon::FAILED, "t-bad"), &time(bounced.at, now))
                .child(&el(Tag::P).class("ww-mail-say").children(words))
                .child(&row(ways))
                .children(self.below());
        }
        let reminder = mail.reminder.as_ref();
        let mut words = reminder.map(|reminder| say(&told::back(reminder), now)).unwrap_or_default();
        if let Some((known, _)) = known(mail, now) {
            words.push(text(" "));
            words.extend(known);
            words.push(text("."));
        }
        let mut ways: Vec<El> = Self::write_again(mail, "ww-btn").into_iter().collect();
        ways.push(self.press("ww-btn", "tomorrow", &t("remind_tomorrow"), |desk, card| {
            let wish = card.mail().and_then(|mail| desk.tomorrow(mail.reminder.as_ref()?));
            if let Some(wish) = wish {
                desk.after_a_while(card, WaitingAction::Snooze { wish }, "waiting_said_tomorrow");
            }
        }));
        ways.push(self.time_button("waiting_other_time"));
        ways.push(self.press("ww-link ww-s", "done", &t("remind_done"), |desk, card| {
            desk.after_a_while(card, WaitingAction::Done, "waiting_said_done");
        }));
        Self::line(mail, "ww-mail ww-still is-new", &icon(Icon::BELL), &since(mail.sent_at, now))
            .child(&el(Tag::P).class("ww-mail-say").children(words))
            .child(&row(ways))
            .children(self.below())
    }

    /// What waits for an answer.
    fn waiting(&self, mail: &WaitingMail, now: Millis) -> El {
        let away = told::away(mail);
        let known = known(mail, now);
        let mut words: Vec<Node>;
        let sign = if away.is_empty() {
            let (said, (which, class)) = known.unwrap_or_else(|| (rich("waiting_untracked", &[]), (Icon::MAIL, "")));
            words = said;
            words.push(text(" · "));
            words.push(coming(mail, now));
            icon_with(which, class)
        } else {
            words = say(&away, now);
            if told::moved(mail).is_none() {
                words.push(text(" · "));
                words.push(coming(mail, now));
            }
            icon(Icon::CALENDAR)
        };
        words.push(text(" "));
        if told::moved(mail).is_some() {
            let undo = self.press("ww-link", "undo", &t("undo"), |desk, card| desk.at_once(card, WaitingAction::NotAway));
            words.extend([undo.node().clone().into(), text(" ")]);
        }
        let state = mail.reminder.as_ref().map(|reminder| reminder.state);
        if state != Some(ReminderState::Returning) {
            let on = state == Some(ReminderState::Waiting);
            words.push(
                self.time_button(if on { "waiting_change" } else { "waiting_add" }).class("ww-link").node().clone().into(),
            );
        }
        Self::line(mail, "ww-mail ww-still", &sign, &since(mail.sent_at, now))
            .child(&el(Tag::P).class("ww-mail-say").children(words))
            .children(self.below())
    }

    /// What was answered.
    fn answered(&self, mail: &WaitingMail, now: Millis) -> El {
        let Some(answered) = &mail.answered else { return self.waiting(mail, now) };
        let mut words = say(&told::answered(answered, mail), now);
        let doubt = match (answered.how, name(&mail.content)) {
            (AnsweredHow::Alias | AnsweredHow::Company, Some(name)) => t_with("waiting_not_name", &[&name]),
            _ => t("waiting_no_answer"),
        };
        let doubt = self.press("ww-link", "no-answer", &doubt, |desk, card| {
            desk.after_a_while(card, WaitingAction::NotAnAnswer, "waiting_said_not_answer");
        });
        words.extend([text(" "), doubt.node().clone().into()]);
        Self::line(mail, "ww-mail ww-still", &icon_with(Icon::ANSWERED, "s-answered"), &time(answered.at, now))
            .child(&el(Tag::P).class("ww-mail-say").children(words))
            .children(self.below())
    }

    /// A reminder that was not set.
    fn refused(&self, refused: &RefusedReminder, now: Millis) -> El {
        let content = &refused.mail.content;
        let id = refused.id;
        let words = rich("waiting_refused", &[Value::Own(refused.status.to_string())]);
        let dismiss = self.press("ww-link ww-s", "drop", &t("sched_dismiss"), move |desk, card| desk.drop_refused(card, id));
        el(Tag::Div)
            .class("ww-mail ww-still is-bad")
            .child(&icon_with(Icon::FAILED, "t-bad"))
            .child(&el(Tag::H3).class("ww-mail-who ww-cut").children(people(content)))
            .child(&time(refused.mail.sent_at, now))
            .child(&el(Tag::P).class("ww-mail-sub ww-cut").child(&subject_line(content)))
            .child(&el(Tag::P).class("ww-mail-say").children(words))
            .child(&row([dismiss]))
            .children(self.below())
    }

    /// Who, when, and about what. The subject leads to the conversation, where that is known.
    fn line(mail: &WaitingMail, class: &str, sign: &web_sys::Element, when: &El) -> El {
        let subject = subject_line(&mail.content);
        let subject = match conversation(mail) {
            Some(thread) => {
                el(Tag::A).class("ww-quiet").href(&Href::Gmail(thread)).set(Attr::Title, &t("waiting_open")).child(&subject)
            }
            None => subject,
        };
        let mut line = el(Tag::Div).class(class);
        if class.contains("is-new") {
            line = line.child(&el(Tag::Span).class("ww-sr").text(&t("new")));
        }
        line.child(sign)
            .child(&el(Tag::H3).class("ww-mail-who ww-cut").children(people(&mail.content)))
            .child(when)
            .child(&el(Tag::P).class("ww-mail-sub ww-cut").child(&subject))
    }

    /// The field for a time, and what went wrong.
    fn below(&self) -> Vec<El> {
        let mut parts = Vec::new();
        parts.extend(self.field.borrow().as_ref().map(|field| field.element().clone()));
        let fault = self.fault.borrow();
        if !fault.is_empty() {
            parts.push(
                el(Tag::P)
                    .class("ww-err ww-mail-more")
                    .set(Attr::Role, "alert")
                    .child(&icon(Icon::FAILED))
                    .child(&el(Tag::Span).text(&fault)),
            );
        }
        parts
    }

    /// Leads to the conversation, to write in it again.
    fn write_again(mail: &WaitingMail, class: &str) -> Option<El> {
        let thread = conversation(mail)?;
        Some(el(Tag::A).class(class).href(&Href::Gmail(thread)).set(Attr::DataAct, "write").text(&t("waiting_write_again")))
    }

    fn time_button(&self, words: &'static str) -> El {
        let expanded = if self.field.borrow().is_some() { "true" } else { "false" };
        self.press("ww-link ww-s", "time", &t(words), |_, card| card.toggle_field()).set(Attr::AriaExpanded, expanded)
    }

    fn press(&self, class: &str, act: &'static str, words: &str, run: impl Fn(&Rc<Desk>, &Rc<Card>) + 'static) -> El {
        let (card, desk) = (self.this.clone(), self.desk.clone());
        button(class, words).set(Attr::DataAct, act).on(&self.scope.borrow(), "click", move |_| {
            if let (Some(card), Some(desk)) = (card.upgrade(), desk.upgrade()) {
                run(&desk, &card);
            }
        })
    }
}

/// When its reminder comes: of the machinery, not of the recipient, so never in the colour of a verdict.
fn coming(mail: &WaitingMail, now: Millis) -> Node {
    el(Tag::Span).class("ww-coming").children(say(&[told::coming(mail)], now)).node().clone().into()
}

fn row(ways: impl IntoIterator<Item = El>) -> El {
    el(Tag::Div).class("ww-mail-more ww-row-btns").children(ways)
}

fn time(at: Millis, now: Millis) -> El {
    let time = el(Tag::Time).set(Attr::DateTime, &iso(at)).set(Attr::Title, &moment(at, now)).text(&short_moment(at, now));
    el(Tag::Span).class("ww-mail-when").child(&time)
}

/// How long ago it was sent.
fn since(at: Millis, now: Millis) -> El {
    // In days, however many: whoever waits counts them.
    let whole = local_day(now).saturating_sub(local_day(at));
    let age = if whole > 0 { Some(days(whole.saturating_mul(DAY))) } else { age(at, now) };
    let Some(age) = age else { return time(at, now) };
    let time = el(Tag::Time).set(Attr::DateTime, &iso(at)).set(Attr::Title, &moment(at, now)).text(&age);
    el(Tag::Span).class("ww-mail-when").child(&time)
}

/// The conversation to look at: that of the answer where it is another one.
fn conversation(mail: &WaitingMail) -> Option<GmailThread> {
    let mut ids = mail.gmail.clone();
    if let Some(thread) = mail.answered.as_ref().and_then(|answered| answered.thread.clone()) {
        ids.legacy_thread = Some(thread);
    }
    GmailThread::new(&mail.sender, &ids)
}
