//! One look at a mailbox: finds what was sent, reads what came in, and has it written down.
//!
//! What must hold: a look resumes where the last one stopped, and what came in between a mail's sending and its being followed is
//! looked through once, too. It is bounded in calls; what is left is the next look's, which goes on where this one stopped, for the
//! same mails.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;
use waxwing_domain::answers::Choice;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, AccessReason, Bounced, ReminderSettings, Trouble};

use super::followed::Trails;
use super::letter::Letter;
use super::{Looked, NotNow, Outcome, Watch, apply, find, judge, report};
use crate::guard::{guarded, guarded_by_size};
use crate::mailbox::ledger::LedgerOf;
use crate::mailbox::watching::{Arrived, Looked as News, Mark};
use crate::mailbox::{Ledger as _, Mailbox, MailboxError, Purpose};
use crate::store::mailboxes::StoredMailbox;
use crate::store::waiting::follow::Trail;
use crate::store::waiting::watches::{Back, Passes, Watched};

/// One call takes no longer.
const PATIENCE: Duration = Duration::from_mins(5);
/// Calls of one look, where there is always more.
const MOST_CALLS: usize = 50;
/// Mails for which one pass looks through what came in.
const MOST_IN_PASS: usize = 1_000;
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
        let fresh = || all.iter().filter(|trail| !trail.looked && trail.find_at.is_none());
        let Passes { onward, back } = before.as_ref().map(|watched| watched.passes.clone()).unwrap_or_default();
        let is_covered = |trail: &&Trail| match (&onward, &before) {
            // Those who came since have been passed.
            (Some(mails), _) => mails.binary_search(&trail.id).is_ok(),
            (None, Some(watched)) => trail.sent_at >= watched.asked_at,
            (None, None) => true,
        };
        let covered: Vec<Uuid> = fresh().filter(is_covered).map(|trail| trail.id).collect();
        let missed: Vec<&Trail> = fresh().filter(|trail| !is_covered(trail)).collect();
        let mut at = Progress {
            mark: before.as_ref().map(|watched| watched.mark.clone()),
            asked_at: before.as_ref().map_or(oldest, |watched| watched.asked_at),
            passes: Passes { onward: onward.clone(), back },
        };
        let trails = Trails::new(&self.row.address, all.iter(), people.clone());
        let mut more = self.ask_onward(&mut at, not_before, &trails, &covered, started).await?;
        if !more && !missed.is_empty() {
            more = self.ask_back(&mut at, &missed, people).await?;
        }
        Ok(Looked { mark: at.mark, find_at, more })
    }

    /// Asks for what came in since, and has each answer written down. Whether there is more.
    async fn ask_onward(
        &self,
        at: &mut Progress,
        not_before: Millis,
        trails: &Trails,
        covered: &[Uuid],
        started: Millis,
    ) -> Result<bool, Stop> {
        for _ in 0..MOST_CALLS {
            let looked = self.call(at.mark.as_ref(), not_before, trails).await?;
            let outcomes = self.judge(&looked.arrived, trails).await?;
            // A mailbox in which nothing happened costs no write.
            let is_news = at.mark.as_ref() != Some(&looked.mark) || at.passes.onward.is_some() && !looked.more;
            at.mark = Some(looked.mark);
            if looked.more {
                // Others that come meanwhile are gone back for.
                at.passes.onward.get_or_insert_with(|| {
                    let mut mails: Vec<Uuid> = covered.iter().copied().take(MOST_IN_PASS).collect();
                    mails.sort_unstable();
                    mails
                });
            } else {
                at.passes.onward = None;
                at.asked_at = if is_news { started } else { at.asked_at };
            }
            let done = if looked.more { &[][..] } else { covered };
            apply::write(self, &outcomes, at.watched().filter(|_| is_news).as_ref(), done).await?;
            if !looked.more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Goes back for mails that were not followed when what came in for them was passed. Whether there is more.
    async fn ask_back(&self, at: &mut Progress, missed: &[&Trail], people: Vec<String>) -> Result<bool, Stop> {
        let (mut mark, mails) = at.passes.back.take().map(|back| (Some(back.mark), back.mails)).unwrap_or_default();
        let mut was_kept = mark.is_some();
        let mut passed: Vec<&Trail> = missed.iter().copied().filter(|trail| mails.binary_search(&trail.id).is_ok()).collect();
        if passed.is_empty() {
            mark = None;
            passed = missed.iter().copied().take(MOST_IN_PASS).collect();
        }
        let Some(since) = passed.iter().map(|trail| trail.sent_at).min() else { return Ok(false) };
        let mut mails: Vec<Uuid> = passed.iter().map(|trail| trail.id).collect();
        mails.sort_unstable();
        let trails = Trails::new(&self.row.address, passed.into_iter(), people);
        for _ in 0..MOST_CALLS {
            let looked = self.call(mark.as_ref(), since.saturating_sub(SLACK), &trails).await?;
            let outcomes = self.judge(&looked.arrived, &trails).await?;
            at.passes.back = looked.more.then(|| Back { mark: looked.mark.clone(), mails: mails.clone() });
            mark = Some(looked.mark);
            let kept = at.watched().filter(|_| looked.more || was_kept);
            was_kept |= looked.more;
            let done = if looked.more { &[][..] } else { &mails };
            apply::write(self, &outcomes, kept.as_ref(), done).await?;
            if !looked.more {
                return Ok(mails.len() < missed.len());
            }
        }
        Ok(true)
    }

    async fn call(&self, mark: Option<&Mark>, not_before: Millis, trails: &Trails) -> Result<News, Stop> {
        let call = self.mailbox.look_for_news(mark, not_before, trails, &self.ledger);
        let looked = timeout(PATIENCE, call).await.unwrap_or_else(|_| Err(MailboxError::new(Trouble::Unreachable)));
        looked.map_err(Stop::Mailbox)
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
            let read = mail.clone();
            let letter = match guarded_by_size(mail.raw.len(), move || Letter::read(&read, now)).await {
                Some(Some(letter)) => letter,
                // A note of ours.
                Some(None) => continue,
                None => {
                    self.passed_over();
                    continue;
                }
            };
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
            let Some(means) = guarded(|| judge::judge(&letter, &candidates, &own, choice, now)) else {
                self.passed_over();
                continue;
            };
            for (id, outcome) in means {
                if let judge::Outcome::Bounced { bounced: now_known, .. } = &outcome {
                    bounced.insert(id, now_known.clone());
                }
                judged.push(apply::Judged { id, outcome, ids: letter.ids.clone() });
            }
        }
        Ok(judged)
    }

    /// A mail that nobody can take apart would not let itself be read the next time, either: the ledger says that it was not read.
    fn passed_over(&self) {
        self.ledger.write(AccessAction::ReadMail, false);
    }
}

/// How far a look is.
struct Progress {
    mark: Option<Mark>,
    asked_at: Millis,
    passes: Passes,
}

impl Progress {
    /// As it is kept.
    fn watched(&self) -> Option<Watched> {
        let mark = self.mark.clone()?;
        Some(Watched { mark, asked_at: self.asked_at, passes: self.passes.clone() })
    }
}
