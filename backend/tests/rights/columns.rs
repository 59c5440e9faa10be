//! docs/PRIVACY.md names every column that there is, none that there is not, and for every rule of retention its days.

use std::collections::BTreeSet;

use waxwing_backend::backup::tables;
use waxwing_backend::retention::rules::RULES;
use waxwing_backend::store::sql::Kind;

use crate::fill::fresh;

const PRIVACY: &str = include_str!("../../../docs/PRIVACY.md");
/// Tables that only one engine has.
const ONLY_POSTGRES: &[&str] = &["hit_writers", "leases", "nodes"];

/// `table.column` of each row of the docs whose first cell is `` `table`: `column`, … ``.
fn documented() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in PRIVACY.lines().filter(|line| line.starts_with("| `")) {
        let cell = line.trim_start_matches("| ").split(" | ").next().unwrap();
        let Some((table, columns)) = cell.split_once("`: ") else { continue };
        for column in columns.split(", ") {
            let column = column.trim().strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
            let column = column.unwrap_or_else(|| panic!("not a list of columns: {line}"));
            let name = format!("{}.{column}", table.trim_start_matches('`'));
            assert!(found.insert(name.clone()), "{name} stands there twice");
        }
        assert!(line.matches(" | ").count() >= 3, "purpose, how long and who: {line}");
    }
    found
}

#[tokio::test]
async fn every_column_is_documented_and_there_is_no_other() {
    let (_dir, store) = fresh().await;
    let mut there = BTreeSet::new();
    for table in tables::list(store.writer()).await.unwrap() {
        there.extend(table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)));
    }
    let is_other_engines = |name: &&String| {
        store.kind() == Kind::Sqlite && ONLY_POSTGRES.iter().any(|table| name.starts_with(&format!("{table}.")))
    };
    let documented = documented();
    let missing: Vec<_> = there.difference(&documented).collect();
    assert!(missing.is_empty(), "not in docs/PRIVACY.md: {missing:#?}");
    let invented: Vec<_> = documented.difference(&there).filter(|name| !is_other_engines(name)).collect();
    assert!(invented.is_empty(), "in docs/PRIVACY.md, and nowhere else: {invented:#?}");
    store.close().await;
}

#[test]
fn every_rule_stands_in_the_docs_with_its_days() {
    for rule in RULES {
        let days = if rule.days == 1 { "1 day".to_owned() } else { format!("{} days", rule.days) };
        let row = PRIVACY.lines().find(|line| line.starts_with(&format!("| `{}` |", rule.name)));
        let row = row.unwrap_or_else(|| panic!("docs/PRIVACY.md has no row for {}", rule.name));
        assert!(row.contains(&format!("| {days} |")), "{row}\nshould say {days}");
    }
    let rows =
        PRIVACY.lines().skip_while(|line| !line.starts_with("| rule |")).skip(2).take_while(|line| line.starts_with("| `"));
    assert_eq!(rows.count(), RULES.len(), "rules in the docs");
}
