//! What an archive says it holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tables::Sum;
use super::{BackupError, Result};

/// The name of the first file in an archive.
pub(super) const FILE: &str = "manifest.json";
/// The longest one that is read, in bytes.
pub(super) const MOST: u64 = 1024 * 1024;
/// What is no backup of ours says something else here.
const FORMAT: &str = "waxwing-backup";
/// Grows when an older version could not restore it any more.
const VERSION: u32 = 1;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: String,
    version: u32,
    /// The version of Waxwing that made it.
    pub made_by: String,
    /// When: milliseconds since 1970.
    pub made_at: i64,
    /// The other files of the archive, in their order.
    pub files: Vec<Member>,
    /// Its tables, by name.
    pub tables: BTreeMap<String, Counted>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256, hexadecimal.
    pub sha256: String,
}

/// What a table holds, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How many rows.
    pub rows: u64,
    /// Of all of them, hexadecimal.
    pub checksum: String,
}

impl From<Sum> for Counted {
    fn from(sum: Sum) -> Self {
        Self { rows: sum.rows, checksum: format!("{:032x}", sum.checksum) }
    }
}

impl Manifest {
    pub(super) fn new(made_at: i64, files: Vec<Member>, tables: BTreeMap<String, Counted>) -> Self {
        let made_by = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT.to_owned(), version: VERSION, made_by, made_at, files, tables }
    }

    /// Reads one. `None`: it is none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Result<Self>> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
            #[serde(default)]
            made_by: String,
        }
        let head: Head = serde_json::from_slice(bytes).ok().filter(|head: &Head| head.format == FORMAT)?;
        if head.version > VERSION {
            // What a stranger wrote is not repeated as it is.
            let by: String = head.made_by.chars().filter(char::is_ascii_graphic).take(40).collect();
            return Some(Err(BackupError::Newer(by)));
        }
        Some(Ok(serde_json::from_slice(bytes).ok()?))
    }

    /// Rows of all tables together.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|table| table.rows).sum()
    }

    /// Whether a file is in the archive.
    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ours_are_read_and_newer_ones_are_named() {
        let manifest =
            Manifest::new(7, Vec::new(), BTreeMap::from([("hits".to_owned(), Sum { rows: 2, checksum: 255 }.into())]));
        let json = serde_json::to_vec(&manifest).unwrap();
        assert_eq!(Manifest::parse(&json).unwrap().unwrap(), manifest);
        assert_eq!((manifest.rows(), manifest.tables["hits"].checksum.len()), (2, 32));
        assert!(Manifest::parse(b"{}").is_none() && Manifest::parse(b"").is_none());
        assert!(Manifest::parse(br#"{"format":"something-else","version":1}"#).is_none());
        assert!(Manifest::parse(br#"{"format":"waxwing-backup","version":1}"#).is_none(), "the rest is missing");
        let newer = br#"{"format":"waxwing-backup","version":2,"made_by":"9.9\u001b[2J"}"#;
        let Some(Err(BackupError::Newer(by))) = Manifest::parse(newer) else { panic!("it is newer") };
        assert_eq!(by, "9.9[2J");
    }
}
