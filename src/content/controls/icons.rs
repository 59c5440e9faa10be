//! The icons of the controls: copies of those in `extension/assets/icons.svg`, since a page cannot point into an extension.

use web_sys::Element;

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::content) enum Icon {
    /// Tracked.
    Seal,
    /// Not decided.
    SealAsk,
    /// Not tracked.
    SealOff,
    /// Not possible.
    Failed,
    /// Later.
    Clock,
    /// A reminder.
    Bell,
}

impl Icon {
    const fn source(self) -> &'static str {
        match self {
            Self::Seal => include_str!("icons/seal.svg"),
            Self::SealAsk => include_str!("icons/seal-ask.svg"),
            Self::SealOff => include_str!("icons/seal-off.svg"),
            Self::Failed => include_str!("icons/failed.svg"),
            Self::Clock => include_str!("icons/clock.svg"),
            Self::Bell => include_str!("icons/bell.svg"),
        }
    }

    /// Puts the icon, alone, into an element of ours.
    pub(in crate::content) fn fill(self, element: &Element) {
        // Markup, but only what was compiled in.
        element.set_inner_html(self.source().trim());
    }
}
