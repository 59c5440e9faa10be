//! The journal of raw hits: appended to, read in order, and erased with their message.

use std::net::IpAddr;
use std::sync::LazyLock;

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgConnection};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::accounts::id_from;
use super::sql::{self, Connection};
use super::{Result, Store, StoreError, Work};
use crate::account_id::AccountId;

/// A hit as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHit {
    /// When.
    pub at: Millis,
    /// Whose message.
    pub account: AccountId,
    /// Which message.
    pub message: Uuid,
    /// Pixel or link.
    pub kind: HitKind,
    /// The link's target.
    pub link: Option<String>,
    /// The user agent.
    pub agent: Option<String>,
    /// Where from.
    pub address: IpAddr,
    /// JSON object of the request headers that verdicts weigh.
    pub headers: Option<String>,
}

/// A hit as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHit {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// Whose message.
    pub account: AccountId,
    /// The account's name, when the account is still there.
    pub account_name: Option<String>,
    /// Which message.
    pub message: Uuid,
    /// Pixel or link.
    pub kind: HitKind,
    /// The link's target.
    pub link: Option<String>,
    /// The user agent.
    pub agent: Option<String>,
    /// Where from.
    pub address: String,
    /// JSON object of the request headers that verdicts weigh.
    pub headers: Option<String>,
}

/// How many hits one statement inserts into a file, largest first. A few sizes, so that each is prepared once.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];
const COLUMNS: usize = 8;

static INSERTS: LazyLock<[&'static str; CHUNKS.len()]> = LazyLock::new(|| CHUNKS.map(insert_statement));

fn insert_statement(rows: usize) -> &'static str {
    let row = |n: usize| {
        let fields: Vec<_> = (1..=COLUMNS).map(|c| format!("${}", n * COLUMNS + c)).collect();
        format!("({})", fields.join(","))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    // Made once in a program's life.
    format!("INSERT INTO hits (at, account, message, kind, link, agent, address, headers) VALUES {}", rows.join(",")).leak()
}

/// Appends hits in their order.
pub async fn append<'a>(tx: &mut Work, hits: impl Iterator<Item = &'a NewHit>) -> Result<()> {
    let hits: Vec<_> = hits.collect();
    if let Connection::Postgres(server) = &mut **tx {
        return append_at_once(server, &hits).await;
    }
    let mut rest = hits.as_slice();
    for (size, sql) in CHUNKS.iter().zip(INSERTS.iter()) {
        while rest.len() >= *size {
            let (chunk, more) = rest.split_at(*size);
            rest = more;
            let mut query = sql::query(sql::AssertSqlSafe(*sql));
            for hit in chunk {
                query = query
                    .bind(hit.at)
                    .bind(hit.account.as_str())
                    .bind(hit.message)
                    .bind(kind_number(hit.kind))
                    .bind(hit.link.as_deref())
                    .bind(hit.agent.as_deref())
                    .bind(hit.address.to_string())
                    .bind(hit.headers.as_deref());
            }
            query.execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// A server takes them in one statement, and so in one round trip, however many they are.
async fn append_at_once(server: &mut PgConnection, hits: &[&NewHit]) -> Result<()> {
    // The transaction gets its id before the first number is drawn: see `horizon`.
    const SQL: &str = "WITH first AS MATERIALIZED (SELECT pg_current_xact_id() AS id) \
         INSERT INTO hits (at, account, message, kind, link, agent, address, headers) \
         SELECT n.at, n.account, n.message, n.kind, n.link, n.agent, n.address, n.headers FROM first CROSS JOIN UNNEST( \
         $1::bigint[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[]) \
         WITH ORDINALITY AS n (at, account, message, kind, link, agent, address, headers, place) \
         WHERE first.id IS NOT NULL ORDER BY n.place";
    if !hits.is_empty() {
        bind_columns(sqlx::query(SQL), hits).execute(server).await?;
    }
    Ok(())
}

/// Gives a statement of a server its next eight parameters: the columns of hits in the order of `INSERT`, an array each.
pub(super) fn bind_columns<'q>(
    query: sqlx::query::Query<'q, Postgres, PgArguments>,
    hits: &[&NewHit],
) -> sqlx::query::Query<'q, Postgres, PgArguments> {
    let text = |text: Option<&String>| text.map(|text| sql::without_nul(text.clone()));
    query
        .bind(hits.iter().map(|hit| hit.at).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| hit.account.as_str().to_owned()).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| hit.message).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| kind_number(hit.kind)).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| text(hit.link.as_ref())).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| text(hit.agent.as_ref())).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| hit.address.to_string()).collect::<Vec<_>>())
        .bind(hits.iter().map(|hit| text(hit.headers.as_ref())).collect::<Vec<_>>())
}

/// The hits after `$1`, oldest first.
const AFTER: &str = "SELECT h.id, h.at, h.account, a.name, h.message, h.kind, h.link, h.agent, h.address, h.headers \
                     FROM hits h LEFT JOIN accounts a ON a.id = h.account WHERE h.id > $1 ORDER BY h.id LIMIT $2";

/// All hits after `id`, of the moment of this unit of work.
pub async fn after(tx: &mut Work, id: i64) -> Result<Vec<StoredHit>> {
    let rows = sql::query(AFTER).bind(id).bind(i64::MAX).fetch_all(&mut **tx).await?;
    rows.iter().map(stored).collect()
}

impl Store {
    /// The hits after `id`, oldest first.
    pub async fn hits_after(&self, id: i64, limit: i64) -> Result<Vec<StoredHit>> {
        let rows = sql::query(AFTER).bind(id).bind(limit).fetch_all(self.read()).await?;
        rows.iter().map(stored).collect()
    }

    /// When the newest hit came.
    pub async fn last_hit_at(&self) -> Result<Option<Millis>> {
        Ok(sql::query_scalar("SELECT at FROM hits ORDER BY id DESC LIMIT 1").fetch_optional(self.read()).await?)
    }
}

/// The columns in the order of [`Store::hits_after`].
pub(super) fn stored(row: &sql::Row) -> Result<StoredHit> {
    Ok(StoredHit {
        id: row.try_get(0)?,
        at: row.try_get(1)?,
        account: id_from(row.try_get(2)?)?,
        account_name: row.try_get(3)?,
        message: row.try_get(4)?,
        kind: kind_from(row.try_get(5)?)?,
        link: row.try_get(6)?,
        agent: row.try_get(7)?,
        address: row.try_get(8)?,
        headers: row.try_get(9)?,
    })
}

pub(super) fn kind_number(kind: HitKind) -> i64 {
    match kind {
        HitKind::Open => 0,
        HitKind::Click => 1,
    }
}

pub(super) fn kind_from(number: i64) -> Result<HitKind> {
    match number {
        0 => Ok(HitKind::Open),
        1 => Ok(HitKind::Click),
        _ => Err(StoreError::Failed("a hit's kind is unknown".to_owned())),
    }
}
