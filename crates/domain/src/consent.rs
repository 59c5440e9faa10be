//! Consent of recipients: which address is whose, what is known of them, and what that means for a mail.
//!
//! What must hold: a refusal is never missed because an address was written another way; an agreement covers exactly the address
//! that agreed; nobody is taken to have agreed who did not. A mail to several recipients has one body, so that one of them who
//! refuses ends that kind of tracking for the whole mail. Nothing here reads a clock.

mod book;
mod decide;
mod line;
mod person;
mod place;

pub use book::{Book, Said, may_ask};
pub use decide::{By, Decision, Outcome, Reason, RecipientReason, decide, outcome_for, without_recipients};
pub use line::line;
pub use person::{Letters, Tables, exact, exact_by, root, root_by};
pub use place::{country, is_country};

use waxwing_protocol::Millis;

/// Who refused is not asked again for six months: 183 days.
pub const ASK_AGAIN_AFTER: Millis = 183 * DAY;

/// When tracking of a mail ends: so many days after it was sent.
pub fn until(sent_at: Millis, days: u32) -> Millis {
    sent_at.saturating_add(Millis::from(days).saturating_mul(DAY))
}

const DAY: Millis = 24 * 60 * 60 * 1_000;
