//! Everything the simulator knows, behind one lock.
//!
//! What must hold: nothing here does I/O or reads a clock; the time comes with each call.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{ApiCall, Labels, Quota, Rule};
use crate::ids::Random;
use crate::images::Images;
use crate::mailbox::Mailbox;
use crate::model::{Account, Message, Person, label};
use crate::oauth::OAuth;
use crate::pubsub::PubSub;
use crate::sent_log::SentLog;
use crate::settings::Settings;

/// A mail that was sent and is still within its undo window, or waits for its hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) owner: String,
    pub(crate) message: String,
    /// None: leaves when the control API says so (scheduled mail).
    pub(crate) due: Option<i64>,
}

/// One call to `/sync/u/N/i/s`, as it was.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Exchange {
    pub(crate) at: i64,
    pub(crate) account: String,
    pub(crate) url: String,
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) response: String,
    pub(crate) summary: Vec<Value>,
}

/// What goes wrong, and how often yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Faults {
    /// `error`: 500 and nothing happens; `drop-after-effect`: it happens, and the connection breaks.
    pub(crate) send: Option<Fault>,
    pub(crate) draft: Option<Fault>,
    /// Milliseconds before anything happens.
    pub(crate) delay_ms: u64,
    /// How many calls are hit; none: all until it is changed.
    pub(crate) times: Option<u32>,
    /// The REST API's and the token endpoint's, in the order in which they are looked at.
    pub(crate) api: Vec<Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    Error,
    DropAfterEffect,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) accounts: Vec<Account>,
    pub(crate) mailboxes: BTreeMap<String, Mailbox>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) faults: Faults,
    pub(crate) sent: SentLog,
    pub(crate) oauth: OAuth,
    pub(crate) labels: Labels,
    pub(crate) quota: Quota,
    pub(crate) pubsub: PubSub,
    /// The calls to the REST API and to the token endpoint.
    pub(crate) calls: VecDeque<ApiCall>,
    pub(crate) images: Images,
    pub(crate) random: Random,
    /// The number that Gmail counts up with every change.
    pub(crate) sequence: u64,
    /// Names by address, for the address book and for mails that name nobody.
    pub(crate) names: HashMap<String, String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self {
            settings: Settings::default(),
            accounts: Vec::new(),
            mailboxes: BTreeMap::new(),
            pending: Vec::new(),
            exchanges: Vec::new(),
            faults: Faults::default(),
            sent: SentLog::default(),
            oauth: OAuth::default(),
            labels: Labels::default(),
            quota: Quota::default(),
            pubsub: PubSub::default(),
            calls: VecDeque::new(),
            images: Images::default(),
            random: Random::new(seed),
            sequence: 527_000,
            names: HashMap::new(),
        };
        world.set_accounts(default_accounts());
        world
    }

    /// Back to the start: no mail, no log, given settings and accounts.
    pub(crate) fn reset(&mut self, settings: Settings, accounts: Option<Vec<Account>>) {
        let seed = self.random.next();
        *self = Self { settings, ..Self::new(seed) };
        if let Some(accounts) = accounts {
            self.set_accounts(accounts);
        }
    }

    fn set_accounts(&mut self, accounts: Vec<Account>) {
        self.names = accounts.iter().map(|it| (it.address.clone(), it.name.clone())).collect();
        self.mailboxes = accounts.iter().map(|it| (it.address.clone(), Mailbox::default())).collect();
        self.accounts = accounts;
    }

    /// The account at `/u/<index>`, which counts only those that are not delegated, or behind a delegation id.
    pub(crate) fn account(&self, index: usize, delegate: Option<&str>) -> Option<&Account> {
        match delegate {
            Some(id) => self.accounts.iter().find(|it| it.delegate.as_deref() == Some(id)),
            None => self.accounts.iter().filter(|it| it.delegate.is_none()).nth(index),
        }
    }

    pub(crate) fn mailbox(&mut self, address: &str) -> &mut Mailbox {
        self.mailboxes.entry(address.to_lowercase()).or_default()
    }

    /// A legacy id that names nothing in this mailbox.
    pub(crate) fn fresh_legacy(&mut self, address: &str, now: i64) -> u64 {
        loop {
            let legacy = self.random.legacy(now);
            if !self.mailbox(address).taken(legacy) {
                return legacy;
            }
        }
    }

    pub(crate) fn message(&self, address: &str, id: &str) -> Option<&Message> {
        self.mailboxes.get(&address.to_lowercase())?.find(id)
    }

    pub(crate) fn bump(&mut self) -> u64 {
        self.sequence += 3;
        self.sequence
    }

    /// A person with the name that is known for the address.
    pub(crate) fn named(&self, person: Person) -> Person {
        match self.names.get(&person.address.to_lowercase()) {
            Some(name) if person.name.is_empty() => Person { name: name.clone(), ..person },
            _ => person,
        }
    }

    /// `[[label, unread, all], …]`, as at the end of each answer.
    pub(crate) fn label_counts(&self, address: &str) -> Value {
        let always = [label::ALL, label::INBOX, label::DRAFT, label::SENT, label::SCHEDULED, "^b", "^t"];
        let mut counts: BTreeMap<&str, (usize, usize)> = always.map(|name| (name, (0, 0))).into();
        counts.extend(self.mailboxes.get(address).into_iter().flat_map(Mailbox::counts));
        counts.iter().map(|(name, (unread, all))| json!([name, unread, all])).collect()
    }
}

/// Who lives here unless a reset says otherwise.
pub(crate) fn default_accounts() -> Vec<Account> {
    let account = |address: &str, name: &str| Account {
        address: address.to_owned(),
        name: name.to_owned(),
        aliases: Vec::new(),
        delegate: None,
    };
    vec![
        Account {
            aliases: vec![Person::new("office@fjord.example", "Fjord Office")],
            ..account("mara@fjord.example", "Mara Lindqvist")
        },
        account("ana@quinta.example", "Ana Ruiz"),
        account("ben@acme.example", "Ben Okafor"),
        account("jonas@hafen.example", "Jonas Weber"),
        Account { delegate: Some("AEoRXRTeam0".to_owned()), ..account("team@fjord.example", "Fjord Team") },
    ]
}
