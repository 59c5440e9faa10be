//! Judging again in the background what was judged by older knowledge.

use tokio::sync::Notify;

/// Wakes the re-scoring.
#[derive(Debug, Default)]
pub struct Rescoring(Notify);

impl Rescoring {
    /// Has it look for what is to be judged again: call it after a commit that added a rule or took one back, or when there is
    /// newer knowledge.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}
