//! The backend's address as a person types it.

use std::net::{Ipv4Addr, Ipv6Addr};

use waxwing_protocol::page::Fault;

/// Longer than any address that a person types.
const LONGEST: usize = 500;

/// Makes an origin, perhaps with a path, without a slash at the end, out of what was typed. Without a scheme it is `https`,
/// for this machine itself `http`. What is not an address, or holds a password, is a [`Fault::BadAddress`].
pub(super) fn normalise(typed: &str) -> Result<String, Fault> {
    read(typed.trim()).ok_or(Fault::BadAddress)
}

fn read(typed: &str) -> Option<String> {
    if typed.len() > LONGEST || typed.chars().any(|c| c.is_whitespace() || c.is_control() || "\\<>\"'`{}|^?#@".contains(c)) {
        return None;
    }
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, typed),
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (host, port) = split_port(authority)?;
    let host = Host::read(host)?;
    let scheme = match scheme.as_deref() {
        Some(known @ ("http" | "https")) => known,
        Some(_) => return None,
        None if host.is_loopback() => "http",
        None => "https",
    };
    let port = match (scheme, port) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => String::new(),
        (_, Some(port)) => format!(":{port}"),
    };
    let path = path.trim_end_matches('/');
    // Somebody who knows the API may paste its root.
    let path = path.strip_suffix("/api/v1").unwrap_or(path).trim_end_matches('/');
    Some(format!("{scheme}://{}{port}{path}", host.text()))
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let end_of_host = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[end_of_host..].rfind(':') {
        None => Some((authority, None)),
        Some(at) => {
            let (host, port) = authority.split_at(end_of_host + at);
            let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
            Some((host, Some(digits.parse().ok().filter(|port| *port != 0)?)))
        }
    }
}

enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Host {
    fn read(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            return inner.strip_suffix(']')?.parse().ok().map(Self::V6);
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_lowercase();
        let good_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        };
        if !name.split('.').all(good_label) {
            return None;
        }
        // A browser reads a name whose last part is a number as an IPv4 address, in forms that nobody means.
        if name.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit())) {
            return name.parse().ok().map(Self::V4);
        }
        Some(Self::Name(name))
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => address.is_loopback(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::V4(address) => address.to_string(),
            Self::V6(address) => format!("[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::normalise;
    use waxwing_protocol::page::Fault;

    #[test]
    fn what_people_type_becomes_an_address() {
        for (typed, expected) in [
            ("localhost:8787", "http://localhost:8787"),
            ("  Localhost:8787/ ", "http://localhost:8787"),
            ("127.0.0.1:8787", "http://127.0.0.1:8787"),
            ("127.1.2.3", "http://127.1.2.3"),
            ("[::1]:8787", "http://[::1]:8787"),
            ("[0:0:0:0:0:0:0:1]", "http://[::1]"),
            ("wax.localhost", "http://wax.localhost"),
            ("192.168.1.5:8787", "https://192.168.1.5:8787"),
            ("http://192.168.1.5:8787", "http://192.168.1.5:8787"),
            ("mail.example.com", "https://mail.example.com"),
            ("MAIL.Example.com.", "https://mail.example.com"),
            ("HTTPS://mail.example.com///", "https://mail.example.com"),
            ("https://mail.example.com:443", "https://mail.example.com"),
            ("http://mail.example.com:80/", "http://mail.example.com"),
            ("https://mail.example.com:80", "https://mail.example.com:80"),
            ("https://localhost", "https://localhost"),
            ("example.com/Wax/", "https://example.com/Wax"),
            ("example.com/wax/api/v1/", "https://example.com/wax"),
            ("büro.example", "https://büro.example"),
            ("wax_1.example", "https://wax_1.example"),
        ] {
            assert_eq!(normalise(typed).as_deref(), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in [
            "",
            " ",
            "/",
            "http://",
            "https:///x",
            "ftp://example.com",
            "chrome-extension://abc",
            "javascript:alert(1)",
            "data://x",
            "user@example.com",
            "https://user:secret@example.com",
            "example.com:0",
            "example.com:65536",
            "example.com:80a",
            "example.com:",
            "exa mple.com",
            "example.com/a b",
            "example..com",
            ".example.com",
            "-a.example",
            "999.1.1.1",
            "0x7f.1",
            "1.2.3",
            "2130706433",
            "[::1",
            "[zz]",
            "[::1]x",
            "[::1]x:1",
            "::1",
            "example.com?x",
            "example.com#x",
            "example.com\\x",
            "exa\u{0}mple.com",
            "https://https://example.com",
            "<script>",
            "a\"b",
        ] {
            assert_eq!(normalise(typed), Err(Fault::BadAddress), "{typed:?}");
        }
        assert_eq!(normalise(&"a.".repeat(300)), Err(Fault::BadAddress));
    }
}
