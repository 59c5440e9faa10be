//! All that stands sealed under the master key, for changing the key.
//!
//! What must hold: a value is replaced only while it is still the one that was read; whatever is sealed in a table has its line in
//! [`SEALED`].

use uuid::Uuid;

use super::sql;
use super::{Result, Store, StoreError};
use crate::http::oauth::pending_place;
use crate::mailbox::registry;
use crate::seal::Place;

/// A column of sealed values.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What a value belongs to, for people.
    pub of: &'static str,
    named: Named,
    /// Gives what names a row, and its value.
    all: &'static str,
    /// Takes what names a row, the value that was read, and the one to put in its place.
    replace: &'static str,
}

/// What names a row.
#[derive(Debug, Clone, Copy)]
enum Named {
    Id,
    Hash,
}

/// All of them.
pub const SEALED: &[Column] = &[
    Column {
        of: "mailboxes",
        named: Named::Id,
        all: "SELECT id, secret FROM mailboxes WHERE secret IS NOT NULL",
        replace: "UPDATE mailboxes SET secret = $3 WHERE id = $1 AND secret = $2",
    },
    Column {
        of: "sign-ins under way",
        named: Named::Hash,
        all: "SELECT state_hash, verifier FROM grants_pending",
        replace: "UPDATE grants_pending SET verifier = $3 WHERE state_hash = $1 AND verifier = $2",
    },
];

/// A sealed value.
pub struct Sealed {
    row: Row,
    replace: &'static str,
    /// As it stands there.
    pub value: Vec<u8>,
}

#[derive(Debug)]
enum Row {
    Id(Uuid),
    Hash([u8; 32]),
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").finish_non_exhaustive()
    }
}

impl Sealed {
    /// Where it was sealed for.
    pub fn place(&self) -> Place<'static> {
        match &self.row {
            Row::Id(id) => registry::place(*id),
            Row::Hash(hash) => pending_place(hash),
        }
    }
}

impl Store {
    /// All sealed values of a column.
    pub async fn sealed(&self, column: Column) -> Result<Vec<Sealed>> {
        let rows = sql::query(column.all).fetch_all(self.read()).await?;
        let read = |row: &sql::Row| {
            let named = match column.named {
                Named::Id => Row::Id(row.try_get(0)?),
                Named::Hash => Row::Hash(hash(row.try_get(0)?)?),
            };
            Ok(Sealed { row: named, replace: column.replace, value: row.try_get(1)? })
        };
        rows.iter().map(read).collect()
    }

    /// Puts another value in the place of one that was read. False: it is not there any more, or was replaced meanwhile.
    pub async fn replace_sealed(&self, old: &Sealed, new: &[u8]) -> Result<bool> {
        let mut tx = self.write().await?;
        let query = sql::query(old.replace);
        let query = match &old.row {
            Row::Id(id) => query.bind(*id),
            Row::Hash(hash) => query.bind(&hash[..]),
        };
        let done = query.bind(old.value.as_slice()).bind(new).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

fn hash(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::Failed("the hash of a sign-in is damaged".to_owned()))
}
