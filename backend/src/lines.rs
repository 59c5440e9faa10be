//! Files of JSON lines beside the database, in no backup of it: what a database that comes from an older backup has to be told again.
//!
//! What must hold: what was appended is on disk when that returns. A line that was cut off (the disk was full, the machine went down) was
//! never answered for: it is passed over, and takes nothing with it that comes behind it. Any other line that cannot be read is an error:
//! it may be the one that counts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::{folder_of, sync_folder};

/// Adds lines. Each is an object.
pub fn append<T: Serialize>(path: &Path, lines: &[T]) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = open(path, OpenOptions::new().create(true).read(true).append(true))?;
    let mut text = Vec::new();
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push(b'\n');
        }
    }
    text.append(&mut bytes(lines)?);
    file.write_all(&text)?;
    file.sync_all()?;
    if is_new { sync_folder(folder_of(path)) } else { Ok(()) }
}

/// Puts other lines into their place, all or none.
pub fn replace<T: Serialize>(path: &Path, lines: &[T]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = open(&new, OpenOptions::new().create(true).write(true).truncate(true))?;
    file.write_all(&bytes(lines)?)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(folder_of(path))
}

/// The lines, oldest first; nothing where there is no file.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let whole = text.split(|byte| *byte == b'\n').filter(|line| line.ends_with(b"}"));
    whole.map(|line| serde_json::from_slice(line).map_err(io::Error::from)).collect()
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

fn bytes<T: Serialize>(lines: &[T]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        number: u32,
    }

    fn numbers(path: &Path) -> Vec<u32> {
        read::<Line>(path).unwrap().into_iter().map(|line| line.number).collect()
    }

    #[test]
    fn what_was_cut_off_takes_nothing_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.list");
        assert_eq!(numbers(&path), Vec::<u32>::new(), "no file");
        append(&path, &[Line { number: 1 }, Line { number: 2 }]).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in 1..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let stood: &[u32] = if cut >= whole.len() - 1 {
                &[1, 2]
            } else if cut >= whole.len() / 2 - 1 {
                &[1]
            } else {
                &[]
            };
            assert_eq!(numbers(&path), stood, "{cut}");
            append(&path, &[Line { number: 3 }]).unwrap();
            assert_eq!(numbers(&path), [stood, &[3]].concat(), "{cut}");
        }
    }

    #[test]
    fn a_whole_line_that_says_something_else_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.list");
        for other in ["{\"number\":1,\"more\":2}\n", "{}\n", "{\"number\":-1}\n{\"number\":1}\n"] {
            fs::write(&path, other).unwrap();
            assert!(read::<Line>(&path).is_err(), "{other}");
        }
    }

    #[test]
    fn they_are_replaced_at_once_and_are_for_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.list");
        append(&path, &[Line { number: 1 }]).unwrap();
        replace(&path, &[Line { number: 5 }, Line { number: 6 }]).unwrap();
        assert_eq!(numbers(&path), [5, 6]);
        append(&path, &[Line { number: 7 }]).unwrap();
        assert_eq!(numbers(&path), [5, 6, 7]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing stays beside it");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
    }
}
