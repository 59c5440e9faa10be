//! Each statement that stands in a string of `store`, as both engines plan it: an index each, and no table from end to end. What is
//! read as a whole on purpose stands in a list here, with the reason; a new statement is looked at without being told of.
//!
//! What is put together of parts is in the tests beside it (`plans.rs`, `server_plans.rs` and those of the folders).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::plans::file;
use super::server_plans::server;
use super::{Store, sql};

/// What reads a whole table, by its beginning, and why that is right.
const WHOLE: &[(&str, &str)] = &[
    (
        "DELETE FROM accounts WHERE id = $1",
        "once, when an account is erased: the engine looks whether anything still points to it",
    ),
    ("SELECT id, name, epoch FROM accounts ORDER BY created_at", "the list of all accounts, for the operator"),
    ("SELECT a.id, a.name, p.role", "the list of all accounts, for an admin"),
    (
        "SELECT COUNT(*) FROM people WHERE account <> $1",
        "asked when the role of an admin is taken, with a row for each account",
    ),
    ("DELETE FROM pairing_codes WHERE account = $1", "when a browser is revoked: the codes of a day, a few for each account"),
    ("UPDATE accounts SET pruned_event", "upkeep: each account is asked, by its index of events"),
    ("SELECT id, at FROM events ORDER BY id LIMIT 1", "the first or last row in the order of its key"),
    ("SELECT at FROM hits ORDER BY id DESC LIMIT 1", "the first or last row in the order of its key"),
    ("SELECT number, rules, lists FROM knowledge", "the first or last row in the order of its key"),
    ("SELECT (SELECT pruned_event FROM accounts", "SQLite's own table of numbers has a row for each table"),
    ("SELECT COUNT(*), CAST(COALESCE(SUM(sent), 0)", "doctor compares all totals with what they are made of"),
    ("SELECT log, number FROM log_positions", "a row for each log that is not drained"),
    ("SELECT id, account, address, kind, config", "upkeep: all mailboxes that are connected"),
    ("SELECT state, COUNT(*) FROM mailboxes", "numbers for /metrics, of all mailboxes"),
    ("SELECT m.id FROM mailboxes m", "upkeep: all mailboxes that are connected"),
    ("SELECT mailboxes.id, mailboxes.account", "upkeep: all mailboxes that are connected"),
    ("SELECT mailbox, woken, trouble FROM watch_ways", "a row for each mailbox, for the rounds at all of them"),
    ("SELECT id, secret FROM mailboxes", "a new master key: all that is sealed"),
    ("SELECT state_hash, verifier FROM grants_pending", "a new master key: all that is sealed"),
    ("SELECT account, MAX(gone) FROM", "all of them are held in memory, loaded at the start and when one changes"),
    ("SELECT account, message FROM stopped", "all of them are held in memory, loaded at the start; what is to be erased too"),
    ("SELECT id FROM scheduled WHERE state IN (0, 1, 2) AND (due_at IS NULL", "once, when a backup is restored"),
    ("SELECT account, message, by_link, by_person FROM refusals", "all of them are held in memory, loaded at the start"),
    ("SELECT account, message, by_link, at FROM refusals WHERE at", "at the start, where all of them are loaded as well"),
    ("SELECT account, root, opens, opens_source", "once, where refusals.list is made"),
];

/// Files of tests, which ask what they like.
const TESTS: &[&str] = &["plans.rs", "server_plans.rs", "every_plan.rs", "taking.rs", "tests.rs", "test_database.rs"];

#[derive(Debug)]
struct Statement {
    file: String,
    text: String,
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !TESTS.contains(&name.as_str()) {
            found.push(path);
        }
    }
}

/// The strings of a source, each with what stands before it on its line.
fn strings(source: &str) -> Vec<(String, String)> {
    let (mut found, mut at) = (Vec::new(), 0);
    let chars: Vec<char> = source.chars().collect();
    while at < chars.len() {
        if chars[at..].starts_with(&['/', '/']) {
            at += chars[at..].iter().position(|char| *char == '\n').unwrap_or(chars.len() - at);
        } else if chars[at..].starts_with(&['\'', '"', '\'']) {
            at += 3;
        } else if chars[at] == '"' {
            let line = chars[..at].iter().rposition(|char| *char == '\n').map_or(0, |end| end + 1);
            let before = chars[line..at].iter().collect();
            let mut text = String::new();
            at += 1;
            while chars[at] != '"' {
                if chars[at] == '\\' {
                    at += 1;
                    if chars[at] == '\n' {
                        while chars[at].is_whitespace() {
                            at += 1;
                        }
                        continue;
                    }
                }
                text.push(chars[at]);
                at += 1;
            }
            at += 1;
            found.push((before, text));
        } else {
            at += 1;
        }
    }
    found
}

/// The name of the constant that a string is the value of.
fn constant(before: &str) -> Option<&str> {
    before.split_once("const ").and_then(|(_, rest)| rest.split_once(": &str")).map(|(name, _)| name)
}

/// What is asked as it stands. What is put together elsewhere is left out.
fn statements() -> Vec<Statement> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let strings = strings(source);
        let constants: BTreeMap<&str, &str> =
            strings.iter().filter_map(|(before, text)| Some((constant(before)?, text.as_str()))).collect();
        // Added to where they are used.
        let is_part = |name: &str| source.contains(&format!("{{{name}}}")) || source.contains(&format!("Builder::new({name})"));
        for (before, text) in &strings {
            let begun = before.ends_with("Builder::new(") || before.ends_with(".push(") || before.ends_with("concat!(");
            if begun || constant(before).is_some_and(is_part) {
                continue;
            }
            let mut text = text.clone();
            for (name, value) in &constants {
                text = text.replace(&format!("{{{name}}}"), value);
            }
            let asks = ["SELECT ", "UPDATE ", "DELETE FROM ", "WITH "].iter().any(|verb| text.starts_with(verb));
            // Behind a `WITH` that is put before it.
            let follows = ["FROM asked ", "FROM back)"].iter().any(|from| text.contains(from)) && !text.starts_with("WITH ");
            if asks && !follows && !text.contains('{') && !text.ends_with(' ') {
                let file = file.strip_prefix(&folder).unwrap().display().to_string();
                found.push(Statement { file, text });
            }
        }
    }
    found
}

/// Why a whole table may be read.
fn reason(text: &str, used: &mut BTreeSet<&'static str>) -> Option<&'static str> {
    let (begins, why) = WHOLE.iter().find(|(begins, _)| text.starts_with(begins))?;
    used.insert(begins);
    Some(why)
}

/// What SQLite has.
#[derive(Debug, Default)]
struct Schema {
    tables: BTreeSet<String>,
    /// Indexes of some rows only.
    partial: BTreeSet<String>,
}

impl Schema {
    async fn of(store: &Store) -> Self {
        let rows: Vec<(String, String, String)> =
            sql::query_as("SELECT type, name, COALESCE(sql, '') FROM sqlite_schema").fetch_all(store.writer()).await.unwrap();
        let mut schema = Self::default();
        for (kind, name, text) in rows {
            match kind.as_str() {
                "table" => _ = schema.tables.insert(name),
                "index" if text.contains(" WHERE ") => _ = schema.partial.insert(name),
                _ => {}
            }
        }
        schema
    }
}

/// The steps on SQLite that read a table from end to end. `None`: it is no statement of SQLite.
async fn scans_of_a_file(store: &Store, schema: &Schema, text: &str) -> Option<Vec<String>> {
    let explain = sql::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
    let rows: Vec<(i64, i64, i64, String)> = sql::query_as(explain).fetch_all(store.writer()).await.ok()?;
    let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_matches(['(', ')', ','])).collect();
    let is_table = |name: &str| {
        schema.tables.contains(name)
            || words.windows(2).any(|two| two[1] == name && schema.tables.contains(two[0]))
            || words.windows(3).any(|three| three[2] == name && three[1] == "AS" && schema.tables.contains(three[0]))
    };
    let whole = |step: &String| {
        let mut words = step.strip_prefix("SCAN ").unwrap_or_default().split(' ');
        // An index of few rows may be read to its end: it holds what is looked for.
        words.next().is_some_and(is_table) && !words.any(|word| schema.partial.contains(word))
    };
    Some(rows.into_iter().map(|row| row.3).filter(whole).collect())
}

#[tokio::test]
async fn each_statement_reads_an_index() {
    let (_dir, store) = file().await;
    let schema = Schema::of(&store).await;
    let (mut used, mut planned, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    for Statement { file, text } in statements() {
        let Some(scans) = scans_of_a_file(&store, &schema, &text).await else { continue };
        planned += 1;
        if !scans.is_empty() && reason(&text, &mut used).is_none() {
            wrong.push(format!("{file}: {text}: {scans:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(planned > 200, "{planned} statements were found");
    let idle: Vec<_> = WHOLE.iter().filter(|(begins, _)| !used.contains(begins)).collect();
    assert!(idle.is_empty(), "these read no whole table: {idle:#?}");
}

/// The steps on PostgreSQL, of a plan for any parameters. An error: it is no statement of PostgreSQL.
async fn explain(store: &Store, name: &str, text: &str) -> Result<Vec<String>, String> {
    let mut tx = store.write().await.unwrap();
    let settings = "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_hashjoin = off; \
                    SET LOCAL enable_mergejoin = off";
    sql::batch(settings, &mut tx).await.unwrap();
    let count = (1..20)
        .filter(|n| text.split(|char: char| !char.is_ascii_digit() && char != '$').any(|word| word == format!("${n}")))
        .count();
    let given = if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
    let prepare = sql::AssertSqlSafe(format!("PREPARE {name} AS {text}"));
    let mut result = sql::query(prepare).persistent(false).execute(&mut *tx).await.map(|_| Vec::new());
    if result.is_ok() {
        let explain = sql::AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE {name}{given}"));
        result = sql::query_scalar::<String>(explain).persistent(false).fetch_all(&mut *tx).await;
    }
    tx.cancel().await.unwrap();
    result.map_err(|error| error.to_string())
}

#[tokio::test]
async fn on_a_server_each_statement_reads_an_index() {
    let Some((_dir, store)) = server().await else { return };
    let (_keep, other) = file().await;
    let (mut used, mut planned, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    for (number, Statement { file, text }) in statements().into_iter().enumerate() {
        let steps = match explain(&store, &format!("looked_at_{number}"), &text).await {
            Ok(steps) => steps,
            // The other engine's.
            Err(error) => {
                if scans_of_a_file(&other, &Schema::default(), &text).await.is_none() {
                    wrong.push(format!("{file}: {text}: {error}"));
                }
                continue;
            }
        };
        planned += 1;
        if steps.iter().any(|step| step.contains("Seq Scan on")) && reason(&text, &mut used).is_none() {
            wrong.push(format!("{file}: {text}: {steps:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(planned > 200, "{planned} statements were found");
}
