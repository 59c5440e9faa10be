//! One mail: what came of it, to whom it went, and how that is known.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::api::{Event, Message, MessageDetail, Recipient, RecipientKind};
use waxwing_protocol::page::{Answer, Fault, FromWorker, Link, ToWorker};

use super::frame::back_bar;
use super::row::{says, sign};
use super::timeline::timeline;
use super::{PATIENCE, Popup, Screen};
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Flag, Href, Icon, Scope, Tag, el, icon, icon_with};
use crate::pages::now;
use crate::pages::say::{GmailThread, State, count_links, sender_among, shown, state};
use crate::pages::text::{Value, count, moment, number, rich, rich_count, short_moment, t, t_with};
use crate::pages::widgets::{Weight, button, empty, fault_words, fold, ghosts, icon_button, note};

/// Recipients that are shown before the rest is folded.
const FIRST: usize = 4;

struct Detail {
    id: Uuid,
    title: El,
    bar: El,
    main: El,
    turn: Cell<u32>,
    drawn: RefCell<Option<MessageDetail>>,
    scope: Scope,
}

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>, id: Uuid) -> Screen {
    let scope = Scope::default();
    let title = el(Tag::H1).class("ww-cut");
    let (bar, back) = back_bar(popup, &scope, &title);
    let main = el(Tag::Main).class("screen-main");
    let root = el(Tag::Div).class("screen").child(&bar).child(&main);
    let detail = Rc::new(Detail { id, title, bar, main, turn: Cell::new(0), drawn: RefCell::default(), scope: scope.clone() });
    let (weak, waiting) = (Rc::downgrade(&detail), el(Tag::Div));
    detail.main.add(waiting.as_ref());
    Timeout::new(PATIENCE, move || {
        if weak.upgrade().is_some_and(|detail| detail.drawn.borrow().is_none()) {
            waiting.fill([ghosts(4)]);
        }
    })
    .forget();
    detail.load(popup);
    let weak = Rc::downgrade(popup);
    let hear = move |news: &FromWorker| {
        let mine = match news {
            FromWorker::News { event: Event::Activity { message, .. } | Event::Message { message } } => *message == detail.id,
            FromWorker::News { event: Event::Reset } => true,
            FromWorker::News { .. } => false,
            // Perhaps the backend is there again.
            FromWorker::StatusChanged => detail.drawn.borrow().is_none(),
        };
        if let Some(popup) = weak.upgrade().filter(|_| mine) {
            detail.load(&popup);
        }
    };
    Screen { root, focus: Some(back), scope, hear: Some(Box::new(hear)) }
}

impl Detail {
    fn load(self: &Rc<Self>, popup: &Rc<Popup>) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        let (this, popup) = (Rc::clone(self), Rc::downgrade(popup));
        spawn_local(async move {
            let answer = ask(&ToWorker::Detail { id: this.id }).await;
            let Some(popup) = popup.upgrade().filter(|_| this.turn.get() == turn) else { return };
            match answer {
                Ok(Answer::Detail { detail }) => this.draw(&popup, detail),
                Ok(_) => this.fail(&popup, &Fault::Internal { detail: "detail".to_owned() }),
                Err(fault) => this.fail(&popup, &fault),
            }
        });
    }

    fn fail(self: &Rc<Self>, popup: &Rc<Popup>, fault: &Fault) {
        if self.drawn.borrow().is_some() {
            // What was shown is still true as of then, and the foot says how the connection is.
            return;
        }
        let (weak, popup) = (Rc::downgrade(self), Rc::downgrade(popup));
        let again = button("ww-btn", &t("try_again")).on(&self.scope, "click", move |_| {
            if let (Some(detail), Some(popup)) = (weak.upgrade(), popup.upgrade()) {
                detail.load(&popup);
            }
        });
        let gone = matches!(fault, Fault::NotFound);
        self.title.fill_text(&t("detail_title"));
        let actions = if gone { vec![] } else { vec![again] };
        let which = if gone { Icon::TRASH } else { Icon::NOLINK };
        let title = if gone { "detail_gone" } else { "detail_failed" };
        self.main.fill([empty(
            Some(which),
            rich(title, &[]),
            &if gone { String::new() } else { fault_words(fault) },
            &actions,
        )]);
    }

    fn draw(self: &Rc<Self>, popup: &Rc<Popup>, detail: MessageDetail) {
        if self.drawn.borrow().as_ref() == Some(&detail) {
            return;
        }
        let first = self.drawn.borrow().is_none();
        let now = now();
        let message = &detail.message;
        if first {
            self.bar_actions(popup, message);
        }
        let state = state(message, popup.known(self.id));
        let head = el(Tag::Section).class("ww-pad ww-stack").child(&summary(message, state, now)).child(&facts(message, now));
        let mut parts = vec![head];
        if let Some(Link::Down { since, .. }) = popup.status().and_then(|status| status.link.clone()) {
            let from = Value::Own(short_moment(since, now));
            parts.push(note(Weight::Info, Icon::NOLINK, rich("note_as_of", &[from]), &[]));
        }
        if sender_among(&message.sender, &message.content.recipients) {
            parts.push(note(Weight::Info, Icon::SELF, rich("note_self_among", &[]), &[]));
        }
        parts.extend(timeline(&detail, now));
        parts.push(links(&detail));
        self.main.fill(parts);
        if first {
            self.long_subject(message);
        }
        *self.drawn.borrow_mut() = Some(detail);
    }

    fn bar_actions(self: &Rc<Self>, popup: &Rc<Popup>, message: &Message) {
        let subject = message.content.subject.trim().to_owned();
        if subject.is_empty() {
            self.title.fill_text(&t("no_subject"));
        } else {
            self.title.fill([el(Tag::Bdi).text(&subject)]);
        }
        if let Some(thread) = GmailThread::new(&message.sender, &message.gmail) {
            let name = t("open_in_gmail");
            let open = el(Tag::A)
                .class("ww-icon")
                .href(&Href::Gmail(thread))
                .set(Attr::AriaLabel, &name)
                .set(Attr::Title, &name)
                .child(&icon(Icon::EXTERNAL));
            self.bar.add(open.as_ref());
        }
        let (weak, id) = (Rc::downgrade(popup), self.id);
        let delete = icon_button(Icon::TRASH, &t("mail_delete")).on(&self.scope, "click", move |_| {
            if let Some(popup) = weak.upgrade() {
                popup.delete(id, &subject);
            }
        });
        self.bar.add(delete.as_ref());
    }

    /// The whole subject, when the bar could not hold it.
    fn long_subject(&self, message: &Message) {
        let title = self.title.node();
        if title.scroll_width() <= title.client_width() {
            return;
        }
        let whole = el(Tag::P).class("ww-whole-subject").foreign(message.content.subject.trim());
        if let Some(first) = self.main.node().first_element_child() {
            // Fails only when `first` is no child.
            let _ = first.insert_before(whole.as_ref(), first.first_child().as_ref());
        }
    }
}

/// What happened, in one block with what it rests on.
fn summary(message: &Message, state: State, now: waxwing_protocol::Millis) -> El {
    let activity = &message.activity;
    let (which, class) = sign(state);
    let people = u32::try_from(message.content.recipients.len()).unwrap_or(u32::MAX);
    let mut block = el(Tag::Div).class("ww-sum").child(&icon_with(which, class));
    block = match state {
        State::Opened | State::Clicked => {
            let lead = if state == State::Clicked {
                count("lead_clicked", activity.clicks, &[])
            } else {
                count("lead_opened", activity.opens, &[])
            };
            block = block.child(&el(Tag::P).class("ww-b ww-lead").text(&lead));
            let mut last = el(Tag::P).class("ww-s ww-2");
            if let Some(at) = activity.last_click_at {
                last = last.text(&t_with("sum_last_click", &[&moment(at, now)])).text(" ");
            }
            if let Some(at) = activity.last_open_at {
                let words = if state == State::Clicked {
                    count("sum_loaded", activity.opens, &[&moment(at, now)])
                } else {
                    t_with("sum_last_open", &[&moment(at, now)])
                };
                last = last.text(&words);
            }
            block = block.child(&last);
            let doubt = if people > 1 { rich_count("sum_doubt_many", people, &[]) } else { rich("sum_doubt", &[]) };
            block.child(&el(Tag::P).class("ww-s ww-2").children(doubt))
        }
        _ => block.child(&el(Tag::P).class("ww-lead").children(says(message, state, now))),
    };
    block
}

/// To whom, when, from whom.
fn facts(message: &Message, now: waxwing_protocol::Millis) -> El {
    let mut list = el(Tag::Dl).class("ww-kv");
    for (kind, key) in [(RecipientKind::To, "to"), (RecipientKind::Cc, "cc"), (RecipientKind::Bcc, "bcc")] {
        let people: Vec<&Recipient> = message.content.recipients.iter().filter(|recipient| recipient.kind == kind).collect();
        if people.is_empty() {
            continue;
        }
        let (first, rest) = people.split_at(people.len().min(FIRST));
        let mut cell = el(Tag::Dd).children(first.iter().map(|recipient| person(recipient)));
        if !rest.is_empty() {
            let more = u32::try_from(rest.len()).unwrap_or(u32::MAX);
            let inside = el(Tag::Div)
                .class("ww-people")
                .set(Attr::TabIndex, "0")
                .children(rest.iter().map(|recipient| person(recipient)));
            cell = cell.child(&fold(&count("and_more", more, &[]), [inside]));
        }
        list = list.child(&el(Tag::Dt).text(&t(key))).child(&cell);
    }
    let sent = el(Tag::Dd)
        .text(&moment(message.sent_at, now))
        .child(&el(Tag::Span).class("ww-3").children(rich("from", &[Value::Foreign(message.sender.clone())])));
    list.child(&el(Tag::Dt).text(&t("sent"))).child(&sent)
}

fn person(recipient: &Recipient) -> El {
    let line = el(Tag::Span).class("ww-person");
    match recipient.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => line.foreign(name).text(" ").child(&el(Tag::Span).class("ww-3").foreign(&recipient.address)),
        None => line.foreign(&recipient.address),
    }
}

/// The links and how often each was followed, and what none of this can show.
fn links(detail: &MessageDetail) -> El {
    let counts = count_links(&detail.message.content.links, &detail.hits);
    let mut section = el(Tag::Section).class("ww-pad ww-stack ww-rule");
    if !counts.is_empty() {
        let rows = counts.iter().map(|link| {
            el(Tag::Tr)
                .child(
                    &el(Tag::Th)
                        .set(Attr::Scope, "row")
                        .class("ww-clip")
                        .set(Attr::Title, &link.target)
                        .foreign(&shown(&link.target)),
                )
                .child(&el(Tag::Td).class("n").text(&number(link.clicks)))
        });
        let head = el(Tag::Tr)
            .child(&el(Tag::Th).set(Attr::Scope, "col").text(&t("link")))
            .child(&el(Tag::Th).set(Attr::Scope, "col").class("n").text(&t("clicks")));
        section = section
            .child(&el(Tag::H2).class("ww-b").text(&t("links")))
            .child(&el(Tag::Table).class("ww-table").child(&el(Tag::Thead).child(&head)).child(&el(Tag::Tbody).children(rows)));
        if detail.more_hits > 0 {
            section = section.child(&el(Tag::P).class("ww-hint").text(&t("links_of_latest")));
        }
    }
    section.child(&fold(&t("cannot_show"), [el(Tag::P).class("ww-s ww-2").text(&t("cannot_show_says"))]).flag(Flag::Open, true))
}
