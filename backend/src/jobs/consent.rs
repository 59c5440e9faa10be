//! What may be tracked in a mail that is about to leave: decided at that moment, since a recipient may have refused after it was
//! scheduled.
//!
//! The same for the line with the link to the recipient's page: it is as the account has it at that moment, and in no mail to people who
//! all refused something within six months.
//!
//! What must hold: a refusal counts up to the moment in which the mail is made. When the account has chosen nothing here, what its
//! writer wanted for this mail stands, but for refusals.

use waxwing_domain::consent::{Outcome, Reason, decide, line, may_ask};
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;
use waxwing_protocol::page::HeldLine;

use crate::account_id::AccountId;
use crate::outgoing::{NotTrackedWhy, Summary};
use crate::store::{Result, Store};

/// What may be tracked in a mail.
pub(super) struct Decided {
    /// These kinds.
    pub(super) tracks: Kinds,
    /// Why not all.
    pub(super) why: Option<NotTrackedWhy>,
    /// The line that it carries if anything is tracked.
    pub(super) line: Option<HeldLine>,
}

/// What may be tracked in a mail that its writer wants tracked.
pub(super) async fn of(store: &Store, account: AccountId, mail: &Summary, now: Millis) -> Result<Decided> {
    let to: Vec<String> = mail.recipients.iter().map(|recipient| recipient.address.clone()).collect();
    let settings = store.consent_settings(account).await?;
    let (book, erased) = store.book_of(account, &to).await?;
    let decision = decide(&settings, &mail.from, to.iter().map(String::as_str), |address| book.said(address));
    let refused = erased.or(decision.why.iter().fold(Kinds::NONE, |refused, why| {
        refused.or(Kinds { opens: why.opens == Reason::Refused, clicks: why.clicks == Reason::Refused })
    }));
    // Whom the writer was asked about, he said yes to.
    let ruled_out = if settings.policy.is_some() {
        Kinds { opens: decision.opens == Outcome::No, clicks: decision.clicks == Outcome::No }
    } else {
        Kinds::NONE
    };
    let tracks = Kinds::ALL.without(refused).without(ruled_out);
    let why = if refused.any() { NotTrackedWhy::Refused } else { NotTrackedWhy::NotAgreed };
    let tells = decision.why.iter().any(|recipient| may_ask(book.said(&recipient.address), now));
    let line = settings.line_words().filter(|_| tells).map(line);
    Ok(Decided { tracks, why: (tracks != Kinds::ALL).then_some(why), line })
}
