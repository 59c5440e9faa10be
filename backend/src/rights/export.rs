//! Everything about an account, in one archive (ZIP) that opens by a double click: of each table its rows as JSON lines and as CSV, and a
//! README in plain words.
//!
//! What must hold: no secret is in it ([`SECRET`]); memory is bounded by one page of rows, however many there are; a CSV opened in a
//! spreadsheet runs nothing; a file that is there is whole ([`write`] renames it at the end).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};
use waxwing_domain::csv::harmless;
use waxwing_protocol::Millis;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::tables::{self, Owned};
use crate::account_id::AccountId;
use crate::secret_file::hex;
use crate::store::sql::Value;
use crate::store::{Store, StoreError};

/// Columns that are in no export: hashes of tokens and codes, what is sealed, and what only the engine understands.
pub const SECRET: &[(&str, &str)] = &[
    ("activity", "seen"),
    ("consent_mails", "code"),
    ("contents", "search"),
    ("devices", "token_hash"),
    ("grants_pending", "state_hash"),
    ("grants_pending", "verifier"),
    ("invitations", "hash"),
    ("mailboxes", "secret"),
    ("pairing_codes", "code_hash"),
    ("scheduled", "lease_owner"),
    ("sessions", "hash"),
    ("reminders", "lease_owner"),
];
/// Columns that hold JSON, which goes into the export as such.
const STRUCTURED: &[&str] = &[
    "body", "config", "data", "detail", "draft", "found", "gmail", "headers", "intent", "note", "schedule", "why", "wish",
    "answered", "bounced",
];

const README_EN: &str = "This archive holds everything that this Waxwing backend stores about one account.\r\n\
\r\n\
Each table is there twice: as JSON lines (one JSON object a line, for programs) and as CSV (for a spreadsheet). Instants are in UTC. \
Texts in the CSV that a spreadsheet would take for a formula begin with an apostrophe.\r\n\
\r\n\
messages, contents: the mails you track, their subjects, recipients and links. hits, message_hits, activity: what was fetched and \
followed, and what it was taken for. waiting, reminders: mails whose answer is waited for. scheduled, flight: mails that go out later, and \
what was done with them. mailboxes, mailbox_access: your mailboxes, and every access to them. consent_...: what recipients said of being \
tracked. devices, sessions, security_events: who was let in. docs/PRIVACY.md says of every column why it is there and for how long.\r\n\
\r\n\
Not in it, since whoever has them could act in your name: tokens, keys, passwords and grants, or what they can be told from. Hits that came \
in the last moments may be missing.\r\n";
const README_DE: &str = "Dieses Archiv enthält alles, was dieses Waxwing-Backend über ein Konto speichert.\r\n\
\r\n\
Jede Tabelle ist zweimal da: als JSON-Zeilen (ein JSON-Objekt je Zeile, für Programme) und als CSV (für eine Tabellenkalkulation). \
Zeitpunkte sind in UTC. Texte im CSV, die eine Tabellenkalkulation für eine Formel hielte, beginnen mit einem Apostroph.\r\n\
\r\n\
messages, contents: die Mails, die du verfolgst, mit Betreff, Empfängern und Links. hits, message_hits, activity: was geladen und \
angeklickt wurde, und wofür es gehalten wird. waiting, reminders: Mails, auf deren Antwort gewartet wird. scheduled, flight: Mails, die \
später hinausgehen, und was mit ihnen geschah. mailboxes, mailbox_access: deine Postfächer und jeder Zugriff auf sie. consent_...: was \
Empfänger zur Verfolgung gesagt haben. devices, sessions, security_events: wer eingelassen wurde. docs/PRIVACY.md sagt zu jeder Spalte, \
wozu sie da ist und wie lange.\r\n\
\r\n\
Nicht darin, weil man damit in deinem Namen handeln könnte: Token, Schlüssel, Passwörter und Freigaben, und woran man sie erkennen könnte. \
Treffer der letzten Augenblicke können fehlen.\r\n";

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error("the archive cannot be written: {0}")]
    Io(#[from] io::Error),
    /// The archive.
    #[error("the archive cannot be written: {0}")]
    Zip(#[from] zip::result::ZipError),
}

/// What an export holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holds {
    /// Tables with rows.
    pub tables: u64,
    /// Rows.
    pub rows: u64,
}

/// Writes everything about an account into a file, which appears when it is whole, readable by its owner alone.
pub async fn write(store: &Store, account: AccountId, to: &Path, now: Millis) -> Result<Holds, ExportError> {
    let part = to.with_extension("part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = archive(store, account, options.open(&part)?, now).await;
    if written.is_err() {
        // What is half of an export is of no use, and holds what it holds.
        let _ = fs::remove_file(&part);
    }
    let holds = written?;
    fs::rename(&part, to)?;
    Ok(holds)
}

async fn archive(store: &Store, account: AccountId, file: File, now: Millis) -> Result<Holds, ExportError> {
    let mut zip = ZipWriter::new(BufWriter::with_capacity(256 * 1024, file));
    let mut holds = Holds::default();
    let about = format!("\r\nAccount: {}\r\nMade: {}\r\n", account.as_str(), instant(now));
    for (name, text) in [("README.txt", README_EN), ("LIESMICH.txt", README_DE)] {
        start(&mut zip, name)?;
        zip.write_all(text.as_bytes())?;
        zip.write_all(about.as_bytes())?;
    }
    for owned in tables::owned(store).await? {
        let rows = table(store, account, &owned, &mut zip, Form::JsonLines).await?;
        if rows > 0 {
            table(store, account, &owned, &mut zip, Form::Csv).await?;
            holds.tables += 1;
            holds.rows += rows;
        }
    }
    let file = zip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(holds)
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    JsonLines,
    Csv,
}

fn start<W: Write + Seek>(zip: &mut ZipWriter<W>, name: &str) -> Result<(), ExportError> {
    // More than 4 GiB may come, and nobody knows before.
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true).unix_permissions(0o600);
    Ok(zip.start_file(name, options)?)
}

/// Writes a table; nothing where it has no row. Gives how many it had.
async fn table<W: Write + Seek>(
    store: &Store,
    account: AccountId,
    owned: &Owned,
    zip: &mut ZipWriter<W>,
    form: Form,
) -> Result<u64, ExportError> {
    let name = &owned.table.name;
    let shown: Vec<usize> = (0..owned.table.columns.len())
        .filter(|at| !SECRET.contains(&(name.as_str(), owned.table.columns[*at].name.as_str())))
        .collect();
    let (mut count, mut last): (u64, Option<Vec<Value>>) = (0, None);
    loop {
        let rows = owned.page(store, account, last.as_deref()).await?;
        if count == 0 && !rows.is_empty() {
            let ending = if form == Form::Csv { "csv" } else { "jsonl" };
            start(zip, &format!("{name}.{ending}"))?;
            if form == Form::Csv {
                // So that spreadsheets read it as UTF-8.
                zip.write_all("\u{feff}".as_bytes())?;
                line(zip, shown.iter().map(|at| owned.table.columns[*at].name.clone()))?;
            }
        }
        let mut out = Vec::with_capacity(64 * 1024);
        for row in &rows {
            let cells = shown.iter().map(|at| (owned.table.columns[*at].name.as_str(), &row[*at]));
            match form {
                Form::Csv => line(&mut out, cells.map(|(name, value)| text(name, value)))?,
                Form::JsonLines => {
                    let object: Map<String, Json> = cells.map(|(name, value)| (name.to_owned(), cell(name, value))).collect();
                    serde_json::to_writer(&mut out, &object).map_err(io::Error::from)?;
                    out.push(b'\n');
                }
            }
        }
        zip.write_all(&out)?;
        count += rows.len() as u64;
        let full = rows.len() == tables::PAGE;
        last = rows.into_iter().next_back();
        if !full {
            return Ok(count);
        }
        // Compressing takes its time: others wait meanwhile.
        tokio::task::yield_now().await;
    }
}

/// Whether a column holds an instant.
fn is_instant(column: &str) -> bool {
    column == "at" || column == "since" || column == "until" || column.ends_with("_at") || column.ends_with("_until")
}

fn instant(at: Millis) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| format!("{at:.3}"))
}

fn cell(column: &str, value: &Value) -> Json {
    match value {
        Value::Integer(Some(at)) if is_instant(column) => Json::from(instant(*at)),
        Value::Integer(Some(number)) => Json::from(*number),
        Value::Real(Some(number)) => json!(number),
        Value::Text(Some(text)) if STRUCTURED.contains(&column) && serde_json::from_str::<&RawValue>(text).is_ok() => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.as_str()))
        }
        Value::Text(Some(text)) => Json::from(text.as_str()),
        Value::Bytes(Some(bytes)) => Json::from(hex(bytes)),
        Value::Uuid(Some(id)) => Json::from(hex(id.as_bytes())),
        _ => Json::Null,
    }
}

fn text(column: &str, value: &Value) -> String {
    match cell(column, value) {
        Json::Null => String::new(),
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// A line of CSV (RFC 4180).
fn line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            out.write_all(b",")?;
        }
        out.write_all(defused(&cell).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// A cell in quotes, which no spreadsheet runs as a formula; numbers stay numbers. As they are, texts stand in the other form.
fn defused(cell: &str) -> String {
    let shown = if cell.parse::<f64>().is_ok() { cell.to_owned() } else { harmless(cell) };
    format!("\"{}\"", shown.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_runs_nothing() {
        for (cell, want) in [
            ("=1+1", "\"'=1+1\""),
            ("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("  =1", "\"'  =1\""),
            ("\t=1", "\"' =1\""),
            ("Offer;=1+1", "\"Offer;'=1+1\""),
            ("\u{200b}=1", "\"'\u{200b}=1\""),
            ("-5", "\"-5\""),
            ("-5+1", "\"'-5+1\""),
            ("a \"b\", c\r\nd", "\"a \"\"b\"\", c  d\""),
            ("", "\"\""),
        ] {
            assert_eq!(defused(cell), want);
        }
    }

    #[test]
    fn cells_are_what_they_say() {
        assert_eq!(cell("sent_at", &Value::from(0)), json!("1970-01-01T00:00:00.000Z"));
        assert_eq!(cell("count", &Value::from(7)), json!(7));
        assert_eq!(cell("body", &Value::from("{\"a\":[1]}")), json!({ "a": [1] }));
        assert_eq!(cell("body", &Value::from("{")), json!("{"));
        assert_eq!(cell("subject", &Value::from("[1]")), json!("[1]"));
        assert_eq!(cell("id", &Value::from(vec![1, 255])), json!("01ff"));
        assert_eq!(cell("x", &Value::Text(None)), Json::Null);
    }
}
