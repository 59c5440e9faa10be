//! The hot path: what becomes of a fetched pixel or a followed link.
//!
//! [`admit`] decides without a database whether a hit counts, and [`journal`] makes it durable before it is answered. All that
//! follows happens behind the requests: [`roll_up`] turns the journal into verdicts, opens and clicks, in batches; [`settle`]
//! and [`rescore`] have messages judged as a whole ([`judge`]), when their hits settle, something was corrected, or lists and
//! rules are newer. [`around`] is what all of them judge by.

pub mod admit;
pub mod around;
mod direct;
pub mod erase;
pub mod headers;
pub mod journal;
pub mod judge;
pub mod judging;
pub mod knowledge;
pub mod log;
pub mod rescore;
pub mod roll_up;
pub mod settle;
pub mod shorten;
pub mod stopped;
