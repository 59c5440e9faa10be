//! What was set aside beside the log: bytes that cannot be read (`damaged-…`), and hits that the database refused for what they are
//! (`refused-…`).
//!
//! A name says which log it is from, where that is known, and where in it: `damaged-<log>-<segment>-<offset>.bin`,
//! `refused-<log>-<number>.bin`. A refused hit stands there as in a segment, head and record, so that it can be read and tried again.
//!
//! What must hold: nothing that was set aside is ever overwritten by something else that is; numbers of segments begin again when a
//! folder was drained.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::record::{self, Hit, Record};
use super::segment::{self, Head, Next, Reader};
use crate::files::sync_folder;

/// What cannot be read.
const DAMAGED: &str = "damaged-";
/// What the database refused.
const REFUSED: &str = "refused-";
/// What the names of all of them begin with.
pub const NAMES: [&str; 2] = [DAMAGED, REFUSED];
/// So many files may want the same name.
const MOST: u32 = 10_000;
/// Zeros that are written at once.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Copies bytes of a segment that are no records into a file of their own.
pub(super) fn bytes(folder: &Path, log: Uuid, segment: &Path, from: u64, to: u64) -> io::Result<PathBuf> {
    let mut file = File::open(segment)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(to.saturating_sub(from)).read_to_end(&mut bytes)?;
    let number = segment.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    keep(folder, &format!("{DAMAGED}{}-{number}-{from}", log.simple()), &bytes)
}

/// Sets a segment aside as it is, of which nobody knows which log it belongs to. Only whoever holds the folder may.
pub(super) fn whole(folder: &Path, segment: &Path) -> io::Result<PathBuf> {
    let number = segment.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for aside in names(folder, &format!("{DAMAGED}unknown-{number}-0")) {
        if !fs::exists(&aside)? {
            fs::rename(segment, &aside)?;
            return Ok(aside);
        }
    }
    Err(too_many())
}

/// Keeps a hit that the database refused.
pub(super) fn hit(folder: &Path, log: Uuid, record: &Record) -> io::Result<PathBuf> {
    let head = Head { log, number: 0 };
    let mut one = Vec::new();
    if !record::append(&mut one, &Hit { batch: record.batch, ..Hit::from(&record.hit) }) {
        return Err(io::Error::other("a hit that was read is too long to be written"));
    }
    record::number(&mut one, record.number, head.salt());
    let mut bytes = head.bytes().to_vec();
    bytes.append(&mut one);
    keep(folder, &format!("{REFUSED}{}-{}", log.simple(), record.number), &bytes)
}

/// Keeps these bytes in a file of their own. They are there already when they were set aside before the backend was cut off.
fn keep(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for aside in names(folder, name) {
        match options.open(&aside) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                sync_folder(folder)?;
                return Ok(aside);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if holds(&aside, bytes)? {
                    return Ok(aside);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(too_many())
}

/// The name, and those to take when another file has it.
fn names(folder: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
    (1..MOST).map(move |n| folder.join(if n == 1 { format!("{name}.bin") } else { format!("{name}-{n}.bin") }))
}

fn too_many() -> io::Error {
    io::Error::other("too many files of the same name were set aside")
}

/// Whether a file holds exactly this.
fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() != bytes.len() as u64 {
        return Ok(false);
    }
    let mut there = Vec::with_capacity(bytes.len());
    file.read_to_end(&mut there)?;
    Ok(there == bytes)
}

/// What was set aside in this folder, by name. None where there is no folder.
pub fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if NAMES.iter().any(|begins| name.starts_with(begins)) && entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A hit that was set aside.
#[derive(Debug)]
pub struct Refused {
    /// The log it was in.
    pub log: Uuid,
    /// Its record there.
    pub record: Record,
}

impl Refused {
    /// Where the database remembers that it has it by now: a log of its own, as it were.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let mut hash = Sha256::new();
        hash.update(b"refused hit");
        hash.update(self.log.as_bytes());
        hash.update(self.record.number.to_le_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        Uuid::from_bytes(id)
    }
}

/// Reads a file that was set aside. `None`: it holds no hit that can be read.
pub fn read(path: &Path) -> io::Result<Option<Refused>> {
    let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(REFUSED));
    let Some(head) = (if named { segment::head(path, 0)? } else { None }) else { return Ok(None) };
    let end = fs::metadata(path)?.len();
    Ok(match Reader::open(path, &head)?.next(end)? {
        Next::Record(record) => Some(Refused { log: head.log, record }),
        Next::Damage { .. } | Next::End { .. } => None,
    })
}

/// Overwrites a file that was set aside with zeros, and removes it.
pub fn remove(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    while left > 0 {
        let part = left.min(ZEROS.len() as u64);
        file.write_all(&ZEROS[..usize::try_from(part).unwrap_or(ZEROS.len())])?;
        left -= part;
    }
    file.sync_data()?;
    fs::remove_file(path)
}
