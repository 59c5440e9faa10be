//! Segments: the files of the log, made ready before they are needed, and read again.
//!
//! `0000000001.log`, `0000000002.log`, …: a head of 64 bytes, records one after the other, then zeros. A segment is written full
//! of zeros and synced before its first record, so that syncing a record later writes the record alone and nothing of the file
//! system's own books: that is what makes it quick.
//!
//! The head, little endian: the magic (8), the id of the log (16), the segment's number (u64), CRC-32 of these (u32), zeros.
//!
//! What must hold: a segment whose head is not whole was never written to. No bytes, however damaged, make reading panic or end
//! in an endless loop, and whatever is whole is found.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::record::{self, ALIGN, Found, Record};
use crate::files::sync_folder;

/// Where the first record begins.
pub const START: u64 = HEAD as u64;

const HEAD: usize = 64;
const MAGIC: &[u8; 8] = b"wwhits1\n";
/// How much is read, and made zero, at once.
const PIECE: usize = 256 * 1024;
/// After damage, numbers further ahead than this are none of ours.
const FAR: u64 = 1 << 40;

/// What a segment's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The log: what one start of a backend writes.
    pub log: Uuid,
    /// Which of all segments in the folder.
    pub number: u64,
}

impl Head {
    /// What the checksums of the log's records begin with, so that those of another log are none.
    pub fn salt(&self) -> u32 {
        let [a, b, c, d, ..] = *self.log.as_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    pub(super) fn bytes(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..24].copy_from_slice(self.log.as_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..32]);
        bytes[32..36].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// `None`: no head, or not this file's.
    fn parse(bytes: &[u8; HEAD], number: u64) -> Option<Self> {
        let log = Uuid::from_slice(&bytes[8..24]).ok()?;
        let head = Self { log, number };
        (head.bytes() == *bytes).then_some(head)
    }
}

/// A segment in the folder.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The file.
    pub path: PathBuf,
    /// Which of all in the folder.
    pub number: u64,
    /// What its head says; `None` when it was never made ready.
    pub head: Option<Head>,
}

/// The segments of a folder, oldest first.
pub fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(number) = number_of(&path) else { continue };
        match head(&path, number) {
            Ok(head) => segments.push(Segment { path, number, head }),
            // The backend has done with it since.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    segments.sort_unstable_by_key(|segment| segment.number);
    Ok(segments)
}

/// The path of a segment.
pub fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}.log"))
}

fn number_of(path: &Path) -> Option<u64> {
    let stem = path.file_stem().and_then(OsStr::to_str)?;
    let named = path.extension().is_some_and(|extension| extension == "log") && stem.bytes().all(|b| b.is_ascii_digit());
    named.then(|| stem.parse().ok()).flatten()
}

/// The head of a file. `None`: it has none, or that of another number.
pub(super) fn head(path: &Path, number: u64) -> io::Result<Option<Head>> {
    let mut bytes = [0; HEAD];
    match File::open(path)?.read_exact(&mut bytes) {
        Ok(()) => Ok(Head::parse(&bytes, number)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A segment that is ready to be written to: all zeros behind its head, and on disk, with its name.
#[derive(Debug)]
pub struct Prepared {
    /// Its file, at [`START`].
    pub file: File,
    /// Where it is.
    pub path: PathBuf,
    /// What its head says.
    pub head: Head,
    /// Up to here nothing but the record has to be synced.
    pub size: u64,
}

/// Makes a segment of `size` bytes ready; of `old`, when there is one, which was written up to its second half: what stood in
/// it is gone then.
pub fn prepare(folder: &Path, head: Head, size: u64, old: Option<(&Path, u64)>) -> io::Result<Prepared> {
    let path = path(folder, head.number);
    let mut options = OpenOptions::new();
    options.write(true);
    if let Some((old, _)) = old {
        // Its head names another number: whatever happens from here on, it is known to be of no use any more.
        fs::rename(old, &path)?;
    } else {
        options.create_new(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    let made = make_ready(&mut file, folder, head, size, old.map(|(_, written)| written));
    if made.is_err() {
        // Half made it is of no use. What it held may be read no more, so it goes as it is.
        let _ = fs::remove_file(&path);
    }
    made.map(|()| Prepared { file, path, head, size })
}

fn make_ready(file: &mut File, folder: &Path, head: Head, size: u64, written: Option<u64>) -> io::Result<()> {
    let length = file.metadata()?.len();
    if let Some(written) = written {
        zero(file, 0, written.min(length))?;
    }
    if length > size {
        file.set_len(size)?;
    }
    zero(file, length, size)?;
    // The head last: where it stands, everything behind it is as it should be.
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&head.bytes())?;
    file.sync_all()?;
    sync_folder(folder)?;
    file.seek(SeekFrom::Start(START))?;
    Ok(())
}

/// Overwrites a segment that is not needed any more, up to where it was written, and removes it.
pub fn wipe(path: &Path, written: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    zero(&mut file, 0, written.min(length))?;
    drop(file);
    fs::remove_file(path)
}

/// Writes zeros, and has them on disk. In pieces: the disk is needed by others meanwhile.
fn zero(file: &mut File, from: u64, to: u64) -> io::Result<()> {
    const ZEROS: &[u8; PIECE] = &[0; PIECE];
    if from >= to {
        return Ok(());
    }
    file.seek(SeekFrom::Start(from))?;
    let mut left = to - from;
    while left > 0 {
        let part = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        file.write_all(&ZEROS[..part])?;
        file.sync_data()?;
        left -= part as u64;
    }
    Ok(())
}

/// What comes next in a segment.
#[derive(Debug)]
pub enum Next {
    /// A record.
    Record(Record),
    /// Bytes that are no records, with records behind them.
    Damage {
        /// From here in the file.
        from: u64,
        /// To here.
        to: u64,
    },
    /// That was all; so many bytes at the end are neither records nor zeros.
    End {
        /// From here in the file.
        from: u64,
        /// To here; the same when nothing is there.
        to: u64,
    },
}

/// Reads a segment's records, one after the other.
#[derive(Debug)]
pub struct Reader {
    file: File,
    salt: u32,
    /// Bytes that were read from the file.
    bytes: Vec<u8>,
    /// What of them is not looked at yet begins here.
    at: usize,
    /// Where in the file that is.
    offset: u64,
    /// The number of the last record.
    last: u64,
}

impl Reader {
    /// Reads the segment from its beginning.
    pub fn open(path: &Path, head: &Head) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(START))?;
        Ok(Self { file, salt: head.salt(), bytes: Vec::new(), at: 0, offset: START, last: 0 })
    }

    /// Where in the file the next record begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What comes next before `end`. At the end it may be asked again later, when more was written.
    pub fn next(&mut self, end: u64) -> io::Result<Next> {
        let from = self.offset;
        if let Some(record) = self.record(end)? {
            return Ok(Next::Record(record));
        }
        // Not a record: look for the next one behind it.
        let (mut torn, mut to) = (false, from);
        loop {
            let Some(rest) = self.rest(ALIGN, end)? else {
                // Nothing but what is left over; where nothing was wrong, reading goes on from here when there is more.
                if torn {
                    return Ok(Next::End { from, to });
                }
                self.back_to(from)?;
                return Ok(Next::End { from, to: from });
            };
            let zeros = rest.iter().take_while(|byte| **byte == 0).count() / ALIGN * ALIGN;
            if zeros > 0 {
                self.skip(zeros);
                continue;
            }
            if self.offset != from {
                let before = (self.at, self.offset);
                if let Some(record) = self.record(end)? {
                    // It is given next time.
                    let (_, to) = before;
                    self.back_to(to)?;
                    self.last = record.number.saturating_sub(1);
                    return Ok(Next::Damage { from, to });
                }
            }
            torn = true;
            self.skip(ALIGN);
            to = self.offset;
        }
    }

    /// The record that begins here, if one does.
    fn record(&mut self, end: u64) -> io::Result<Option<Record>> {
        let mut need = record::HEAD;
        loop {
            let (salt, last) = (self.salt, self.last);
            let Some(rest) = self.rest(need, end)? else { return Ok(None) };
            match record::read(rest, salt) {
                // An older record was overwritten with what was damaged since, or it is none of ours.
                Found::Record(record, _) if record.number <= last || record.number - last > FAR => return Ok(None),
                Found::Record(record, size) => {
                    self.skip(size);
                    self.last = record.number;
                    return Ok(Some(record));
                }
                Found::Cut(size) if size > need => need = size,
                Found::Cut(_) | Found::Nothing | Found::Bad => return Ok(None),
            }
        }
    }

    /// What is not looked at yet, at least `need` bytes of it; `None` when there is less before `end`.
    fn rest(&mut self, need: usize, end: u64) -> io::Result<Option<&[u8]>> {
        while self.bytes.len() - self.at < need {
            self.bytes.drain(..self.at);
            self.at = 0;
            let have = self.bytes.len() as u64;
            let left = end.saturating_sub(self.offset + have);
            let part = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            let read = (&mut self.file).take(part as u64).read_to_end(&mut self.bytes)?;
            if read == 0 {
                return Ok(None);
            }
        }
        Ok(Some(&self.bytes[self.at..]))
    }

    fn skip(&mut self, count: usize) {
        let count = count.min(self.bytes.len() - self.at);
        self.at += count;
        self.offset += count as u64;
    }

    fn back_to(&mut self, offset: u64) -> io::Result<()> {
        self.bytes.clear();
        self.at = 0;
        self.offset = offset;
        self.file.seek(SeekFrom::Start(offset)).map(drop)
    }
}
