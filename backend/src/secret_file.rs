//! Secrets of 32 bytes, each in a file of its own in the data folder: the mint root and the master key.
//!
//! What must hold: such a file is made once, atomically, readable only by its owner, and never overwritten; one that others can
//! read is refused; its bytes never reach a log or an error.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::entropy::{self, Entropy};

/// Which secret: what its file is called and what people are told about it.
#[derive(Debug)]
pub struct Kind {
    /// The name of the file in the data folder.
    pub file: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What comes of it when it is lost.
    pub lost: &'static str,
    /// What others can do with it.
    pub open: &'static str,
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the {name} {path} cannot be read or made: {source}", name = kind.name, path = path.display())]
    Io {
        /// Which secret.
        kind: &'static Kind,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It does not hold 64 hexadecimal digits.
    #[error(
        "the {name} {path} is damaged: it should hold 64 hexadecimal digits. Bring it back from your backup; {lost}",
        name = kind.name, path = path.display(), lost = kind.lost
    )]
    Damaged {
        /// Which secret.
        kind: &'static Kind,
        /// Which file.
        path: PathBuf,
    },
    /// Others can read it.
    #[error(
        "the {name} {path} can be read by others (mode {mode:o}): {open}. Run: chmod 600 {path}",
        name = kind.name, path = path.display(), open = kind.open
    )]
    TooOpen {
        /// Which secret.
        kind: &'static Kind,
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It was given some other way than by a file, and is none.
    #[error("{given} is not a {name}: it should hold 64 hexadecimal digits", name = kind.name)]
    Given {
        /// Which secret.
        kind: &'static Kind,
        /// How it was given.
        given: &'static str,
    },
}

impl KeyError {
    /// There is no file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

impl Kind {
    /// Reads the secret of a data folder, or makes it when there is none.
    pub fn load_or_create(&'static self, data_dir: &Path, entropy: &dyn Entropy) -> Result<[u8; 32], KeyError> {
        match self.load(data_dir) {
            Err(error) if error.is_missing() => {}
            other => return other,
        }
        let path = data_dir.join(self.file);
        create(&path, entropy).map_err(|source| KeyError::Io { kind: self, path, source })?;
        // Read back what is there now: another process may have been first.
        self.load(data_dir)
    }

    /// Reads the secret of a data folder.
    pub fn load(&'static self, data_dir: &Path) -> Result<[u8; 32], KeyError> {
        let path = data_dir.join(self.file);
        let io = |source| KeyError::Io { kind: self, path: path.clone(), source };
        let mode = permission_bits(&path).map_err(io)?;
        if mode & 0o077 != 0 {
            return Err(KeyError::TooOpen { kind: self, path, mode });
        }
        let text = fs::read(&path).map_err(io)?;
        from_hex(text.trim_ascii()).ok_or(KeyError::Damaged { kind: self, path })
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// 64 hexadecimal digits as bytes.
pub fn from_hex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Writes the secret beside its place and links it there, which fails when something is there already: it appears whole or not
/// at all, and is never overwritten.
fn create(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let secret: [u8; 32] = entropy::bytes(entropy)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", hex(&entropy::bytes::<8>(entropy)?)));
    let beside = PathBuf::from(beside);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let written = writeln!(file, "{}", hex(&secret)).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&beside, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    fs::remove_file(&beside)?;
    linked?;
    sync_dir(path)
}

/// Has the entry of a file in its folder on disk.
#[cfg(unix)]
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
}

/// Has the entry of a file in its folder on disk.
#[cfg(not(unix))]
pub(crate) fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The permission bits of a file; 0 where the platform has none.
#[cfg(unix)]
pub fn permission_bits(path: &Path) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// The permission bits of a file; 0 where the platform has none.
#[cfg(not(unix))]
pub fn permission_bits(path: &Path) -> io::Result<u32> {
    fs::metadata(path).map(|_| 0)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn creating_never_overwrites() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.key");
        create(&path, &SystemEntropy).unwrap();
        let before = fs::read(&path).unwrap();
        create(&path, &SystemEntropy).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing left beside it");
    }
}
