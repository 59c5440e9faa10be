//! Invitations, sign-ins at a provider that have not come back yet, and how somebody whom a provider vouches for gets an account.
//!
//! What must hold: a state is used once; an invitation is used once, by the address that it is for, before it expires, in the
//! transaction that makes the account; an address alone never leads into an account that exists.

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::people::{self, Vouched};
use super::security::{self, Happened};
use super::{Result, Store, Work, one_row, sql};
use crate::account_id::AccountId;

/// An invitation.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// The account that it leads into.
    pub account: Option<AccountId>,
    /// The only address that may use it.
    pub address: Option<String>,
    /// When it expires.
    pub expires_at: Millis,
}

/// Used and expired ones are kept so long.
const KEEP: Millis = 30 * 24 * 60 * 60 * 1000;

/// What came of somebody who signed in for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// This is their account.
    Account(AccountId),
    /// The invitation is unknown, used, expired, or for somebody else.
    NotInvited,
}

impl Store {
    /// Remembers an invitation.
    pub async fn invite(&self, hash: [u8; 32], invitation: &Invitation, by: Option<AccountId>, now: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        sql::query("DELETE FROM invitations WHERE expires_at < $1").bind(now - KEEP).execute(&mut *tx).await?;
        sql::query("INSERT INTO invitations (hash, id, account, address, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(&hash[..])
            .bind(invitation.id)
            .bind(invitation.account.as_ref().map(AccountId::as_str))
            .bind(invitation.address.as_deref())
            .bind(now)
            .bind(invitation.expires_at)
            .execute(&mut *tx)
            .await?;
        if let Some(by) = by {
            security::add(&mut tx, by, now, &Happened::INVITED).await?;
        }
        tx.commit().await
    }

    /// Invitations that can be used.
    pub async fn invitations(&self, now: Millis) -> Result<Vec<Invitation>> {
        let open = "SELECT id, account, address, expires_at FROM invitations WHERE used_at IS NULL AND expires_at > $1 ORDER BY made_at, id";
        let rows = sql::query(open).bind(now).fetch_all(self.read()).await?;
        rows.iter()
            .map(|row| {
                Ok(Invitation {
                    id: row.try_get(0)?,
                    account: row.try_get::<Option<String>>(1)?.map(|id| id_from(&id)).transpose()?,
                    address: row.try_get(2)?,
                    expires_at: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Takes an invitation back. False: there is none that can be used.
    pub async fn withdraw(&self, id: Uuid) -> Result<bool> {
        let mut tx = self.write().await?;
        let gone = sql::query("DELETE FROM invitations WHERE id = $1 AND used_at IS NULL").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Remembers that somebody was sent to the provider, and forgets whoever did not come back.
    pub async fn begin_sign_in(&self, state: [u8; 32], invitation: Option<[u8; 32]>, now: Millis, until: Millis) -> Result<()> {
        let mut tx = self.write().await?;
        sql::query("DELETE FROM sign_ins WHERE expires_at <= $1").bind(now).execute(&mut *tx).await?;
        sql::query("INSERT INTO sign_ins (state, expires_at, invitation) VALUES ($1, $2, $3)")
            .bind(&state[..])
            .bind(until)
            .bind(invitation.as_ref().map(|hash| &hash[..]))
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// They came back: the hash of the invitation that it began with. `None`: no such sign-in, or it came back before, or too late.
    pub async fn take_sign_in(&self, state: [u8; 32], now: Millis) -> Result<Option<Option<[u8; 32]>>> {
        let mut tx = self.write().await?;
        let found = sql::query("SELECT invitation FROM sign_ins WHERE state = $1 AND expires_at > $2")
            .bind(&state[..])
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
        let gone = sql::query("DELETE FROM sign_ins WHERE state = $1").bind(&state[..]).execute(&mut *tx).await?;
        tx.commit().await?;
        match found {
            Some(row) if gone.rows_affected() == 1 => {
                Ok(Some(row.try_get::<Option<Vec<u8>>>(0)?.and_then(|hash| hash.try_into().ok())))
            }
            _ => Ok(None),
        }
    }

    /// An account for somebody whose identity is not known yet: the one that the invitation names, or a new one. `open`: they need no
    /// invitation. Whoever was first with this identity has the account.
    pub async fn join(
        &self,
        vouched: &Vouched,
        invitation: Option<[u8; 32]>,
        open: bool,
        fresh: AccountId,
        now: Millis,
    ) -> Result<Joined> {
        let mut tx = self.write().await?;
        let known = sql::query("SELECT account FROM people WHERE issuer = $1 AND subject = $2")
            .bind(&vouched.issuer)
            .bind(&vouched.subject)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = known {
            let account = id_from(row.try_get(0)?)?;
            tx.cancel().await?;
            return Ok(Joined::Account(account));
        }
        let invited = match invitation {
            Some(hash) => use_up(&mut tx, hash, &vouched.address, now).await?,
            None => by_address(&mut tx, &vouched.address, now).await?,
        };
        let account = match invited {
            Some((hash, Some(account))) => {
                used_for(&mut tx, &hash, account, now).await?;
                account
            }
            Some((hash, None)) => {
                make(&mut tx, vouched, fresh, now).await?;
                used_for(&mut tx, &hash, fresh, now).await?;
                fresh
            }
            None if open => {
                make(&mut tx, vouched, fresh, now).await?;
                fresh
            }
            None => {
                tx.cancel().await?;
                return Ok(Joined::NotInvited);
            }
        };
        people::bind_identity(&mut tx, account, vouched).await?;
        security::add(&mut tx, account, now, &Happened::JOINED).await?;
        tx.commit().await?;
        Ok(Joined::Account(account))
    }
}

type Invited = (Vec<u8>, Option<AccountId>);

/// The invitation, when this address may use it.
async fn use_up(tx: &mut Work, hash: [u8; 32], address: &str, now: Millis) -> Result<Option<Invited>> {
    let find = "SELECT hash, account FROM invitations WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 \
                AND (address IS NULL OR address = $3)";
    invited(sql::query(find).bind(&hash[..]).bind(now).bind(address).fetch_optional(&mut **tx).await?)
}

/// The oldest invitation for this address, for whoever signs in without its link. It never leads into an account that exists: that
/// takes the link.
async fn by_address(tx: &mut Work, address: &str, now: Millis) -> Result<Option<Invited>> {
    let find = "SELECT hash, account FROM invitations WHERE address = $1 AND account IS NULL AND used_at IS NULL AND expires_at > $2 \
                ORDER BY made_at LIMIT 1";
    invited(sql::query(find).bind(address).bind(now).fetch_optional(&mut **tx).await?)
}

fn invited(row: Option<sql::Row>) -> Result<Option<Invited>> {
    row.map(|row| Ok((row.try_get(0)?, row.try_get::<Option<String>>(1)?.map(|id| id_from(&id)).transpose()?))).transpose()
}

async fn used_for(tx: &mut Work, hash: &[u8], account: AccountId, now: Millis) -> Result<()> {
    let used = sql::query("UPDATE invitations SET used_at = $2, account = $3 WHERE hash = $1 AND used_at IS NULL")
        .bind(hash)
        .bind(now)
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    one_row(used.rows_affected())
}

/// A new account, named after the address; where that name is taken, with the account's id behind it.
async fn make(tx: &mut Work, vouched: &Vouched, fresh: AccountId, now: Millis) -> Result<()> {
    let taken = sql::query("SELECT 1 FROM accounts WHERE name = $1").bind(&vouched.address).fetch_optional(&mut **tx).await?;
    let name = if taken.is_some() { format!("{} ({fresh})", vouched.address) } else { vouched.address.clone() };
    sql::query("INSERT INTO accounts (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(fresh.as_str())
        .bind(&name)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
