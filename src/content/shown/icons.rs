//! The icons of mails and hits, as `build.rs` takes them out of the pages' sprite: a page cannot point into an extension.

use web_sys::Element;

use crate::told::{Look, State};

macro_rules! icons {
    ($($name:ident $file:literal),* $(,)?) => {
        /// An icon.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Icon {
            $($name,)*
        }

        impl Icon {
            const fn inside(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!(env!("OUT_DIR"), "/icon-", $file, ".svg")),)*
                }
            }
        }
    };
}

icons! {
    Answered "answered", Checking "checking", Clicked "clicked", Clock "clock", Down "down", Failed "failed", Hidden "hidden",
    Human "human", Machines "machines", Off "off", Opened "opened", Outbox "outbox", Own "self", Prefetch "prefetch", Proxy "proxy",
    Scanner "scanner", Sealed "sealed", Unknown "unknown",
}

impl Icon {
    /// Puts the icon, alone, into an element of ours.
    pub(super) fn fill(self, element: &Element) {
        let parts = ["<svg class=\"ww-s\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">", self.inside(), "</svg>"];
        // Markup, but only what was compiled in.
        element.set_inner_html(&parts.concat());
    }
}

/// The icon of a mail, and the class of its colour.
pub(super) const fn of_mail(state: State) -> (Icon, &'static str) {
    match state {
        State::Answered => (Icon::Answered, "s-answered"),
        State::Clicked => (Icon::Clicked, "s-clicked"),
        State::Opened => (Icon::Opened, "s-opened"),
        State::Checking => (Icon::Checking, "s-unclear"),
        State::Unclear => (Icon::Unknown, "s-unclear"),
        State::Hidden => (Icon::Hidden, "s-hidden"),
        State::Machines => (Icon::Machines, "s-machines"),
        State::Refused => (Icon::Failed, "s-refused"),
        State::Waiting => (Icon::Outbox, "s-waiting"),
        State::Scheduled => (Icon::Clock, "s-waiting"),
        State::Declined => (Icon::Off, "s-sealed"),
        State::ToSelf | State::Sealed => (Icon::Sealed, "s-sealed"),
    }
}

/// The icon of a hit, and the class of its colour.
pub(super) const fn of_hit(look: Look, checking: bool) -> (Icon, &'static str) {
    match look {
        _ if checking => (Icon::Checking, "v-unknown"),
        Look::Person => (Icon::Human, "v-human"),
        Look::Proxy => (Icon::Proxy, "v-proxy"),
        Look::Own => (Icon::Own, "v-self"),
        Look::Prefetch => (Icon::Prefetch, "v-prefetch"),
        Look::Apple => (Icon::Hidden, "v-unknown"),
        Look::Scanner => (Icon::Scanner, "v-scanner"),
        Look::Unknown => (Icon::Unknown, "v-unknown"),
    }
}
