//! Why a verdict is what it is: the catalogue of reasons.
//!
//! Each reason has a key, under which the extension keeps its words in the reader's language, and English words for the
//! command line. `$1` stands for a name, such as a vendor's, which is always one of ours and never a visitor's text.

/// Why.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Reason {
    /// Which of the [`CATALOGUE`].
    pub id: ReasonId,
    /// A name that goes with it: a mail provider, a vendor, a cloud. Empty where there is none.
    pub name: &'static str,
}

/// One reason of the catalogue.
#[derive(Debug)]
pub struct Entry {
    /// Which.
    pub id: ReasonId,
    /// The key of its words.
    pub key: &'static str,
    /// The row of the decision table that it stands for.
    pub row: &'static str,
    /// English, with `$1` for the name.
    pub english: &'static str,
    /// English where the name is empty; the same text where no name is spoken of.
    pub nameless: &'static str,
}

macro_rules! catalogue {
    ($($id:ident, $key:literal, $row:literal, $english:literal $(, or $nameless:literal)?;)*) => {
        /// Every reason there is.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum ReasonId {
            $(#[doc = $english] $id,)*
        }

        /// Keys and words, in the order of the decision table.
        pub const CATALOGUE: &[Entry] = &[$(Entry {
            id: ReasonId::$id,
            key: $key,
            row: $row,
            english: $english,
            nameless: catalogue!(@nameless $english $(, $nameless)?),
        }),*];
    };
    (@nameless $english:literal) => { $english };
    (@nameless $english:literal, $nameless:literal) => { $nameless };
}

catalogue! {
    OwnSession, "reason_own_session", "A1", "This was you: your own logged-in browser.";
    OwnView, "reason_own_view", "A2", "You had this message open at that moment.";
    OwnBrowser, "reason_own_browser", "A3", "Same network and browser as you. Could be someone in your household or office.";
    OwnNetwork, "reason_own_network", "A4", "Same network as you; we cannot tell you from a colleague.";
    NotFetched, "reason_not_fetched", "A5", "Only asked whether the address exists.";
    LoadedAhead, "reason_loaded_ahead", "A6", "The browser loaded it in advance.";
    Trap, "reason_trap", "A7", "The same visitor also followed a link no person can see.";
    ScannerNetwork, "reason_scanner_network", "A8", "Came from $1's mail filter.", or "Came from a mail filter.";
    NamesItself, "reason_names_itself", "A9", "Identified itself as $1's software.", or "Identified itself as software, not a browser.";
    Nameless, "reason_no_browser", "A9", "Does not look like a browser or a mail program.";
    GmailPrefetch, "reason_gmail_prefetch", "O1", "Gmail loaded the pictures when the mail arrived. Not evidence that anyone read it.";
    GmailPrefetchElsewhere, "reason_gmail_prefetch_elsewhere", "O3", "Looks like Gmail's robot but came from elsewhere.";
    ApplePrivacy, "reason_apple_privacy", "O4", "Apple Mail hides whether and when mail is read. It may or may not have been opened.";
    GmailOpen, "reason_gmail_open", "O6", "Opened in Gmail by someone with access to the mailbox. Gmail hides device and place.";
    GmailOpenOwnViews, "reason_gmail_open_own_views", "O6", "Opened in Gmail by someone with access to the mailbox. You had looked at it yourself that day, so it may include your own views elsewhere.";
    GmailOpenFast, "reason_gmail_open_fast", "O7", "Loaded through Gmail a few seconds after sending: an instant open, or Gmail's own check.";
    GmailUnconfirmed, "reason_gmail_unconfirmed", "O8", "Claims to be Gmail; address not confirmed.";
    GmailPretended, "reason_gmail_pretended", "O9", "Pretends to be Gmail.";
    ProxyOpen, "reason_proxy_open", "O10", "Opened in $1. Device and place hidden; later opens may be invisible.", or "Opened through a mail provider's proxy. Device and place hidden.";
    ProgramOpen, "reason_program_open", "O11", "Pictures loaded in $1 on the reader's device.", or "Pictures loaded in a mail program on the reader's device.";
    WebKitOpen, "reason_webkit_open", "O11", "Pictures loaded in Apple Mail or the new Outlook on the reader's device.";
    BrowserOpen, "reason_browser_open", "O12", "Loaded in a web browser.";
    CloudOpen, "reason_cloud_open", "O13", "Came from a data centre ($1): web-mail proxy, VPN or scanner.", or "Came from a data centre: web-mail proxy, VPN or scanner.";
    GatewayFast, "reason_gateway_fast", "O14", "Came from $1's network right after delivery.", or "Came from a mail-security network right after delivery.";
    OldBrowser, "reason_old_browser", "O15", "A browser so old that it is more likely a gateway.";
    Burst, "reason_burst", "C1", "Every link was followed within seconds.";
    CloudFast, "reason_cloud_fast", "C3", "A data-centre computer ($1) followed it seconds after sending.", or "A data-centre computer followed it seconds after sending.";
    Recheck, "reason_recheck", "C4", "Looks like a security re-check of a real click.";
    LinkProbe, "reason_link_probe", "C5", "Software checked the link.";
    ClickFast, "reason_click_fast", "C6", "Unusually fast; could be real.";
    Gateway, "reason_gateway", "C7", "Through a company gateway or VPN ($1): a person or a re-scan.", or "Through a company gateway or VPN: a person or a re-scan.";
    Navigation, "reason_navigation", "C8", "A browser opened it like a person does.";
    BrowserVisit, "reason_browser_visit", "C9", "Browser visit.";
    RelayVisit, "reason_relay_visit", "C9", "Through Apple's relay; place hidden.";
    NotEnough, "reason_not_enough", "O15", "Not enough to tell.";
}

impl ReasonId {
    /// Key and words.
    pub fn entry(self) -> &'static Entry {
        // The catalogue is made from the same lines as the enum: the number of a reason is its place.
        &CATALOGUE[self as usize]
    }
}

impl Reason {
    /// A reason without a name.
    pub(super) const fn of(id: ReasonId) -> Self {
        Self { id, name: "" }
    }

    /// English, for the command line and for tests.
    pub fn english(&self) -> String {
        let entry = self.id.entry();
        if self.name.is_empty() { entry.nameless.to_owned() } else { entry.english.replace("$1", self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        for (index, entry) in CATALOGUE.iter().enumerate() {
            assert_eq!(entry.id as usize, index);
            assert_eq!(entry.id.entry().key, entry.key);
            assert!(
                entry.key.starts_with("reason_") && entry.key.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
            );
            assert!(!entry.nameless.contains('$') && entry.english.ends_with('.'), "{}", entry.english);
            assert_eq!(CATALOGUE.iter().filter(|other| other.key == entry.key).count(), 1, "{}", entry.key);
        }
    }

    #[test]
    fn names_are_put_in() {
        let reason = Reason { id: ReasonId::ScannerNetwork, name: "Microsoft" };
        assert_eq!(reason.english(), "Came from Microsoft's mail filter.");
        assert_eq!(Reason::of(ReasonId::ScannerNetwork).english(), "Came from a mail filter.");
        assert_eq!(Reason { id: ReasonId::Burst, name: "x" }.english(), "Every link was followed within seconds.");
    }
}
