//! Whether recipients agreed to being tracked, and what their sender chose.
//!
//! - `GET /consent?since=N` → [`ConsentSnapshot`]: the choice and what is known of people, changes after number `N` only. A browser
//!   holds all of it (`waxwing_domain::consent::Book`), and its send gate decides from that without asking.
//! - `GET /consent/policy`, `PUT /consent/policy` with [`ConsentSettings`]: the choice, replaced as a whole.
//! - `PUT /consent/people` with [`PutPeople`] → [`PeopleChanged`]: what the user says of recipients. What a recipient refused
//!   stays refused.
//! - `GET /consent/people?query=&before=` → [`PeoplePage`]: people with the proof of what they said, latest change first.
//! - [`Event::Refused`](super::Event::Refused): a recipient refused; [`Event::Consent`](super::Event::Consent): ask for what is new.
//! - `PUT /messages/{id}`: [`Tracks`] in [`PutMessage::tracks`](super::PutMessage::tracks) says what is tracked in the mail,
//!   until when, and whether it asked; [`Tracking`] in [`Message::tracking`](super::Message::tracking) says how it stands.
//! - The signed link in a mail is made by `waxwing_domain::address::recipient_url`, with what pixels are made with.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Millis;

/// What happens to a mail when the user says nothing about it. Until one is chosen nothing is tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// "Track every mail", but for those who refused.
    Every,
    /// "Ask for each mail": untracked unless switched on in the compose.
    Ask,
    /// "Only recipients who agreed".
    Agreed,
}

/// What is tracked: two things that a recipient agrees to, or refuses, apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Kinds {
    /// That the mail's pictures were loaded.
    #[serde(default)]
    pub opens: bool,
    /// That links were followed.
    #[serde(default)]
    pub clicks: bool,
}

impl Kinds {
    /// Neither.
    pub const NONE: Self = Self { opens: false, clicks: false };
    /// Both.
    pub const ALL: Self = Self { opens: true, clicks: true };

    /// True when there is one.
    pub const fn any(self) -> bool {
        self.opens || self.clicks
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self { opens: self.opens || other.opens, clicks: self.clicks || other.clicks }
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { opens: self.opens && other.opens, clicks: self.clicks && other.clicks }
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self { opens: self.opens && !other.opens, clicks: self.clicks && !other.clicks }
    }
}

/// What a person said to one kind of tracking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Nothing.
    #[default]
    Unknown,
    /// Agreed.
    Agreed,
    /// Refused.
    Refused,
}

/// How it is known what a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// The person used the page behind the link in a mail: whoever holds that mail.
    Page,
    /// The person confirmed it by the link in a mail to that address.
    Mail,
    /// The user says so.
    User,
    /// The user brought a list.
    Import,
}

impl ConsentSource {
    /// True when the recipient said it: the user's word does not undo it.
    pub const fn is_own(self) -> bool {
        matches!(self, Self::Page | Self::Mail)
    }
}

/// What is known of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Person {
    /// The address in its normal form (`waxwing_domain::consent::exact`). An agreement covers exactly this one; a refusal covers
    /// every form of it (`waxwing_domain::consent::root`).
    pub address: String,
    /// Said to opens.
    #[serde(default)]
    pub opens: ConsentState,
    /// How that is known; absent while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_source: Option<ConsentSource>,
    /// Said to clicks.
    #[serde(default)]
    pub clicks: ConsentState,
    /// How that is known; absent while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicks_source: Option<ConsentSource>,
    /// When something of this changed last.
    pub at: Millis,
    /// When a mail last asked them (it had the line with the link).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Millis>,
}

/// `GET /consent?since=`: what a browser decides from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ConsentSnapshot {
    /// The choice.
    pub settings: ConsentSettings,
    /// People whose state changed after `since`, in the order of their changes; at most 1,000.
    pub people: Vec<Person>,
    /// Give this as `since` next time.
    pub next: i64,
    /// There are more now: ask again with `next`.
    #[serde(default)]
    pub more: bool,
    /// Forget what you hold of people first: `since` is not known here (a restored backup, another account).
    #[serde(default)]
    pub reset: bool,
}

/// What the user chose. The same on all of the account's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ConsentSettings {
    /// For recipients that no rule is for; absent until the user chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Rules that come before it. France and Italy are "only who agreed" unless a rule for that country is here.
    #[serde(default)]
    pub rules: Vec<ConsentRule>,
    /// Countries of domains that do not say it by themselves (`example.com` is in France).
    #[serde(default)]
    pub countries: Vec<DomainCountry>,
    /// Tracking of a mail ends so many days after it was sent: 1 to 365.
    pub days: u32,
    /// Put the line with the link into mails that are tracked, once its words were chosen.
    pub line: bool,
    /// The line in the user's words, plain text, at most 300 characters, with `{link}` or `{link:words}` at the place of the link.
    /// Absent: the user has not seen it yet, and no mail carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_text: Option<String>,
}

impl ConsentSettings {
    /// Days by default.
    pub const DAYS: u32 = 90;
    /// The most days.
    pub const MAX_DAYS: u32 = 365;
    /// The most characters of the line.
    pub const MAX_LINE: usize = 300;

    /// The words of the line that tracked mails carry; none when they carry none. Nothing stands in a mail that its writer has not seen.
    pub fn line_words(&self) -> Option<&str> {
        self.line_text.as_deref().map(str::trim).filter(|words| self.line && !words.is_empty())
    }
}

impl Default for ConsentSettings {
    fn default() -> Self {
        Self { policy: None, rules: Vec::new(), countries: Vec::new(), days: Self::DAYS, line: true, line_text: None }
    }
}

/// Another choice for some recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ConsentRule {
    /// Whom it is for.
    pub of: RuleOf,
    /// What holds for them.
    pub policy: Policy,
}

/// Whom a rule is for. A domain's goes before a country's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleOf {
    /// Addresses at this domain and below it.
    Domain(String),
    /// Addresses in this country: its code, `FR`.
    Country(String),
}

/// The country of a domain, as the user says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DomainCountry {
    /// The domain, and those below it.
    pub domain: String,
    /// The country's code, `FR`.
    pub country: String,
}

/// `PUT /consent/people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PutPeople {
    /// At most 1,000.
    pub people: Vec<PutPerson>,
    /// They come from a list that the user brought.
    #[serde(default)]
    pub import: bool,
}

/// What the user says of a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PutPerson {
    /// The address, in any form.
    pub address: String,
    /// What they said to opens; absent: as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<ConsentState>,
    /// What they said to clicks; absent: as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicks: Option<ConsentState>,
    /// How the user knows ("said so on the phone, 3 May"); at most 500 characters. Part of the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The answer to [`PutPeople`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PeopleChanged {
    /// How those who were named stand now, each once, in their order.
    pub people: Vec<Person>,
    /// Of those, the ones who refused themselves: that stands.
    pub kept: Vec<String>,
}

/// A page of people, latest change first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PeoplePage {
    /// The people.
    pub people: Vec<PersonDetail>,
    /// Give this as `before` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A person with the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PersonDetail {
    /// How they stand.
    #[serde(flatten)]
    pub person: Person,
    /// What was said, newest first, at most 20.
    pub proof: Vec<ConsentProof>,
}

/// One thing that was said. Never changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ConsentProof {
    /// When.
    pub at: Millis,
    /// To what.
    pub kinds: Kinds,
    /// What.
    pub state: ConsentState,
    /// How it is known.
    pub source: ConsentSource,
    /// The mail whose link it was said by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// The text that was shown to whoever said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// The user's note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is tracked in a mail that was sent; part of `PUT /messages/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Tracks {
    /// It has a pixel.
    pub opens: bool,
    /// It has wrapped links.
    pub clicks: bool,
    /// Until when; absent: as long as the settings say. Later than they say counts as what they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// It has the line with the link: its recipients were asked.
    #[serde(default)]
    pub asked: bool,
}

impl Default for Tracks {
    /// What mails were before this was told.
    fn default() -> Self {
        Self { opens: true, clicks: true, until: None, asked: false }
    }
}

/// What is tracked in a mail, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Tracking {
    /// What was put into it.
    pub tracks: Kinds,
    /// Until when hits of it are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// What its recipients refused since: hits of these kinds are stored no more.
    #[serde(default)]
    pub refused: Kinds,
    /// When that changed last; absent while nothing is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_at: Option<Millis>,
}

impl Tracking {
    /// What it would tell, had nobody refused it.
    pub const fn declined(&self) -> Kinds {
        self.tracks.and(self.refused)
    }

    /// What is still stored of it.
    pub const fn stored(&self) -> Kinds {
        self.tracks.without(self.refused)
    }
}

impl Default for Tracking {
    fn default() -> Self {
        Self { tracks: Kinds::ALL, until: None, refused: Kinds::NONE, refused_at: None }
    }
}
