//! What is known of a hit when it is judged.

use core::net::IpAddr;

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Kind {
    /// The pixel.
    #[default]
    Open,
    /// A link.
    Click,
}

/// A hit and what surrounds it. Everything but the kind may be missing ([`Default`]): what is not known speaks neither for
/// nor against.
#[derive(Clone, Copy, Debug, Default)]
pub struct HitFacts<'a> {
    /// Pixel or link.
    pub kind: Kind,
    /// The request's method; empty is taken for `GET`.
    pub method: &'a str,
    /// The user agent's bytes, as they came.
    pub agent: &'a [u8],
    /// Which link, in any form that tells links of one message apart; only [`rejudge`](super::rejudge) looks at it.
    pub link: Option<&'a str>,
    /// Whence.
    pub address: Option<IpAddr>,
    /// The number of the address's autonomous system, for callers that know it.
    pub asn: Option<u32>,
    /// The headers that tell something.
    pub headers: Headers<'a>,
    /// When the hit came, milliseconds since 1970.
    pub at_ms: Option<i64>,
    /// From sending to the hit, in milliseconds. Negative when clocks disagree.
    pub since_send_ms: Option<i64>,
    /// What speaks for the sender.
    pub own: Own<'a>,
    /// Other hits of the same message from the same source.
    pub burst: Burst,
    /// The hit was for a link that no person can see. Waxwing makes none; other data may have them.
    pub trap: bool,
    /// A person's click on the same link came less than a minute before, from another network and another system.
    pub repeats_a_person: bool,
}

/// The headers that verdicts weigh.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `Accept`.
    pub accept: Option<&'a str>,
    /// `Accept-Language`.
    pub accept_language: Option<&'a str>,
    /// `Sec-Fetch-Mode`.
    pub sec_fetch_mode: Option<&'a str>,
    /// `Sec-Fetch-User`.
    pub sec_fetch_user: Option<&'a str>,
    /// `Sec-Fetch-Dest`.
    pub sec_fetch_dest: Option<&'a str>,
    /// `Sec-Purpose`, `Purpose`, `X-Purpose`, `X-Moz`: why a browser asks.
    pub purposes: [Option<&'a str>; 4],
}

impl<'a> Headers<'a> {
    /// Picks the headers that count; names in any case, the first of a name counts.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let slot = if is("accept") {
                &mut headers.accept
            } else if is("accept-language") {
                &mut headers.accept_language
            } else if is("sec-fetch-mode") {
                &mut headers.sec_fetch_mode
            } else if is("sec-fetch-user") {
                &mut headers.sec_fetch_user
            } else if is("sec-fetch-dest") {
                &mut headers.sec_fetch_dest
            } else if is("sec-purpose") {
                &mut headers.purposes[0]
            } else if is("purpose") {
                &mut headers.purposes[1]
            } else if is("x-purpose") {
                &mut headers.purposes[2]
            } else if is("x-moz") {
                &mut headers.purposes[3]
            } else {
                continue;
            };
            slot.get_or_insert(value);
        }
        headers
    }

    /// Whether the value is there and says something.
    pub(super) fn says(value: Option<&str>) -> bool {
        value.is_some_and(|value| !value.trim().is_empty())
    }
}

/// What speaks for the sender.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own<'a> {
    /// The sender's session came with the request. Waxwing sets no cookies; other data may have it.
    pub session: bool,
    /// From the sender's own view of the message that is nearest in time to the hit, in milliseconds; negative when the hit
    /// came first.
    pub since_view_ms: Option<i64>,
    /// The sender's addresses of late.
    pub addresses: &'a [IpAddr],
    /// The agents of the sender's browsers; when none is known, any that the extension runs in.
    pub agents: &'a [&'a str],
}

impl Own<'_> {
    /// Whether two addresses are one line's. Of IPv6 the first 64 bits count: devices change the rest by themselves.
    pub fn same_line(a: IpAddr, b: IpAddr) -> bool {
        match (a.to_canonical(), b.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => a == b,
            (IpAddr::V6(a), IpAddr::V6(b)) => a.segments()[..4] == b.segments()[..4],
            _ => false,
        }
    }
}

/// Hits of the same message from the same source within ten seconds, this one counted in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Burst {
    /// How many different links.
    pub links: u32,
    /// How many links the message has, when that is known.
    pub links_total: Option<u32>,
    /// One of the hits was for a link that no person can see.
    pub trap: bool,
}
