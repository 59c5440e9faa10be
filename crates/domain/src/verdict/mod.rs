//! Verdicts: who made a hit, how sure that is, and why.
//!
//! A hit says that a server fetched a unique address at a time, from an address, with some headers. Nobody can know who
//! read what; what can be known is told with a confidence and a reason. Rules are tried in a fixed order and the first
//! that has something to say decides: one rule a file in `rules`, evidence for each in the decision table of the docs.
//!
//! What must hold:
//! - Raw hits are never changed; a verdict can be made again whenever rules or lists are newer ([`RULES_VERSION`],
//!   [`Lists::version`]).
//! - An open is never "human, high": it shows that pictures were loaded, not that a person read.
//! - A list that is missing or old lowers confidence and never turns a person into a machine.
//! - Agents, headers and addresses are hostile: any bytes give a verdict, and none of them is told in a reason.

pub mod agent;
mod facts;
pub mod lists;
mod message;
mod reason;
mod rules;
mod settle;

pub use facts::{Burst, Headers, HitFacts, Kind, Own};
pub use lists::Lists;
pub use message::{Mail, rejudge};
pub use reason::{CATALOGUE, Entry, Reason, ReasonId};
pub use settle::{OPEN_SETTLES_MS, PROVISIONAL_MS, is_settled, settles_at};

/// Of the rules and of the tables in the code: a verdict made by an older version may be made anew.
pub const RULES_VERSION: u32 = 1;

/// Who made a hit.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Label {
    /// The sender.
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

impl Label {
    /// Every label.
    pub const ALL: [Self; 6] = [Self::Own, Self::Human, Self::ImageProxy, Self::Prefetch, Self::Scanner, Self::Unknown];

    /// As it is written in files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Human => "human",
            Self::ImageProxy => "image_proxy",
            Self::Prefetch => "prefetch",
            Self::Scanner => "scanner",
            Self::Unknown => "unknown",
        }
    }

    /// Reads what [`Label::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.as_str() == text)
    }
}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Confidence {
    /// A guess that is better than none.
    Low,
    /// More likely than not.
    Medium,
    /// As sure as the evidence allows.
    High,
}

impl Confidence {
    /// As it is written in files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// Reads what [`Confidence::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|confidence| confidence.as_str() == text)
    }

    /// One step less sure.
    pub(crate) const fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

/// What is said of a hit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// Who made it.
    pub label: Label,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why.
    pub reason: Reason,
    /// [`RULES_VERSION`] at the time.
    pub rules: u32,
    /// [`Lists::version`] at the time.
    pub lists: u64,
    /// A click that is younger than [`PROVISIONAL_MS`]: others of the same burst may still follow.
    pub provisional: bool,
}

/// Judges one hit. `now_ms` is when this is done, in milliseconds since 1970: it tells how old the lists are and whether
/// the verdict is provisional.
pub fn judge(facts: &HitFacts<'_>, lists: &Lists, now_ms: i64) -> Verdict {
    let case = rules::Case::new(facts, lists, now_ms);
    let finding = rules::decide(&case);
    let young = facts.at_ms.is_some_and(|at| now_ms.saturating_sub(at) < PROVISIONAL_MS);
    Verdict {
        label: finding.label,
        confidence: finding.confidence,
        reason: finding.reason,
        rules: RULES_VERSION,
        lists: lists.version(),
        provisional: young && facts.kind == Kind::Click && finding.label != Label::Own,
    }
}

#[cfg(test)]
mod tests;
