//! Address lists on disk: where Apple's relay and the clouds are, as their owners publish it.
//!
//! ```text
//! form ── what a file holds, read strictly
//! file ── <data-dir>/lists/ranges.json, replaced as a whole or not at all
//! sources, fetch ── where the owners publish, and how it is fetched
//! ```
//!
//! What must hold:
//! - A file that is half written, empty or wrong leaves the old lists as they are, and the operator is told why.
//! - What comes from the network is hostile: its size, its time and its form are bounded, and none of it is believed that
//!   would turn everybody into a machine.

pub mod fetch;
mod file;
mod form;
pub mod sources;

pub use file::{MAX_BYTES, load, merge, path, read_import, save};
pub use form::{ListsError, StoredSet};

use std::path::Path;

use waxwing_domain::verdict::Lists;
use waxwing_domain::verdict::lists::Stored;

/// The lists to judge with: what stands in the code and what is stored. A file that cannot be read gives the former, and the
/// reason beside it.
pub fn ready(data_dir: &Path) -> (Lists, Option<ListsError>) {
    match load(data_dir) {
        Ok(sets) => (Lists::new(&sets.into_iter().map(StoredSet::into_ranges).collect::<Vec<Stored>>()), None),
        Err(error) => (Lists::built_in(), Some(error)),
    }
}

#[cfg(test)]
mod tests;
