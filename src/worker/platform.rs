//! What the worker stands on: the browser, or in tests a fake of it.

use std::future::Future;

use waxwing_protocol::page::FromWorker;

use crate::chrome::action::{Badge, ChromeBadge};
use crate::chrome::alarms::{Alarms, ChromeAlarms};
use crate::chrome::http::{Fetch, Http};
use crate::chrome::rules::{DynamicRules, Rules};
use crate::chrome::storage::{Area, Storage};
use crate::chrome::system::{Clock, Random, System, browser_name};
use crate::chrome::{runtime, tabs};

/// Everything outside the worker's own logic.
pub trait Platform: 'static {
    /// Both kinds of storage.
    type Store: Storage;
    /// The network.
    type Http: Http;
    /// Being woken.
    type Alarms: Alarms;
    /// The toolbar button's badge.
    type Badge: Badge;
    /// Blocking rules.
    type Rules: Rules;
    /// Clock and randomness.
    type System: Clock + Random;

    /// Storage on disk.
    fn local(&self) -> &Self::Store;
    /// Storage that ends with the browser.
    fn session(&self) -> &Self::Store;
    /// The network.
    fn http(&self) -> &Self::Http;
    /// Being woken.
    fn alarms(&self) -> &Self::Alarms;
    /// The badge.
    fn badge(&self) -> &Self::Badge;
    /// Blocking rules.
    fn rules(&self) -> &Self::Rules;
    /// Clock and randomness.
    fn system(&self) -> &Self::System;

    /// The extension's id.
    fn own_id(&self) -> Option<String>;
    /// A name for this browser in the list of devices.
    fn device_name(&self) -> String;
    /// Tells the open pages. That there is none does not matter.
    fn announce(&self, news: &FromWorker) -> impl Future<Output = ()>;
    /// Keeps the worker from being ended for the next seconds.
    fn touch(&self) -> impl Future<Output = ()>;
    /// The numbers of the open tabs at Gmail; `None` when that cannot be told.
    fn gmail_tabs(&self) -> impl Future<Output = Option<Vec<i32>>>;
    /// Lets something run beside.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
}

/// The browser.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chrome {
    http: Fetch,
    alarms: ChromeAlarms,
    badge: ChromeBadge,
    rules: DynamicRules,
    system: System,
}

impl Platform for Chrome {
    type Store = Area;
    type Http = Fetch;
    type Alarms = ChromeAlarms;
    type Badge = ChromeBadge;
    type Rules = DynamicRules;
    type System = System;

    fn local(&self) -> &Area {
        &Area::Local
    }

    fn session(&self) -> &Area {
        &Area::Session
    }

    fn http(&self) -> &Fetch {
        &self.http
    }

    fn alarms(&self) -> &ChromeAlarms {
        &self.alarms
    }

    fn badge(&self) -> &ChromeBadge {
        &self.badge
    }

    fn rules(&self) -> &DynamicRules {
        &self.rules
    }

    fn system(&self) -> &System {
        &self.system
    }

    fn own_id(&self) -> Option<String> {
        runtime::id()
    }

    fn device_name(&self) -> String {
        browser_name()
    }

    async fn announce(&self, news: &FromWorker) {
        // Fails whenever no page is open.
        let _ = runtime::send(news).await;
    }

    async fn touch(&self) {
        runtime::touch().await;
    }

    async fn gmail_tabs(&self) -> Option<Vec<i32>> {
        let tabs = tabs::matching(&["https://mail.google.com/*"]).await.ok()?;
        Some(tabs.into_iter().filter_map(|tab| tab.id).collect())
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        wasm_bindgen_futures::spawn_local(task);
    }
}
