//! Rows as the API gives them: totals of messages, hits with what is said of them.

use uuid::Uuid;
use waxwing_domain::rollup::{self, State};
use waxwing_domain::verdict::settles_at;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Correction, Hit, HitKind, Label, MailState, Verdict};

use super::hits::kind_from;
use super::judged::{domain_kind, said};
use super::rules::claim_from;
use super::sql;
use super::{Result, Work};
use crate::account_id::AccountId;

/// The columns that [`activity`] reads, of `activity a`.
macro_rules! activity_columns {
    () => {
        "a.opens, a.open_hits, a.clicks, a.click_hits, a.machine_hits, a.apple_hits, a.own_hits, a.unknown_hits, a.checking, \
         a.first_open_at, a.last_open_at, a.first_click_at, a.last_click_at, a.last_click_target, a.again_at, a.again_after, \
         a.touched_at, a.prefetched, a.followed"
    };
}
pub(super) use activity_columns;

/// How many they are.
pub(super) const ACTIVITY_COLUMNS: usize = 19;

/// The columns that [`hit`] reads, of `message_hits i`, with the tables that they come from. To be followed by `WHERE`.
pub(super) const HITS: &str = "SELECT h.id, h.at, h.kind, h.link, h.agent, h.address, i.repeat, \
     i.label, i.confidence, i.reason, i.name, i.settled, i.claim, i.claim_at, i.rule, r.claim, r.at \
     FROM message_hits i JOIN hits h ON h.id = i.hit LEFT JOIN correction_rules r ON r.id = i.rule ";

/// Totals from column `at` on; all zero when the message has none.
pub(super) fn activity(row: &sql::Row, at: usize) -> Result<rollup::Activity> {
    let number = |i: usize| row.try_get::<Option<u32>>(at + i).map(Option::unwrap_or_default);
    let flag = |i: usize| row.try_get::<Option<bool>>(at + i).map(Option::unwrap_or_default);
    Ok(rollup::Activity {
        opens: number(0)?,
        open_hits: number(1)?,
        clicks: number(2)?,
        click_hits: number(3)?,
        machine_hits: number(4)?,
        apple_hits: number(5)?,
        own_hits: number(6)?,
        unknown_hits: number(7)?,
        checking: number(8)?,
        first_open_at: row.try_get(at + 9)?,
        last_open_at: row.try_get(at + 10)?,
        first_click_at: row.try_get(at + 11)?,
        last_click_at: row.try_get(at + 12)?,
        last_click_target: row.try_get(at + 13)?,
        again_at: row.try_get(at + 14)?,
        again_after: row.try_get(at + 15)?,
        touched_at: row.try_get(at + 16)?,
        prefetched: flag(17)?,
        followed: flag(18)?,
    })
}

/// Totals as the API gives them.
pub fn on_the_wire(a: rollup::Activity) -> Activity {
    Activity {
        state: match a.state() {
            State::Unopened => MailState::Unopened,
            State::Machines => MailState::Machines,
            State::Apple => MailState::Apple,
            State::Unclear => MailState::Unclear,
            State::Opened => MailState::Opened,
            State::Clicked => MailState::Clicked,
        },
        opens: a.opens,
        open_hits: a.open_hits,
        clicks: a.clicks,
        click_hits: a.click_hits,
        machine_hits: a.machine_hits,
        apple_hits: a.apple_hits,
        own_hits: a.own_hits,
        unknown_hits: a.unknown_hits,
        checking: a.checking,
        first_open_at: a.first_open_at,
        last_open_at: a.last_open_at,
        first_click_at: a.first_click_at,
        last_click_at: a.last_click_at,
        last_click_target: a.last_click_target,
        again_at: a.again_at,
        again_after: a.again_after,
        answered_at: None,
    }
}

/// Totals of a message that a person answered.
pub fn answered_on_the_wire(totals: rollup::Activity, answered_at: Option<Millis>) -> Activity {
    let activity = on_the_wire(totals);
    let state = if answered_at.is_some() { MailState::Answered } else { activity.state };
    Activity { state, answered_at, ..activity }
}

/// What came of a registered message, and whether it is muted.
pub(super) async fn activity_of(tx: &mut Work, account: AccountId, id: Uuid) -> Result<Option<(Activity, bool)>> {
    const SQL: &str = concat!(
        "SELECT m.muted, m.answered_at, ",
        activity_columns!(),
        " FROM messages m LEFT JOIN activity a ON a.message = m.id AND a.account = m.account WHERE m.account = $1 AND m.id = $2"
    );
    let row = sql::query(SQL).bind(account.as_str()).bind(id).fetch_optional(&mut **tx).await?;
    row.map(|row| Ok((answered_on_the_wire(activity(&row, 2)?, row.try_get(1)?), row.try_get(0)?))).transpose()
}

/// A hit, by the columns of [`HITS`].
pub(super) fn hit(row: &sql::Row) -> Result<Hit> {
    let (at, kind): (Millis, HitKind) = (row.try_get(1)?, kind_from(row.try_get(2)?)?);
    let settled: bool = row.try_get(11)?;
    let of_hit: Option<i64> = row.try_get(12)?;
    let of_rule: Option<i64> = row.try_get(15)?;
    let correction = match (of_hit, of_rule) {
        (Some(claim), _) => {
            let at: Option<Millis> = row.try_get(13)?;
            Some(Correction { claim: claim_from(claim)?, at: at.unwrap_or_default(), rule: None })
        }
        (None, Some(claim)) => Some(Correction { claim: claim_from(claim)?, at: row.try_get(16)?, rule: row.try_get(14)? }),
        (None, None) => None,
    };
    let verdict = said(row, 7)?.map(|said| Verdict {
        checking_until: (kind == HitKind::Click && !settled && of_hit.is_none() && said.label == Label::Human)
            .then(|| settles_at(domain_kind(kind), at)),
        label: said.label,
        confidence: said.confidence,
        reason: said.reason,
        name: said.name,
    });
    Ok(Hit {
        id: row.try_get(0)?,
        at,
        kind,
        link: row.try_get(3)?,
        agent: row.try_get(4)?,
        address: row.try_get(5)?,
        repeat: row.try_get(6)?,
        verdict,
        correction,
    })
}
