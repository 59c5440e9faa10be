//! What is known of the people behind accounts: their role, whether they are suspended, how they sign in, and their limits.
//!
//! What must hold: a backend that has admins keeps one that is not suspended; an identity of a provider leads to one account at most.

use waxwing_protocol::Millis;

use super::accounts::id_from;
use super::security::{self, Happened};
use super::{Result, Store, Work, sql};
use crate::account_id::AccountId;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Uses the backend.
    Member,
    /// Also says who may.
    Admin,
}

impl Role {
    fn number(self) -> i64 {
        i64::from(self == Self::Admin)
    }

    /// Its name, as events and the command line have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

/// An account's person. Nothing in it is of a mail.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The account's name on the command line.
    pub account_name: String,
    /// What they may do.
    pub role: Role,
    /// Since when they are suspended.
    pub suspended_at: Option<Millis>,
    /// How they want to be called; else the account's name.
    pub name: Option<String>,
    /// Their address, as their provider confirmed it.
    pub address: Option<String>,
    /// `en` or `de`; else what the browser prefers.
    pub language: Option<String>,
    /// Whether a provider vouches for them.
    pub by_provider: bool,
    /// What they may use up.
    pub limits: Bounds,
    /// When a device of theirs called last.
    pub seen_at: Option<Millis>,
    /// How many devices they have.
    pub devices: i64,
}

impl Person {
    /// How to call them.
    pub fn shown(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.account_name)
    }
}

/// A day in milliseconds. That of a bound begins at midnight, UTC, by the backend's clock.
const DAY: Millis = 24 * 60 * 60 * 1_000;

/// What an account may use up in a day. `None`: as much as there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Mails that are registered, those that are deleted again among them.
    pub messages: Option<u32>,
}

/// What a provider says of a person: all of it that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Who says it.
    pub issuer: String,
    /// The name that it knows them by.
    pub subject: String,
    /// Their name.
    pub name: Option<String>,
    /// Their address, in lower case, confirmed.
    pub address: String,
    /// Their language.
    pub language: Option<String>,
}

/// What came of a change that an admin asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is so now.
    Done,
    /// There is no such account.
    Unknown,
    /// No admin would be left.
    LastAdmin,
}

const PEOPLE: &str = "SELECT a.id, a.name, p.role, p.suspended_at, p.name, p.address, p.language, p.issuer, p.messages_day, \
     (SELECT MAX(d.seen_at) FROM devices d WHERE d.account = a.id), (SELECT COUNT(*) FROM devices d WHERE d.account = a.id) \
     FROM accounts a LEFT JOIN people p ON p.account = a.id";

fn person(row: &sql::Row) -> Result<Person> {
    let messages = row.try_get::<Option<i64>>(8)?.and_then(|n| u32::try_from(n).ok());
    Ok(Person {
        account: id_from(row.try_get(0)?)?,
        account_name: row.try_get(1)?,
        role: if row.try_get::<Option<i64>>(2)? == Some(1) { Role::Admin } else { Role::Member },
        suspended_at: row.try_get(3)?,
        name: row.try_get(4)?,
        address: row.try_get(5)?,
        language: row.try_get(6)?,
        by_provider: row.try_get::<Option<String>>(7)?.is_some(),
        limits: Bounds { messages },
        seen_at: row.try_get(9)?,
        devices: row.try_get(10)?,
    })
}

impl Store {
    /// The people of all accounts, in the order in which they came.
    pub async fn everyone(&self) -> Result<Vec<Person>> {
        let all = sql::AssertSqlSafe(format!("{PEOPLE} ORDER BY a.created_at, a.id"));
        sql::query(all).fetch_all(self.read()).await?.iter().map(person).collect()
    }

    /// The person of an account.
    pub async fn person(&self, account: AccountId) -> Result<Option<Person>> {
        let one = sql::AssertSqlSafe(format!("{PEOPLE} WHERE a.id = $1"));
        sql::query(one).bind(account.as_str()).fetch_optional(self.read()).await?.map(|row| person(&row)).transpose()
    }

    /// The account of an identity.
    pub async fn account_of(&self, issuer: &str, subject: &str) -> Result<Option<AccountId>> {
        sql::query("SELECT account FROM people WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .fetch_optional(self.read())
            .await?
            .map(|row| id_from(row.try_get(0)?))
            .transpose()
    }

    /// Writes down what a provider says now of somebody whose account is known.
    pub async fn vouch(&self, account: AccountId, vouched: &Vouched) -> Result<()> {
        let mut tx = self.write_of(account).await?;
        sql::query(
            "UPDATE people SET address = $2, name = COALESCE(name, $3), language = COALESCE(language, $4) WHERE account = $1",
        )
        .bind(account.as_str())
        .bind(&vouched.address)
        .bind(vouched.name.as_deref())
        .bind(vouched.language.as_deref())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// What they chose: how they are called, and their language (`None`: as the browser prefers).
    pub async fn set_person(&self, account: AccountId, name: &str, language: Option<&str>) -> Result<()> {
        let mut tx = self.write_of(account).await?;
        row_of(&mut tx, account).await?;
        sql::query("UPDATE people SET name = $2, language = $3 WHERE account = $1")
            .bind(account.as_str())
            .bind(name)
            .bind(language)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Gives a role.
    pub async fn set_role(&self, account: AccountId, role: Role, now: Millis) -> Result<Changed> {
        let set = sql::query("UPDATE people SET role = $2 WHERE account = $1").bind(account.as_str()).bind(role.number());
        self.change_person(account, set, role == Role::Member, &Happened::role(role), now).await
    }

    /// Stops an account, or lets it go on.
    pub async fn set_suspended(&self, account: AccountId, suspended: bool, now: Millis) -> Result<Changed> {
        let set = sql::query("UPDATE people SET suspended_at = $2 WHERE account = $1")
            .bind(account.as_str())
            .bind(suspended.then_some(now));
        let happened = if suspended { Happened::SUSPENDED } else { Happened::RESUMED };
        self.change_person(account, set, suspended, &happened, now).await
    }

    /// Bounds what an account may use up.
    pub async fn set_bounds(&self, account: AccountId, bounds: Bounds, now: Millis) -> Result<Changed> {
        let set = sql::query("UPDATE people SET messages_day = $2 WHERE account = $1")
            .bind(account.as_str())
            .bind(bounds.messages.map(i64::from));
        self.change_person(account, set, false, &Happened::LIMITS, now).await
    }

    async fn change_person(
        &self,
        account: AccountId,
        set: sql::Query,
        loses_power: bool,
        happened: &Happened<'_>,
        now: Millis,
    ) -> Result<Changed> {
        // Of the whole database: two admins must not take each other's role at once.
        let mut tx = self.write().await?;
        let known = sql::query("SELECT 1 FROM accounts WHERE id = $1").bind(account.as_str()).fetch_optional(&mut *tx).await?;
        if known.is_none() {
            tx.cancel().await?;
            return Ok(Changed::Unknown);
        }
        row_of(&mut tx, account).await?;
        if loses_power {
            let is_admin: i64 = sql::query_scalar("SELECT COUNT(*) FROM people WHERE account = $1 AND role = 1")
                .bind(account.as_str())
                .fetch_one(&mut *tx)
                .await?;
            let others = "SELECT COUNT(*) FROM people WHERE account <> $1 AND role = 1 AND suspended_at IS NULL";
            let others: i64 = sql::query_scalar(others).bind(account.as_str()).fetch_one(&mut *tx).await?;
            if is_admin > 0 && others == 0 {
                tx.cancel().await?;
                return Ok(Changed::LastAdmin);
            }
        }
        set.execute(&mut *tx).await?;
        security::add(&mut tx, account, now, happened).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }
}

/// Counts a mail that an account registers, where its mails of a day are bounded.
pub(super) async fn count_mail(tx: &mut Work, account: AccountId, now: Millis) -> Result<()> {
    sql::query(
        "UPDATE people SET counted = CASE WHEN counted_day = $2 THEN counted + 1 ELSE 1 END, counted_day = $2 \
         WHERE account = $1 AND messages_day IS NOT NULL",
    )
    .bind(account.as_str())
    .bind(now.div_euclid(DAY))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether more mails are counted today than the account may register.
pub(super) async fn is_used_up(tx: &mut Work, account: AccountId, now: Millis) -> Result<bool> {
    let over = "SELECT 1 FROM people WHERE account = $1 AND counted_day = $2 AND counted > messages_day";
    let over = sql::query(over).bind(account.as_str()).bind(now.div_euclid(DAY)).fetch_optional(&mut **tx).await?;
    Ok(over.is_some())
}

/// Makes sure that the account's person has a row.
pub(super) async fn row_of(tx: &mut Work, account: AccountId) -> Result<()> {
    sql::query("INSERT INTO people (account) VALUES ($1) ON CONFLICT (account) DO NOTHING")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Has the account sign in by this identity from now on, which is nobody else's.
pub(super) async fn bind_identity(tx: &mut Work, account: AccountId, vouched: &Vouched) -> Result<()> {
    row_of(tx, account).await?;
    sql::query(
        "UPDATE people SET issuer = $2, subject = $3, name = COALESCE(name, $4), address = $5, language = COALESCE(language, $6) \
         WHERE account = $1",
    )
    .bind(account.as_str())
    .bind(&vouched.issuer)
    .bind(&vouched.subject)
    .bind(vouched.name.as_deref())
    .bind(&vouched.address)
    .bind(vouched.language.as_deref())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
