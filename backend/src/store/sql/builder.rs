//! Statements whose text depends on how many parameters they have. What is foreign goes in by [`Builder::push_bind`] alone.

use std::fmt::{Display, Write as _};

use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::query::Query;
use super::value::Value;

/// A statement being written.
#[derive(Debug)]
pub struct Builder {
    text: String,
    values: Vec<Value>,
}

impl Builder {
    /// Begins with `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Appends text of the program's own.
    pub fn push(&mut self, text: impl Display) -> &mut Self {
        // Writing to a string does not fail.
        let _ = write!(self.text, "{text}");
        self
    }

    /// Appends a parameter.
    pub fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        let number = self.values.len();
        self.push(format_args!("${number}"))
    }

    /// Appends a list, part by part.
    pub fn separated(&mut self, separator: &'static str) -> Separated<'_> {
        Separated { builder: self, separator, first: true }
    }

    /// Appends `VALUES (…), (…)`, a row for each of `rows`; with none it is no statement.
    pub fn push_values<T>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Separated<'_>, T),
    ) -> &mut Self {
        self.push("VALUES ");
        for (n, row) in rows.into_iter().enumerate() {
            self.push(if n == 0 { "(" } else { ", (" });
            each(&mut self.separated(", "), row);
            self.push(")");
        }
        self
    }

    /// The text so far.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.text
    }

    /// The parameters so far.
    #[cfg(test)]
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// Done.
    pub fn build(self) -> Query {
        // Only the program's own text was pushed: what is foreign is a parameter.
        Query::with(AssertSqlSafe(self.text).into_sql_str(), self.values)
    }
}

/// A list being written.
#[derive(Debug)]
pub struct Separated<'a> {
    builder: &'a mut Builder,
    separator: &'static str,
    first: bool,
}

impl Separated<'_> {
    fn next(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.builder.text.push_str(self.separator);
        }
    }

    /// The next part, text of the program's own.
    pub fn push(&mut self, text: impl Display) -> &mut Self {
        self.next();
        self.builder.push(text);
        self
    }

    /// The next part, a parameter.
    pub fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.next();
        self.builder.push_bind(value);
        self
    }

    /// Text of the program's own, with no separator before it.
    pub fn push_unseparated(&mut self, text: impl Display) -> &mut Self {
        self.builder.push(text);
        self
    }

    /// A parameter, with no separator before it.
    pub fn push_bind_unseparated(&mut self, value: impl Into<Value>) -> &mut Self {
        self.builder.push_bind(value);
        self
    }
}
