//! Erasing one recipient: of one account, or everywhere.
//!
//! A mail that went to them alone goes with all that is known of it. Of one that went to others too they are taken out: of its recipients,
//! of what is searched, of the domains that it counts under. Wherever else their address stands in a text, it is replaced; rows
//! that are about them alone (their time zone, what they said of tracking) go. What they refused stands, under a digest in their place: or a
//! sender could be rid of a refusal by erasing who refused.
//!
//! What must hold: all forms of an address that reach the same person are one, and an address that only ends or begins like theirs is
//! somebody else's. Hits of a mail with several recipients stay: nobody
//! can tell whose they are.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use uuid::Uuid;
use waxwing_domain::answers::person;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Event;

use super::erase::{Counts, Work};
use super::tables::{self, Owned};
use crate::account_id::AccountId;
use crate::backup::tables::Holds;
use crate::store::consent::{is_own_refusal, people};
use crate::store::rights::{Erasure, Kind};
use crate::store::sql::Value;
use crate::store::{Result, messages, rights_content};

/// What stands where their address stood.
const ERASED: &str = "erased";
/// Tables whose bodies have a list of recipients.
const BODIES: [&str; 3] = ["contents", "waiting_contents", "scheduled_contents"];
/// Tables of who uses this backend: whoever is erased as a recipient and has an account here keeps it. `messages` names their senders.
const OF_USERS: [&str; 7] = ["accounts", "people", "sessions", "invitations", "security_events", "mailboxes", "messages"];
/// Columns with the sender's own addresses, who may have written to themselves.
const OWN: [&str; 2] = ["sender", "home"];

/// Erases what there is of them; gives how many rows of which table went or were changed.
pub(super) async fn erase(work: &Work<'_>, erasure: &Erasure, now: Millis) -> Result<Counts> {
    let mut counts = Counts::new();
    let owned = tables::owned(work.store).await?;
    let accounts = match erasure.account {
        Some(account) => vec![account],
        None => work.store.accounts().await?.into_iter().map(|account| account.id).collect(),
    };
    for account in accounts {
        let whom = Whom { work, erasure, account, now };
        let before: u64 = counts.values().sum();
        let mut forms: BTreeSet<String> = erasure.address.iter().cloned().collect();
        for owned in owned.iter().filter(|owned| BODIES.contains(&owned.table.name.as_str())) {
            whom.out_of_bodies(owned, &mut forms, &mut counts).await?;
        }
        for form in &forms {
            for owned in &owned {
                whom.out_of_texts(owned, form, &mut counts).await?;
            }
        }
        if counts.values().sum::<u64>() > before {
            whom.tell_browsers().await?;
        }
    }
    Ok(counts)
}

struct Whom<'a> {
    work: &'a Work<'a>,
    erasure: &'a Erasure,
    account: AccountId,
    now: Millis,
}

impl Whom<'_> {
    fn is(&self, address: &str) -> bool {
        person(address)
            .is_some_and(|plain| self.work.keys.erased(Kind::Recipient.name(), &plain)[..] == self.erasure.digest[..])
    }

    fn is_theirs(&self, value: &Value) -> bool {
        matches!(value, Value::Text(Some(text)) if text.contains('@') && self.is(text))
    }

    /// The account's browsers load everything anew: their copies of it name whoever was erased.
    async fn tell_browsers(&self) -> Result<()> {
        for (account, event) in self.work.store.add_events(&[self.account], self.now, &Event::Reset).await? {
            if let Some(app) = self.work.app {
                app.news.publish(account, event);
            }
        }
        Ok(())
    }

    /// Of a row that says that they refused: what its addresses are replaced by.
    fn refused(&self, owned: &Owned, row: &[Value]) -> Option<Vec<(&'static str, String)>> {
        if owned.table.name != "consent_people" {
            return None;
        }
        let value = |name: &str| owned.table.columns.iter().position(|column| column.name == name).and_then(|at| row.get(at));
        let number = |name: &str| if let Some(Value::Integer(number)) = value(name) { *number } else { None };
        let themselves = |kind: &str| is_own_refusal(number(kind), number(&format!("{kind}_source")));
        if !themselves("opens") && !themselves("clicks") {
            return None;
        }
        let digest = |name: &'static str| match value(name) {
            Some(Value::Text(Some(text))) => Some((name, people::erased(self.account, text))),
            _ => None,
        };
        Some(["address", "root"].into_iter().filter_map(digest).collect())
    }

    /// Takes them out of the lists of recipients, and learns how their address was written.
    async fn out_of_bodies(&self, owned: &Owned, forms: &mut BTreeSet<String>, counts: &mut Counts) -> Result<()> {
        let Some(body) = owned.table.columns.iter().position(|column| column.name == "body") else { return Ok(()) };
        let mut last: Option<Vec<Value>> = None;
        loop {
            let rows = owned.page(self.work.store, self.account, last.as_deref()).await?;
            for row in &rows {
                let Some(Value::Text(Some(text))) = row.get(body) else { continue };
                let Ok(mut json) = serde_json::from_str::<Json>(text) else { continue };
                let Some(recipients) = json.get_mut("recipients").and_then(Json::as_array_mut) else { continue };
                let before = recipients.len();
                recipients.retain(|recipient| {
                    let address = recipient.get("address").and_then(Json::as_str).unwrap_or_default();
                    let them = self.is(address);
                    if them {
                        forms.insert(address.to_lowercase());
                    }
                    !them
                });
                if recipients.len() == before {
                    continue;
                }
                let alone = recipients.is_empty();
                *counts.entry(owned.table.name.clone()).or_default() += 1;
                self.change(owned, row, alone, json).await?;
            }
            let full = rows.len() == tables::PAGE;
            last = rows.into_iter().next_back();
            if !full {
                return Ok(());
            }
        }
    }

    async fn change(&self, owned: &Owned, row: &[Value], alone: bool, json: Json) -> Result<()> {
        let store = self.work.store;
        match owned.table.name.as_str() {
            "contents" => {
                let Some(Value::Integer(Some(seq))) = owned.key_of(row).into_iter().next() else { return Ok(()) };
                if !alone {
                    return rights_content::set(store, self.account, seq, json).await;
                }
                match rights_content::message(store, seq).await? {
                    Some(message) => self.delete(message).await,
                    None => Ok(()),
                }
            }
            "waiting_contents" if alone => {
                let id = owned.key_of(row).into_iter().find_map(|value| if let Value::Uuid(id) = value { id } else { None });
                match id {
                    Some(id) => rights_content::forget_waiting(store, self.account, id, self.now).await,
                    None => Ok(()),
                }
            }
            _ => owned.update(store, self.account, row, &[("body", json.to_string())]).await,
        }
    }

    /// A mail that went to them alone.
    async fn delete(&self, message: Uuid) -> Result<()> {
        let store = self.work.store;
        let stop = || {
            if let Some(app) = self.work.app {
                app.gate.stopped.insert(self.account, message);
            }
        };
        let deleted = store.delete_message(self.account, message, self.now, stop).await?;
        if let (messages::Delete::Deleted(event), Some(app)) = (deleted, self.work.app) {
            app.news.publish(self.account, event);
        }
        store.erase_hits(self.account, message).await
    }

    /// Wherever else the address stands.
    async fn out_of_texts(&self, owned: &Owned, form: &str, counts: &mut Counts) -> Result<()> {
        if OF_USERS.contains(&owned.table.name.as_str()) {
            return Ok(());
        }
        let mut last: Option<Vec<Value>> = None;
        loop {
            let rows = owned.with_text(self.work.store, self.account, last.as_deref(), form).await?;
            let mut changed = 0;
            for row in &rows {
                if is_about(&owned.table.name) && row.iter().any(|value| self.is_theirs(value)) {
                    changed += match self.refused(owned, row) {
                        Some(digests) => owned.update(self.work.store, self.account, row, &digests).await.map(|()| 1)?,
                        None => owned.delete(self.work.store, self.account, std::slice::from_ref(row)).await?,
                    };
                    continue;
                }
                if owned.table.key.iter().any(|at| contains(row.get(*at), form)) {
                    changed += owned.delete(self.work.store, self.account, std::slice::from_ref(row)).await?;
                    continue;
                }
                let texts: Vec<_> = owned
                    .table
                    .columns
                    .iter()
                    .zip(row)
                    .filter(|(column, value)| {
                        column.holds == Holds::Text && !OWN.contains(&column.name.as_str()) && contains(Some(value), form)
                    })
                    .filter_map(|(column, value)| match value {
                        Value::Text(Some(text)) => Some((column.name.as_str(), without(text, form))),
                        _ => None,
                    })
                    .collect();
                if texts.is_empty() {
                    continue;
                }
                owned.update(self.work.store, self.account, row, &texts).await?;
                changed += 1;
            }
            if changed > 0 {
                *counts.entry(owned.table.name.clone()).or_default() += changed;
            }
            let full = rows.len() == tables::PAGE;
            last = rows.into_iter().next_back();
            if !full {
                return Ok(());
            }
        }
    }
}

/// Tables whose rows are about one person each.
fn is_about(table: &str) -> bool {
    matches!(table, "contact_zones" | "waiting_people" | "consent_people" | "consent_log" | "consent_mails")
}

fn contains(value: Option<&Value>, form: &str) -> bool {
    matches!(value, Some(Value::Text(Some(text))) if places(&text.to_ascii_lowercase(), form).next().is_some())
}

/// The text with each place of the address, in whatever case, replaced.
fn without(text: &str, form: &str) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for found in places(&text.to_ascii_lowercase(), form) {
        out.push_str(&text[at..found]);
        out.push_str(ERASED);
        at = found + form.len();
    }
    out.push_str(&text[at..]);
    out
}

/// Where in a text, in lower case, an address stands as a whole.
fn places(text: &str, form: &str) -> impl Iterator<Item = usize> {
    text.match_indices(form)
        .filter(|(at, _)| !goes_on_before(&text[..*at]) && !goes_on_behind(&text[at + form.len()..]))
        .map(|(at, _)| at)
}

/// Whether what stands before an address belongs to it, which then is another one.
fn goes_on_before(before: &str) -> bool {
    let mut back = before.chars().rev();
    let (last, second, third) = (back.next(), back.next(), back.next());
    // `\n` in JSON and `%3c` in an URL are signs of their own.
    let is_escaped =
        second == Some('\\') || (third == Some('%') && [last, second].iter().flatten().all(char::is_ascii_hexdigit));
    !is_escaped && last.is_some_and(|last| last.is_alphanumeric() || matches!(last, '.' | '+' | '-' | '_'))
}

/// The same of what stands behind it: a dot ends a sentence, or a domain goes on.
fn goes_on_behind(behind: &str) -> bool {
    let mut next = behind.chars();
    match next.next() {
        Some('.') => next.next().is_some_and(char::is_alphanumeric),
        Some(first) => first.is_alphanumeric() || first == '-',
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_replaced_wherever_it_stands() {
        for (text, want) in [
            ("ann@b.example", "erased"),
            (r#"{"from":"Ann@B.example","to":["x@y.example"]}"#, r#"{"from":"erased","to":["x@y.example"]}"#),
            ("ann@b.example, ANN@b.example", "erased, erased"),
            ("überall ann@b.example ü", "überall erased ü"),
            ("nobody", "nobody"),
            (r"Dear all,\nann@b.example: yes", r"Dear all,\nerased: yes"),
            ("https://x.example/?to=%3Cann@b.example%3E", "https://x.example/?to=%3Cerased%3E"),
            ("mailto:ann@b.example?subject=x", "mailto:erased?subject=x"),
            ("Ask ann@b.example.", "Ask erased."),
            ("<ann@b.example>,'ann@b.example'", "<erased>,'erased'"),
            // Other people.
            ("joann@b.example", "joann@b.example"),
            ("jo.ann@b.example jo-ann@b.example jo+ann@b.example", "jo.ann@b.example jo-ann@b.example jo+ann@b.example"),
            ("ann@b.example.org ann@b.examples ann@b.example-x.org", "ann@b.example.org ann@b.examples ann@b.example-x.org"),
            ("joann@b.example, ann@b.example", "joann@b.example, erased"),
            ("äann@b.example", "äann@b.example"),
        ] {
            assert_eq!(without(text, "ann@b.example"), want);
        }
    }
}
