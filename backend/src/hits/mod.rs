//! The hot path: what becomes of a fetched pixel or a followed link.
//!
//! [`admit`] decides without a database whether a hit counts, [`journal`] makes it durable before it is answered, and
//! [`roll_up`] turns the journal into opens, clicks and news, in batches and never inside a request.

pub mod admit;
pub mod around;
pub mod headers;
pub mod journal;
pub mod judge;
pub mod judging;
pub mod knowledge;
pub mod rescore;
pub mod roll_up;
pub mod settle;
pub mod shorten;
pub mod stopped;
