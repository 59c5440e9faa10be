//! What all requests share: the world behind its lock, the clock, the way out to picture hosts, and news for open tabs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use tokio::sync::broadcast;

use crate::delivery::Copy;
use crate::world::World;

/// Whence a request comes, as a reverse proxy in front of the asked server would say. A server that does not trust this
/// machine must not believe it.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

/// Reads the time, in Unix milliseconds.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

pub(crate) struct App {
    world: Mutex<World>,
    clock: Clock,
    /// How far it is ahead of that, in milliseconds.
    ahead: AtomicI64,
    /// Fetches pictures: follows redirects, as the proxy does.
    pub(crate) client: reqwest::Client,
    /// Follows a link as far as its first answer.
    pub(crate) clicker: reqwest::Client,
    /// The address of each mailbox in which something changed.
    pub(crate) news: broadcast::Sender<String>,
    /// Where the web files are read from; none: those built in.
    pub(crate) web: Option<std::path::PathBuf>,
}

impl App {
    pub(crate) fn new(world: World, clock: Clock, web: Option<std::path::PathBuf>) -> Result<Arc<Self>, reqwest::Error> {
        let client =
            |redirects| reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(15)).redirect(redirects).build();
        let (client, clicker) = (client(Policy::limited(5))?, client(Policy::none())?);
        let (news, _) = broadcast::channel(256);
        let ahead = AtomicI64::new(0);
        Ok(Arc::new(Self { world: Mutex::new(world), clock, ahead, client, clicker, news, web }))
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)().saturating_add(self.ahead.load(Ordering::SeqCst))
    }

    /// Lets this many milliseconds pass at once.
    pub(crate) fn pass(&self, ms: i64) {
        self.ahead.fetch_add(ms, Ordering::SeqCst);
    }

    /// The world, for a moment: never held over an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A panic in a test's thread must not hide what it was about.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells open tabs that a mailbox changed.
    pub(crate) fn tell(&self, address: &str) {
        // Nobody listening is no error.
        let _ = self.news.send(address.to_owned());
    }

    /// What follows a delivery: tabs are told, and pictures prefetched where that is switched on.
    pub(crate) async fn delivered(&self, copies: &[Copy]) {
        for (address, id) in copies {
            self.tell(address);
            let html = {
                let world = self.world();
                let wanted = world.settings.prefetch_at_delivery;
                world.message(address, id).filter(|_| wanted).map(crate::model::Message::html)
            };
            if let Some(html) = html {
                self.prefetch(&html).await;
            }
        }
    }

    /// Delivers what is due, or everything that is within its undo window.
    pub(crate) async fn flush(&self, all: bool) -> Vec<Copy> {
        let now = self.now();
        let (owners, copies) = {
            let mut world = self.world();
            let owners: Vec<String> = world.pending.iter().map(|it| it.owner.clone()).collect();
            (owners, world.flush(now, all))
        };
        if !copies.is_empty() {
            for owner in &owners {
                self.tell(owner);
            }
            self.delivered(&copies).await;
        }
        copies
    }
}
