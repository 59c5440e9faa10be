//! How mailboxes are watched for answers, and whether Google can tell of what changes.

use std::collections::HashMap;
use std::path::Path;

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::MailboxKind;

use super::super::Context;
use super::super::mail::MailArgs;
use super::Finding;
use crate::keys;
use crate::mailbox::gmail::push;
use crate::seal::Seal;
use crate::store::mailboxes::StoredMailbox;
use crate::store::waiting::ways::Way;
use crate::store::{Result, Store};

const NAME: &str = "watching";
const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
/// The longest pause between looks, of a mailbox in trouble, and some.
const LATE: Millis = 20 * MINUTE;
/// Mailboxes that are named one by one.
const MOST_NAMED: usize = 10;

/// What there is to say.
pub(super) async fn watching(store: &Store, context: &Context, args: &MailArgs) -> Vec<Finding> {
    let mut findings = Vec::new();
    match looks(store, context.clock.now()).await {
        Ok(finding) => findings.extend(finding),
        Err(error) => findings.push(Finding::fail(NAME, error.to_string())),
    }
    findings.extend(told(context, args).await);
    findings
}

/// How a mailbox is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Looks {
    id: Uuid,
    kind: MailboxKind,
    way: Option<Way>,
    /// How long ago it was looked at.
    ago: Option<Millis>,
}

async fn looks(store: &Store, now: Millis) -> Result<Option<Finding>> {
    let rows: HashMap<Uuid, StoredMailbox> = store.all_mailboxes().await?.into_iter().map(|row| (row.id, row)).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let (mut ways, looked) = (store.watch_ways().await?, store.mailboxes_looked_at().await?);
    let mut all = Vec::new();
    for (id, _) in store.mailboxes_to_watch().await? {
        let Some(row) = rows.get(&id) else { continue };
        let ago = looked.get(&id).map(|at| now.saturating_sub(*at).max(0));
        all.push(Looks { id, kind: row.kind, way: ways.remove(&id), ago });
    }
    all.sort_by_key(|looks| looks.id);
    Ok(Some(say(&all)))
}

/// One line for all of them.
fn say(all: &[Looks]) -> Finding {
    if all.is_empty() {
        return Finding::ok(NAME, "nothing is waited for: no mailbox is looked at");
    }
    let count = |fits: &dyn Fn(&Looks) -> bool| all.iter().filter(|it| fits(it)).count();
    let woken = |it: &Looks| it.way.as_ref().is_some_and(|way| way.woken);
    let counts = [
        (count(&|it| woken(it) && it.kind == MailboxKind::Imap), "woken by IMAP's IDLE"),
        (count(&|it| woken(it) && it.kind == MailboxKind::Gmail), "told of by Google"),
        (count(&|it| !woken(it)), "asked every 45 seconds"),
    ];
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, how)| format!("{n} {how}")).collect();
    let oldest = all.iter().filter_map(|it| it.ago).max();
    let oldest = oldest.map(|ago| format!("; each looked at within the last {}", span(ago))).unwrap_or_default();
    let text = format!("{} watched for answers: {}{oldest}", all.len(), counts.join(", "));
    let wrong: Vec<String> = all.iter().filter_map(trouble).collect();
    if wrong.is_empty() {
        return Finding::ok(NAME, text);
    }
    let more = wrong.len().saturating_sub(MOST_NAMED);
    let named = wrong.into_iter().take(MOST_NAMED).collect::<Vec<_>>().join("; ");
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Finding::warn(NAME, format!("{text}. {named}{more}"))
}

/// What is wrong with how one is watched. By its id: addresses have no place in what operators paste into reports.
fn trouble(looks: &Looks) -> Option<String> {
    let id = looks.id;
    match (looks.ago, looks.way.as_ref().and_then(|way| way.trouble.as_deref())) {
        (None, _) => Some(format!("{id}: not looked at yet: does `waxwing serve` run?")),
        (Some(ago), _) if ago > LATE => {
            Some(format!("{id}: looked at {} ago: does `waxwing serve` run, and can it reach the mailbox?", span(ago)))
        }
        (_, Some(trouble)) => Some(format!("{id}: asked every 45 seconds, because {trouble}")),
        _ => None,
    }
}

/// How long, as a person says it.
fn span(ms: Millis) -> String {
    match ms {
        ms if ms < 2 * MINUTE => format!("{} seconds", (ms / SECOND).max(1)),
        ms if ms < 2 * HOUR => format!("{} minutes", ms / MINUTE),
        ms if ms < 2 * DAY => format!("{} hours", ms / HOUR),
        ms => format!("{} days", ms / DAY),
    }
}

/// Whether Google can tell of what changes, where that is set up.
async fn told(context: &Context, args: &MailArgs) -> Option<Finding> {
    const NAME: &str = "push";
    // Settings that are none are the other checks' to tell.
    let options = args.options(context, Seal::none()).ok()?;
    let set_up = options.google.push.as_ref()?;
    if let Err(trouble) = push::check(&options.google, context.clock.as_ref()).await {
        return Some(Finding::fail(NAME, format!("{trouble}. Until then mailboxes are asked every 45 seconds: docs/GMAIL.md")));
    }
    let path = set_up.key_file();
    Some(if is_open(path) {
        let path = path.display();
        Finding::warn(NAME, format!("{path} is the key of a service account and can be read by others. Run: chmod 600 {path}"))
    } else {
        Finding::ok(NAME, "the service account may pull what Gmail publishes")
    })
}

fn is_open(path: &Path) -> bool {
    keys::permission_bits(path).is_ok_and(|mode| mode & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(n: u64, kind: MailboxKind, woken: bool, trouble: Option<&str>, ago: Option<Millis>) -> Looks {
        let way = Some(Way { woken, trouble: trouble.map(str::to_owned) });
        Looks { id: Uuid::from_u64_pair(0, n), kind, way, ago }
    }

    #[test]
    fn one_line_says_how_and_what_is_wrong() {
        let well = [
            looks(1, MailboxKind::Imap, true, None, Some(4 * MINUTE)),
            looks(2, MailboxKind::Gmail, true, None, Some(12 * SECOND)),
            looks(3, MailboxKind::Gmail, false, None, Some(0)),
        ];
        let said = say(&well);
        assert_eq!(said.mark, super::super::Mark::Ok);
        assert_eq!(
            said.text,
            "3 watched for answers: 1 woken by IMAP's IDLE, 1 told of by Google, 1 asked every 45 seconds; each looked at within \
             the last 4 minutes"
        );
        assert_eq!(say(&[]).mark, super::super::Mark::Ok);
        for (wrong, says) in [
            (looks(7, MailboxKind::Gmail, false, Some("the topic is gone"), Some(SECOND)), "because the topic is gone"),
            (looks(7, MailboxKind::Imap, false, None, None), "not looked at yet"),
            (looks(7, MailboxKind::Imap, true, None, Some(3 * HOUR)), "looked at 3 hours ago"),
            (Looks { way: None, ..looks(7, MailboxKind::Imap, true, None, Some(5 * DAY)) }, "looked at 5 days ago"),
        ] {
            let said = say(&[well[0].clone(), wrong]);
            assert_eq!(said.mark, super::super::Mark::Warn, "{said:?}");
            assert!(said.text.contains(says) && said.text.contains("000000000007: "), "{said:?}");
        }
        let many: Vec<Looks> = (0..100).map(|n| looks(n, MailboxKind::Imap, false, None, None)).collect();
        assert!(say(&many).text.ends_with("; and 90 more"));
    }
}
