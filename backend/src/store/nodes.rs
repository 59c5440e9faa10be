//! What several backends on one PostgreSQL share: leases of the work that one of them does for all, words to each other, and which
//! keys belong to the database. Nothing of it is needed on SQLite, which serves one backend.
//!
//! What must hold: a lease changes hands only when it has run out by the server's clock, and never while a transaction of its
//! holder is open: each of those asks for the lease under a lock of its row ([`Fence`]), so that a backend that froze and woke
//! up changes nothing, and what it was changing when it froze is over, one way or the other, before the next one begins.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::mpsc;
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;

use super::accounts::id_from;
use super::consent::kinds_from;
use super::sql::{self, Pool};
use super::{Result, Store, StoreError, Work, settings};
use crate::account_id::AccountId;

/// The server's clock, in milliseconds.
macro_rules! now {
    () => {
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
    };
}
pub(super) use now;

/// Whatever is held for so long was written by a clock that was set back since: no lease is that long.
const FAR: Millis = 60_000;

/// Where things are told. As in the triggers of `migrations/postgres`.
const CHANNEL: &str = "waxwing";

/// A lease as this backend holds it: whoever writes under it asks for it in each transaction.
#[derive(Debug)]
pub struct Fence {
    name: &'static str,
    /// 0: it is not held.
    number: AtomicI64,
}

impl Fence {
    /// One that is not held.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, number: AtomicI64::new(0) }
    }

    /// The name of its row.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The number it is held under; 0: it is not held.
    pub fn number(&self) -> i64 {
        self.number.load(Ordering::SeqCst)
    }

    /// It is held under this number from now on; 0: not any more.
    pub fn set(&self, number: i64) {
        self.number.store(number, Ordering::SeqCst);
    }

    /// Fails unless it is held, and keeps it from changing hands until the transaction ends.
    pub(super) async fn check(&self, tx: &mut Work) -> Result<()> {
        let number = self.number();
        let held = number != 0
            && sql::query("SELECT 1 FROM leases WHERE name = $1 AND number = $2 FOR SHARE")
                .bind(self.name)
                .bind(number)
                .fetch_optional(&mut **tx)
                .await?
                .is_some();
        if held { Ok(()) } else { Err(StoreError::LeaseLost) }
    }
}

/// A lease as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Of what.
    pub name: String,
    /// Who holds it, or held it last.
    pub holder: String,
    /// It has run out.
    pub over: bool,
    /// How often it changed hands.
    pub number: i64,
}

impl Store {
    /// The server's clock; `None` where there is no server.
    pub async fn server_clock(&self) -> Result<Option<Millis>> {
        if self.kind() == sql::Kind::Sqlite {
            return Ok(None);
        }
        Ok(Some(sql::query_scalar(concat!("SELECT ", now!())).fetch_one(self.read()).await?))
    }

    /// All leases, and the server's clock.
    pub async fn leases(&self) -> Result<(Vec<Lease>, Millis)> {
        const SQL: &str = concat!(
            "SELECT t.now, l.name, l.holder, CASE WHEN l.until < t.now OR l.until > t.now + $1 THEN 1 ELSE 0 END, l.number FROM (SELECT ",
            now!(),
            " AS now) t LEFT JOIN leases l ON TRUE"
        );
        let rows = sql::query(SQL).bind(FAR).fetch_all(self.writer()).await?;
        let (mut leases, mut now) = (Vec::with_capacity(rows.len()), 0);
        for row in &rows {
            now = row.try_get(0)?;
            if let Some(name) = row.try_get::<Option<String>>(1)? {
                leases.push(Lease { name, holder: row.try_get(2)?, over: row.try_get(3)?, number: row.try_get(4)? });
            }
        }
        Ok((leases, now))
    }

    /// Takes a lease for `length` milliseconds from a holder who did not renew it (`before`, its number then), or that nobody ever
    /// had (0); gives its new number. `None`: somebody else was faster.
    pub async fn take_lease(&self, name: &str, before: i64, length: Millis) -> Result<Option<i64>> {
        const TAKE: &str = concat!(
            "INSERT INTO leases (name, holder, until, number) VALUES ($1, current_setting('application_name'), ",
            now!(),
            " + $2, 1) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, \
             number = leases.number + 1 WHERE leases.number = $3 AND (leases.until < ",
            now!(),
            " OR leases.until > ",
            now!(),
            " + $4) RETURNING number"
        );
        let taken = sql::query_scalar(TAKE).bind(name).bind(length).bind(before).bind(FAR);
        Ok(taken.fetch_optional(self.writer()).await?)
    }

    /// Renews a lease; false when it is somebody else's by now.
    pub async fn renew_lease(&self, name: &str, number: i64, length: Millis) -> Result<bool> {
        const RENEW: &str = concat!("UPDATE leases SET until = ", now!(), " + $3 WHERE name = $1 AND number = $2");
        let done = sql::query(RENEW).bind(name).bind(number).bind(length).execute(self.writer()).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives a lease back, so that the next one need not wait until it runs out.
    pub async fn give_lease_back(&self, name: &str, number: i64) -> Result<()> {
        let sql = "UPDATE leases SET until = 0 WHERE name = $1 AND number = $2";
        sql::query(sql).bind(name).bind(number).execute(self.writer()).await?;
        Ok(())
    }

    /// What this backend's connections are known by.
    pub fn name(&self) -> String {
        match self.writer() {
            Pool::Sqlite(_) => String::new(),
            Pool::Postgres(pool) => pool.connect_options().get_application_name().unwrap_or_default().to_owned(),
        }
    }

    /// Hears what is said from now on, over a connection of its own. What comes out ends with that connection.
    pub async fn listen(&self) -> Result<mpsc::UnboundedReceiver<String>> {
        let (say, heard) = mpsc::unbounded_channel();
        let Pool::Postgres(pool) = self.writer() else { return Ok(heard) };
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(pool.connect_options().as_ref().clone());
        let mut listener = PgListener::connect_with(&own).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    note = listener.try_recv() => match note {
                        Ok(Some(note)) if say.send(note.payload().to_owned()).is_ok() => {}
                        _ => return,
                    },
                    () = say.closed() => return,
                }
            }
        });
        Ok(heard)
    }

    /// Says something to all backends, this one too.
    pub async fn tell(&self, what: &str) -> Result<()> {
        sql::query("SELECT waxwing_tell($1)").bind(what).execute(self.writer()).await?;
        Ok(())
    }

    /// Remembers a setting unless there is one; gives the one that is there.
    pub async fn keep_setting(&self, name: &str, value: &str) -> Result<String> {
        let mut tx = self.write().await?;
        let there = settings::get(&mut tx, name).await?;
        let Some(there) = there else {
            settings::set(&mut tx, name, value).await?;
            tx.commit().await?;
            return Ok(value.to_owned());
        };
        tx.cancel().await?;
        Ok(there)
    }

    /// What was refused of messages since an instant, by the clocks of whoever wrote it.
    pub async fn refused_since(&self, at: Millis) -> Result<Vec<(AccountId, Uuid, Kinds)>> {
        let sql = "SELECT account, message, by_link, by_person FROM refusals WHERE at >= $1";
        let rows = sql::query(sql).bind(at).fetch_all(self.read()).await?;
        rows.iter()
            .map(|row| {
                let refused = kinds_from(row.try_get(2)?).or(kinds_from(row.try_get(3)?));
                Ok((id_from(row.try_get(0)?)?, row.try_get(1)?, refused))
            })
            .collect()
    }

    /// Messages that were stopped since an instant, by the clocks of whoever stopped them.
    pub async fn stopped_since(&self, at: Millis) -> Result<Vec<(AccountId, Uuid)>> {
        let rows = sql::query("SELECT account, message FROM stopped WHERE at >= $1").bind(at).fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get(1)?))).collect()
    }
}
