//! Leases: who works on which row, and until when. They stand in the rows themselves, of each kind of work that falls due; how one is
//! taken is told beside each kind ([`super::scheduled::lease`], [`super::reminders::lease`]).
//!
//! What must hold: whoever took a lease is the only one who works on the row until its owner is dead or has not renewed it in time.
//! Instants are those of the clock of whoever takes and renews.

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::sql;
use super::{Result, Store};
use crate::account_id::AccountId;

/// Where leases stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leases {
    /// In mails that go later.
    Scheduled,
    /// In reminders.
    Reminders,
}

impl Leases {
    const ALL: [Self; 2] = [Self::Scheduled, Self::Reminders];
}

/// Who works on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Which process, or rather which engine.
    pub owner: Uuid,
    /// Which lease of the row.
    pub number: i64,
}

/// Who takes what is due, and how much of it.
#[derive(Debug, Clone)]
pub struct Taking<'a> {
    /// The engine.
    pub owner: Uuid,
    /// Now.
    pub now: Millis,
    /// Until when a lease holds unless it is renewed.
    pub until: Millis,
    /// The most rows.
    pub limit: i64,
    /// Mailboxes that have enough to do.
    pub busy: &'a [Uuid],
}

/// The statements of one table.
pub(super) struct Statements {
    /// When something is due next that nobody works on.
    pub(super) next: &'static str,
    renew: &'static str,
    owners: &'static str,
    of: &'static str,
}

/// `due`: word for word the condition of the table's partial index, or it is not used.
macro_rules! statements {
    ($table:literal, due $due:literal) => {
        Statements {
            next: concat!("SELECT MIN(due_at) FROM ", $table, " WHERE ", $due),
            renew: concat!("UPDATE ", $table, " SET lease_until = $2 WHERE lease_until IS NOT NULL AND lease_owner = $1"),
            owners: concat!(
                "SELECT lease_owner, MIN(lease_until) FROM ",
                $table,
                " WHERE lease_until IS NOT NULL GROUP BY lease_owner"
            ),
            of: concat!(
                "SELECT account, id FROM ",
                $table,
                " WHERE lease_until IS NOT NULL AND lease_until < $2 AND lease_owner = $1 LIMIT $3"
            ),
        }
    };
}

const SCHEDULED: Statements = statements!("scheduled", due "state IN (0, 4) AND lease_until IS NULL AND due_at IS NOT NULL");
const REMINDERS: Statements = statements!("reminders", due "due_at IS NOT NULL AND lease_until IS NULL");

impl Leases {
    pub(super) const fn statements(self) -> &'static Statements {
        match self {
            Self::Scheduled => &SCHEDULED,
            Self::Reminders => &REMINDERS,
        }
    }
}

impl Store {
    /// When something is due next that nobody works on.
    pub async fn next_unleased(&self, leases: Leases) -> Result<Option<Millis>> {
        Ok(sql::query_scalar(leases.statements().next).fetch_one(self.read()).await?)
    }

    /// Renews all leases of an engine.
    pub async fn renew_leases(&self, leases: Leases, owner: Uuid, until: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        sql::query(leases.statements().renew).bind(owner).bind(until).execute(&mut *tx).await?;
        tx.commit().await
    }

    /// Who holds leases, and until when the first of them holds.
    pub async fn lease_owners(&self, leases: Leases) -> Result<Vec<(Uuid, Millis)>> {
        let rows = sql::query(leases.statements().owners).fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Rows that an engine holds leases of, which end before an instant: whose they are, and their ids.
    pub async fn leased_by(&self, leases: Leases, owner: Uuid, before: Millis, limit: i64) -> Result<Vec<(AccountId, Uuid)>> {
        let rows = sql::query(leases.statements().of).bind(owner).bind(before).bind(limit).fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get(1)?))).collect()
    }

    /// An engine holds leases, of whatever kind.
    pub async fn holds_leases(&self, owner: Uuid) -> Result<bool> {
        for leases in Leases::ALL {
            if !self.leased_by(leases, owner, Millis::MAX, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
