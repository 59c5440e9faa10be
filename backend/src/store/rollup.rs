//! What the roll-up reads and writes. The position in the journal moves in the transaction that stores what was read up to
//! there, so that after a crash nothing is counted twice and nothing is left out.

use std::collections::HashMap;

use uuid::Uuid;
use waxwing_domain::rollup::{Activity, RollUp, State};
use waxwing_protocol::Millis;
use waxwing_protocol::api::HitKind;

use super::accounts::id_from;
use super::hits::kind_from;
use super::horizon::{Server, server};
use super::judged::{Said, confidence_number, label_number};
use super::rows::{activity, activity_columns};
use super::sql::{self, Kind};
use super::{Result, Store, Work, one_row};
use crate::account_id::AccountId;

/// A message: the account is part of what the token proves.
pub type Key = (Uuid, AccountId);

/// What judging and folding need of a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalHit {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// Of which message.
    pub key: Key,
    /// Pixel or link.
    pub kind: HitKind,
    /// The link's target.
    pub link: Option<String>,
    /// The user agent.
    pub agent: Option<String>,
    /// Where from; after a while only its network.
    pub address: String,
    /// JSON object of the request headers that verdicts weigh.
    pub headers: Option<String>,
}

const CURSOR: &str = "roll_up";
/// SQLite takes 32,766 parameters in a statement.
pub(super) const MAX_KEYS: usize = 5_000;

/// Hits that were not rolled up yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unrolled {
    /// Oldest first.
    pub hits: Vec<JournalHit>,
    /// Where they were read: on no other server may the position move on behind them.
    pub server: Server,
}

impl Store {
    /// The hits that were not rolled up yet, oldest first. On PostgreSQL those that come after one that may still be on its way are
    /// left for the next time.
    pub async fn unrolled(&self, limit: i64) -> Result<Unrolled> {
        // On the server that the horizon is of, or nothing.
        const SQL: &str = "SELECT id, at, account, message, kind, link, agent, address, headers FROM hits \
             WHERE id > COALESCE((SELECT position FROM cursors WHERE name = $1), 0) AND id <= $3 ORDER BY id LIMIT $2";
        const ON_SERVER: &str = concat!(
            "SELECT id, at, account, message, kind, link, agent, address, headers FROM hits WHERE ",
            server!(),
            " = $4 AND id > COALESCE((SELECT position FROM cursors WHERE name = $1), 0) AND id <= $3 ORDER BY id LIMIT $2"
        );
        let (horizon, server) = self.horizon().await?;
        let mut query = sql::query(self.kind().pick(SQL, ON_SERVER)).bind(CURSOR).bind(limit).bind(horizon);
        if self.kind() == Kind::Postgres {
            query = query.bind(server.as_str());
        }
        let rows = query.fetch_all(self.read()).await?;
        let hits: Result<Vec<_>> = rows
            .iter()
            .map(|row| {
                Ok(JournalHit {
                    id: row.try_get(0)?,
                    at: row.try_get(1)?,
                    key: (row.try_get(3)?, id_from(row.try_get(2)?)?),
                    kind: kind_from(row.try_get(4)?)?,
                    link: row.try_get(5)?,
                    agent: row.try_get(6)?,
                    address: row.try_get(7)?,
                    headers: row.try_get(8)?,
                })
            })
            .collect();
        Ok(Unrolled { hits: hits?, server })
    }

    /// The roll-ups of these messages, as far as there are any.
    pub async fn roll_ups(&self, keys: &[Key]) -> Result<HashMap<Key, RollUp>> {
        let mut found = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(MAX_KEYS) {
            for row in roll_ups_of(keys).build().persistent(false).fetch_all(self.read()).await? {
                let roll_up = RollUp::from_parts(activity(&row, 3)?, row.try_get(2)?);
                found.insert((row.try_get(0)?, id_from(row.try_get(1)?)?), roll_up);
            }
        }
        Ok(found)
    }
}

pub(super) fn roll_ups_of(keys: &[Key]) -> sql::Builder {
    let mut query = asked(keys);
    query.push("SELECT a.message, a.account, a.seen, ").push(activity_columns!());
    query.push(" FROM asked CROSS JOIN activity a WHERE a.message = asked.message AND a.account = asked.account");
    query
}

pub(super) fn registered_of(keys: &[Key]) -> sql::Builder {
    let mut query = asked(keys);
    query.push("SELECT m.id, m.account, m.answered_at FROM asked CROSS JOIN messages m WHERE m.account = asked.account AND m.id = asked.message");
    query
}

/// Which of these messages are registered, and when a person answered them.
pub async fn registered(tx: &mut Work, keys: &[Key]) -> Result<HashMap<Key, Option<Millis>>> {
    let mut found = HashMap::new();
    for keys in keys.chunks(MAX_KEYS) {
        for row in registered_of(keys).build().persistent(false).fetch_all(&mut **tx).await? {
            found.insert((row.try_get(0)?, id_from(row.try_get(1)?)?), row.try_get(2)?);
        }
    }
    Ok(found)
}

/// Totals of a message, to be stored.
#[derive(Debug, Clone, Copy)]
pub struct Totals<'a> {
    /// The message.
    pub key: Key,
    /// The totals.
    pub roll_up: &'a RollUp,
    /// When it has to be judged again.
    pub due_at: Option<Millis>,
    /// The number of the knowledge that the hits were judged by.
    pub judged: i64,
}

/// Adds to what was known: an earlier time to judge again stands, and so does older knowledge that hits were judged by.
const ADDED: &str = "due_at = CASE WHEN activity.due_at IS NULL OR activity.due_at > excluded.due_at THEN excluded.due_at \
     ELSE activity.due_at END, judged = CASE WHEN activity.judged < excluded.judged THEN activity.judged ELSE excluded.judged END";
/// Takes the place of what was known.
const ANEW: &str = "due_at = excluded.due_at, judged = excluded.judged, version = activity.version + 1";

/// Stores the totals of messages that got new hits.
pub async fn add_totals(tx: &mut Work, totals: &[Totals<'_>]) -> Result<()> {
    write_totals(tx, totals, ADDED).await
}

/// Stores the totals of messages that were judged anew; their version is that which was read.
pub async fn renew_totals(tx: &mut Work, totals: &[Totals<'_>]) -> Result<()> {
    write_totals(tx, totals, ANEW).await
}

async fn write_totals(tx: &mut Work, totals: &[Totals<'_>], how: &str) -> Result<()> {
    for chunk in totals.chunks(1_000) {
        let mut query = sql::Builder::new(
            "INSERT INTO activity (message, account, seen, due_at, judged, state, opens, open_hits, clicks, click_hits, \
             machine_hits, apple_hits, own_hits, unknown_hits, checking, first_open_at, last_open_at, first_click_at, \
             last_click_at, last_click_target, again_at, again_after, touched_at, prefetched, followed) ",
        );
        query.push_values(chunk, |row, totals| {
            let a = &totals.roll_up.activity;
            row.push_bind(totals.key.0)
                .push_bind(totals.key.1.as_str().to_owned())
                .push_bind(totals.roll_up.seen_bytes())
                .push_bind(totals.due_at)
                .push_bind(totals.judged)
                .push_bind(state_number(a.state()))
                .push_bind(a.opens)
                .push_bind(a.open_hits)
                .push_bind(a.clicks)
                .push_bind(a.click_hits)
                .push_bind(a.machine_hits)
                .push_bind(a.apple_hits)
                .push_bind(a.own_hits)
                .push_bind(a.unknown_hits)
                .push_bind(a.checking)
                .push_bind(a.first_open_at)
                .push_bind(a.last_open_at)
                .push_bind(a.first_click_at)
                .push_bind(a.last_click_at)
                .push_bind(a.last_click_target.as_deref())
                .push_bind(a.again_at)
                .push_bind(a.again_after)
                .push_bind(a.touched_at)
                .push_bind(a.prefetched)
                .push_bind(a.followed);
        });
        query.push(
            " ON CONFLICT (message, account) DO UPDATE SET seen = excluded.seen, state = excluded.state, \
             opens = excluded.opens, open_hits = excluded.open_hits, clicks = excluded.clicks, \
             click_hits = excluded.click_hits, machine_hits = excluded.machine_hits, apple_hits = excluded.apple_hits, \
             own_hits = excluded.own_hits, unknown_hits = excluded.unknown_hits, checking = excluded.checking, \
             first_open_at = excluded.first_open_at, last_open_at = excluded.last_open_at, \
             first_click_at = excluded.first_click_at, last_click_at = excluded.last_click_at, \
             last_click_target = excluded.last_click_target, again_at = excluded.again_at, \
             again_after = excluded.again_after, touched_at = excluded.touched_at, prefetched = excluded.prefetched, \
             followed = excluded.followed, ",
        );
        query.push(how);
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// A counted hit, to be filed under its message.
#[derive(Debug, Clone)]
pub struct NewFiled {
    /// The hit.
    pub hit: i64,
    /// What is said of it.
    pub said: Said,
    /// It was folded into an earlier one.
    pub repeat: bool,
    /// The owner's rule that covers it.
    pub rule: Option<i64>,
}

/// Files counted hits under their messages. They settle later.
pub async fn file_hits(tx: &mut Work, hits: &[(Key, &NewFiled)]) -> Result<()> {
    for chunk in hits.chunks(2_000) {
        let mut query = sql::Builder::new(
            "INSERT INTO message_hits (message, account, hit, repeat, label, confidence, reason, name, rule, settled) ",
        );
        query.push_values(chunk, |row, ((message, account), new)| {
            row.push_bind(message)
                .push_bind(account.as_str())
                .push_bind(new.hit)
                .push_bind(new.repeat)
                .push_bind(label_number(new.said.label))
                .push_bind(confidence_number(new.said.confidence))
                .push_bind(&new.said.reason)
                .push_bind(new.said.name.as_deref())
                .push_bind(new.rule)
                .push_bind(false);
        });
        query.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// What lists filter by, as in `activity`; a message that was answered stays so.
pub async fn set_state(tx: &mut Work, (message, account): Key, activity: &Activity) -> Result<()> {
    let done = sql::query(
        "UPDATE messages SET state = CASE WHEN answered_at IS NULL THEN $3 ELSE $5 END, clicked = $4 \
         WHERE id = $1 AND account = $2 AND (answered_at IS NULL AND state <> $3 OR clicked <> $4)",
    )
    .bind(message)
    .bind(account.as_str())
    .bind(state_number(activity.state()))
    .bind(activity.clicks > 0)
    .bind(ANSWERED)
    .execute(&mut **tx)
    .await?;
    // None when it stood there already.
    if done.rows_affected() == 0 { Ok(()) } else { one_row(done.rows_affected()) }
}

/// `messages.state` of those that a person answered. No hit lifts it, and none takes it away.
pub const ANSWERED: i64 = 6;

/// As in `activity.state` and `messages.state`.
pub const fn state_number(state: State) -> i64 {
    match state {
        State::Unopened => 0,
        State::Machines => 1,
        State::Apple => 2,
        State::Unclear => 3,
        State::Opened => 4,
        State::Clicked => 5,
    }
}

/// Moves the position in the journal.
pub async fn move_on(tx: &mut Work, position: i64) -> Result<()> {
    let done = sql::query(
        "INSERT INTO cursors (name, position) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > cursors.position",
    )
    .bind(CURSOR)
    .bind(position)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// A statement that begins with these messages as the table `asked`. To be cross-joined, with the conditions in `WHERE` (PostgreSQL
/// knows no `CROSS JOIN … ON`): that has SQLite go through `asked` and look the others up. Otherwise, and for `(message, account) IN (VALUES …)`, it reads the whole of the other table as soon as
/// some hundred messages are asked for.
pub(super) fn asked(keys: &[Key]) -> sql::Builder {
    let mut query = sql::Builder::new("WITH asked (message, account) AS (VALUES ");
    let mut rows = query.separated(", ");
    for (message, account) in keys {
        rows.push("(").push_bind_unseparated(*message).push_unseparated(", ");
        rows.push_bind_unseparated(account.as_str()).push_unseparated(")");
    }
    query.push(") ");
    query
}
