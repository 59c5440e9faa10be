//! A browser and a backend in memory, for tests of the worker's logic. Time stands still until a test moves it.
//!
//! Every call of the browser or the network gives way once before and once after it does what it does, so that a test can end
//! the worker at each of these points ([`Fake::run_for`], [`Fake::restarted`]).

mod server;
mod store;

pub(super) use server::{Answer, Server};
pub(super) use store::Memory;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::page::{FromWorker, ToTab};

use super::Worker;
use super::platform::Platform;
use crate::chrome::ApiError;
use crate::chrome::action::Badge;
use crate::chrome::alarms::Alarms;
use crate::chrome::notifications::{Notice, Notices};
use crate::chrome::rules::{BlockRule, Rules};
use crate::chrome::system::{Clock, Random};
use crate::chrome::tabs::Tab;

/// The extension's id.
pub(super) const OWN_ID: &str = "abcdefghijklmnopabcdefghijklmnop";
/// When the tests begin.
pub(super) const START: Millis = 1_800_000_000_000;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// What outlives a worker.
#[derive(Debug, Default)]
pub(super) struct Browser {
    pub local: Memory,
    pub session: Memory,
    pub vault: Memory,
    pub server: Server,
    /// Name → instant, or minutes as a negative number.
    pub alarms: RefCell<BTreeMap<String, f64>>,
    pub badge: RefCell<String>,
    pub rules: RefCell<Vec<BlockRule>>,
    pub told: RefCell<Vec<FromWorker>>,
    /// What content scripts were told, with the number of their tab.
    pub told_tabs: RefCell<Vec<(i32, ToTab)>>,
    /// The open tabs at Gmail.
    pub tabs: RefCell<Vec<Tab>>,
    /// Addresses that were opened: with the number of the tab, or in a new one.
    pub opened: RefCell<Vec<(Option<i32>, String)>>,
    /// Every notification that was shown, in its order.
    pub shown: RefCell<Vec<Notice>>,
    /// The ids of those that stand there.
    pub standing: RefCell<BTreeSet<String>>,
    /// Minutes that the clock is ahead of UTC.
    pub offset: Cell<i32>,
    pub touches: Cell<u32>,
    now: Cell<Millis>,
    /// Grows with everything that happens.
    progress: Rc<Cell<u64>>,
    ids: Cell<u128>,
}

/// A worker's platform: the browser, and what runs in this worker.
#[derive(Clone)]
pub(super) struct Fake {
    pub browser: Rc<Browser>,
    tasks: Rc<RefCell<Vec<Task>>>,
}

impl Fake {
    pub(super) fn new() -> Self {
        let browser = Browser { now: Cell::new(START), ..Browser::default() };
        browser.local.share(&browser.progress);
        browser.session.share(&browser.progress);
        browser.vault.share(&browser.progress);
        browser.server.share(&browser.progress);
        Self { browser: Rc::new(browser), tasks: Rc::default() }
    }

    /// The worker was ended, wherever it was; a new one stands on what it left.
    pub(super) fn restarted(self) -> Self {
        self.tasks.borrow_mut().clear();
        self.browser.server.hang_up();
        Self { browser: self.browser, tasks: Rc::default() }
    }

    pub(super) fn worker(&self) -> Rc<Worker<Self>> {
        Worker::new(self.clone())
    }

    pub(super) fn pass(&self, time: Millis) {
        self.browser.now.set(self.browser.now.get() + time);
        self.browser.progress.set(self.browser.progress.get() + 1);
    }

    /// Lets a future and everything beside it run until nothing happens any more. Its output, if it came to one.
    pub(super) fn run<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Option<T> {
        self.run_for(u64::MAX, future)
    }

    /// The same for at most so many polls.
    pub(super) fn run_for<T: 'static>(&self, polls: u64, future: impl Future<Output = T> + 'static) -> Option<T> {
        let output = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&output);
        self.spawn(async move { *slot.borrow_mut() = Some(future.await) });
        self.settle(polls);
        output.take()
    }

    /// Lets everything run until nothing happens any more.
    pub(super) fn idle(&self) {
        self.settle(u64::MAX);
    }

    fn settle(&self, mut polls: u64) {
        let mut context = Context::from_waker(Waker::noop());
        let mut seen = None;
        // A round in which nothing happened is the last one.
        while seen != Some(self.browser.progress.get()) {
            seen = Some(self.browser.progress.get());
            let mut running = std::mem::take(&mut *self.tasks.borrow_mut());
            for task in &mut running {
                if polls == 0 {
                    break;
                }
                polls -= 1;
                if task.as_mut().poll(&mut context).is_ready() {
                    self.browser.progress.set(self.browser.progress.get() + 1);
                    *task = Box::pin(std::future::pending());
                }
            }
            running.append(&mut self.tasks.borrow_mut());
            *self.tasks.borrow_mut() = running;
            if polls == 0 {
                return;
            }
        }
    }

    pub(super) fn alarm(&self, name: &str) -> Option<f64> {
        self.browser.alarms.borrow().get(name).copied()
    }
}

/// The English words, as the browser puts them together.
fn words(key: &str, values: &[&str]) -> String {
    static ALL: LazyLock<serde_json::Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../../extension/_locales/en/messages.json")).expect("JSON"));
    let text = ALL[key]["message"].as_str().unwrap_or_else(|| panic!("no words for {key}"));
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A value is put in as it is, whatever stands in it.
        let (number, rest) = part.split_at(1);
        out.push_str(values[number.parse::<usize>().expect("a number") - 1]);
        out.push_str(rest);
    }
    out
}

/// Gives way once.
pub(super) async fn give_way(progress: &Rc<Cell<u64>>) {
    let mut gave = false;
    poll_fn(|_| {
        progress.set(progress.get() + 1);
        if std::mem::replace(&mut gave, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Platform for Fake {
    type Store = Memory;
    type Vault = Memory;
    type Http = Server;
    type Alarms = Browser;
    type Badge = Browser;
    type Notices = Browser;
    type Rules = Browser;
    type System = Browser;

    fn local(&self) -> &Memory {
        &self.browser.local
    }
    fn session(&self) -> &Memory {
        &self.browser.session
    }
    fn vault(&self) -> &Memory {
        &self.browser.vault
    }
    fn http(&self) -> &Server {
        &self.browser.server
    }
    fn alarms(&self) -> &Browser {
        &self.browser
    }
    fn badge(&self) -> &Browser {
        &self.browser
    }
    fn notices(&self) -> &Browser {
        &self.browser
    }
    fn rules(&self) -> &Browser {
        &self.browser
    }
    fn system(&self) -> &Browser {
        &self.browser
    }
    fn own_id(&self) -> Option<String> {
        Some(OWN_ID.to_owned())
    }
    fn device_name(&self) -> String {
        "Test, Linux".to_owned()
    }
    async fn announce(&self, news: &FromWorker) {
        self.browser.told.borrow_mut().push(news.clone());
    }
    async fn tell_tab(&self, tab: i32, news: &ToTab) {
        self.browser.told_tabs.borrow_mut().push((tab, news.clone()));
    }
    async fn touch(&self) {
        self.browser.touches.set(self.browser.touches.get() + 1);
    }
    async fn gmail_tabs(&self) -> Option<Vec<Tab>> {
        Some(self.browser.tabs.borrow().clone())
    }
    async fn show_tab(&self, tab: &Tab, url: &str) -> Result<(), ApiError> {
        if !self.browser.tabs.borrow().contains(tab) {
            return Err(ApiError::Other("no such tab".to_owned()));
        }
        self.browser.opened.borrow_mut().push((tab.id, url.to_owned()));
        Ok(())
    }
    async fn open_tab(&self, url: &str) -> Result<(), ApiError> {
        self.browser.opened.borrow_mut().push((None, url.to_owned()));
        Ok(())
    }
    fn own_url(&self, path: &str) -> Result<String, ApiError> {
        Ok(format!("chrome-extension://{OWN_ID}/{path}"))
    }
    fn words(&self, key: &str, values: &[&str]) -> String {
        words(key, values)
    }
    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.browser.progress.set(self.browser.progress.get() + 1);
        self.tasks.borrow_mut().push(Box::pin(task));
    }
}

impl Alarms for Browser {
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    async fn at(&self, name: &str, when: Millis) -> Result<(), ApiError> {
        self.alarms.borrow_mut().insert(name.to_owned(), when as f64);
        Ok(())
    }
    async fn every(&self, name: &str, minutes: f64) -> Result<(), ApiError> {
        self.alarms.borrow_mut().insert(name.to_owned(), -minutes);
        Ok(())
    }
    async fn clear(&self, name: &str) -> Result<(), ApiError> {
        self.alarms.borrow_mut().remove(name);
        Ok(())
    }
}

impl Badge for Browser {
    async fn show(&self, text: &str) -> Result<(), ApiError> {
        text.clone_into(&mut self.badge.borrow_mut());
        Ok(())
    }
}

impl Notices for Browser {
    async fn show(&self, notice: &Notice) -> Result<(), ApiError> {
        give_way(&self.progress).await;
        self.shown.borrow_mut().push(notice.clone());
        self.standing.borrow_mut().insert(notice.id.clone());
        give_way(&self.progress).await;
        Ok(())
    }
    async fn clear(&self, id: &str) -> Result<(), ApiError> {
        self.standing.borrow_mut().remove(id);
        Ok(())
    }
}

impl Rules for Browser {
    async fn current(&self) -> Result<Vec<BlockRule>, ApiError> {
        Ok(self.rules.borrow().clone())
    }
    async fn replace(&self, remove: &[u32], add: &[BlockRule]) -> Result<(), ApiError> {
        let mut rules = self.rules.borrow_mut();
        rules.retain(|rule| !remove.contains(&rule.id));
        rules.extend_from_slice(add);
        Ok(())
    }
}

impl Clock for Browser {
    fn now(&self) -> Millis {
        self.now.get()
    }
    async fn sleep(&self, milliseconds: u32) {
        let until = self.now.get() + Millis::from(milliseconds);
        poll_fn(|_| if self.now.get() >= until { Poll::Ready(()) } else { Poll::Pending }).await;
    }
    fn zone(&self) -> String {
        "Europe/Paris".to_owned()
    }
    fn offset(&self, _at: Millis) -> i32 {
        self.offset.get()
    }
    fn written(&self, at: Millis) -> String {
        let minute = (at.div_euclid(60_000) + i64::from(self.offset.get())).rem_euclid(24 * 60);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }
    fn written_day(&self, at: Millis) -> (String, String) {
        let day = (at.div_euclid(60_000) + i64::from(self.offset.get())).div_euclid(24 * 60);
        (format!("day {day}"), self.written(at))
    }
}

impl Random for Browser {
    fn fraction(&self) -> f64 {
        0.5
    }
    fn uuid(&self) -> Uuid {
        self.ids.set(self.ids.get() + 1);
        Uuid::from_u128(self.ids.get())
    }
}
