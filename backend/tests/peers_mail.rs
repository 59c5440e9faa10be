//! What mails are, against data that others made: `mail/` and `mail-headers/` below `WAXWING_PEERS`, or `../shared/peers` beside the
//! repository.
//!
//! Any other folder of the same form will do. Without one the test says so and passes.
#![expect(clippy::print_stdout, reason = "a test tells its figures")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use waxwing_backend::incoming::Incoming;
use waxwing_domain::mailkind::Kind;

/// Per cent of all bounces that must be recognised.
const BOUNCES: usize = 98;

fn root() -> PathBuf {
    match std::env::var_os("WAXWING_PEERS") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers"),
    }
}

/// The rows of a table, by the names in its first line.
fn rows(text: &str) -> impl Iterator<Item = HashMap<&str, &str>> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.filter(|line| !line.is_empty()).map(move |line| names.iter().copied().zip(line.split('\t')).collect())
}

/// What is expected, as far as it says what a mail is: the kinds that are right. `None`: it is there for something else.
fn right(expected: &str, raw: &[u8]) -> Option<&'static [Kind]> {
    use Kind::{
        AutoReply, Automated, Bounce, BounceHard, BounceSoft, DelayNotice, DeliveryNotice, FeedbackReport, Human, List,
    };
    Some(match expected {
        // The collections count a notice of delay as a bounce; it says itself that it is none.
        name if name.starts_with("bounce") && says_delayed(raw) => &[DelayNotice, BounceHard, BounceSoft, Bounce],
        name if name.starts_with("bounce") => &[BounceHard, BounceSoft, Bounce],
        "auto_reply" | "auto-reply" => &[AutoReply],
        // A folder of "plain" mails holds a mail server's report, too.
        name if name.starts_with("human") && says(raw, "content-type: multipart/report") => return None,
        name if name.starts_with("human") => &[Human],
        "delay_notice" => &[DelayNotice],
        "delivered_notice" | "delivery_notice" => &[DeliveryNotice],
        "feedback_report" => &[FeedbackReport],
        // A list's mail is an automated one to whoever made the table.
        "automated" => &[Automated, List],
        "list" => &[List],
        _ => return None,
    })
}

/// Whether a line begins so, in lower case.
fn says(raw: &[u8], start: &str) -> bool {
    raw.split(|&byte| byte == b'\n').any(|line| line.to_ascii_lowercase().starts_with(start.as_bytes()))
}

/// Whether a notice says in its fields or in its subject that the mail is still on its way.
fn says_delayed(raw: &[u8]) -> bool {
    let subjects =
        raw.split(|&byte| byte == b'\n').map(<[u8]>::to_ascii_lowercase).filter(|line| line.starts_with(b"subject:"));
    let first = subjects.into_iter().next().unwrap_or_default();
    let first = String::from_utf8_lossy(&first);
    says(raw, "action: delayed") || ["delay", "warning", "still being retried"].iter().any(|word| first.contains(word))
}

/// Counts by what was expected and what was found.
#[derive(Default)]
struct Matrix {
    cells: BTreeMap<(String, &'static str), usize>,
    right: BTreeMap<&'static str, usize>,
    all: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Matrix {
    fn add(&mut self, name: &str, expected: &str, raw: &[u8]) {
        let finding = Incoming::read(raw).finding();
        *self.cells.entry((expected.to_owned(), finding.kind.as_str())).or_default() += 1;
        let Some(right) = right(expected, raw) else { return };
        let group = match right.last() {
            Some(Kind::Bounce) => "bounces",
            Some(Kind::AutoReply) => "auto-replies",
            Some(Kind::Human) => "humans",
            _ => "others",
        };
        *self.all.entry(group).or_default() += 1;
        if right.contains(&finding.kind) {
            *self.right.entry(group).or_default() += 1;
        } else {
            self.wrong.push(format!("{name}: {} ({}) instead of {expected}", finding.kind.as_str(), finding.rule.key()));
        }
    }

    fn count(&self, group: &str) -> (usize, usize) {
        (self.right.get(group).copied().unwrap_or_default(), self.all.get(group).copied().unwrap_or_default())
    }

    fn print(&self) {
        for ((expected, found), count) in &self.cells {
            println!("{expected:>20} {found:<16} {count}");
        }
        for group in self.all.keys() {
            let (right, all) = self.count(group);
            println!("peers_mail ({group}): {right} right of {all}");
        }
        let (right, all): (usize, usize) = (self.right.values().sum(), self.all.values().sum());
        println!("peers_mail: {right} right, {} wrong of {all}", all - right);
    }
}

/// A mail from a row of header fields with bars between them, and `BODY:`.
fn mail_of(fields: &str) -> String {
    let (header, body) = fields.split_once("|BODY:").unwrap_or((fields, "Hello,\n\nthank you.\n"));
    format!("{}\r\n\r\n{}\r\n", header.replace('|', "\r\n"), body.trim())
}

#[test]
fn peers_mail() {
    let root = root();
    let (index, markers) =
        (fs::read(root.join("mail/INDEX.tsv")).ok(), fs::read_to_string(root.join("mail-headers/markers.tsv")).ok());
    if index.is_none() && markers.is_none() {
        println!("peers_mail: passed over, there is no data of others (see WAXWING_PEERS)");
        return;
    }
    let mut matrix = Matrix::default();
    let index = String::from_utf8_lossy(index.as_deref().unwrap_or_default()).into_owned();
    for row in rows(&index) {
        let Ok(raw) = fs::read(root.join("mail").join(row["path"])) else { continue };
        matrix.add(row["path"], row["expected_class"], &raw);
    }
    for row in rows(markers.as_deref().unwrap_or_default()) {
        let (Some(fields), Some(expected)) = (row.get("headers(|-separated; BODY: = body)"), row.get("expected")) else {
            continue;
        };
        matrix.add(&format!("{} {fields}", row["id"]), expected, mail_of(fields).as_bytes());
    }
    matrix.print();
    if !matrix.wrong.is_empty() {
        println!("{:#?}", matrix.wrong);
    }
    let (bounces, all) = matrix.count("bounces");
    assert!(bounces * 100 >= all * BOUNCES, "{bounces} bounces of {all}");
    for group in ["auto-replies", "humans"] {
        let (right, all) = matrix.count(group);
        assert_eq!(right, all, "{group}: {:#?}", matrix.wrong);
    }
}
