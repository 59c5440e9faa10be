//! The proof: what Gmail really sent, read from the request that the page-world observer passed on.

use std::rc::Rc;

use serde_json::Value;
use waxwing_domain::address::Own;
use waxwing_domain::strip::find_marks_in_html;
use waxwing_protocol::page::{Policy, WhyNot};

use super::app::App;
use super::ledger::Marks;
use super::{report, shell};
use crate::gmail::account;
use crate::gmail::wire::{self, Contact, Mail};
use crate::json;

/// What the observer passes on, of a request or of its response.
struct Seen {
    body: String,
    /// The status, of a response; 0 of a request.
    status: u64,
}

impl Seen {
    fn read(detail: &str) -> Option<Self> {
        let Some(Value::Object(mut seen)) = json::read(detail) else { return None };
        let status = seen.get("status").and_then(Value::as_u64).unwrap_or(0);
        // Taken, not removed: the code to take an entry out of a map is larger than all of this file's.
        match seen.get_mut("body").map(Value::take) {
            Some(Value::String(body)) => Some(Self { body, status }),
            _ => None,
        }
    }
}

impl App {
    /// A save or send request left the page. Called before anything else of the page runs, so that a tab closed right after
    /// Send has its mail in the outbox all the same.
    pub fn on_request(self: &Rc<Self>, detail: &str) {
        let Some(Seen { body, .. }) = Seen::read(detail) else { return };
        // Drafts are saved all the time: only what may concern a mail of ours is read.
        let leaves = ["\"^pfg\"", "\"^scheduled\""].iter().any(|label| body.contains(label));
        if !leaves && !self.ledger.borrow().concerns(&body) {
            self.look_at_draft(&body);
            return;
        }
        let mails = wire::read_request(&body).unwrap_or_default();
        if mails.is_empty() && leaves {
            self.findings.borrow_mut().missing("wire");
            self.tell_health();
        }
        let accounts = self.accounts();
        let mails: Vec<(Mail, Marks)> = mails
            .into_iter()
            .map(|mut mail| {
                if mail.from.is_none() {
                    mail.from = account::address(&self.document).map(|address| Contact { address, name: None });
                }
                let marks = marks(&mail.html(), &accounts);
                (mail, marks)
            })
            .collect();
        let unseen = self.why_unseen();
        let acts = self.ledger.borrow_mut().request(&mails, shell::now(), unseen, shell::new_id);
        acts.into_iter().for_each(report::act);
    }

    /// A response to such a request came.
    pub fn on_response(&self, detail: &str) {
        let Some(Seen { body, status }) = Seen::read(detail) else { return };
        if status >= 400 || !self.ledger.borrow().concerns(&body) {
            return;
        }
        let mails = wire::read_response(&body).unwrap_or_default();
        let acts = self.ledger.borrow_mut().response(&mails);
        acts.into_iter().for_each(report::act);
    }

    /// A draft with a mark of ours was saved, against all care: the next save is to be clean.
    fn look_at_draft(self: &Rc<Self>, body: &str) {
        if self.account().is_some_and(|account| body.contains(&format!("/o/{account}/"))) {
            self.look_soon();
        }
    }

    /// Why a mail that the gate did not see is not tracked, if it should be.
    fn why_unseen(&self) -> Option<WhyNot> {
        let settings = self.settings.borrow();
        match (settings.policy(), &settings.mint) {
            (Some(Policy::Every), Some(_)) => Some(WhyNot::ComposeUnknown),
            (Some(Policy::Every), None) => Some(WhyNot::NotConnected),
            _ => None,
        }
    }

    /// The accounts whose marks may be in a mail: the one paired now, and those of mails that are on their way.
    fn accounts(&self) -> Vec<String> {
        let mut accounts = Vec::new();
        for account in self.ledger.borrow().accounts().into_iter().chain(self.account()) {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        accounts
    }
}

fn marks(html: &str, accounts: &[String]) -> Marks {
    let mut marks = Marks::default();
    for own in accounts.iter().flat_map(|account| find_marks_in_html(html, account)) {
        let id = own.token().message;
        match own {
            Own::Pixel { .. } => marks.pixels.push(id),
            Own::Click { .. } => marks.clicks.push(id),
            Own::Line { .. } => marks.lines.push(id),
        }
    }
    marks
}
