//! Hits of one message among those that the roll-up has not filed yet. No index finds them: a hit is filed by its message within the
//! second, and only a roll-up that is far behind leaves many.
//!
//! What must hold: they are looked for while others write, some at a time; under the lock of writers only those are looked at that
//! came since. On PostgreSQL it is looked no further than to where no hit appears any more.

use uuid::Uuid;

use super::super::horizon::Server;
use super::super::{Result, Store, Work, sql};
use crate::account_id::AccountId;

/// So many hits are looked at by one statement.
const PAGE: i64 = 20_000;
/// So many are erased by one.
const CHUNK: usize = 1_000;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfiled {
    /// The numbers of the message's hits.
    pub hits: Vec<i64>,
    /// All up to this number was looked at.
    until: i64,
    /// Where.
    server: Server,
}

const END: &str = "SELECT MAX(id) FROM (SELECT id FROM hits WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS page";
const IN_PAGE: &str = "SELECT id FROM hits WHERE id > $1 AND id <= $2 AND message = $3 AND account = $4";
const SINCE: &str = "DELETE FROM hits WHERE id > $3 AND id > COALESCE((SELECT position FROM cursors WHERE name = 'roll_up'), 0) \
     AND message = $1 AND account = $2";

impl Store {
    /// Looks for a message's hits that were not filed yet. Nobody waits for it.
    pub async fn unfiled_of(&self, account: AccountId, message: Uuid) -> Result<Unfiled> {
        let (horizon, server) = self.horizon().await?;
        let position: Option<i64> =
            sql::query_scalar("SELECT position FROM cursors WHERE name = 'roll_up'").fetch_optional(self.read()).await?;
        let mut found = Unfiled { hits: Vec::new(), until: position.unwrap_or(0), server };
        loop {
            let end: Option<i64> =
                sql::query_scalar(END).bind(found.until).bind(horizon).bind(PAGE).fetch_one(self.read()).await?;
            let Some(end) = end else { return Ok(found) };
            let page = sql::query_scalar(IN_PAGE).bind(found.until).bind(end).bind(message).bind(account.as_str());
            found.hits.append(&mut page.fetch_all(self.read()).await?);
            found.until = end;
        }
    }
}

/// Erases those, and those that came since. What was filed meanwhile is found by its message.
pub(super) async fn erase(tx: &mut Work, account: AccountId, message: Uuid, found: &Unfiled) -> Result<()> {
    // Another server may have given these numbers to other hits.
    found.server.check(tx).await?;
    for hits in found.hits.chunks(CHUNK) {
        let mut query = sql::Builder::new("DELETE FROM hits WHERE message = ");
        query.push_bind(message).push(" AND account = ").push_bind(account.as_str());
        query.push(" AND id > COALESCE((SELECT position FROM cursors WHERE name = 'roll_up'), 0) AND id IN (");
        let mut list = query.separated(", ");
        for hit in hits {
            list.push_bind(*hit);
        }
        query.push(")");
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    sql::query(SINCE).bind(message).bind(account.as_str()).bind(found.until).execute(&mut **tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use waxwing_protocol::api::HitKind;

    use super::*;
    use crate::store::hits::{self, NewHit};
    use crate::store::{plans, rollup};

    fn hit(message: Uuid, at: i64) -> NewHit {
        NewHit {
            at,
            account: plans::account(),
            message,
            kind: HitKind::Open,
            link: None,
            agent: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            headers: None,
        }
    }

    async fn append(store: &Store, hits: &[NewHit]) {
        let mut tx = store.write().await.unwrap();
        hits::append(&mut tx, hits.iter()).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn hits_go_that_were_found_and_that_came_since_and_no_others() {
        let (_dir, store) = plans::store().await;
        let account = plans::account();
        store.account_named("me", account, 0).await.unwrap();
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let of = |at: i64| if at % 3 == 0 { mine } else { other };
        // More than one page, and more than one list of numbers.
        let count = PAGE + 3_000;
        let all: Vec<_> = (0..count).map(|at| hit(of(at), at)).collect();
        append(&store, &all).await;
        let numbers: Vec<i64> = sql::query_scalar("SELECT id FROM hits ORDER BY id").fetch_all(store.read()).await.unwrap();
        // The first were filed.
        let mut tx = store.write().await.unwrap();
        rollup::move_on(&mut tx, numbers[9]).await.unwrap();
        tx.commit().await.unwrap();

        let found = store.unfiled_of(account, mine).await.unwrap();
        // On a server others may be writing: then it is looked no further than to where nothing appears any more.
        if store.kind() == sql::Kind::Sqlite {
            assert_eq!(found.hits.len(), all[10..].iter().filter(|hit| hit.message == mine).count());
            assert_eq!(found.until, *numbers.last().unwrap());
        }
        // One more is filed, and two come, before the lock is there.
        let mut tx = store.write().await.unwrap();
        rollup::move_on(&mut tx, numbers[12]).await.unwrap();
        tx.commit().await.unwrap();
        append(&store, &[hit(mine, count), hit(other, count + 1)]).await;

        let mut tx = store.write().await.unwrap();
        erase(&mut tx, account, mine, &found).await.unwrap();
        tx.commit().await.unwrap();
        let left: Vec<i64> = sql::query_scalar("SELECT at FROM hits ORDER BY id").fetch_all(store.read()).await.unwrap();
        let filed = |at: i64| at <= 12;
        let expected: Vec<i64> = (0..count).filter(|at| filed(*at) || of(*at) == other).chain([count + 1]).collect();
        assert_eq!(left, expected);
    }
}
