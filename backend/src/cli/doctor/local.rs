//! What can be seen on this machine: folder, disk, key, database, clock, lists of addresses.

use std::path::Path;

use waxwing_domain::verdict::lists::STALE_AFTER_MS;

use super::super::hits::rfc3339;
use super::Finding;
use crate::clock::Clock;
use crate::hits::log;
use crate::hits::log::read::Survey;
use crate::keys::{self, Keys, MINT_ROOT_FILE};
use crate::lists::{self, StoredSet};
use crate::store::sql::Kind;
use crate::store::{Store, settings};

/// A clock before this is not set: 2025-01-01.
const EARLIEST: i64 = 1_735_689_600_000;
/// In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// The folder is there, and nobody else can look in.
pub(super) fn data_dir(path: &Path) -> Finding {
    const NAME: &str = "data";
    match keys::permission_bits(path) {
        Err(error) => Finding::fail(NAME, format!("{} cannot be read: {error}", path.display())),
        Ok(mode) if mode & 0o077 != 0 => {
            let path = path.display();
            Finding::warn(NAME, format!("{path} can be read by others (mode {mode:o}). Run: chmod 700 {path}"))
        }
        Ok(_) => Finding::ok(NAME, path.display().to_string()),
    }
}

/// There is room. `None` where the platform does not say.
#[cfg(unix)]
pub(super) fn disk(path: &Path) -> Option<Finding> {
    const NAME: &str = "disk";
    let stat = rustix::fs::statvfs(path).ok()?;
    let mib = stat.f_bavail.saturating_mul(stat.f_frsize) / (1024 * 1024);
    Some(match mib {
        0..100 => Finding::fail(NAME, format!("{mib} MiB free: make room, or hits will be refused")),
        100..1024 => Finding::warn(NAME, format!("{mib} MiB free: a million hits take about 300 MiB")),
        _ => Finding::ok(NAME, format!("{} GiB free", mib / 1024)),
    })
}

/// There is room. `None` where the platform does not say.
#[cfg(not(unix))]
pub(super) fn disk(_: &Path) -> Option<Finding> {
    None
}

/// The key belongs to whoever runs this. Its rights were checked when it was read.
#[cfg(unix)]
pub(super) fn key_owner(data_dir: &Path) -> Finding {
    use std::os::unix::fs::MetadataExt as _;
    const NAME: &str = "key";
    let path = data_dir.join(MINT_ROOT_FILE);
    match std::fs::metadata(&path) {
        Ok(meta) if meta.uid() == rustix::process::geteuid().as_raw() => {
            Finding::ok(NAME, "mint.root is there, and only its owner can read it")
        }
        Ok(_) => Finding::fail(NAME, format!("{} belongs to another user: chown it to the one who runs serve", path.display())),
        Err(error) => Finding::fail(NAME, format!("{} cannot be read: {error}", path.display())),
    }
}

/// The key is there.
#[cfg(not(unix))]
pub(super) fn key_owner(_: &Path) -> Finding {
    Finding::ok("key", "mint.root is there")
}

/// It is whole, and takes writes.
pub(super) async fn database(store: &Store) -> Finding {
    const NAME: &str = "database";
    match store.quick_check().await {
        Ok(found) if found == "ok" => {}
        Ok(found) => return Finding::fail(NAME, format!("it is damaged: {found}. Bring it back from your backup")),
        Err(error) => return Finding::fail(NAME, error.to_string()),
    }
    match store.set_setting("doctor", "was here").await {
        Ok(()) => Finding::ok(NAME, "it is whole and takes writes"),
        Err(error) => Finding::fail(NAME, error.to_string()),
    }
}

/// What is in the log of hits is whole.
pub(super) async fn log(store: &Store, data_dir: &Path) -> Finding {
    const NAME: &str = "log";
    let folder = data_dir.join(log::FOLDER);
    let survey = match survey(store, &folder).await {
        Ok(survey) => survey,
        Err(why) => return Finding::fail(NAME, format!("{} cannot be read: {why}", folder.display())),
    };
    let Survey { hits, missing, set_aside } = survey;
    if missing > 0 {
        let path = folder.display();
        return Finding::fail(
            NAME,
            format!("{path} is damaged: {missing} hits cannot be read. Check the disk; the rest is kept"),
        );
    }
    if let Some(path) = set_aside.first() {
        let (count, path) = (set_aside.len(), path.display());
        let told = format!(
            "{count} files hold hits that could not be read or stored, such as {path}. `waxwing hits --set-aside` shows \
             them, and with --again gives the database once more what it refused"
        );
        return Finding::warn(NAME, told);
    }
    match hits {
        0 => Finding::ok(NAME, "no hit waits for the database"),
        hits => Finding::ok(NAME, format!("{hits} hits wait for the database: `waxwing serve` moves them")),
    }
}

async fn survey(store: &Store, folder: &Path) -> Result<Survey, String> {
    let held = log::read::hold(folder).map_err(|error| error.to_string())?;
    let mut tx = store.snapshot().await.map_err(|error| error.to_string())?;
    let positions = store.log_positions(&mut tx).await.map_err(|error| error.to_string())?;
    tx.cancel().await.map_err(|error| error.to_string())?;
    let survey = held.map(|held| held.rest(&positions, |_| {})).transpose().map_err(|error| error.to_string())?;
    Ok(survey.unwrap_or_default())
}

/// Who does what one backend does for all. `None` where there is one backend.
pub(super) async fn leases(store: &Store) -> Option<Finding> {
    const NAME: &str = "leases";
    if store.kind() == Kind::Sqlite {
        return None;
    }
    let (mut leases, _) = match store.leases().await {
        Ok(found) => found,
        Err(error) => return Some(Finding::fail(NAME, error.to_string())),
    };
    leases.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let held = leases.iter().filter(|lease| !lease.over).map(|lease| format!("{} by {}", lease.name, lease.holder));
    let held: Vec<_> = held.collect();
    let over: Vec<_> = leases.iter().filter(|lease| lease.over).map(|lease| lease.name.as_str()).collect();
    Some(match (held.is_empty(), over.is_empty()) {
        (true, _) => Finding::warn(NAME, "no backend is at work: hits are counted and mails sent when `waxwing serve` runs"),
        (false, true) => Finding::ok(NAME, held.join(", ")),
        (false, false) => Finding::warn(NAME, format!("{}; by nobody for now: {}", held.join(", "), over.join(", "))),
    })
}

/// Asks, until it is told.
pub(super) async fn backup(store: &Store, keys: &Keys, backed_up: bool, data_dir: &Path) -> Finding {
    const NAME: &str = "backup";
    let fingerprint = keys.fingerprint();
    if backed_up && let Err(error) = store.set_setting(settings::BACKED_UP, &fingerprint).await {
        return Finding::fail(NAME, error.to_string());
    }
    match store.setting(settings::BACKED_UP).await {
        Ok(Some(known)) if known == fingerprint => Finding::ok(NAME, "you said that mint.root is backed up"),
        Ok(_) => Finding::warn(
            NAME,
            format!(
                "is {} backed up? Without it the links in all mails sent so far are dead. When it is, say so: waxwing doctor \
                 --backed-up",
                data_dir.join(MINT_ROOT_FILE).display()
            ),
        ),
        Err(error) => Finding::fail(NAME, error.to_string()),
    }
}

/// It is set, and not behind what was stored already.
pub(super) async fn clock(store: &Store, clock: &dyn Clock) -> Finding {
    const NAME: &str = "clock";
    let now = clock.now();
    if now < EARLIEST {
        return Finding::fail(NAME, format!("it says {}: set it, or run an NTP client", rfc3339(now)));
    }
    match store.last_hit_at().await {
        Ok(Some(last)) if last > now + 60_000 => Finding::fail(
            NAME,
            format!("it says {}, but a hit came at {}: it was moved back, or was wrong then", rfc3339(now), rfc3339(last)),
        ),
        Ok(_) => Finding::ok(NAME, rfc3339(now)),
        Err(error) => Finding::fail(NAME, error.to_string()),
    }
}

/// The lists of addresses are there and not old.
pub(super) fn lists(data_dir: &Path, clock: &dyn Clock) -> Finding {
    const NAME: &str = "lists";
    const UPDATE: &str = "Run: waxwing lists update";
    let sets = match lists::load(data_dir) {
        Ok(sets) => sets,
        Err(error) => {
            let path = lists::path(data_dir);
            return Finding::fail(NAME, format!("{} cannot be used: {error}. {UPDATE}", path.display()));
        }
    };
    let age = |set: &StoredSet| clock.now().saturating_sub(set.fetched_at);
    let Some(oldest) = sets.iter().map(age).max() else {
        return Finding::warn(NAME, format!("there are none: verdicts are less sure without them. {UPDATE}"));
    };
    let stale: Vec<_> = sets.iter().filter(|set| age(set) > STALE_AFTER_MS).map(|set| set.set.name).collect();
    if stale.is_empty() {
        Finding::ok(NAME, format!("{} of them, the oldest fetched {} days ago", sets.len(), oldest / DAY))
    } else {
        let (names, days) = (stale.join(", "), STALE_AFTER_MS / DAY);
        Finding::warn(NAME, format!("{names} older than {days} days: verdicts are less sure by them. {UPDATE}"))
    }
}
