//! Hands a mail over, once.
//!
//! What must hold: the intent is on disk before the first call of the send; the lease is asked for, and "from here on it may be
//! out" written, before the last byte that commits. Whatever comes after that and is not an answer is unclear.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;
use uuid::Uuid;
use waxwing_protocol::api::{Kinds, ScheduledState, Trouble, Why};

use super::check::{self, Checked, Stop};
use super::consent::Decided;
use super::{Jobs, consent, due, fate, words};
use crate::due::Decide;
use crate::entropy;
use crate::guard::guarded_by_size;
use crate::mailbox::ledger::LedgerOf;
use crate::mailbox::{self, Commit, Draft, Mailbox, MailboxError, Outgoing, SendOutcome, Trace};
use crate::outgoing::{self, Mint, Order, Prepared, Summary};
use crate::store::scheduled::change::Next;
use crate::store::scheduled::{Intent, Lease, Row};

/// A send takes no longer: signing in, and ten minutes that a mail server may take for its last answer. Its bytes come on top,
/// twice: into a copy, and out.
const PATIENCE: Duration = Duration::from_mins(20);

/// A draft is read so often in a row, when it is edited meanwhile.
const MOST_READS: usize = 3;

/// A mail that may go.
pub(super) struct Going {
    pub(super) row: Row,
    pub(super) lease: Lease,
    pub(super) draft: Draft,
    pub(super) summary: Summary,
    /// The draft is another than was seen last.
    pub(super) edited: bool,
    pub(super) mailbox: Arc<dyn Mailbox>,
    pub(super) ledger: LedgerOf,
}

/// Prepares it, writes the intent down, and hands it over.
pub(super) async fn run(jobs: &Arc<Jobs>, mut going: Going) {
    let (id, lease) = (going.row.id, going.lease);
    let Some((intent, prepared)) = ready(jobs, &mut going).await else { return };
    let Prepared { raw, sender, recipients, content, tracked } = prepared;
    // A large mail is in memory once while it leaves.
    going.draft.raw = Arc::from([]);
    let written = {
        let (draft, edited, intent) = (going.draft.at.clone(), going.edited, intent.clone());
        let left_out = tracked.is_ok().then(|| words::not_recorded(intent.tracks.unwrap_or(Kinds::ALL))).flatten();
        let line = match tracked {
            Ok(()) => words::tracked(content.links.len()),
            Err(why) => words::untracked(why),
        };
        jobs.engine
            .settle(id, lease, move |mut row| {
                if row.state != ScheduledState::Leased {
                    return None;
                }
                if row.mailbox_gone {
                    return Some(fate::held(row, Why::NoMailbox, None));
                }
                row.state = ScheduledState::Sending;
                row.draft = draft.clone();
                row.message = intent.message.or(row.message);
                row.intent = Some(intent.clone());
                let mut next = Next::new(row);
                next.flight.extend(edited.then(words::edited));
                next.flight.push(line.clone());
                next.flight.extend(left_out.clone());
                next.content = Some(content.clone());
                Some(next)
            })
            .await
    };
    // Cancelled, taken by somebody else, or its mailbox is gone.
    if written.is_none_or(|applied| applied.row.state != ScheduledState::Sending) {
        return;
    }
    let outgoing =
        Outgoing { draft: intent.trace.draft.clone(), raw: Arc::from(raw), sender, recipients, trace: intent.trace.clone() };
    let committer = Committer { jobs: Arc::clone(jobs), id, lease, trace: intent.trace.id, saw: AtomicU8::new(NOT_ASKED) };
    let patience = PATIENCE + 2 * mailbox::uploading(outgoing.raw.len());
    let outcome = match timeout(patience, going.mailbox.send(&outgoing, &committer, &going.ledger)).await {
        Ok(outcome) => outcome,
        Err(_) if committer.saw.load(Ordering::SeqCst) == NOT_ASKED => {
            SendOutcome::NotSent(MailboxError::new(Trouble::Unreachable))
        }
        Err(_) => SendOutcome::Unclear(MailboxError::new(Trouble::Unreachable)),
    };
    came(jobs, &going.row, lease, intent, outcome, committer.saw.into_inner()).await;
}

/// Prepares the draft as it is right before it goes: an edit of the last moment goes with it. `None`: it does not go now.
async fn ready(jobs: &Arc<Jobs>, going: &mut Going) -> Option<(Intent, Prepared)> {
    let (id, lease) = (going.row.id, going.lease);
    for _ in 0..MOST_READS {
        let ready = match prepare(jobs, going).await {
            Ok(ready) => ready,
            Err(NotReady::Unreadable) => {
                jobs.engine.settle(id, lease, |row| Some(fate::held(row, Why::Unreadable, None))).await;
                return None;
            }
            Err(NotReady::Later(why)) => {
                tracing::error!(why, scheduled = %id, "a scheduled mail could not be prepared; tried again");
                due::failed(jobs, &going.row, lease, MailboxError::new(Trouble::Busy)).await;
                return None;
            }
        };
        let looked = timeout(due::PATIENCE, is_as_read(jobs, going)).await;
        match looked.unwrap_or_else(|_| Err(Stop::Error(MailboxError::new(Trouble::Unreachable)))) {
            Ok(true) => return Some(ready),
            Ok(false) => {}
            Err(stop) => {
                due::stopped(jobs, &going.row, lease, stop).await;
                return None;
            }
        }
    }
    // It is being written just now: it goes with the next try.
    due::failed(jobs, &going.row, lease, MailboxError::new(Trouble::Busy)).await;
    None
}

/// The draft is still the one that was read. If it is not, it is read and looked at again.
async fn is_as_read(jobs: &Jobs, going: &mut Going) -> Result<bool, Stop> {
    let there = going.mailbox.version(&going.draft.at, &going.ledger).await?;
    if there.is_some_and(|there| there.version == going.draft.at.version) {
        return Ok(true);
    }
    // A large mail is in memory once.
    going.draft.raw = Arc::from([]);
    let Checked { draft, summary } = check::draft(jobs, going.mailbox.as_ref(), &going.row, &going.ledger).await?;
    going.row.draft = draft.at.clone();
    going.edited = true;
    going.draft = draft;
    going.summary = summary;
    Ok(false)
}

/// Writes down what came of it.
async fn came(jobs: &Arc<Jobs>, row: &Row, lease: Lease, intent: Intent, outcome: SendOutcome, saw: u8) {
    let (id, mailbox, now) = (row.id, row.mailbox, jobs.now());
    match outcome {
        SendOutcome::Sent(sent) => {
            jobs.parts.mailboxes.report(mailbox, None).await;
            let trace = intent.trace.id;
            let fate = move |row| fate::sent(row, intent.clone(), &sent, words::taken(&sent), now, now);
            if jobs.engine.insist(id, &proof(trace, fate)).await.is_none() {
                tracing::error!(scheduled = %id, "a mail was taken after its sender, or another backend, had decided what became of it");
            }
            jobs.wake();
        }
        SendOutcome::NotSent(error) => {
            jobs.parts.mailboxes.report(mailbox, Some(&error)).await;
            let fate = move |row| fate::not_sent(row, &error, now);
            jobs.engine.insist(id, &proof(intent.trace.id, fate)).await;
            jobs.wake();
        }
        SendOutcome::Unclear(error) => {
            jobs.parts.mailboxes.report(mailbox, Some(&error)).await;
            jobs.engine
                .settle(id, lease, move |mut row| {
                    // Also where the mailbox did not ask before: what it does not know, nobody does.
                    let intent = row.intent.as_mut()?;
                    intent.committing = true;
                    Some(fate::unclear(row, words::no_answer(&error), now))
                })
                .await;
            jobs.wake();
        }
        SendOutcome::LeaseLost if saw == NOT_WRITTEN => {
            // The lease may well be ours: it was the database that refused, and nothing left.
            due::failed(jobs, row, lease, MailboxError::new(Trouble::Busy)).await;
        }
        SendOutcome::LeaseLost => tracing::warn!(scheduled = %id, "the lease of a scheduled mail was lost before it left"),
    }
}

/// What an answer says of this very intent counts, whoever holds the lease now: another engine may have taken a mail for unclear
/// whose answer was only slow.
fn proof(trace: Uuid, fate: impl Fn(Row) -> Next + Send + Sync + 'static) -> Decide<Jobs> {
    Arc::new(move |row: Row| {
        let ours = row.intent.as_ref().is_some_and(|intent| intent.trace.id == trace);
        let open = matches!(row.state, ScheduledState::Sending | ScheduledState::Unclear | ScheduledState::Held);
        (ours && open).then(|| fate(row))
    })
}

#[derive(Debug)]
enum NotReady {
    Unreadable,
    Later(&'static str),
}

/// The final bytes, and what they can be found again by.
async fn prepare(jobs: &Jobs, going: &Going) -> Result<(Intent, Prepared), NotReady> {
    let parts = &jobs.parts;
    let (row, now) = (&going.row, jobs.now());
    let draw = || entropy::uuid(parts.entropy.as_ref()).map_err(|_| NotReady::Later("no randomness"));
    let (trace, message) = (draw()?, draw()?);
    let account = parts.store.account(row.account).await.map_err(|_| NotReady::Later("the account could not be read"))?;
    let epoch = account.ok_or(NotReady::Later("the account is gone"))?.epoch;
    let rfc_id = format!("<{}@{}>", trace.simple(), domain(&going.summary.from));
    let Decided { tracks, why, line } = consent::of(&parts.store, row.account, &going.summary, now)
        .await
        .map_err(|_| NotReady::Later("what its recipients said could not be read"))?;
    let has_line = line.is_some();
    let key = (row.track && tracks.any()).then(|| parts.gate.keys().mint_key(row.account, epoch));
    let (draft, tracking_url, id) = (Arc::clone(&going.draft.raw), parts.tracking_url.clone(), rfc_id.clone());
    let owner = row.account;
    let prepared = guarded_by_size(draft.len(), move || {
        let line = line.as_ref();
        let mint = key.as_ref().map(|key| Mint { key, epoch, tracking_url: &tracking_url, message, tracks, line });
        outgoing::prepare(&Order { draft: &draft, account: owner.as_str(), trace, rfc_id: &id, date: now, mint })
    })
    .await
    .ok_or(NotReady::Unreadable)?
    .map_err(|_| NotReady::Unreadable)?;
    let at = &going.draft.at;
    let trace =
        Trace { id: trace, rfc_id, draft: (!fate::repeats(row)).then(|| at.clone()), thread: at.thread.clone(), at: now };
    let mut prepared = prepared;
    if let Some(why) = why.filter(|_| row.track && !tracks.any()) {
        prepared.tracked = Err(why);
    }
    let asked = prepared.tracked.is_ok() && has_line;
    let message = prepared.tracked.is_ok().then_some(message);
    let intent = Intent {
        trace,
        message,
        epoch,
        sender: prepared.sender.clone(),
        tracks: Some(tracks),
        asked,
        committing: false,
        looks: 0,
        lost_at: None,
    };
    Ok((intent, prepared))
}

/// The domain for a Message-ID: the sender's, where it can stand in one.
fn domain(from: &str) -> &str {
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if !domain.is_empty() && domain.len() <= 253 && domain.chars().all(fits) { domain } else { "waxwing.invalid" }
}

const NOT_ASKED: u8 = 0;
const HELD: u8 = 1;
const LOST: u8 = 2;
const NOT_WRITTEN: u8 = 3;

/// Asked right before the last byte.
struct Committer {
    jobs: Arc<Jobs>,
    id: Uuid,
    lease: Lease,
    trace: Uuid,
    saw: AtomicU8,
}

impl Commit for Committer {
    fn commit(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let (lease, trace, jobs) = (self.lease, self.trace, Arc::clone(&self.jobs));
            let done = self
                .jobs
                .engine
                .change(self.id, move |mut row| {
                    if row.lease != Some(lease) || row.state != ScheduledState::Sending {
                        return None;
                    }
                    let mailbox_gone = row.mailbox_gone;
                    let intent = row.intent.as_mut().filter(|intent| intent.trace.id == trace)?;
                    if mailbox_gone {
                        row.intent = None;
                        return Some(fate::held(row, Why::NoMailbox, None));
                    }
                    if jobs.parts.gate.closed.contains(row.account) {
                        row.intent = None;
                        return Some(fate::held(row, Why::NotUsed, None));
                    }
                    intent.committing = true;
                    Some(Next::new(row).silent())
                })
                .await;
            let saw = match done {
                Ok(Some(applied)) if applied.row.state == ScheduledState::Sending => HELD,
                Ok(_) => LOST,
                Err(_) => NOT_WRITTEN,
            };
            self.saw.store(saw, Ordering::SeqCst);
            saw == HELD
        })
    }
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn message_ids_get_a_domain_that_can_stand_in_one() {
        for (from, want) in [
            ("mara@fjord.example", "fjord.example"),
            ("\"a@b\"@c.example", "c.example"),
            ("nobody", "waxwing.invalid"),
            ("a@", "waxwing.invalid"),
            ("a@bücher.example", "waxwing.invalid"),
            ("a@b>\r\nBcc: x", "waxwing.invalid"),
        ] {
            assert_eq!(domain(from), want);
        }
    }
}
