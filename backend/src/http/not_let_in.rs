//! How often somebody was not let in: wrong codes, sign-ins that failed, tokens that nobody has. Counted in memory, since whoever tries must
//! not be able to make the database write, and written down once a minute as what happened to the backend.
//!
//! What must hold: nothing of what was tried is kept, nor from where.

use std::sync::atomic::{AtomicU32, Ordering};

use super::problem::ApiError;

/// See the file's head.
#[derive(Debug, Default)]
pub struct NotLetIn {
    codes: AtomicU32,
    sign_ins: AtomicU32,
    tokens: AtomicU32,
}

impl NotLetIn {
    /// A code was wrong; gives on what is answered.
    pub fn code<T>(&self, answer: T) -> T {
        self.codes.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// A sign-in at the provider failed.
    pub fn sign_in(&self) {
        self.sign_ins.fetch_add(1, Ordering::Relaxed);
    }

    /// A token was nobody's; gives what is answered.
    pub fn token(&self) -> ApiError {
        self.tokens.fetch_add(1, Ordering::Relaxed);
        ApiError::Unauthorized
    }

    /// What happened since it was last asked, by the names of the entries.
    pub fn take(&self) -> impl Iterator<Item = (&'static str, u32)> {
        [("wrong_codes", &self.codes), ("wrong_sign_ins", &self.sign_ins), ("wrong_tokens", &self.tokens)]
            .map(|(kind, count)| (kind, count.swap(0, Ordering::Relaxed)))
            .into_iter()
            .filter(|(_, count)| *count > 0)
    }
}
