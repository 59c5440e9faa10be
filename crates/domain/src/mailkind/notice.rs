//! Notices of mail servers in words of their own: qmail, Exim, sendmail 5, Exchange, Domino, and what gateways make of others.
//!
//! What must hold: words alone make no notice. Who wrote it counts first: a mail server's own address, or no address at all; then
//! its subject, its words, and the mail that came back with it. A person who quotes or passes on a notice is a person.

use super::header::{self, Headers};
use super::{Finding, Kind, MOST_FAILED, Media, Part, Rule, phrases, reason, report};

/// So many bytes of what a server says are searched for its sentences.
const MOST_WORDS: usize = 16 * 1024;

/// Names before the `@` that only mail servers have: RFC 5321 names none, sendmail's is the model.
const DAEMONS: &[&str] = &[
    "mailer-daemon",
    "mailerdaemon",
    "mailer_daemon",
    "mailer.daemon",
    "mail-daemon",
    "maildaemon",
    "mdaemon",
    "mail.delivery.system",
    "mail-delivery-system",
    "mail delivery system",
    "double-bounce",
];
/// Names that mail servers write beside their address.
const DAEMON_NAMES: &[&str] =
    &["mailer-daemon", "mailer daemon", "mail delivery s", "mail deliver s", "delivery subsystem", "internet mail delivery"];
/// Addresses that servers and persons share.
const ROLES: &[&str] =
    &["postmaster", "poostmaster", "system administrator", "ndr", "bounce", "bounces", "mailadmin", "imss", "lsmtp"];
/// The same, beside an address.
const ROLE_NAMES: &[&str] = &["postmaster", "system administrator", "mail administrator", "mailserver", "mail server"];
/// Fields that programs for persons write.
const PERSONS: &[&str] = &["User-Agent", "X-Mailer"];

/// How sure it is that no person wrote a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Machine {
    /// Not at all.
    No,
    /// Sent from the null address: notices, and automatic replies.
    Null,
    /// Perhaps a server, perhaps whoever runs it.
    Role,
    /// A mail server.
    Daemon,
}

impl Machine {
    fn of(headers: Headers<'_>) -> Self {
        let sender = headers.sender();
        let is_null = headers.has_null_sender();
        let local = sender.local();
        let is_daemon = DAEMONS.contains(&local)
            || DAEMON_NAMES.iter().any(|name| sender.name.contains(name))
            // Exchange's own address: this and a number.
            || local.starts_with("microsoftexchange") && local.len() > 32
            || headers.has("From") && sender.address.is_empty();
        let is_role = ROLES.contains(&local)
            || local.starts_with("postmaster")
            || local.ends_with("postmaster")
            || ROLE_NAMES.iter().any(|name| sender.name.contains(name));
        match (is_daemon, is_role, is_null) {
            (true, ..) | (_, true, true) => Self::Daemon,
            (_, true, _) => Self::Role,
            (_, _, true) => Self::Null,
            _ => Self::No,
        }
    }
}

/// Whether a mail server wrote it, or somebody with a server's address.
pub(super) fn is_machine(headers: Headers<'_>) -> bool {
    Machine::of(headers) > Machine::No
}

/// Whether a mail server wrote it.
pub(super) fn is_daemon(headers: Headers<'_>) -> bool {
    Machine::of(headers) == Machine::Daemon
}

/// Whether the header leaves open that it is a notice.
pub(super) fn may_be(headers: Headers<'_>) -> bool {
    is_machine(headers) || headers.has("X-Failed-Recipients")
}

/// What a subject or a text says of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Something,
    Failed,
    Delayed,
}

fn first_of(text: &str, phrases: &[&str]) -> Option<usize> {
    phrases.iter().filter_map(|phrase| text.find(phrase)).min()
}

/// What a subject says. What comes first counts: behind it may stand the subject of the mail that came back.
fn said_in_subject(subject: &str) -> Said {
    let (failed, delayed) = (first_of(subject, phrases::FAILED_SUBJECTS), first_of(subject, phrases::DELAYED_SUBJECTS));
    match (failed, delayed) {
        (Some(failed), Some(delayed)) if delayed < failed => Said::Delayed,
        (Some(_), _) => Said::Failed,
        (None, Some(_)) => Said::Delayed,
        (None, None) if first_of(subject, phrases::NEUTRAL_SUBJECTS).is_some() => Said::Something,
        (None, None) => Said::Nothing,
    }
}

/// Whether a subject begins as those of notices do.
fn begins_so(subject: &str) -> bool {
    let mut known = [phrases::FAILED_SUBJECTS, phrases::DELAYED_SUBJECTS, phrases::NEUTRAL_SUBJECTS].into_iter().flatten();
    known.any(|phrase| subject.starts_with(phrase))
}

/// What a server's words say. A notice of delay names what did not work so far, too.
fn said_in_words(words: &str) -> Said {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    if has(phrases::DELAYED_WORDS) {
        Said::Delayed
    } else if has(phrases::FAILED_WORDS) || reason::status_in(words).is_some_and(|code| !code.starts_with('2')) {
        Said::Failed
    } else {
        Said::Nothing
    }
}

/// What a notice says; `None`: it is none.
pub(super) fn find(headers: Headers<'_>, parts: &[Part<'_>]) -> Option<Finding> {
    let named = headers.get("X-Failed-Recipients");
    let machine = Machine::of(headers);
    // RFC 6522: whatever its type, a report is a machine's.
    let is_report = report::report_type(headers).is_some_and(|it| it.is_empty() || it == "delivery-status");
    let has_returned = parts.iter().any(|part| part.media == Media::Returned);
    if named.is_none() && machine == Machine::No && !is_report && !has_returned {
        return None;
    }
    let subject = headers.subject();
    let text = Text::of(parts);
    let words = header::fold(text.said, MOST_WORDS);
    let (title, said) = (said_in_subject(&subject), said_in_words(&words));
    let (has_title, has_words) = (title != Said::Nothing, said != Said::Nothing);
    // A subject that begins so is enough from an address that a server has; persons write it behind "Re:".
    let begins = begins_so(&subject);
    let has_copy = has_returned || text.has_copy;
    let is_answer = phrases::is_answer_or_forward(&subject);
    let is_notice = named.is_some()
        || match machine {
            Machine::Daemon => has_title || has_words || has_copy,
            Machine::Role => !is_answer && (begins || has_title && (has_words || has_copy) || has_words && has_copy),
            Machine::Null => {
                let is_reply = is_answer || super::reply::is_reply(headers);
                !is_reply && (begins || has_title && (has_words || has_copy) || has_words && has_returned)
            }
            // No address of a server's: then everything else must be as a server writes it.
            Machine::No => {
                let is_person = is_answer || headers.is_reply() || PERSONS.iter().any(|name| headers.has(name));
                has_title && has_words && has_returned && !is_person
            }
        }
        || is_report && (has_title || has_words || has_copy);
    if !is_notice {
        return None;
    }

    let is_delayed = named.is_none() && (title == Said::Delayed || title != Said::Failed && said == Said::Delayed);
    let status = reason::status_in(text.said);
    let reply = reason::reply_code_in(text.said);
    let status = status.filter(|code| !code.starts_with('2'));
    let why = reason::why(&words, status.or(reply)).or_else(|| reason::why(&subject, None));
    let kind = if is_delayed { Kind::DelayNotice } else { report::hardness(why, status.or(reply)) };
    let mut finding = Finding::new(kind, if named.is_some() { Rule::FailedRecipients } else { Rule::Notice });
    finding.reason = why;
    finding.status = status.map(str::to_owned);
    finding.failed = match named {
        Some(named) => unique(header::addresses(named)),
        None => failed(headers, text.said),
    };
    finding.original =
        report::original(headers, parts).or_else(|| report::ids(report::field(text.copy, "Message-ID").as_deref()));
    Some(finding)
}

/// What a server says, in lower case.
pub(super) fn words(parts: &[Part<'_>]) -> String {
    header::fold(Text::of(parts).said, MOST_WORDS)
}

/// The text of a notice.
#[derive(Debug, Clone, Copy)]
struct Text<'a> {
    /// What the server says.
    said: &'a str,
    /// The copy of the mail, from its header; empty when there is none.
    copy: &'a str,
    /// A copy is there, or is said to be.
    has_copy: bool,
}

impl<'a> Text<'a> {
    fn of(parts: &[Part<'a>]) -> Self {
        let shown = |media| report::texts(parts, media).find(|text| !text.trim().is_empty());
        let text = shown(Media::Plain).or_else(|| shown(Media::Html)).unwrap_or_default();
        let (mut at, mut mark, mut copy) = (0, None, None);
        for line in text.split_inclusive('\n') {
            if copy.is_none() && begins_header(line) {
                copy = Some(at);
                break;
            }
            if mark.is_none() && at > 0 && is_copy_mark(line) {
                mark = Some(at);
            }
            at += line.len();
        }
        let end = mark.or(copy).unwrap_or(text.len());
        let said = text.get(..end).unwrap_or(text);
        Self { said, copy: copy.and_then(|at| text.get(at..)).unwrap_or_default(), has_copy: mark.or(copy).is_some() }
    }
}

/// The first field of a mail as servers pass it on: fields of the way it took stand on top.
fn begins_header(line: &str) -> bool {
    let line = line.trim_start_matches(['>', ' ', '|']);
    ["return-path:", "received:", "message-id:", "delivered-to:", "x-originating-ip:", "dkim-signature:"]
        .iter()
        .any(|name| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
}

/// A line that announces the copy: drawn as a rule, or ending in a colon.
fn is_copy_mark(line: &str) -> bool {
    let line = line.trim();
    let is_drawn =
        line.starts_with(['-', '=', '#', '*', '_', '+', '|', '<', '~', '[']) || line.ends_with([':', '-', '=', '*', '.']);
    if !is_drawn || line.len() > 200 {
        return false;
    }
    let line = line.to_lowercase();
    !line.contains("not receive") && phrases::COPY_MARKS.iter().any(|mark| line.contains(mark))
}

/// The addresses that a server names, without the sender's own and the server's: first those at the start of a line, where all
/// known programs put them.
fn failed(headers: Headers<'_>, said: &str) -> Vec<String> {
    let own: Vec<&str> = ["To", "From", "Delivered-To", "X-Original-To"]
        .into_iter()
        .flat_map(|name| headers.all(name))
        .flat_map(|value| header::addresses(header::start(value, 1_000)))
        .collect();
    let is_own = |address: &str| own.iter().any(|own| own.eq_ignore_ascii_case(address)) || is_server(address);
    let (mut first, mut other, mut mine) = (Vec::new(), Vec::new(), Vec::new());
    for line in header::start(said, MOST_WORDS).lines() {
        // The mail's id, and who sent it, look like addresses.
        let lower = line.trim_start().to_ascii_lowercase();
        if ["message-id", "message id", "from:", "sender:", "mail from", "id:"].iter().any(|it| lower.starts_with(it)) {
            continue;
        }
        for address in header::addresses(line) {
            let before = line.split(address).next().unwrap_or_default();
            // Exchange repeats to whom the mail went; that says nothing of each.
            let is_repeated = ["to:", "cc:"].iter().any(|it| lower.starts_with(it));
            let before = before.trim_end();
            let is_first = !before.contains(char::is_alphanumeric)
                || before.ends_with([':', ';', '=']) && before.len() < 40
                || before.ends_with(":<");
            let is_first = is_first && !is_repeated;
            match (is_own(address), is_first) {
                (true, true) if !is_server(address) => mine.push(address),
                (true, _) => {}
                (false, true) => first.push(address),
                (false, false) => other.push(address),
            }
        }
        if first.len() > 10 * MOST_FAILED {
            break;
        }
    }
    // Who writes to themselves gets their own mails back.
    [first, other, mine].into_iter().map(|found| unique(found.into_iter())).find(|found| !found.is_empty()).unwrap_or_default()
}

fn is_server(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    DAEMONS.contains(&local.as_str()) || ROLES.contains(&local.as_str())
}

fn unique<'a>(addresses: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for address in addresses {
        if found.len() < MOST_FAILED && !found.iter().any(|known| known.eq_ignore_ascii_case(address)) {
            found.push(address.to_owned());
        }
    }
    found
}
