//! What is stored where, what waits, and the list of mails that were not tracked.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::page::{NotTracked, ToWorker, key};

use super::Options;
use crate::chrome::runtime::ask;
use crate::chrome::storage::{Area, Storage};
use crate::pages::dom::{Attr, El, Icon, Tag, el, icon_with};
use crate::pages::text::{count, rich, t};
use crate::pages::widgets::button;

/// Shows the section; `waiting` mails are in the outbox.
pub(super) fn show(page: &Rc<Options>, into: &El, waiting: u32) {
    let (page, into) = (Rc::clone(page), into.clone());
    spawn_local(async move {
        // A list that cannot be read is shown as empty; the popup says what is wrong with the storage.
        let mails: Vec<NotTracked> = Area::Local.get(key::NOT_TRACKED).await.ok().flatten().unwrap_or_default();
        into.fill([kept(), lines(&page, waiting, mails), el(Tag::P).class("ww-s ww-2").text(&t("data_delete_mail"))]);
    });
}

/// A table of places and what lies there.
fn kept() -> El {
    let rows = [
        ("data_server", "data_server_says"),
        ("data_browser", "data_browser_says"),
        ("data_mail", "data_mail_says"),
        ("data_nowhere", "data_nowhere_says"),
    ];
    let head = el(Tag::Tr)
        .child(&el(Tag::Th).set(Attr::Scope, "col").text(&t("data_where")))
        .child(&el(Tag::Th).set(Attr::Scope, "col").text(&t("data_what")));
    el(Tag::Table).class("ww-table data").child(&el(Tag::Thead).child(&head)).child(&el(Tag::Tbody).children(rows.map(
        |(place, what)| {
            el(Tag::Tr).child(&el(Tag::Th).set(Attr::Scope, "row").text(&t(place))).child(&el(Tag::Td).text(&t(what)))
        },
    )))
}

fn lines(page: &Rc<Options>, waiting: u32, mails: Vec<NotTracked>) -> El {
    let weak = Rc::downgrade(page);
    let flush = button("ww-btn", &t("try_now")).on(&page.scope, "click", move |_| {
        let weak = weak.clone();
        spawn_local(async move {
            let done = ask(&ToWorker::Flush).await;
            let Some(page) = weak.upgrade() else { return };
            if let Err(fault) = done {
                page.complain(&fault);
            }
            page.refresh();
        });
    });
    let many = u32::try_from(mails.len()).unwrap_or(u32::MAX);
    let clear = button("ww-btn", &t("not_tracked_clear"));
    let not_tracked =
        line(Icon::OFF, &t("not_tracked_title"), &count("not_tracked_says", many, &[]), (many > 0).then_some(&clear));
    let (weak, row) = (Rc::downgrade(page), not_tracked.clone());
    page.scope.listen(clear.node(), "click", move |_| {
        let Some(page) = weak.upgrade() else { return };
        row.show(false);
        let (committed, undone) = (weak.clone(), row.clone());
        let ids: Vec<_> = mails.iter().map(|mail| mail.id).collect();
        page.toast.offer(
            rich("not_tracked_cleared", &[]),
            move || {
                spawn_local(async move {
                    for id in ids {
                        if let Err(fault) = ask(&ToWorker::DismissNotTracked { id }).await {
                            if let Some(page) = committed.upgrade() {
                                page.complain(&fault);
                            }
                            break;
                        }
                    }
                    if let Some(page) = committed.upgrade() {
                        page.refresh();
                    }
                });
            },
            move || undone.show(true),
        );
    });
    let outbox = line(Icon::OUTBOX, &t("outbox_title"), &count("outbox_says", waiting, &[]), (waiting > 0).then_some(&flush));
    el(Tag::Ul).class("card-list").child(&outbox).child(&not_tracked)
}

fn line(which: Icon, title: &str, says: &str, action: Option<&El>) -> El {
    let line = el(Tag::Li)
        .child(&icon_with(which, ""))
        .child(&el(Tag::Div).child(&el(Tag::B).class("ww-b").text(title)).child(&el(Tag::P).class("ww-s ww-2").text(says)));
    match action {
        Some(action) => line.child(action),
        None => line.child(&el(Tag::Span)),
    }
}
