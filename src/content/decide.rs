//! What happens to a mail, from what is known when it is sent. Pure.

use waxwing_protocol::api::Kinds;
use waxwing_protocol::page::{Policy, WhyNot};

/// What a compose can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Formatting: a pixel and links.
    Html,
    /// Plain text: neither.
    Plain,
    /// Its body was not found.
    Unknown,
}

/// What the recipients of a mail and the user's default come to, for one kind of tracking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// It is tracked unless the user switches it off.
    Track,
    /// It is tracked if the user switches it on.
    Ask,
    /// Somebody has not agreed who must.
    NotAgreed,
    /// Somebody refused.
    Refused,
}

/// Where a compose stands. What its switch shows, and what the gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It will be tracked.
    Tracked,
    /// The user is asked for each mail and has not said: it goes untracked.
    Undecided,
    /// A recipient refused: it goes untracked, whatever the user says.
    Refused,
    /// Only who agreed is tracked, and a recipient has not: it goes untracked.
    NotAgreed,
    /// The user switched it off.
    Off,
    /// Plain text cannot be tracked.
    Plain {
        /// It would have been tracked otherwise.
        wanted: bool,
    },
    /// Gmail has changed: the body was not found.
    Unknown {
        /// It would have been tracked otherwise.
        wanted: bool,
    },
    /// No backend is paired.
    NotConnected {
        /// The default is to track every mail.
        wanted: bool,
    },
    /// The user has not chosen a default yet: nothing is tracked.
    NotChosen,
}

/// What the recipients of a mail and the user's default come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comes {
    /// For opens.
    pub opens: Consent,
    /// For clicks.
    pub clicks: Consent,
    /// The first recipient because of whom one of them, or both, are not tracked.
    pub who: Option<String>,
    /// Somebody among them may be told of it by the line.
    pub tells: bool,
}

/// Where a compose stands, and what that means for its mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// As its switch shows it.
    pub standing: Standing,
    /// What is tracked: none unless [`Standing::Tracked`].
    pub kinds: Kinds,
    /// [`Comes::who`], where it counts.
    pub who: Option<String>,
    /// [`Comes::tells`].
    pub tells: bool,
}

/// Where a compose stands. `comes` is what its recipients and the default come to.
pub fn stands(connected: bool, policy: Option<Policy>, comes: Comes, choice: Option<bool>, carrier: Carrier) -> Stands {
    let wants = |consent| match consent {
        Consent::Track => choice.unwrap_or(true),
        Consent::Ask => choice.unwrap_or(false),
        Consent::NotAgreed | Consent::Refused => false,
    };
    let wanted = Kinds { opens: wants(comes.opens), clicks: wants(comes.clicks) };
    // Where one kind is possible the mail stands as it; where none is, as the one that is refused.
    let (easy, hard) = (comes.opens.min(comes.clicks), comes.opens.max(comes.clicks));
    let consent = if easy > Consent::Ask { hard } else { easy };
    let standing = standing(connected, policy, consent, choice, (carrier, wanted.any()));
    let tracked = standing == Standing::Tracked;
    let kinds = if tracked { wanted } else { Kinds::NONE };
    let counts = (tracked && kinds != Kinds::ALL) || matches!(standing, Standing::Refused | Standing::NotAgreed);
    Stands { standing, kinds, who: comes.who.filter(|_| counts), tells: comes.tells }
}

fn standing(
    connected: bool,
    policy: Option<Policy>,
    consent: Consent,
    choice: Option<bool>,
    (carrier, wanted): (Carrier, bool),
) -> Standing {
    if !connected {
        return Standing::NotConnected { wanted: policy.is_some() && consent == Consent::Track };
    }
    if policy.is_none() {
        return Standing::NotChosen;
    }
    match (carrier, consent) {
        (Carrier::Plain, _) => Standing::Plain { wanted },
        (Carrier::Unknown, _) => Standing::Unknown { wanted },
        (Carrier::Html, _) if wanted => Standing::Tracked,
        (Carrier::Html, Consent::Refused) => Standing::Refused,
        (Carrier::Html, Consent::NotAgreed) => Standing::NotAgreed,
        (Carrier::Html, _) if choice.is_none() => Standing::Undecided,
        (Carrier::Html, _) => Standing::Off,
    }
}

impl Standing {
    /// Why a mail that leaves like this is untracked although it was wanted; `None` when nobody wanted it.
    pub const fn why_not(self) -> Option<WhyNot> {
        match self {
            Self::Plain { wanted: true } => Some(WhyNot::PlainText),
            Self::Unknown { wanted: true } => Some(WhyNot::ComposeUnknown),
            Self::NotConnected { wanted: true } => Some(WhyNot::NotConnected),
            _ => None,
        }
    }

    /// The choice that pressing the switch makes; `None` where it can make none.
    pub const fn pressed(self) -> Option<bool> {
        match self {
            Self::Tracked => Some(false),
            Self::Undecided | Self::Off => Some(true),
            Self::Refused
            | Self::NotAgreed
            | Self::Plain { .. }
            | Self::Unknown { .. }
            | Self::NotConnected { .. }
            | Self::NotChosen => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings() {
        use Carrier::{Html, Plain, Unknown};
        use Consent::{Ask, NotAgreed, Refused, Track};
        let (every, ask, agreed) = (Some(Policy::Every), Some(Policy::Ask), Some(Policy::Agreed));
        for (connected, policy, consent, choice, carrier, expected) in [
            (true, every, Track, None, Html, Standing::Tracked),
            (true, every, Track, Some(false), Html, Standing::Off),
            (true, ask, Ask, None, Html, Standing::Undecided),
            (true, ask, Ask, Some(true), Html, Standing::Tracked),
            (true, ask, Ask, Some(false), Html, Standing::Off),
            (true, agreed, NotAgreed, None, Html, Standing::NotAgreed),
            (true, agreed, Track, None, Html, Standing::Tracked),
            // What the user says of one mail undoes no refusal, and makes no agreement.
            (true, agreed, NotAgreed, Some(true), Html, Standing::NotAgreed),
            (true, every, Refused, Some(true), Html, Standing::Refused),
            (true, every, Refused, None, Plain, Standing::Plain { wanted: false }),
            (true, None, NotAgreed, None, Html, Standing::NotChosen),
            (true, None, NotAgreed, Some(true), Html, Standing::NotChosen),
            (false, None, Track, None, Html, Standing::NotConnected { wanted: false }),
            (false, every, Track, None, Html, Standing::NotConnected { wanted: true }),
            (false, ask, Ask, None, Plain, Standing::NotConnected { wanted: false }),
            (true, every, Track, None, Plain, Standing::Plain { wanted: true }),
            (true, every, Track, Some(false), Plain, Standing::Plain { wanted: false }),
            (true, ask, Ask, None, Plain, Standing::Plain { wanted: false }),
            (true, every, Track, None, Unknown, Standing::Unknown { wanted: true }),
        ] {
            let found = stands(connected, policy, comes(consent, consent), choice, carrier);
            assert_eq!(found.standing, expected, "{connected} {policy:?} {consent:?} {choice:?} {carrier:?}");
            let kinds = if expected == Standing::Tracked { Kinds::ALL } else { Kinds::NONE };
            assert_eq!(found.kinds, kinds);
        }
    }

    fn comes(opens: Consent, clicks: Consent) -> Comes {
        Comes { opens, clicks, who: Some("ana@quinta.example".to_owned()), tells: true }
    }

    #[test]
    fn one_kind_is_tracked_without_the_other() {
        use Consent::{Ask, NotAgreed, Refused, Track};
        let (every, ask, agreed) = (Some(Policy::Every), Some(Policy::Ask), Some(Policy::Agreed));
        for (policy, opens, clicks, choice, expected, kinds) in [
            (every, Refused, Track, None, Standing::Tracked, (false, true)),
            (every, Track, Refused, None, Standing::Tracked, (true, false)),
            (every, Track, Refused, Some(false), Standing::Off, (false, false)),
            (ask, Refused, Ask, None, Standing::Undecided, (false, false)),
            (ask, Refused, Ask, Some(true), Standing::Tracked, (false, true)),
            (agreed, Track, NotAgreed, None, Standing::Tracked, (true, false)),
            (agreed, Refused, NotAgreed, Some(true), Standing::Refused, (false, false)),
            (agreed, NotAgreed, Refused, None, Standing::Refused, (false, false)),
        ] {
            let found = stands(true, policy, comes(opens, clicks), choice, Carrier::Html);
            let of = (found.standing, (found.kinds.opens, found.kinds.clicks));
            assert_eq!(of, (expected, kinds), "{policy:?} {opens:?} {clicks:?} {choice:?}");
            let is_named = !matches!(expected, Standing::Off | Standing::Undecided);
            assert_eq!(found.who.is_some(), is_named, "{expected:?}");
        }
        assert_eq!(stands(true, every, comes(Track, Track), None, Carrier::Html).who, None);
    }

    #[test]
    fn only_what_was_wanted_needs_a_reason() {
        for (standing, why) in [
            (Standing::Tracked, None),
            (Standing::Off, None),
            (Standing::Undecided, None),
            (Standing::Refused, None),
            (Standing::NotAgreed, None),
            (Standing::NotChosen, None),
            (Standing::Plain { wanted: false }, None),
            (Standing::Plain { wanted: true }, Some(WhyNot::PlainText)),
            (Standing::Unknown { wanted: true }, Some(WhyNot::ComposeUnknown)),
            (Standing::NotConnected { wanted: true }, Some(WhyNot::NotConnected)),
        ] {
            assert_eq!(standing.why_not(), why, "{standing:?}");
        }
    }
}
