//! Hits, what is said of them, and what their owner says.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// What a hit was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// The pixel was fetched.
    #[default]
    Open,
    /// A link was followed.
    Click,
}

/// Who made a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The sender.
    #[serde(rename = "self")]
    Own,
    /// A person.
    Human,
    /// Somebody at the recipient's side, through the mail provider's proxy.
    ImageProxy,
    /// Loaded in advance, for nobody in particular.
    Prefetch,
    /// A machine that looks at mail, links or pages.
    Scanner,
    /// It cannot be told.
    Unknown,
}

/// How sure a verdict is. Of an open never `high` together with [`Label::Human`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A guess that is better than none.
    Low,
    /// More likely than not.
    Medium,
    /// As sure as the evidence allows.
    High,
}

/// What is said of a hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// Who made it.
    pub label: Label,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why: a key of the catalogue, `reason_…`; the extension's words stand under the same key.
    pub reason: String,
    /// The name that belongs into the reason, e.g. a provider's: `$1` of the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A click that others of the same burst may still turn into a machine's, until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checking_until: Option<Millis>,
}

/// What the owner says of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// "That was me."
    Me,
    /// "That was a person."
    Person,
    /// "That was a machine."
    Machine,
}

impl Claim {
    /// The label that counts in place of the verdict's.
    pub const fn label(self) -> Label {
        match self {
            Self::Me => Label::Own,
            Self::Person => Label::Human,
            Self::Machine => Label::Scanner,
        }
    }
}

/// What the owner said of a hit, or of hits like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Correction {
    /// What.
    pub claim: Claim,
    /// When.
    pub at: Millis,
    /// The number of the [`CorrectionRule`] that it comes from; absent when this very hit was corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<i64>,
}

/// A raw hit of a message, as it came, with what is said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Hit {
    /// Grows with time on one backend.
    pub id: i64,
    /// When it came, by the backend's clock.
    pub at: Millis,
    /// Pixel or link.
    pub kind: HitKind,
    /// The target of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The user agent as sent, cut at 1,024 bytes, what is not UTF-8 replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The address it came from; after 30 days its network alone (`198.51.100.0/24`).
    pub address: String,
    /// True when it is a repeat that the counts fold into an earlier hit.
    #[serde(default)]
    pub repeat: bool,
    /// What the rules say of it; absent for a moment, and from backends without verdicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What the owner says of it; goes before the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
}

impl Hit {
    /// The label that counts: the owner's word, or else the verdict's.
    pub fn label(&self) -> Option<Label> {
        let said = self.correction.map(|correction| correction.claim.label());
        said.or(self.verdict.as_ref().map(|verdict| verdict.label))
    }
}

/// What verdicts were made by. A newer version judges again, in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct JudgedBy {
    /// The version of the rules.
    pub rules: u32,
    /// The version of the lists of addresses, 16 hexadecimal digits.
    pub lists: String,
}

/// `POST /messages/{id}/own-views`: the sender had this message on screen, in a browser whose rule against own pixels was not
/// in force just then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OwnView {
    /// How long ago it came on screen, in milliseconds, at most one minute; the backend's clock counts.
    #[serde(default)]
    pub ago_ms: u32,
}

/// `POST /hits/{id}/correction`. Again: the newer claim counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Correct {
    /// What the owner says.
    pub claim: Claim,
    /// Also of hits like this one, past and future.
    #[serde(default)]
    pub alike: bool,
}

/// What a correction did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Corrected {
    /// The hit as it counts now.
    pub hit: Hit,
    /// What "like it" would mean; absent when others share what could be recognised (a provider's proxy, Apple's relay, a mail
    /// to several domains), so that nothing but this hit may be corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alike: Option<Alike>,
}

/// Hits like one: the same network, the same family of agents, mails to the same domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Alike {
    /// The network, e.g. `198.51.100.0/24`.
    pub network: String,
    /// The family of agents, e.g. `Chrome, Windows`.
    pub agent: String,
    /// The recipients' domain.
    pub domain: String,
    /// How many others there are so far, in the newest 500 mails to that domain.
    pub hits: u32,
}

/// A correction that covers hits like one. `GET /corrections` lists them, newest first; `DELETE /corrections/{id}` undoes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CorrectionRule {
    /// Its number.
    pub id: i64,
    /// What the owner says.
    pub claim: Claim,
    /// When it was said.
    pub at: Millis,
    /// The network.
    pub network: String,
    /// The family of agents.
    pub agent: String,
    /// The recipients' domain.
    pub domain: String,
}
