//! Where the words for what went wrong stand, and beside which field.

use waxwing_protocol::page::{Fault, WhyNot};

/// The key of a fault's sentence.
pub(crate) const fn fault_key(fault: &Fault) -> &'static str {
    match fault {
        Fault::NotConnected => "fault_not_connected",
        Fault::BadAddress => "fault_bad_address",
        Fault::Unreachable => "fault_unreachable",
        Fault::NotWaxwing => "fault_not_waxwing",
        Fault::Timeout => "fault_timeout",
        Fault::CodeUnknown => "fault_code_unknown",
        Fault::CodeExpired => "fault_code_expired",
        Fault::CodeUsed => "fault_code_used",
        Fault::RateLimited { .. } => "fault_rate_limited",
        Fault::Revoked => "fault_revoked",
        Fault::NotFound => "fault_not_found",
        Fault::Unavailable => "fault_unavailable",
        Fault::TooOld => "fault_too_old",
        Fault::DraftUnknown => "fault_draft_unknown",
        Fault::DraftUnfit => "fault_draft_unfit",
        Fault::NoTime => "fault_no_time",
        Fault::Conflict => "fault_conflict",
        Fault::Mailbox { .. } => "fault_mailbox",
        Fault::NoGoogleClient => "fault_no_google_client",
        Fault::StorageFull => "fault_storage_full",
        Fault::Refused { .. } => "fault_refused",
        Fault::Internal { .. } => "fault_internal",
    }
}

/// Which field of the connect form a fault speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The server's address.
    Server,
    /// The pairing code.
    Code,
    /// Neither.
    Form,
}

/// Where to show a fault of connecting.
pub(crate) const fn place(fault: &Fault) -> Place {
    match fault {
        Fault::BadAddress | Fault::Unreachable | Fault::NotWaxwing | Fault::Timeout => Place::Server,
        Fault::CodeUnknown | Fault::CodeExpired | Fault::CodeUsed | Fault::RateLimited { .. } => Place::Code,
        _ => Place::Form,
    }
}

/// The key of the reason why a mail is not tracked.
pub(crate) const fn why_key(why: WhyNot) -> &'static str {
    match why {
        WhyNot::PlainText => "why_plain_text",
        WhyNot::WasmForbidden => "why_wasm_forbidden",
        WhyNot::NotConnected => "why_not_connected",
        WhyNot::ComposeUnknown => "why_compose_unknown",
        WhyNot::MarkFailed => "why_mark_failed",
        WhyNot::PixelMissing => "why_pixel_missing",
        WhyNot::PixelWrong => "why_pixel_wrong",
        WhyNot::NoRequest => "why_no_request",
        WhyNot::Orphaned => "why_orphaned",
        WhyNot::OutboxFull => "why_outbox_full",
    }
}
