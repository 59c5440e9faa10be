//! `erasures.list`: what was erased from here, beside the database and in no backup of it. A backup that is older still holds what was
//! erased since; whoever restores it erases that again by this list. It holds no name and no address: account ids, which are random,
//! and digests.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use waxwing_protocol::Millis;

use crate::account_id::AccountId;
use crate::lines;
use crate::secret_file::hex;
use crate::store::rights::{Erasure, Kind, Stage};

/// The name of the file in the data folder.
pub const FILE: &str = "erasures.list";

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The erasure's id.
    pub id: Uuid,
    /// `account` or `recipient`.
    pub kind: String,
    /// The account's public id. `None`: a recipient, in all accounts.
    pub account: Option<String>,
    /// Hexadecimal.
    pub digest: String,
    /// When it was done.
    pub at: Millis,
}

/// Writes down that something was erased. On disk when it returns.
fn append(data_dir: &Path, erasure: &Erasure, now: Millis) -> io::Result<()> {
    let line = Line {
        id: erasure.id,
        kind: erasure.kind.name().to_owned(),
        account: erasure.account.map(|account| account.as_str().to_owned()),
        digest: hex(&erasure.digest),
        at: now,
    };
    lines::append(&data_dir.join(FILE), &[line])
}

/// The same, unless it stands there: the row may not have come so far when the backend was cut off.
pub fn append_once(data_dir: &Path, erasure: &Erasure, now: Millis) -> io::Result<()> {
    if read(data_dir)?.iter().any(|line| line.id == erasure.id) { Ok(()) } else { append(data_dir, erasure, now) }
}

/// What is in the list, oldest first; nothing where there is none.
pub fn read(data_dir: &Path) -> io::Result<Vec<Line>> {
    lines::read(&data_dir.join(FILE))
}

impl Line {
    /// As it is asked for again, to be done at once. `None`: the line says something that this version does not know.
    #[must_use]
    pub fn again(&self, now: Millis) -> Option<Erasure> {
        let kind = [Kind::Account, Kind::Recipient].into_iter().find(|kind| kind.name() == self.kind)?;
        let account = match &self.account {
            Some(id) => Some(AccountId::parse(id)?),
            None => None,
        };
        let digits = self.digest.as_bytes().chunks(2);
        let digest: Option<Vec<u8>> = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        Some(Erasure {
            id: self.id,
            kind,
            account,
            address: None,
            digest: digest?,
            stage: Stage::Waits,
            asked_at: now,
            due_at: now,
            done_at: None,
            counts: None,
        })
    }
}
