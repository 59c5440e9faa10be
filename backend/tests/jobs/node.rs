//! What a test asks of its world and of its backends.

use std::sync::Arc;

use uuid::Uuid;
use waxwing_backend::mailbox::DraftRef;
use waxwing_backend::store::scheduled::insert::{Inserted, NewScheduled};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    Content, Event, FlightEntry, GmailIds, Late, LateThen, Schedule, Scheduled, ScheduledDetail, ScheduledState, When, Why,
};

pub(crate) use crate::clock::START;
use crate::server::Server;
pub(crate) use crate::times::{DAY, HOUR, MINUTE, SECOND};
pub(crate) use crate::world::{Node, World, account, wait};

impl World {
    /// With one account and one mailbox, and its first backend.
    pub(crate) fn new(server: Arc<Server>) -> (Self, Node) {
        Self::with_mailbox(server)
    }

    /// Schedules a draft for an instant.
    pub(crate) fn at(&self, node: &Node, draft: DraftRef, at: Millis) -> Uuid {
        self.schedule(node, draft, once(at), at)
    }

    pub(crate) fn schedule(&self, node: &Node, draft: DraftRef, schedule: Schedule, due_at: Millis) -> Uuid {
        self.schedule_from(node, self.mailbox, draft, schedule, due_at)
    }

    pub(crate) fn schedule_from(
        &self,
        node: &Node,
        mailbox: Uuid,
        draft: DraftRef,
        schedule: Schedule,
        due_at: Millis,
    ) -> Uuid {
        let id = self.id();
        let gmail = GmailIds { legacy_message: Some(draft.version.clone()), ..GmailIds::default() };
        let content = Content { subject: draft.id.clone(), ..Content::default() };
        let account = account();
        let new = NewScheduled { id, account, mailbox, schedule, due_at, why: None, draft, gmail, track: true, content };
        let inserted = node.block(node.app.jobs.schedule(&new)).unwrap();
        assert!(matches!(inserted, Inserted::New(_)), "{inserted:?}");
        id
    }
}

/// At an instant, half an hour of lateness allowed, then held.
pub(crate) fn once(at: Millis) -> Schedule {
    Schedule {
        when: When::Instant { at, zone: "Europe/Oslo".to_owned() },
        phrase: None,
        unless_answered: false,
        late: Late { minutes: 30, then: LateThen::Hold },
        holidays: Vec::new(),
        remind: None,
    }
}

impl Node {
    pub(crate) fn detail(&self, id: Uuid) -> ScheduledDetail {
        self.block(self.app.store.scheduled_detail(account(), id)).unwrap().unwrap()
    }

    pub(crate) fn mail(&self, id: Uuid) -> Scheduled {
        self.detail(id).scheduled
    }

    /// Waits until the mail stands there.
    pub(crate) fn until(&self, id: Uuid, state: ScheduledState) -> Scheduled {
        wait(|| self.mail(id), |mail| mail.state == state)
    }

    /// Waits until it is held, for this.
    pub(crate) fn until_held(&self, id: Uuid, why: Why) -> Scheduled {
        wait(|| self.mail(id), |mail| mail.state == ScheduledState::Held && mail.why == Some(why))
    }

    /// Waits until the flight recorder has this many lines of a kind.
    pub(crate) fn until_lines(&self, id: Uuid, what: &str, say: &str, count: usize) {
        let lines = || self.detail(id).flight;
        wait(lines, |lines: &Vec<FlightEntry>| lines.iter().filter(|line| is(line, what, say)).count() >= count);
    }

    /// The flight recorder as `what say` pairs, without what they all begin with.
    pub(crate) fn flight(&self, id: Uuid) -> Vec<String> {
        self.detail(id).flight.iter().map(short).collect()
    }

    /// Scheduled mails that their sender was told of.
    pub(crate) fn told(&self) -> Vec<(Uuid, ScheduledState)> {
        let events = self.block(self.app.store.events_after(account(), 0, 10_000)).unwrap();
        events
            .into_iter()
            .filter_map(|numbered| match numbered.event {
                Event::Scheduled { scheduled, state, tell: true, .. } => Some((scheduled, state)),
                _ => None,
            })
            .collect()
    }
}

fn short(line: &FlightEntry) -> String {
    let say = line.say.as_deref().unwrap_or_default().trim_start_matches("flight_say_");
    format!("{} {say}", line.what)
}

fn is(line: &FlightEntry, what: &str, say: &str) -> bool {
    short(line) == format!("{what} {say}")
}
