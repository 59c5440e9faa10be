//! `/messages`: registered mails and what came of them.

pub mod delete;
pub mod get;
pub mod list;
pub mod put;
