//! `<data-dir>/lists/ranges.json`: read whole, replaced whole.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use waxwing_protocol::Millis;

use super::form::{self, ListsError, StoredSet};

/// A list file is at most this large: Apple's, the longest, has 12 MB before it is merged.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Where the lists are stored.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("lists").join("ranges.json")
}

/// The stored sets; none when nothing was ever stored.
pub fn load(data_dir: &Path) -> Result<Vec<StoredSet>, ListsError> {
    let path = path(data_dir);
    match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(ListsError::Read { path, source }),
        // Our own file says its times itself; what it says of times to come is left to the reader's clock.
        Ok(file) => form::parse(&read(file, &path)?, "stored", Millis::MAX),
    }
}

/// Reads the file that the operator names.
pub fn read_import(path: &Path, now: Millis) -> Result<Vec<StoredSet>, ListsError> {
    let file = File::open(path).map_err(|source| ListsError::Read { path: path.to_owned(), source })?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    form::parse(&read(file, path)?, &name, now)
}

fn read(file: File, path: &Path) -> Result<Vec<u8>, ListsError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(|source| ListsError::Read { path: path.to_owned(), source })?;
    if bytes.len() > MAX_BYTES { Err(ListsError::TooLarge { max: MAX_BYTES }) } else { Ok(bytes) }
}

/// Puts new sets in the place of old ones of the same name; the others stay. Unless forced, a set that lost more than half
/// of its ranges is refused.
pub fn merge(mut stored: Vec<StoredSet>, new: Vec<StoredSet>, force: bool) -> Result<Vec<StoredSet>, ListsError> {
    for set in new {
        let old = stored.iter().position(|old| old.set.name == set.set.name);
        if let Some(old) = old {
            let (before, after) = (stored[old].blocks.len(), set.blocks.len());
            if after < before / 2 && !force {
                return Err(ListsError::Shrunk { set: set.set.name, before, after });
            }
            stored[old] = set;
        } else {
            stored.push(set);
        }
    }
    Ok(stored)
}

/// Stores the sets: written beside the old file, made durable, then put in its place.
pub fn save(data_dir: &Path, sets: &[StoredSet]) -> Result<(), ListsError> {
    let path = path(data_dir);
    let bytes = form::write(sets)?;
    let folder = path.parent().unwrap_or(data_dir);
    let new = folder.join(format!("ranges.json.{}.new", std::process::id()));
    let result = fs::create_dir_all(folder).and_then(|()| replace(&new, &path, folder, &bytes));
    result.map_err(|source| {
        // The old file still stands; what is left beside it is of no use.
        let _ = fs::remove_file(&new);
        ListsError::Write { path, source }
    })
}

fn replace(new: &Path, path: &Path, folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(new, path)?;
    // The rename is durable only when the folder is.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
