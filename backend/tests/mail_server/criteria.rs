//! Which mails fit what an IMAP client searches for.

use crate::gmail_imap::Mail;

/// Whether a mail fits all of the criteria.
pub(crate) fn fits(mail: &Mail, criteria: &str) -> bool {
    let words = words(criteria);
    let mut rest = words.as_slice();
    let mut fits = true;
    while !rest.is_empty() {
        fits &= one(mail, &mut rest);
    }
    fits
}

/// Words; what is quoted is one, brackets stand alone.
fn words(criteria: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in criteria.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' | '(' | ')' if !quoted => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                words.extend(Some(c.to_string()).filter(|c| c != " "));
            }
            _ => word.push(c),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// Whether a mail fits the first criterion, which is taken.
fn one(mail: &Mail, rest: &mut &[String]) -> bool {
    let mut take = || {
        let (first, others) = rest.split_first().unwrap();
        *rest = others;
        first.as_str()
    };
    let field = |name: &str, wanted: &str| {
        let header = mail.raw.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
        let begin = format!("{}:", name.to_lowercase());
        header.split("\r\n").any(|line| line.starts_with(&begin) && line[begin.len()..].contains(&wanted.to_lowercase()))
    };
    match take() {
        "UNDELETED" => !mail.deleted,
        "DELETED" => mail.deleted,
        "UNDRAFT" => !mail.is_draft(),
        "SINCE" | "BEFORE" => !take().is_empty(),
        "UID" => {
            let set = take();
            let (first, last) = set.split_once(':').unwrap_or((set, set));
            let number = |text: &str| text.parse().unwrap_or(u32::MAX);
            (number(first)..=number(last)).contains(&mail.uid)
        }
        "X-GM-THRID" => take() == mail.thread.to_string(),
        "X-GM-MSGID" => take() == mail.message.to_string(),
        name @ ("FROM" | "TO" | "CC" | "BCC") => field(name, take()),
        "HEADER" => {
            let name = take();
            field(name, take())
        }
        "OR" => {
            let left = one(mail, rest);
            one(mail, rest) | left
        }
        "(" => {
            let mut fits = true;
            while rest[0] != ")" {
                fits &= one(mail, rest);
            }
            *rest = &rest[1..];
            fits
        }
        other => panic!("no such criterion here: {other}"),
    }
}
