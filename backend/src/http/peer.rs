//! Where a request came from. `X-Forwarded-For` is believed only as far as trusted proxies wrote it.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::hits::headers::Named;

/// The other end of the connection, put into each request by the server.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The address of the client: the peer, or, when the peer is a trusted proxy, the rightmost hop of `X-Forwarded-For` that is
/// not one. IPv4 addresses in IPv6 clothes are undressed.
pub fn client_address(peer: SocketAddr, headers: &(impl Named + ?Sized), trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.ip().to_canonical();
    if trusted.is_empty() {
        return address;
    }
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    // Whatever bytes a client sent before it: the hop that our proxy wrote counts.
    let lines: Vec<_> = headers.each("x-forwarded-for").map(String::from_utf8_lossy).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    while is_trusted(address) {
        // A hop that is no address ends the chain: what stands left of it could be anything.
        let Some(hop) = hops.next().and_then(parse_hop) else { break };
        address = hop;
    }
    address
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:4711`.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|a| a.ip())).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::*;

    fn check(peer: &str, forwarded: &[&str], trusted: &[&str], want: &str) {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        assert_eq!(client_address(peer, &headers, &trusted).to_string(), want, "{peer} {forwarded:?} {trusted:?}");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        check("198.51.100.1", &["203.0.113.7"], &[], "198.51.100.1");
        check("198.51.100.1", &["203.0.113.7"], &["10.0.0.0/8"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.7"], &["10.0.0.0/8"], "203.0.113.7");
        check("10.0.0.1", &["6.6.6.6, 203.0.113.7, 10.0.0.2"], &["10.0.0.0/8"], "203.0.113.7");
        check("10.0.0.1", &["6.6.6.6", "203.0.113.7"], &["10.0.0.0/8"], "203.0.113.7");
        check("10.0.0.1", &["6.6.6.6, nonsense"], &["10.0.0.0/8"], "10.0.0.1");
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], &["10.0.0.0/8"], "10.0.0.3");
        check("10.0.0.1", &[], &["10.0.0.0/8"], "10.0.0.1");
        check("10.0.0.1", &[""], &["10.0.0.0/8"], "10.0.0.1");
        check("::1", &["[2001:db8::7]:99"], &["::1/128"], "2001:db8::7");
        check("::1", &["[2001:db8::7]"], &["::1/128"], "2001:db8::7");
        check("::1", &["203.0.113.7:99"], &["::1/128"], "203.0.113.7");
    }

    #[test]
    fn bytes_that_are_no_text_hide_no_hop() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("6.6.6.6"));
        headers.append("x-forwarded-for", HeaderValue::from_bytes(b"\xff, 203.0.113.7").unwrap());
        let address = client_address("10.0.0.1:1".parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(address.to_string(), "203.0.113.7");
    }

    #[test]
    fn mapped_addresses_are_undressed() {
        check("::ffff:198.51.100.1", &[], &[], "198.51.100.1");
        check("::ffff:10.0.0.1", &["::ffff:203.0.113.7"], &["10.0.0.0/8"], "203.0.113.7");
    }
}
