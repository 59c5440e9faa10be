//! What came of a message.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// The strongest thing that is known of a message. The order is that of strength: a better hit lifts it, no later hit lowers
/// it; only another judgement of the same hits (a burst, a correction, newer lists) may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Nothing came but perhaps the sender's own views.
    #[default]
    Unopened,
    /// Scanners or prefetches alone.
    Machines,
    /// Apple's mail program loads pictures by itself: opened or not, nobody can tell.
    Apple,
    /// Something came, and it cannot be told what.
    Unclear,
    /// Somebody at the recipient's side loaded the pictures.
    Opened,
    /// A person followed a link.
    Clicked,
    /// A person answered.
    Answered,
}

/// What came of a message: the roll-up of its hits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Activity {
    /// The strongest thing that is known.
    #[serde(default)]
    pub state: MailState,
    /// Opens: pixel hits of people and of mail providers' proxies, repeats by one agent within 30 s folded.
    pub opens: u32,
    /// The same with repeats: pixel fetches of people and proxies as they came.
    pub open_hits: u32,
    /// Clicks: link hits of people, settled, repeats on one link by one agent within 30 s folded.
    pub clicks: u32,
    /// The same with repeats.
    pub click_hits: u32,
    /// Hits of scanners and prefetches, Apple's left out.
    #[serde(default)]
    pub machine_hits: u32,
    /// Hits of Apple's mail program, which loads pictures by itself.
    #[serde(default)]
    pub apple_hits: u32,
    /// The sender's own.
    #[serde(default)]
    pub own_hits: u32,
    /// Hits that cannot be told.
    #[serde(default)]
    pub unknown_hits: u32,
    /// Clicks that look like a person's and are younger than 30 s: others of the same burst may still follow.
    #[serde(default)]
    pub checking: u32,
    /// First and last open and click, of those that count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_open_at: Option<Millis>,
    /// Last open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_open_at: Option<Millis>,
    /// First click.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_click_at: Option<Millis>,
    /// Last click.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_click_at: Option<Millis>,
    /// The link that was clicked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_click_target: Option<String>,
    /// When it was last opened again after days of silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Millis>,
    /// How long that silence was, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_after: Option<Millis>,
    /// When a person answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Millis>,
}
