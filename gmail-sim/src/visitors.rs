//! Who comes to a mail's pictures and links without Gmail: mail programs, other providers' proxies, browsers, scanners.
//!
//! What must hold: each has the agent, a network and the headers that such a visitor was seen with in reality, so that
//! whoever judges it here judges the real one too. People's addresses are from the blocks kept for documentation.
//!
//! Sources: what the makers publish and what operators of mail servers log, as of 2026-09. To add one: a row of [`ALL`].

/// Somebody, or something.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// What the control API calls it.
    pub(crate) name: &'static str,
    /// `None`: it sends no agent.
    pub(crate) agent: Option<&'static str>,
    /// Where it comes from, unless a visit says otherwise.
    pub(crate) address: &'static str,
    /// Loads the pictures, with these headers.
    pub(crate) pictures: Option<Headers>,
    /// Follows links, with these headers.
    pub(crate) links: Option<Follows>,
}

/// Names and values, beside the agent.
pub(crate) type Headers = &'static [(&'static str, &'static str)];

/// How a visitor follows links.
#[derive(Debug)]
pub(crate) struct Follows {
    /// Every link, as machines do; otherwise the first.
    pub(crate) all: bool,
    pub(crate) headers: Headers,
}

/// A browser of today.
pub(crate) const BROWSER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/142.0.0.0 Safari/537.36";
/// The line of somebody at home.
pub(crate) const HOME: &str = "203.0.113.24";
/// What a browser says when a person follows a link in a mail.
pub(crate) const NAVIGATION: Headers = &[
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.9"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-user", "?1"),
];
/// What a browser says when a page holds a picture.
const PICTURE: Headers = &[
    ("accept", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.9"),
    ("sec-fetch-dest", "image"),
    ("sec-fetch-mode", "no-cors"),
    ("sec-fetch-site", "cross-site"),
];
const ANYTHING: Headers = &[("accept", "*/*")];
const SAFARI_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/26.6.1 Mobile/15E148 Safari/604.1";
/// An egress address of Apple's Private Relay. Whoever judges it needs a list of these.
pub(crate) const RELAY: &str = "104.28.29.34";

const EVERY_LINK: Option<Follows> = Some(Follows { all: true, headers: ANYTHING });

/// All of them.
#[rustfmt::skip]
pub(crate) const ALL: &[Visitor] = &[
    // Apple Mail with privacy protection: through the relay, read or not.
    Visitor { name: "apple-relay", agent: Some("Mozilla/5.0"), address: RELAY, pictures: Some(ANYTHING), links: None },
    // Apple Mail without it: from the reader's own line.
    Visitor {
        name: "apple-mail", agent: Some("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"),
        address: "203.0.113.61", pictures: Some(&[("accept", "image/*,*/*;q=0.8"), ("accept-language", "en-GB,en;q=0.9")]), links: None,
    },
    // A person's Safari behind the relay follows a link: a person all the same.
    Visitor {
        name: "safari-relay", agent: Some(SAFARI_AGENT), address: "104.28.29.35", pictures: None,
        links: Some(Follows { all: false, headers: &[("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), ("accept-language", "en-GB,en;q=0.9")] }),
    },
    Visitor {
        name: "outlook", agent: Some("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.16327; Pro)"),
        address: "203.0.113.40", pictures: Some(ANYTHING), links: None,
    },
    Visitor {
        name: "thunderbird", agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0"),
        address: "203.0.113.52", pictures: Some(&[("accept", "image/*;q=0.8,*/*;q=0.5"), ("accept-language", "de,en;q=0.5")]), links: None,
    },
    Visitor {
        name: "yahoo", agent: Some("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"),
        address: "87.248.103.9", pictures: Some(ANYTHING), links: None,
    },
    Visitor {
        name: "fastmail", agent: Some("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.5993.117 Safari/537.36 FastmailUA/1.0"),
        address: "103.168.172.9", pictures: Some(ANYTHING), links: None,
    },
    // A person who follows the first link; with pictures: one whose web mail has no proxy.
    Visitor {
        name: "browser", agent: Some(BROWSER_AGENT), address: HOME, pictures: None,
        links: Some(Follows { all: false, headers: NAVIGATION }),
    },
    // A filter in a browser's clothes, from an address that nobody lists: only its haste tells.
    Visitor { name: "scanner", agent: Some(BROWSER_AGENT), address: "198.51.100.77", pictures: Some(PICTURE), links: Some(Follows { all: true, headers: NAVIGATION }) },
    Visitor { name: "barracuda", agent: Some("Barracuda Sentinel (EE)"), address: "209.222.82.9", pictures: None, links: EVERY_LINK },
    Visitor { name: "microsoft-filter", agent: Some(BROWSER_AGENT), address: "40.107.22.80", pictures: Some(PICTURE), links: Some(Follows { all: true, headers: NAVIGATION }) },
    // A gateway whose maker also runs browsers for people: the time after sending tells.
    Visitor { name: "proofpoint", agent: Some(BROWSER_AGENT), address: "67.231.144.9", pictures: None, links: Some(Follows { all: true, headers: NAVIGATION }) },
    // A program that somebody wrote.
    Visitor { name: "library", agent: Some("python-requests/2.31.0"), address: "198.51.100.90", pictures: None, links: EVERY_LINK },
    // Nothing but what the visit says.
    Visitor { name: "custom", agent: None, address: "", pictures: None, links: None },
];

/// The one with this name.
pub(crate) fn named(name: &str) -> Option<&'static Visitor> {
    ALL.iter().find(|visitor| visitor.name == name)
}

impl Visitor {
    /// The headers with which it loads pictures, also when it would not by itself.
    pub(crate) fn picture_headers(&self) -> Headers {
        self.pictures.unwrap_or(if self.agent == Some(BROWSER_AGENT) { PICTURE } else { ANYTHING })
    }

    /// The headers with which it follows links, also when it would not by itself.
    pub(crate) fn link_headers(&self) -> Headers {
        self.links.as_ref().map_or(ANYTHING, |follows| follows.headers)
    }
}
