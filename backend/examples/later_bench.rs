//! What sending later costs: `cargo run --release -p waxwing-backend --example later_bench -- GMAIL_SIM [DUE] [WAITING]`. Prints
//! JSON lines for `./build.sh bench`.
//!
//! `due` hands over mails that fall due within one second, by Gmail's API of gmail-sim (given as the path of its program), with
//! no limit on calls; lateness is from a mail's time to the answer that it was taken. `waiting` keeps mails of next year in the
//! database and does nothing for half a minute; the mails are put in by a process of their own, so that its memory does not
//! count.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::app::Running;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::entropy::{self, SystemEntropy};
use waxwing_backend::keys::Keys;
use waxwing_backend::mailbox::DraftRef;
use waxwing_backend::mailbox::gmail::{Endpoints, Google, GoogleClient, oauth};
use waxwing_backend::mailbox::options::Options as MailboxOptions;
use waxwing_backend::seal::Seal;
use waxwing_backend::store::scheduled::insert::NewScheduled;
use waxwing_backend::store::sql;
use waxwing_backend::store::{Options, Store};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, GmailIds, Late, LateThen, MailboxKind, Schedule, ScheduledList, When};

#[path = "../tests/common/settings.rs"]
mod settings;

const ACCOUNT: &str = "benchmrk";
/// People with a mailbox in gmail-sim; each has a share of the mails that fall due.
const PEOPLE: [&str; 4] = ["mara@fjord.example", "ana@quinta.example", "ben@acme.example", "jonas@hafen.example"];
/// As if nobody had sent anything yet, and little were allowed: more than any share.
const DAILY_LIMIT: u32 = 2_000;
/// The engine resolves zones anew after a start: it is quiet after this.
const QUIET_AFTER: Duration = Duration::from_secs(30);
/// So long is measured what waiting costs.
const MEASURED: Duration = Duration::from_secs(30);

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize, default: u32| args.get(at).map_or(Ok(default), |text| text.parse());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.get(1).map(String::as_str) {
        Some("--fill") => runtime.block_on(fill(Path::new(&args[2]), number(3, 0)?)),
        Some("--wait") => runtime.block_on(wait(Path::new(&args[2]), number(3, 0)?)),
        Some(sim) => {
            runtime.block_on(due(sim, number(2, 1_000)?))?;
            let (dir, waiting) = (tempfile::tempdir()?, args.get(3).map_or("100000", String::as_str));
            for step in ["--fill", "--wait"] {
                let done = Command::new(std::env::current_exe()?).arg(step).arg(dir.path()).arg(waiting).status()?;
                if !done.success() {
                    return Err(format!("{step} failed").into());
                }
            }
            Ok(())
        }
        None => Err("the path of gmail-sim's program is missing".into()),
    }
}

fn report(line: &Value) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

async fn start(dir: &Path, google: Google) -> Result<Running, Failed> {
    let mailboxes = MailboxOptions::new(Seal::from_bytes([8; 32]), google, Vec::new());
    let settings = settings::settings(dir, mailboxes);
    let store = Store::open(&Options::new(dir, None)?).await?;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Ok(Running::start(store, Keys::from_bytes([7; 32]), settings, clock, entropy).await?)
}

fn account() -> Result<AccountId, Failed> {
    AccountId::parse(ACCOUNT).ok_or_else(|| "the account's id is none".into())
}

fn at(at: Millis) -> Schedule {
    Schedule {
        when: When::Instant { at, zone: "Europe/Oslo".to_owned() },
        phrase: None,
        unless_answered: false,
        late: Late { minutes: 30, then: LateThen::Hold },
        holidays: Vec::new(),
        remind: None,
    }
}

/// gmail-sim, ended with this.
struct Sim {
    child: Child,
    control: String,
    api: String,
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sim {
    fn start(program: &str) -> Result<Self, Failed> {
        let mut child = Command::new(program).args(["--mails", "none"]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("gmail-sim says nothing")?).read_line(&mut line)?;
        let ports: Value = serde_json::from_str(&line)?;
        let at = |name: &str| format!("http://127.0.0.1:{}", ports[name]);
        Ok(Self { child, control: at("control"), api: at("api") })
    }
}

/// So many mails that fall due within one second.
async fn due(program: &str, mails: u32) -> Result<(), Failed> {
    let (sim, dir) = (Sim::start(program)?, tempfile::tempdir()?);
    let http = reqwest::Client::builder().no_proxy().build()?;
    let client = GoogleClient { id: "waxwing-sim".to_owned(), secret: "waxwing-sim-secret".to_owned() };
    let running = start(dir.path(), Google::new(Endpoints::under(&sim.api), Some(client), 0)).await?;
    let (app, account) = (&running.app, account()?);
    app.store.account_named("bench", account, app.clock.now()).await?;
    let mut mailboxes = Vec::new();
    for person in PEOPLE {
        let scope = oauth::RIGHTS.join("%20");
        let grant = http.get(format!("{}/grant?address={person}&scope={scope}", sim.control)).send().await?;
        let grant: Value = serde_json::from_str(&grant.text().await?)?;
        let secret = json!({ "refresh_token": grant["refreshToken"] }).to_string();
        let row = app.mailboxes.connect(account, person, MailboxKind::Gmail, "{}", secret.as_bytes()).await?;
        app.store.set_daily_limit(account, row.id, DAILY_LIMIT, app.clock.now()).await?;
        mailboxes.push((person, row.id));
    }
    let mut drafts = Vec::new();
    for n in 0..mails {
        let (person, mailbox) = mailboxes[n as usize % mailboxes.len()];
        let order = json!({
            "address": person, "to": "reader@inbox.example", "subject": format!("n{n}"),
            "html": "<div dir=\"ltr\">Hello, see <a href=\"https://example.org/a\">this</a>.</div>",
        });
        let answer = http.post(format!("{}/draft", sim.control)).json(&order).send().await?;
        let ids: Value = serde_json::from_str(&answer.text().await?)?;
        let text = |name: &str| ids[name].as_str().map(str::to_owned);
        let (id, version) = (text("draft").ok_or("no draft")?, text("message").unwrap_or_default());
        drafts.push((mailbox, DraftRef { id, version, thread: text("thread"), rfc_id: text("rfcId"), size: 0, looks: None }));
    }
    // Written in some seconds; due after that, spread over one.
    let first = app.clock.now() + 5_000 + Millis::from(mails) * 10;
    for (n, (mailbox, draft)) in drafts.into_iter().enumerate() {
        let due_at = first + Millis::try_from(n)? * 1_000 / Millis::from(mails);
        let new = NewScheduled {
            id: entropy::uuid(&SystemEntropy)?,
            account,
            mailbox,
            schedule: at(due_at),
            due_at,
            why: None,
            gmail: GmailIds::default(),
            draft,
            track: true,
            content: Content::default(),
        };
        app.jobs.schedule(&new).await?;
    }
    let written = app.clock.now();
    if written >= first {
        return Err("the machine was too slow to write the mails before they are due".into());
    }
    let mut late = Vec::new();
    for _ in 0..240 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if app.store.scheduled_counts(account).await?.waiting == 0 {
            break;
        }
    }
    let done = app.store.scheduled_list(account, ScheduledList::Done, None, i64::from(mails)).await?;
    for mail in &done.scheduled {
        if let (When::Instant { at, .. }, Some(sent)) = (&mail.schedule.when, mail.sent_at) {
            late.push(sent - at);
        }
    }
    late.sort_unstable();
    if late.len() != mails as usize {
        return Err(format!("{} of {mails} mails were handed over", late.len()).into());
    }
    let at = |share: usize| late[(late.len() * share / 100).min(late.len() - 1)];
    report(&json!({ "bench": "due", "mails": mails, "p50_ms": at(50), "p99_ms": at(99), "worst_ms": at(100) }))?;
    running.stop().await;
    Ok(())
}

/// Puts mails of next year in.
async fn fill(dir: &Path, mails: u32) -> Result<(), Failed> {
    let store = Store::open(&Options::new(dir, None)?).await?;
    let (now, account) = (SystemClock.now(), account()?);
    store.account_named("bench", account, now).await?;
    let mailbox = entropy::uuid(&SystemEntropy)?;
    let mut tx = store.write().await?;
    sql::query(
        "INSERT INTO mailboxes (id, account, address, kind, config, state, state_since, trouble, daily_limit, connected_at) \
         VALUES ($1, $2, 'mara@fjord.example', 1, '{}', 1, $3, 'grant_revoked', 400, $3)",
    )
    .bind(mailbox)
    .bind(account.as_str())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let year = 365 * 24 * 60 * 60 * 1_000;
    let ids: Vec<Uuid> = (0..mails).map(|_| entropy::uuid(&SystemEntropy)).collect::<Result<_, _>>()?;
    for (n, chunk) in ids.chunks(500).enumerate() {
        let mut query = sql::Builder::new(
            "INSERT INTO scheduled (id, account, mailbox, state, due_at, asked_at, schedule, draft, draft_id, track, created_at) ",
        );
        let due = now + year + Millis::try_from(n)? * 60_000;
        let schedule = serde_json::to_string(&at(due))?;
        query.push_values(chunk, |row, id| {
            row.push_bind(*id).push_bind(ACCOUNT).push_bind(mailbox).push_bind(0).push_bind(due).push_bind(due);
            row.push_bind(schedule.clone()).push_bind(r#"{"id":"r1","version":"1"}"#).push_bind(id.to_string());
            row.push_bind(1).push_bind(now);
        });
        query.build().persistent(false).execute(&mut *tx).await?;
        let mut query = sql::Builder::new("INSERT INTO scheduled_contents (scheduled, body) ");
        let body = r#"{"subject":"Offer","recipients":[{"kind":"to","address":"ann@example.com"}],"links":[]}"#;
        query.push_values(chunk, |row, id| {
            row.push_bind(*id).push_bind(body);
        });
        query.build().persistent(false).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}

/// What waiting costs.
async fn wait(dir: &Path, mails: u32) -> Result<(), Failed> {
    let running = start(dir, Google::default()).await?;
    tokio::time::sleep(QUIET_AFTER).await;
    let before = cpu_ticks();
    tokio::time::sleep(MEASURED).await;
    let used = cpu_ticks().saturating_sub(before);
    let waiting = running.app.store.scheduled_counts(account()?).await?.waiting;
    if waiting != mails {
        return Err(format!("{waiting} of {mails} wait").into());
    }
    // A tick is a hundredth of a second wherever Linux runs.
    let share = f64::from(u32::try_from(used)?) / 100.0 / MEASURED.as_secs_f64();
    report(&json!({ "bench": "waiting", "mails": mails, "cpu_share": share, "rss_mib": resident_mib() }))?;
    running.stop().await;
    Ok(())
}

/// User and system time of this process in hundredths of a second; 0 where the system does not say.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// This process's resident memory in MiB; 0 where the system does not say.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
