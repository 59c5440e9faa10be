//! What the page reads: lists (`/i/bv`) and threads (`/i/fd`). The shapes are this simulator's own; an extension has no
//! business with them.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Shared, refuse};
use crate::app::App;
use crate::model::{Account, Message, label};
use crate::ops::view;
use crate::rewrite::for_reader;
use crate::world::World;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    /// inbox, sent, drafts, scheduled, all or search.
    view: String,
    #[serde(default)]
    text: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ThreadQuery {
    /// By its permanent id, or by its legacy id as it stands in older links.
    #[serde(default)]
    thread: Option<String>,
    /// A draft by its permanent id, for a compose window of its own.
    #[serde(default)]
    message: Option<String>,
}

pub(super) async fn list(State(app): Shared, Path(index): Path<usize>, Json(query): Json<ListQuery>) -> Response {
    let account = app.world().account(index, None).cloned();
    answer(&app, account, |world, account| lists(world, &account.address, &query))
}

pub(super) async fn delegated_list(
    State(app): Shared,
    Path((delegate, index)): Path<(String, usize)>,
    Json(query): Json<ListQuery>,
) -> Response {
    let account = app.world().account(index, Some(&delegate)).cloned();
    answer(&app, account, |world, account| lists(world, &account.address, &query))
}

pub(super) async fn thread(State(app): Shared, Path(index): Path<usize>, Json(query): Json<ThreadQuery>) -> Response {
    let account = app.world().account(index, None).cloned();
    answer(&app, account, |world, account| messages(world, &account.address, &query))
}

pub(super) async fn delegated_thread(
    State(app): Shared,
    Path((delegate, index)): Path<(String, usize)>,
    Json(query): Json<ThreadQuery>,
) -> Response {
    let account = app.world().account(index, Some(&delegate)).cloned();
    answer(&app, account, |world, account| messages(world, &account.address, &query))
}

fn answer(app: &Arc<App>, account: Option<Account>, make: impl FnOnce(&mut World, &Account) -> Value) -> Response {
    match account {
        Some(account) => Json(make(&mut app.world(), &account)).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "no such account"),
    }
}

/// The inbox as the page reads it.
#[cfg(test)]
pub(crate) fn inbox(world: &World, address: &str) -> Value {
    lists(world, address, &ListQuery { view: "inbox".to_owned(), text: String::new() })
}

fn lists(world: &World, address: &str, query: &ListQuery) -> Value {
    let Some(mailbox) = world.mailboxes.get(address) else { return json!({ "threads": [] }) };
    let wanted = |message: &Message| {
        !message.has(label::TRASH)
            && !message.has(label::SPAM)
            && match query.view.as_str() {
                "inbox" => message.has(label::INBOX),
                "sent" => message.has(label::SENT),
                "drafts" => message.has(label::DRAFT),
                "scheduled" => message.has(label::SCHEDULED),
                "search" => matches(message, &query.text),
                _ => true,
            }
    };
    let mut seen = HashSet::new();
    let mut hits: Vec<&Message> = mailbox.messages().filter(|it| wanted(it)).collect();
    hits.sort_by_key(|it| std::cmp::Reverse(it.date));
    let threads: Vec<Value> = hits
        .into_iter()
        .filter(|it| seen.insert(it.thread.clone()))
        .map(|hit| {
            let messages: Vec<&Message> = mailbox.thread(&hit.thread).collect();
            let mut row = row(&messages, hit);
            row["labels"] = json!(world.labels.names(address, messages.iter().copied()));
            row
        })
        .collect();
    let unread = mailbox.messages().filter(|it| it.has(label::INBOX) && it.has(label::UNREAD)).count();
    let drafts = mailbox.messages().filter(|it| it.has(label::DRAFT) && !it.has(label::TRASH)).count();
    json!({ "threads": threads, "unread": unread, "drafts": drafts })
}

fn matches(message: &Message, text: &str) -> bool {
    let hay = format!("{} {} {} {}", message.subject, message.from.name, message.from.address, message.html()).to_lowercase();
    text.to_lowercase().split_whitespace().filter(|word| !word.contains(':')).all(|word| hay.contains(word))
}

fn row(messages: &[&Message], hit: &Message) -> Value {
    let last = messages.iter().max_by_key(|it| it.date).copied().unwrap_or(hit);
    let last_sent = messages.iter().filter(|it| !it.has(label::DRAFT)).max_by_key(|it| it.date);
    let first = messages.first().copied().unwrap_or(hit);
    let mut row = json!({
        "thread": hit.thread, "legacyThread": view(hit)["legacyThread"], "last": view(last)["legacy"],
        "lastNonDraft": last_sent.map(|it| view(it)["legacy"].clone()), "subject": first.subject,
        "date": last.date, "unread": messages.iter().any(|it| it.has(label::UNREAD)), "count": messages.len(),
        "snippet": view(last)["snippet"], "scheduledAt": hit.scheduled_at,
        "people": messages.iter().map(|it| json!({
            "from": it.from, "to": it.to, "draft": it.has(label::DRAFT), "unread": it.has(label::UNREAD),
        })).collect::<Vec<_>>(),
        "drafts": messages.iter().filter(|it| it.has(label::DRAFT)).count(),
    });
    if messages.len() == 1 && hit.has(label::DRAFT) {
        row["standaloneDraft"] = json!(hit.id);
    }
    row
}

fn messages(world: &mut World, address: &str, query: &ThreadQuery) -> Value {
    let found: Vec<Message> = match (&query.thread, &query.message) {
        (Some(thread), _) => {
            let mailbox = world.mailbox(address);
            let legacy = || u64::from_str_radix(thread, 16).ok().and_then(|it| mailbox.legacy_thread(it).next());
            let named = if mailbox.thread(thread).next().is_some() { None } else { legacy().map(|it| it.thread.clone()) };
            mailbox.thread(named.as_deref().unwrap_or(thread)).cloned().collect()
        }
        (None, Some(id)) => world.mailbox(address).get(id).cloned().into_iter().collect(),
        (None, None) => Vec::new(),
    };
    let labels = world.labels.names(address, found.iter());
    let World { images, random, .. } = world;
    let shown: Vec<Value> = found
        .iter()
        .map(|message| {
            let mut shown = view(message);
            shown["readerHtml"] = json!(for_reader(&message.html(), |it| images.address(random, it)));
            shown
        })
        .collect();
    json!({ "messages": shown, "labels": labels })
}
