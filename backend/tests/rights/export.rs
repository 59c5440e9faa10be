//! An export: everything of one account in both forms, nothing of another, and no secret.

use std::fs::{self, File};
use std::io::Read as _;

use serde_json::Value as Json;
use waxwing_backend::rights::export;
use zip::ZipArchive;

use crate::fill::{NEEDLE, START, account, counts, fill, fresh};

#[tokio::test]
async fn everything_of_one_account_and_nothing_of_another() {
    let (dir, store) = fresh().await;
    fill(&store, account("aaaaaa"), NEEDLE).await;
    fill(&store, account("bbbbbb"), "=somebody else").await;
    for (id, word, foreign) in [("aaaaaa", NEEDLE, "somebody"), ("bbbbbb", "=somebody else", "needle")] {
        let to = dir.path().join(format!("{id}.zip"));
        let holds = export::write(&store, account(id), &to, START).await.unwrap();
        let tables = counts(&store, account(id)).await;
        let rows: usize = tables.iter().map(|(_, rows)| rows).sum();
        assert_eq!((holds.tables, holds.rows), (tables.len() as u64, rows as u64));
        let mut zip = ZipArchive::new(File::open(&to).unwrap()).unwrap();
        assert_eq!(zip.len(), 2 + 2 * tables.len());
        for (table, rows) in &tables {
            let mut read = |ending: &str| {
                let mut text = String::new();
                zip.by_name(&format!("{table}.{ending}")).unwrap().read_to_string(&mut text).unwrap();
                assert!(!text.contains(foreign), "{table} of {id} has what is another's");
                text
            };
            let (lines, csv) = (read("jsonl"), read("csv"));
            assert_eq!(lines.lines().count(), *rows, "{table}");
            let row: Json = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
            let head = csv.trim_start_matches('\u{feff}').split("\r\n").next().unwrap();
            assert_eq!(head.split(',').count(), row.as_object().unwrap().len(), "{table}");
            assert!(!csv.contains("\"=somebody"), "{table}: a formula");
            for (_, secret) in export::SECRET.iter().filter(|(of, _)| of == table) {
                assert!(row.get(*secret).is_none(), "{table}.{secret}");
            }
        }
        let mut readme = String::new();
        zip.by_name("LIESMICH.txt").unwrap().read_to_string(&mut readme).unwrap();
        assert!(readme.contains(id) && readme.contains("2026-11-22T08:00:00.000Z"), "{readme}");
        let mut accounts = String::new();
        zip.by_name("accounts.jsonl").unwrap().read_to_string(&mut accounts).unwrap();
        assert!(accounts.contains(word));
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!left.iter().any(|path| path.extension().is_some_and(|ending| ending == "part")));
    }
    store.close().await;
}

/// Every column whose name says that it is a hash or a secret is left out, also one of tomorrow.
#[tokio::test]
async fn what_opens_doors_is_left_out() {
    let (_dir, store) = fresh().await;
    for owned in waxwing_backend::rights::tables::owned(&store).await.unwrap() {
        for column in &owned.table.columns {
            let name = column.name.as_str();
            let opens = name == "hash"
                || name == "code"
                || ["_hash", "secret", "verifier", "token", "key"].iter().any(|end| name.ends_with(end));
            let left_out = export::SECRET.contains(&(owned.table.name.as_str(), name));
            assert!(!opens || left_out, "{}.{name}", owned.table.name);
        }
    }
    store.close().await;
}
