//! One look at a mailbox: finds what was sent, reads what came in, and has it written down.
//!
//! What must hold: a look resumes where the last one stopped, and what came in between a mail's sending and its being followed is
//! looked through once, too. It is bounded in calls; what is left is the next look's.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;
use waxwing_domain::answers::Choice;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessReason, Bounced, ReminderSettings, Trouble};

use super::followed::Trails;
use super::letter::Letter;
use super::{Looked, NotNow, Outcome, Watch, apply, find, judge, report};
use crate::mailbox::ledger::LedgerOf;
use crate::mailbox::watching::{Arrived, Mark};
use crate::mailbox::{Mailbox, MailboxError, Purpose};
use crate::store::mailboxes::StoredMailbox;
use crate::store::waiting::follow::Trail;
use crate::store::waiting::watches::Watched;

/// One call takes no longer.
const PATIENCE: Duration = Duration::from_mins(5);
/// Calls of one look, where there is always more.
const MOST_CALLS: usize = 50;
/// Mails that one that came in is compared with.
const MOST_CANDIDATES: usize = 200;
/// Clocks of providers and ours may differ so much.
const SLACK: Millis = 60 * 60 * 1_000;

/// What a look works with.
pub(super) struct Look<'a> {
    pub(super) watch: &'a Watch,
    pub(super) row: StoredMailbox,
    pub(super) mailbox: &'a dyn Mailbox,
    pub(super) settings: ReminderSettings,
    ledger: LedgerOf,
}

/// Why a look ended early.
pub(super) enum Stop {
    NotNow(NotNow),
    Mailbox(MailboxError),
}

impl<E: Into<NotNow>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::NotNow(error.into())
    }
}

/// Looks.
pub(super) async fn run(watch: &Watch, mailbox: Uuid) -> Outcome {
    match look(watch, mailbox).await {
        Ok(looked) => {
            report(&watch.parts, mailbox, None).await;
            Outcome { result: Ok(looked), retry_after: None }
        }
        Err(Stop::NotNow(not_now)) => Outcome { result: Err(not_now), retry_after: None },
        Err(Stop::Mailbox(error)) => {
            report(&watch.parts, mailbox, Some(&error)).await;
            let result = if error.needs_sign_in() { NotNow::SignIn(error.trouble) } else { NotNow::Mailbox(error.trouble) };
            Outcome { result: Err(result), retry_after: error.retry_after }
        }
    }
}

async fn look(watch: &Watch, id: Uuid) -> Result<Looked, Stop> {
    let parts = &watch.parts;
    let row = parts.store.mailbox(id).await?.filter(|row| row.removed_at.is_none()).ok_or(NotNow::Gone)?;
    let mailbox = parts.mailboxes.get(id).await?;
    let settings = parts.store.reminder_settings(row.account).await?;
    let purpose = Purpose { reason: AccessReason::Watching, scheduled: None, waiting: None };
    let ledger = parts.mailboxes.ledger(id, purpose);
    let look = Look { watch, row, mailbox: mailbox.as_ref(), settings, ledger };
    find::run(&look).await?;
    look.onward().await
}

impl Look<'_> {
    /// What came in since the last look, and then what came in for mails that were not followed yet.
    async fn onward(&self) -> Result<Looked, Stop> {
        let (store, id) = (&self.watch.parts.store, self.row.id);
        let all = store.trails(id).await?;
        let Some(oldest) = all.iter().map(|trail| trail.sent_at).min() else { return Ok(Looked::default()) };
        let find_at = all.iter().filter_map(|trail| trail.find_at).min();
        let people = store.waiting_people(id, self.settings.company).await?;
        let before = store.watched(id).await?;
        let started = self.watch.now();
        let not_before = before.as_ref().map_or(oldest, |watched| oldest.max(watched.asked_at)).saturating_sub(SLACK);
        let trails = Trails::new(&self.row.address, all.iter(), people.clone());
        let is_covered = |trail: &&Trail| before.as_ref().is_none_or(|watched| trail.sent_at >= watched.asked_at);
        let fresh = || all.iter().filter(|trail| !trail.looked && trail.find_at.is_none());
        let covered: Vec<Uuid> = fresh().filter(is_covered).map(|trail| trail.id).collect();
        let mark = before.as_ref().map(|watched| watched.mark.clone());
        let mark = self.ask(mark, not_before, &trails, Keeping { started, covered, resumes: true }).await?;
        let missed: Vec<&Trail> = fresh().filter(|trail| !is_covered(trail)).collect();
        if let Some(since) = missed.iter().map(|trail| trail.sent_at).min() {
            let covered = missed.iter().map(|trail| trail.id).collect();
            let trails = Trails::new(&self.row.address, missed.into_iter(), people);
            self.ask(None, since.saturating_sub(SLACK), &trails, Keeping { started, covered, resumes: false }).await?;
        }
        Ok(Looked { mark, find_at })
    }

    /// Asks until there is no more, and has each answer written down.
    async fn ask(
        &self,
        mut mark: Option<Mark>,
        not_before: Millis,
        trails: &Trails,
        keeping: Keeping,
    ) -> Result<Option<Mark>, Stop> {
        for _ in 0..MOST_CALLS {
            let call = self.mailbox.look_for_news(mark.as_ref(), not_before, trails, &self.ledger);
            let looked = timeout(PATIENCE, call).await.unwrap_or_else(|_| Err(MailboxError::new(Trouble::Unreachable)));
            let looked = looked.map_err(Stop::Mailbox)?;
            let outcomes = self.judge(&looked.arrived, trails).await?;
            // A mailbox in which nothing happened costs no write.
            let is_news = keeping.resumes && mark.as_ref() != Some(&looked.mark);
            let at = Watched { mark: looked.mark.clone(), asked_at: keeping.started };
            let covered = if looked.more { &[][..] } else { &keeping.covered };
            apply::write(self, &outcomes, is_news.then_some(&at), covered).await?;
            mark = Some(looked.mark);
            if !looked.more {
                break;
            }
        }
        Ok(mark)
    }

    /// What these mails mean.
    async fn judge(&self, arrived: &[Arrived], trails: &Trails) -> Result<Vec<apply::Judged>, Stop> {
        let (store, now) = (&self.watch.parts.store, self.watch.now());
        let choice = Choice { company: self.settings.company };
        let own: Vec<&str> = trails.own().iter().map(String::as_str).collect();
        let mut judged = Vec::new();
        // Several notices of one mail add up.
        let mut bounced: HashMap<Uuid, Bounced> = HashMap::new();
        for mail in arrived {
            let Some(letter) = read(mail, now).await else { continue };
            let mut ids = trails.mails(letter.thread.as_deref(), letter.named(), MOST_CANDIDATES);
            for id in store.waiting_for(self.row.id, &letter.people(choice.company)).await? {
                if ids.len() < MOST_CANDIDATES && !ids.contains(&id) {
                    ids.push(id);
                }
            }
            let mut candidates = store.waiting_rows(self.row.account, &ids).await?;
            for (row, _) in &mut candidates {
                row.bounced = bounced.get(&row.id).cloned().or(row.bounced.take());
            }
            for (id, outcome) in judge::judge(&letter, &candidates, &own, choice, now) {
                if let judge::Outcome::Bounced { bounced: now_known, .. } = &outcome {
                    bounced.insert(id, now_known.clone());
                }
                judged.push(apply::Judged { id, outcome, ids: letter.ids.clone() });
            }
        }
        Ok(judged)
    }
}

/// What is remembered of a look.
struct Keeping {
    /// When it began.
    started: Millis,
    /// The mails that it looks through for the first time.
    covered: Vec<Uuid>,
    /// Whether the next look resumes where it ends.
    resumes: bool,
}

/// Mails larger than this are read on a thread of their own.
const LARGE: usize = 64 * 1024;

async fn read(mail: &Arrived, now: Millis) -> Option<Letter> {
    if mail.raw.len() < LARGE {
        return Letter::read(mail, now);
    }
    let mail = mail.clone();
    tokio::task::spawn_blocking(move || Letter::read(&mail, now)).await.ok().flatten()
}
