//! Bytes of a damaged log and hits that the database refused, which lie beside the log: they may hold addresses, so they go too.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use waxwing_protocol::Millis;

use crate::hits::log::{FOLDER, aside};

/// Those that were made before an instant.
pub(crate) fn old(data_dir: &Path, before: Millis) -> io::Result<Vec<PathBuf>> {
    let folder = data_dir.join(FOLDER);
    let before = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(before).unwrap_or(0));
    let mut found = Vec::new();
    for path in aside::list(&folder)? {
        match path.metadata().and_then(|metadata| metadata.modified()) {
            Ok(made) if made < before => found.push(path),
            Ok(_) => {}
            // Somebody else took it away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Overwrites and removes those that were made before an instant; gives how many.
pub(crate) fn purge(data_dir: &Path, before: Millis) -> io::Result<u64> {
    let found = old(data_dir, before)?;
    for path in &found {
        aside::remove(path)?;
    }
    Ok(found.len() as u64)
}
