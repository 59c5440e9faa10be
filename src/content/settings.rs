//! What the gate goes by: the paired backend and the user's default, as copies in memory, so that a send never waits for the
//! storage.

use serde_json::Value;
use waxwing_domain::consent::{Outcome, exact_by, outcome_for, root_by, without_recipients};
use waxwing_domain::mark::{Line, Minting};
use waxwing_domain::token::MintKey;
use waxwing_protocol::api::{ConsentRule, ConsentSettings, ConsentState, DomainCountry, RuleOf};
use waxwing_protocol::page::{Policy, key};

use super::decide::{Comes, Consent};
use crate::chrome::letters::Browsers;
use crate::chrome::storage::{Area, Storage as _};

/// The copies.
#[derive(Debug, Default)]
pub struct Settings {
    /// False until the storage has answered.
    pub loaded: bool,
    /// How to mint; `None` when no backend is paired.
    pub mint: Option<Mint>,
    /// The default and the rules for some recipients.
    rules: ConsentSettings,
    /// Who refused both kinds, opens, clicks.
    refused: [Vec<String>; 3],
    /// Who agreed to both kinds, opens, clicks.
    agreed: [Vec<String>; 3],
    /// Who is not to be asked again yet.
    unasked: Vec<String>,
    /// The line: before its link, the link's words, behind it.
    line: Option<[String; 3]>,
}

/// How this browser mints.
#[derive(Debug)]
pub struct Mint {
    /// The account's public id.
    pub account: String,
    /// Where pixels and links point to.
    pub tracking_url: String,
    /// The epoch of the key.
    pub epoch: u8,
    key: MintKey,
}

impl Mint {
    /// What [`waxwing_domain::mark::mark`] needs, for one message.
    pub fn of(&self, message: uuid::Uuid) -> Minting<'_> {
        Minting { tracking_url: &self.tracking_url, account: &self.account, key: &self.key, epoch: self.epoch, message }
    }

    /// Reads the few fields of a [`waxwing_protocol::page::Connection`] that a tab needs: no token comes into Gmail's tab,
    /// nor the code to read everything else.
    fn from_connection(connection: &Value) -> Option<Self> {
        let minting = connection.get("minting")?;
        Some(Self {
            account: text(connection.get("account"))?,
            tracking_url: text(minting.get("tracking_url"))?,
            epoch: u8::try_from(minting.get("epoch")?.as_u64()?).ok()?,
            key: MintKey::from_base64url(minting.get("mint_key")?.as_str()?).ok()?,
        })
    }
}

/// The items of a list; none of what is none.
fn items<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a list.
fn texts(of: &Value, name: &str) -> Vec<String> {
    items(of, name).iter().filter_map(|item| text(Some(item))).collect()
}

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}

/// A choice as the protocol writes it.
fn policy(value: &Value) -> Option<Policy> {
    match value.as_str() {
        Some("every") => Some(Policy::Every),
        Some("ask") => Some(Policy::Ask),
        Some("agreed") => Some(Policy::Agreed),
        _ => None,
    }
}

fn rule(value: &Value) -> Option<ConsentRule> {
    let of = value.get("of")?;
    let of = match of.get("domain") {
        domain @ Some(_) => RuleOf::Domain(text(domain)?),
        None => RuleOf::Country(text(of.get("country"))?),
    };
    Some(ConsentRule { of, policy: policy(value.get("policy")?)? })
}

fn country(value: &Value) -> Option<DomainCountry> {
    Some(DomainCountry { domain: text(value.get("domain"))?, country: text(value.get("country"))? })
}

/// The names that [`Settings::set`] reads.
const NAMES: [&str; 3] = [key::CONNECTION, key::POLICY, key::CONSENT];

impl Settings {
    /// The default; `None` until the user chose.
    pub const fn policy(&self) -> Option<Policy> {
        self.rules.policy
    }

    /// Reads the storage.
    pub async fn load() -> Self {
        let mut settings = Self { loaded: true, ..Self::default() };
        // A storage that cannot be read is one in which nothing is paired.
        let values = Area::Local.read(&NAMES.map(str::to_owned)).await.unwrap_or_default();
        for (name, value) in values {
            settings.set(&name, Some(&value));
        }
        settings
    }

    /// Takes over a change; false when it is none of ours. What an older or newer version wrote in another form counts as
    /// absent.
    pub fn set(&mut self, name: &str, value: Option<&Value>) -> bool {
        match name {
            key::CONNECTION => {
                self.mint = value.and_then(Mint::from_connection);
            }
            key::POLICY => {
                self.rules.policy = value.and_then(policy);
            }
            key::CONSENT => {
                let rules = value.and_then(|value| value.get("settings")).unwrap_or(&Value::Null);
                self.rules.rules = items(rules, "rules").iter().filter_map(rule).collect();
                self.rules.countries = items(rules, "countries").iter().filter_map(country).collect();
                let held = value.unwrap_or(&Value::Null);
                self.refused = ["refused", "refused_opens", "refused_clicks"].map(|name| texts(held, name));
                self.agreed = ["agreed", "agreed_opens", "agreed_clicks"].map(|name| texts(held, name));
                self.unasked = texts(held, "unasked");
                let words = |line: &Value| Some([text(line.get("before"))?, text(line.get("link"))?, text(line.get("after"))?]);
                self.line = held.get("line").and_then(words);
            }
            _ => return false,
        }
        true
    }

    /// The line for tracked mails, if one is wanted.
    pub fn line(&self) -> Option<Line<'_>> {
        self.line.as_ref().map(|[before, link, after]| Line { before, link, after })
    }

    /// What a mail to these comes to. As [`waxwing_domain::consent::decide`] says.
    pub fn consent(&self, sender: &str, to: &[String]) -> Comes {
        let own = exact_by(&Browsers, sender);
        let alone = Consent::of(without_recipients(&self.rules), ConsentState::Unknown);
        let (mut opens, mut clicks, mut tells) = (None, None, false);
        let (mut refused, mut not_agreed) = (None, None);
        for address in to {
            let exact = exact_by(&Browsers, address);
            if own.is_some() && exact == own {
                continue;
            }
            let root = root_by(&Browsers, address);
            let is_in = |of: &[String], form: &Option<String>| form.as_ref().is_some_and(|form| of.contains(form));
            tells |= !is_in(&self.unasked, &root);
            for (kind, comes_to) in [&mut opens, &mut clicks].into_iter().enumerate() {
                let has = |of: &[Vec<String>; 3], form| is_in(&of[0], form) || is_in(&of[kind + 1], form);
                let said = if has(&self.refused, &root) {
                    ConsentState::Refused
                } else if has(&self.agreed, &exact) {
                    ConsentState::Agreed
                } else {
                    ConsentState::Unknown
                };
                let consent = Consent::of(outcome_for(&Browsers, &self.rules, address, said), said);
                *comes_to = (*comes_to).max(Some(consent));
                match consent {
                    Consent::Refused => _ = refused.get_or_insert(address),
                    Consent::NotAgreed => _ = not_agreed.get_or_insert(address),
                    Consent::Track | Consent::Ask => {}
                }
            }
        }
        let who = refused.or(not_agreed).cloned();
        Comes { opens: opens.unwrap_or(alone), clicks: clicks.unwrap_or(alone), who, tells }
    }
}

impl Consent {
    fn of(outcome: Outcome, said: ConsentState) -> Self {
        match outcome {
            Outcome::Track => Self::Track,
            Outcome::Ask => Self::Ask,
            Outcome::No if said == ConsentState::Refused => Self::Refused,
            Outcome::No => Self::NotAgreed,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;
    use waxwing_protocol::api;
    use waxwing_protocol::page::{Connection, HeldConsent, HeldLine};

    use super::*;

    /// What is read by hand here is what the protocol writes.
    #[test]
    fn the_protocols_own_values_are_read() {
        let connection = Connection {
            server: "https://backend.example".to_owned(),
            account: "abcdefgh".to_owned(),
            account_name: "Ana".to_owned(),
            device: Uuid::nil(),
            device_token: "secret".to_owned(),
            minting: api::Minting {
                tracking_url: "https://track.example".to_owned(),
                epoch: 7,
                mint_key: MintKey::from_bytes([3; 32]).to_base64url(),
            },
            capabilities: Vec::new(),
            paired_at: 0,
        };
        let mut settings = Settings::default();
        assert!(settings.set(key::CONNECTION, serde_json::to_value(connection).ok().as_ref()));
        let mint = settings.mint.as_ref().expect("a connection can mint");
        assert_eq!((mint.account.as_str(), mint.tracking_url.as_str(), mint.epoch), ("abcdefgh", "https://track.example", 7));
        for policy in [Policy::Every, Policy::Ask, Policy::Agreed] {
            assert!(settings.set(key::POLICY, serde_json::to_value(policy).ok().as_ref()));
            assert_eq!(settings.policy(), Some(policy));
        }
    }

    #[test]
    fn what_the_worker_keeps_of_recipients_decides() {
        let set = |all: &[&str]| all.iter().map(ToString::to_string).collect();
        let held = HeldConsent {
            settings: ConsentSettings {
                rules: vec![
                    ConsentRule { of: RuleOf::Domain("partner.example".to_owned()), policy: Policy::Agreed },
                    ConsentRule { of: RuleOf::Country("DE".to_owned()), policy: Policy::Ask },
                ],
                countries: vec![DomainCountry { domain: "paris.example".to_owned(), country: "FR".to_owned() }],
                ..ConsentSettings::default()
            },
            refused: set(&["no@x.example"]),
            refused_opens: set(&["nopix@x.example"]),
            agreed: set(&["yes@partner.example"]),
            agreed_clicks: set(&["half@partner.example"]),
            unasked: set(&["nopix@x.example"]),
            line: Some(HeldLine { before: "Seen. ".to_owned(), link: "Refuse".to_owned(), after: ".".to_owned() }),
            ..HeldConsent::default()
        };
        let mut settings = Settings::default();
        assert!(settings.set(key::CONSENT, serde_json::to_value(&held).ok().as_ref()));
        assert_eq!(settings.rules, held.settings);
        settings.rules.policy = Some(Policy::Every);
        for (to, consent, who) in [
            (&["a@x.example"][..], Consent::Track, None),
            (&[], Consent::Track, None),
            (&["a@x.example", "NO+tag@x.example"], Consent::Refused, Some("NO+tag@x.example")),
            (&["yes@partner.example"], Consent::Track, None),
            (&["other@partner.example", "no@x.example"], Consent::Refused, Some("no@x.example")),
            (&["yes@partner.example", "other@partner.example"], Consent::NotAgreed, Some("other@partner.example")),
            (&["a@acme.de"], Consent::Ask, None),
            (&["a@paris.example"], Consent::NotAgreed, Some("a@paris.example")),
            // The sender's copy to himself.
            (&["me@paris.example", "a@x.example"], Consent::Track, None),
        ] {
            let to: Vec<String> = to.iter().map(ToString::to_string).collect();
            let comes = settings.consent("Me@paris.example", &to);
            assert_eq!((comes.opens, comes.clicks), (consent, consent), "{to:?}");
            assert_eq!(comes.who, who.map(str::to_owned), "{to:?}");
        }
        // One kind alone, and who is told.
        for (to, opens, clicks, who, tells) in [
            (&["nopix@x.example"][..], Consent::Refused, Consent::Track, Some("nopix@x.example"), false),
            (&["nopix+a@x.example", "a@x.example"], Consent::Refused, Consent::Track, Some("nopix+a@x.example"), true),
            (&["half@partner.example"], Consent::NotAgreed, Consent::Track, Some("half@partner.example"), true),
            (&["half@partner.example", "nopix@x.example"], Consent::Refused, Consent::Track, Some("nopix@x.example"), true),
        ] {
            let to: Vec<String> = to.iter().map(ToString::to_string).collect();
            let comes = settings.consent("", &to);
            assert_eq!(comes, Comes { opens, clicks, who: who.map(str::to_owned), tells }, "{to:?}");
        }
        assert_eq!(settings.line(), Some(Line { before: "Seen. ", link: "Refuse", after: "." }));
        settings.rules.policy = Some(Policy::Agreed);
        assert_eq!(settings.consent("", &[]).opens, Consent::NotAgreed);
        // Gone, or spoilt.
        for value in [None, Some(json!([])), Some(json!({"refused": 1, "agreed": [2], "settings": {"rules": [{}, 1]}}))] {
            assert!(settings.set(key::CONSENT, value.as_ref()));
            let known = settings.refused.iter().chain(&settings.agreed).all(Vec::is_empty);
            assert!(known && settings.rules.rules.is_empty() && settings.line().is_none());
        }
    }

    #[test]
    fn what_is_absent_or_of_another_form_counts_as_absent() {
        let mut settings = Settings::default();
        for value in [None, Some(json!(1)), Some(json!({"account": "a"})), Some(json!({"account": 1, "minting": []}))] {
            assert!(settings.set(key::CONNECTION, value.as_ref()));
            assert!(settings.mint.is_none(), "{value:?}");
            assert!(settings.set(key::POLICY, value.as_ref()));
            assert_eq!(settings.policy(), None);
        }
        assert!(!settings.set("link", None));
    }
}
