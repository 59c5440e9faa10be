//! What is said of a mail and of a hit, decided without a browser: which key of `_locales`, with which values.
//!
//! What must hold:
//! - Pages and the content script say the same of the same mail: both build their sentences here, and only put the words in.
//! - No words and no DOM in here. A value that came from outside (a link) is marked as such by its type.
//! - The doubt is part of the sentence: an open is "at least once", and of several recipients it is "someone".

mod hit;
mod later;
mod mail;
mod waiting;

pub use hit::{Look, Title, claimed_reason, is_counted, look, meaning, reason_key, title};
pub use later::{access_key, access_why_key, says_key, step_key, trouble_key, why_key};
pub use mail::{Hole, Known, Mail, Part, State, sentence, state};
pub use waiting::{Said, Slot, answered, away, back, bounced, coming, coming_alone, coming_now, is_back, moved, reminder_on};
