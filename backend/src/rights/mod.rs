//! What people may ask of their data: that it is kept and not used ([`closed`]), handed out ([`export`]) and
//! erased ([`erase`], [`recipient`]).
//!
//! What must hold: whose a row is follows from the tables themselves ([`tables`]), so that a table of tomorrow is exported and erased
//! too; a test fails for one of which nobody said whose it is.

pub mod closed;
pub mod erase;
pub mod export;
pub mod list;
pub mod prepared;
pub mod recipient;
pub mod tables;
