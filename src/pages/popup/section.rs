//! A heading with a list below it; away while the list is empty.
//!
//! What must hold: what stands where it should is not touched, so that folds, typing and focus survive news.

use std::cell::RefCell;
use std::rc::Rc;

use uuid::Uuid;

use crate::pages::dom::{Attr, El, Tag, el};
use crate::pages::text::{number, t};

/// What a section lists.
pub(super) trait Listed {
    /// What tells it from the others.
    fn id(&self) -> Uuid;
    /// Its `li`, with the id as [`Attr::DataId`].
    fn element(&self) -> &El;
}

/// A section.
pub(super) struct Section {
    pub(super) root: El,
    count: El,
    list: El,
    order: RefCell<Vec<Uuid>>,
}

impl Section {
    /// One with a title and the classes of its list; `side` stands behind the title, else a number may.
    pub(super) fn new(title: &str, list: &str, side: Option<&El>) -> Self {
        let count = el(Tag::Span);
        let head = el(Tag::H2).class("ww-head").text(&t(title)).child(side.unwrap_or(&count));
        let list = el(Tag::Ul).class(list);
        let root = el(Tag::Section).child(&head).child(&list);
        root.show(false);
        Self { root, count, list, order: RefCell::default() }
    }

    /// Shows these, in this order.
    pub(super) fn show<T: Listed>(&self, items: &[Rc<T>], count: Option<u32>) {
        self.root.show(!items.is_empty());
        self.count.fill_text(&count.filter(|_| !items.is_empty()).map(number).unwrap_or_default());
        let order: Vec<Uuid> = items.iter().map(|item| item.id()).collect();
        if *self.order.borrow() == order {
            return;
        }
        let before = self.order.replace(order);
        let kept = items.iter().filter(|item| before.contains(&item.id())).count();
        let is_shorter = kept == items.len()
            && before.iter().filter(|id| items.iter().any(|item| item.id() == **id)).eq(self.order.borrow().iter());
        if is_shorter {
            // Only some went: the others keep their focus.
            for listed in self.list.all(Attr::DataId) {
                let stays = listed.get(Attr::DataId).is_some_and(|id| items.iter().any(|item| item.id().to_string() == id));
                if !stays {
                    listed.remove();
                }
            }
        } else {
            self.list.fill(items.iter().map(|item| item.element()));
        }
    }
}
