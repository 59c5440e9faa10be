//! Waxwing's pure logic: what must be decided the same way in the browser, in the backend and in a test.
//!
//! Nothing in here has a clock, randomness, a network, a DOM or a database: instants, ids and trees are handed in, and
//! every function is a function of its arguments. It compiles to wasm32 and natively.
//!
//! - [`token`]: what stands in a pixel's address and proves that it is ours.
//! - [`address`]: pixel and link addresses: made, found again in foreign text, and made safe to follow.
//! - [`tree`], [`html`], [`mark`], [`strip`]: putting marks into a mail, and taking them out again.
//! - [`verdict`]: who made a hit: a person, a proxy, a prefetch, a scanner or the sender.
//! - [`alike`]: what hits of one visitor have in common.
//! - [`recipients`]: the domains that a mail went to.
//! - [`rollup`]: from raw hits to opens and clicks.
//! - [`trust`]: how much opens from a domain tell.
//! - [`shown`]: foreign text, fit to be shown.
//! - [`civil`], [`when`], [`recur`]: dates, what phrases about time mean, and what comes again.
//! - [`schedule`], [`holidays`]: when a mail goes out, and the days on which it does not.
//! - [`mailkind`], [`answers`]: what a mail is, a person's or a machine's, and whether it answers one that was sent.
//! - [`consent`]: what recipients said to being tracked, and what that means for a mail.
//! - [`relative`], [`chart`], [`csv`]: times and figures, ready to be shown; the words are the locale's.

pub mod address;
pub mod alike;
pub mod answers;
pub mod chart;
pub mod civil;
pub mod consent;
pub mod csv;
pub mod holidays;
pub mod html;
pub mod mailkind;
pub mod mark;
#[cfg(test)]
mod peers;
mod percent;
pub mod recipients;
pub mod recur;
pub mod relative;
pub mod rollup;
pub mod schedule;
pub mod shown;
pub mod strip;
pub mod token;
pub mod tree;
pub mod trust;
pub mod verdict;
pub mod when;
