//! Writes down what came in, with what follows from it and how far was looked, in one step.

use uuid::Uuid;

use super::judge::Outcome;
use super::look::{Look, Stop};
use crate::store::waiting::outcome::{self, Done};
use crate::store::waiting::watches::Watched;
use crate::store::waiting::{follow, watches};

/// What a mail means for one that is waited for.
pub(super) struct Judged {
    /// The mail that is waited for.
    pub(super) id: Uuid,
    /// What it means for it.
    pub(super) outcome: Outcome,
    /// The ids of the one that came in.
    pub(super) ids: Vec<String>,
}

/// Writes it, and tells.
pub(super) async fn write(look: &Look<'_>, judged: &[Judged], mark: Option<&Watched>, looked: &[Uuid]) -> Result<(), Stop> {
    if judged.is_empty() && mark.is_none() && looked.is_empty() {
        return Ok(());
    }
    let (parts, account, now) = (&look.watch.parts, look.row.account, look.watch.now());
    let mut tx = parts.store.write().await?;
    let mut all = Done::default();
    for Judged { id, outcome, ids } in judged {
        let key = (account, *id);
        let done = match outcome {
            Outcome::Answered(answered) => outcome::answered(&mut tx, key, answered, ids, now).await?,
            Outcome::Bounced { bounced, for_all } => outcome::bounced(&mut tx, key, bounced, *for_all, ids, now).await?,
            Outcome::Away(until) => outcome::away(&mut tx, key, *until, &look.settings, ids, now).await?,
        };
        if let Some(done) = done {
            all.event = all.event.max(done.event);
            all.ring |= done.ring;
        }
    }
    follow::set_looked(&mut tx, account, looked).await?;
    if let Some(mark) = mark {
        watches::remember(&mut tx, look.row.id, mark).await?;
    }
    tx.commit().await?;
    if let Some(event) = all.event {
        parts.news.publish(account, event);
    }
    if all.ring {
        look.watch.applied.send_modify(|times| *times = times.wrapping_add(1));
    }
    Ok(())
}
