//! What watching costs: `cargo run --release -p waxwing-backend --example watch_bench -- [MAILS] [MAILBOXES]`. Prints JSON lines for
//! `./build.sh bench`.
//!
//! So many mails wait for an answer, each with a reminder of next year, spread over so many mailboxes. The mailboxes are fakes in
//! memory that can wake us, so that what is measured is ours alone; what their questions would cost at Gmail is counted by its
//! price list. The mails are put in by a process of their own, so that its memory does not count.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::app::Running;
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::keys::Keys;
use waxwing_backend::mailbox::options::Options as MailboxOptions;
use waxwing_backend::mailbox::watching::{Arrived, Followed, Looked, Mark, SentMail, Woken};
use waxwing_backend::mailbox::{Ledger, Mailbox, Result};
use waxwing_backend::store::sql;
use waxwing_backend::store::waiting::State;
use waxwing_backend::store::{Options, Store};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{AccessAction, Condition, Content, MailboxKind, Recipient, RecipientKind, When, Wish};

#[path = "../tests/common/fakes.rs"]
mod fakes;
#[path = "../tests/common/inbox.rs"]
mod inbox;
#[path = "../tests/common/settings.rs"]
mod settings;

/// Mailboxes of one account.
const OF_ACCOUNT: usize = 10;
/// Mails of one insert.
const ROWS: usize = 500;
/// Answers that are told, one after the other, each by another mailbox.
const ANSWERS: usize = 50;
/// What one question for what came in costs at Gmail (`users.history.list`), in units of its quota.
const UNITS_OF_QUESTION: usize = 2;
/// The file with the mailboxes' ids.
const IDS: &str = "mailboxes.json";
/// Nothing that is waited for takes longer.
const PATIENCE: Duration = Duration::from_mins(2);
const MOMENT: Duration = Duration::from_millis(1);

type Failed = Box<dyn Error>;
type Done<T> = std::result::Result<T, Failed>;

fn main() -> Done<()> {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize, default: usize| args.get(at).map_or(Ok(default), |text| text.parse());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.get(1).map(String::as_str) {
        Some("--fill") => runtime.block_on(fill(Path::new(&args[2]), number(3, 0)?, number(4, 0)?)),
        Some("--watch") => runtime.block_on(watch_all(Path::new(&args[2]), number(3, 0)?)),
        _ => {
            let (dir, mails, mailboxes) = (tempfile::tempdir()?, number(1, 100_000)?, number(2, 1_000)?);
            for step in ["--fill", "--watch"] {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(step).arg(dir.path()).arg(mails.to_string()).arg(mailboxes.to_string());
                if !command.status()?.success() {
                    return Err(format!("{step} failed").into());
                }
            }
            Ok(())
        }
    }
}

fn report(line: &Value) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

fn account(mailbox: usize) -> Done<AccountId> {
    AccountId::parse(&format!("bench{:03}", mailbox / OF_ACCOUNT)).ok_or_else(|| "the account's id is none".into())
}

fn address(mailbox: usize) -> String {
    format!("mara{mailbox}@fjord.example")
}

fn recipient(mail: usize) -> String {
    format!("ann{mail}@acme{mail}.example")
}

fn thread(mail: usize) -> String {
    format!("18f0{mail:012x}")
}

fn rfc_id(mail: usize) -> String {
    format!("CAJ-4f0e9c2d7b6a58134e{mail:012x}@mail.fjord.example")
}

fn waiting(mail: usize) -> Done<Uuid> {
    Ok(Uuid::from_u64_pair(7, u64::try_from(mail)?))
}

async fn start(dir: &Path, options: MailboxOptions) -> Done<Running> {
    let settings = settings::settings(dir, options);
    let store = Store::open(&Options::new(dir, None)?).await?;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Ok(Running::start(store, Keys::from_bytes([7; 32]), settings, clock, entropy).await?)
}

/// Connects mailboxes and puts mails in that were sent from them, found there, and looked through.
async fn fill(dir: &Path, mails: usize, mailboxes: usize) -> Done<()> {
    let running = start(dir, fakes::fakes([])).await?;
    let (app, now) = (&running.app, SystemClock.now());
    let mut ids = Vec::new();
    for mailbox in 0..mailboxes {
        let account = account(mailbox)?;
        if mailbox % OF_ACCOUNT == 0 {
            app.store.account_named(account.as_str(), account, now).await?;
        }
        let secret = br#"{"refresh_token":"1"}"#;
        ids.push(app.mailboxes.connect(account, &address(mailbox), MailboxKind::Gmail, "{}", secret).await?.id);
    }
    running.stop().await;
    std::fs::write(dir.join(IDS), serde_json::to_vec(&ids)?)?;
    let store = Store::open(&Options::new(dir, None)?).await?;
    let mut tx = store.write().await?;
    for id in &ids {
        sql::query("INSERT INTO watches (mailbox, mark, asked_at) VALUES ($1, '0', $2)")
            .bind(*id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
    }
    let (day, all): (Millis, Vec<usize>) = (24 * 60 * 60 * 1_000, (0..mails).collect());
    let wish = Wish {
        when: When::Instant { at: now + 365 * day, zone: "Europe/Oslo".to_owned() },
        phrase: None,
        condition: Condition::NoAnswer,
        every_days: None,
    };
    let wish = serde_json::to_string(&wish)?;
    for chunk in all.chunks(ROWS) {
        let rows = chunk.iter().map(|mail| Row::of(*mail, &ids, now)).collect::<Done<Vec<Row>>>()?;
        let mut query = sql::Builder::new(
            "INSERT INTO waiting (id, account, mailbox, tracked, sender, sent_at, thread, rfc_id, found, looked, until, created_at) ",
        );
        query.push_values(&rows, |values, row| {
            values.push_bind(row.id).push_bind(row.account.as_str()).push_bind(row.mailbox).push_bind(0);
            values.push_bind(row.sender.clone()).push_bind(now - day).push_bind(row.found.thread.clone());
            values.push_bind(row.found.rfc_id.clone()).push_bind(row.found_json.clone()).push_bind(1);
            values.push_bind(now + 30 * day).push_bind(now - day);
        });
        query.build().persistent(false).execute(&mut *tx).await?;
        let mut query = sql::Builder::new("INSERT INTO waiting_people (mailbox, person, account, waiting) ");
        let people = rows.iter().flat_map(|row| {
            let domain = row.to.find('@').map_or("", |at| &row.to[at..]);
            [(row, row.to.clone()), (row, domain.to_owned())]
        });
        query.push_values(people, |values, (row, person)| {
            values.push_bind(row.mailbox).push_bind(person).push_bind(row.account.as_str()).push_bind(row.id);
        });
        query.build().persistent(false).execute(&mut *tx).await?;
        let mut query = sql::Builder::new("INSERT INTO waiting_contents (account, waiting, body) ");
        query.push_values(&rows, |values, row| {
            values.push_bind(row.account.as_str()).push_bind(row.id).push_bind(row.content.clone());
        });
        query.build().persistent(false).execute(&mut *tx).await?;
        let mut query = sql::Builder::new("INSERT INTO reminders (id, account, waiting, state, wish, due_at, created_at) ");
        query.push_values(&rows, |values, row| {
            values.push_bind(row.id).push_bind(row.account.as_str()).push_bind(row.id).push_bind(0).push_bind(wish.clone());
            values.push_bind(now + 365 * day).push_bind(now - day);
        });
        query.build().persistent(false).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}

/// A mail that waits.
struct Row {
    id: Uuid,
    account: AccountId,
    mailbox: Uuid,
    sender: String,
    to: String,
    found: SentMail,
    found_json: String,
    content: String,
}

impl Row {
    fn of(mail: usize, mailboxes: &[Uuid], now: Millis) -> Done<Self> {
        let (at, to) = (mail % mailboxes.len(), recipient(mail));
        // The third mail of a conversation.
        let found = SentMail {
            message: Some(format!("18f1{mail:012x}")),
            thread: Some(thread(mail)),
            rfc_id: Some(rfc_id(mail)),
            references: vec![format!("first.{}", rfc_id(mail)), format!("second.{}", rfc_id(mail))],
            on_thread: vec![to.clone(), address(at)],
            at: now,
        };
        let people = vec![Recipient { kind: RecipientKind::To, address: to.clone(), name: Some("Ann".to_owned()) }];
        let content = Content { subject: format!("Offer {mail}"), recipients: people, links: Vec::new() };
        Ok(Self {
            id: waiting(mail)?,
            account: account(at)?,
            mailbox: mailboxes[at],
            sender: address(at),
            to,
            found_json: serde_json::to_string(&found)?,
            found,
            content: serde_json::to_string(&content)?,
        })
    }
}

/// Looks at them all, and tells answers.
async fn watch_all(dir: &Path, mails: usize) -> Done<()> {
    let ids: Vec<Uuid> = serde_json::from_slice(&std::fs::read(dir.join(IDS))?)?;
    let postboxes: Vec<Arc<Postbox>> = (0..ids.len()).map(|number| Arc::new(Postbox::new(number))).collect();
    let fakes = postboxes.iter().enumerate().map(|(n, postbox)| {
        let seen: Arc<dyn Mailbox> = Arc::new(Seen(Arc::clone(postbox)));
        (address(n), seen)
    });
    let running = start(dir, fakes::fakes(fakes)).await?;
    let app = &running.app;
    let questions = || postboxes.iter().map(|postbox| postbox.questions.load(Ordering::SeqCst)).collect::<Vec<_>>();
    // The first round opens the mailboxes and begins their waits.
    for id in &ids {
        app.watch.follow_changed(*id);
    }
    until("the mailboxes do not wait", || postboxes.iter().all(|postbox| postbox.waits.load(Ordering::SeqCst) > 0)).await?;
    // The second one is one as all others are.
    let (before, from) = (questions(), app.clock.now());
    for id in &ids {
        app.watch.follow_changed(*id);
    }
    until("not all mailboxes were asked", || questions().iter().zip(&before).all(|(now, before)| now > before)).await?;
    let took = app.clock.now() - from;
    let asked: usize = questions().iter().zip(&before).map(|(now, before)| now - before).sum();
    let each = f64::from(u32::try_from(asked * UNITS_OF_QUESTION)?) / f64::from(u32::try_from(ids.len())?);
    let followed: usize = postboxes.iter().map(|postbox| postbox.followed.load(Ordering::SeqCst)).sum();
    if followed != 2 * ids.len() {
        return Err("a mailbox was asked for what is not followed in it, or not for what is".into());
    }
    let (round_ms, mut late) = (took, Vec::new());
    for answer in 0..ANSWERS.min(ids.len()) {
        // Spread over the mailboxes; mail number n is in mailbox number n.
        let mail = answer * (ids.len() / ANSWERS).max(1);
        let told = app.clock.now();
        postboxes[mail].deliver(mail, told);
        let (account, id, patience) = (account(mail)?, waiting(mail)?, i64::try_from(PATIENCE.as_millis())?);
        while app.store.waiting_row(account, id).await?.is_none_or(|row| row.state != State::Answered) {
            if app.clock.now() - told > patience {
                return Err("an answer was never known".into());
            }
            tokio::time::sleep(MOMENT).await;
        }
        late.push(app.clock.now() - told);
    }
    late.sort_unstable();
    report(&json!({
        "bench": "watching", "mails": mails, "mailboxes": ids.len(), "round_ms": round_ms, "units_per_mailbox": each,
        "answers": late.len(), "answer_p50_ms": late[late.len() / 2], "answer_worst_ms": late[late.len() - 1],
        "peak_rss_mib": peak_mib(),
    }))?;
    running.stop().await;
    Ok(())
}

async fn until(never: &str, is: impl Fn() -> bool) -> Done<()> {
    let waited = async {
        while !is() {
            tokio::time::sleep(MOMENT).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.map_err(|_| never.to_owned().into())
}

/// The most memory that was resident of this process in MiB; 0 where the system does not say.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// A mailbox in memory that can wake us.
struct Postbox {
    number: usize,
    inbox: Mutex<Vec<Arrived>>,
    news: watch::Sender<usize>,
    questions: AtomicUsize,
    waits: AtomicUsize,
    /// Of a conversation that is followed and one that is not: how many were taken for what they are.
    followed: AtomicUsize,
}

impl Postbox {
    fn new(number: usize) -> Self {
        let (questions, waits, followed) = <(AtomicUsize, AtomicUsize, AtomicUsize)>::default();
        Self { number, inbox: Mutex::default(), news: watch::Sender::new(0), questions, waits, followed }
    }

    /// The answer to a mail comes in.
    fn deliver(&self, mail: usize, at: Millis) {
        let raw = format!(
            "From: Ann <{}>\r\nTo: Mara <{}>\r\nSubject: Re: Offer {mail}\r\nMessage-ID: <answer.{mail}@acme.example>\r\n\
             In-Reply-To: <{}>\r\nContent-Type: text/plain\r\n\r\nThank you, that suits us.\r\n",
            recipient(mail),
            address(self.number),
            rfc_id(mail),
        );
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let id = format!("18f2{mail:012x}");
        inbox.push(Arrived { at, thread: Some(thread(mail)), id, raw: raw.into_bytes().into(), whole: true });
        self.news.send_replace(inbox.len());
    }

    fn news(&self, mark: Option<&Mark>, followed: &dyn Followed) -> Looked {
        let is_other = !followed.has_thread("18f3000000000000") && !followed.has_id("x@fjord.example");
        let told = usize::from(followed.has_thread(&thread(self.number))) + usize::from(is_other);
        self.followed.store(told, Ordering::SeqCst);
        self.questions.fetch_add(1, Ordering::SeqCst);
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        Looked { mark: Mark(json!(inbox.len())), arrived: inbox[seen(mark).min(inbox.len())..].to_vec(), more: false }
    }
}

/// How many mails a mark stands behind.
fn seen(mark: Option<&Mark>) -> usize {
    mark.and_then(|mark| mark.0.as_u64()).and_then(|seen| usize::try_from(seen).ok()).unwrap_or_default()
}

/// What the backend sees of it.
struct Seen(Arc<Postbox>);

impl Mailbox for Seen {
    inbox::only_watched!();

    fn look_for_news<'a>(
        &'a self,
        since: Option<&'a Mark>,
        _: Millis,
        followed: &'a dyn Followed,
        ledger: &'a dyn Ledger,
    ) -> BoxFuture<'a, Result<Looked>> {
        let looked = self.0.news(since, followed);
        ledger.write(AccessAction::AskForNews, true);
        ready(Ok(looked)).boxed()
    }

    fn wait_for_news<'a>(&'a self, mark: &'a Mark, _: &'a dyn Ledger) -> BoxFuture<'a, Result<Woken>> {
        async move {
            let (mut news, seen) = (self.0.news.subscribe(), seen(Some(mark)));
            self.0.waits.fetch_add(1, Ordering::SeqCst);
            let _ = news.wait_for(|count| *count > seen).await;
            Ok(Woken::News)
        }
        .boxed()
    }
}
