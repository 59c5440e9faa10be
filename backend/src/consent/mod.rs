//! What recipients do: refuse, take that back, erase, and confirm by mail what is to hold for all mails to them.

pub mod act;
pub mod kept;
pub mod letter;
pub mod slip;
