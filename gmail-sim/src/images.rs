//! The image proxy: addresses at it, what it has fetched, and how it fetches.
//!
//! What must hold: an image is fetched as Google's proxy does it (its agent and networks, no cookies, no referrer, no part
//! of the reader's request), kept only where the origin allows that, and every fetch is on record.

use std::collections::HashMap;

use serde::Serialize;

use crate::app::{App, FORWARDED_FOR};
use crate::ids::Random;

/// What Google's image proxy calls itself.
pub(crate) const PROXY_AGENT: &str =
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
/// What fetches images ahead of the reader, at delivery.
pub(crate) const PREFETCH_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";
/// Where it fetches from when a person looks, in turn: of the addresses that Google publishes as its user-triggered fetchers,
/// those that were logged for opens.
const PROXY_ADDRESSES: [&str; 3] = ["66.249.93.84", "66.249.88.8", "66.249.93.73"];
/// Where it fetches from at delivery: one of Google's special crawlers that was logged for it.
const PREFETCH_ADDRESS: &str = "108.177.2.32";

/// Larger pictures than this are not passed on.
const LIMIT: usize = 10 * 1024 * 1024;

#[derive(Debug, Default)]
pub(crate) struct Images {
    /// Original by token, and token by original.
    originals: HashMap<String, String>,
    tokens: HashMap<String, String>,
    cache: HashMap<String, Picture>,
    pub(crate) fetches: Vec<Fetch>,
}

/// A picture as the proxy hands it on.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) media_type: String,
    pub(crate) cache_control: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// One look at the origin (or into the cache) for a picture.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fetch {
    pub(crate) at: i64,
    pub(crate) url: String,
    pub(crate) agent: String,
    /// The address that the origin is told.
    pub(crate) from: String,
    /// Answered from the cache: the origin was not asked.
    pub(crate) cached: bool,
    /// The origin's status; none when it could not be reached.
    pub(crate) status: Option<u16>,
}

/// As whom the proxy fetches.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    pub(crate) agent: String,
    pub(crate) address: String,
}

impl Fetcher {
    /// Ahead of any reader.
    pub(crate) fn ahead() -> Self {
        Self { agent: PREFETCH_AGENT.to_owned(), address: PREFETCH_ADDRESS.to_owned() }
    }
}

impl Images {
    /// For somebody who looks.
    pub(crate) fn fetcher(&self) -> Fetcher {
        let address = PROXY_ADDRESSES[self.fetches.len() % PROXY_ADDRESSES.len()];
        Fetcher { agent: PROXY_AGENT.to_owned(), address: address.to_owned() }
    }

    /// The address at the proxy for a picture. The same picture keeps its address.
    pub(crate) fn address(&mut self, random: &mut Random, original: &str) -> String {
        let token = self.tokens.entry(original.to_owned()).or_insert_with(|| random.image_token());
        self.originals.entry(token.clone()).or_insert_with(|| original.to_owned());
        let host = 3 + original.len() % 4;
        format!("https://ci{host}.googleusercontent.com/meips/{token}=s0-d-e1-ft#{original}")
    }

    pub(crate) fn original(&self, token: &str) -> Option<&str> {
        self.originals.get(token).map(String::as_str)
    }
}

impl App {
    /// Gets a picture as the proxy would, from the cache or from its origin.
    pub(crate) async fn picture(&self, url: &str, fetcher: &Fetcher) -> Option<Picture> {
        let record = |cached, status| {
            let Fetcher { agent, address: from } = fetcher.clone();
            let fetch = Fetch { at: self.now(), url: url.to_owned(), agent, from, cached, status };
            self.world().images.fetches.push(fetch);
        };
        let kept = self.world().images.cache.get(url).cloned();
        if let Some(picture) = kept {
            record(true, None);
            return Some(picture);
        }
        let request = self.client.get(url).header("user-agent", &fetcher.agent).header(FORWARDED_FOR, &fetcher.address);
        let Ok(response) = request.send().await else {
            record(false, None);
            return None;
        };
        record(false, Some(response.status().as_u16()));
        if !response.status().is_success() {
            return None;
        }
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_ascii_lowercase()
        };
        let keep = !["no-store", "no-cache", "private", "max-age=0"].iter().any(|it| header("cache-control").contains(it));
        let media_type = header("content-type");
        if !media_type.starts_with("image/") {
            return None;
        }
        let bytes = response.bytes().await.ok().filter(|bytes| bytes.len() <= LIMIT)?;
        let cache_control = if keep { "private, max-age=86400" } else { "no-cache, no-store, max-age=0, must-revalidate" };
        let picture = Picture { media_type, cache_control, bytes: bytes.to_vec() };
        if keep {
            self.world().images.cache.insert(url.to_owned(), picture.clone());
        }
        Some(picture)
    }

    /// Fetches the pictures of a mail ahead of its reader.
    pub(crate) async fn prefetch(&self, html: &str) -> usize {
        let images = crate::rewrite::images(html);
        for url in &images {
            self.picture(url, &Fetcher::ahead()).await;
        }
        images.len()
    }
}
