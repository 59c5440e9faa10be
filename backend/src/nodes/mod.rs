//! Several backends on one PostgreSQL: what each does for itself, what one does for all, and what they tell each other.
//!
//! ```text
//! lease  who rolls up, watches mailboxes and tidies: one backend each, another one seconds after it is gone
//! hear   what other backends changed: news, deletions, epochs, mailboxes, what is due
//! keys   the same mint root and master key everywhere, or a backend does not start
//! ```
//!
//! On SQLite, which serves one backend, nothing of it runs and everything is that backend's.
//!
//! What must hold:
//! - Nothing rests on being told: what is heard makes things happen sooner, or keeps copies in memory right, and what may have been
//!   missed is loaded anew as soon as a backend hears again.
//! - What only one may do asks for its lease in each of its transactions ([`Fence`](crate::store::nodes::Fence)).

pub mod hear;
pub mod keys;
pub mod lease;
mod note;

use crate::entropy::{self, Entropy};

/// What the connections of a new backend are known by: others tell their own words from its by it.
pub fn name(entropy: &dyn Entropy) -> std::io::Result<String> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    Ok(format!("waxwing-{}", entropy::text(entropy, LETTERS, 10)?))
}
