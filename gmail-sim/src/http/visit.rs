//! Visits from outside Gmail: to a mail's pictures, to its links, by whom the visit says.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::{LOCATION, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Shared, refuse};
use crate::app::{App, FORWARDED_FOR};
use crate::model::Message;
use crate::rewrite::{images, links};
use crate::visitors::{ALL, Visitor, named};

/// See `README.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Visit {
    address: String,
    /// Permanent id, legacy id or Message-ID.
    message: String,
    /// A name of [`ALL`].
    #[serde(rename = "as")]
    visitor: String,
    /// Another address than the visitor's; a chain of hops may be given.
    from: Option<String>,
    /// Another agent; `""` for an empty one.
    agent: Option<String>,
    /// Laid over the visitor's; null takes one away.
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    pictures: Option<bool>,
    links: Option<Which>,
    method: Option<String>,
}

/// Which links.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Which {
    /// By their numbers, from 0.
    Numbers(Vec<usize>),
    /// `all`.
    Word(String),
}

/// What a visit lays over its visitor makes no sense.
#[derive(Debug, thiserror::Error)]
pub(super) enum VisitError {
    #[error("no such visitor: {0}; there are {names}", names = ALL.iter().map(|it| it.name).collect::<Vec<_>>().join(", "))]
    Visitor(String),
    #[error("links: \"all\", or their numbers")]
    Links,
    #[error("the mail has no link {0}")]
    NoLink(usize),
    #[error("{0} cannot be sent as a header")]
    Header(String),
    #[error("no such method")]
    Method,
    #[error("say what to visit: pictures, links, or both")]
    Nothing,
}

/// The requests of a visit: method, and each address with its headers.
#[derive(Debug)]
struct Plan {
    method: Method,
    pictures: Vec<String>,
    picture_headers: HeaderMap,
    links: Vec<String>,
    link_headers: HeaderMap,
}

impl Visit {
    fn plan(&self, html: &str) -> Result<Plan, VisitError> {
        let visitor = named(&self.visitor).ok_or_else(|| VisitError::Visitor(self.visitor.clone()))?;
        let method = self.method.as_deref().map_or(Ok(Method::GET), |it| Method::from_bytes(it.as_bytes()));
        let plan = Plan {
            method: method.map_err(|_| VisitError::Method)?,
            pictures: if self.pictures.unwrap_or(visitor.pictures.is_some()) { images(html) } else { Vec::new() },
            picture_headers: self.headers(visitor, visitor.picture_headers())?,
            links: self.links(visitor, links(html))?,
            link_headers: self.headers(visitor, visitor.link_headers())?,
        };
        let nothing_said = self.pictures.is_none() && self.links.is_none();
        if nothing_said && visitor.pictures.is_none() && visitor.links.is_none() { Err(VisitError::Nothing) } else { Ok(plan) }
    }

    fn links(&self, visitor: &Visitor, mut links: Vec<String>) -> Result<Vec<String>, VisitError> {
        match (&self.links, &visitor.links) {
            (Some(Which::Word(word)), _) if word == "all" => Ok(links),
            (Some(Which::Word(_)), _) => Err(VisitError::Links),
            (Some(Which::Numbers(numbers)), _) => {
                numbers.iter().map(|n| links.get(*n).cloned().ok_or(VisitError::NoLink(*n))).collect()
            }
            (None, Some(follows)) => {
                links.truncate(if follows.all { usize::MAX } else { 1 });
                Ok(links)
            }
            (None, None) => Ok(Vec::new()),
        }
    }

    fn headers(&self, visitor: &Visitor, own: &[(&str, &str)]) -> Result<HeaderMap, VisitError> {
        let mut headers = HeaderMap::new();
        for (name, value) in own {
            put(&mut headers, name, value)?;
        }
        if let Some(agent) = self.agent.as_deref().or(visitor.agent) {
            put(&mut headers, USER_AGENT.as_str(), agent)?;
        }
        let from = self.from.as_deref().unwrap_or(visitor.address);
        if !from.is_empty() {
            put(&mut headers, FORWARDED_FOR, from)?;
        }
        for (name, value) in &self.headers {
            match value {
                Some(value) => put(&mut headers, name, value)?,
                None => drop(headers.remove(name.as_str())),
            }
        }
        Ok(headers)
    }
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), VisitError> {
    let header = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
    let (key, value) = header.ok_or_else(|| VisitError::Header(name.to_owned()))?;
    headers.insert(key, value);
    Ok(())
}

/// Carries a visit out, pictures first, one request after the other.
pub(super) async fn visit(State(app): Shared, Json(visit): Json<Visit>) -> Response {
    let html = app.world().message(&visit.address, &visit.message).map(Message::html);
    let Some(html) = html else { return refuse(StatusCode::NOT_FOUND, "no such message") };
    let plan = match visit.plan(&html) {
        Ok(plan) => plan,
        Err(error @ VisitError::NoLink(_)) => return refuse(StatusCode::NOT_FOUND, error),
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error),
    };
    let pictures = ask(&app, &plan.method, &plan.pictures, &plan.picture_headers).await;
    let links = ask(&app, &plan.method, &plan.links, &plan.link_headers).await;
    match (pictures, links) {
        (Ok(pictures), Ok(links)) => Json(json!({ "pictures": pictures, "links": links })).into_response(),
        (Err(error), _) | (_, Err(error)) => refuse(StatusCode::BAD_GATEWAY, error.without_url()),
    }
}

async fn ask(app: &App, method: &Method, urls: &[String], headers: &HeaderMap) -> Result<Vec<Value>, reqwest::Error> {
    let mut answers = Vec::new();
    for url in urls {
        let answer = app.clicker.request(method.clone(), url).headers(headers.clone()).send().await?;
        let location = answer.headers().get(LOCATION).and_then(|it| it.to_str().ok());
        answers.push(json!({ "url": url, "status": answer.status().as_u16(), "location": location }));
    }
    Ok(answers)
}
