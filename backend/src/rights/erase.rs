//! Erasing: an account, or a recipient everywhere. It is asked for, waits for seven days in which it can be undone, and is then done to
//! its end, over as many rounds and restarts as it takes.
//!
//! What must hold: from the moment that an account's erasure is asked for nothing of it is used, and its hits are stored nowhere;
//! once it began it cannot be undone; it is done only when a whole round found nothing more; what is left proves it without the data.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use waxwing_domain::answers::person;
use waxwing_protocol::Millis;
use waxwing_protocol::api::ScheduledAction;

use super::{list, prepared, recipient, tables};
use crate::account_id::AccountId;
use crate::app::App;
use crate::consent::kept;
use crate::entropy::{self, Entropy};
use crate::http::mailboxes::remove::give_back;
use crate::keys::Keys;
use crate::retention::set_aside;
use crate::store::accounts::Account;
use crate::store::rights::{Erasure, Kind, Stage};
use crate::store::{Result, Store, StoreError};

/// How long an erasure can be undone, in milliseconds: seven days.
pub const GRACE: Millis = 7 * 24 * 60 * 60 * 1_000;
/// How long one waits that was asked for without grace, while backends run: all of them know of it by then.
pub const AT_ONCE: Millis = 2 * 60 * 1_000;
/// How long a mailbox may take to give a grant back or notes up.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many rows of which table went.
pub type Counts = BTreeMap<String, u64>;

/// What erasing works with.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// The database.
    pub store: &'a Store,
    /// Make digests.
    pub keys: &'a Keys,
    /// Where the list of what was erased is, and the log of hits.
    pub data_dir: &'a Path,
    /// The backend, when one runs.
    pub app: Option<&'a App>,
}

/// The erasure of an account, to be asked for.
pub fn of_account(
    keys: &Keys,
    account: &Account,
    entropy: &dyn Entropy,
    now: Millis,
    wait: Millis,
) -> std::io::Result<Erasure> {
    let digest = keys.erased(Kind::Account.name(), &account.name);
    new(Kind::Account, Some(account.id), None, digest, entropy, now, wait)
}

/// The erasure of a recipient: of one account, or of all. `None`: this is no address.
pub fn of_recipient(
    keys: &Keys,
    account: Option<AccountId>,
    address: &str,
    entropy: &dyn Entropy,
    now: Millis,
    wait: Millis,
) -> std::io::Result<Option<Erasure>> {
    let Some(plain) = person(address) else { return Ok(None) };
    let digest = keys.erased(Kind::Recipient.name(), &plain);
    new(Kind::Recipient, account, Some(address.trim().to_lowercase()), digest, entropy, now, wait).map(Some)
}

fn new(
    kind: Kind,
    account: Option<AccountId>,
    address: Option<String>,
    digest: [u8; 32],
    entropy: &dyn Entropy,
    now: Millis,
    wait: Millis,
) -> std::io::Result<Erasure> {
    Ok(Erasure {
        id: entropy::uuid(entropy)?,
        kind,
        account,
        address,
        digest: digest.to_vec(),
        stage: Stage::Waits,
        asked_at: now,
        due_at: now.saturating_add(wait),
        done_at: None,
        counts: None,
    })
}

/// Has every account that is to be erased not used from now on: also what is to go out for it stays. Called again, it finds what came
/// since.
pub async fn look_after(app: &App) -> Result<()> {
    app.gate.closed.reload(&app.store).await?;
    for erasure in app.store.open_erasures().await? {
        if let (Kind::Account, Stage::Waits, Some(account)) = (erasure.kind, erasure.stage, erasure.account) {
            cancel_scheduled(app, account).await?;
        }
    }
    Ok(())
}

/// What waits to be sent is cancelled, with its line of the flight recorder.
pub async fn cancel_scheduled(app: &App, account: AccountId) -> Result<()> {
    for id in app.store.scheduled_to_cancel(account).await? {
        if let Err(error) = app.jobs.act(account, id, ScheduledAction::Cancel).await {
            // It is being sent right now, or was: that is for its owner to see.
            tracing::debug!(%error, "a mail of an account that is to be erased could not be cancelled");
        }
    }
    Ok(())
}

/// Does what is due at `now`, once through; gives how many erasures are still at it.
pub async fn round(work: &Work<'_>, now: Millis) -> Result<usize> {
    let mut left = 0;
    for erasure in work.store.open_erasures().await? {
        if erasure.stage == Stage::Waits && erasure.due_at > now {
            continue;
        }
        if !work.store.begin_erasure(erasure.id).await? {
            continue;
        }
        if let Some(app) = work.app {
            app.gate.closed.reload(work.store).await?;
        }
        if !step(work, &erasure, now).await? {
            left += 1;
        }
    }
    Ok(left)
}

/// Erases once more what the list says was erased, and the database, which is of an older backup, does not know of; gives how many
/// that were.
pub async fn again(work: &Work<'_>, now: Millis) -> Result<usize> {
    let lines = list::read(work.data_dir).map_err(|error| StoreError::Failed(error.to_string()))?;
    let known: HashSet<_> = work.store.all_erasures().await?.into_iter().map(|erasure| erasure.id).collect();
    let mut asked = HashSet::new();
    for line in lines {
        let Some(erasure) = line.again(now) else {
            return Err(StoreError::Failed(format!("{} has a line of a newer version", list::FILE)));
        };
        if !known.contains(&erasure.id) && asked.insert(erasure.id) {
            work.store.ask_erasure(&erasure).await?;
        }
    }
    if !asked.is_empty() {
        while round(work, now).await? > 0 {}
    }
    Ok(asked.len())
}

/// Erases what there is. True: nothing was left, and it is done.
async fn step(work: &Work<'_>, erasure: &Erasure, now: Millis) -> Result<bool> {
    let gone = match (erasure.kind, erasure.account) {
        (Kind::Account, Some(account)) => account_rows(work, account).await?,
        (Kind::Account, None) => return Err(StoreError::Failed("an erasure of an account names none".to_owned())),
        (Kind::Recipient, _) => recipient::erase(work, erasure, now).await?,
    };
    if let Some(account) = erasure.account {
        prepared::erase(work.data_dir, account).map_err(|error| StoreError::Failed(error.to_string()))?;
        if erasure.kind == Kind::Account {
            kept::forget(work.data_dir, account).map_err(|error| StoreError::Failed(error.to_string()))?;
        }
    }
    set_aside::purge(work.data_dir, Millis::MAX).map_err(|error| StoreError::Failed(error.to_string()))?;
    if let Some(app) = work.app {
        app.journal.forget();
    }
    if gone.values().any(|rows| *rows > 0) {
        work.store.count_erasure(erasure.id, &added(erasure.counts.as_deref(), gone)).await?;
        return Ok(false);
    }
    // Before the row says so: what is restored from an older backup is erased again.
    list::append_once(work.data_dir, erasure, now).map_err(|error| StoreError::Failed(error.to_string()))?;
    work.store.finish_erasure(erasure, now).await?;
    tracing::info!(erasure = %erasure.id, kind = erasure.kind.name(), "erased");
    Ok(true)
}

fn added(before: Option<&str>, gone: Counts) -> String {
    let mut counts: Counts = before.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    for (table, rows) in gone {
        *counts.entry(table).or_default() += rows;
    }
    // Names and numbers always become JSON.
    serde_json::to_string(&counts).unwrap_or_default()
}

/// All rows of an account but its own in `accounts`, to which new ones may still refer.
async fn account_rows(work: &Work<'_>, account: AccountId) -> Result<Counts> {
    if let Some(app) = work.app {
        leave_mailboxes(app, account).await?;
    }
    let mut counts = Counts::new();
    for owned in tables::owned(work.store).await? {
        if owned.table.name == "accounts" {
            continue;
        }
        let mut gone = 0;
        let mut last: Option<Vec<_>> = None;
        loop {
            let rows = owned.page(work.store, account, last.as_deref()).await?;
            gone += owned.delete(work.store, account, &rows).await?;
            let full = rows.len() == tables::PAGE;
            last = rows.into_iter().next_back();
            if !full {
                break;
            }
            // The hits that wait for the disk go first.
            tokio::task::yield_now().await;
        }
        if gone > 0 {
            counts.insert(owned.table.name.clone(), gone);
        }
    }
    Ok(counts)
}

/// Notes are taken out of the account's mailboxes, and grants given back, as far as that works now.
async fn leave_mailboxes(app: &App, account: AccountId) -> Result<()> {
    for row in app.store.mailboxes(account).await? {
        let leaving = async {
            app.reminders.leave(row.id).await;
            let _ = give_back(app, &row).await;
        };
        if tokio::time::timeout(PATIENCE, leaving).await.is_err() {
            tracing::warn!(mailbox = %row.id, "a mailbox of an account that is erased does not answer: its grant may live on");
        }
        app.mailboxes.forget(row.id);
    }
    Ok(())
}
