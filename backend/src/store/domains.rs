//! Recipients' domains: how many mails went to each, what came of them, and how much opens from there tell.

use sqlx::Row as _;
use waxwing_domain::trust::{self, Counts, Kind};
use waxwing_protocol::api::{DomainStats, DomainTrust, TrustKind};

use super::stats::Span;
use super::{Result, Work};
use crate::account_id::AccountId;

/// The domains with the most mails in a span, most first, and how many more there are.
pub(super) const MOST_FREQUENT: &str = "SELECT domain, COUNT(*) AS sent, COUNT(*) OVER () FROM message_domains \
     WHERE account = $1 AND sent_at >= $2 AND sent_at < $3 GROUP BY domain ORDER BY sent DESC, domain LIMIT $4";

/// What came of a domain's mails of a span.
pub(super) const CAME_OF: &str = "SELECT SUM(m.state >= 4), SUM(m.state IN (2, 3)), SUM(m.clicked = 1), SUM(m.state = 6) \
     FROM message_domains d \
     JOIN messages m ON m.seq = d.message WHERE d.account = $1 AND d.domain = $2 AND d.sent_at >= $3 AND d.sent_at < $4";

/// What trust in a domain is judged by. Of its newest 500 mails, those to several domains left out: whose filter or proxy came
/// cannot be told of them.
pub(super) const HISTORY: &str = "SELECT COUNT(*), COUNT(a.touched_at), SUM(a.state >= 4), \
     SUM(m.scheduled = 0 AND a.touched_at - m.sent_at BETWEEN $4 AND $3 - 1), \
     SUM(a.touched_at IS NOT NULL AND a.prefetched <> 0), SUM(a.state = 2), SUM(m.links > 0), \
     SUM(m.links > 0 AND a.followed <> 0) \
     FROM (SELECT message FROM message_domains WHERE account = $1 AND domain = $2 \
     ORDER BY sent_at DESC, message DESC LIMIT 500) d \
     JOIN messages m ON m.seq = d.message LEFT JOIN activity a ON a.message = m.id AND a.account = m.account \
     WHERE m.domain = $2";

/// The domains with the most mails in a span, and how many more there are.
pub(super) async fn most_frequent(
    tx: &mut Work,
    account: AccountId,
    (since, until): Span,
    limit: u32,
) -> Result<(Vec<DomainStats>, u32)> {
    let rows: Vec<(String, u32, u32)> =
        sqlx::query_as(MOST_FREQUENT).bind(account.as_str()).bind(since).bind(until).bind(limit).fetch_all(&mut **tx).await?;
    let all = rows.first().map_or(0, |row| row.2);
    let mut domains = Vec::with_capacity(rows.len());
    for (domain, sent, _) in rows {
        let row =
            sqlx::query(CAME_OF).bind(account.as_str()).bind(&domain).bind(since).bind(until).fetch_one(&mut **tx).await?;
        let count = |column| row.try_get::<Option<u32>, _>(column).map(Option::unwrap_or_default);
        let (opened, possible, clicked, answered) = (count(0)?, count(1)?, count(2)?, Some(count(3)?));
        let trust = trust(tx, account, &domain).await?;
        domains.push(DomainStats { domain, sent, answered, opened, possible, clicked, trust });
    }
    let more = all.saturating_sub(u32::try_from(domains.len()).unwrap_or(u32::MAX));
    Ok((domains, more))
}

/// How much opens from a domain tell this account.
pub(super) async fn trust(tx: &mut Work, account: AccountId, domain: &str) -> Result<DomainTrust> {
    let row = sqlx::query(HISTORY)
        .bind(account.as_str())
        .bind(domain)
        .bind(trust::FAST_MS)
        .bind(-trust::SKEW_MS)
        .fetch_one(&mut **tx)
        .await?;
    // The sum of no rows is NULL.
    let count = |column| row.try_get::<Option<u32>, _>(column).map(Option::unwrap_or_default);
    let counts = Counts {
        mails: count(0)?,
        touched: count(1)?,
        fast: count(3)?,
        apple: count(5)?,
        linked: count(6)?,
        followed: count(7)?,
    };
    let judged = trust::judge(&counts);
    Ok(DomainTrust {
        domain: domain.to_owned(),
        mails: counts.mails,
        touched: counts.touched,
        opened: count(2)?,
        fast: counts.fast,
        prefetched: count(4)?,
        apple: counts.apple,
        followed: counts.followed,
        kind: match judged.kind {
            Kind::TooFew => TrustKind::TooFew,
            Kind::MeansSomething => TrustKind::MeansSomething,
            Kind::SaysNothing => TrustKind::SaysNothing,
            Kind::Hidden => TrustKind::Hidden,
        },
        clicks_say_nothing: judged.clicks_say_nothing,
    })
}
