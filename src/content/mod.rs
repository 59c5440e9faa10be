//! In the Gmail tab: finds composes, marks a mail in the very event that sends it, and believes nothing but the request.
//!
//! The way of a mail: [`mounts`] gives each compose its switch; [`gate`] decides and marks when the user sends; [`proof`] reads
//! what Gmail really sent and what the server answered, and keeps the [`ledger`]; [`report`] puts the mail into the outbox.
//!
//! What came of own mails is shown by [`shown`].
//!
//! What must hold:
//! - Nothing here delays an event, cancels one or makes one up, but for the `input` event that tells Gmail of a change.
//! - Whatever fails, the mail leaves, and unmarked: a mark is either complete or not there.
//! - No draft carries a mark: a mark that did not leave with its mail is taken out before Gmail saves.
//! - No borrow of shared state is held while the page may run (an `input` event runs Gmail's code, which may send a request
//!   that we hear of before it returns).

pub mod app;
pub mod controls;
pub mod decide;
pub mod entry;
pub mod gate;
pub mod gesture;
pub mod later;
pub mod ledger;
pub mod marks;
pub mod mounts;
pub mod proof;
pub mod report;
pub mod settings;
pub mod shell;
pub mod shown;
pub mod tell;
pub mod watch;
