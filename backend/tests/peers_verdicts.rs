//! Verdicts against data that others made: `verdicts/` below `WAXWING_PEERS`, or `../shared/peers` beside the repository.
//!
//! Any other folder of the same form will do. Without one the test says so and passes.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a test tells its figures and stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use waxwing_backend::cli::classify::{Answer, answer};
use waxwing_backend::lists::{merge, read_import, ready, save};
use waxwing_domain::verdict::{Label, Lists};

/// When all this is judged: the lists are as fresh as can be.
const NOW: i64 = 1_795_000_000_000;

#[derive(Deserialize)]
struct Expected {
    label: String,
    confidence: Option<String>,
    #[serde(default)]
    accept: Vec<String>,
}

#[derive(Deserialize)]
struct AgentRow {
    ua: String,
    label: String,
}

/// Counts, and what went wrong.
#[derive(Default)]
struct Score {
    right: usize,
    refused: usize,
    wrong: Vec<String>,
    /// Expected label, given label, how often.
    matrix: BTreeMap<(String, String), usize>,
}

impl Score {
    fn note(&mut self, expected: &str, given: &str) {
        *self.matrix.entry((expected.to_owned(), given.to_owned())).or_default() += 1;
    }

    fn print_matrix(&self, title: &str) {
        println!("{title} (down: expected, across: given)");
        let mut rows: Vec<&str> = self.matrix.keys().map(|(expected, _)| expected.as_str()).collect();
        rows.dedup();
        print!("{:>14}", "");
        for label in Label::ALL {
            print!("{:>13}", label.as_str());
        }
        println!();
        for row in rows {
            print!("{row:>14}");
            for label in Label::ALL {
                print!("{:>13}", self.matrix.get(&(row.to_owned(), label.as_str().to_owned())).copied().unwrap_or(0));
            }
            println!();
        }
    }
}

fn peers() -> Option<PathBuf> {
    let root = match std::env::var_os("WAXWING_PEERS") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers"),
    };
    let folder = root.join("verdicts");
    folder.is_dir().then_some(folder)
}

fn text(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok()
}

/// The lists of the folder, by way of `waxwing lists import`: the collection, and Google's two when they stand beside it.
fn lists(folder: &Path) -> Lists {
    let networks = folder.join("networks");
    let dir = tempfile::tempdir().unwrap();
    let mut stored = Vec::new();
    for (file, set) in [
        ("ipranges.json", None),
        ("google-user-triggered-google.json", Some("google-user-triggered")),
        ("google-special-crawlers.json", Some("google-special-crawlers")),
    ] {
        let Some(text) = text(&networks, file) else {
            println!("peers_verdicts: there is no networks/{file}");
            continue;
        };
        let import = dir.path().join(file);
        let wrapped = set.map(|set| json!({"sets": {set: serde_json::from_str::<Value>(&text).unwrap()}}).to_string());
        fs::write(&import, wrapped.unwrap_or(text)).unwrap();
        stored = merge(stored, read_import(&import, NOW).unwrap(), false).unwrap();
    }
    save(dir.path(), &stored).unwrap();
    let (lists, error) = ready(dir.path());
    assert!(error.is_none());
    lists
}

/// Judges one entry; a refusal and a wrong answer are both noted.
fn judge(entry: &Value, lists: &Lists, expected: &Expected, with_confidence: bool, score: &mut Score) -> Option<Answer> {
    let name = entry["id"].as_str().or(entry["ua"].as_str()).unwrap_or_default().to_owned();
    let given = match answer(entry.to_string().as_bytes(), lists, NOW) {
        Ok(given) => given,
        Err(refusal) => {
            score.refused += 1;
            score.wrong.push(format!("{name}: {}", refusal.error));
            return None;
        }
    };
    score.note(&expected.label, given.label);
    let label = given.label == expected.label;
    let confidence = !with_confidence || expected.confidence.as_deref().is_none_or(|confidence| confidence == given.confidence);
    if (label && confidence) || expected.accept.iter().any(|accept| accept == given.label) {
        score.right += 1;
    } else {
        score.wrong.push(format!(
            "{name}: {} {} ({}) instead of {} {}",
            given.label,
            given.confidence,
            given.reason,
            expected.label,
            expected.confidence.as_deref().unwrap_or_default()
        ));
    }
    assert!(
        !(expected.label == "human" && ["scanner", "prefetch"].contains(&given.label) && given.confidence == "high"),
        "{name}: a person is called a machine at high confidence"
    );
    Some(given)
}

/// Whole hits: label and confidence.
fn hits(folder: &Path, lists: &Lists, score: &mut Score) {
    let Some(text) = text(folder, "hits.json") else { return };
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    for entry in &entries {
        let expected: Expected = serde_json::from_value(entry["expect"].clone()).unwrap();
        let given = judge(entry, lists, &expected, true, score);
        if let Some(given) = given.filter(|given| given.label == "human" && given.confidence == "high") {
            assert_eq!(entry["kind"], "click", "an open is never certainly a person's: {}", given.reason);
        }
    }
}

/// Agents alone: the label. Their confidence is of the agent's meaning, not of a verdict.
fn email_agents(folder: &Path, lists: &Lists, score: &mut Score) {
    let Some(text) = text(folder, "email-agents.json") else { return };
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    for entry in &entries {
        let expected: Expected = serde_json::from_value(entry.clone()).unwrap();
        judge(&json!({"ua": entry["ua"]}), lists, &expected, false, score);
    }
}

/// Labelled agents: how many robots are found, how many browsers mistaken for one.
fn agents(folder: &Path, lists: &Lists) {
    let Some(text) = text(folder, "agents.jsonl") else { return };
    let mut score = Score::default();
    let (mut missed, mut mistaken) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row: AgentRow = serde_json::from_str(line).unwrap();
        let given = answer(json!({"ua": row.ua}).to_string().as_bytes(), lists, NOW).unwrap();
        score.note(&row.label, given.label);
        match (row.label.as_str(), given.label) {
            ("bot", label) if label != "scanner" => missed.push(row.ua),
            ("browser", "scanner" | "prefetch" | "image_proxy") => mistaken.push(row.ua),
            _ => {}
        }
    }
    score.print_matrix("agents.jsonl");
    let of = |label: &str| -> usize {
        score.matrix.iter().filter(|((expected, _), _)| expected == label).map(|(_, count)| count).sum()
    };
    let (bots, browsers) = (of("bot"), of("browser"));
    let found = share(bots - missed.len(), bots);
    let wrong = share(mistaken.len(), browsers);
    println!(
        "agents.jsonl: {:.2} % of {bots} bots recognised, {:.3} % of {browsers} browsers mistaken",
        found * 100.0,
        wrong * 100.0
    );
    if std::env::var_os("WAXWING_PEERS_VERBOSE").is_some() {
        for agent in &missed {
            println!("missed: {agent}");
        }
        for agent in &mistaken {
            println!("mistaken: {agent}");
        }
    }
    assert!(bots == 0 || found >= 0.90, "too few bots are recognised");
    assert!(browsers == 0 || wrong <= 0.005, "too many browsers are mistaken: {mistaken:#?}");
}

#[expect(clippy::cast_precision_loss, reason = "counts of lines in a file")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[test]
fn peers_verdicts() {
    let Some(folder) = peers() else {
        println!("peers_verdicts: passed over, there is no data of others (see WAXWING_PEERS)");
        return;
    };
    let lists = lists(&folder);
    let mut score = Score::default();
    hits(&folder, &lists, &mut score);
    email_agents(&folder, &lists, &mut score);
    score.print_matrix("hits.json and email-agents.json");
    let whole = score.right + score.wrong.len();
    println!(
        "peers_verdicts: {} right, {} refused, {} wrong of {whole}",
        score.right,
        score.refused,
        score.wrong.len() - score.refused
    );
    agents(&folder, &lists);
    assert!(score.wrong.is_empty(), "{:#?}", score.wrong);
}
