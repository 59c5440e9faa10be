//! Mails that go later as a kind of work that falls due: where their rows stand, and who works on one.
//!
//! What must hold: what had not come to its commit waits again, what had is looked for; nothing is sent from here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{MailboxKind, ScheduledState};

use super::{Jobs, due, fate, look, words};
use crate::account_id::AccountId;
use crate::due::{Batch, Engine, Kind, Limits, Taken};
use crate::store::leases::{Lease, Leases, Taking};
use crate::store::scheduled::change::{self, Applied, Next};
use crate::store::scheduled::{Row, lease};
use crate::store::{self, Store, Work};

impl Kind for Jobs {
    const WHAT: &'static str = "scheduled mails";
    const LEASES: Leases = Leases::Scheduled;
    const LIMITS: Limits = Limits { at_once: 64, of_gmail: 8, of_imap: 1, in_hand_of_one: 200 };
    const LAST_CALLS: Duration = Duration::from_secs(25);

    type Key = Uuid;
    type Row = Row;
    type Next = Next;
    type Applied = Applied;
    type Work = Row;

    fn engine(&self) -> &Engine<Self> {
        &self.engine
    }

    fn store(&self) -> &Store {
        &self.parts.store
    }

    fn now(&self) -> Millis {
        self.parts.clock.now()
    }

    fn key(_account: AccountId, id: Uuid) -> Uuid {
        id
    }

    fn id(key: Uuid) -> Uuid {
        key
    }

    fn lease(row: &Row) -> Option<Lease> {
        row.lease
    }

    async fn take(&self, taking: &Taking<'_>) -> store::Result<Batch<Self>> {
        let store = &self.parts.store;
        let say = lease::Say { leased: &words::leased(), moved: words::daily_limit };
        let lease::Taken { rows, moved, more } = store.take_due(taking, &say).await?;
        for (account, event) in &moved {
            self.parts.news.publish(*account, *event);
        }
        let mut imap: HashMap<Uuid, bool> = HashMap::new();
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            let known = imap.get(&row.mailbox).copied();
            let imap = if let Some(known) = known {
                known
            } else {
                *imap.entry(row.mailbox).or_insert(self.is_imap(row.mailbox).await)
            };
            taken.push(Taken {
                key: row.id,
                due: row.due_at,
                mailbox: Some(row.mailbox),
                imap,
                size: row.draft.size,
                work: row,
            });
        }
        Ok(Batch { taken, full: more, moved: !moved.is_empty() })
    }

    async fn apply(
        tx: &mut Work,
        id: Uuid,
        now: Millis,
        decide: &(dyn Fn(Row) -> Option<Next> + Send + Sync),
    ) -> store::Result<Option<Applied>> {
        change::apply(tx, id, now, decide).await
    }

    fn tell(&self, applied: &Applied) {
        if let Some((account, event)) = applied.news() {
            self.parts.news.publish(account, event);
        }
        if applied.registered {
            self.parts.judging.wake();
            self.parts.watch.wake();
        }
    }

    async fn work(this: Arc<Self>, row: Row) {
        match row.state {
            ScheduledState::Unclear => look::run(&this, row).await,
            _ => due::run(&this, row).await,
        }
    }

    async fn give_back(&self, row: Row) {
        give_back(self, &row).await;
    }

    fn recovered(row: Row, dead: bool, now: Millis) -> Option<Next> {
        fate::recovered(row, dead, now)
    }
}

impl Jobs {
    /// Where that cannot be read, the leases are taken all the same: as few at once as any server bears.
    async fn is_imap(&self, mailbox: Uuid) -> bool {
        let mailbox = self.parts.store.mailbox(mailbox).await;
        mailbox.map_or(true, |mailbox| mailbox.is_some_and(|mailbox| mailbox.kind == MailboxKind::Imap))
    }
}

/// Gives a row back that nothing was done with: the backend stops.
pub(super) async fn give_back(jobs: &Jobs, row: &Row) {
    let Some(lease) = row.lease else { return };
    let due = row.due_at.unwrap_or_else(|| jobs.now());
    let decide = move |mut row: Row| match row.state {
        ScheduledState::Leased => Some(Next::new(fate::waits(row, due)).line(words::nothing_left())),
        ScheduledState::Unclear => {
            row.due_at = Some(due);
            row.release();
            Some(Next::new(row).silent())
        }
        _ => None,
    };
    jobs.engine.settle(row.id, lease, decide).await;
}
