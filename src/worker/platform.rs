//! What the worker stands on: the browser, or in tests a fake of it.

use std::future::Future;

use waxwing_protocol::page::{FromWorker, ToTab};

use crate::chrome::action::{Badge, ChromeBadge};
use crate::chrome::alarms::{Alarms, ChromeAlarms};
use crate::chrome::http::{Fetch, Http};
use crate::chrome::notifications::{ChromeNotices, Notices};
use crate::chrome::rules::{DynamicRules, Rules};
use crate::chrome::storage::{Area, Storage};
use crate::chrome::system::{Clock, Random, System, browser_name};
use crate::chrome::tabs::Tab;
use crate::chrome::vault::{Indexed, Vault};
use crate::chrome::{ApiError, i18n, runtime, tabs};

/// Everything outside the worker's own logic.
pub trait Platform: 'static {
    /// Both kinds of storage.
    type Store: Storage;
    /// Where the token lies.
    type Vault: Vault;
    /// The network.
    type Http: Http;
    /// Being woken.
    type Alarms: Alarms;
    /// The toolbar button's badge.
    type Badge: Badge;
    /// Notifications.
    type Notices: Notices;
    /// Blocking rules.
    type Rules: Rules;
    /// Clock and randomness.
    type System: Clock + Random;

    /// Storage on disk.
    fn local(&self) -> &Self::Store;
    /// Storage that ends with the browser.
    fn session(&self) -> &Self::Store;
    /// Where the token lies, out of reach of content scripts.
    fn vault(&self) -> &Self::Vault;
    /// The network.
    fn http(&self) -> &Self::Http;
    /// Being woken.
    fn alarms(&self) -> &Self::Alarms;
    /// The badge.
    fn badge(&self) -> &Self::Badge;
    /// Notifications.
    fn notices(&self) -> &Self::Notices;
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
    /// Tells the content script of a tab. That it is gone does not matter.
    fn tell_tab(&self, tab: i32, news: &ToTab) -> impl Future<Output = ()>;
    /// Keeps the worker from being ended for the next seconds.
    fn touch(&self) -> impl Future<Output = ()>;
    /// The open tabs at Gmail; `None` when that cannot be told.
    fn gmail_tabs(&self) -> impl Future<Output = Option<Vec<Tab>>>;
    /// Brings a tab to the front and leads it to an address.
    fn show_tab(&self, tab: &Tab, url: &str) -> impl Future<Output = Result<(), ApiError>>;
    /// Opens an address in a new tab.
    fn open_tab(&self, url: &str) -> impl Future<Output = Result<(), ApiError>>;
    /// The address of a page of the extension.
    fn own_url(&self, path: &str) -> Result<String, ApiError>;
    /// The words for a key of `_locales`, with their values.
    fn words(&self, key: &str, values: &[&str]) -> String;
    /// Lets something run beside.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
}

/// The browser.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chrome {
    http: Fetch,
    alarms: ChromeAlarms,
    badge: ChromeBadge,
    notices: ChromeNotices,
    rules: DynamicRules,
    system: System,
}

impl Platform for Chrome {
    type Store = Area;
    type Vault = Indexed;
    type Http = Fetch;
    type Alarms = ChromeAlarms;
    type Badge = ChromeBadge;
    type Notices = ChromeNotices;
    type Rules = DynamicRules;
    type System = System;

    fn local(&self) -> &Area {
        &Area::Local
    }

    fn session(&self) -> &Area {
        &Area::Session
    }

    fn vault(&self) -> &Indexed {
        &Indexed
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

    fn notices(&self) -> &ChromeNotices {
        &self.notices
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

    async fn tell_tab(&self, tab: i32, news: &ToTab) {
        // Fails when the tab was closed or loaded anew.
        let _ = tabs::send(tab, news).await;
    }

    async fn touch(&self) {
        runtime::touch().await;
    }

    async fn gmail_tabs(&self) -> Option<Vec<Tab>> {
        tabs::matching(&["https://mail.google.com/*"]).await.ok()
    }

    async fn show_tab(&self, tab: &Tab, url: &str) -> Result<(), ApiError> {
        tabs::show(tab, url).await
    }

    async fn open_tab(&self, url: &str) -> Result<(), ApiError> {
        tabs::open(url).await
    }

    fn own_url(&self, path: &str) -> Result<String, ApiError> {
        runtime::url(path)
    }

    fn words(&self, key: &str, values: &[&str]) -> String {
        i18n::message(key, values)
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        wasm_bindgen_futures::spawn_local(task);
    }
}
