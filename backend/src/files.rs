//! Open files: the limit is raised as far as the system lets us, and connections get what the rest leaves over, so that a crowd
//! of them never keeps the database from opening its files. And files that are there to be locked, and the folders that files lie in.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// What is not for connections: standard streams, the listener, the runtime's own, and the database's files with each of its
/// connections, twice over.
const RESERVE: u32 = 64;

/// Makes room for `most` connections and gives how many there is room for.
#[cfg(unix)]
pub fn room_for_connections(most: u32) -> u32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = u64::from(most) + u64::from(RESERVE);
    let before = getrlimit(Resource::Nofile);
    if before.current.is_some_and(|soft| soft < wanted) {
        let current = before.maximum.map_or(wanted, |hard| hard.min(wanted));
        // Refused: what is asked for below is what counts.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: before.maximum });
    }
    share(getrlimit(Resource::Nofile).current, most)
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn room_for_connections(most: u32) -> u32 {
    share(None, most)
}

/// Opens a file that is only there to be locked, and makes it where it is missing, for its owner alone: whoever can open it can hold
/// it, and keep the backend from its data. One that an older version left open to others is closed to them.
pub fn to_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if crate::keys::permission_bits(path)? & 0o077 != 0 {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        // Somebody else's, it works as well.
        let _ = file.set_permissions(mode);
    }
    Ok(file)
}

/// Has the names in a folder on disk.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Names are on disk as they are made.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder that a path lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How many of `limit` files connections get.
fn share(limit: Option<u64>, most: u32) -> u32 {
    let Some(limit) = limit.and_then(|limit| u32::try_from(limit).ok()) else { return most };
    // With very few files half must do.
    limit.saturating_sub(RESERVE.min(limit / 2)).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_to_lock_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        to_lock(&path).unwrap();
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        to_lock(&path).unwrap();
        assert_eq!(mode(), 0o600, "of an older version");
    }

    #[test]
    fn the_rest_is_left_its_files() {
        for (limit, want) in [
            (None, 8_192),
            (Some(u64::MAX), 8_192),
            (Some(20_000), 8_192),
            (Some(8_256), 8_192),
            (Some(1_024), 960),
            (Some(128), 64),
            (Some(80), 40),
            (Some(1), 1),
            (Some(0), 1),
        ] {
            assert_eq!(share(limit, 8_192), want, "{limit:?}");
        }
    }
}
