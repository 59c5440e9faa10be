//! Totals, and what opens from a domain mean.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// How [`Stats::days`] are cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A row a day.
    #[default]
    Day,
    /// A row a week, from Monday.
    Week,
}

/// `GET /stats?days=&zone=&by=`: totals and a row a period, oldest first, the running one last. Days are the zone's; weeks begin on
/// Monday, and the first and the last may be cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Stats {
    /// Tracked mails sent in the period.
    pub sent: u32,
    /// Of these, answered by a person; absent from backends that do not look for answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<u32>,
    /// Half of the answered ones were answered within so many milliseconds; absent when none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_time: Option<Millis>,
    /// Of the sent ones, opened for certain: by somebody at the recipient's side, as far as anything is certain.
    pub opened: u32,
    /// Of the sent ones, possibly opened, beside `opened`: what cannot be told, and what Apple hides.
    #[serde(default)]
    pub possible: u32,
    /// Of the sent ones, with a person's click.
    pub clicked: u32,
    /// Of the sent ones, touched by machines alone.
    #[serde(default)]
    pub machines: u32,
    /// How `days` are cut.
    #[serde(default)]
    pub by: Period,
    /// A row a period.
    pub days: Vec<DayStats>,
    /// A row a recipient domain, most mails first, at most 20.
    #[serde(default)]
    pub domains: Vec<DomainStats>,
    /// How many domains more there are.
    #[serde(default)]
    pub more_domains: u32,
}

/// One period of [`Stats`], by the time of sending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DayStats {
    /// Its first day, `YYYY-MM-DD`.
    pub date: String,
    /// Tracked mails sent.
    pub sent: u32,
    /// Of these, answered since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<u32>,
    /// Of these, opened since, for certain.
    pub opened: u32,
    /// Of these, possibly opened since, beside `opened`.
    #[serde(default)]
    pub possible: u32,
    /// Of these, clicked since.
    pub clicked: u32,
}

/// One recipient domain of [`Stats`]. A mail to several domains counts for each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DomainStats {
    /// The domain, in lower case.
    pub domain: String,
    /// Tracked mails sent to it in the period.
    pub sent: u32,
    /// Of these, answered since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<u32>,
    /// Of these, opened since, for certain.
    pub opened: u32,
    /// Of these, possibly opened since, beside `opened`.
    #[serde(default)]
    pub possible: u32,
    /// Of these, clicked since.
    pub clicked: u32,
    /// What its opens mean, from all mails so far.
    pub trust: DomainTrust,
}

/// How much opens from a domain tell, from the account's own newest 500 mails to it; mails to several domains are left out, since
/// nobody knows whose filter or proxy came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DomainTrust {
    /// The domain, in lower case.
    pub domain: String,
    /// How many mails it is judged by.
    pub mails: u32,
    /// Of these, with any hit but the sender's own.
    pub touched: u32,
    /// Of these, opened by somebody at the recipient's side.
    pub opened: u32,
    /// Of these, first touched less than 5 s after sending.
    pub fast: u32,
    /// Of these, loaded in advance, Apple's left out.
    pub prefetched: u32,
    /// Of these, loaded by Apple's mail program and by nobody else.
    pub apple: u32,
    /// Of these, with links that a machine followed.
    pub followed: u32,
    /// What follows from it.
    pub kind: TrustKind,
    /// Clicks say nothing either: a filter follows the links of most mails there.
    #[serde(default)]
    pub clicks_say_nothing: bool,
}

/// What opens from a domain mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrustKind {
    /// Fewer than 10 mails, or fewer than 5 that anything came of: no judgement.
    #[default]
    TooFew,
    /// Most hits come from people or their provider's proxy.
    MeansSomething,
    /// Most mails are touched within 5 s of sending: a filter at work.
    SaysNothing,
    /// Most are hidden by Apple.
    Hidden,
}
