//! The folder of the log: whose it is, and what earlier starts left in it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::segment::{self, Head, Next, Reader, START, Segment};
use super::{Kept, aside};
use crate::files::{sync_folder, to_lock};

/// Only one process writes.
const LOCK: &str = "lock";
/// Whoever reads from another process holds this, shared; whoever overwrites holds it alone.
const READING: &str = "reading";

/// Holds the folder while it lives.
#[derive(Debug)]
pub(super) struct Locked {
    _file: File,
}

/// Makes the folder when it is missing, and takes it.
pub(super) fn lock(folder: &Path) -> io::Result<Locked> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let file = to_lock(&folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Locked { _file: file }),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::other("another backend writes hits into this folder; stop it first, or give another --data-dir"))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Keeps the writer from overwriting and removing while it lives.
#[derive(Debug)]
pub(super) struct Reading(#[expect(dead_code, reason = "held, not looked at")] File);

impl Reading {
    /// For reading. `None` when there is no log.
    pub(super) fn shared(folder: &Path) -> io::Result<Option<Self>> {
        match to_lock(&folder.join(READING)) {
            Ok(file) => {
                file.lock_shared()?;
                Ok(Some(Self(file)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// For overwriting and removing. `None`: somebody reads just now; nobody waits for that.
    pub(super) fn alone(folder: &Path) -> io::Result<Option<Self>> {
        let file = to_lock(&folder.join(READING))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// What earlier starts left, oldest first. Segments that were never written to are removed.
pub(super) fn recover(folder: &Path) -> io::Result<Vec<Kept>> {
    let mut kept = Vec::new();
    for left in left(folder)? {
        match left {
            Left::Kept(segment) => kept.push(segment),
            Left::Empty(path) => fs::remove_file(path)?,
            Left::Unreadable(path) => {
                let aside = aside::whole(folder, &path)?;
                tracing::error!(file = %aside.display(), "a segment of the log of hits is damaged from its beginning and was set aside");
            }
        }
    }
    sync_folder(folder)?;
    Ok(kept)
}

/// A segment that was found in the folder.
pub(super) enum Left {
    /// It has records.
    Kept(Kept),
    /// It was made ready and never written to.
    Empty(PathBuf),
    /// It has bytes, and not one record.
    Unreadable(PathBuf),
}

/// Looks at all segments of the folder, and changes nothing.
pub(super) fn left(folder: &Path) -> io::Result<Vec<Left>> {
    let segments = segment::list(folder)?;
    let mut logs: Vec<_> = segments.iter().filter_map(|segment| Some(segment.head?.log)).collect();
    logs.dedup();
    let mut left = Vec::with_capacity(segments.len());
    for segment in segments {
        // Where the head is damaged, it is one of the logs that its neighbours belong to.
        let heads: Vec<Head> = match segment.head {
            Some(head) => vec![head],
            None => logs.iter().map(|log| Head { log: *log, number: segment.number }).collect(),
        };
        left.push(look_at(segment, &heads)?);
    }
    give_up(&mut left);
    Ok(left)
}

fn look_at(segment: Segment, heads: &[Head]) -> io::Result<Left> {
    let end = fs::metadata(&segment.path)?.len();
    let mut torn = false;
    for head in heads {
        let mut reader = Reader::open(&segment.path, head)?;
        loop {
            match reader.next(end)? {
                Next::Record(record) => {
                    let segment = Segment { head: Some(*head), ..segment };
                    return Ok(Left::Kept(Kept {
                        segment,
                        end,
                        moved: START,
                        until: u64::MAX,
                        sealed: true,
                        first: record.number,
                    }));
                }
                Next::Damage { .. } => {}
                Next::End { from, to } => {
                    torn |= from != to;
                    break;
                }
            }
        }
    }
    // Bytes at the end of a log are a write that was cut short; without a head nobody knows what they are.
    let unreadable = segment.head.is_none() && (torn || heads.is_empty()) && !is_zero(&segment.path)?;
    Ok(if unreadable { Left::Unreadable(segment.path) } else { Left::Empty(segment.path) })
}

/// A write that failed was numbered again in the next segment: what may have got to the disk of it does not count.
fn give_up(left: &mut [Left]) {
    let mut next: Option<(Head, u64)> = None;
    for one in left.iter_mut().rev() {
        let Left::Kept(kept) = one else { continue };
        let Some(head) = kept.segment.head else { continue };
        if let Some((later, first)) = next
            && later.log == head.log
        {
            kept.until = first;
        }
        next = Some((head, kept.first));
    }
}

/// Whether nothing was written behind where the head stands.
fn is_zero(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(START))?;
    let mut part = vec![0; 64 * 1024];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(true),
            n if part[..n].iter().any(|byte| *byte != 0) => return Ok(false),
            _ => {}
        }
    }
}
