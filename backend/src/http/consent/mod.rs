//! Consent of recipients, for the account's own devices: what they said, and what the user chose.

pub mod people;
pub mod policy;
pub mod snapshot;
