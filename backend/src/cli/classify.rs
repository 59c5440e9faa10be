//! `waxwing classify`: reads hits as JSON lines and prints label, confidence and reason of each, one line each, in order.
//!
//! Needs no database and no key. A line that cannot be read is answered with `{"id": …, "error": …}` and the next one is
//! read; at the end the exit status is then 1. Answers are written as soon as no further line waits.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::IpAddr;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing_domain::verdict::{Burst, Headers, HitFacts, Kind, Lists, Own, Verdict, judge};
use waxwing_protocol::Millis;

use super::{CliError, Context, json, piped};
use crate::lists;

/// A line is at most this long; an agent of 64 kB fits however it is escaped.
const MAX_LINE: usize = 1024 * 1024;

/// Arguments: hits come on stdin.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// A hit. Every field but `ua` may be missing or null; fields that are not named here are passed over.
#[derive(Debug, Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    id: Value,
    kind: Option<Cow<'a, str>>,
    method: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "agent")]
    ua: Agent,
    ip: Option<Cow<'a, str>>,
    headers: Option<BTreeMap<String, Value>>,
    seconds_since_send: Option<f64>,
    sender_ips: Option<Vec<String>>,
    sender_agents: Option<Vec<String>>,
    ext_self_view_seconds_ago: Option<f64>,
    sender_cookie: Option<bool>,
    honeypot: Option<bool>,
    burst: Option<BurstEntry>,
    asn: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct BurstEntry {
    links_in_10s: Option<u32>,
    links_total: Option<u32>,
    honeypot_same_source: Option<bool>,
}

/// An agent's bytes. Unlike a string it may hold what is not Unicode, such as half a surrogate pair.
#[derive(Debug)]
struct Agent(Vec<u8>);

impl<'de> Deserialize<'de> for Agent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Agent;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a user agent")
            }

            fn visit_str<E>(self, text: &str) -> Result<Agent, E> {
                Ok(Agent(text.as_bytes().to_owned()))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Agent, E> {
                Ok(Agent(bytes.to_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// An agent that may be null, but not missing.
fn agent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Agent, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(Agent(Vec::new())))
}

/// What is said of a hit.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The hit's, as it came.
    pub id: Value,
    /// Who made it.
    pub label: &'static str,
    /// How sure that is.
    pub confidence: &'static str,
    /// Why, in English.
    pub reason: String,
}

/// A line that could not be read.
#[derive(Debug, Serialize)]
pub struct Refusal {
    /// The hit's, when that much could be read.
    pub id: Value,
    /// What is wrong.
    pub error: String,
}

/// Runs it.
pub fn run(context: &Context, _: &Args) -> Result<(), CliError> {
    let (lists, error) = lists::ready(&context.data_dir);
    if let Some(error) = error {
        let path = lists::path(&context.data_dir);
        let _ = writeln!(io::stderr(), "{}: {error}; only what stands in the program is used", path.display());
    }
    let mut refused = 0;
    let result = answer_all(io::stdin().lock(), io::stdout().lock(), &lists, context.clock.now(), &mut refused);
    piped(result)?;
    if refused == 0 { Ok(()) } else { Err(CliError::Failed(format!("{refused} lines could not be read"))) }
}

/// Answers every line of the input, and counts those that could not be read.
fn answer_all(input: impl io::Read, output: impl Write, lists: &Lists, now: Millis, refused: &mut u64) -> io::Result<()> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut output = BufWriter::new(output);
    let mut line = Vec::new();
    loop {
        // Whoever asks line by line gets each answer before the next question.
        if input.buffer().is_empty() {
            output.flush()?;
        }
        let Some(whole) = read_line(&mut input, &mut line)? else { break };
        if line.trim_ascii().is_empty() && whole {
            continue;
        }
        let answer = if whole {
            answer(&line, lists, now)
        } else {
            Err(Refusal { id: Value::Null, error: format!("the line is longer than {MAX_LINE} bytes") })
        };
        match answer {
            Ok(answer) => json::line(&answer, &mut output)?,
            Err(refusal) => {
                *refused += 1;
                json::line(&refusal, &mut output)?;
            }
        }
    }
    output.flush()
}

/// Reads a line without its end; `false` when it was too long and its rest was passed over, `None` at the end.
pub(super) fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut whole, mut any) = (true, false);
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if whole && line.len() + part.len() <= MAX_LINE {
            line.extend_from_slice(part);
        } else {
            whole = false;
        }
        let used = end.map_or(bytes.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

/// Answers one line. Bytes that are not UTF-8 are replaced first, as the backend does with agents that it stores.
pub fn answer(line: &[u8], lists: &Lists, now: Millis) -> Result<Answer, Refusal> {
    let text = String::from_utf8_lossy(line);
    let entry: Entry<'_> = serde_json::from_str(&text).map_err(|error| refuse_text(&text, &error))?;
    match verdict(&entry, lists, now) {
        Ok(verdict) => Ok(Answer {
            id: entry.id,
            label: verdict.label.as_str(),
            confidence: verdict.confidence.as_str(),
            reason: verdict.reason.english(),
        }),
        Err(error) => Err(Refusal { id: entry.id, error }),
    }
}

/// Names the hit if the line is at least JSON.
fn refuse_text(text: &str, error: &serde_json::Error) -> Refusal {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        id: Value,
    }
    Refusal { id: serde_json::from_str(text).map_or(Value::Null, |named: Named| named.id), error: error.to_string() }
}

fn verdict(entry: &Entry<'_>, lists: &Lists, now: Millis) -> Result<Verdict, String> {
    let kind = match entry.kind.as_deref() {
        None | Some("open") => Kind::Open,
        Some("click") => Kind::Click,
        Some(_) => return Err("kind is open or click".to_owned()),
    };
    let address = entry.ip.as_deref().filter(|text| !text.is_empty()).map(read_address).transpose()?;
    let addresses = entry.sender_ips.iter().flatten().map(|text| read_address(text)).collect::<Result<Vec<_>, _>>()?;
    let agents: Vec<&str> = entry.sender_agents.iter().flatten().map(String::as_str).collect();
    let pairs = entry.headers.iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let burst = entry.burst.as_ref();
    let facts = HitFacts {
        kind,
        method: entry.method.as_deref().unwrap_or_default(),
        agent: &entry.ua.0,
        address,
        asn: entry.asn,
        headers: Headers::from_pairs(pairs),
        since_send_ms: entry.seconds_since_send.map(milliseconds),
        own: Own {
            session: entry.sender_cookie.unwrap_or(false),
            since_view_ms: entry.ext_self_view_seconds_ago.map(milliseconds),
            addresses: &addresses,
            agents: &agents,
        },
        burst: Burst {
            links: burst.and_then(|burst| burst.links_in_10s).unwrap_or(0),
            links_total: burst.and_then(|burst| burst.links_total),
            trap: burst.and_then(|burst| burst.honeypot_same_source).unwrap_or(false),
        },
        trap: entry.honeypot.unwrap_or(false),
        ..HitFacts::default()
    };
    Ok(judge(&facts, lists, now))
}

fn read_address(text: &str) -> Result<IpAddr, String> {
    text.trim().parse().map_err(|_| "this is no IP address".to_owned())
}

#[expect(clippy::cast_possible_truncation, reason = "what is out of range becomes the nearest that is in range")]
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &[u8]) -> (Vec<Value>, u64) {
        let (mut output, mut refused) = (Vec::new(), 0);
        answer_all(input, &mut output, &Lists::built_in(), 0, &mut refused).unwrap();
        (
            output
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .map(|line| serde_json::from_slice(line).unwrap())
                .collect(),
            refused,
        )
    }

    #[test]
    fn one_line_each_in_order() {
        let (out, refused) = answers(
            b"{\"id\":\"a\",\"ua\":\"curl/8\",\"expect\":{\"label\":\"x\"}}\n\n{\"id\":7,\"kind\":\"click\",\"ua\":\"\",\"ip\":null}\n{\"ua\":null}",
        );
        assert_eq!(refused, 0);
        assert_eq!(out[0]["id"], "a");
        assert_eq!((out[0]["label"].as_str(), out[0]["confidence"].as_str()), (Some("scanner"), Some("high")));
        assert_eq!((out[1]["id"].as_u64(), out[1]["label"].as_str()), (Some(7), Some("scanner")));
        assert_eq!((out[2]["id"].is_null(), out[2]["label"].as_str()), (true, Some("unknown")));
        assert_eq!(out[2].as_object().unwrap().len(), 4, "id, label, confidence, reason");
    }

    #[test]
    fn a_bad_line_is_told_and_passed_over() {
        let long = format!("{{\"id\":\"long\",\"ua\":\"{}\"}}", "a".repeat(MAX_LINE));
        let mut input = long.into_bytes();
        for line in [
            "not json",
            r#"{"id":"b"}"#,
            r#"{"id":"c","ua":5}"#,
            r#"{"id":"d","ua":"x","kind":"view"}"#,
            r#"{"id":"e","ua":"x","ip":"1.2.3"}"#,
            r#"{"id":"f","ua":"x","seconds_since_send":"soon"}"#,
            "[]",
            r#"{"id":"last","ua":"x","seconds_since_send":-1e300}"#,
        ] {
            input.push(b'\n');
            input.extend_from_slice(line.as_bytes());
        }
        let (out, refused) = answers(&input);
        assert_eq!((out.len(), refused), (9, 8));
        let ids: Vec<_> = out.iter().map(|line| line["id"].as_str().unwrap_or("-")).collect();
        assert_eq!(ids, ["-", "-", "b", "c", "d", "e", "f", "-", "last"]);
        assert!(out[..8].iter().all(|line| line["error"].is_string()));
    }

    #[test]
    fn hostile_agents() {
        let agent = "\u{fffd}\\u0000\\ud800 ".repeat(6000);
        let (out, refused) = answers(format!("{{\"ua\":\"{agent}\"}}\n{{\"ua\":\"\\udfff\"}}").as_bytes());
        assert_eq!((out.len(), refused), (2, 0), "{out:?}");
        let (out, refused) = answers(b"{\"ua\":\"curl \xff\xfe\"}\n\xff\xff");
        assert_eq!((out.len(), refused), (2, 1));
    }

    #[test]
    fn every_answer_comes_before_the_next_question() {
        use std::io::Read;
        use std::sync::mpsc;

        struct Lines(mpsc::Receiver<Vec<u8>>);
        impl Read for Lines {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let Ok(line) = self.0.recv() else { return Ok(0) };
                into[..line.len()].copy_from_slice(&line);
                Ok(line.len())
            }
        }
        struct Answers(mpsc::Sender<usize>);
        impl Write for Answers {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.send(bytes.len()).map_err(io::Error::other)?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let ((ask, questions), (tell, told)) = (mpsc::channel(), mpsc::channel());
        let worker = std::thread::spawn(move || answer_all(Lines(questions), Answers(tell), &Lists::built_in(), 0, &mut 0));
        for _ in 0..3 {
            ask.send(b"{\"ua\":\"curl/8\"}\n".to_vec()).unwrap();
            assert!(told.recv().unwrap() > 0);
        }
        drop(ask);
        worker.join().unwrap().unwrap();
    }
}
