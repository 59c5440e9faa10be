//! What keeps mails that are waited for in step with mailboxes, messages and time.
//!
//! What must hold: a mailbox that comes adopts its sender's mails, one that goes lets them wait without it; a deleted message takes
//! its row along; what is too old without a reminder is over, and gone a while later.

use std::collections::BTreeSet;

use uuid::Uuid;
use waxwing_domain::answers::{company, person};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Event, WaitingNews};

use super::super::sql;
use super::{Row, WAIT, find};
use crate::account_id::AccountId;
use crate::store::accounts::id_from;
use crate::store::reminders::NoteState;
use crate::store::reminders::change::{end, of_mail};
use crate::store::{Result, Store, Work, events};

/// Recipients of one mail that may answer in a new conversation.
const MOST_PEOPLE: usize = 200;
/// So many names are written by statements that are kept.
const FEW: usize = 4;
/// How long a mail that is not waited for any more is kept.
const KEEP: Millis = 365 * 24 * 60 * 60 * 1_000;
/// Rows of one transaction.
const BATCH: i64 = 500;

/// Writes down whom a mail went to, in place of what stood there.
pub(super) async fn write_people(tx: &mut Work, row: &Row, content: &Content) -> Result<()> {
    sql::query("DELETE FROM waiting_people WHERE account = $1 AND waiting = $2")
        .bind(row.account.as_str())
        .bind(row.id)
        .execute(&mut **tx)
        .await?;
    add_people(tx, row, content).await
}

/// The same where nothing stood there.
pub(super) async fn add_people(tx: &mut Work, row: &Row, content: &Content) -> Result<()> {
    let Some(mailbox) = row.mailbox else { return Ok(()) };
    let people = people(content);
    if people.is_empty() {
        return Ok(());
    }
    let is_few = people.len() <= FEW;
    let mut query = sql::Builder::new("INSERT INTO waiting_people (mailbox, person, account, waiting) ");
    query.push_values(people, |values, person| {
        values.push_bind(mailbox).push_bind(person).push_bind(row.account.as_str()).push_bind(row.id);
    });
    query.build().persistent(is_few).execute(&mut **tx).await?;
    Ok(())
}

/// Under which names recipients are found: as they are written, without what providers ignore, and by their companies.
fn people(content: &Content) -> BTreeSet<String> {
    let addresses = content.recipients.iter().map(|recipient| recipient.address.trim().to_lowercase());
    let all = addresses.map(|written| [person(&written), company(&written).map(|it| format!("@{it}")), Some(written)]);
    all.take(MOST_PEOPLE).flatten().flatten().filter(|it| it.contains('@') && it.len() <= 320).collect()
}

/// Gives a mailbox that was connected the mails of its address that wait without one: those that it sent, those that lie in it, and
/// when it is the account's only one, tracked ones that were sent under a name that is no mailbox's. Tells when there were any.
pub(crate) async fn adopt(tx: &mut Work, account: AccountId, mailbox: Uuid, address: &str, now: Millis) -> Result<Option<i64>> {
    // What was given to the only mailbox that there was, and is not found there, is this one's when its sender says so.
    let rows = sql::query(
        "SELECT id, sender, home, tracked, mailbox IS NULL FROM waiting WHERE account = $1 AND state = 0 AND (mailbox IS NULL OR \
         (mailbox <> $2 AND found IS NULL AND home IS NULL AND tracked = 1))",
    )
    .bind(account.as_str())
    .bind(mailbox)
    .fetch_all(&mut **tx)
    .await?;
    let own = person(address);
    let only = super::put::others(tx, account, mailbox).await?.is_empty();
    let mut newest = None;
    for found in &rows {
        let (id, sender, home): (Uuid, &str, Option<&str>) = (found.try_get(0)?, found.try_get(1)?, found.try_get(2)?);
        let (tracked, homeless): (bool, bool) = (found.try_get(3)?, found.try_get(4)?);
        let alias = homeless && tracked && home.is_none() && only;
        if person(sender) != own && home.is_none_or(|home| person(home) != own) && !alias {
            continue;
        }
        let Some(mut row) = find(tx, account, id).await? else { continue };
        row.mailbox = Some(mailbox);
        row.find_at = Some(now);
        row.found_tries = 0;
        row.looked = false;
        let (_, event) = super::change::change(tx, row, WaitingNews::Changed, false, now).await?;
        newest = Some(event);
    }
    Ok(newest)
}

/// A mailbox was disconnected: what waited in it waits without one, and what was learnt in it is forgotten: how far it was watched,
/// conversations, who answered, what bounced. That and when a tracked mail was answered stays with the message.
pub async fn leave(tx: &mut Work, account: AccountId, mailbox: Uuid, now: Millis) -> Result<Option<i64>> {
    sql::query("DELETE FROM watches WHERE mailbox = $1").bind(mailbox).execute(&mut **tx).await?;
    sql::query("DELETE FROM watch_ways WHERE mailbox = $1").bind(mailbox).execute(&mut **tx).await?;
    sql::query("DELETE FROM waiting_people WHERE mailbox = $1").bind(mailbox).execute(&mut **tx).await?;
    let left: Vec<(Uuid, bool, i64)> = sql::query_as(
        "UPDATE waiting SET mailbox = NULL, find_at = NULL, found = NULL, answered_by = NULL, bounced = NULL, bounced_at = NULL, \
         answered = NULL, refused = '[]', taken = '[]', away_until = NULL, answered_at = NULL, state = CASE WHEN state = 1 THEN 2 ELSE state END, version = version + 1 WHERE mailbox = $1 \
         RETURNING id, tracked, state",
    )
    .bind(mailbox)
    .fetch_all(&mut **tx)
    .await?;
    let mut newest = None;
    for (id, tracked, _) in left.into_iter().filter(|(.., state)| *state == 0) {
        let event =
            Event::Waiting { mail: id, message: tracked.then_some(id), what: WaitingNews::Changed, at: now, tell: false };
        newest = Some(events::add(tx, account, now, &event).await?);
    }
    Ok(newest)
}

/// Takes a mail away with all that was known of it: its message was deleted, or it came to its end long ago. Where the note of a
/// reminder lies or may lie in the mailbox, what leads to it stays until that was taken away, and nothing else.
pub(crate) async fn delete(tx: &mut Work, account: AccountId, id: Uuid, now: Millis) -> Result<()> {
    let noted = end_noted(tx, account, id, now).await?;
    let last = if noted { EMPTY } else { "DELETE FROM waiting WHERE account = $1 AND id = $2" };
    for sql in [
        "DELETE FROM waiting_people WHERE account = $1 AND waiting = $2",
        "DELETE FROM waiting_contents WHERE account = $1 AND waiting = $2",
        last,
    ] {
        sql::query(sql).bind(account.as_str()).bind(id).execute(&mut **tx).await?;
    }
    Ok(())
}

/// A row that says nothing of its mail, as old as can be: it goes with the next that are forgotten, once no note is left.
const EMPTY: &str = "UPDATE waiting SET state = 2, tracked = 0, sender = '', sent_at = 0, thread = NULL, rfc_id = NULL, gmail = '{}', \
     found = NULL, find_at = NULL, until = 0, answered = NULL, answered_by = NULL, answered_at = NULL, bounced = NULL, \
     bounced_at = NULL, home = NULL, refused = '[]', taken = '[]', away_until = NULL, created_at = 0, version = version + 1 \
     WHERE account = $1 AND id = $2";

/// Ends the reminders of a mail that goes. Whether any has a note that is still to be taken away; those without one are gone.
async fn end_noted(tx: &mut Work, account: AccountId, id: Uuid, now: Millis) -> Result<bool> {
    let mut noted = false;
    for row in of_mail(tx, account, id).await? {
        if row.note_state == NoteState::None {
            sql::query("DELETE FROM reminders WHERE account = $1 AND id = $2")
                .bind(account.as_str())
                .bind(row.id)
                .execute(&mut **tx)
                .await?;
            continue;
        }
        noted = true;
        end(tx, row, now).await?;
    }
    Ok(noted)
}

/// Mails that wait too long without a reminder.
pub(super) const TOO_OLD: &str = "SELECT w.account, w.id FROM waiting w WHERE w.state = 0 AND w.until < $1 \
     AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.account = w.account AND r.waiting = w.id AND r.state IN (0, 1, 2)) \
     LIMIT $2";
/// Mails that came to their end long ago.
pub(super) const FORGOTTEN: &str = "SELECT w.account, w.id FROM waiting w WHERE w.created_at < $1 AND w.state <> 0 \
     AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.account = w.account AND r.waiting = w.id AND r.note_state <> 0) LIMIT $2";

impl Store {
    /// Ends what waits too long without a reminder, and takes away what ended long ago. Gives the newest event of each account that
    /// has any. What is more than a batch is the next time's.
    pub async fn tidy_waiting(&self, now: Millis) -> Result<Vec<(AccountId, i64)>> {
        let old = self.keys(TOO_OLD, now).await?;
        let forgotten = self.keys(FORGOTTEN, now.saturating_sub(KEEP)).await?;
        if old.is_empty() && forgotten.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let mut told = Vec::new();
        for (account, id) in old {
            let Some(mut row) = find(&mut tx, account, id).await? else { continue };
            row.state = super::State::Over;
            let (_, event) = super::change::change(&mut tx, row, WaitingNews::Over, false, now).await?;
            told.push((account, event));
        }
        for (account, id) in forgotten {
            delete(&mut tx, account, id, now).await?;
        }
        tx.commit().await?;
        Ok(told)
    }

    /// Takes away what came to its end and is older than an instant, a batch of it; how many mails that were.
    pub async fn forget_waiting(&self, before: Millis, now: Millis) -> Result<u64> {
        let forgotten = self.keys(FORGOTTEN, before).await?;
        if forgotten.is_empty() {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let mut gone = 0;
        for (account, id) in forgotten {
            delete(&mut tx, account, id, now).await?;
            gone += 1;
        }
        tx.commit().await?;
        Ok(gone)
    }

    async fn keys(&self, sql: &'static str, at: Millis) -> Result<Vec<(AccountId, Uuid)>> {
        let rows = sql::query(sql).bind(at).bind(BATCH).fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok((id_from(row.try_get(0)?)?, row.try_get(1)?))).collect()
    }

    /// Gives a mailbox that was connected the mails of its address that wait without one, and the tracked ones of the last weeks
    /// that nobody waits for yet. The number of the newest event, when there were any.
    pub async fn adopt_waiting(&self, account: AccountId, mailbox: Uuid, address: &str, now: Millis) -> Result<Option<i64>> {
        let mut tx = self.write().await?;
        let adopted = adopt(&mut tx, account, mailbox, address, now).await?;
        let missed = super::put::put_missed(&mut tx, account, mailbox, address, now.saturating_sub(WAIT), now).await?;
        match adopted.max(missed) {
            None => tx.cancel().await?,
            Some(_) => tx.commit().await?,
        }
        Ok(adopted.max(missed))
    }
}
