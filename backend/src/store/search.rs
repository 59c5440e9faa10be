//! Searching: messages of an account that have words in subject or recipients, newest first.
//!
//! Words that stand in many messages are found among the newest, read in the order of the list. Those that stand in few or none
//! are found by the index of what three characters stand one after the other (`contents_search`): however many messages there
//! are, only those are read that have all three-letter parts of the words.
//!
//! What must hold: both ways find the same, which is what [`messages::page`] finds. The index only proposes; the words themselves
//! decide. What it is asked comes from outside: each part goes in as text of three characters, in quotes, as a parameter.

use std::collections::BTreeSet;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Message;

use super::messages::{self, Filter, message_columns, narrow, newest_first, with_words};
use super::sql::{self, Kind};
use super::{Result, Store};
use crate::account_id::AccountId;

/// How many of the newest messages are read before the index is asked.
const WALK: i64 = 2_000;
/// How many characters the index takes together.
const PART: usize = 3;
/// How many parts the index is asked for: more of them exclude little more.
const PARTS: usize = 24;

impl Store {
    /// A page of the messages that have these words, newest first.
    pub(super) async fn search(&self, account: AccountId, filter: &Filter) -> Result<Vec<Message>> {
        let kind = self.kind();
        let parts = parts(&filter.words);
        // A word of one or two characters is no part of the index.
        if parts.is_empty() {
            return self.all(messages::page(kind, account, filter)).await;
        }
        let Some(end) = self.end_of_walk(account, filter).await? else {
            return self.all(messages::page(kind, account, filter)).await;
        };
        let near = self.all(newest(kind, account, filter, end)).await?;
        if i64::try_from(near.len()).is_ok_and(|found| found >= filter.limit) {
            return Ok(near);
        }
        self.all(indexed(kind, account, filter, &parts)).await
    }

    /// The last of the newest [`WALK`] messages; `None` when there are fewer.
    async fn end_of_walk(&self, account: AccountId, filter: &Filter) -> Result<Option<(Millis, Uuid)>> {
        let row = walk(account, filter).build().fetch_optional(self.read()).await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }
}

pub(super) fn walk(account: AccountId, filter: &Filter) -> sql::Builder {
    let mut query = sql::Builder::new("SELECT m.sent_at, m.id FROM messages m WHERE m.account = ");
    query.push_bind(account.as_str().to_owned());
    narrow(&mut query, filter);
    newest_first(&mut query, 1);
    query.push(" OFFSET ").push_bind(WALK - 1);
    query
}

/// Those with the words down to the message `end`.
pub(super) fn newest(kind: Kind, account: AccountId, filter: &Filter, end: (Millis, Uuid)) -> sql::Builder {
    let mut query = sql::Builder::new(messages::COLUMNS);
    query.push_bind(account.as_str().to_owned());
    narrow(&mut query, filter);
    query.push(" AND (m.sent_at, m.id) >= (").push_bind(end.0).push(", ").push_bind(end.1).push(")");
    with_words(&mut query, kind, filter);
    newest_first(&mut query, filter.limit);
    query
}

/// Those with the words, by the index. Found first and looked at then, in this order (hence `MATERIALIZED` and the cross join):
/// neither engine can know how few there are.
pub(super) fn indexed(kind: Kind, account: AccountId, filter: &Filter, parts: &BTreeSet<String>) -> sql::Builder {
    let mut query = sql::Builder::new("WITH found AS MATERIALIZED (SELECT ");
    match kind {
        Kind::Sqlite => {
            let quoted: Vec<_> = parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
            query.push("rowid AS message FROM contents_search WHERE contents_search MATCH ");
            query.push_bind(quoted.join(" AND "));
        }
        Kind::Postgres => {
            query.push("message FROM contents WHERE trigrams(search) @> ARRAY[");
            let mut list = query.separated(", ");
            for part in parts {
                list.push_bind(part.clone());
            }
            query.push("]::text[]");
        }
    }
    query.push(concat!(
        ") ",
        message_columns!(),
        " FROM found CROSS JOIN messages m CROSS JOIN contents c LEFT JOIN activity a ON a.message = m.id AND a.account = m.account \
         LEFT JOIN refusals r ON r.message = m.id AND r.account = m.account \
         WHERE m.seq = found.message AND c.message = found.message AND m.account = "
    ));
    query.push_bind(account.as_str().to_owned());
    narrow(&mut query, filter);
    with_words(&mut query, kind, filter);
    newest_first(&mut query, filter.limit);
    query
}

/// What the index is asked for: parts of three characters of each word, at most [`PARTS`] in all. Of a longer word not every one:
/// from its beginning on, each with one character of the one before, and its end.
pub(super) fn parts(words: &[String]) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for word in words {
        let chars: Vec<char> = word.chars().collect();
        let step = if chars.len() <= 2 * PART { 1 } else { PART - 1 };
        let ends = chars.len().checked_sub(PART);
        let starts = ends.into_iter().flat_map(|last| (0..last).step_by(step).chain([last]));
        parts.extend(starts.map(|start| chars[start..start + PART].iter().collect::<String>()).take(PARTS));
    }
    parts.into_iter().take(PARTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_asked_for_by_their_parts() {
        let parts = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            super::parts(&words).into_iter().collect::<Vec<_>>()
        };
        assert!(parts(&[]).is_empty());
        assert!(parts(&["a", "an", "日本"]).is_empty());
        assert_eq!(parts(&["abc"]), ["abc"]);
        assert_eq!(parts(&["offer"]), ["fer", "ffe", "off"]);
        assert_eq!(parts(&["日本語訳", "an"]), ["日本語", "本語訳"]);
        assert_eq!(parts(&["quarterly"]), ["art", "qua", "rly", "ter"]);
        assert_eq!(parts(&["x".repeat(200).as_str()]), ["xxx"]);
        let long: String = ('a'..='z').cycle().take(200).collect();
        assert!((1..=PARTS).contains(&parts(&[&long, "word"]).len()));
    }
}
