//! The master key, and the mailboxes that are sealed under it.

use waxwing_protocol::api::{MailboxKind, MailboxState};

use super::super::Context;
use super::super::mail::{MailArgs, load_seal};
use super::Finding;
use crate::config::CONFIG_FILE;
use crate::keys;
use crate::mailbox::registry::open_secret;
use crate::seal::{MASTER_KEY_ENV, MASTER_KEY_FILE, NEXT_KEY_FILE, Seal};
use crate::store::Store;
use crate::store::mailboxes::StoredMailbox;

/// What there is to say. Nothing about mailboxes when there are none.
pub(super) async fn mailboxes(store: &Store, context: &Context, args: &MailArgs) -> Vec<Finding> {
    let rows = match store.all_mailboxes().await {
        Ok(rows) => rows,
        Err(error) => return vec![Finding::fail("mailboxes", error.to_string())],
    };
    let (seal, finding) = key(context, &rows);
    let mut findings = vec![finding];
    findings.extend(google(context, args, &rows));
    if !rows.is_empty() {
        findings.push(states(&rows, &seal));
    }
    findings
}

fn key(context: &Context, rows: &[StoredMailbox]) -> (Seal, Finding) {
    const NAME: &str = "master-key";
    let seal = match load_seal(context) {
        Ok(seal) => seal,
        Err(error) if error.is_missing() && rows.is_empty() => {
            return (Seal::none(), Finding::ok(NAME, "there is none yet: `waxwing serve` makes it"));
        }
        Err(error) if error.is_missing() => {
            let text = format!(
                "{MASTER_KEY_FILE} is not there, but mailboxes are sealed under it: bring it (or {MASTER_KEY_ENV}) back from your \
                 backup, or have their owners sign in again"
            );
            return (Seal::none(), Finding::fail(NAME, text));
        }
        Err(error) => return (Seal::none(), Finding::fail(NAME, error.to_string())),
    };
    let lost = rows.iter().filter(|row| open_secret(&seal, row).is_err()).count();
    let finding = if lost == 0 && context.data_dir.join(NEXT_KEY_FILE).exists() {
        Finding::warn(NAME, "it is being changed, and that was cut short: stop the backend and run `waxwing keys rotate` again")
    } else if lost == 0 {
        Finding::ok(NAME, format!("it opens all that is sealed ({} mailboxes)", rows.len()))
    } else {
        Finding::fail(
            NAME,
            format!(
                "{lost} of {} mailboxes were sealed under another one: bring {MASTER_KEY_FILE} (or {MASTER_KEY_ENV}) back from your \
                 backup, or have their owners sign in again",
                rows.len()
            ),
        )
    };
    (seal, finding)
}

fn google(context: &Context, args: &MailArgs, rows: &[StoredMailbox]) -> Option<Finding> {
    const NAME: &str = "google";
    let needed = rows.iter().any(|row| row.kind == MailboxKind::Gmail);
    match args.options(context, Seal::none()) {
        Err(error) => Some(Finding::fail(NAME, error.to_string())),
        Ok(options) if options.google.client.is_none() => needed.then(|| {
            Finding::fail(NAME, "mailboxes are connected by Gmail's API, but no client at Google is set: see docs/GMAIL.md")
        }),
        Ok(_) => {
            let path = context.data_dir.join(CONFIG_FILE);
            let open =
                context.file.google.client_secret.is_some() && keys::permission_bits(&path).is_ok_and(|mode| mode & 0o077 != 0);
            let path = path.display();
            Some(if open {
                let text = format!("{path} holds the client's secret and can be read by others. Run: chmod 600 {path}");
                Finding::warn(NAME, text)
            } else {
                Finding::ok(NAME, "a client at Google is set")
            })
        }
    }
}

fn states(rows: &[StoredMailbox], seal: &Seal) -> Finding {
    const NAME: &str = "mailboxes";
    let mut troubles = Vec::new();
    for row in rows {
        let what = match &row.state {
            _ if open_secret(seal, row).is_err() => "sealed under another master key".to_owned(),
            MailboxState::Ok => continue,
            MailboxState::SignIn { trouble, .. } => format!("its owner has to sign in again ({trouble:?})"),
            MailboxState::Away { trouble, .. } => format!("away ({trouble:?})"),
        };
        // By its id: addresses have no place in what operators paste into reports.
        troubles.push(format!("{}: {what}", row.id));
    }
    if troubles.is_empty() {
        Finding::ok(NAME, format!("{} connected, all well", rows.len()))
    } else {
        Finding::warn(NAME, troubles.join("; "))
    }
}
