//! What judging reads and writes: verdicts of hits, and the totals of their messages.
//!
//! What must hold: totals are written over older ones only by whoever knows their version ([`read_guards`]), in the unit of
//! work that compared it; what changes what verdicts rest on raises the version ([`mark_due`]).

use std::collections::HashMap;

use waxwing_domain::rollup::Activity;
use waxwing_domain::verdict::{self, Verdict};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Claim, Confidence, HitKind, Label, NewsKind};

use super::accounts::id_from;
use super::hits::kind_from;
use super::rollup::{JournalHit, Key, MAX_KEYS, asked};
use super::rows::{activity, activity_columns};
use super::rules::claim_from;
use super::sql::{self, Kind};
use super::{Result, Store, StoreError, Work, one_row};

/// No message waits longer than this until it is judged again, in milliseconds: two hours.
pub const LONGEST_WAIT: Millis = 2 * 60 * 60 * 1000;

/// What is said of a hit, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who made it.
    pub label: Label,
    /// How sure that is.
    pub confidence: Confidence,
    /// A key of the catalogue of reasons.
    pub reason: String,
    /// The name that belongs into the reason.
    pub name: Option<String>,
}

impl From<&Verdict> for Said {
    fn from(verdict: &Verdict) -> Self {
        Self {
            label: match verdict.label {
                verdict::Label::Own => Label::Own,
                verdict::Label::Human => Label::Human,
                verdict::Label::ImageProxy => Label::ImageProxy,
                verdict::Label::Prefetch => Label::Prefetch,
                verdict::Label::Scanner => Label::Scanner,
                verdict::Label::Unknown => Label::Unknown,
            },
            confidence: match verdict.confidence {
                verdict::Confidence::Low => Confidence::Low,
                verdict::Confidence::Medium => Confidence::Medium,
                verdict::Confidence::High => Confidence::High,
            },
            reason: verdict.reason.id.entry().key.to_owned(),
            name: (!verdict.reason.name.is_empty()).then(|| verdict.reason.name.to_owned()),
        }
    }
}

/// A label, for the domain.
pub const fn domain_label(label: Label) -> verdict::Label {
    match label {
        Label::Own => verdict::Label::Own,
        Label::Human => verdict::Label::Human,
        Label::ImageProxy => verdict::Label::ImageProxy,
        Label::Prefetch => verdict::Label::Prefetch,
        Label::Scanner => verdict::Label::Scanner,
        Label::Unknown => verdict::Label::Unknown,
    }
}

/// Pixel or link, for the domain.
pub const fn domain_kind(kind: HitKind) -> verdict::Kind {
    match kind {
        HitKind::Open => verdict::Kind::Open,
        HitKind::Click => verdict::Kind::Click,
    }
}

/// As in `message_hits.label`.
pub const fn label_number(label: Label) -> i64 {
    match label {
        Label::Own => 0,
        Label::Human => 1,
        Label::ImageProxy => 2,
        Label::Prefetch => 3,
        Label::Scanner => 4,
        Label::Unknown => 5,
    }
}

fn label_from(number: i64) -> Result<Label> {
    Ok(match number {
        0 => Label::Own,
        1 => Label::Human,
        2 => Label::ImageProxy,
        3 => Label::Prefetch,
        4 => Label::Scanner,
        5 => Label::Unknown,
        _ => return Err(StoreError::Failed("a hit's label is unknown".to_owned())),
    })
}

/// As in `message_hits.confidence`.
pub(super) const fn confidence_number(confidence: Confidence) -> i64 {
    match confidence {
        Confidence::Low => 0,
        Confidence::Medium => 1,
        Confidence::High => 2,
    }
}

fn confidence_from(number: i64) -> Result<Confidence> {
    Ok(match number {
        0 => Confidence::Low,
        1 => Confidence::Medium,
        2 => Confidence::High,
        _ => return Err(StoreError::Failed("a verdict's confidence is unknown".to_owned())),
    })
}

/// What is said of a hit, from the columns `label, confidence, reason, name` from `at` on; `None` until it was judged.
pub(super) fn said(row: &sql::Row, at: usize) -> Result<Option<Said>> {
    let Some(label) = row.try_get(at)? else { return Ok(None) };
    Ok(Some(Said {
        label: label_from(label)?,
        confidence: confidence_from(row.try_get(at + 1)?)?,
        reason: row.try_get(at + 2)?,
        name: row.try_get(at + 3)?,
    }))
}

/// A hit under its message, with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The hit.
    pub hit: JournalHit,
    /// The verdict; `None` until it was judged.
    pub said: Option<Said>,
    /// No later hit changes that any more, as far as time alone tells.
    pub settled: bool,
    /// It was folded into an earlier one.
    pub repeat: bool,
    /// What the owner said of this very hit.
    pub claim: Option<Claim>,
    /// The owner's rule that covers it.
    pub rule: Option<i64>,
}

const FILED: &str = "SELECT h.id, h.at, h.account, h.message, h.kind, h.link, h.agent, h.address, h.headers, \
     i.label, i.confidence, i.reason, i.name, i.settled, i.repeat, i.claim, i.rule ";

fn filed(row: &sql::Row) -> Result<Filed> {
    Ok(Filed {
        hit: JournalHit {
            id: row.try_get(0)?,
            at: row.try_get(1)?,
            key: (row.try_get(3)?, id_from(row.try_get(2)?)?),
            kind: kind_from(row.try_get(4)?)?,
            link: row.try_get(5)?,
            agent: row.try_get(6)?,
            address: row.try_get(7)?,
            headers: row.try_get(8)?,
        },
        said: said(row, 9)?,
        settled: row.try_get(13)?,
        repeat: row.try_get(14)?,
        claim: row.try_get::<Option<i64>>(15)?.map(claim_from).transpose()?,
        rule: row.try_get(16)?,
    })
}

/// Totals of a message as they stand, before they are made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The message.
    pub key: Key,
    /// Its totals.
    pub activity: Activity,
    /// Grows with each judgement and with each change that asks for one.
    pub version: i64,
    /// The events that told the first open, click and unknown hit.
    pub told: Told,
}

/// The numbers of the events that told the first of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// The first open.
    pub open: Option<i64>,
    /// The first click.
    pub click: Option<i64>,
    /// The first hit that cannot be told.
    pub unknown: Option<i64>,
}

pub(super) fn standings_of(keys: &[Key]) -> sql::Builder {
    let mut query = asked(keys);
    query.push("SELECT a.message, a.account, a.version, a.open_news, a.click_news, a.unknown_news, ");
    query.push(activity_columns!());
    query.push(" FROM asked CROSS JOIN activity a WHERE a.message = asked.message AND a.account = asked.account");
    query
}

pub(super) fn filed_of(keys: &[(Key, i64)]) -> sql::Builder {
    let mut query = sql::Builder::new("WITH asked (message, account, after) AS (");
    query.push_values(keys, |row, ((message, account), after)| {
        row.push_bind(*message).push_bind(account.as_str()).push_bind(*after);
    });
    query.push(") ").push(FILED);
    query.push(
        "FROM asked CROSS JOIN message_hits i JOIN hits h ON h.id = i.hit \
         WHERE i.message = asked.message AND i.account = asked.account AND i.hit > asked.after",
    );
    query
}

pub(super) fn recent_of(keys: &[Key], from: i64, since: Millis, limit: i64) -> sql::Builder {
    let mut query = asked(keys);
    query.push(FILED);
    query.push(
        "FROM asked CROSS JOIN message_hits i JOIN hits h ON h.id = i.hit \
         WHERE i.message = asked.message AND i.account = asked.account AND i.hit IN \
         (SELECT r.hit FROM message_hits r WHERE r.message = asked.message AND r.account = asked.account AND r.hit >= ",
    );
    query.push_bind(from).push(" ORDER BY r.hit DESC LIMIT ").push_bind(limit);
    query.push(") AND h.at >= ").push_bind(since);
    query
}

impl Store {
    /// The totals of those of these messages that have some.
    pub async fn standings(&self, keys: &[Key]) -> Result<Vec<Standing>> {
        let mut found = Vec::with_capacity(keys.len());
        for keys in keys.chunks(MAX_KEYS) {
            for row in standings_of(keys).build().persistent(false).fetch_all(self.read()).await? {
                found.push(Standing {
                    key: (row.try_get(0)?, id_from(row.try_get(1)?)?),
                    version: row.try_get(2)?,
                    told: Told { open: row.try_get(3)?, click: row.try_get(4)?, unknown: row.try_get(5)? },
                    activity: activity(&row, 6)?,
                });
            }
        }
        Ok(found)
    }

    /// The hits of one message after a number, oldest first.
    pub async fn filed_after(&self, (message, account): Key, after: i64, limit: i64) -> Result<Vec<Filed>> {
        let mut query = sql::Builder::new(FILED);
        query.push("FROM message_hits i JOIN hits h ON h.id = i.hit WHERE i.message = ").push_bind(message);
        query.push(" AND i.account = ").push_bind(account.as_str()).push(" AND i.hit > ").push_bind(after);
        query.push(" ORDER BY i.hit LIMIT ").push_bind(limit);
        query.build().fetch_all(self.read()).await?.iter().map(filed).collect()
    }

    /// All hits of these messages, each after its number, oldest first.
    pub async fn filed(&self, keys: &[(Key, i64)]) -> Result<Vec<Filed>> {
        let mut found = Vec::new();
        for keys in keys.chunks(MAX_KEYS) {
            for row in filed_of(keys).build().persistent(false).fetch_all(self.read()).await? {
                found.push(filed(&row)?);
            }
        }
        found.sort_unstable_by_key(|filed| filed.hit.id);
        Ok(found)
    }

    /// The newest hits of these messages from `since` on, at most `limit` of each, oldest first.
    pub async fn recent(&self, keys: &[Key], since: Millis, limit: usize) -> Result<Vec<Filed>> {
        let mut found = Vec::new();
        let from = self.first_hit_from(since).await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        for keys in keys.chunks(MAX_KEYS) {
            for row in recent_of(keys, from, since, limit).build().persistent(false).fetch_all(self.read()).await? {
                found.push(filed(&row)?);
            }
        }
        found.sort_unstable_by_key(|filed| filed.hit.id);
        Ok(found)
    }

    /// Where in the journal the hits from an instant on begin, looked up by halving, since times have no index. Where the
    /// clock was set back it is somewhere near.
    async fn first_hit_from(&self, since: Millis) -> Result<i64> {
        let newest: Option<i64> = sql::query_scalar("SELECT MAX(id) FROM hits").fetch_one(self.read()).await?;
        let (mut low, mut high) = (0, newest.unwrap_or(0) + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let next: Option<(i64, Millis)> = sql::query_as("SELECT id, at FROM hits WHERE id >= $1 ORDER BY id LIMIT 1")
                .bind(middle)
                .fetch_optional(self.read())
                .await?;
            match next {
                Some((id, at)) if at < since => low = id + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Messages whose time to be judged has come, those that waited longest first. When there are none: those whose time is
    /// further ahead than any is put off, by a clock that was set back since.
    pub async fn due(&self, now: Millis, limit: i64) -> Result<Vec<Key>> {
        const DUE: &str = "SELECT message, account FROM activity WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
        const BEYOND: &str = "SELECT message, account FROM activity WHERE due_at > $1 ORDER BY due_at LIMIT $2";
        let mut rows = sql::query(DUE).bind(now).bind(limit).fetch_all(self.read()).await?;
        if rows.is_empty() {
            rows = sql::query(BEYOND).bind(now.saturating_add(LONGEST_WAIT)).bind(limit).fetch_all(self.read()).await?;
        }
        rows.iter().map(|row| Ok((row.try_get(0)?, id_from(row.try_get(1)?)?))).collect()
    }

    /// When the next message is due.
    pub async fn next_due(&self) -> Result<Option<Millis>> {
        Ok(sql::query_scalar("SELECT MIN(due_at) FROM activity WHERE due_at IS NOT NULL").fetch_one(self.read()).await?)
    }
}

/// Has a message judged again, from its hits: call it in the unit of work that changes what verdicts rest on (a registration,
/// an own view, a correction), and wake [`Judging`](crate::hits::judging::Judging) once that is committed. A message
/// without hits has nothing to judge.
pub async fn mark_due(tx: &mut Work, (message, account): Key, now: Millis) -> Result<()> {
    sql::query(
        "UPDATE activity SET due_at = CASE WHEN due_at < $3 THEN due_at ELSE $3 END, version = version + 1 \
         WHERE message = $1 AND account = $2",
    )
    .bind(message)
    .bind(account.as_str())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Judges a message no more until something asks for it.
pub async fn put_off(tx: &mut Work, (message, account): Key, due_at: Option<Millis>) -> Result<()> {
    sql::query("UPDATE activity SET due_at = $3 WHERE message = $1 AND account = $2")
        .bind(message)
        .bind(account.as_str())
        .bind(due_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What is compared before totals are written over, and what else counts at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// See [`Standing::version`].
    pub version: i64,
    /// Whether the message is registered; and muted.
    pub muted: Option<bool>,
    /// When a person answered it.
    pub answered_at: Option<Millis>,
}

pub(super) fn guards_of(keys: &[Key]) -> sql::Builder {
    let mut query = asked(keys);
    query.push(
        "SELECT a.message, a.account, a.version, m.muted, m.answered_at FROM asked \
         CROSS JOIN activity a LEFT JOIN messages m ON m.account = a.account AND m.id = a.message \
         WHERE a.message = asked.message AND a.account = asked.account",
    );
    query
}

/// Reads what is compared.
pub async fn read_guards(tx: &mut Work, keys: &[Key]) -> Result<HashMap<Key, Guard>> {
    let mut found = HashMap::with_capacity(keys.len());
    for keys in keys.chunks(MAX_KEYS) {
        for row in guards_of(keys).build().persistent(false).fetch_all(&mut **tx).await? {
            let guard = Guard { version: row.try_get(2)?, muted: row.try_get(3)?, answered_at: row.try_get(4)? };
            found.insert((row.try_get(0)?, id_from(row.try_get(1)?)?), guard);
        }
    }
    Ok(found)
}

/// What changes of a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The hit.
    pub hit: i64,
    /// What is said of it now.
    pub said: Said,
    /// Whether it is a repeat now.
    pub repeat: bool,
    /// The rule that covers it now.
    pub rule: Option<i64>,
}

/// Compared is `+new.…`, of which SQLite can make no index: it would else read the whole of `message_hits` and look `new` up, as
/// soon as that has some hundred rows.
const fn of_new(kind: Kind) -> &'static str {
    kind.pick(
        " FROM new WHERE message_hits.message = +new.message AND message_hits.account = +new.account \
         AND message_hits.hit = +new.hit",
        " FROM new WHERE message_hits.message = new.message AND message_hits.account = new.account \
         AND message_hits.hit = new.hit",
    )
}

pub(super) fn verdicts_update(kind: Kind, changes: &[(Key, &Change)]) -> sql::Builder {
    let mut query = sql::Builder::new("WITH new (message, account, hit, label, confidence, reason, name, repeat, rule) AS (");
    query.push_values(changes, |row, ((message, account), change)| {
        row.push_bind(message)
            .push_bind(account.as_str())
            .push_bind(change.hit)
            .push_bind(label_number(change.said.label))
            .push_bind(confidence_number(change.said.confidence))
            .push_bind(&change.said.reason)
            .push_bind(change.said.name.as_deref())
            .push_bind(change.repeat)
            .push_bind(change.rule);
    });
    query.push(
        ") UPDATE message_hits SET label = new.label, confidence = new.confidence, reason = new.reason, name = new.name, \
         repeat = new.repeat, rule = new.rule",
    );
    query.push(of_new(kind));
    query
}

pub(super) fn settle_update(kind: Kind, hits: &[(Key, i64)]) -> sql::Builder {
    let mut query = sql::Builder::new("WITH new (message, account, hit) AS (");
    query.push_values(hits, |row, ((message, account), hit)| {
        row.push_bind(message).push_bind(account.as_str()).push_bind(hit);
    });
    query.push(") UPDATE message_hits SET settled = 1").push(of_new(kind));
    query
}

/// Writes new verdicts over the older ones.
pub async fn write_verdicts(tx: &mut Work, changes: &[(Key, &Change)]) -> Result<()> {
    for chunk in changes.chunks(1_000) {
        verdicts_update(tx.kind(), chunk).build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Says that these hits are settled.
pub async fn settle(tx: &mut Work, hits: &[(Key, i64)]) -> Result<()> {
    for chunk in hits.chunks(5_000) {
        settle_update(tx.kind(), chunk).build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Remembers which event told the first of a kind.
pub async fn remember_news(tx: &mut Work, (message, account): Key, what: NewsKind, event: i64) -> Result<()> {
    let sql = match what {
        NewsKind::Open => "UPDATE activity SET open_news = $3 WHERE message = $1 AND account = $2",
        NewsKind::Click => "UPDATE activity SET click_news = $3 WHERE message = $1 AND account = $2",
        NewsKind::Unknown => "UPDATE activity SET unknown_news = $3 WHERE message = $1 AND account = $2",
        NewsKind::Answer => return Ok(()),
    };
    let done = sql::query(sql).bind(message).bind(account.as_str()).bind(event).execute(&mut **tx).await?;
    one_row(done.rows_affected())
}
