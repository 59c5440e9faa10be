//! The running backend: what every handler and task shares, how it starts, and how it stops without losing a hit.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::HeaderValue;
use ipnet::IpNet;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use waxwing_protocol::api::{Event, Minting};

use crate::account_id::AccountId;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::hits::admit::Gate;
use crate::hits::journal::Journal;
use crate::hits::judging::Judging;
use crate::hits::knowledge::InForce;
use crate::hits::rescore::{self, Rescoring};
use crate::hits::{roll_up, settle};
use crate::housekeeping;
use crate::http::auth::Seen;
use crate::http::limits::Limits;
use crate::http::places::{self, Places};
use crate::jobs::{self, Jobs, Parts};
use crate::keys::Keys;
use crate::mailbox::ledger;
use crate::mailbox::options::Options;
use crate::mailbox::registry::Mailboxes;
use crate::news::News;
use crate::reminders::{self, Reminders};
use crate::store::{self, Store, settings};
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
}

/// Numbers for whoever runs it.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Links that were followed though the click could not be stored: a reader is never stranded.
    pub lost_clicks: AtomicU64,
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
    /// Ends the ledger of mailboxes once it is written.
    ledgers: watch::Sender<bool>,
    writer: JoinHandle<()>,
    workers: Vec<JoinHandle<()>>,
    ledger: JoinHandle<()>,
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
        let (streams, stopping) = watch::channel(false);
        let (journal_stop, journal_stopping) = watch::channel(false);
        let (tasks, tasks_stopping) = watch::channel(false);
        let written = Arc::new(Notify::new());
        let news = Arc::new(News::default());
        let (journal, writer) = Journal::start(Arc::clone(&store), Arc::clone(&gate), Arc::clone(&written), journal_stopping);
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
            seen: Seen::default(),
            places: Places::default(),
            mailboxes,
            watch,
            jobs,
            reminders,
            metrics: Metrics::default(),
            stopping,
        });
        let workers = vec![
            tokio::spawn(roll_up::run(Arc::clone(&app.judging), written, tasks_stopping.clone())),
            tokio::spawn(settle::run(Arc::clone(&app.judging), tasks_stopping.clone())),
            tokio::spawn(rescore::run(Arc::clone(&app.judging), Arc::clone(&app.rescoring), tasks_stopping.clone())),
            tokio::spawn(housekeeping::run(Arc::clone(&app), tasks_stopping.clone())),
            tokio::spawn(watching::run(Arc::clone(&app.watch), tasks_stopping.clone())),
            tokio::spawn(jobs::run(Arc::clone(&app.jobs), changes, tasks_stopping.clone())),
            tokio::spawn(reminders::run(Arc::clone(&app.reminders), reminder_changes, tasks_stopping.clone())),
            tokio::spawn(write_places(Arc::clone(&app), tasks_stopping)),
        ];
        let (ledger_stop, ledger_stopping) = watch::channel(false);
        let ledger = tokio::spawn(ledger::run(store, accesses, ledger_stopping));
        Ok(Self { app, streams, journal: journal_stop, tasks, ledgers: ledger_stop, writer, workers, ledger })
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
        // Whoever writes into the ledger has ended by now.
        self.ledgers.send_replace(true);
        failed |= self.ledger.await.is_err();
        if failed {
            tracing::error!("a task did not end as it should");
        }
        housekeeping::write_seen(&self.app).await;
        self.app.store.close().await;
    }
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
