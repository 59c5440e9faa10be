//! Gmail's API: the client against gmail-sim, and what people do with it over HTTP.

mod connecting;
mod drafts;
mod failing;
mod looking;
mod noting;
mod push;
mod sending;
pub(crate) mod sim;
mod watching;
