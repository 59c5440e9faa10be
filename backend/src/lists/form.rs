//! The form of a list file: named sets, each with IPv4 and IPv6 blocks.
//!
//! `{"sets": {"apple-proxy": {"ipv4": ["104.28.28.0/26"], "ipv6": []}}}`; our own file also says when and whence each set
//! came (`fetched_at`, `source`). Fields and sets that are not known are passed over; a set that is known must be right.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use waxwing_domain::verdict::lists::{Cidr, CidrError, Ranges, Set, Stored};
use waxwing_protocol::Millis;

/// What is wrong with a list, or kept it from being stored.
#[derive(Debug, thiserror::Error)]
pub enum ListsError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("{path} cannot be written: {source}", path = path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds nothing.
    #[error("it is empty")]
    Empty,
    /// Larger than any list is.
    #[error("it is larger than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// Not JSON, or not of the form; also what a half-written file is.
    #[error("it is not a list file: {0}")]
    Form(serde_json::Error),
    /// None of its sets is known.
    #[error("it holds no set that is known here")]
    NoSets,
    /// A set without a single block.
    #[error("the set {set} is empty")]
    EmptySet {
        /// Which.
        set: &'static str,
    },
    /// A block that is none.
    #[error("the set {set} holds {text:?}: {source}")]
    Block {
        /// Which.
        set: &'static str,
        /// The text, cut short.
        text: String,
        /// What is wrong with it.
        source: CidrError,
    },
    /// So much smaller than before that half of it is most likely missing.
    #[error("the set {set} shrank from {before} to {after} ranges: most likely half of it is missing (--force takes it)")]
    Shrunk {
        /// Which.
        set: &'static str,
        /// Ranges that are stored.
        before: usize,
        /// Ranges that came.
        after: usize,
    },
    /// The owner's address could not be fetched.
    #[error("{url}: {why}")]
    Fetch {
        /// Whence.
        url: String,
        /// Why not, in words.
        why: String,
    },
}

/// A set as it is stored.
#[derive(Debug, Clone)]
pub struct StoredSet {
    /// Which.
    pub set: &'static Set,
    /// When it was fetched or imported.
    pub fetched_at: Millis,
    /// Whence, for the operator.
    pub source: String,
    /// The fewest blocks that cover it.
    pub blocks: Vec<Cidr>,
}

impl StoredSet {
    /// Takes blocks in any order, overlapping or not.
    pub fn new(set: &'static Set, fetched_at: Millis, source: String, blocks: Vec<Cidr>) -> Result<Self, ListsError> {
        let blocks = Ranges::new(blocks.into_iter().map(|block| (block, 0))).blocks();
        if blocks.is_empty() {
            Err(ListsError::EmptySet { set: set.name })
        } else {
            Ok(Self { set, fetched_at, source, blocks })
        }
    }

    /// For judging.
    pub fn into_ranges(self) -> Stored {
        Stored { set: self.set, fetched_at_ms: self.fetched_at, blocks: self.blocks }
    }
}

#[derive(Deserialize)]
struct FileForm {
    sets: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct SetForm {
    #[serde(default)]
    ipv4: Vec<String>,
    #[serde(default)]
    ipv6: Vec<String>,
    fetched_at: Option<Millis>,
    source: Option<String>,
}

#[derive(Serialize)]
struct SetOut<'a> {
    fetched_at: Millis,
    source: &'a str,
    ipv4: Vec<String>,
    ipv6: Vec<String>,
}

#[derive(Serialize)]
struct FileOut<'a> {
    sets: BTreeMap<&'a str, SetOut<'a>>,
}

/// Reads a file's bytes. Sets that do not say when they were fetched, or say a time to come, are as old as `now`.
pub(super) fn parse(bytes: &[u8], source: &str, now: Millis) -> Result<Vec<StoredSet>, ListsError> {
    if bytes.trim_ascii().is_empty() {
        return Err(ListsError::Empty);
    }
    let file: FileForm = serde_json::from_slice(bytes).map_err(ListsError::Form)?;
    let mut sets = Vec::new();
    for (name, value) in file.sets {
        let Some(set) = Set::named(&name) else { continue };
        let form: SetForm = serde_json::from_value(value).map_err(ListsError::Form)?;
        let blocks = form.ipv4.iter().chain(&form.ipv6).map(|text| block(set, text)).collect::<Result<_, _>>()?;
        let fetched_at = form.fetched_at.filter(|at| *at <= now).unwrap_or(now);
        sets.push(StoredSet::new(set, fetched_at, form.source.unwrap_or_else(|| source.to_owned()), blocks)?);
    }
    if sets.is_empty() { Err(ListsError::NoSets) } else { Ok(sets) }
}

/// Reads one block of a set.
pub(super) fn block(set: &'static Set, text: &str) -> Result<Cidr, ListsError> {
    Cidr::parse(text).map_err(|source| ListsError::Block { set: set.name, text: text.chars().take(60).collect(), source })
}

/// Writes what [`parse`] reads.
pub(super) fn write(sets: &[StoredSet]) -> Result<Vec<u8>, ListsError> {
    let sets = sets.iter().map(|stored| {
        let (v4, v6): (Vec<&Cidr>, Vec<&Cidr>) = stored.blocks.iter().partition(|block| matches!(block, Cidr::V4(..)));
        let texts = |blocks: Vec<&Cidr>| blocks.into_iter().map(ToString::to_string).collect();
        let out = SetOut { fetched_at: stored.fetched_at, source: &stored.source, ipv4: texts(v4), ipv6: texts(v6) };
        (stored.set.name, out)
    });
    serde_json::to_vec(&FileOut { sets: sets.collect() }).map_err(ListsError::Form)
}
