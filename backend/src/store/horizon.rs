//! Up to where hits can be read in the order of their numbers, so that none is passed over.
//!
//! On PostgreSQL hits are written over several connections and by several backends at once, not under the lock of all other
//! writes. A number is drawn before its transaction commits: one that commits late brings a lower number to light after a higher
//! one, and a cursor that has moved on would never come back for it. So the cursor stops at a horizon: a number of which it is
//! known that everybody who drew it or a lower one is done.
//!
//! What must hold: whoever writes hits has a transaction id before it draws a number ([`super::hits::append`],
//! [`super::hit_writers`]). Then whoever drew one by the time that the last number was read holds the lock of that id when the
//! locks are read after that, or is done: committed and visible, or gone. The locks, because everybody may see them, whichever
//! role writes; of this database, because others write no hits.
//!
//! All of that is true of one server. Another one in its place (a fail-over, a backup) may have lost the newest hits and gives their
//! numbers once more: nothing that was known of the one says anything of the other. So each server is told from all others
//! ([`Server`]), and what was read from one is written to no other.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::sql::{self, Kind};
use super::{Result, Store, StoreError, Work};

/// Which server: whose data, on which timeline, since when it runs.
macro_rules! server {
    () => {
        "(SELECT CAST(c.system_identifier AS TEXT) || ' ' || CASE WHEN pg_is_in_recovery() THEN 'standby' \
         ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END || ' ' \
         || CAST(EXTRACT(EPOCH FROM pg_postmaster_start_time()) AS TEXT) FROM pg_control_system() c)"
    };
}
pub(super) use server;

const DRAWN: &str = concat!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END, ", server!(), " FROM hits_id_seq");
const WRITING: &str = concat!(
    "SELECT s.server, CAST(w.transactionid AS TEXT) FROM (SELECT ",
    server!(),
    " AS server) s LEFT JOIN (SELECT l.transactionid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
     WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND a.datname = current_database()) w ON TRUE"
);

/// A server, as told from all others. SQLite has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server(String);

impl Server {
    /// As it is compared in a statement.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Fails unless this unit of work is on the same server.
    pub async fn check(&self, tx: &mut Work) -> Result<()> {
        if tx.kind() == Kind::Sqlite {
            return Ok(());
        }
        let now: String = sql::query_scalar(concat!("SELECT ", server!())).fetch_one(&mut **tx).await?;
        if now == self.0 { Ok(()) } else { Err(StoreError::Unavailable("another server has taken its place".to_owned())) }
    }
}

/// What was found out so far.
#[derive(Debug, Default)]
pub(super) struct Horizon(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Of this server.
    server: Server,
    /// The last number that was drawn when it was looked at last.
    drawn: i64,
    /// All up to this number is there.
    whole: i64,
    /// All up to this number will be there when these transactions are done.
    next: Option<(i64, HashSet<String>)>,
}

impl Known {
    /// What is known of this server, which is nothing when it is another one than before or has lost what was drawn.
    fn of(&mut self, server: &Server, drawn: i64) -> &mut Self {
        if self.server != *server || drawn < self.drawn {
            *self = Self { server: server.clone(), ..Self::default() };
        }
        self.drawn = drawn;
        self
    }

    /// The last number that was drawn, and who was writing after it was read.
    fn learn(&mut self, drawn: i64, writing: HashSet<String>) {
        if writing.is_empty() {
            self.whole = self.whole.max(drawn);
            self.next = None;
            return;
        }
        match self.next.take() {
            Some((number, waited_for)) if !waited_for.is_disjoint(&writing) => self.next = Some((number, waited_for)),
            done => {
                self.whole = self.whole.max(done.map_or(0, |(number, _)| number));
                self.next = Some((drawn, writing));
            }
        }
    }
}

impl Store {
    /// No hit up to this number appears any more on this server that is not there now.
    pub(super) async fn horizon(&self) -> Result<(i64, Server)> {
        if self.kind() == Kind::Sqlite {
            return Ok((i64::MAX, Server::default()));
        }
        let (drawn, server): (i64, String) = sql::query_as(DRAWN).fetch_one(self.read()).await?;
        let server = Server(server);
        let known = || self.horizon.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known().of(&server, drawn).whole == drawn {
            return Ok((drawn, server));
        }
        let rows: Vec<(String, Option<String>)> = sql::query_as(WRITING).fetch_all(self.read()).await?;
        if rows.iter().any(|(answered, _)| *answered != server.0) {
            return Err(StoreError::Unavailable("another server has taken its place".to_owned()));
        }
        let mut known = known();
        let known = known.of(&server, drawn);
        known.learn(drawn, rows.into_iter().filter_map(|(_, writing)| writing).collect());
        Ok((known.whole, server))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writing(ids: &[&str]) -> HashSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn it_moves_when_those_are_done_who_may_have_drawn_a_number() {
        let mut known = Known::default();
        known.learn(3, writing(&[]));
        assert_eq!(known.whole, 3);
        known.learn(7, writing(&["a", "b"]));
        known.learn(9, writing(&["b", "c"]));
        assert_eq!(known.whole, 3, "b may have drawn one up to 7");
        known.learn(12, writing(&["c", "d"]));
        assert_eq!(known.whole, 7, "c may have drawn one from 8 on");
        known.learn(15, writing(&["e"]));
        assert_eq!(known.whole, 12);
        known.learn(15, writing(&[]));
        assert_eq!(known.whole, 15);
    }

    #[test]
    fn of_another_server_nothing_is_known() {
        let (one, other) = (Server("1 a".to_owned()), Server("1 b".to_owned()));
        let mut known = Known::default();
        known.of(&one, 15).learn(15, writing(&[]));
        assert_eq!(known.of(&one, 20).whole, 15);
        // It has drawn as many or more, but some of them are others.
        known.of(&other, 20).learn(20, writing(&["a"]));
        assert_eq!(known.whole, 0, "a may have drawn any of them");
        known.of(&other, 21).learn(21, writing(&["b"]));
        assert_eq!(known.whole, 20);
        // The same, as far as anybody can tell, with less than it had.
        known.of(&other, 12).learn(12, writing(&["c"]));
        assert_eq!(known.whole, 0);
    }
}
