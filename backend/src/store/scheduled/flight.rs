//! The flight recorder: what happened to a scheduled mail, line by line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::FlightEntry;

use super::super::sql;
use super::super::{Result, Work};
use super::{read, write};

/// Lines of one mail that are shown; a recurrence of years has more.
const SHOWN: i64 = 500;

/// A line that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What happened.
    pub what: &'static str,
    /// The sentence to it: a key of `_locales`.
    pub say: Option<Cow<'static, str>>,
    /// What belongs into the sentence.
    pub with: BTreeMap<String, String>,
}

impl Line {
    /// A line with its sentence.
    pub fn new(what: &'static str, say: impl Into<Cow<'static, str>>) -> Self {
        Self { what, say: Some(say.into()), with: BTreeMap::new() }
    }

    /// Puts a value into the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.with.insert(name.to_owned(), value.into());
        self
    }
}

/// Writes lines of mails, in their order.
pub(crate) async fn add(tx: &mut Work, at: Millis, lines: &[(Uuid, &Line)]) -> Result<()> {
    for chunk in lines.chunks(1_000) {
        let mut rows = Vec::with_capacity(chunk.len());
        for (id, line) in chunk {
            let detail = if line.with.is_empty() { None } else { Some(write(&line.with)?) };
            rows.push((*id, *line, detail));
        }
        let mut query = sql::Builder::new("INSERT INTO flight (scheduled, at, what, say, detail) ");
        let few = rows.len() <= 4;
        query.push_values(rows, |row, (id, line, detail)| {
            row.push_bind(id).push_bind(at).push_bind(line.what).push_bind(line.say.as_deref()).push_bind(detail);
        });
        query.build().persistent(few).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The lines of a mail, oldest first; of very many the newest.
pub(super) async fn lines(tx: &mut Work, id: Uuid) -> Result<Vec<FlightEntry>> {
    let rows = sql::query("SELECT at, what, say, detail FROM flight WHERE scheduled = $1 ORDER BY id DESC LIMIT $2")
        .bind(id)
        .bind(SHOWN)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter()
        .rev()
        .map(|row| {
            Ok(FlightEntry {
                at: row.try_get(0)?,
                what: row.try_get(1)?,
                say: row.try_get(2)?,
                with: row.try_get::<Option<&str>>(3)?.map(read).transpose()?.unwrap_or_default(),
            })
        })
        .collect()
}
