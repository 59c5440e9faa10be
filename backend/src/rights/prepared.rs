//! Archives that were asked for over HTTP: files in the data folder, for their owner alone, kept for a day.
//!
//! What must hold: the name of a file says whose it is and when it was asked for, in ids and numbers; one that is not whole yet has
//! another ending, and is none that is handed out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use waxwing_protocol::Millis;
use waxwing_protocol::api::Exported;

use super::export;
use crate::account_id::AccountId;
use crate::app::App;
use crate::config::create_data_dir;

/// The folder in the data folder.
pub const FOLDER: &str = "exports";
/// How long an archive is kept, in milliseconds.
const KEPT_FOR: Millis = 24 * 60 * 60 * 1_000;

/// An archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// When it was asked for.
    pub asked_at: Millis,
    /// How large it is; `None`: it is being made.
    pub bytes: Option<u64>,
    /// Where it is.
    pub path: PathBuf,
}

impl Prepared {
    /// Whether it was asked for more than a day ago, or by a clock that is ahead.
    fn is_old(&self, now: Millis) -> bool {
        !(now.saturating_sub(KEPT_FOR)..=now).contains(&self.asked_at)
    }

    /// As a device is told.
    #[must_use]
    pub fn on_the_wire(&self) -> Exported {
        Exported { asked_at: self.asked_at, bytes: self.bytes }
    }
}

/// The archives of an account, or of all, with their paths.
fn list(data_dir: &Path, of: Option<AccountId>) -> io::Result<Vec<Prepared>> {
    let entries = match fs::read_dir(data_dir.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        let Some((account, at)) = name.split_once('-') else { continue };
        let (Some(account), Ok(asked_at)) = (AccountId::parse(account), at.parse()) else { continue };
        if of.is_some_and(|of| of != account) {
            continue;
        }
        let whole = path.extension().is_some_and(|ending| ending == "zip");
        let bytes = if whole { Some(path.metadata()?.len()) } else { None };
        found.push(Prepared { asked_at, bytes, path });
    }
    found.sort_by_key(|prepared| prepared.asked_at);
    Ok(found)
}

/// The newest archive of an account. One that is too old is none, also before it is taken away.
pub fn newest(data_dir: &Path, account: AccountId, now: Millis) -> io::Result<Option<Prepared>> {
    Ok(list(data_dir, Some(account))?.pop().filter(|found| !found.is_old(now)))
}

/// Has one made, behind this call, unless there is one.
pub fn begin(app: &App, account: AccountId, now: Millis) -> io::Result<Prepared> {
    purge(&app.settings.data_dir, now)?;
    if let Some(found) = newest(&app.settings.data_dir, account, now)? {
        return Ok(found);
    }
    let folder = app.settings.data_dir.join(FOLDER);
    create_data_dir(&folder).map_err(io::Error::other)?;
    let path = folder.join(format!("{}-{now}.zip", account.as_str()));
    // There from now on, so that nobody begins a second one.
    fs::File::create(path.with_extension("part"))?;
    let (store, to) = (app.store.clone(), path.clone());
    tokio::spawn(async move {
        match export::write(&store, account, &to, now).await {
            Ok(holds) => tracing::info!(rows = holds.rows, "an archive of an account was made"),
            Err(error) => tracing::warn!(%error, "an archive of an account could not be made"),
        }
    });
    Ok(Prepared { asked_at: now, bytes: None, path })
}

/// Takes away those that were asked for a day ago, or by a clock that is ahead; gives how many.
pub fn purge(data_dir: &Path, now: Millis) -> io::Result<usize> {
    remove(list(data_dir, None)?.into_iter().filter(|prepared| prepared.is_old(now)))
}

/// Takes away those of an account: it is erased.
pub(super) fn erase(data_dir: &Path, account: AccountId) -> io::Result<usize> {
    remove(list(data_dir, Some(account))?.into_iter())
}

fn remove(prepared: impl Iterator<Item = Prepared>) -> io::Result<usize> {
    let mut gone = 0;
    for prepared in prepared {
        fs::remove_file(&prepared.path)?;
        gone += 1;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_their_owners_and_go_after_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (AccountId::parse("aaaaaa").unwrap(), AccountId::parse("bbbbbb").unwrap());
        assert_eq!(newest(dir.path(), one, 3_000).unwrap(), None);
        let folder = dir.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        for (name, text) in
            [("aaaaaa-1000.zip", "old"), ("aaaaaa-2000.part", ""), ("bbbbbb-3000.zip", "other"), ("x.zip", ""), ("y-z.zip", "")]
        {
            fs::write(folder.join(name), text).unwrap();
        }
        let found = newest(dir.path(), one, 3_000).unwrap().unwrap();
        assert_eq!((found.asked_at, found.bytes), (2000, None));
        assert_eq!(newest(dir.path(), other, 3_000).unwrap().unwrap().bytes, Some(5));
        assert_eq!(newest(dir.path(), other, 2_999).unwrap(), None, "of a clock that was ahead");
        assert_eq!(newest(dir.path(), one, KEPT_FOR + 2_001).unwrap(), None, "not taken away yet");
        assert_eq!(purge(dir.path(), KEPT_FOR + 1000).unwrap(), 0);
        assert_eq!(purge(dir.path(), KEPT_FOR + 1001).unwrap(), 1);
        assert_eq!(erase(dir.path(), one).unwrap(), 1);
        assert_eq!(newest(dir.path(), one, 3_000).unwrap(), None);
        assert_eq!(purge(dir.path(), 0).unwrap(), 1, "of a clock that was ahead");
    }
}
