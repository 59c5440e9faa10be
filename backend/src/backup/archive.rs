//! The archive: a tar file that `tar` can list, with the manifest first.
//!
//! What must hold: of what is read nothing is trusted before it was compared with the manifest, and no name in the file decides
//! where anything is written.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::manifest::{self, Manifest, Member};
use super::{BackupError, Result, io_at};
use crate::secret_file::hex;

/// Reads and hashes at once.
const PIECE: usize = 256 * 1024;
/// What stands before a file in an archive takes so many bytes.
const BLOCK: u64 = 512;

/// What the manifest says of a file before it was read: all but the checksum, which [`write`] puts in.
pub(super) fn member(name: &str, path: &Path) -> Result<Member> {
    let size = std::fs::metadata(path).map_err(io_at(path))?.len();
    Ok(Member { name: name.to_owned(), size, sha256: "0".repeat(64) })
}

/// Hashes what is read through it.
struct Hashed<R> {
    from: R,
    hash: Sha256,
    size: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.hash.update(&into[..count]);
        self.size += count as u64;
        Ok(count)
    }
}

/// Copies, and gives size and SHA-256.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let (mut hash, mut size, mut part) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        match from.read(&mut part) {
            Ok(0) => return Ok((size, hex(&hash.finalize()))),
            Ok(n) => {
                hash.update(&part[..n]);
                to.write_all(&part[..n])?;
                size += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A new file that only its owner can read.
pub(super) fn private(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(io_at(path))
}

/// Writes an archive: the manifest, and its files, each from the path beside it, which is read once. The manifest comes first and is
/// written last, in its place, when the checksums are known: until then those in it fit nothing. On disk when this returns.
pub(super) fn write(to: &Path, manifest: &mut Manifest, paths: &[&Path]) -> Result<()> {
    let made_at = u64::try_from(manifest.made_at / 1_000).unwrap_or(0);
    let put = |tar: &mut tar::Builder<File>, name: &str, size: u64, from: &mut dyn Read| {
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(made_at);
        tar.append_data(&mut header, name, from)
    };
    let json = |manifest: &Manifest| serde_json::to_vec_pretty(manifest).map_err(io::Error::other).map_err(io_at(to));
    let mut tar = tar::Builder::new(private(to)?);
    let first = json(manifest)?;
    put(&mut tar, manifest::FILE, first.len() as u64, &mut first.as_slice()).map_err(io_at(to))?;
    for (file, path) in manifest.files.iter_mut().zip(paths) {
        let from = File::open(path).map_err(io_at(path))?;
        let mut from = Hashed { from: io::BufReader::with_capacity(PIECE, from.take(file.size)), hash: Sha256::new(), size: 0 };
        put(&mut tar, &file.name, file.size, &mut from).map_err(io_at(to))?;
        if from.size != file.size {
            return Err(io_at(path)(io::Error::other("it became shorter while it was read")));
        }
        file.sha256 = hex(&from.hash.finalize());
    }
    let last = json(manifest)?;
    if last.len() != first.len() {
        return Err(io_at(to)(io::Error::other("the table of contents does not fit its place")));
    }
    let mut file = tar.into_inner().map_err(io_at(to))?;
    file.seek(SeekFrom::Start(BLOCK)).and_then(|_| file.write_all(&last)).and_then(|()| file.sync_all()).map_err(io_at(to))
}

/// Reads an archive: its files go into `folder`, compared with the manifest. Only names in `known` are taken.
pub(super) fn read(from: &Path, folder: &Path, known: &[&str]) -> Result<Manifest> {
    let file = File::open(from).map_err(io_at(from))?;
    // What a tar file that was cut or is none says, in these words: nobody can do anything with the others.
    let cut = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::Cut(from.to_owned()),
        _ => BackupError::Damaged("its table of contents".to_owned()),
    };
    let foreign = || BackupError::Foreign(from.to_owned());
    let mut tar = tar::Archive::new(file);
    let mut entries = tar.entries().map_err(|_| foreign())?;
    let mut first = entries.next().ok_or_else(foreign)?.map_err(|_| foreign())?;
    if first.path_bytes().as_ref() != manifest::FILE.as_bytes() || first.size() > manifest::MOST {
        return Err(foreign());
    }
    let mut json = Vec::new();
    first.read_to_end(&mut json).map_err(cut)?;
    if (json.len() as u64) < first.size() {
        return Err(BackupError::Cut(from.to_owned()));
    }
    let manifest = Manifest::parse(&json).ok_or_else(foreign)??;
    for member in &manifest.files {
        if !known.contains(&member.name.as_str()) {
            return Err(foreign());
        }
        let mut entry = entries.next().ok_or_else(|| BackupError::Cut(from.to_owned()))?.map_err(cut)?;
        let fits = entry.path_bytes().as_ref() == member.name.as_bytes() && entry.header().entry_type().is_file();
        if !fits || entry.size() != member.size {
            return Err(BackupError::Damaged(member.name.clone()));
        }
        let path = folder.join(&member.name);
        let mut file = private(&path)?;
        let (size, sha256) = copy(&mut entry, &mut file).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BackupError::Cut(from.to_owned()),
            _ => BackupError::Io { path: path.clone(), source: error },
        })?;
        if size < member.size {
            return Err(BackupError::Cut(from.to_owned()));
        }
        if sha256 != member.sha256 {
            return Err(BackupError::Damaged(member.name.clone()));
        }
        file.sync_all().map_err(io_at(&path))?;
    }
    Ok(manifest)
}
