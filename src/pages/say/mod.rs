//! What the pages say, decided without a browser: which state, which key, which address. No words and no DOM in here.

mod agent;
mod fault;
mod hits;
mod link;
mod people;
mod server;
mod state;
mod trust;

pub(crate) use crate::gmail::thread::GmailThread;
pub(crate) use agent::{Through, through};
pub(crate) use fault::{Place, fault_key, place, why_key};
pub(crate) use hits::{Entry, count_links, fold};
pub(crate) use link::{shown, shown_short};
pub(crate) use people::{names, only_to_self, sender_among};
pub(crate) use server::{host_of, only_here};
pub(crate) use state::{Known, State, state};
pub(crate) use trust::{trust_sentences, trust_share};
