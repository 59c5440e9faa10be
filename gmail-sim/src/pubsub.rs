//! Cloud Pub/Sub, as far as Gmail's notices go through it: mailboxes that are watched, one topic with one subscription, and the
//! service accounts that may pull from it.
//!
//! What must hold: a message is out with one puller until it is acknowledged or its deadline passes, and comes again then; a mailbox
//! tells once for all that happened in it since it told last.

use std::collections::{BTreeMap, VecDeque};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::errors::ApiError;
use crate::mailbox::Mailbox;
use crate::oauth::Refused;
use crate::world::World;

/// The right that pulling asks for.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
/// The right to everything of the cloud.
pub(crate) const CLOUD: &str = "https://www.googleapis.com/auth/cloud-platform";
/// What whoever pulls and acknowledges must be allowed.
pub(crate) const CONSUME: &str = "pubsub.subscriptions.consume";
/// How long a watch holds.
const WEEK: i64 = 7 * 24 * 3_600_000;
/// A message comes again when it was not acknowledged for so long.
const ACK_MS: i64 = 10_000;
/// Messages that wait; older ones are lost.
const MOST_WAITING: usize = 100_000;

/// What Gmail is told by a watch.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Watched {
    topic: String,
    until: i64,
    /// Changes up to this one were told.
    #[serde(skip)]
    told: u64,
    #[serde(skip)]
    labels: Vec<String>,
    #[serde(skip)]
    excludes: bool,
}

#[derive(Debug, Clone)]
struct Waiting {
    number: u64,
    data: String,
    at: i64,
    /// Out with somebody until then.
    out_until: Option<i64>,
    deliveries: u32,
}

/// What a test can switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Setup {
    /// Gmail may publish on this one.
    pub(crate) topic: String,
    /// Absent: it was deleted, and what waited in it is gone.
    pub(crate) subscription: Option<String>,
    /// Whether Gmail may publish.
    pub(crate) may_publish: bool,
    /// Whether service accounts may pull.
    pub(crate) may_pull: bool,
    /// How long a pull waits for a message.
    pub(crate) pull_ms: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            topic: "projects/sim/topics/gmail".to_owned(),
            subscription: Some("projects/sim/subscriptions/waxwing".to_owned()),
            may_publish: true,
            may_pull: true,
            pull_ms: 20_000,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct PubSub {
    pub(crate) setup: Setup,
    watches: BTreeMap<String, Watched>,
    waiting: VecDeque<Waiting>,
    last: u64,
    acknowledged: u64,
    /// Public keys by the address of their service account.
    accounts: BTreeMap<String, Vec<u8>>,
}

impl PubSub {
    /// Begins to watch, or goes on; the first notice comes at once, as a test of the topic. Gives the expiry.
    pub(crate) fn watch(&mut self, address: &str, body: &Value, history: u64, now: i64) -> Result<i64, ApiError> {
        let topic = body["topicName"].as_str().unwrap_or_default();
        if !topic.starts_with("projects/") || !topic.contains("/topics/") {
            return Err(ApiError::invalid("Invalid topicName does not match projects/sim/topics/*"));
        }
        if !self.setup.may_publish {
            let words =
                format!("Error sending test message to Cloud PubSub {topic} : User not authorized to perform this action.");
            return Err(ApiError::new(403, "forbidden", words));
        }
        let labels = body["labelIds"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let excludes = body["labelFilterBehavior"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("exclude"));
        let watched = Watched { topic: topic.to_owned(), until: now + WEEK, told: history, labels, excludes };
        self.watches.insert(address.to_owned(), watched);
        if topic == self.setup.topic {
            self.publish(notice(address, history), now);
        }
        Ok(now + WEEK)
    }

    pub(crate) fn stop(&mut self, address: &str) {
        self.watches.remove(address);
    }

    /// All watches end, as if nobody had renewed them for a week.
    pub(crate) fn expire_watches(&mut self) {
        self.watches.clear();
    }

    /// A message with these data, in base64.
    pub(crate) fn publish(&mut self, data: String, now: i64) {
        if self.setup.subscription.is_none() {
            return;
        }
        self.last += 1;
        self.waiting.push_back(Waiting { number: self.last, data, at: now, out_until: None, deliveries: 0 });
        if self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
        }
    }

    /// What changed in mailboxes that are watched becomes a notice each.
    fn publish_changes(&mut self, mailboxes: &BTreeMap<String, Mailbox>, now: i64) {
        let mut notices = Vec::new();
        for (address, watched) in &mut self.watches {
            let Some(mailbox) = mailboxes.get(address).filter(|_| watched.until > now) else { continue };
            let history = mailbox.history_id();
            if history <= watched.told || watched.topic != self.setup.topic {
                continue;
            }
            let concerns = |labels: &std::collections::BTreeSet<String>| {
                let named = watched.labels.iter().any(|label| labels.contains(crate::api::internal_label(label)));
                watched.labels.is_empty() || named != watched.excludes
            };
            let changes = mailbox.since(watched.told);
            let is_news = changes.is_none_or(|mut changes| changes.any(|change| concerns(&change.labels)));
            watched.told = history;
            if is_news {
                notices.push(notice(address, history));
            }
        }
        for notice in notices {
            self.publish(notice, now);
        }
    }

    /// Up to so many messages, which are out until their deadline.
    fn take(&mut self, most: usize, now: i64) -> Vec<Value> {
        let free = |it: &&mut Waiting| it.out_until.is_none_or(|until| until <= now);
        self.waiting
            .iter_mut()
            .filter(free)
            .take(most)
            .map(|it| {
                it.out_until = Some(now + ACK_MS);
                it.deliveries += 1;
                let message = json!({ "data": it.data, "messageId": it.number.to_string(), "publishTime": it.at.to_string() });
                json!({ "ackId": format!("{}:{}", it.number, it.deliveries), "message": message, "deliveryAttempt": it.deliveries })
            })
            .collect()
    }

    /// These were dealt with. An id of an earlier delivery does it, too.
    pub(crate) fn acknowledge(&mut self, ids: &[String]) {
        for id in ids {
            let number = id.split(':').next().and_then(|number| number.parse::<u64>().ok());
            let before = self.waiting.len();
            self.waiting.retain(|it| Some(it.number) != number);
            self.acknowledged += u64::from(self.waiting.len() < before);
        }
    }

    /// For the control API.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "setup": self.setup, "watches": self.watches, "waiting": self.waiting.len(),
            "out": self.waiting.iter().filter(|it| it.out_until.is_some()).count(), "acknowledged": self.acknowledged,
        })
    }

    /// A new service account with its key, as the file that Google hands out. None: no key can be made.
    pub(crate) fn service_account(&mut self) -> Option<Value> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
        let pem = STANDARD.encode(key.as_der().ok()?.as_ref());
        let lines: Vec<&str> = pem.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let number = self.accounts.len() + 1;
        let email = format!("puller-{number}@sim.iam.gserviceaccount.example");
        self.accounts.insert(email.clone(), key.public_key().as_ref().to_vec());
        Some(json!({
            "type": "service_account", "project_id": "sim", "private_key_id": format!("{number:040x}"),
            "private_key": format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")),
            "client_email": email, "client_id": number.to_string(), "token_uri": "https://oauth2.googleapis.com/token",
        }))
    }

    /// Who asserts, and which rights it asks for (RFC 7523).
    pub(crate) fn asserted(&self, assertion: &str, now: i64) -> Result<(String, Vec<String>), Refused> {
        let wrong = |words| Refused(400, "invalid_grant", words);
        let (signed, signature) = assertion.rsplit_once('.').ok_or(wrong("Invalid JWT."))?;
        let (header, claims) = signed.split_once('.').ok_or(wrong("Invalid JWT."))?;
        let json = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok()
        };
        let (header, claims) = json(header).zip(json(claims)).ok_or(wrong("Invalid JWT."))?;
        let issuer = claims["iss"].as_str().unwrap_or_default();
        let key = self.accounts.get(issuer).ok_or(wrong("Invalid grant: account not found"))?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| wrong("Invalid JWT Signature."))?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
        if header["alg"] != "RS256" || key.verify(signed.as_bytes(), &signature).is_err() {
            return Err(wrong("Invalid JWT Signature."));
        }
        let (from, until) = (claims["iat"].as_i64().unwrap_or_default(), claims["exp"].as_i64().unwrap_or_default());
        let now = now.div_euclid(1_000);
        if until <= now || from > now + 60 || until - from > 3_600 || until <= from {
            return Err(wrong("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."));
        }
        if !claims["aud"].as_str().is_some_and(|audience| audience.ends_with("/token")) {
            return Err(wrong("Invalid JWT: Failed audience check."));
        }
        let scopes: Vec<String> = claims["scope"].as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        if scopes.is_empty() {
            return Err(Refused(400, "invalid_scope", "Empty or missing scope not allowed."));
        }
        Ok((issuer.to_owned(), scopes))
    }
}

impl World {
    /// Messages for whoever pulls.
    pub(crate) fn pull(&mut self, most: usize, now: i64) -> Vec<Value> {
        self.pubsub.publish_changes(&self.mailboxes, now);
        self.pubsub.take(most, now)
    }
}

/// What Gmail publishes, in base64.
fn notice(address: &str, history: u64) -> String {
    STANDARD.encode(json!({ "emailAddress": address, "historyId": history }).to_string())
}
