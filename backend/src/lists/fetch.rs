//! Fetching lists from their owners, with a limit on time and size, and reading what came.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::Value;
use waxwing_domain::verdict::lists::{Cidr, CidrError, Set};
use waxwing_protocol::Millis;

use super::file::MAX_BYTES;
use super::form::{ListsError, StoredSet, block};
use super::sources::{Form, Source};

/// One request takes at most this long, from the first byte sent to the last one received.
const WHOLE_TIMEOUT: Duration = Duration::from_mins(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;

/// Limits of a request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one request as a whole.
    pub timeout: Duration,
    /// For one answer's body.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: WHOLE_TIMEOUT, max_bytes: MAX_BYTES }
    }
}

/// Fetches all parts of a source and makes the set of them.
pub async fn fetch(source: &Source, limits: Limits, now: Millis) -> Result<StoredSet, ListsError> {
    let mut blocks = Vec::new();
    for (url, form) in &source.parts {
        let body = get(url, limits).await?;
        let body = match form {
            Form::Blocks => body,
            Form::MicrosoftPage => {
                let link = microsoft_link(&body).ok_or_else(|| failed(url, "the page links to no list"))?;
                get(link, limits).await?
            }
        };
        blocks.extend(read_blocks(source.set, url, &body)?);
    }
    let whence: Vec<&str> = source.parts.iter().map(|(url, _)| url.as_str()).collect();
    StoredSet::new(source.set, now, whence.join(" "), blocks)
}

fn failed(url: &str, why: &str) -> ListsError {
    ListsError::Fetch { url: url.to_owned(), why: why.to_owned() }
}

/// The body of an answer.
async fn get(url: &str, limits: Limits) -> Result<Vec<u8>, ListsError> {
    // An encrypted address leads to encrypted ones only.
    let client = Client::builder()
        .https_only(url.starts_with("https://"))
        .redirect(Policy::limited(MAX_REDIRECTS))
        .connect_timeout(CONNECT_TIMEOUT.min(limits.timeout))
        .timeout(limits.timeout)
        .user_agent(concat!("waxwing/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| failed(url, &words(&error)))?;
    let mut response = client.get(url).send().await.map_err(|error| failed(url, &words(&error)))?;
    if !response.status().is_success() {
        return Err(failed(url, &format!("it answered {}", response.status())));
    }
    let too_large = || failed(url, &format!("it is larger than {} bytes", limits.max_bytes));
    if response.content_length().is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limits.max_bytes))
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(url, &words(&error)))? {
        if body.len() + chunk.len() > limits.max_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error with its causes; reqwest's own words name only the outermost.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        cause = error.source();
    }
    if text.is_empty() { "it could not be fetched".to_owned() } else { text }
}

/// The blocks in a body: of JSON every string that is one, of lines every first field.
fn read_blocks(set: &'static Set, url: &str, body: &[u8]) -> Result<Vec<Cidr>, ListsError> {
    let text = std::str::from_utf8(body).map_err(|_| failed(url, "it is not text"))?.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ListsError::EmptySet { set: set.name });
    }
    if text.starts_with(['{', '[']) {
        let json: Value = serde_json::from_str(text).map_err(ListsError::Form)?;
        let mut blocks = Vec::new();
        collect(set, &json, &mut blocks)?;
        return Ok(blocks);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| block(set, line.split(',').next().unwrap_or_default().trim())).collect()
}

fn collect(set: &'static Set, json: &Value, blocks: &mut Vec<Cidr>) -> Result<(), ListsError> {
    match json {
        Value::String(text) if text.contains('/') => match Cidr::parse(text) {
            Ok(block) => blocks.push(block),
            // Other strings stand in such files too; a block that is too wide stands in none.
            Err(CidrError::Wide) => {
                block(set, text)?;
            }
            Err(_) => {}
        },
        Value::Array(items) => items.iter().try_for_each(|item| collect(set, item, blocks))?,
        Value::Object(fields) => fields.values().try_for_each(|field| collect(set, field, blocks))?,
        _ => {}
    }
    Ok(())
}

/// The address of this week's file on Microsoft's download page.
fn microsoft_link(page: &[u8]) -> Option<&str> {
    const HOST: &str = "https://download.microsoft.com/download/";
    let page = std::str::from_utf8(page).ok()?;
    page.match_indices(HOST).find_map(|(at, _)| {
        let link = &page[at..];
        let link = &link[..link.find(|c: char| !(c.is_ascii_alphanumeric() || "-._/:%".contains(c))).unwrap_or(link.len())];
        link.strip_suffix(".json").map(|_| link)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> Result<Vec<String>, ListsError> {
        let set = Set::named("amazon").unwrap();
        read_blocks(set, "http://x", body).map(|blocks| blocks.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn forms_of_owners() {
        for (body, blocks) in [
            ("172.224.226.0/27,GB,GB-EN,London,\n2a02:26f7::/64,DE,,,\n", vec!["172.224.226.0/27", "2a02:26f7::/64"]),
            ("# a comment\n\n1.2.3.0/24\n", vec!["1.2.3.0/24"]),
            (
                r#"{"prefixes":[{"ipv4Prefix":"8.8.4.0/24"},{"ipv6Prefix":"2001:db8::/32"}]}"#,
                vec!["8.8.4.0/24", "2001:db8::/32"],
            ),
            (r#"{"syncToken":"1","prefixes":[{"ip_prefix":"3.2.34.0/26","region":"a/b"}]}"#, vec!["3.2.34.0/26"]),
            (r#"[{"ips":["13.107.6.152/31"],"urls":["*.x/y"]}]"#, vec!["13.107.6.152/31"]),
        ] {
            assert_eq!(read(body.as_bytes()).unwrap(), blocks);
        }
    }

    #[test]
    fn what_is_no_list() {
        for body in ["", " \n", "<html>sorry</html>", "1.2.3.0/24\n1.2.", "{\"prefixes\":[", r#"["0.0.0.0/0"]"#, "0.0.0.0/0"] {
            assert!(read(body.as_bytes()).is_err(), "{body:?}");
        }
        assert!(read(b"\xff\xfe").is_err());
    }

    #[test]
    fn the_link_of_the_week() {
        let page = br#"<a href="https://download.microsoft.com/download/a/b/x.exe">x</a>
            <a href="https://download.microsoft.com/download/7/1/d/ServiceTags_Public_20261116.json" data-x>"#;
        let link = "https://download.microsoft.com/download/7/1/d/ServiceTags_Public_20261116.json";
        assert_eq!(microsoft_link(page), Some(link));
        assert_eq!(microsoft_link(b"<a href='https://evil.example/x.json'>"), None);
    }
}
