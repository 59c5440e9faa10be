//! The named sets that the operator's files may hold, and what each is good for.
//!
//! The names are those of the public collection that `waxwing lists import` reads. A set that is not named here is not
//! used: nobody can tell whether people or machines live there.

/// What a set says about an address in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Apple's Private Relay.
    Relay,
    /// Computers for rent, or a company's crawlers: a data centre.
    Cloud,
    /// A VPN for people.
    Vpn,
    /// Google's fetchers that people set off.
    GoogleFetchers,
    /// Google's special crawlers.
    GoogleCrawlers,
}

/// A named set.
#[derive(Debug, Eq, PartialEq)]
pub struct Set {
    /// Its name in files.
    pub name: &'static str,
    /// Whose addresses these are, as people call them.
    pub owner: &'static str,
    /// What it is good for.
    pub role: Role,
}

/// Every set that is used.
pub const SETS: &[Set] = &[
    Set { name: "apple-proxy", owner: "Apple", role: Role::Relay },
    Set { name: "google-user-triggered", owner: "Google", role: Role::GoogleFetchers },
    Set { name: "google-special-crawlers", owner: "Google", role: Role::GoogleCrawlers },
    Set { name: "google", owner: "Google", role: Role::Cloud },
    Set { name: "googlebot", owner: "Google", role: Role::Cloud },
    Set { name: "amazon", owner: "Amazon", role: Role::Cloud },
    Set { name: "microsoft", owner: "Microsoft", role: Role::Cloud },
    Set { name: "bing", owner: "Microsoft", role: Role::Cloud },
    // GitHub publishes the addresses of its build machines, which are rented from Microsoft.
    Set { name: "github", owner: "GitHub", role: Role::Cloud },
    Set { name: "cloudflare", owner: "Cloudflare", role: Role::Cloud },
    Set { name: "digitalocean", owner: "DigitalOcean", role: Role::Cloud },
    Set { name: "linode", owner: "Akamai", role: Role::Cloud },
    Set { name: "akamai", owner: "Akamai", role: Role::Cloud },
    Set { name: "fastly", owner: "Fastly", role: Role::Cloud },
    Set { name: "vultr", owner: "Vultr", role: Role::Cloud },
    Set { name: "oracle", owner: "Oracle", role: Role::Cloud },
    Set { name: "ibm", owner: "IBM", role: Role::Cloud },
    Set { name: "alibaba", owner: "Alibaba", role: Role::Cloud },
    Set { name: "tencent", owner: "Tencent", role: Role::Cloud },
    Set { name: "hetzner", owner: "Hetzner", role: Role::Cloud },
    Set { name: "ovh", owner: "OVH", role: Role::Cloud },
    Set { name: "scaleway", owner: "Scaleway", role: Role::Cloud },
    Set { name: "facebook", owner: "Meta", role: Role::Cloud },
    Set { name: "twitter", owner: "X", role: Role::Cloud },
    Set { name: "telegram", owner: "Telegram", role: Role::Cloud },
    Set { name: "openai", owner: "OpenAI", role: Role::Cloud },
    Set { name: "perplexity", owner: "Perplexity", role: Role::Cloud },
    Set { name: "protonvpn", owner: "Proton VPN", role: Role::Vpn },
];

impl Set {
    /// The set of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETS.iter().find(|set| set.name == name)
    }

    /// The number of this set in [`SETS`].
    pub(super) fn tag(&self) -> u8 {
        SETS.iter().position(|set| set.name == self.name).and_then(|index| u8::try_from(index).ok()).unwrap_or(u8::MAX)
    }

    /// The owner of the set of this number.
    pub(super) fn owner_of_tag(tag: u8) -> Option<&'static str> {
        SETS.get(usize::from(tag)).map(|set| set.owner)
    }
}
