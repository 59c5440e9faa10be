//! What can be seen from outside: whether the addresses lead to this backend, and what time it is there.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::DATE;
use serde::Deserialize;

use super::super::Context;
use super::Finding;
use crate::config;
use crate::entropy;
use crate::keys::{Keys, hex};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Clocks may differ by this much, in seconds.
const CLOCK_TOLERANCE: i64 = 30;

#[derive(Deserialize)]
struct Health {
    #[serde(default)]
    proof: Option<String>,
}

struct Answer {
    /// It proved that it holds our mint root. `None` when we have none to compare.
    ours: Option<bool>,
    /// Seconds since 1970 by its `Date` header.
    date: Option<i64>,
}

/// The public address leads here.
pub(super) async fn public(url: &str, keys: Option<&Keys>, context: &Context) -> Vec<Finding> {
    const NAME: &str = "public";
    let answer = match ask(url, keys, context).await {
        Ok(answer) => answer,
        Err(why) => return vec![Finding::fail(NAME, format!("{url}: {why}"))],
    };
    let mut findings = vec![match answer.ours {
        Some(true) => Finding::ok(NAME, format!("{url} leads to this backend")),
        Some(false) => Finding::fail(NAME, format!("{url} leads to another backend, or something in between answers for it")),
        None => Finding::warn(NAME, format!("{url} answers; without mint.root nobody can say whether it is this backend")),
    }];
    if let Some(date) = answer.date {
        let ahead = context.clock.now() / 1000 - date;
        findings.push(if ahead.abs() <= CLOCK_TOLERANCE {
            Finding::ok("clock-public", "the clock there agrees")
        } else {
            Finding::fail(
                "clock-public",
                format!("this clock is {ahead} s ahead of the one at {url}: run an NTP client on both"),
            )
        });
    }
    findings
}

/// Recipients can reach the address in their mails.
pub(super) async fn tracking(url: &str, public: &str, keys: Option<&Keys>, context: &Context) -> Finding {
    const NAME: &str = "tracking";
    if config::is_loopback_url(url) {
        let text =
            format!("{url} is this machine alone: recipients cannot reach it, so no opens will be seen. See --tracking-url");
        return Finding::warn(NAME, text);
    }
    if url == public {
        return Finding::ok(NAME, format!("{url}, the public address"));
    }
    match ask(url, keys, context).await {
        Ok(Answer { ours: Some(false), .. }) => Finding::fail(NAME, format!("{url} leads to another backend")),
        Ok(_) => Finding::ok(NAME, format!("{url} leads to this backend")),
        Err(why) => Finding::fail(NAME, format!("{url}: {why}")),
    }
}

/// Waits ten seconds, and goes where it was sent and nowhere else.
pub(super) fn client() -> Result<reqwest::Client, String> {
    let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
    client.build().map_err(|e| e.to_string())
}

async fn ask(url: &str, keys: Option<&Keys>, context: &Context) -> Result<Answer, String> {
    let challenge = entropy::bytes::<16>(context.entropy.as_ref()).map_err(|e| e.to_string())?;
    let challenge = hex(&challenge);
    let answer = client()?.get(format!("{url}/healthz?challenge={challenge}")).send().await.map_err(|error| {
        if error.is_timeout() {
            "no answer in ten seconds".to_owned()
        } else if error.is_connect() {
            "nothing answers there: does `waxwing serve` run, and does the proxy in front of it?".to_owned()
        } else {
            error.without_url().to_string()
        }
    })?;
    if !answer.status().is_success() {
        return Err(format!("it answers {}: does it lead to this backend?", answer.status()));
    }
    let date = answer
        .headers()
        .get(DATE)
        .and_then(|value| rfc2822::parse(value.to_str().ok()?).ok())
        .map(|date| date.timestamp().as_second());
    let body = answer.bytes().await.map_err(|error| error.without_url().to_string())?;
    let proof = serde_json::from_slice::<Health>(&body).ok().and_then(|health| health.proof);
    Ok(Answer { ours: keys.map(|keys| proof.as_deref() == Some(keys.prove(&challenge).as_str())), date })
}
