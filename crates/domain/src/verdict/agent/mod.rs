//! Who an agent says it is.
//!
//! What must hold: any bytes are an agent, of any length, and only the first 2 KiB are looked at. The e-mail table comes
//! first, then scanners by name, then words and shapes of software, then browsers.

mod client;
mod mail;
mod shape;
mod tokens;
mod words;

use std::sync::LazyLock;

pub use client::{Client, Family, System};

use super::Confidence;
use tokens::{Group, Tokens};

/// How much of an agent is looked at, in bytes. Real ones end long before.
const LOOKED_AT: usize = 2048;

/// Who an agent says it is. It may lie: rules weigh it with the address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Agent {
    /// Nothing, or white space.
    Empty,
    /// Gmail's image proxy.
    GmailProxy,
    /// Gmail's fetch at delivery.
    GmailPrefetch,
    /// Apple Mail with privacy protection.
    ApplePrivate,
    /// Another provider's image proxy; the name is empty when the provider is not known.
    MailProxy {
        /// The provider, as people call it.
        name: &'static str,
        /// How sure the agent alone makes it.
        confidence: Confidence,
    },
    /// A mail program.
    MailProgram(MailProgram),
    /// `WebKit` and nothing else: Apple Mail without privacy protection, or the new Outlook.
    BareWebKit,
    /// Software that names itself: a scanner, crawler, preview or library. The name is empty when it is only known as one.
    Software {
        /// As people call it.
        name: &'static str,
        /// How sure the agent alone makes it.
        confidence: Confidence,
    },
    /// A browser that cannot be, or is far too old.
    Impossible,
    /// A browser, or an app around one.
    Browser,
    /// Anything else.
    Other,
}

/// A mail program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MailProgram {
    /// As people call it.
    pub name: &'static str,
    /// Of Office, which also asks for links by itself.
    pub office: bool,
}

// What a word in an agent speaks for. Each is a bit of `Found::groups`.
const ANYWHERE: Group = 0;
const BARE: Group = 1;
const PLATFORM: Group = 2;
const BROWSER: Group = 3;
const ENGINE: Group = 4;
const DEVICE: Group = 5;
const PROGRAM: Group = 6;
const SCANNER: Group = 7;
const GMAIL: Group = 8;
const PROXY: Group = 9;
const BOT: Group = 10;
const HOME: Group = 11;
const ADDED: Group = 12;
const RELIC: Group = 13;

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    let lists = [
        (words::ANYWHERE, ANYWHERE),
        (words::BARE, BARE),
        (words::PLATFORMS, PLATFORM),
        (words::BROWSERS, BROWSER),
        (words::ENGINES, ENGINE),
        (words::DEVICES, DEVICE),
        (mail::GMAIL_PROXY, GMAIL),
        (shape::BOT, BOT),
        (shape::HOME, HOME),
        (shape::ENGINE, ADDED),
        (shape::RELICS, RELIC),
    ];
    let plain = lists
        .into_iter()
        .flat_map(|(list, group)| list.iter().flat_map(|words| words.split('|')).map(move |word| (word, group)));
    let programs = mail::PROGRAMS.iter().map(|(word, _)| (*word, PROGRAM));
    let scanners = words::SCANNERS.iter().map(|(word, _, _)| (*word, SCANNER));
    Tokens::new(plain.chain(programs).chain(scanners).chain(mail::proxy_signs().map(|word| (word, PROXY))))
});

/// The words of an agent, found in one pass.
#[derive(Default)]
struct Found {
    /// A bit for each group.
    groups: u16,
    scanner: Option<&'static [u8]>,
    program: Option<&'static [u8]>,
    proxy: Option<usize>,
}

impl Found {
    /// `text` and its lower case.
    fn new(text: &[u8], lower: &[u8]) -> Self {
        let mut found = Self::default();
        TOKENS.each(lower, |group, at, word| {
            let counts = match group {
                BOT => shape::is_bot(text, lower, at),
                ADDED => shape::is_added_to(&lower[at + word.len()..]),
                SCANNER => {
                    found.scanner = found.scanner.or(Some(word));
                    true
                }
                PROGRAM => {
                    found.program = found.program.or(Some(word));
                    true
                }
                PROXY => {
                    let rank = mail::proxy_rank(word);
                    found.proxy = found.proxy.into_iter().chain(rank).min();
                    true
                }
                _ => true,
            };
            found.groups |= u16::from(counts) << group;
        });
        found
    }

    fn has(&self, group: Group) -> bool {
        self.groups & (1 << group) != 0
    }
}

impl Agent {
    /// Reads an agent.
    pub fn of(text: &[u8]) -> Self {
        let text = text[..text.len().min(LOOKED_AT)].trim_ascii();
        if text.is_empty() {
            return Self::Empty;
        }
        let lower = text.to_ascii_lowercase();
        mail::exact(&lower).unwrap_or_else(|| Self::by_words(&lower, &Found::new(text, &lower)))
    }

    fn by_words(lower: &[u8], found: &Found) -> Self {
        if found.has(GMAIL) {
            return Self::GmailProxy;
        }
        if let Some(proxy) = found.proxy.and_then(mail::proxy) {
            return proxy;
        }
        if let Some(word) = found.scanner {
            return named(word);
        }
        if found.has(ANYWHERE) || found.has(BOT) || found.has(HOME) || shape::names_a_home(lower) {
            return software(Confidence::High);
        }
        if found.has(ADDED) {
            return software(Confidence::Medium);
        }
        if let Some(word) = found.program {
            return mail::program(lower, word);
        }
        let browser = (lower.starts_with(b"mozilla/") || lower.starts_with(b"opera/")) && found.has(ENGINE);
        if found.has(BARE) && !browser && !found.has(DEVICE) {
            return software(Confidence::High);
        }
        if !found.has(PLATFORM) && !found.has(BROWSER) {
            return software(Confidence::Medium);
        }
        if shape::is_bare_webkit(lower) {
            Self::BareWebKit
        } else if found.has(RELIC) && shape::is_impossible(lower) {
            Self::Impossible
        } else if browser {
            Self::Browser
        } else {
            Self::Other
        }
    }

    /// Whether a mail provider's proxy fetched, and not the reader's own device.
    pub fn is_proxy(self) -> bool {
        matches!(self, Self::GmailProxy | Self::MailProxy { .. })
    }

    /// Whether this is software by its own word.
    pub fn is_software(self) -> bool {
        matches!(self, Self::Software { .. })
    }
}

fn software(confidence: Confidence) -> Agent {
    Agent::Software { name: "", confidence }
}

fn named(sign: &[u8]) -> Agent {
    let found = words::SCANNERS.iter().find(|(word, _, _)| word.as_bytes() == sign);
    let (name, certain) = found.map_or(("", true), |(_, name, certain)| (*name, *certain));
    Agent::Software { name, confidence: if certain { Confidence::High } else { Confidence::Medium } }
}

#[cfg(test)]
mod tests;
