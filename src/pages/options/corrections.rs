//! What was said of all hits like one: shown, and taken back.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Claim, CorrectionRule};
use waxwing_protocol::page::{Answer, Fault, ToWorker};

use super::Options;
use crate::chrome::runtime::ask;
use crate::pages::dom::{Attr, El, Icon, Tag, el, icon_with};
use crate::pages::now;
use crate::pages::text::{Value, day, rich, t, t_with};
use crate::pages::widgets::{button, fault_words, ghosts};

/// Shows the rules, or that there is no server to ask.
pub(super) fn show(page: &Rc<Options>, connected: bool) {
    let into = page.corrections.clone();
    if !connected {
        into.fill([words("corrections_unasked")]);
        return;
    }
    if into.node().child_element_count() == 0 {
        into.fill([ghosts(1)]);
    }
    let page = Rc::clone(page);
    spawn_local(async move {
        match ask(&ToWorker::Corrections).await {
            Ok(Answer::Corrections { rules }) => {
                // What is about to be taken back is gone already, as far as can be seen.
                let gone = page.dropping.borrow().clone();
                let rules: Vec<CorrectionRule> = rules.into_iter().filter(|rule| !gone.contains(&rule.id)).collect();
                if rules.is_empty() {
                    into.fill([words("corrections_none")]);
                } else {
                    into.fill([words("corrections_say"), list(&page, &rules)]);
                }
            }
            Ok(_) => fail(&into, &Fault::Internal { detail: "corrections".to_owned() }),
            Err(fault) => fail(&into, &fault),
        }
    });
}

fn words(key: &str) -> El {
    el(Tag::P).class("ww-s ww-2").text(&t(key))
}

fn fail(into: &El, fault: &Fault) {
    into.fill([el(Tag::P).class("ww-s ww-2").set(Attr::Role, "status").text(&fault_words(fault))]);
}

fn list(page: &Rc<Options>, rules: &[CorrectionRule]) -> El {
    let now = now();
    el(Tag::Ul).class("card-list").children(rules.iter().map(|rule| item(page, rule, now)))
}

fn item(page: &Rc<Options>, rule: &CorrectionRule, now: Millis) -> El {
    let (which, class, claim) = match rule.claim {
        Claim::Me => (Icon::SELF, "v-self", "correction_me"),
        Claim::Person => (Icon::HUMAN, "v-human", "correction_person"),
        Claim::Machine => (Icon::SCANNER, "v-scanner", "correction_machine"),
    };
    let values = [&rule.network, &rule.agent, &rule.domain].map(|text| Value::Foreign(text.clone()));
    let item = el(Tag::Li).child(&icon_with(which, class)).child(
        &el(Tag::Div)
            .child(&el(Tag::B).class("ww-b").text(&t(claim)))
            .child(&el(Tag::P).class("ww-s ww-2 ww-any").children(rich("correction_of", &values)))
            .child(&el(Tag::P).class("ww-s ww-3").text(&t_with("correction_since", &[&day(rule.at, now)]))),
    );
    let (weak, row, id, claim) = (Rc::downgrade(page), item.clone(), rule.id, t(claim));
    let name = t_with("correction_drop_name", &[&claim, &rule.network]);
    let drop = button("ww-btn", &t("correction_drop")).set(Attr::AriaLabel, &name).on(&page.scope, "click", move |_| {
        let Some(page) = weak.upgrade() else { return };
        page.dropping.borrow_mut().push(id);
        row.show(false);
        let (committed, undone, row) = (weak.clone(), weak.clone(), row.clone());
        page.toast.offer(
            rich("correction_dropped", &[Value::Own(claim.clone())]),
            move || {
                spawn_local(async move {
                    let done = ask(&ToWorker::DropCorrection { id }).await;
                    let Some(page) = committed.upgrade() else { return };
                    page.dropping.borrow_mut().retain(|dropped| *dropped != id);
                    // Gone by another way is gone.
                    if let Err(fault) =
                        done.map(drop).or_else(|fault| if fault == Fault::NotFound { Ok(()) } else { Err(fault) })
                    {
                        page.complain(&fault);
                    }
                    page.refresh();
                });
            },
            move || {
                if let Some(page) = undone.upgrade() {
                    page.dropping.borrow_mut().retain(|dropped| *dropped != id);
                }
                row.show(true);
            },
        );
    });
    item.child(&drop)
}
