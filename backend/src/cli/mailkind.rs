//! `waxwing mailkind`: what mails are: a person's, automatic replies, bounces, a list's.
//!
//! Needs no database and no key. One line for each file on stdout, `file⇥kind⇥detail`, the path as it was given. The detail is
//! `key=value`, with blanks between: `rule`, and of bounces and notices `status`, `reason`, `failed` (addresses with commas) and
//! `original` (a Message-ID); of automatic replies `until`, the day that they name, where they name one. A file that cannot be read is
//! told on stderr, and the exit status is then 1; the others are answered all the same.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use waxwing_domain::mailkind::{Finding, Kind, away};
use waxwing_domain::when::Context as WhenContext;
use waxwing_domain::when::zone::{Fixed, NoZones};

use super::{CliError, piped};
use crate::incoming::{Incoming, MOST_BYTES};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mails: RFC 5322 (.eml), one in each file
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs it.
pub fn run(args: &Args) -> Result<(), CliError> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut is_whole = true;
    for file in &args.files {
        match read(file) {
            Ok(raw) => {
                let answer = line(file, &Incoming::read(&raw));
                if let Err(error) = output.write_all(&answer) {
                    return piped(Err(error));
                }
            }
            Err(error) => {
                is_whole = false;
                let _ = writeln!(io::stderr(), "waxwing: {}: {error}", file.display());
            }
        }
    }
    piped(output.flush())?;
    if is_whole { Ok(()) } else { Err(CliError::Said) }
}

/// As much of a file as is looked at.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    File::open(file)?.take(MOST_BYTES as u64).read_to_end(&mut raw)?;
    Ok(raw)
}

/// `file⇥kind⇥detail` and a line break.
fn line(file: &Path, mail: &Incoming) -> Vec<u8> {
    let finding = mail.finding();
    let mut line = file.as_os_str().as_encoded_bytes().to_vec();
    line.extend_from_slice(format!("\t{}\t{}\n", finding.kind.as_str(), detail(mail, &finding)).as_bytes());
    line
}

/// What is known beyond the kind. All of it is free of blanks, or ours.
fn detail(mail: &Incoming, finding: &Finding) -> String {
    let mut told = Vec::new();
    let mut tell = |key: &str, value: String| {
        let value: String = value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
        if !value.is_empty() {
            told.push(format!("{key}={value}"));
        }
    };
    tell("rule", finding.rule.key().to_owned());
    tell("status", finding.status.clone().unwrap_or_default());
    tell("reason", finding.reason.map(|reason| reason.key().to_owned()).unwrap_or_default());
    tell("failed", finding.failed.join(","));
    tell("original", finding.original.clone().unwrap_or_default());
    if finding.kind == Kind::AutoReply
        && let Some((now, east)) = mail.date()
    {
        let zone = Fixed(east);
        let context = WhenContext::new(now, &zone, &NoZones);
        let until = away::named_day(mail.header("Subject").unwrap_or_default(), mail.text(), &context);
        tell("until", until.map(|date| date.to_string()).unwrap_or_default());
    }
    told.join(" ")
}
