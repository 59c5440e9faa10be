//! What happened for the safety of accounts: who signed in, paired, revoked, changed a role. Kept 90 days, shown to its owner.
//!
//! What must hold: no secret, token, code or subject ever stands in one.

use waxwing_protocol::Millis;

use super::people::Role;
use super::{Result, Store, Work, sql};
use crate::account_id::AccountId;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened<'a> {
    /// Its name.
    pub kind: &'static str,
    /// Of what.
    pub detail: Option<&'a str>,
}

impl Happened<'static> {
    /// Somebody signed in by a code.
    pub const SIGNED_IN_CODE: Self = Self::of("signed_in_code");
    /// Somebody signed in at the provider.
    pub const SIGNED_IN_PROVIDER: Self = Self::of("signed_in_provider");
    /// A session was ended.
    pub const SIGNED_OUT: Self = Self::of("signed_out");
    /// All other browsers were signed out.
    pub const OTHERS_SIGNED_OUT: Self = Self::of("others_signed_out");
    /// A code to pair a browser or to sign in was made.
    pub const CODE_MADE: Self = Self::of("code_made");
    /// An admin stopped the account.
    pub const SUSPENDED: Self = Self::of("suspended");
    /// An admin lets it go on.
    pub const RESUMED: Self = Self::of("resumed");
    /// An admin changed its limits.
    pub const LIMITS: Self = Self::of("limits");
    /// Their admin changed somebody.
    pub const CHANGED_SOMEBODY: Self = Self::of("changed_somebody");
    /// An invitation was made.
    pub const INVITED: Self = Self::of("invited");
    /// The account was made by an invitation or at a provider.
    pub const JOINED: Self = Self::of("joined");

    /// An archive of everything was asked for.
    pub const EXPORT_MADE: Self = Self::of("export_made");
    /// It was downloaded.
    pub const EXPORT_TAKEN: Self = Self::of("export_taken");
    /// Erasing the account was asked for.
    pub const ERASURE_ASKED: Self = Self::of("erasure_asked");
    /// That was taken back.
    pub const ERASURE_UNDONE: Self = Self::of("erasure_undone");
    /// Erasing a recipient was asked for.
    pub const RECIPIENT_ERASURE_ASKED: Self = Self::of("recipient_erasure_asked");
    /// Their owner restricted the account.
    pub const RESTRICTED: Self = Self::of("restricted");
    /// They use it again.
    pub const UNRESTRICTED: Self = Self::of("unrestricted");
    /// A new epoch of minting began without a browser being revoked.
    pub const EPOCH: Self = Self::of("epoch");
    /// Of the backend: all that is sealed is under another master key.
    pub const KEYS_ROTATED: Self = Self::of("keys_rotated");
    /// Of the backend: an account was erased. Whose is not said.
    pub const ACCOUNT_ERASED: Self = Self::of("account_erased");
    /// Of the backend: a recipient was erased. Who is not said.
    pub const RECIPIENT_ERASED: Self = Self::of("recipient_erased");
    /// Of the backend: it was stopped for everybody.
    pub const ALL_STOPPED: Self = Self::of("all_stopped");
    /// Of the backend: it goes on for everybody.
    pub const ALL_RESUMED: Self = Self::of("all_resumed");

    /// Of the backend: an admin changed how long things are kept.
    pub const RETENTION: Self = Self::of("retention");

    const fn of(kind: &'static str) -> Self {
        Self { kind, detail: None }
    }

    /// The role became this.
    pub fn role(role: Role) -> Self {
        Self { kind: "role", detail: Some(role.name()) }
    }
}

impl<'a> Happened<'a> {
    /// Of the backend: what was not let in, so often within a minute.
    pub fn not_let_in(kind: &'static str, times: &'a str) -> Self {
        Self { kind, detail: Some(times) }
    }

    /// A browser of this name was paired.
    pub fn paired(device: &'a str) -> Self {
        Self { kind: "paired", detail: Some(device) }
    }

    /// A browser of this name was revoked.
    pub fn revoked(device: &'a str) -> Self {
        Self { kind: "revoked", detail: Some(device) }
    }

    /// A mailbox was disconnected.
    pub fn disconnected(address: &'a str) -> Self {
        Self { kind: "disconnected", detail: Some(address) }
    }
}

/// What stands in place of an account where something happened to the backend itself.
const BACKEND: &str = "";

/// An entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Millis,
    /// The name of what happened.
    pub kind: String,
    /// Of what.
    pub detail: Option<String>,
}

/// Writes it down with what it is about.
pub async fn add(tx: &mut Work, account: AccountId, now: Millis, happened: &Happened<'_>) -> Result<()> {
    write(tx, account.as_str(), now, happened).await
}

/// The same of the backend itself.
pub async fn add_of_backend(tx: &mut Work, now: Millis, happened: &Happened<'_>) -> Result<()> {
    write(tx, BACKEND, now, happened).await
}

async fn write(tx: &mut Work, account: &str, now: Millis, happened: &Happened<'_>) -> Result<()> {
    sql::query("INSERT INTO security_events (account, at, kind, detail) VALUES ($1, $2, $3, $4)")
        .bind(account)
        .bind(now)
        .bind(happened.kind)
        .bind(happened.detail)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// Writes it down.
    pub async fn add_security_event(&self, account: AccountId, now: Millis, happened: &Happened<'_>) -> Result<()> {
        let mut tx = self.write_of(account).await?;
        add(&mut tx, account, now, happened).await?;
        tx.commit().await
    }

    /// Writes down what happened to the backend itself.
    pub async fn add_backend_event(&self, now: Millis, happened: &Happened<'_>) -> Result<()> {
        let mut tx = self.write().await?;
        add_of_backend(&mut tx, now, happened).await?;
        tx.commit().await
    }

    /// The newest entries of the backend itself.
    pub async fn backend_events(&self, limit: u32) -> Result<Vec<Entry>> {
        self.entries(BACKEND, limit).await
    }

    /// The newest entries of an account.
    pub async fn security_events(&self, account: AccountId, limit: u32) -> Result<Vec<Entry>> {
        self.entries(account.as_str(), limit).await
    }

    async fn entries(&self, account: &str, limit: u32) -> Result<Vec<Entry>> {
        let rows = sql::query("SELECT at, kind, detail FROM security_events WHERE account = $1 ORDER BY id DESC LIMIT $2")
            .bind(account)
            .bind(i64::from(limit))
            .fetch_all(self.read())
            .await?;
        rows.iter().map(|row| Ok(Entry { at: row.try_get(0)?, kind: row.try_get(1)?, detail: row.try_get(2)? })).collect()
    }
}
