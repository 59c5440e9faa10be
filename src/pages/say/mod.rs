//! What the pages say, decided without a browser: which lines, which key, which address. No words and no DOM in here.

mod agent;
mod fault;
mod flight;
mod hits;
mod link;
mod people;
mod rule;
mod scheduled;
mod server;
mod state;
mod trust;

pub(crate) use crate::gmail::places::GmailPlace;
pub(crate) use crate::gmail::thread::GmailThread;
pub(crate) use agent::{Through, through};
pub(crate) use fault::{Place, fault_key, place, why_key};
pub(crate) use flight::{Put, flight_sentence, what_key};
pub(crate) use hits::{Entry, Line, LinkCount, count_links, is_checking, is_judged, lines};
pub(crate) use link::{shown, shown_short};
pub(crate) use people::{names, only_to_self, sender_among};
pub(crate) use rule::{Often, repeats};
pub(crate) use scheduled::{Deed, deeds, ended, needs_you};
pub(crate) use server::{host_of, only_here};
pub(crate) use state::{mail, refused_key};
pub(crate) use trust::{trust_sentences, trust_share};
