//! The mail that asks an address to confirm what was asked for in its name, and its sending.
//!
//! What must hold: it goes to recipients of that very mail and to nobody else, whoever typed the address: nobody is written to through
//! somebody's mailbox who was not written to by them. It is plain text in two languages, with one link and nothing that is tracked. What
//! whoever asked is told does not depend on whether it was sent.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use uuid::Uuid;
use waxwing_domain::consent::{exact, root};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessReason, MailboxState, Message};

use crate::account_id::AccountId;
use crate::app::App;
use crate::entropy;
use crate::http::auth::hash;
use crate::mailbox::{Commit, Outgoing, Purpose, SendOutcome, TRACE_HEADER, Trace};
use crate::reminders::note;
use crate::store::consent::mails::Asked;
use crate::store::mailboxes::StoredMailbox;
use crate::store::{Result, StoreError};

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// A mail is on its way, if the address is a recipient's and none went to it today.
    Perhaps,
    /// What was typed is no address.
    NoAddress,
    /// The sender has no mailbox connected here: nothing can be confirmed.
    NoMailbox,
}

/// Sends it, if it may be sent. What goes wrong on the way is logged, and not told.
pub async fn send(app: &Arc<App>, account: AccountId, message: Uuid, typed: &str) -> Result<Sent> {
    let Some(address) = exact(typed) else { return Ok(Sent::NoAddress) };
    // Nothing leaves through the mailbox of an account that was stopped, whoever asks.
    if app.gate.closed.contains(account) {
        return Ok(Sent::NoMailbox);
    }
    let Some(mail) = app.store.message(account, message, 1).await? else { return Ok(Sent::Perhaps) };
    let Some(mailbox) = mailbox(app, account, &mail.message.sender).await? else { return Ok(Sent::NoMailbox) };
    // Beside the answer, from the first thing on that depends on what was typed: how long it takes says nothing of whether the address
    // is a recipient's.
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let Some(address) = written_to(&mail.message, &address) else { return };
        match ask(&app, &mailbox, Asked { account, address, message }).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!("a mail that asks a recipient to confirm could not be sent"),
            Err(error) => tracing::warn!(%error, "a mail that asks a recipient to confirm was not sent"),
        }
    });
    Ok(Sent::Perhaps)
}

/// Where the mail went, and not what was typed: another form of an address may be somebody else's. `None`: it did not go there, or to an
/// address that a header would not say to the letter, so that another one would be written to.
fn written_to(mail: &Message, typed: &str) -> Option<String> {
    let own = root(typed);
    let recipients = mail.content.recipients.iter().filter_map(|recipient| exact(&recipient.address));
    let mut written: Vec<_> = recipients.filter(|other| root(other) == own).collect();
    written.sort_by_key(|other| other != typed);
    written.into_iter().next().filter(|address| note::address(address) == *address)
}

/// Asks, unless this address was asked today. False: it could not be sent, and does not count.
async fn ask(app: &Arc<App>, mailbox: &StoredMailbox, asked: Asked) -> Result<bool> {
    let (code, now) = (code(app)?, app.clock.now());
    if !app.store.ask_to_confirm(&hash(&code), &asked, now).await? || hand_over(app, mailbox, &asked, &code, now).await {
        return Ok(true);
    }
    app.store.forget_asking(&hash(&code), asked.account).await?;
    Ok(false)
}

/// The mailbox that the mail was sent from: from another one the address of that would be given away.
async fn mailbox(app: &App, account: AccountId, sender: &str) -> Result<Option<StoredMailbox>> {
    let mut mailboxes = app.store.mailboxes(account).await?;
    mailboxes.retain(|mailbox| mailbox.removed_at.is_none() && !matches!(mailbox.state, MailboxState::SignIn { .. }));
    let sender = sender.to_lowercase();
    Ok(mailboxes.into_iter().find(|mailbox| mailbox.address == sender))
}

fn code(app: &App) -> Result<String> {
    let bytes = entropy::bytes::<24>(app.entropy.as_ref());
    let bytes = bytes.map_err(|_| StoreError::Unavailable("no randomness".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// True when it was taken, or may have been.
async fn hand_over(app: &App, mailbox: &StoredMailbox, asked: &Asked, code: &str, now: Millis) -> bool {
    let Ok(id) = entropy::uuid(app.entropy.as_ref()) else { return false };
    let Ok(open) = app.mailboxes.get(mailbox.id).await else { return false };
    let link = format!("{}/r/m/{code}", app.settings.tracking_url);
    let raw = write(&Says { id, from: &mailbox.address, to: &asked.address, link: &link, now });
    let domain = mailbox.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let trace = Trace { id, rfc_id: format!("<{}.ask@{domain}>", id.simple()), draft: None, thread: None, at: now };
    let mail = Outgoing {
        draft: None,
        raw: Arc::from(raw),
        sender: mailbox.address.clone(),
        recipients: vec![asked.address.clone()],
        trace,
    };
    let purpose = Purpose { reason: AccessReason::Consent, scheduled: None, waiting: None };
    let ledger = app.mailboxes.ledger(mailbox.id, purpose);
    match open.send(&mail, &Yes, &ledger).await {
        SendOutcome::Sent(sent) => sent.refused.is_empty(),
        SendOutcome::Unclear(_) => true,
        SendOutcome::NotSent(_) | SendOutcome::LeaseLost => false,
    }
}

/// It is written down before that it is sent.
struct Yes;

impl Commit for Yes {
    fn commit(&self) -> BoxFuture<'_, bool> {
        Box::pin(async { true })
    }
}

struct Says<'a> {
    id: Uuid,
    from: &'a str,
    to: &'a str,
    link: &'a str,
    now: Millis,
}

fn write(says: &Says<'_>) -> Vec<u8> {
    let (from, to) = (note::address(says.from), note::address(says.to));
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let id = says.id.simple();
    let mut mail = String::with_capacity(2_048);
    // Writing to a string does not fail.
    let _ = write!(
        mail,
        "Message-ID: <{id}.ask@{domain}>\r\nDate: {}\r\nFrom: <{from}>\r\nTo: <{to}>\r\n{TRACE_HEADER}: {}\r\n\
         Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nSubject:",
        note::date(says.now),
        says.id,
    );
    note::header_text(&mut mail, "Confirm your choice about tracking / Ihre Wahl zur Nachverfolgung bestätigen");
    mail.push_str("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    note::lines(&mut mail, text(&from, &to, says.link).as_bytes());
    mail.into_bytes()
}

fn text(from: &str, to: &str, link: &str) -> String {
    format!(
        "Somebody asked to refuse, for the address {to}, that mails from {from} record that they are opened or that their \
         links are followed. If that was you, open this page and choose there:\r\n\r\n{link}\r\n\r\nThe page is good for a week. If \
         it was not you, do nothing: nothing changes. This mail is not tracked.\r\n\r\n-- \r\n\r\nJemand wollte für die Adresse {to} \
         ablehnen, dass Mails von {from} festhalten, dass sie geöffnet werden oder dass ihren Links gefolgt wird. Waren Sie \
         das, öffnen Sie diese Seite und wählen Sie dort:\r\n\r\n{link}\r\n\r\nDie Seite gilt eine Woche. Waren Sie es nicht, tun Sie \
         nichts: Dann ändert sich nichts. Diese Mail wird nicht nachverfolgt.\r\n"
    )
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn no_line_of_its_head_is_anybody_elses() {
        let link = "https://t.example/r/m/AAAA";
        let says = Says {
            id: Uuid::from_u128(7),
            from: "me@example.org",
            to: "ann@example.org\r\nBcc: eve@evil.example",
            link,
            now: 0,
        };
        let mail = String::from_utf8(write(&says)).unwrap();
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(mail.lines().all(|line| line.len() <= 78 || line.starts_with("To:")), "{mail}");
        let text = STANDARD.decode(body.replace("\r\n", "")).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.matches(link).count(), 2, "once in each language");
        assert!(!text.contains('<'), "no markup");
    }
}
