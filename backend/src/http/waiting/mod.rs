//! `/waiting`: mails whose answer is waited for, or was.

pub mod action;
pub mod get;
pub mod list;
