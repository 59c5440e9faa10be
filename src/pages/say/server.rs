//! What an address of a server says by itself.

/// Host and port of an address as typed or stored; the text itself where there is no more to it.
pub(crate) fn host_of(address: &str) -> &str {
    let rest = address.trim();
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// True when nobody but this computer can reach the address, so that no recipient ever does.
pub(crate) fn only_here(address: &str) -> bool {
    let host = host_of(address).to_ascii_lowercase();
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or(six),
        None => host.split(':').next().unwrap_or(&host),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let four = name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified());
    let six = name.parse::<std::net::Ipv6Addr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified());
    name == "localhost" || name.ends_with(".localhost") || four || six
}

#[cfg(test)]
mod tests {
    use super::{host_of, only_here};

    #[test]
    fn hosts_are_found() {
        for (address, expected) in [
            ("https://post.fjord.example", "post.fjord.example"),
            ("https://post.fjord.example:8443/waxwing", "post.fjord.example:8443"),
            (" localhost:8080 ", "localhost:8080"),
            ("https://a@b.example/", "b.example"),
            ("", ""),
        ] {
            assert_eq!(host_of(address), expected, "{address}");
        }
    }

    #[test]
    fn addresses_of_this_computer_are_known() {
        for (address, expected) in [
            ("http://localhost:8080", true),
            ("http://waxwing.localhost.", true),
            ("127.0.0.1:8080", true),
            ("http://127.8.8.8/", true),
            ("http://[::1]:8080", true),
            ("http://0.0.0.0", true),
            ("https://post.fjord.example", false),
            ("https://localhost.fjord.example", false),
            ("http://192.168.1.2", false),
            ("http://[2001:db8::1]", false),
            ("", false),
        ] {
            assert_eq!(only_here(address), expected, "{address}");
        }
    }
}
