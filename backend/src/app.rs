//! The running backend: what every handler and task shares, how it starts, and how it stops without losing a hit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use ipnet::IpNet;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use waxwing_protocol::api::{Event, Minting};

use crate::account_id::AccountId;
use crate::accounts::oidc::Provider;
use crate::clock::Clock;
use crate::consent::kept;
use crate::due;
use crate::entropy::Entropy;
use crate::hits::admit::Gate;
use crate::hits::journal::Journal;
use crate::hits::judging::Judging;
use crate::hits::knowledge::InForce;
use crate::hits::log::drain::Parts as Draining;
use crate::hits::rescore::{self, Rescoring};
use crate::hits::{roll_up, settle};
use crate::housekeeping;
use crate::http::auth::Seen;
use crate::http::limits::Limits;
use crate::http::not_let_in::NotLetIn;
use crate::http::places::{self, Places};
use crate::jobs::{self, Jobs, Parts};
use crate::keys::Keys;
use crate::mailbox::ledger;
use crate::mailbox::options::Options;
use crate::mailbox::registry::Mailboxes;
use crate::metrics::Metrics;
use crate::news::News;
use crate::nodes::hear;
use crate::nodes::lease::{self, Leases};
use crate::reminders::{self, Reminders};
use crate::retention::periods::Periods;
use crate::store::{self, Store, settings, sql};
use crate::watch::{self as watching, Watch};

/// What the operator chose, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder, where the lists of addresses are.
    pub data_dir: PathBuf,
    /// Where the extension reaches this backend.
    pub public_url: String,
    /// Where pixels and links point to.
    pub tracking_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins that CORS lets in.
    pub origins: Vec<HeaderValue>,
    /// How often an idle event stream shows that it lives. Chromium ends a worker after 30 s of silence.
    pub heartbeat: Duration,
    /// What he chose for mailboxes.
    pub mailboxes: Options,
    /// How long he keeps things.
    pub retention: Periods,
    /// Where people sign in to their account's page, besides by code.
    pub sign_in: Option<Arc<Provider>>,
}

/// What handlers share.
pub struct App {
    /// The database.
    pub store: Arc<Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What the operator chose.
    pub settings: Settings,
    /// Checks tokens.
    pub gate: Arc<Gate>,
    /// What hits are judged by.
    pub knowledge: Arc<InForce>,
    /// Judges messages anew, and is told of those that are due.
    pub judging: Arc<Judging>,
    /// Judges again what was judged by older knowledge.
    pub rescoring: Arc<Rescoring>,
    /// Makes hits durable.
    pub journal: Journal,
    /// Wakes event streams.
    pub news: Arc<News>,
    /// Rate limits.
    pub limits: Limits,
    /// How often somebody was not let in.
    pub not_let_in: NotLetIn,
    /// When devices last called.
    pub seen: Seen,
    /// Where accounts' own devices call from.
    pub places: Places,
    /// Mailboxes that mails may be sent from.
    pub mailboxes: Arc<Mailboxes>,
    /// Watches mailboxes for answers.
    pub watch: Arc<Watch>,
    /// Sends mails at their time, and changes them.
    pub jobs: Arc<Jobs>,
    /// Brings conversations back when their reminders are due, and changes reminders.
    pub reminders: Arc<Reminders>,
    /// What this backend does for all that share its database.
    pub leases: Arc<Leases>,
    /// Numbers.
    pub metrics: Metrics,
    /// Turns true when the backend stops: event streams end.
    pub stopping: watch::Receiver<bool>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl App {
    /// How devices of this account mint.
    pub fn minting(&self, account: AccountId, epoch: u8) -> Minting {
        Minting {
            tracking_url: self.settings.tracking_url.clone(),
            epoch,
            mint_key: self.gate.keys().mint_key(account, epoch).to_base64url(),
        }
    }
}

/// The backend with its tasks. Stop it with [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    /// What handlers share.
    pub app: Arc<App>,
    /// Ends event streams and keep-alive connections.
    streams: watch::Sender<bool>,
    /// Ends the journal once it is written.
    journal: watch::Sender<bool>,
    /// Ends the roll-up and the housekeeping.
    tasks: watch::Sender<bool>,
    /// Ends the ledger of mailboxes once it is written, and gives leases back.
    last: watch::Sender<bool>,
    writer: JoinHandle<()>,
    workers: Vec<JoinHandle<()>>,
    last_workers: [JoinHandle<()>; 2],
}

impl Running {
    /// Starts on an open store.
    pub async fn start(
        store: Store,
        keys: Keys,
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> store::Result<Self> {
        let store = Arc::new(store);
        remember_addresses(&store, &settings, clock.as_ref()).await?;
        let knowledge = Arc::new(InForce::load(&store, &settings.data_dir, clock.now()).await?);
        let gate = Arc::new(Gate::load(keys, &store).await?);
        gate.know_ends(&store, clock.now()).await;
        kept::start(&store, &gate.closed, &settings.data_dir).await;
        let (streams, stopping) = watch::channel(false);
        let (journal_stop, journal_stopping) = watch::channel(false);
        let (tasks, tasks_stopping) = watch::channel(false);
        let leases = Arc::new(Leases::new(store.kind()));
        let written = Arc::new(Notify::new());
        let stored = told_of_hits(&store, &written);
        let news = Arc::new(News::default());
        let metrics = Metrics::default();
        let draining = Draining {
            store: Arc::clone(&store),
            gate: Arc::clone(&gate),
            clock: Arc::clone(&clock),
            moved: Arc::clone(&stored),
        };
        let (journal, writer) = Journal::start(&settings.data_dir, draining, &entropy, &metrics.writing, journal_stopping)?;
        let judging = Arc::new(Judging::new(
            Arc::clone(&store),
            Arc::clone(&gate),
            Arc::clone(&clock),
            Arc::clone(&knowledge),
            Arc::clone(&news),
        ));
        let (mailboxes, accesses) = Mailboxes::new(
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::clone(&entropy),
            Arc::clone(&news),
            settings.mailboxes.clone(),
        );
        let mailboxes = Arc::new(mailboxes);
        mailboxes.check_key().await?;
        let watch = Watch::new(watching::Parts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            news: Arc::clone(&news),
            gate: Arc::clone(&gate),
            mailboxes: Arc::clone(&mailboxes),
        });
        let (jobs, changes) = Jobs::new(
            Parts {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock),
                entropy: Arc::clone(&entropy),
                news: Arc::clone(&news),
                gate: Arc::clone(&gate),
                judging: Arc::clone(&judging),
                mailboxes: Arc::clone(&mailboxes),
                watch: Arc::clone(&watch),
                upkeep: Arc::clone(&leases.upkeep),
                tracking_url: settings.tracking_url.clone(),
            },
            &settings.data_dir,
        )?;
        let (reminders, reminder_changes) = Reminders::new(
            reminders::Parts {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock),
                entropy: Arc::clone(&entropy),
                news: Arc::clone(&news),
                gate: Arc::clone(&gate),
                mailboxes: Arc::clone(&mailboxes),
                watch: Arc::clone(&watch),
            },
            &settings.data_dir,
        )?;
        let app = Arc::new(App {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            entropy,
            settings,
            gate,
            knowledge,
            judging,
            rescoring: Arc::default(),
            journal,
            news: Arc::clone(&news),
            limits: Limits::default(),
            not_let_in: NotLetIn::default(),
            seen: Seen::default(),
            places: Places::default(),
            mailboxes,
            watch,
            jobs,
            reminders,
            leases,
            metrics,
            stopping,
        });
        let workers = workers(&app, &stored, written, changes, reminder_changes, &tasks_stopping);
        let (last, last_stopping) = watch::channel(false);
        let last_workers = last_workers(&app, accesses, &last_stopping);
        Ok(Self { app, streams, journal: journal_stop, tasks, last, writer, workers, last_workers })
    }

    /// Ends event streams, so that connections can finish. The first step of stopping.
    pub fn end_streams(&self) {
        self.streams.send_replace(true);
    }

    /// Writes what waits, rolls it up, and closes the database. Call it when no more requests come in.
    pub async fn stop(self) {
        self.end_streams();
        self.journal.send_replace(true);
        let mut failed = self.writer.await.is_err();
        self.tasks.send_replace(true);
        for worker in self.workers {
            failed |= worker.await.is_err();
        }
        // Whoever writes into the ledger, or under a lease, has ended by now.
        self.last.send_replace(true);
        for worker in self.last_workers {
            failed |= worker.await.is_err();
        }
        if failed {
            tracing::error!("a task did not end as it should");
        }
        housekeeping::write_seen(&self.app).await;
        housekeeping::write_not_let_in(&self.app).await;
        self.app.store.close().await;
    }
}

/// What goes on until everything else has ended: the ledger of mailboxes, and keeping leases.
fn last_workers(app: &Arc<App>, accesses: ledger::Waiting, stop: &watch::Receiver<bool>) -> [JoinHandle<()>; 2] {
    let (all, stopping) = (Arc::clone(app), stop.clone());
    [
        tokio::spawn(ledger::run(Arc::clone(&app.store), accesses, stop.clone())),
        tokio::spawn(async move { all.leases.keep(&all.store, all.clock.as_ref(), stopping).await }),
    ]
}

/// Who is told that hits were stored: the roll-up. Where several backends write hits, one rolls them up, and it is passed on.
fn told_of_hits(store: &Store, written: &Arc<Notify>) -> Arc<Notify> {
    match store.kind() {
        sql::Kind::Sqlite => Arc::clone(written),
        sql::Kind::Postgres => Arc::default(),
    }
}

/// What goes on behind the requests: what every backend does, and what one does for all.
fn workers(
    app: &Arc<App>,
    stored: &Arc<Notify>,
    written: Arc<Notify>,
    changes: due::Changes<Jobs>,
    reminder_changes: due::Changes<Reminders>,
    stop: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let leases = &app.leases;
    let judging = Arc::new(app.judging.over(leases.roll_up.store(&app.store)));
    let (rolling_up, settling, rescoring) = (Arc::clone(&judging), Arc::clone(&judging), judging);
    let (hits, again, watch) = (Arc::clone(&written), Arc::clone(&app.rescoring), Arc::clone(&app.watch));
    let (tidying, store) = (Arc::clone(app), leases.upkeep.store(&app.store));
    let mut workers = vec![
        lease::spawn(&leases.roll_up, stop, move |stop| roll_up::run(Arc::clone(&rolling_up), Arc::clone(&hits), stop)),
        lease::spawn(&leases.roll_up, stop, move |stop| settle::run(Arc::clone(&settling), stop)),
        lease::spawn(&leases.roll_up, stop, move |stop| rescore::run(Arc::clone(&rescoring), Arc::clone(&again), stop)),
        lease::spawn(&leases.watching, stop, move |stop| watching::run(Arc::clone(&watch), stop)),
        lease::spawn(&leases.upkeep, stop, move |stop| housekeeping::tidy(Arc::clone(&tidying), Arc::clone(&store), stop)),
        tokio::spawn(housekeeping::run(Arc::clone(app), stop.clone())),
        tokio::spawn(jobs::run(Arc::clone(&app.jobs), changes, stop.clone())),
        tokio::spawn(reminders::run(Arc::clone(&app.reminders), reminder_changes, stop.clone())),
        tokio::spawn(write_places(Arc::clone(app), stop.clone())),
    ];
    if app.store.kind() == sql::Kind::Postgres {
        let (store, right) = (Arc::clone(&app.store), Arc::clone(&leases.roll_up));
        workers.push(tokio::spawn(hear::pass_on(store, right, Arc::clone(stored), Arc::clone(&written), stop.clone())));
        workers.push(tokio::spawn(hear::run(Arc::clone(app), written, stop.clone())));
    }
    workers
}

/// Done when the task is told to stop, or nobody is left who could.
pub(crate) async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// `mint` prints addresses on the tracking URL that was used last, and devices are told when it changed.
async fn remember_addresses(store: &Store, settings: &Settings, clock: &dyn Clock) -> store::Result<()> {
    let before = store.setting(settings::TRACKING_URL).await?;
    store.set_setting(settings::PUBLIC_URL, &settings.public_url).await?;
    if before.as_deref() == Some(&settings.tracking_url) {
        return Ok(());
    }
    if before.is_some() {
        let accounts: Vec<_> = store.accounts().await?.into_iter().map(|account| account.id).collect();
        store.add_events(&accounts, clock.now(), &Event::Account).await?;
    }
    store.set_setting(settings::TRACKING_URL, &settings.tracking_url).await
}

async fn write_places(app: Arc<App>, stop: watch::Receiver<bool>) {
    places::run(&app.store, &app.places, stop).await;
}
