//! Recipients' domains: how many mails went to each, what came of them, and how much opens from there tell.

use waxwing_domain::trust::{self, Counts, Kind};
use waxwing_protocol::api::{DomainStats, DomainTrust, TrustKind};

use super::sql;
use super::stats::{BLOCK, DAY, Span, whole};
use super::{Result, Work};
use crate::account_id::AccountId;

/// The domains with the most mails in a span, most first, what came of these mails, and how many domains there are. Whole days and
/// blocks of days by the totals that are kept, the rest mail by mail.
pub(super) const MOST_FREQUENT: &str = "SELECT domain, CAST(SUM(sent) AS BIGINT) AS mails, CAST(SUM(opened) AS BIGINT), \
     CAST(SUM(possible) AS BIGINT), CAST(SUM(clicked) AS BIGINT), CAST(SUM(answered) AS BIGINT), COUNT(*) OVER () FROM ( \
     SELECT domain, sent, opened, possible, clicked, answered FROM totals \
     WHERE account = $1 AND span = 86400000 AND since >= $3 AND since < $4 \
     UNION ALL SELECT domain, sent, opened, possible, clicked, answered FROM totals \
     WHERE account = $1 AND span = 1382400000 AND since >= $4 AND since < $5 \
     UNION ALL SELECT domain, sent, opened, possible, clicked, answered FROM totals \
     WHERE account = $1 AND span = 86400000 AND since >= $5 AND since < $6 \
     UNION ALL SELECT d.domain, 1, CASE WHEN m.state >= 4 THEN 1 ELSE 0 END, CASE WHEN m.state IN (2, 3) THEN 1 ELSE 0 END, \
     CASE WHEN m.clicked = 1 THEN 1 ELSE 0 END, CASE WHEN m.state = 6 THEN 1 ELSE 0 END \
     FROM message_domains d CROSS JOIN messages m \
     WHERE m.seq = d.message AND d.account = $1 AND d.sent_at >= $2 AND d.sent_at < $3 \
     UNION ALL SELECT d.domain, 1, CASE WHEN m.state >= 4 THEN 1 ELSE 0 END, CASE WHEN m.state IN (2, 3) THEN 1 ELSE 0 END, \
     CASE WHEN m.clicked = 1 THEN 1 ELSE 0 END, CASE WHEN m.state = 6 THEN 1 ELSE 0 END \
     FROM message_domains d CROSS JOIN messages m \
     WHERE m.seq = d.message AND d.account = $1 AND d.sent_at >= $6 AND d.sent_at < $7 \
     ) AS counted GROUP BY domain ORDER BY mails DESC, domain LIMIT $8";

/// What trust in a domain is judged by. Of its newest 500 mails, those to several domains left out: whose filter or proxy came
/// cannot be told of them.
pub(super) const HISTORY: &str = "SELECT COUNT(*), COUNT(a.touched_at), COUNT(*) FILTER (WHERE a.state >= 4), \
     COUNT(*) FILTER (WHERE m.scheduled = 0 AND a.touched_at - m.sent_at BETWEEN $4 AND $3 - 1), \
     COUNT(*) FILTER (WHERE a.touched_at IS NOT NULL AND a.prefetched <> 0), COUNT(*) FILTER (WHERE a.state = 2), \
     COUNT(*) FILTER (WHERE m.links > 0), COUNT(*) FILTER (WHERE m.links > 0 AND a.followed <> 0) \
     FROM (SELECT message FROM message_domains WHERE account = $1 AND domain = $2 \
     ORDER BY sent_at DESC, message DESC LIMIT 500) d \
     JOIN messages m ON m.seq = d.message LEFT JOIN activity a ON a.message = m.id AND a.account = m.account \
     WHERE m.domain = $2";

/// The domains with the most mails in a span, and how many more there are.
pub(super) async fn most_frequent(
    tx: &mut Work,
    account: AccountId,
    span: Span,
    limit: u32,
) -> Result<(Vec<DomainStats>, u32)> {
    let days = whole(span, DAY);
    let blocks = whole(days, BLOCK);
    let mut query = sql::query(MOST_FREQUENT).bind(account.as_str());
    for instant in [span.0, days.0, blocks.0, blocks.1, days.1, span.1] {
        query = query.bind(instant);
    }
    let rows = query.bind(limit).fetch_all(&mut **tx).await?;
    let all = rows.first().map_or(Ok(0), |row| row.try_get::<u32>(6))?;
    let mut domains = Vec::with_capacity(rows.len());
    for row in rows {
        let domain: String = row.try_get(0)?;
        let trust = trust(tx, account, &domain).await?;
        let (sent, opened, possible, clicked) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        domains.push(DomainStats { domain, sent, answered: Some(row.try_get(5)?), opened, possible, clicked, trust });
    }
    let more = all.saturating_sub(u32::try_from(domains.len()).unwrap_or(u32::MAX));
    Ok((domains, more))
}

/// How much opens from a domain tell this account.
pub(super) async fn trust(tx: &mut Work, account: AccountId, domain: &str) -> Result<DomainTrust> {
    let row = sql::query(HISTORY)
        .bind(account.as_str())
        .bind(domain)
        .bind(trust::FAST_MS)
        .bind(-trust::SKEW_MS)
        .fetch_one(&mut **tx)
        .await?;
    let count = |column| row.try_get::<u32>(column);
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
