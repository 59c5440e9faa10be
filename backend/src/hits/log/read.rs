//! Reading the log: a part at a time for the drain, and as a whole for those who look at a folder from another process
//! (`waxwing hits`, `waxwing doctor`, backups), with or without a backend that runs on it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::aside;
use super::folder::{self, Left, Reading};
use super::record::Record;
use super::segment::{Next, Reader};
use crate::store::hits::NewHit;

/// Records of a segment that follow each other.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) records: Vec<Record>,
    pub(super) gaps: Vec<Gap>,
}

/// Where records may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// Bytes that are no records begin here in the file.
    pub(super) from: u64,
    /// And end here.
    pub(super) to: u64,
    /// The number of the record before, where it was read.
    last: Option<u64>,
    /// The number of the record behind, and that of the first of its write. At a segment's end, of the next segment's first.
    next: Option<(u64, u64)>,
    /// A later write follows: all of the write that the gap is in was synced.
    synced: bool,
}

impl Gap {
    /// How many records are missing that were on disk; `None` where there was nothing but a write that was cut off, and never
    /// answered. `before` is the number of the last record before the part, as far as it is known.
    pub(super) fn missing(&self, before: u64) -> Option<u64> {
        let last = self.last.unwrap_or(before);
        let (number, first) = self.next?;
        // What was written together with the record behind may have been cut off before it was synced.
        let synced = self.synced || first > last + 1;
        (synced && number > last + 1).then(|| number - last - 1)
    }
}

/// Reads about `most` records before `end` and before the number `until`. `last` is the number of the record before.
pub(super) fn part(mut reader: Reader, most: usize, last: Option<u64>, until: u64, end: u64) -> (Reader, io::Result<Part>) {
    let read = read(&mut reader, most, last, until, end);
    (reader, read)
}

fn read(reader: &mut Reader, most: usize, mut last: Option<u64>, until: u64, end: u64) -> io::Result<Part> {
    let mut part = Part::default();
    let mut damage = None;
    // Behind a gap up to the next write: that says whether something was lost.
    while part.records.len() < most || part.gaps.iter().any(|gap| !gap.synced) {
        match reader.next(end)? {
            Next::Damage { from, to } => damage = Some((from, to)),
            // Given up, and written again in the next segment.
            Next::Record(record) if record.number >= until => break,
            Next::Record(record) => {
                let first = record.number - u64::from(record.before).min(record.number);
                for gap in &mut part.gaps {
                    gap.synced |= gap.next.is_some_and(|(number, _)| number < first);
                }
                let follows = last.map_or(record.number == 1, |last| record.number == last + 1);
                if !follows || damage.is_some() {
                    let (from, to) = damage.take().unwrap_or_default();
                    part.gaps.push(Gap { from, to, last, next: Some((record.number, first)), synced: false });
                }
                last = Some(record.number);
                part.records.push(record);
            }
            Next::End { from, to } => {
                if from < to {
                    let next = (until != u64::MAX).then_some((until, until));
                    part.gaps.push(Gap { from, to, last, next, synced: true });
                }
                break;
            }
        }
    }
    Ok(part)
}

/// What stands in a folder's log.
#[derive(Debug, Default)]
pub struct Survey {
    /// Hits that are not in the database, in their order.
    pub hits: u64,
    /// Records that are missing.
    pub missing: u64,
    /// Files of what was set aside because it could not be read or stored.
    pub set_aside: Vec<PathBuf>,
}

/// Holds a folder's log as it is: while it lives nothing of it is overwritten or removed.
#[derive(Debug)]
pub struct Held {
    folder: PathBuf,
    _reading: Reading,
}

/// Holds the log of this folder. `None`: there is none. Waits a moment for a backend that tidies up just now.
pub fn hold(folder: &Path) -> io::Result<Option<Held>> {
    let reading = Reading::shared(folder)?;
    Ok(reading.map(|reading| Held { folder: folder.to_owned(), _reading: reading }))
}

impl Held {
    /// Gives each hit that is not in the database to `take`, oldest first, and says what was found. `positions` is how far each
    /// log was moved, read after the log was held.
    pub fn rest(&self, positions: &HashMap<Uuid, i64>, mut take: impl FnMut(NewHit)) -> io::Result<Survey> {
        let mut survey = Survey { set_aside: aside::list(&self.folder)?, ..Survey::default() };
        let mut last = HashMap::new();
        for left in folder::left(&self.folder)? {
            let kept = match left {
                Left::Kept(kept) => kept,
                Left::Empty(_) => continue,
                Left::Unreadable(path) => {
                    survey.set_aside.push(path);
                    continue;
                }
            };
            let log = kept.log();
            let position = positions.get(&log).and_then(|number| u64::try_from(*number).ok()).unwrap_or(0);
            let mut reader = kept.open()?;
            loop {
                let part = read(&mut reader, 1_000, last.get(&log).copied(), kept.until, kept.end)?;
                survey.missing += part.gaps.iter().filter_map(|gap| gap.missing(position)).sum::<u64>();
                let Some(newest) = part.records.last().map(|record| record.number) else { break };
                last.insert(log, newest);
                for record in part.records.into_iter().filter(|record| record.number > position) {
                    survey.hits += 1;
                    take(record.hit);
                }
            }
        }
        Ok(survey)
    }
}
