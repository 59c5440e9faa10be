//! Totals of an account's messages over spans of time.
//!
//! What must hold: they are counted on indexes alone, and what is given together is of one moment.

use sqlx::Row as _;
use waxwing_protocol::Millis;
use waxwing_protocol::api::DomainStats;

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

/// What came of the messages of a span: one pass over one index.
pub(super) const TOTALS: &str = "SELECT COUNT(*), SUM(state >= 4), SUM(state IN (2, 3)), SUM(clicked = 1), SUM(state = 1), \
     SUM(state = 6) \
     FROM messages WHERE account = $1 AND sent_at >= $2 AND sent_at < $3";

async fn totals(tx: &mut Work, account: AccountId, (since, until): Span) -> Result<Totals> {
    let row = sqlx::query(TOTALS).bind(account.as_str()).bind(since).bind(until).fetch_one(&mut **tx).await?;
    // The sum of no rows is NULL.
    let count = |column| row.try_get::<Option<u32>, _>(column).map(Option::unwrap_or_default);
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
pub(super) const ANSWER_TIME: &str = "SELECT MAX(answered_at - sent_at, 0) AS took FROM messages \
     WHERE account = $1 AND sent_at >= $2 AND sent_at < $3 AND answered_at IS NOT NULL ORDER BY took \
     LIMIT 1 OFFSET (SELECT (COUNT(*) - 1) / 2 FROM messages \
     WHERE account = $1 AND sent_at >= $2 AND sent_at < $3 AND answered_at IS NOT NULL)";

async fn answer_time(tx: &mut Work, account: AccountId, (since, until): Span) -> Result<Option<Millis>> {
    Ok(sqlx::query_scalar(ANSWER_TIME).bind(account.as_str()).bind(since).bind(until).fetch_optional(&mut **tx).await?)
}
