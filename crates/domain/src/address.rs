//! Addresses of ours: the pixel's, a wrapped link's, and the one that leads a recipient to what is known of a mail.
//!
//! - Pixel: `{tracking url}/o/{account}/{token}.gif`
//! - Link: `{tracking url}/c/{account}/{token}/{mac}?u={target, percent-encoded}`, where mac signs message and target.
//! - Recipient's page: `{tracking url}/r/{account}/{token}/{mac}`, where mac signs the message; in the line of a mail with
//!   [`LINE`] behind it.
//!
//! What must hold: the target stands in the link itself, so it works without a database and can be read by a person;
//! nothing is ever followed that our key did not sign; and whatever comes back in foreign mails (proxied, wrapped again,
//! cut, forged) is either recognised for what it is or left alone. Nothing here panics on any input.

mod target;

use std::borrow::Cow;

pub use target::{display_target, location};

use crate::percent;
use crate::token::{MintKey, Token};

/// The longest link address we make, in characters. Servers and gateways commonly refuse request lines above 8 KiB; a link
/// that would get longer stays unwrapped.
pub const MAX_CLICK_URL: usize = 7_000;

/// The fragment of the link in the line that Waxwing puts into mails: by it the line is known again. Links that people copy into
/// their own words have none, and stay.
pub const LINE: &str = "#line";

/// How deep proxied addresses are unpacked, e.g. Google's redirect around Google's image proxy around ours.
const MAX_LAYERS: usize = 4;

/// The address of a message's pixel. `tracking_url` is an origin, perhaps with a path.
pub fn pixel_url(tracking_url: &str, account: &str, token: &Token) -> String {
    format!("{}/o/{account}/{token}.gif", tracking_url.trim_end_matches('/'))
}

/// The address that stands in a mail instead of `target`.
pub fn click_url(tracking_url: &str, account: &str, token: &Token, key: &MintKey, target: &str) -> String {
    let mac = key.click_mac(token.message, target);
    let mut url = format!("{}/c/{account}/{token}/{mac}?u=", tracking_url.trim_end_matches('/'));
    percent::encode_component(target, &mut url);
    url
}

/// True when token and mac were both made with `key`, for exactly this target. Only then may it be followed.
pub fn verify_click(key: &MintKey, token: &Token, target: &str, mac: &str) -> bool {
    // Both are always computed, so that the time does not say which one was wrong.
    key.verify_click_mac(token.message, target, mac) & token.verify(key)
}

/// The address of the page on which a recipient sees what is tracked in a mail, and refuses. It proves that its holder has that
/// mail, and nothing else.
pub fn recipient_url(tracking_url: &str, account: &str, token: &Token, key: &MintKey) -> String {
    let mac = key.recipient_mac(token.message);
    format!("{}/r/{account}/{token}/{mac}", tracking_url.trim_end_matches('/'))
}

/// True when token and mac were both made with `key`, for the recipient's page.
pub fn verify_recipient(key: &MintKey, token: &Token, mac: &str) -> bool {
    key.verify_recipient_mac(token.message, mac) & token.verify(key)
}

/// Reads the path of a recipient's page: the account, the token and the mac, not yet checked. Allocates nothing.
pub fn parse_recipient_path(path: &str) -> Option<(&str, Token, &str)> {
    parse_signed_path(path, "/r")
}

/// True for an address of a recipient's page, on any host: it stays as it is in a mail, wrapped by nobody.
pub fn is_recipient_url(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.contains("://") && parse_recipient_path(path).is_some_and(|(.., mac)| mac.len() == 16)
}

/// True for an account's public id: 6 to 16 lower-case letters and digits.
pub fn is_account_id(text: &str) -> bool {
    (6..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Reads the path of a pixel: the account and the token, not yet checked. What stands before `/o/` (the tracking URL may
/// have a path) does not matter. Allocates nothing.
pub fn parse_pixel_path(path: &str) -> Option<(&str, Token)> {
    let (before, token) = path.strip_suffix(".gif")?.rsplit_once('/')?;
    let (before, account) = before.rsplit_once('/')?;
    (before.ends_with("/o") && is_account_id(account)).then_some(())?;
    Some((account, Token::parse(token).ok()?))
}

/// Reads the path of a link: the account, the token and the mac, not yet checked. Allocates nothing.
pub fn parse_click_path(path: &str) -> Option<(&str, Token, &str)> {
    parse_signed_path(path, "/c")
}

fn parse_signed_path<'a>(path: &'a str, folder: &str) -> Option<(&'a str, Token, &'a str)> {
    let (before, mac) = path.rsplit_once('/')?;
    let (before, token) = before.rsplit_once('/')?;
    let (before, account) = before.rsplit_once('/')?;
    (before.ends_with(folder) && is_account_id(account) && !mac.is_empty()).then_some(())?;
    Some((account, Token::parse(token).ok()?, mac))
}

/// The target in the query (without its `?`) of a link: the first `u=`, decoded. Other parameters, added by those who pass
/// links on, do not matter.
pub fn target_in_query(query: &str) -> Option<String> {
    percent::decode_query_value(parameter(query, "u")?)
}

/// An address of ours, found in a mail. Which account is named is known; that it was really minted is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// A pixel.
    Pixel {
        /// The account in the address.
        account: String,
        /// The token in the address.
        token: Token,
    },
    /// A wrapped link.
    Click {
        /// The account in the address.
        account: String,
        /// The token in the address.
        token: Token,
        /// Where it goes: `http` or `https`, with a host ([`location`] takes it).
        target: String,
    },
    /// The link in the line of a mail, to its recipient's page.
    Line {
        /// The account in the address.
        account: String,
        /// The token in the address.
        token: Token,
    },
}

impl Own {
    /// Recognises an address of ours, on any host and under any path: plain, as the original in the fragment of an address
    /// of Google's image proxy (`/meips/…#`, before 2023 `/proxy/…#`), or in `google.com/url?q=`.
    pub fn find(url: &str) -> Option<Self> {
        let mut url = Cow::Borrowed(url.trim());
        for _ in 0..MAX_LAYERS {
            let parts = Parts::split(&url)?;
            if let Some(own) = parts.own() {
                return Some(own);
            }
            url = Cow::Owned(parts.proxied()?);
        }
        None
    }

    /// The account in the address.
    pub fn account(&self) -> &str {
        match self {
            Self::Pixel { account, .. } | Self::Click { account, .. } | Self::Line { account, .. } => account,
        }
    }

    /// The token in the address.
    pub fn token(&self) -> Token {
        match self {
            Self::Pixel { token, .. } | Self::Click { token, .. } | Self::Line { token, .. } => *token,
        }
    }
}

/// An `http` or `https` address, cut at its marks; nothing decoded, nothing checked.
struct Parts<'a> {
    host: &'a str,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> Parts<'a> {
    fn split(url: &'a str) -> Option<Self> {
        let rest = target::strip_scheme(url)?;
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        (!host.is_empty()).then_some(Self { host, path, query, fragment })
    }

    fn own(&self) -> Option<Own> {
        if let Some((account, token)) = parse_pixel_path(self.path) {
            return Some(Own::Pixel { account: account.to_owned(), token });
        }
        if self.fragment == &LINE[1..]
            && let Some((account, token, mac)) = parse_recipient_path(self.path)
        {
            return (mac.len() == 16).then(|| Own::Line { account: account.to_owned(), token });
        }
        let (account, token, mac) = parse_click_path(self.path)?;
        let target = target_in_query(self.query)?;
        // An unwrapped link lands in a mail as it is: what could not have been wrapped by us must not come out either.
        (mac.len() == 16 && location(&target).is_some()).then_some(())?;
        Some(Own::Click { account: account.to_owned(), token, target })
    }

    fn proxied(&self) -> Option<String> {
        let host = self.host.to_ascii_lowercase();
        if host.ends_with(".googleusercontent.com") && !self.fragment.is_empty() {
            return Some(self.fragment.to_owned());
        }
        if is_google(&host) && self.path == "/url" {
            let inner = parameter(self.query, "q").or_else(|| parameter(self.query, "url"))?;
            return percent::decode_query_value(inner);
        }
        None
    }
}

/// True for `google.com`, `www.google.com` and Google's country domains (`www.google.de`, `www.google.co.uk`).
fn is_google(host: &str) -> bool {
    let host = host.strip_prefix("www.").unwrap_or(host);
    host.strip_prefix("google.").is_some_and(|tld| {
        tld.split('.').count() <= 2
            && tld.split('.').all(|l| (2..=3).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_lowercase()))
    })
}

/// The raw value of the first parameter with this name.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests;
