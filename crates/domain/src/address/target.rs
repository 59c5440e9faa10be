//! Targets of links: which may be followed, and how they are shown.

use crate::percent;
use crate::shown::{cut, is_invisible, is_unshowable};

/// The most characters [`display_target`] gives.
const MAX_SHOWN: usize = 80;
/// The most of these that are a host.
const MAX_SHOWN_HOST: usize = 60;

/// What stands after `http://` or `https://`, in any case.
pub(super) fn strip_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

/// `target` as the value of a `Location` header: ASCII, without controls or blanks, and going exactly where a browser would
/// have gone from the original link. `None` for what is not `http` or `https` with a host, or holds anything that clients
/// read in different ways (controls, white space, backslashes, odd hosts): such a link is neither wrapped nor followed.
pub fn location(target: &str) -> Option<String> {
    let rest = strip_scheme(target)?;
    if target.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let (authority, _) = split_authority(rest);
    (is_host_and_port(authority.rsplit('@').next()?)).then_some(())?;

    let scheme = &target[..target.len() - rest.len()];
    let mut out = scheme.to_ascii_lowercase();
    for byte in rest.bytes() {
        // Browsers encode these three themselves wherever they may stand; encoded they cannot be mistaken for markup.
        if byte.is_ascii() && !matches!(byte, b'"' | b'<' | b'>') {
            out.push(char::from(byte));
        } else {
            percent::push_encoded(byte, &mut out);
        }
    }
    Some(out)
}

/// Authority, and all from the first `/`, `?` or `#` on.
fn split_authority(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()))
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').map(|v6| v6.split_once(']')) {
        Some(Some((v6, after))) => {
            if v6.is_empty() || !v6.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.')) {
                return false;
            }
            match after {
                "" => return true,
                _ => match after.strip_prefix(':') {
                    Some(port) => (v6, port),
                    None => return false,
                },
            }
        }
        Some(None) => return false,
        None => match text.split_once(':') {
            Some((host, port)) => (host, port),
            None => (text, "0"),
        },
    };
    let port_ok = port.is_empty() || port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    port_ok && (text.starts_with('[') || is_name(host))
}

/// A host name, lenient: what the WHATWG URL standard calls forbidden host code points is out, so are percent signs but for
/// those of our own encoding of non-ASCII names, and everything that cannot be seen.
fn is_name(host: &str) -> bool {
    let mut bytes = host.bytes();
    while let Some(byte) = bytes.next() {
        let fine = match byte {
            b'%' => {
                let pair = (bytes.next().and_then(percent::hex_digit), bytes.next().and_then(percent::hex_digit));
                matches!(pair, (Some(8..), Some(_)))
            }
            _ => !byte.is_ascii() || byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'),
        };
        if !fine {
            return false;
        }
    }
    host.chars().any(char::is_alphanumeric) && !host.chars().any(is_invisible)
}

/// A short form of `target` for people: host and the beginning of the path, at most 80 characters. The scheme, a user part
/// (`https://bank.example@evil.example`), the query and the fragment are left out; of a long host its end is shown, since
/// that is what says whose it is. Nothing in it can be invisible or turn the direction of the text.
///
/// It is text: put it into a page as text.
pub fn display_target(target: &str) -> String {
    let Some(rest) = strip_scheme(target.trim()) else {
        return cut(target.chars().filter(|&c| !is_unshowable(c)), MAX_SHOWN);
    };
    let (authority, after) = split_authority(rest);
    let host: Vec<char> = authority.rsplit('@').next().unwrap_or_default().chars().filter(|&c| !is_unshowable(c)).collect();
    let mut shown = String::new();
    if host.len() > MAX_SHOWN_HOST {
        shown.push('…');
        shown.extend(&host[host.len() - (MAX_SHOWN_HOST - 1)..]);
    } else {
        shown.extend(&host);
    }
    let path = after.split(['?', '#']).next().unwrap_or_default();
    let path = if path == "/" { "" } else { path };
    let left = MAX_SHOWN - shown.chars().count();
    shown.push_str(&cut(path.chars().filter(|&c| !is_unshowable(c)), left));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_followed() {
        for (target, expected) in [
            ("https://example.org", "https://example.org"),
            ("http://example.org:8080/a/b?c=d&e=%20#f", "http://example.org:8080/a/b?c=d&e=%20#f"),
            ("HtTpS://Example.ORG/Path", "https://Example.ORG/Path"),
            ("https://münchen.example/straße?q=ü#é", "https://m%C3%BCnchen.example/stra%C3%9Fe?q=%C3%BC#%C3%A9"),
            ("https://m%C3%BCnchen.example/", "https://m%C3%BCnchen.example/"),
            ("https://user:pw@host/", "https://user:pw@host/"),
            ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]:443/x"),
            ("https://[::1]", "https://[::1]"),
            ("http://127.0.0.1/", "http://127.0.0.1/"),
            ("http://host:/", "http://host:/"),
            ("https://h/<a>\"'{}|^`", "https://h/%3Ca%3E%22'{}|^`"),
            ("https://h?u=https://other/", "https://h?u=https://other/"),
            ("https://h/😀", "https://h/%F0%9F%98%80"),
            ("https://h//double//", "https://h//double//"),
        ] {
            assert_eq!(location(target).as_deref(), Some(expected), "{target:?}");
            assert_eq!(location(expected).as_deref(), Some(expected), "a location stays what it is");
        }
    }

    #[test]
    fn what_is_not_followed() {
        for target in [
            "",
            "https",
            "https:",
            "https:/",
            "https://",
            "https:///evil.example",
            "https://?x",
            "https://#x",
            "https://:80/",
            "https://user@/",
            "https://user@:80/",
            "//example.org/",
            "/path",
            "example.org",
            "http:example.org",
            "http:/example.org",
            "javascript:alert(1)",
            "JavaScript://x/%0aalert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "mailto:a@b.example",
            " https://example.org",
            "https://example.org ",
            "https://exa mple.org",
            "https://example.org/a b",
            "https://a\tb/",
            "https://example.org/\r\nSet-Cookie: a=b",
            "https://example.org/\0",
            "https://example.org/\u{85}",
            "https://example.org/\u{a0}",
            "https:\\\\example.org",
            "https://example.org\\@evil.example",
            "https://host:99999/",
            "https://host:8a/",
            "https://host:+1/",
            "https://a:b:c/",
            "https://[::1",
            "https://[]/",
            "https://[::1]x/",
            "https://[::g]/",
            "https://a<b>/",
            "https://a%2fb/",
            "https://a%/",
            "https://a|b/",
            "https://a^b/",
            "https://a\"b/",
            "https://./",
            "https://--/",
            "https://a\u{202e}b/",
            "https://%/",
            "https://*/",
        ] {
            assert_eq!(location(target), None, "{target:?}");
        }
    }

    #[test]
    fn how_targets_are_shown() {
        let long_host = format!("{}evil.example", "paypal.com.".repeat(10));
        let long_path = format!("https://h.example/{}", "x".repeat(100));
        for (target, expected) in [
            ("https://example.org", "example.org"),
            ("https://example.org/", "example.org"),
            ("HTTP://example.org/a/b?c=d#e", "example.org/a/b"),
            ("https://bank.example@evil.example/login", "evil.example/login"),
            ("https://a\u{202e}b.example/\u{200b}x\u{0}\u{feff}y", "ab.example/xy"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("", ""),
            ("java\u{0}script:\u{2066}x", "javascript:x"),
        ] {
            assert_eq!(display_target(target), expected, "{target:?}");
        }
        let shown = display_target(&format!("https://{long_host}/x"));
        assert!(shown.starts_with('…') && shown.ends_with("evil.example/x"), "{shown}");
        let shown = display_target(&long_path);
        assert!(shown.starts_with("h.example/xxx") && shown.ends_with("x…") && shown.chars().count() == MAX_SHOWN, "{shown}");
    }
}
