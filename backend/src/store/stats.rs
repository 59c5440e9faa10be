//! Totals of an account's messages over spans of time.
//!
//! What must hold: they are what counting the messages one by one gives, although most of it was counted before (the table `totals`,
//! which triggers keep in the transaction that changes a message); and what is given together is of one moment.

use waxwing_protocol::Millis;
use waxwing_protocol::api::DomainStats;

use super::sql;
use super::{Result, Store, Work, domains};
use crate::account_id::AccountId;

/// From the first instant to the second, that one left out.
pub type Span = (Millis, Millis);

/// Totals of the messages sent in one span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sent.
    pub sent: u32,
    /// Of these, opened for certain: opened or better.
    pub opened: u32,
    /// Of these, possibly opened: hidden by Apple, or it cannot be told.
    pub possible: u32,
    /// Of these, clicked by a person.
    pub clicked: u32,
    /// Of these, touched by machines alone.
    pub machines: u32,
    /// Of these, answered by a person.
    pub answered: u32,
}

/// Totals by span and by domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each span, in their order.
    pub spans: Vec<Totals>,
    /// The domains with the most messages in all spans together, most first.
    pub domains: Vec<DomainStats>,
    /// How many domains more there are.
    pub more_domains: u32,
    /// Half of those that were answered were answered within so many milliseconds.
    pub answer_time: Option<Millis>,
}

impl Store {
    /// The totals of the messages sent in each of these spans, which follow each other without a gap, and of those sent to each of
    /// the `domains` most frequent domains.
    pub async fn report(&self, account: AccountId, spans: &[Span], domains: u32) -> Result<Report> {
        let (Some((since, _)), Some((_, until))) = (spans.first(), spans.last()) else { return Ok(Report::default()) };
        let mut tx = self.snapshot().await?;
        let mut report = Report::default();
        for span in spans {
            report.spans.push(totals(&mut tx, account, *span).await?);
        }
        (report.domains, report.more_domains) = domains::most_frequent(&mut tx, account, (*since, *until), domains).await?;
        report.answer_time = answer_time(&mut tx, account, (*since, *until)).await?;
        tx.cancel().await?;
        Ok(report)
    }
}

/// The spans of `totals`, in milliseconds: an hour, for all messages together; a day and 16 days, for each domain.
const HOUR: Millis = 60 * 60 * 1_000;
pub(super) const DAY: Millis = 24 * HOUR;
pub(super) const BLOCK: Millis = 16 * DAY;

/// The part of a span that whole `unit`s make up; empty, at its beginning, when there is none.
pub(super) const fn whole((since, until): Span, unit: Millis) -> Span {
    let first = since.saturating_add(unit - 1).div_euclid(unit) * unit;
    let last = until.div_euclid(unit) * unit;
    if first < last { (first, last) } else { (since, since) }
}

/// What came of the messages of a span: of its whole hours by the totals that are kept, and before and after them one by one, as
/// where a zone's day begins at half past.
pub(super) const TOTALS: &str = "SELECT CAST(SUM(sent) AS BIGINT), CAST(SUM(opened) AS BIGINT), CAST(SUM(possible) AS BIGINT), \
     CAST(SUM(clicked) AS BIGINT), CAST(SUM(machines) AS BIGINT), CAST(SUM(answered) AS BIGINT) FROM ( \
     SELECT sent, opened, possible, clicked, machines, answered FROM totals \
     WHERE account = $1 AND span = 3600000 AND since >= $3 AND since < $4 \
     UNION ALL SELECT 1, CASE WHEN state >= 4 THEN 1 ELSE 0 END, CASE WHEN state IN (2, 3) THEN 1 ELSE 0 END, \
     CASE WHEN clicked = 1 THEN 1 ELSE 0 END, CASE WHEN state = 1 THEN 1 ELSE 0 END, CASE WHEN state = 6 THEN 1 ELSE 0 END \
     FROM messages WHERE account = $1 AND (sent_at >= $2 AND sent_at < $3) \
     UNION ALL SELECT 1, CASE WHEN state >= 4 THEN 1 ELSE 0 END, CASE WHEN state IN (2, 3) THEN 1 ELSE 0 END, \
     CASE WHEN clicked = 1 THEN 1 ELSE 0 END, CASE WHEN state = 1 THEN 1 ELSE 0 END, CASE WHEN state = 6 THEN 1 ELSE 0 END \
     FROM messages WHERE account = $1 AND (sent_at >= $4 AND sent_at < $5)) AS counted";

async fn totals(tx: &mut Work, account: AccountId, span: Span) -> Result<Totals> {
    let hours = whole(span, HOUR);
    let row = sql::query(TOTALS)
        .bind(account.as_str())
        .bind(span.0)
        .bind(hours.0)
        .bind(hours.1)
        .bind(span.1)
        .fetch_one(&mut **tx)
        .await?;
    // The sum of no rows is NULL.
    let count = |column| row.try_get::<Option<u32>>(column).map(Option::unwrap_or_default);
    Ok(Totals {
        sent: count(0)?,
        opened: count(1)?,
        possible: count(2)?,
        clicked: count(3)?,
        machines: count(4)?,
        answered: count(5)?,
    })
}

/// How long answers took, the shortest first: the one in the middle. The first of the two where there are two.
pub(super) const ANSWER_TIME: &str = "SELECT CASE WHEN answered_at > sent_at THEN answered_at - sent_at ELSE 0 END AS took FROM messages \
     WHERE account = $1 AND sent_at >= $2 AND sent_at < $3 AND answered_at IS NOT NULL ORDER BY took \
     LIMIT 1 OFFSET (SELECT (COUNT(*) - 1) / 2 FROM messages \
     WHERE account = $1 AND sent_at >= $2 AND sent_at < $3 AND answered_at IS NOT NULL)";

async fn answer_time(tx: &mut Work, account: AccountId, (since, until): Span) -> Result<Option<Millis>> {
    Ok(sql::query_scalar(ANSWER_TIME).bind(account.as_str()).bind(since).bind(until).fetch_optional(&mut **tx).await?)
}
