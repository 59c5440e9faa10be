//! The keys that belong to a database: the first backend on it has its fingerprints written down, and one with other keys does not start.
//!
//! What must hold: a backend with another mint root would refuse every token of the others, and one with another master key would tell
//! all owners of mailboxes to sign in again. Fingerprints name a key without giving it away.

use crate::keys::{Keys, MINT_ROOT_FILE};
use crate::seal::{MASTER_KEY_ENV, MASTER_KEY_FILE, Seal};
use crate::store::{self, Store, StoreError, settings, sql};

/// These are not the database's keys.
#[derive(Debug, thiserror::Error)]
pub enum WrongKeys {
    /// Another mint root.
    #[error(
        "this database belongs to another mint root: put the {MINT_ROOT_FILE} of the other backends into the data folder of this one \
         (docs/SCALE.md). If it is lost for good, `--replace-keys` takes this one for it, and mails sent so far are not tracked any more"
    )]
    MintRoot,
    /// Another master key, or none.
    #[error(
        "this database belongs to another master key: put the {MASTER_KEY_FILE} of the other backends into the data folder of this one, \
         or give it by {MASTER_KEY_ENV} (docs/SCALE.md). If it is lost for good, `--replace-keys` takes this one for it, and the owners \
         of all mailboxes have to sign in again"
    )]
    MasterKey,
    /// The database could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks that these are the keys of a database that several backends may share. `replace`: they are, from now on.
pub async fn check(store: &Store, keys: &Keys, seal: &Seal, replace: bool) -> Result<(), WrongKeys> {
    if store.kind() == sql::Kind::Sqlite {
        return Ok(());
    }
    if !is_it(store, settings::MINT_ROOT, Some(&keys.fingerprint()), replace).await? {
        return Err(WrongKeys::MintRoot);
    }
    if !is_it(store, settings::MASTER_KEY, seal.fingerprint(), replace).await? {
        return Err(WrongKeys::MasterKey);
    }
    Ok(())
}

/// Whether this is the mint root of a database: for commands that mint and make no database of their own.
pub async fn check_root(store: &Store, keys: &Keys) -> Result<(), WrongKeys> {
    if store.kind() == sql::Kind::Sqlite {
        return Ok(());
    }
    match store.setting(settings::MINT_ROOT).await? {
        Some(there) if there != keys.fingerprint() => Err(WrongKeys::MintRoot),
        _ => Ok(()),
    }
}

async fn is_it(store: &Store, name: &'static str, mine: Option<&str>, replace: bool) -> store::Result<bool> {
    match mine {
        Some(mine) if replace => store.set_setting(name, mine).await.map(|()| true),
        Some(mine) => Ok(store.keep_setting(name, mine).await? == mine),
        None => Ok(store.setting(name).await?.is_none()),
    }
}
