//! `/messages`: registered mails and what came of them.

pub mod delete;
pub mod get;
pub mod list;
pub mod mute;
pub mod own_views;
pub mod put;
