//! What an agent says of itself. Anybody can send any agent: this is what the request says, not who it was.

/// A mail provider's proxy that names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    /// Gmail's image proxy.
    Gmail,
    /// Yahoo's and AOL's.
    Yahoo,
    /// Fastmail's.
    Fastmail,
    /// HEY's.
    Hey,
    /// Seznam's.
    Seznam,
    /// Rambler's.
    Rambler,
}

impl Through {
    /// The provider's name, which is the same in every language.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gmail => "Gmail",
            Self::Yahoo => "Yahoo",
            Self::Fastmail => "Fastmail",
            Self::Hey => "HEY",
            Self::Seznam => "Seznam",
            Self::Rambler => "Rambler",
        }
    }
}

/// The proxy that an agent names. The marks are those that the providers document or that were seen in logs; a browser's or
/// a library's agent says nothing and gives `None`.
pub(crate) fn through(agent: &str) -> Option<Through> {
    let agent = agent.to_ascii_lowercase();
    [
        ("googleimageproxy", Through::Gmail),
        ("via ggpht.com", Through::Gmail),
        ("yahoomailproxy", Through::Yahoo),
        ("fastmailua/", Through::Fastmail),
        ("hey.com/imageproxy", Through::Hey),
        ("seznamemailproxy", Through::Seznam),
        ("ramblermail/", Through::Rambler),
    ]
    .into_iter()
    .find(|(mark, _)| agent.contains(mark))
    .map(|(_, through)| through)
}

#[cfg(test)]
mod tests {
    use super::{Through, through};

    #[test]
    fn only_agents_that_say_so_are_named() {
        for (agent, expected) in [
            ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", Some(Through::Gmail)),
            ("YahooMailProxy; https://senders.yahooinc.com/mail-proxy-servers", Some(Through::Yahoo)),
            ("Mozilla/5.0 SeznamEmailProxy/2.0.12", Some(Through::Seznam)),
            ("hey.com/imageproxy Mozilla/5.0", Some(Through::Hey)),
            ("RamblerMail/6.0 (incompatible; ImageProxy/6.0)", Some(Through::Rambler)),
            // Gmail's prefetch says nothing of the sort, and neither does Apple's.
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
                None,
            ),
            ("Mozilla/5.0", None),
            ("", None),
        ] {
            assert_eq!(through(agent), expected, "{agent}");
        }
    }
}
