//! What the worker keeps of recipients' consent, for itself and for send gates.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::api::{ConsentSettings, Person};

/// What a send gate decides by, without asking anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldConsent {
    /// What the user chose.
    pub settings: ConsentSettings,
    /// Who refused both: what all forms of their address have in common (`waxwing_domain::consent::root`).
    pub refused: BTreeSet<String>,
    /// Who refused opens alone.
    #[serde(default)]
    pub refused_opens: BTreeSet<String>,
    /// Who refused clicks alone.
    #[serde(default)]
    pub refused_clicks: BTreeSet<String>,
    /// Who agreed to both: their addresses in the normal form (`waxwing_domain::consent::exact`).
    pub agreed: BTreeSet<String>,
    /// Who agreed to opens alone.
    #[serde(default)]
    pub agreed_opens: BTreeSet<String>,
    /// Who agreed to clicks alone.
    #[serde(default)]
    pub agreed_clicks: BTreeSet<String>,
    /// Of those who refused one kind, who is not to be asked again yet: as in `refused`.
    #[serde(default)]
    pub unasked: BTreeSet<String>,
    /// The line for tracked mails; absent: none is put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<HeldLine>,
}

/// The line of a tracked mail, cut at its link (`waxwing_domain::consent::line`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldLine {
    /// Before the link.
    pub before: String,
    /// The link's own words; empty: its address.
    pub link: String,
    /// Behind it.
    pub after: String,
}

/// What the user chose of the line, with the default, perhaps while the backend is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChoice {
    /// Tracked mails carry it.
    pub on: bool,
    /// The words that were shown.
    pub words: String,
}

/// What is known of recipients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPeople {
    /// By their addresses.
    pub people: BTreeMap<String, Person>,
    /// From which change on to ask.
    pub next: i64,
}
