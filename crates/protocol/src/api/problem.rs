//! The names in a [`Problem`](super::Problem)'s type.

/// What every problem type starts with.
pub const PREFIX: &str = "urn:waxwing:problem:";
/// No or a wrong bearer token, or a revoked device: 401.
pub const UNAUTHORIZED: &str = "unauthorized";
/// An admin suspended the account.
pub const SUSPENDED: &str = "suspended";
/// The account has registered as many mails in 24 hours as its admin allows.
pub const DAY_USED_UP: &str = "day-used-up";
/// The pairing code is not one: 404.
pub const CODE_UNKNOWN: &str = "code-unknown";
/// The pairing code is older than 15 minutes: 410.
pub const CODE_EXPIRED: &str = "code-expired";
/// The pairing code was used: 410.
pub const CODE_USED: &str = "code-used";
/// Too many calls: 429 with `Retry-After`.
pub const RATE_LIMITED: &str = "rate-limited";
/// The body or a parameter is not of the form: 400.
pub const BAD_REQUEST: &str = "bad-request";
/// No such thing, or not this account's: 404.
pub const NOT_FOUND: &str = "not-found";
/// The call clashes with what is stored: 409. Whoever gets it keeps what was refused.
pub const CONFLICT: &str = "conflict";
/// The message was deleted: 410.
pub const GONE: &str = "gone";
/// The account is kept and not used, or is about to be erased.
pub const RESTRICTED: &str = "restricted";
/// The body is larger than allowed: 413.
pub const TOO_LARGE: &str = "too-large";
/// The draft was not found in the mailbox (not saved yet, or another one's): 409.
pub const DRAFT_UNKNOWN: &str = "draft-unknown";
/// The draft cannot be sent as it is; the detail has the name of the [`Why`](super::Why): 422.
pub const DRAFT_UNFIT: &str = "draft-unfit";
/// The time is over, no time follows from the rule, or the zone is not known: 422.
pub const NO_TIME: &str = "no-time";
/// The mailbox cannot be used now; the detail has the trouble's name: 502.
pub const MAILBOX: &str = "mailbox";
/// The operator has not set a Google client: 409.
pub const NO_GOOGLE_CLIENT: &str = "no-google-client";
/// The database does not take writes now (full, locked): 503 with `Retry-After`.
pub const UNAVAILABLE: &str = "unavailable";
