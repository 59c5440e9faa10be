//! Hits like one: what a correction of one hit may cover besides, and what the roll-up takes for one visitor.
//!
//! What must hold: what many people share says nothing of one of them. A provider's proxy, Apple's relay, a VPN and agents
//! that everybody has are never offered as something to recognise hits by.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::verdict::Lists;
use crate::verdict::agent::{Agent, Client, Family, System};

/// By what hits like one are recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Alike {
    /// See [`network`].
    pub network: String,
    /// See [`family`].
    pub agent: String,
}

/// By what hits like one of this agent from this whole address are recognised; `None` when others share it. Of an address
/// that was shortened it cannot be told.
pub fn alike(address: &str, agent: &str, lists: &Lists) -> Option<Alike> {
    let whole: IpAddr = address.parse().ok()?;
    // Whether an address belongs to the relay does not hang on the time.
    let found = lists.look_up(Some(whole.to_canonical()), None, 0);
    if found.relay || found.vpn {
        return None;
    }
    Some(Alike { network: network(address)?, agent: family(agent)? })
}

/// The network of an address as text: the /24 of IPv4 (`198.51.100.0/24`), the /48 of IPv6 (`2001:db8:1::/48`), the same for an
/// address that was shortened to it. `None` for what is neither.
pub fn network(address: &str) -> Option<String> {
    let (ip, bits) = match address.split_once('/') {
        Some((ip, bits)) => (ip, Some(bits)),
        None => (address, None),
    };
    match (ip.parse::<IpAddr>().ok()?.to_canonical(), bits) {
        (IpAddr::V4(v4), None | Some("24")) => {
            let [a, b, c, _] = v4.octets();
            Some(format!("{}/24", Ipv4Addr::new(a, b, c, 0)))
        }
        (IpAddr::V6(v6), None | Some("48")) => {
            let [a, b, c, ..] = v6.segments();
            Some(format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
        _ => None,
    }
}

/// A family of agents that tells one visitor's from most others', short and for people to read: `Chrome, Windows`, `Outlook`.
/// `None` for proxies and fetches of mail providers, and for what has no name or no likeness.
pub fn family(agent: &str) -> Option<String> {
    match Agent::of(agent.as_bytes()) {
        Agent::Empty | Agent::GmailProxy | Agent::GmailPrefetch | Agent::ApplePrivate | Agent::MailProxy { .. } => None,
        Agent::MailProgram(program) => (!program.name.is_empty()).then(|| program.name.to_owned()),
        Agent::Software { name, .. } => (!name.is_empty()).then(|| name.to_owned()),
        // Nobody can tell the two apart.
        Agent::BareWebKit => Some("Apple Mail / Outlook".to_owned()),
        Agent::Impossible | Agent::Browser | Agent::Other => browser(Client::of(agent.as_bytes())),
    }
}

/// The provider whose image proxy this agent is; the agent itself when the provider is not known. `None` when it is none.
pub(crate) fn proxy(agent: &str) -> Option<&str> {
    match Agent::of(agent.as_bytes()) {
        Agent::GmailProxy => Some("Gmail"),
        Agent::MailProxy { name: "", .. } => Some(agent),
        Agent::MailProxy { name, .. } => Some(name),
        _ => None,
    }
}

fn browser(client: Client) -> Option<String> {
    let browser = match client.family {
        Family::Chromium => "Chrome",
        Family::Edge => "Edge",
        Family::Opera => "Opera",
        Family::Firefox => "Firefox",
        Family::Safari => "Safari",
        Family::Other => return None,
    };
    let system = match client.system {
        System::Windows => "Windows",
        System::Mac => "macOS",
        System::Ios => "iOS",
        System::Android => "Android",
        System::ChromeOs => "ChromeOS",
        System::Linux => "Linux",
        System::Other => return Some(browser.to_owned()),
    };
    Some(format!("{browser}, {system}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::lists::{Cidr, Role, SETS, Stored};

    const CHROME: &str =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";

    #[test]
    fn networks() {
        for (address, expected) in [
            ("198.51.100.7", Some("198.51.100.0/24")),
            ("198.51.100.0/24", Some("198.51.100.0/24")),
            ("::ffff:198.51.100.7", Some("198.51.100.0/24")),
            ("2001:db8:1:2::3", Some("2001:db8:1::/48")),
            ("2001:db8:1::/48", Some("2001:db8:1::/48")),
            ("::1", Some("::/48")),
            ("198.51.100.0/23", None),
            ("2001:db8:1::/24", None),
            ("198.51.100.7/", None),
            ("198.51.100", None),
            ("", None),
            ("nobody", None),
        ] {
            assert_eq!(network(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn families() {
        for (agent, expected) in [
            (CHROME, Some("Chrome, Windows")),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6 Mobile/15E148 Safari/604.1",
                Some("Safari, iOS"),
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", Some("Firefox, Linux")),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0", Some("Thunderbird")),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
                Some("Apple Mail / Outlook"),
            ),
            ("Barracuda Sentinel (EE)", Some("Barracuda")),
            // Everybody's.
            ("Mozilla/5.0", None),
            ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", None),
            ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", None),
            ("curl/8.0", None),
            ("", None),
            ("   ", None),
            ("\u{fffd}\u{fffd}", None),
        ] {
            assert_eq!(family(agent).as_deref(), expected, "{agent}");
        }
    }

    #[test]
    fn what_people_share_is_not_offered() {
        let set = SETS.iter().find(|set| set.role == Role::Relay).unwrap();
        let blocks = vec![Cidr::parse("192.0.2.0/28").unwrap()];
        let lists = Lists::new(&[Stored { set, fetched_at_ms: 0, blocks }]);
        let of = |address: &str, agent: &str| alike(address, agent, &lists);
        let expected = Alike { network: "192.0.2.0/24".into(), agent: "Chrome, Windows".into() };
        assert_eq!(of("192.0.2.99", CHROME), Some(expected));
        assert_eq!(of("192.0.2.1", CHROME), None, "the relay");
        assert_eq!(of("::ffff:192.0.2.1", CHROME), None, "the relay");
        assert_eq!(of("192.0.2.0/24", CHROME), None, "shortened");
        assert_eq!(of("192.0.2.99", "Mozilla/5.0"), None);
        assert_eq!(of("", CHROME), None);
    }

    #[test]
    fn proxies_by_their_provider() {
        assert_eq!(proxy("Mozilla/5.0 (via ggpht.com GoogleImageProxy)"), Some("Gmail"));
        assert_eq!(proxy("YahooMailProxy; x"), Some("Yahoo Mail"));
        assert_eq!(proxy("Some-MailProxy/1"), Some("Some-MailProxy/1"));
        assert_eq!(proxy(CHROME), None);
        assert_eq!(proxy(""), None);
    }
}
