//! A mail that came in, as far as it is compared with mails that are waited for.
//!
//! What must hold: any bytes give a letter; what is kept of it is bounded, short and printable. Its time is that of its receipt, and
//! never later than now.

use waxwing_domain::answers::{company, person};
use waxwing_domain::civil::Date;
use waxwing_domain::mailkind::{Finding, Kind, addresses_in, author_of, away, ids_of};
use waxwing_domain::when::Context;
use waxwing_domain::when::zone::{Fixed, NoZones};
use waxwing_protocol::Millis;

use crate::incoming::Incoming;
use crate::mailbox::watching::{Arrived, NOTE_HEADER};

/// Ids in `References` and `In-Reply-To` that are compared.
const MOST_REFERENCES: usize = 200;
/// Addresses in `To` and `Cc` that are compared.
const MOST_TO: usize = 500;
/// Longest subject that is compared.
const MOST_SUBJECT: usize = 500;
/// East or west of UTC, in seconds.
const MOST_EAST: i32 = 15 * 60 * 60;

/// A mail that came in.
#[derive(Debug, Clone)]
pub struct Letter {
    /// When the mailbox got it.
    pub at: Millis,
    /// The conversation, where the server knows them.
    pub thread: Option<String>,
    /// The mailbox's own id of it and its Message-ID: what it is known again by.
    pub ids: Vec<String>,
    /// What it is.
    pub finding: Finding,
    /// The ids that it refers to.
    pub references: Vec<String>,
    /// The address of its one author, in lower case; empty where `From` names nobody, or several.
    pub from: String,
    /// The addresses in `To` and `Cc`, in lower case.
    pub to: Vec<String>,
    /// Its subject without "Re:" and the like, in lower case.
    pub subject: String,
    /// The day that an automatic reply names.
    pub until: Option<Date>,
}

impl Letter {
    /// Reads it. `None`: it is a note of ours.
    pub fn read(arrived: &Arrived, now: Millis) -> Option<Self> {
        let mail = Incoming::read(&arrived.raw);
        if mail.header(NOTE_HEADER).is_some() {
            return None;
        }
        let at = arrived.at.min(now);
        let finding = mail.finding();
        let header = |name| mail.header(name).unwrap_or_default();
        let named = ["References", "In-Reply-To"].into_iter().flat_map(|name| ids_of(header(name)));
        let references: Vec<String> = named.map(str::to_owned).collect();
        // The newest stand last.
        let skipped = references.len().saturating_sub(MOST_REFERENCES);
        let references = references.into_iter().skip(skipped).collect();
        let to = ["To", "Cc"].into_iter().flat_map(|name| addresses_in(header(name)));
        let until = (finding.kind == Kind::AutoReply).then(|| until(&mail, at)).flatten();
        let mut ids = vec![arrived.id.clone()];
        ids.extend(ids_of(header("Message-ID")).next().map(str::to_owned));
        Some(Self {
            at,
            thread: arrived.thread.clone(),
            ids,
            references,
            from: author(&mail).unwrap_or_default(),
            to: to.take(MOST_TO).map(|address| address.to_lowercase()).collect(),
            subject: bare(header("Subject")),
            until,
            finding,
        })
    }

    /// All ids that a mail which is meant may have.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.references.iter().chain(&self.finding.original).map(String::as_str)
    }

    /// Under which names whoever wrote it, or whom a notice is about, is found among those who are waited for.
    pub fn people(&self, companies: bool) -> Vec<String> {
        let of = |address: &String| {
            let company = company(address).filter(|_| companies).map(|domain| format!("@{domain}"));
            [Some(address.to_lowercase()), person(address), company]
        };
        let who = if self.finding.kind.is_bounce() { &self.finding.failed[..] } else { std::slice::from_ref(&self.from) };
        let mut people: Vec<String> = who.iter().flat_map(of).flatten().filter(|it| it.contains('@')).collect();
        people.sort();
        people.dedup();
        people
    }
}

/// Who wrote it. Of a mail with several authors, in one field or in several, nobody can say who did.
fn author(mail: &Incoming) -> Option<String> {
    let mut fields = mail.all("From");
    let from = fields.next()?;
    author_of(from).filter(|_| fields.next().is_none()).map(|address| address.to_lowercase())
}

/// The day that an automatic reply names, counted from its receipt: its own date may be any.
fn until(mail: &Incoming, at: Millis) -> Option<Date> {
    let east = mail.date().map_or(0, |(_, east)| east);
    let zone = Fixed(if east.abs() <= MOST_EAST { east } else { 0 });
    away::named_day(
        mail.header("Subject").unwrap_or_default(),
        mail.text(),
        &Context::new(at.div_euclid(1_000), &zone, &NoZones),
    )
}

/// A subject without what programs put before it, in lower case with single blanks.
pub(super) fn bare(subject: &str) -> String {
    const PREFIXES: &[&str] =
        &["re", "aw", "antw", "antwort", "fwd", "fw", "wg", "sv", "vs", "odp", "rv", "res", "tr", "ref", "rif"];
    let subject = subject.get(..subject.floor_char_boundary(MOST_SUBJECT)).unwrap_or(subject).to_lowercase();
    let words: Vec<&str> = subject.split_whitespace().collect();
    let mut rest = words.join(" ");
    while let Some((before, after)) = rest.split_once(':') {
        // "Re[2]:" counts answers.
        let before = before.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')')).trim();
        if !PREFIXES.contains(&before) {
            break;
        }
        rest = after.trim_start().to_owned();
    }
    rest
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const NOW: Millis = 1_795_334_400_000;

    fn letter(raw: &str) -> Option<Letter> {
        let raw = Arc::from(raw.replace('\n', "\r\n").as_bytes());
        Letter::read(&Arrived { at: NOW + 99, thread: None, id: "m1".to_owned(), raw, whole: true }, NOW)
    }

    #[test]
    fn a_letter_is_what_its_header_says() {
        let read = letter(
            "From: \"Ann, A.\" <Ann@Acme.example>\nTo: Me <me@x.example>, you@x.example\nCc: <Them@x.example>\n\
             References: <a@x> <b@x>\nIn-Reply-To: <c@x>\nMessage-ID: <d@acme>\nSubject: AW: Re[2]:  Fwd: Offer:  new\n\nHi",
        )
        .unwrap();
        assert_eq!((read.at, read.from.as_str()), (NOW, "ann@acme.example"));
        assert_eq!(read.to, ["me@x.example", "you@x.example", "them@x.example"]);
        assert_eq!(read.references, ["a@x", "b@x", "c@x"]);
        assert_eq!(read.ids, ["m1", "d@acme"]);
        assert_eq!(read.subject, "offer: new");
        assert_eq!(read.people(false), ["ann@acme.example"]);
        assert_eq!(read.people(true), ["@acme.example", "ann@acme.example"]);
        assert!(letter("X-Waxwing-Note: 1\nFrom: a@b.example\n\n").is_none());
        for raw in ["", "\n\n", "From: nobody\n\n", "From: <>\nTo: ,,,\nReferences: <<<>>> < > <\n\n"] {
            let read = letter(raw).unwrap();
            assert!(read.people(true).is_empty() && read.to.is_empty() && read.named().count() == 0, "{raw:?}");
        }
    }

    #[test]
    fn a_letter_has_one_author_or_none() {
        for (from, expected) in [
            ("From: evil@evil.example (<boss@corp.example>)", "evil@evil.example"),
            ("From: \"<boss@corp.example>\" <evil@evil.example>", "evil@evil.example"),
            ("From: boss@corp.example, evil@evil.example", ""),
            ("From: boss@corp.example\nFrom: evil@evil.example", ""),
            ("From: evil@evil.example (\n <boss@corp.example>)", "evil@evil.example"),
            ("Sender: boss@corp.example", ""),
        ] {
            assert_eq!(letter(&format!("{from}\nTo: me@x.example\n\nHi")).unwrap().from, expected, "{from}");
        }
    }

    #[test]
    fn absences_count_from_the_receipt() {
        // Received on 2026-11-22; its own date is years away.
        for date in ["Sun, 22 Nov 2026 09:00:00 +0100", "Sun, 22 Nov 2099 09:00:00 +0100", "never"] {
            let raw = format!("Date: {date}\nAuto-Submitted: auto-replied\nSubject: Away\n\nI am away until December 12th.");
            assert_eq!(letter(&raw).unwrap().until.map(|day| day.to_string()).as_deref(), Some("2026-12-12"), "{date}");
        }
        assert_eq!(letter("Subject: Away\n\nI am away until December 12th.").unwrap().until, None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let many: Vec<String> = (0..5_000).map(|n| format!("<{n}@x>")).collect();
        let many = many.join(" ");
        let read = letter(&format!("References: {many}\nTo: {}\n\n", "a@b.example,".repeat(3_000))).unwrap();
        assert!(read.references.len() <= MOST_REFERENCES && read.to.len() <= MOST_TO);
        assert!(letter(&format!("Subject: {}\n\n", "re: ".repeat(5_000))).unwrap().subject.len() <= MOST_SUBJECT);
    }
}
