//! Does what recipients say, and what users say of them.
//!
//! What must hold: what is refused stops in memory while no other write of its account can happen, so that a hit is either stored before
//! the refusal or not at all; when the refusal does not reach the disk, memory is as it was. Everything here can be done twice. What is
//! refused is written beside the database, too ([`kept`]), before whoever refused is answered.

use uuid::Uuid;
use waxwing_domain::consent::root;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;

use super::kept::{self, Line};
use crate::account_id::AccountId;
use crate::app::App;
use crate::hits::erase;
use crate::store::Result;
use crate::store::consent::mails::Asked;
use crate::store::consent::people::{self, Spoken, Statement};
use crate::store::consent::refusals::{ByLink, Moved};

/// What is said by a mail's link. If something changed: what was refused before, and the instant that the change has.
pub async fn say_by_link(app: &App, account: AccountId, message: Uuid, said: &ByLink<'_>) -> Result<Option<(Kinds, Millis)>> {
    let mut stopping = Stopping::new(app);
    let now = app.clock.now();
    let done = app.store.say_by_link(account, message, said, now, |moved| stopping.stop(account, &[moved])).await;
    let stands = stopping.settle(done)?;
    let erases = said.erase && said.refused && said.kinds == Kinds::ALL;
    if erases || stands.moved.is_some() {
        kept::write(app, Line::of_mail(account, message, stands.by_link, stands.at, erases)).await;
    }
    let changed = stands.moved.map(|(moved, event)| {
        app.news.publish(account, event);
        (moved.before, stands.at)
    });
    if erases {
        let event = erase::begin(&app.judging, account, message, now).await?;
        app.news.publish(account, event);
        app.store.erase_hits(account, message).await?;
        app.journal.forget();
    }
    Ok(changed)
}

/// What the user says of people.
pub async fn say_of_people(app: &App, account: AccountId, said: &[Statement<'_>]) -> Result<Spoken> {
    let mut stopping = Stopping::new(app);
    let now = app.clock.now();
    let done = app.store.say_of_people(account, said, now, |moved| stopping.stop(account, moved)).await;
    let spoken = stopping.settle(done)?;
    if let Some(event) = spoken.event {
        app.news.publish(account, event);
    }
    Ok(spoken)
}

/// What an address refused by the mail to it, in all mails of the account.
pub async fn confirm(app: &App, asked: &Asked, refused: Kinds, shown: &str) -> Result<()> {
    let mut stopping = Stopping::new(app);
    let now = app.clock.now();
    // Nothing takes it back: so it may stand there before it stands in the database.
    if let Some(root) = root(&asked.address).filter(|_| refused.any()) {
        kept::write(app, Line::of_person(asked.account, &people::erased(asked.account, &root), refused, now)).await;
    }
    let done = app.store.confirm(asked, refused, shown, now, |moved| stopping.stop(asked.account, moved)).await;
    if let Some(event) = stopping.settle(done)?.event {
        app.news.publish(asked.account, event);
    }
    Ok(())
}

/// A message was registered: what its recipients had refused before stops it here too.
pub async fn registered(app: &App, account: AccountId, message: Uuid) -> Result<()> {
    let refused = app.store.refused_of(account, message).await?;
    app.gate.stopped.refuse(account, message, refused);
    Ok(())
}

/// What was stopped in memory, until it is on disk.
struct Stopping<'a> {
    app: &'a App,
    before: Vec<(AccountId, Uuid, Kinds)>,
}

impl<'a> Stopping<'a> {
    fn new(app: &'a App) -> Self {
        Self { app, before: Vec::new() }
    }

    fn stop(&mut self, account: AccountId, moved: &[Moved]) {
        for moved in moved {
            self.before.push((account, moved.message, moved.before));
            self.app.gate.stopped.refuse(account, moved.message, moved.now);
        }
    }

    fn settle<T>(self, done: Result<T>) -> Result<T> {
        if done.is_err() {
            for (account, message, refused) in self.before {
                self.app.gate.stopped.refuse(account, message, refused);
            }
        }
        done
    }
}
