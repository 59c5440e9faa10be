//! Reminders as a kind of work that falls due: where their rows stand, and who works on one.
//!
//! What must hold: a note that may have been put is put again under the same id, and not before what was on its way has had time to
//! arrive.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use waxwing_protocol::Millis;

use super::{Key, Reminders, come, fate, take};
use crate::account_id::AccountId;
use crate::due::{Batch, Engine, Kind, Limits, Taken};
use crate::store::leases::{Lease, Leases, Taking};
use crate::store::reminders::change::{self, Applied, Next};
use crate::store::reminders::{NoteState, Row, lease};
use crate::store::{self, Store, Work};

impl Kind for Reminders {
    const WHAT: &'static str = "reminders";
    const LEASES: Leases = Leases::Reminders;
    const LIMITS: Limits = Limits { at_once: 32, of_gmail: 8, of_imap: 2, in_hand_of_one: 100 };
    const LAST_CALLS: Duration = Duration::from_secs(10);

    type Key = Key;
    type Row = Row;
    type Next = Next;
    type Applied = Applied;
    type Work = lease::Taken;

    fn engine(&self) -> &Engine<Self> {
        &self.engine
    }

    fn store(&self) -> &Store {
        &self.parts.store
    }

    fn now(&self) -> Millis {
        self.parts.clock.now()
    }

    fn key(account: AccountId, id: Uuid) -> Key {
        (account, id)
    }

    fn id((_, id): Key) -> Uuid {
        id
    }

    fn lease(row: &Row) -> Option<Lease> {
        row.lease
    }

    async fn take(&self, taking: &Taking<'_>) -> store::Result<Batch<Self>> {
        let rows = self.parts.store.take_due_reminders(taking).await?;
        let full = i64::try_from(rows.len()).is_ok_and(|count| count == taking.limit);
        let taken = rows.into_iter().map(|work| Taken {
            key: (work.row.account, work.row.id),
            due: work.row.due_at,
            mailbox: work.mailbox,
            imap: work.imap,
            size: 0,
            work,
        });
        Ok(Batch { taken: taken.collect(), full, moved: false })
    }

    async fn apply(
        tx: &mut Work,
        (account, id): Key,
        now: Millis,
        decide: &(dyn Fn(Row) -> Option<Next> + Send + Sync),
    ) -> store::Result<Option<Applied>> {
        change::apply(tx, account, id, now, decide).await
    }

    fn tell(&self, applied: &Applied) {
        if let Some(event) = applied.event {
            self.parts.news.publish(applied.row.account, event);
        }
    }

    async fn work(this: Arc<Self>, taken: lease::Taken) {
        let (account, id) = (taken.row.account, taken.row.id);
        if let Some(lease) = taken.row.lease.filter(|_| this.parts.gate.closed.contains(account)) {
            let now = this.now();
            this.engine.settle((account, id), lease, move |row| Some(fate::put_off(row, now))).await;
            return;
        }
        match taken.row.note_state {
            NoteState::Taking => take::run(&this, taken).await,
            _ => come::run(&this, taken).await,
        }
    }

    async fn give_back(&self, taken: lease::Taken) {
        let Some(lease) = taken.row.lease else { return };
        let (key, now) = ((taken.row.account, taken.row.id), self.now());
        self.engine.settle(key, lease, move |row| Some(fate::given_back(row, now))).await;
    }

    fn recovered(row: Row, _dead: bool, now: Millis) -> Option<Next> {
        Some(fate::recovered(row, now))
    }
}
