//! Finds mails that were sent in their mailbox: their conversation, their Message-ID, and who else is on it.
//!
//! What must hold: a mail that is not there yet is looked for again, with growing pauses and not for ever.

use std::time::Duration;

use tokio::time::timeout;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessReason, Content, Trouble, WaitingNews};

use super::look::{Look, Stop};
use crate::mailbox::watching::{SentHint, SentMail};
use crate::mailbox::{MailboxError, Purpose};
use crate::store::Work;
use crate::store::reminders::defaults::by_default;
use crate::store::waiting::change::{change, rewrite};
use crate::store::waiting::{self, Row};

/// One call takes no longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Mails of one look.
const MOST: i64 = 20;
const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
/// After so long it is looked for again: providers take seconds to file a mail, and Gmail may send it days later.
const PAUSES: &[Millis] = &[5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 3 * HOUR, 12 * HOUR, 24 * HOUR];
/// So often it is looked for, the last pauses being a day each.
const MOST_TRIES: u32 = 20;

/// Looks for what is due to be looked for. What came of all is written together: after a burst of mails the only writer has others
/// waiting. Whatever ends this before it is written, it is looked for again.
pub(super) async fn run(look: &Look<'_>) -> Result<(), Stop> {
    let parts = &look.watch.parts;
    // What was sent a moment ago can be found a moment later; what is due cannot wait.
    if parts.store.many_leave(look.row.id).await? {
        return Ok(());
    }
    let mut looked_for = Vec::new();
    let mut stop = None;
    for (row, content) in parts.store.waiting_sought(look.row.id, look.watch.now(), MOST).await? {
        let purpose = Purpose { reason: AccessReason::Watching, scheduled: None, waiting: Some(row.id) };
        let ledger = parts.mailboxes.ledger(look.row.id, purpose);
        let hint = hint(&row, &content);
        let found = timeout(PATIENCE, look.mailbox.find_sent(&hint, &ledger)).await;
        match found.unwrap_or_else(|_| Err(MailboxError::new(Trouble::Unreachable))) {
            Ok(found) => looked_for.push((row, found)),
            // What it was asked was no good, or it cannot find: the others may be found all the same.
            Err(error) if matches!(error.trouble, Trouble::NotOffered | Trouble::Protocol) => looked_for.push((row, None)),
            Err(error) => {
                stop = Some(Stop::Mailbox(error));
                break;
            }
        }
    }
    write(look, looked_for).await?;
    stop.map_or(Ok(()), Err)
}

fn hint(row: &Row, content: &Content) -> SentHint {
    SentHint {
        message: row.gmail.legacy_message.clone(),
        thread: row.thread.clone(),
        rfc_id: row.rfc_id.clone(),
        sent_at: row.sent_at,
        subject: content.subject.clone(),
        recipients: content.recipients.iter().map(|recipient| recipient.address.to_lowercase()).collect(),
    }
}

/// Writes down what came of looking, and tells it.
async fn write(look: &Look<'_>, looked_for: Vec<(Row, Option<SentMail>)>) -> Result<(), Stop> {
    if looked_for.is_empty() {
        return Ok(());
    }
    let (parts, now) = (&look.watch.parts, look.watch.now());
    let mut tx = parts.store.write().await?;
    let mut news = Vec::new();
    for (row, found) in looked_for {
        // As it is now: it may have been answered, moved or deleted meanwhile.
        let fresh = waiting::find(&mut tx, row.account, row.id).await?;
        let Some(next) = fresh.filter(|fresh| fresh.mailbox == row.mailbox && fresh.find_at.is_some()) else { continue };
        news.extend(write_one(&mut tx, next, found, now).await?.map(|event| (row.account, event)));
    }
    tx.commit().await?;
    for (account, event) in news {
        parts.news.publish(account, event);
    }
    Ok(())
}

/// The number of the event, where anybody sees a difference.
async fn write_one(tx: &mut Work, mut next: Row, found: Option<SentMail>, now: Millis) -> Result<Option<i64>, Stop> {
    let Some(found) = found else {
        next.found_tries = next.found_tries.saturating_add(1);
        next.find_at = pause(next.found_tries).map(|pause| now.saturating_add(pause));
        rewrite(tx, next).await?;
        return Ok(None);
    };
    next.thread = found.thread.clone().or(next.thread);
    next.rfc_id = found.rfc_id.clone().or(next.rfc_id);
    let answers = !found.references.is_empty();
    next.found = Some(found);
    next.find_at = None;
    let (next, event) = change(tx, next, WaitingNews::Changed, false, now).await?;
    // Whether it answers in a conversation is known by now.
    let reminds = if next.tracked { by_default(tx, next.account, next.id, Some(answers), now).await? } else { None };
    Ok(reminds.or(Some(event)))
}

/// After which time it is looked for again. `None`: no more.
fn pause(tries: u32) -> Option<Millis> {
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    (tries < MOST_TRIES).then(|| PAUSES.get(index).or(PAUSES.last()).copied()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!((pause(1), pause(2)), (Some(5 * SECOND), Some(15 * SECOND)));
        assert_eq!((pause(12), pause(MOST_TRIES), pause(u32::MAX)), (Some(24 * HOUR), None, None));
        assert!(PAUSES.is_sorted());
    }
}
