//! Mails as bytes, after RFC 5322 and MIME: read, written, and with single header fields changed.
//!
//! What must hold: what is not changed on purpose stays byte for byte; attachments above all.

pub(crate) mod build;
pub(crate) mod fields;
pub(crate) mod read;
pub(crate) mod text;
