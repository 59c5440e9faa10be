//! What happens to a mail, from what is known when it is sent. Pure.

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

/// Where a compose stands. What its switch shows, and what the gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It will be tracked.
    Tracked,
    /// The user is asked for each mail and has not said: it goes untracked.
    Undecided {
        /// The default is "only recipients who agreed", which is not built yet.
        agreed: bool,
    },
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

/// Where a compose stands.
pub fn standing(connected: bool, policy: Option<Policy>, choice: Option<bool>, carrier: Carrier) -> Standing {
    let every = policy == Some(Policy::Every);
    if !connected {
        return Standing::NotConnected { wanted: every };
    }
    let Some(policy) = policy else { return Standing::NotChosen };
    let wanted = choice.unwrap_or(every);
    match carrier {
        Carrier::Plain => Standing::Plain { wanted },
        Carrier::Unknown => Standing::Unknown { wanted },
        Carrier::Html if wanted => Standing::Tracked,
        Carrier::Html if choice.is_none() => Standing::Undecided { agreed: policy == Policy::Agreed },
        Carrier::Html => Standing::Off,
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
            Self::Undecided { .. } | Self::Off => Some(true),
            Self::Plain { .. } | Self::Unknown { .. } | Self::NotConnected { .. } | Self::NotChosen => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings() {
        use Carrier::{Html, Plain, Unknown};
        for (connected, policy, choice, carrier, expected) in [
            (true, Some(Policy::Every), None, Html, Standing::Tracked),
            (true, Some(Policy::Every), Some(false), Html, Standing::Off),
            (true, Some(Policy::Ask), None, Html, Standing::Undecided { agreed: false }),
            (true, Some(Policy::Ask), Some(true), Html, Standing::Tracked),
            (true, Some(Policy::Ask), Some(false), Html, Standing::Off),
            (true, Some(Policy::Agreed), None, Html, Standing::Undecided { agreed: true }),
            (true, Some(Policy::Agreed), Some(true), Html, Standing::Tracked),
            (true, None, None, Html, Standing::NotChosen),
            (true, None, Some(true), Html, Standing::NotChosen),
            (false, None, None, Html, Standing::NotConnected { wanted: false }),
            (false, Some(Policy::Every), None, Html, Standing::NotConnected { wanted: true }),
            (false, Some(Policy::Ask), None, Plain, Standing::NotConnected { wanted: false }),
            (true, Some(Policy::Every), None, Plain, Standing::Plain { wanted: true }),
            (true, Some(Policy::Every), Some(false), Plain, Standing::Plain { wanted: false }),
            (true, Some(Policy::Ask), None, Plain, Standing::Plain { wanted: false }),
            (true, Some(Policy::Every), None, Unknown, Standing::Unknown { wanted: true }),
        ] {
            assert_eq!(standing(connected, policy, choice, carrier), expected, "{connected} {policy:?} {choice:?} {carrier:?}");
        }
    }

    #[test]
    fn only_what_was_wanted_needs_a_reason() {
        for (standing, why) in [
            (Standing::Tracked, None),
            (Standing::Off, None),
            (Standing::Undecided { agreed: true }, None),
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
