//! Numbers of the hot path: what became of hits, and how they get onto the disk.

use waxwing_protocol::api::{HitKind, Label};

use super::number::{Counter, Histogram, Level, Unit};

/// A commit, in microseconds: from a fast disk to one that hangs.
const COMMIT: &[u64] =
    &[100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];
/// Hits that one commit holds.
const BATCH: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192];

/// What became of a request for a pixel or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// On disk, and answered.
    Stored,
    /// Ours and for nobody: of a message that was deleted.
    Stopped,
    /// Not minted here, no longer good, or not even a token.
    Refused,
    /// It counts, but was not stored: the disk or the database did not take it.
    NotStored,
}

/// All outcomes with their names.
pub const OUTCOMES: [(Outcome, &str); 4] = [
    (Outcome::Stored, "stored"),
    (Outcome::Stopped, "stopped"),
    (Outcome::Refused, "refused"),
    (Outcome::NotStored, "not_stored"),
];

/// Both kinds with their names.
pub const KINDS: [(HitKind, &str); 2] = [(HitKind::Open, "open"), (HitKind::Click, "click")];

/// All labels with their names.
pub const LABELS: [(Label, &str); 6] = [
    (Label::Own, "self"),
    (Label::Human, "human"),
    (Label::ImageProxy, "image_proxy"),
    (Label::Prefetch, "prefetch"),
    (Label::Scanner, "scanner"),
    (Label::Unknown, "unknown"),
];

/// What became of requests, by kind.
#[derive(Debug, Default)]
pub struct Outcomes([[Counter; OUTCOMES.len()]; 2]);

impl Outcomes {
    /// How many had this outcome.
    pub fn of(&self, kind: HitKind, outcome: Outcome) -> &Counter {
        &self.0[usize::from(kind == HitKind::Click)][outcome as usize]
    }
}

/// What was said of hits at first, by kind.
#[derive(Debug, Default)]
pub struct Verdicts([[Counter; LABELS.len()]; 2]);

impl Verdicts {
    /// Of how many this was said.
    pub fn of(&self, kind: HitKind, label: Label) -> &Counter {
        &self.0[usize::from(kind == HitKind::Click)][label as usize]
    }
}

/// How hits get onto the disk, and from the log into the database. Whoever writes them moves these.
#[derive(Debug)]
pub struct Writing {
    /// How long one commit took: the write and the `fdatasync`, or the transaction.
    pub commit: Histogram,
    /// How many hits a commit held.
    pub batch: Histogram,
    /// Commits that failed.
    pub failed: Counter,
    /// Hits that are handed in and not on disk yet.
    pub waiting: Level,
    /// How many may wait; then whoever hands one in waits itself. 0: not bounded by number.
    pub room: Level,
    /// Hits that are in the log and not in the database yet.
    pub backlog: Level,
    /// The bytes of these.
    pub backlog_bytes: Level,
    /// Hits that were moved from the log into the database.
    pub drained: Counter,
    /// Tries to move some that failed.
    pub drain_failed: Counter,
    /// Bytes that were set aside because they were damaged.
    pub set_aside: Counter,
}

impl Default for Writing {
    fn default() -> Self {
        Self {
            commit: Histogram::new(Unit::Micros, COMMIT),
            batch: Histogram::new(Unit::Things, BATCH),
            failed: Counter::default(),
            waiting: Level::default(),
            room: Level::default(),
            backlog: Level::default(),
            backlog_bytes: Level::default(),
            drained: Counter::default(),
            drain_failed: Counter::default(),
            set_aside: Counter::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_and_label_has_a_place_of_its_own() {
        let (outcomes, verdicts) = (Outcomes::default(), Verdicts::default());
        for (kind, _) in KINDS {
            for (outcome, _) in OUTCOMES {
                outcomes.of(kind, outcome).inc();
            }
            for (label, _) in LABELS {
                verdicts.of(kind, label).inc();
            }
        }
        for (kind, _) in KINDS {
            assert!(OUTCOMES.iter().all(|(outcome, _)| outcomes.of(kind, *outcome).get() == 1));
            assert!(LABELS.iter().all(|(label, _)| verdicts.of(kind, *label).get() == 1));
        }
    }
}
