//! Judging hits beside everything that is known around them: the mail, the sender's own views and places, the lists, and
//! what the owner said of hits like them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use serde::Deserialize;
use waxwing_domain::alike;
use waxwing_domain::rollup::{self, Class};
use waxwing_domain::verdict::{self, Headers, HitFacts, Own, ReasonId, Verdict};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Claim, CorrectionRule, HitKind};

use super::knowledge::Knowledge;
use crate::account_id::AccountId;
use crate::store::around::{Mail, Place};
use crate::store::judged::{Said, domain_kind, domain_label};
use crate::store::rollup::{JournalHit, Key};
use crate::store::{Result, Store};

/// So long before a device first called from a place, and so long after it last did, it counts as the sender's.
const PLACE_BEFORE: Millis = 60 * 60 * 1000;
const PLACE_AFTER: Millis = 24 * 60 * 60 * 1000;

/// As what a hit counts: the owner's word, or else the verdict.
pub fn class(kind: HitKind, said: &Said, claim: Option<Claim>) -> Class {
    let label = domain_label(claim.map_or(said.label, Claim::label));
    let apple = claim.is_none() && said.reason == ReasonId::ApplePrivacy.entry().key;
    Class::of(domain_kind(kind), label, apple)
}

/// A hit as the roll-up takes it.
pub fn fold_hit(hit: &JournalHit, class: Class, settled: bool) -> rollup::Hit<'_> {
    rollup::Hit {
        at: hit.at,
        kind: domain_kind(hit.kind),
        agent: hit.agent.as_deref().unwrap_or_default(),
        address: &hit.address,
        link: hit.link.as_deref(),
        class,
        settled,
    }
}

/// What is known around the hits of some messages.
#[derive(Debug)]
pub struct Around {
    mails: HashMap<Key, Mail>,
    views: HashMap<Key, Vec<Millis>>,
    places: HashMap<AccountId, Vec<Place>>,
    rules: HashMap<AccountId, Vec<CorrectionRule>>,
}

impl Around {
    /// Reads it.
    pub async fn read(store: &Store, keys: &[Key]) -> Result<Self> {
        let mails = store.mails(keys).await?;
        let accounts: HashSet<AccountId> = keys.iter().map(|key| key.1).collect();
        let accounts: Vec<_> = accounts.into_iter().collect();
        let with_rules: HashSet<AccountId> =
            mails.iter().filter(|(_, mail)| mail.domain.is_some()).map(|(key, _)| key.1).collect();
        let mut rules = HashMap::new();
        for account in with_rules {
            let found = store.rules_of(account).await?;
            if !found.is_empty() {
                rules.insert(account, found);
            }
        }
        // Own views come for registered messages alone.
        let registered: Vec<Key> = mails.keys().copied().collect();
        let views = store.own_views(&registered).await?;
        Ok(Self { mails, views, places: store.own_places(&accounts).await?, rules })
    }

    /// Whether the message was registered when this was read.
    pub fn is_registered(&self, key: Key) -> bool {
        self.mails.contains_key(&key)
    }

    /// Judges hits of one message together. A hit whose address was shortened is judged without one.
    pub fn judge(&self, key: Key, hits: &[&JournalHit], knowledge: &Knowledge, now: Millis) -> Vec<Verdict> {
        let mail = self.mails.get(&key);
        let views = self.views.get(&key).map_or(&[][..], Vec::as_slice);
        let places = self.places.get(&key.1).map_or(&[][..], Vec::as_slice);
        let addresses: Vec<Option<IpAddr>> = hits.iter().map(|hit| hit.address.parse().ok()).collect();
        let own: Vec<OwnOf<'_>> =
            hits.iter().zip(&addresses).map(|(hit, address)| OwnOf::new(hit.at, *address, places)).collect();
        let kept: Vec<Kept<'_>> = hits.iter().map(|hit| Kept::read(hit.headers.as_deref())).collect();
        let facts: Vec<HitFacts<'_>> = hits
            .iter()
            .enumerate()
            .map(|(i, hit)| HitFacts {
                kind: domain_kind(hit.kind),
                agent: hit.agent.as_deref().unwrap_or_default().as_bytes(),
                link: hit.link.as_deref(),
                address: addresses[i],
                headers: kept[i].headers(),
                at_ms: Some(hit.at),
                since_send_ms: mail.and_then(|mail| mail.sent_at).map(|sent_at| hit.at.saturating_sub(sent_at)),
                own: Own {
                    session: false,
                    since_view_ms: nearest(views, hit.at),
                    addresses: &own[i].addresses,
                    agents: &own[i].agents,
                },
                ..HitFacts::default()
            })
            .collect();
        let of = verdict::Mail {
            links: mail.map(|mail| mail.links).filter(|links| *links > 0),
            shared: mail.is_some_and(|mail| mail.shared),
        };
        verdict::rejudge(&facts, of, &knowledge.lists, now)
    }

    /// The owner's rule that covers a hit, the newest.
    pub fn rule(&self, (message, account): Key, hit: &JournalHit) -> Option<&CorrectionRule> {
        let rules = self.rules.get(&account)?;
        let domain = self.mails.get(&(message, account))?.domain.as_deref()?;
        let mut of_domain = rules.iter().filter(|rule| rule.domain == domain).peekable();
        of_domain.peek()?;
        let network = alike::network(&hit.address)?;
        let family = alike::family(hit.agent.as_deref().unwrap_or_default())?;
        of_domain.find(|rule| rule.network == network && rule.agent == family)
    }
}

/// The time from the nearest view to the hit; negative when the hit came first. The views are in order.
fn nearest(views: &[Millis], at: Millis) -> Option<Millis> {
    let (before, after) = views.split_at(views.partition_point(|view| *view <= at));
    let near = before.last().into_iter().chain(after.first());
    near.map(|view| at.saturating_sub(*view)).min_by_key(|since| since.unsigned_abs())
}

/// What speaks for the sender at one hit: where it came from, if devices called from there about then, and their agents.
struct OwnOf<'a> {
    addresses: Vec<IpAddr>,
    agents: Vec<&'a str>,
}

impl<'a> OwnOf<'a> {
    fn new(at: Millis, address: Option<IpAddr>, places: &'a [Place]) -> Self {
        let mut own = Self { addresses: Vec::new(), agents: Vec::new() };
        let Some(address) = address else { return own };
        for place in places {
            let span = place.first_at.saturating_sub(PLACE_BEFORE)..=place.last_at.saturating_add(PLACE_AFTER);
            if span.contains(&at) && Own::same_line(place.address, address) {
                own.addresses.push(place.address);
                own.agents.push(&place.agent);
            }
        }
        own
    }
}

/// The headers that were kept with a hit.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kept<'a> {
    #[serde(borrow, default)]
    accept: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    accept_language: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sec_fetch_mode: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sec_fetch_user: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sec_fetch_dest: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sec_purpose: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    purpose: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    x_purpose: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    x_moz: Option<Cow<'a, str>>,
}

impl<'a> Kept<'a> {
    /// What is not of the form says nothing.
    fn read(json: Option<&'a str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    fn headers(&self) -> Headers<'_> {
        Headers {
            accept: self.accept.as_deref(),
            accept_language: self.accept_language.as_deref(),
            sec_fetch_mode: self.sec_fetch_mode.as_deref(),
            sec_fetch_user: self.sec_fetch_user.as_deref(),
            sec_fetch_dest: self.sec_fetch_dest.as_deref(),
            purposes: [self.sec_purpose.as_deref(), self.purpose.as_deref(), self.x_purpose.as_deref(), self.x_moz.as_deref()],
        }
    }
}
